package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"usher/database/dbtest"
	"usher/house/housetest"
)

// What admins copy must be what this installation serves: each address of the
// configurations answers.
func TestConfigurationsNameAddressesThatAnswer(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser()
	var manual struct {
		Domain  string
		Login   string `json:"login_url"`
		Launch  string `json:"target_link_url"`
		JWKS    string `json:"jwks_url"`
		Icon    string `json:"icon_url"`
		Privacy string `json:"privacy_url"`
		Canvas  struct {
			URL string `json:"configuration_url"`
		}
	}
	readConfig(t, b, "/lti/config.json", &manual)
	if "http://"+manual.Domain != site.URL {
		t.Errorf("domain %q, want that of %s", manual.Domain, site.URL)
	}
	for name, address := range map[string]string{"keys": manual.JWKS, "icon": manual.Icon, "privacy": manual.Privacy, "Canvas": manual.Canvas.URL} {
		if page := b.Get(strings.TrimPrefix(address, site.URL)); page.Status != http.StatusOK {
			t.Errorf("%s at %s: status %d", name, address, page.Status)
		}
	}
	for name, address := range map[string]string{"login": manual.Login, "launch": manual.Launch} {
		page := b.CrossSite(http.MethodPost, strings.TrimPrefix(address, site.URL), map[string][]string{})
		if page.Status != http.StatusBadRequest {
			t.Errorf("empty %s at %s: status %d, want 400", name, address, page.Status)
		}
	}
}

func TestCanvasReadsItsConfiguration(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser()
	type canvas struct {
		Target string            `json:"target_link_uri"`
		URL    string            `json:"public_jwk_url"`
		Key    map[string]string `json:"public_jwk"`
	}
	var byURL, byKey canvas
	readConfig(t, b, "/lti/canvas.json", &byURL)
	readConfig(t, b, "/lti/canvas.json?key=jwk", &byKey)
	if byURL.Target != site.URL+"/lti/launch" || byURL.URL != site.URL+"/lti/jwks" || byURL.Key != nil {
		t.Errorf("canvas.json = %+v", byURL)
	}
	if byKey.URL != "" {
		t.Errorf("canvas.json?key=jwk names %s beside the key", byKey.URL)
	}
	for _, member := range []string{"kty", "alg", "e", "n", "kid", "use"} {
		if byKey.Key[member] == "" {
			t.Errorf("public_jwk without %s", member)
		}
	}
	if byKey.Key["d"] != "" {
		t.Error("public_jwk shows the private key")
	}
	if page := b.Get("/lti/icon.svg"); page.Header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(page.Body, "<svg") {
		t.Errorf("icon: %s, %.20s", page.Header.Get("Content-Type"), page.Body)
	}
}

func readConfig(t *testing.T, b *housetest.Browser, path string, into any) {
	t.Helper()
	page := b.Get(path)
	if page.Status != http.StatusOK || page.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: status %d, %s", path, page.Status, page.Header.Get("Content-Type"))
	}
	if err := json.Unmarshal([]byte(page.Body), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
