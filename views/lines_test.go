package views

import (
	"html/template"
	"strings"
	"testing"
	"time"
)

// asTemplates is the markup of a room's lines and rows as templates give it.
var asTemplates = template.Must(template.New("lines").Parse(`
{{- define "prose"}}{{range .}}{{if .URL}}<a href="{{.URL}}" rel="noopener nofollow ugc" target="_blank">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}{{end}}
{{- define "lines"}}{{range .Messages}}<article class="say" data-seq="{{.Seq}}"><span class="avatar" aria-hidden="true">{{.Author.Initials}}</span><header><b>{{.Author.Name}}</b>{{if ne .Author.Role "viewer"}}<span>{{$.T (printf "role.%s" .Author.Role)}}</span>{{end}}{{if .Author.Guest}}<span>{{$.T "role.guest"}}</span>{{end}}<time datetime="{{$.Stamp .At}}" data-local="clock">{{$.Clock .At}}</time></header><p dir="auto">{{template "prose" .Text}}</p></article>
{{end}}{{end}}
{{- define "rows"}}{{range .People}}<li data-attendee-id="{{.ID}}"><span class="avatar" aria-hidden="true">{{.Initials}}</span><div><b>{{.Name}}</b>{{if .Me}} <span class="muted">{{$.T "room.you"}}</span>{{end}}<p class="meta"><span>{{$.T (printf "role.%s" .Role)}}</span>{{if .Guest}}<span>{{$.T "role.guest"}}</span>{{end}}</p></div></li>
{{end}}{{end}}`))

func FuzzHandwrittenMarkupIsThatOfTemplates(f *testing.F) {
	for _, text := range []string{
		"", "plain", "<script>alert(1)</script>", `" onmouseover="x`, "' onclick='x", "a & b + c &amp;", "nul \x00 here", "broken \xff\xc3 utf8",
		"<!-- <![CDATA[ ]]> {{.}} `", "https://a.example/?q=<x>&y=\"'+%41%zz%", "see https://ü.example/ä/(b)!'x', then http://x", "javascript:alert(1)",
		"https://[::1]:8/#a$b*c;d@e,f~g^h|i\\j{k}", "\u202eright", "http://user:pass@host/\u2028", "\u1680 ٣ x",
	} {
		f.Add(text)
	}
	words, err := loadCatalogues()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := time.Date(2026, 11, 21, 9, 5, 0, 0, time.UTC)
		p := &Room{Base: Base{Lang: "ar", words: words["ar"]}}
		for _, a := range []Attendee{
			{ID: text, Name: text, Role: "viewer", Guest: true}, {ID: "a", Name: text + " x", Role: text, Me: true}, {Name: "Ö Ä", Role: "host"},
		} {
			p.People = append(p.People, a)
			p.Messages = append(p.Messages, Message{Seq: 7, Author: a, At: at, Text: NewProse(text)},
				Message{Seq: 8, Author: a, Text: Prose{{Text: text, URL: "https://" + text}, {Text: "and"}}})
		}
		for name, got := range map[string]template.HTML{"lines": p.Lines(), "rows": p.Rows()} {
			var want strings.Builder
			if err := asTemplates.ExecuteTemplate(&want, name, p); err != nil {
				t.Fatal(err)
			}
			if string(got) != want.String() {
				t.Errorf("%s of %q:\n%s\nwant as the template gives them:\n%s", name, text, got, want.String())
			}
		}
	})
}

func TestLinksLeadToTheWebOnly(t *testing.T) {
	for _, address := range []string{"javascript:alert(1)", "data:text/html,x", "//host", "", " https://x", "HTTPS://x"} {
		var b strings.Builder
		if link(&b, address); b.String() != "#" {
			t.Errorf("link %q became %q", address, b.String())
		}
	}
}
