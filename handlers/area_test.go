package handlers

import "testing"

func TestAddressesBelongToTheirArea(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]area{
		"/": areaPages, "/c/x": areaPages, "/e/x/live/token": areaPages, "/help": areaPages, "/live/websocket": areaPages,
		"/i/token": areaLanding, "/i/token/opened": areaLanding,
		"/lti/launch": areaProtocol, "/lti/launch/proof": areaProtocol, "/.well-known/jwks.json": areaProtocol,
		"/admin": areaConsole, "/admin/login": areaConsole, "/administrators": areaPages,
		"/assets/app.js": areaAssets, "/healthz": areaHealth, "/readyz": areaHealth, "/healthz/x": areaPages,
	} {
		if got := areaOf(path); got != want {
			t.Errorf("areaOf(%s) = %d, want %d", path, got, want)
		}
	}
}
