package views

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"rsc.io/qr"
)

// Prose is plain text that a person wrote, cut into text and links.
type Prose []Segment

// Segment is text, and a link if URL is set.
type Segment struct{ Text, URL string }

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// NewProse finds the http and https addresses in a text. Everything else stays text.
func NewProse(text string) Prose {
	if !strings.Contains(text, "://") {
		if text == "" {
			return nil
		}
		return Prose{{Text: text}} // most lines: no address to look for
	}
	var prose Prose
	last := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		found := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)]}'»”’")
		u, err := url.Parse(found)
		if err != nil || u.Host == "" {
			continue
		}
		if at[0] > last {
			prose = append(prose, Segment{Text: text[last:at[0]]})
		}
		prose = append(prose, Segment{Text: found, URL: found})
		last = at[0] + len(found)
	}
	if last < len(text) {
		prose = append(prose, Segment{Text: text[last:]})
	}
	return prose
}

// QR is a code as one SVG path: Size is the side in modules.
type QR struct {
	Size int
	Path string
}

// Outer is the side with the quiet margin of two modules on each side.
func (q QR) Outer() int { return q.Size + 4 }

// NewQR encodes a text, in general an invitation's link.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("encode qr: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %d.5h%d", x, y, run)
				x += run
			}
		}
	}
	return QR{Size: code.Size, Path: path.String()}, nil
}

// Initials are the letters shown in a person's round mark: "IS" of "Ingrid Solheim".
func (a Attendee) Initials() string { return initials(a.Name) }

func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	letters := string(first)
	if len(words) > 1 {
		last, _ := utf8.DecodeRuneInString(words[len(words)-1])
		letters += string(last)
	}
	return strings.ToUpper(letters)
}
