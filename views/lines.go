package views

import (
	"html/template"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A room's page begins with a hundred lines of chat and a row per person. A
// template finds every field of each of them by reflection, which costs more
// than all the rest of a launch: these parts are written by hand. What people
// wrote goes through [escaped], all else is ours; a test compares the markup
// with that of templates, hostile texts included.

// Lines are the chat as it stands in the page.
func (p *Room) Lines() template.HTML {
	var b strings.Builder
	b.Grow(512 * len(p.Messages))
	for _, m := range p.Messages {
		p.line(&b, m)
	}
	return template.HTML(b.String()) //nolint:gosec // written by line below
}

func (p *Room) line(b *strings.Builder, m Message) {
	var number [20]byte
	b.WriteString(`<article class="say" data-seq="`)
	b.Write(strconv.AppendInt(number[:0], m.Seq, 10))
	b.WriteString(`"><span class="avatar" aria-hidden="true">`)
	escaped(b, m.Author.Initials())
	b.WriteString(`</span><header><b>`)
	escaped(b, m.Author.Name)
	b.WriteString(`</b>`)
	if m.Author.Role != "viewer" {
		p.word(b, "role."+m.Author.Role)
	}
	if m.Author.Guest {
		p.word(b, "role.guest")
	}
	b.WriteString(`<time datetime="`)
	escaped(b, p.Stamp(m.At))
	b.WriteString(`" data-local="clock">`)
	escaped(b, p.Clock(m.At))
	b.WriteString(`</time></header><p dir="auto">`)
	for _, s := range m.Text {
		if s.URL == "" {
			escaped(b, s.Text)
			continue
		}
		b.WriteString(`<a href="`)
		link(b, s.URL)
		b.WriteString(`" rel="noopener nofollow ugc" target="_blank">`)
		escaped(b, s.Text)
		b.WriteString(`</a>`)
	}
	b.WriteString("</p></article>\n")
}

// Rows are the people who are here, as the list of people has them.
func (p *Room) Rows() template.HTML {
	var b strings.Builder
	for _, a := range p.People {
		b.WriteString(`<li data-attendee-id="`)
		escaped(&b, a.ID)
		b.WriteString(`"><span class="avatar" aria-hidden="true">`)
		escaped(&b, a.Initials())
		b.WriteString(`</span><div><b>`)
		escaped(&b, a.Name)
		b.WriteString(`</b>`)
		if a.Me {
			b.WriteString(` <span class="muted">`)
			escaped(&b, p.T("room.you"))
			b.WriteString(`</span>`)
		}
		b.WriteString(`<p class="meta">`)
		p.word(&b, "role."+a.Role)
		if a.Guest {
			p.word(&b, "role.guest")
		}
		b.WriteString("</p></div></li>\n")
	}
	return template.HTML(b.String()) //nolint:gosec // every text is escaped above
}

func (p *Room) word(b *strings.Builder, key string) {
	b.WriteString(`<span>`)
	escaped(b, p.T(key))
	b.WriteString(`</span>`)
}

// escaped writes a text so that it is one, within an element and within quotes.
// It changes what html/template changes, byte for byte.
func escaped(b *strings.Builder, text string) {
	last := 0
	for i := range len(text) {
		if instead := entities[text[i]]; instead != "" {
			b.WriteString(text[last:i])
			b.WriteString(instead)
			last = i + 1
		}
	}
	b.WriteString(text[last:])
}

var entities = [256]string{
	0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;",
}

// link writes an address that [NewProse] found into a quoted attribute; anything
// but http and https would be a script's way in and is left out.
func link(b *strings.Builder, address string) {
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		b.WriteString("#")
		return
	}
	for i := range len(address) {
		c := address[i]
		switch {
		case c == '%' && i+2 < len(address) && isHex(address[i+1]) && isHex(address[i+2]):
			b.WriteByte(c)
		case c >= utf8.RuneSelf || !inAddress[c]:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		default:
			escaped(b, address[i:i+1])
		}
	}
}

const hexDigits = "0123456789abcdef"

// inAddress are the bytes that stay as they are in an address [RFC 3986 §2].
var inAddress = func() (is [utf8.RuneSelf]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!#$&*+,/:;=?@[]") {
		is[c] = true
	}
	return is
}()

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
