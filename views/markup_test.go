package views

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestEveryTemplateBelongsToAPage(t *testing.T) {
	files, err := os.ReadDir("templates/pages")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, page := range pages() {
		known[templateName(reflect.TypeOf(page))+".html"] = true
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("templates/pages/%s belongs to no page struct", f.Name())
		}
	}
	sampled := map[reflect.Type]bool{}
	for _, page := range samples("en") {
		sampled[reflect.TypeOf(page)] = true
	}
	for _, page := range pages() {
		if !sampled[reflect.TypeOf(page)] {
			t.Errorf("%T is in no sample", page)
		}
	}
}

func TestMarkupIsSoundOnEveryPage(t *testing.T) {
	r := renderer(t)
	for _, lang := range languages {
		for name, page := range samples(lang) {
			t.Run(lang+"/"+name, func(t *testing.T) {
				doc, err := html.Parse(strings.NewReader(render(t, r, name, page)))
				if err != nil {
					t.Fatal(err)
				}
				checkNoInlineCode(t, doc)
				checkReferences(t, doc)
				checkHeadings(t, doc)
				checkNames(t, doc)
				checkForms(t, doc, page.base().IdentityID)
			})
		}
	}
}

func checkNoInlineCode(t *testing.T, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
				t.Errorf("<%s %s=%q> is inline code", n.Data, a.Key, a.Val)
			}
		}
		isData := attr(n, "type") == "application/json" || attr(n, "src") != ""
		if n.Data == "style" || n.Data == "script" && !isData {
			t.Errorf("<%s> is inline code", n.Data)
		}
	}
}

// checkReferences looks that ids are unique and that what names an id names one that exists.
func checkReferences(t *testing.T, doc *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %q is used twice", id)
			}
			ids[id] = true
		}
	}
	for n := range doc.Descendants() {
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "commandfor", "list"} {
			for id := range strings.FieldsSeq(attr(n, name)) {
				// The title of a dialog that a frame fills comes with the frame.
				if !ids[id] && id != "invite-title" {
					t.Errorf("<%s %s=%q> names nothing", n.Data, name, id)
				}
			}
		}
	}
}

func checkHeadings(t *testing.T, doc *html.Node) {
	t.Helper()
	levels := []string{"h1", "h2", "h3", "h4"}
	var seen []int
	for n := range doc.Descendants() {
		if level := slices.Index(levels, n.Data); n.Type == html.ElementNode && level >= 0 {
			seen = append(seen, level)
		}
	}
	ones := 0
	for _, level := range seen {
		if level == 0 {
			ones++
		}
		if level > 1 {
			t.Errorf("heading of level %d: pages go down to h2", level+1)
		}
	}
	if ones != 1 {
		t.Errorf("%d headings h1, want 1", ones)
	}
}

// checkNames looks that fields have labels and that buttons, links and groups have names.
func checkNames(t *testing.T, doc *html.Node) {
	t.Helper()
	labelled := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Data == "label" {
			labelled[attr(n, "for")] = true
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		named := attr(n, "aria-label") != "" || attr(n, "aria-labelledby") != ""
		switch n.Data {
		case "input", "select", "textarea":
			if attr(n, "type") != "hidden" && !named && !labelled[attr(n, "id")] && !inside(n, "label") {
				t.Errorf("<%s name=%q> has no label", n.Data, attr(n, "name"))
			}
		case "button", "a", "h1", "h2", "legend", "title":
			if !named && strings.TrimSpace(textOf(n)) == "" && !inside(n, "template") {
				t.Errorf("<%s id=%q> has no words", n.Data, attr(n, "id"))
			}
		case "dialog", "aside", "table":
			if !named {
				t.Errorf("<%s id=%q> has no name", n.Data, attr(n, "id"))
			}
		}
	}
}

// checkForms looks that every POST sends the identity for which the page was made, but for those that
// pass on an answer which was made for it.
func checkForms(t *testing.T, doc *html.Node, identity string) {
	t.Helper()
	for n := range doc.Descendants() {
		if n.Data != "form" || attr(n, "method") != "post" {
			continue
		}
		found := attr(n, "name") == "deliver"
		for f := range n.Descendants() {
			found = found || attr(f, "name") == "identity" && attr(f, "value") == identity
		}
		if !found {
			t.Errorf("<form action=%q> sends no identity", attr(n, "action"))
		}
	}
}

func TestPeopleCannotWriteMarkup(t *testing.T) {
	r := renderer(t)
	evil := `"><script src=//evil.example></script><img src=x onerror=alert(1)>`
	page := &Room{Base: Base{Lang: "en"}, Entry: Entry{ID: "e1", Title: evil, Chat: true}, People: []Attendee{{ID: "a", Name: evil, Role: "host"}},
		Messages: []Message{{Seq: 1, Author: Attendee{Name: evil, Role: "viewer"}, Text: NewProse(evil + " https://a.example/" + evil + " javascript:alert(1)")}}}
	doc, err := html.Parse(strings.NewReader(render(t, r, "evil", page)))
	if err != nil {
		t.Fatal(err)
	}
	checkNoInlineCode(t, doc)
	for n := range doc.Descendants() {
		if n.Data == "img" || n.Data == "script" && strings.Contains(attr(n, "src"), "evil") {
			t.Errorf("<%s> came out of what somebody wrote", n.Data)
		}
	}
}

func TestLoginDataCannotEndItsBlock(t *testing.T) {
	text := render(t, renderer(t), "login", samples("en")["login"])
	if strings.Contains(text, `"</script>`) {
		t.Error("the login page writes </script> into its data block")
	}
}

func TestSignedInStateStandsOnTheBody(t *testing.T) {
	r := renderer(t)
	with := render(t, r, "media", samples("en")["media"])
	if want := `<body data-page="media" data-permission="owner" data-attendee="host" data-identity="id1" data-framed>`; !strings.Contains(with, want) {
		t.Errorf("media page lacks %s", want)
	}
	without := render(t, r, "lobby", samples("en")["lobby"])
	if want := `<body class="door" data-page="lobby">`; !strings.Contains(without, want) {
		t.Errorf("lobby lacks %s", want)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func inside(n *html.Node, name string) bool {
	for p := range n.Ancestors() {
		if p.Data == name {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
		b.WriteString(attr(d, "aria-label"))
	}
	return b.String()
}
