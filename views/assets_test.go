package views

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestStyleHashIsThatOfTurbosProgressBar computes what the browser will compute: Turbo makes one
// style element from a text of its own.
func TestStyleHashIsThatOfTurbosProgressBar(t *testing.T) {
	source, err := os.ReadFile("../node_modules/@hotwired/turbo/dist/turbo.es2017-esm.js")
	if err != nil {
		t.Skip("the browser packages are not installed: run make build")
	}
	text := string(source)
	_, css, found := strings.Cut(text, "static get defaultCSS() {")
	_, css, _ = strings.Cut(css, "unindent`")
	css, _, _ = strings.Cut(css, "`")
	_, duration, _ := strings.Cut(text, "static animationDuration = ")
	duration, _, _ = strings.Cut(duration, "/*")
	if !found {
		t.Fatal("Turbo has changed: no defaultCSS")
	}
	duration = strings.TrimSpace(duration)
	css = strings.ReplaceAll(css, "${ProgressBar.animationDuration / 2}", "150")
	css = strings.ReplaceAll(css, "${ProgressBar.animationDuration}", duration)
	sum := sha256.Sum256([]byte(unindent(css)))
	if got := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; got != StyleHash {
		t.Errorf("StyleHash = %s, Turbo's style has %s", StyleHash, got)
	}
}

// unindent does what Turbo's function of this name does.
func unindent(css string) string {
	lines := strings.Split(strings.TrimPrefix(css, "\n"), "\n")
	indent := len(regexp.MustCompile(`^\s+`).FindString(lines[0]))
	for i, line := range lines {
		lines[i] = line[min(indent, len(line)):]
	}
	return strings.Join(lines, "\n")
}

func TestAssetsAreServedForGoodAndNothingElseIs(t *testing.T) {
	for _, name := range []string{"README", "../views.go", "", "app.js", "x-00000000.js"} {
		missing := httptest.NewRecorder()
		Assets().ServeHTTP(missing, httptest.NewRequest("GET", "/assets/"+name, nil))
		if missing.Code != 404 {
			t.Errorf("GET /assets/%s = %d, want 404", name, missing.Code)
		}
	}
	if !HasAssets() {
		t.Skip("scripts and styles are not built")
	}
	for logical, kind := range map[string]string{"app.js": "text/javascript", "app.css": "text/css", "icons.svg": "image/svg+xml", "login.js": "text/javascript"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", loadAssets().url(logical), nil)
		r.Header.Set("Accept-Encoding", "gzip")
		Assets().ServeHTTP(w, r)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || w.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("GET %s = %d %v", logical, w.Code, w.Header())
		}
	}
}

func TestEveryIconThatIsUsedIsDrawn(t *testing.T) {
	sprite, err := os.ReadFile("styles/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	r := renderer(t)
	use := regexp.MustCompile(`#([a-z-]+)"/></svg>`)
	for name, page := range samples("en") {
		for _, m := range use.FindAllStringSubmatch(render(t, r, name, page), -1) {
			if !strings.Contains(string(sprite), `id="`+m[1]+`"`) {
				t.Errorf("%s uses the icon %q, which is not in icons.svg", name, m[1])
			}
		}
	}
}
