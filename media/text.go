package media

import (
	"net/url"
	"regexp"
	"strings"
)

// TextPart is a piece of a description: plain text, or a link where Href is set.
type TextPart struct {
	Text string
	Href string
}

// address finds what looks like an http or https address. What may stand around
// one in a sentence (quotes, angle brackets) ends it.
var address = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"'` + "`" + `\\^{|}]+`)

// Parts splits a plain text into text and links. Only http and https addresses
// with a host become links; everything else stays text. Joined, the parts' Text
// is the whole text again.
func Parts(text string) []TextPart {
	var parts []TextPart
	plain := 0 // start of the text not yet in parts
	for _, at := range address.FindAllStringIndex(text, -1) {
		raw := trimAddress(text[at[0]:at[1]])
		href, ok := webAddress(raw)
		if !ok {
			continue
		}
		if at[0] > plain {
			parts = append(parts, TextPart{Text: text[plain:at[0]]})
		}
		parts = append(parts, TextPart{Text: raw, Href: href})
		plain = at[0] + len(raw)
	}
	if plain < len(text) {
		parts = append(parts, TextPart{Text: text[plain:]})
	}
	return parts
}

// trimAddress gives the sentence back its punctuation: "(see https://a.example)."
// A closing bracket stays where the address opened it.
func trimAddress(s string) string {
	for s != "" {
		last := s[len(s)-1]
		switch {
		case strings.IndexByte(".,;:!?*_", last) >= 0:
		case last == ')' && strings.Count(s, ")") > strings.Count(s, "("):
		case last == ']' && strings.Count(s, "]") > strings.Count(s, "["):
		default:
			return s
		}
		s = s[:len(s)-1]
	}
	return s
}

// webAddress is the href of an http or https address with a host. One that
// carries a name before an @ is none: it is made to look like another site.
func webAddress(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return "", false
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	return u.String(), true
}
