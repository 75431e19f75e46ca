package roster

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ErrAddress means that a text is no e-mail address.
var ErrAddress = errors.New("roster: no e-mail address")

// Bounds of an address in bytes [RFC 5321 §4.5.3.1, as amended by erratum 1690].
const (
	maxLocal   = 64
	maxAddress = 254
)

// domains maps the domain part to lower-case ASCII and refuses what no domain
// name can be.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.Transitional(false))

// AddressKey returns the form in which equal addresses are equal strings: case
// folded and in NFC, the domain by IDNA, and nothing else, so that dots and
// plus signs keep apart what the mail server may keep apart. Space around the
// address is not part of it. It returns [ErrAddress] for what is no address.
// The key of a key is the key itself.
func AddressKey(address string) (string, error) {
	address = strings.TrimSpace(address)
	at := strings.LastIndexByte(address, '@')
	if at < 1 || !utf8.ValidString(address) {
		return "", ErrAddress
	}
	local := folded(address[:at])
	domain, err := domains.ToASCII(address[at+1:])
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAddress, err)
	}
	switch {
	case local == "", len(local) > maxLocal, len(local)+1+len(domain) > maxAddress:
		return "", ErrAddress
	case strings.ContainsFunc(local, notInLocal), strings.HasPrefix(local, "."), strings.HasSuffix(local, "."), strings.Contains(local, ".."):
		return "", ErrAddress
	case !strings.Contains(domain, "."), strings.HasSuffix(domain, "."):
		return "", ErrAddress // a lone label is a slip of the pen more often than a mail server
	}
	return local + "@" + domain, nil
}

// notInLocal refuses what would need quotes in a local part: nobody has such an
// address, and in a mail header it does harm.
func notInLocal(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`@"(),:;<>[\]`, r)
}

// folded folds case and normalises to NFC. Folding can undo the normal form and
// the other way round, so it goes on until nothing changes, which in practice is
// the first time.
func folded(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	for range 4 {
		next := norm.NFC.String(cases.Fold().String(norm.NFC.String(s)))
		if next == s {
			break
		}
		s = next
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
