package lti

import (
	"html"
	"net/http"
	"strings"
)

// nextLink returns the target of the first link with rel="next", "" where there
// is none [RFC 8288 §3]. It reads what platforms write, not only what the
// standard allows: several headers or one, any case, bare or curly quotes,
// ampersands as &amp; (C-54). Other relations, such as rel="differences", are
// not pages of the list.
func nextLink(h http.Header) string {
	for _, header := range h.Values("Link") {
		for header != "" {
			var target, parameters string
			target, parameters, header = cutLink(header)
			if target != "" && isNext(parameters) {
				return html.UnescapeString(target)
			}
		}
	}
	return ""
}

// cutLink takes the first link off a header. Commas may stand in addresses and
// in quotes, so a link ends where the next one's bracket begins.
func cutLink(header string) (target, parameters, rest string) {
	_, after, found := strings.Cut(header, "<")
	if !found {
		return "", "", ""
	}
	target, after, found = strings.Cut(after, ">")
	if !found {
		return "", "", ""
	}
	if next := strings.IndexByte(after, '<'); next >= 0 {
		return strings.TrimSpace(target), after[:next], after[next:]
	}
	return strings.TrimSpace(target), after, ""
}

// isNext looks for the relation among a link's parameters.
func isNext(parameters string) bool {
	for parameter := range strings.FieldsFuncSeq(parameters, func(r rune) bool { return r == ';' || r == ',' }) {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for relation := range strings.FieldsSeq(strings.Trim(html.UnescapeString(strings.TrimSpace(value)), "\"'\u201c\u201d\u2033 ")) {
			if strings.EqualFold(relation, "next") {
				return true
			}
		}
	}
	return false
}
