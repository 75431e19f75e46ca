package views

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed locales/*.json
var localeFiles embed.FS

// DefaultLanguage is used where neither the launch nor the browser names one we have.
const DefaultLanguage = "en"

var languages = []string{"en", "ar"}

// catalogue holds the texts of one language, cut into pieces at their placeholders, so that a
// page costs no parsing and no lookup of rules.
type catalogue struct {
	tag      language.Tag
	messages map[string]message
	// browser are the texts under "js.", as JSON for the page's scripts.
	browser string
}

// message has a text per plural form; forms that the language does not use are empty.
type message [6][]piece

// piece is literal text, or the name of an argument.
type piece struct{ text, name string }

func loadCatalogues() (map[string]*catalogue, error) {
	all := map[string]*catalogue{}
	for _, lang := range languages {
		c, err := loadCatalogue(lang)
		if err != nil {
			return nil, fmt.Errorf("load catalogue %s: %w", lang, err)
		}
		all[lang] = c
	}
	return all, nil
}

func loadCatalogue(lang string) (*catalogue, error) {
	data, err := localeFiles.ReadFile("locales/" + lang + ".json")
	if err != nil {
		return nil, err
	}
	file, err := i18n.ParseMessageFileBytes(data, lang+".json", map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		return nil, err
	}
	c := &catalogue{tag: file.Tag, messages: make(map[string]message, len(file.Messages))}
	browser := map[string]string{}
	for _, m := range file.Messages {
		c.messages[m.ID] = message{
			plural.Other: cut(m.Other), plural.Zero: cut(m.Zero), plural.One: cut(m.One),
			plural.Two: cut(m.Two), plural.Few: cut(m.Few), plural.Many: cut(m.Many),
		}
		if key, isBrowser := strings.CutPrefix(m.ID, "js."); isBrowser {
			browser[key] = m.Other
		}
	}
	encoded, err := json.Marshal(browser)
	if err != nil {
		return nil, err
	}
	c.browser = string(encoded)
	return c, nil
}

// cut splits "Invitation for {{.Name}}" into its pieces.
func cut(text string) []piece {
	var pieces []piece
	for text != "" {
		before, rest, found := strings.Cut(text, "{{.")
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "}}")
		pieces = append(pieces, piece{name: name})
		text = after
	}
	return pieces
}

func (m message) takesArguments() bool {
	return len(m[plural.Other]) > 1 || len(m[plural.Other]) == 1 && m[plural.Other][0].name != ""
}

func (m message) plain() string {
	if len(m[plural.Other]) == 0 {
		return ""
	}
	return m[plural.Other][0].text
}

// text fills a message. An unknown key is returned as it is: visible, and never a failure.
func (c *catalogue) text(key string, args []any) string {
	m, known := c.messages[key]
	if !known {
		return key
	}
	pieces := m[plural.Other]
	if n, counted := argument(args, "Count"); counted {
		if of := m[c.form(n)]; len(of) > 0 {
			pieces = of
		}
	}
	if len(pieces) == 1 && pieces[0].name == "" {
		return pieces[0].text
	}
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
		if p.name == "" {
			continue
		}
		if value, found := argument(args, p.name); found {
			fmt.Fprint(&b, value)
		}
	}
	return b.String()
}

func (c *catalogue) form(count any) plural.Form {
	n, isInt := count.(int)
	if !isInt || n < 0 {
		return plural.Other
	}
	return plural.Cardinal.MatchPlural(c.tag, n, 0, 0, 0, 0)
}

func argument(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

// Language chooses among the catalogues: the launch's locale, then the browser's
// Accept-Language header, then English.
func Language(acceptLanguage, locale string) string {
	if lang := known(locale); lang != "" {
		return lang
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return DefaultLanguage
	}
	for _, tag := range tags {
		if lang := known(tag.String()); lang != "" {
			return lang
		}
	}
	return DefaultLanguage
}

// RequestLanguage is Language for a request, which may name one itself: ?lang=ar, or the cookie
// that the language switch sets.
func RequestLanguage(r *http.Request, locale string) string {
	if lang := known(r.URL.Query().Get("lang")); lang != "" {
		return lang
	}
	if cookie, err := r.Cookie("lang"); err == nil && known(cookie.Value) != "" {
		return known(cookie.Value)
	}
	return Language(r.Header.Get("Accept-Language"), locale)
}

// direction is the way in which a language is written.
func direction(lang string) string {
	if lang == "ar" {
		return "rtl"
	}
	return "ltr"
}

// known is the catalogue for a locale such as "ar", "ar-EG" or "en_GB", or nothing.
func known(locale string) string {
	for _, lang := range languages {
		if len(locale) >= 2 && strings.EqualFold(locale[:2], lang) && (len(locale) == 2 || locale[2] == '-' || locale[2] == '_') {
			return lang
		}
	}
	return ""
}
