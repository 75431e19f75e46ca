package views

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

//go:embed templates
var templateFiles embed.FS

// Options are what a Renderer needs to know about this installation.
type Options struct {
	// Brand is the institution's name, shown on pages for people who are in no LMS.
	Brand string
}

// Page is a page struct of this package, by pointer: &MediaShow{…}.
type Page interface{ base() *Base }

// Renderer writes pages. It is safe for parallel use.
type Renderer struct {
	brand     string
	words     map[string]*catalogue
	templates map[string]map[reflect.Type]*template.Template
	buffers   sync.Pool
}

// New parses every template once per language; a missing template, an unknown text or a
// mistake in a catalogue is an error here and not on somebody's screen.
func New(o Options) (*Renderer, error) {
	words, err := loadCatalogues()
	if err != nil {
		return nil, err
	}
	r := &Renderer{brand: o.Brand, words: words, templates: map[string]map[reflect.Type]*template.Template{}}
	if r.brand == "" {
		r.brand = "Usher"
	}
	r.buffers.New = func() any { return new(bytes.Buffer) }
	assets := loadAssets()
	for lang, c := range words {
		set, err := parseAll(c, assets)
		if err != nil {
			return nil, fmt.Errorf("parse templates (%s): %w", lang, err)
		}
		r.templates[lang] = set
	}
	return r, nil
}

// Render executes the page's template and writes it with the status. Nothing is written when
// the template fails, so that the caller can still answer with an error page.
func (r *Renderer) Render(w http.ResponseWriter, status int, page Page) error {
	b := page.base()
	if _, known := r.words[b.Lang]; !known {
		b.Lang = DefaultLanguage
	}
	b.words = r.words[b.Lang]
	if b.Brand == "" {
		b.Brand = r.brand
	}
	t, known := r.templates[b.Lang][reflect.TypeOf(page)]
	if !known {
		return fmt.Errorf("render %T: no such page", page)
	}
	buf := r.buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer r.buffers.Put(buf)
	if err := t.Execute(buf, page); err != nil {
		return fmt.Errorf("render %T: %w", page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("write %T: %w", page, err)
	}
	return nil
}

// Text is one text of the catalogue, for answers that are no pages (JSON). The arguments are
// pairs of name and value.
func (r *Renderer) Text(lang, key string, args ...any) string {
	c, known := r.words[lang]
	if !known {
		c = r.words[DefaultLanguage]
	}
	return c.text(key, args)
}

func parseAll(c *catalogue, assets assetNames) (map[reflect.Type]*template.Template, error) {
	shared := template.New("")
	files, err := fs.Glob(templateFiles, "templates/partials/*.html")
	if err != nil {
		return nil, fmt.Errorf("list partials: %w", err)
	}
	for _, name := range append(files, "templates/layout.html") {
		if err := parseInto(shared, path.Base(name), name, c, assets); err != nil {
			return nil, err
		}
	}
	set := map[reflect.Type]*template.Template{}
	for _, page := range pages() {
		kind := reflect.TypeOf(page)
		t, err := shared.Clone()
		if err != nil {
			return nil, fmt.Errorf("clone layout: %w", err)
		}
		name := templateName(kind)
		if err := parseInto(t, name, "templates/pages/"+name+".html", c, assets); err != nil {
			return nil, err
		}
		set[kind] = t.Lookup("layout.html")
	}
	return set, nil
}

func parseInto(t *template.Template, name, file string, c *catalogue, assets assetNames) error {
	source, err := templateFiles.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	text, err := expand(string(source), c, assets)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if _, err := t.New(name).Parse(text); err != nil {
		return fmt.Errorf("parse template: %w", err)
	}
	return nil
}

// constants matches what is known before any request: {{.T "key"}} without arguments,
// {{icon "mail"}} and {{asset "app.css"}}. Beside them {{lang}} and {{dir}} are the page's language
// and direction, and {{words}} the texts of its scripts.
var constants = regexp.MustCompile(`\{\{(\$?\.T|icon|asset) "([^"]+)"\}\}`)

// expand writes the constants into a template's source. Two thirds of a page's actions are
// such constants, and a method call per text costs more than the rest of the page.
func expand(source string, c *catalogue, assets assetNames) (string, error) {
	var missing error
	text := constants.ReplaceAllStringFunc(source, func(action string) string {
		m := constants.FindStringSubmatch(action)
		switch m[1] {
		case "icon":
			return `<svg class="icon` + flip[m[2]] + `" aria-hidden="true"><use href="` + assets.url("icons.svg") + `#` + m[2] + `"/></svg>`
		case "asset":
			return assets.url(m[2])
		}
		msg, known := c.messages[m[2]]
		if !known || msg.takesArguments() {
			missing = fmt.Errorf("text %q is unknown or needs arguments", m[2])
			return ""
		}
		return template.HTMLEscapeString(msg.plain())
	})
	return strings.NewReplacer("{{words}}", c.browser, "{{lang}}", c.tag.String(), "{{dir}}", direction(c.tag.String())).Replace(text), missing
}

// flip names the icons that point somewhere and turn round in right-to-left text.
var flip = map[string]string{"back": " flip", "external": " flip", "send": " flip"}

// templateName turns the type *MediaShow into "media_show".
func templateName(page reflect.Type) string {
	var name strings.Builder
	for i, letter := range page.Elem().Name() {
		if unicode.IsUpper(letter) && i > 0 {
			name.WriteByte('_')
		}
		name.WriteRune(unicode.ToLower(letter))
	}
	return name.String()
}
