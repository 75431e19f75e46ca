package views

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCataloguesHaveTheSameTextsAndPlaceholders(t *testing.T) {
	words, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	en := words["en"].messages
	for lang, c := range words {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(c.messages))); diff != "" {
			t.Errorf("%s.json has other texts than en.json (-en +%s):\n%s", lang, lang, diff)
		}
		for key, m := range c.messages {
			if diff := cmp.Diff(placeholders(en[key]), placeholders(m)); diff != "" {
				t.Errorf("%s.json %q has other placeholders (-en +%s):\n%s", lang, key, lang, diff)
			}
		}
	}
}

func placeholders(m message) []string {
	var names []string
	for _, p := range m[0] { // the form "other"
		if p.name != "" {
			names = append(names, p.name)
		}
		names = append(names, regexp.MustCompile(`\{\w+\}`).FindAllString(p.text, -1)...)
	}
	slices.Sort(names)
	return names
}

// composed are keys that are put together while running, or that handlers and services name.
var composed = []string{
	"error.", "launch.", "landing.", "invitations.", "invite.means_", "media.invited_", "offer.join_", "role.",
	"notice.", "entry.error.", "pick.", "invite.error.", "link.error.", "live.error.", "time.", "js.", "register.",
	"console.nav_", "console.error.", "console.field_", "console.hint_", "console.value_", "console.way_", "console.state_",
	"console.key_", "console.password_",
	"advice.", "step.", "worth.", "desk.", "trial.use_", "trial.error.", "roles.error.", "rule.", "rules.takes_", "rules.error_", "health.",
}

func TestEveryTextIsUsedAndEveryUsedTextExists(t *testing.T) {
	words, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	used := usedKeys(t)
	for key := range used {
		if _, found := words["en"].messages[key]; !found {
			t.Errorf("the text %q is used but not in the catalogue", key)
		}
	}
	for key := range words["en"].messages {
		isComposed := slices.ContainsFunc(composed, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		if !used[key] && !isComposed {
			t.Errorf("the text %q is used nowhere", key)
		}
	}
}

// usedKeys finds the keys that templates, scripts and this package's code name in full.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	patterns := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`\.T "([^"]+)"`),
		".go":   regexp.MustCompile(`\.(?:T|textOr)\("([a-z_.]+[a-z])"`),
		".ts":   regexp.MustCompile(`\bword\("(\w+)"`),
	}
	used := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		pattern := patterns[filepath.Ext(path)]
		if err != nil || d.IsDir() || pattern == nil || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range pattern.FindAllStringSubmatch(string(source), -1) {
			key := m[1]
			if filepath.Ext(path) == ".ts" {
				key = "js." + key
			}
			used[key] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestPluralFormsFollowTheLanguage(t *testing.T) {
	r := renderer(t)
	tests := []struct {
		lang, key string
		count     int
		want      string
	}{
		{"en", "landing.tries_left", 1, "You can try 1 more time."},
		{"en", "landing.tries_left", 4, "You can try 4 more times."},
		{"ar", "landing.tries_left", 2, "بقيت محاولتان."},
		{"ar", "landing.tries_left", 4, "بقيت 4 محاولات."},
		{"ar", "landing.tries_left", 11, "بقيت 11 محاولة."},
	}
	for _, tt := range tests {
		if got := r.Text(tt.lang, tt.key, "Count", tt.count); got != tt.want {
			t.Errorf("Text(%s, %s, %d) = %q, want %q", tt.lang, tt.key, tt.count, got, tt.want)
		}
	}
}

func TestLanguageFollowsTheLaunchThenTheBrowser(t *testing.T) {
	tests := []struct{ accept, locale, want string }{
		{"", "", "en"},
		{"ar-EG,ar;q=0.9,en;q=0.5", "", "ar"},
		{"ar", "en_GB", "en"},
		{"en", "ar", "ar"},
		{"fr-FR,fr;q=0.9,ar;q=0.3", "fr_FR", "ar"},
		{"de", "arn", "en"},
		{"not a header;;", "", "en"},
	}
	for _, tt := range tests {
		if got := Language(tt.accept, tt.locale); got != tt.want {
			t.Errorf("Language(%q, %q) = %q, want %q", tt.accept, tt.locale, got, tt.want)
		}
	}
}
