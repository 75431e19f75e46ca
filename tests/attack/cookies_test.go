package attack_test

import (
	"net/http"
	"strings"
	"testing"

	"usher/database/dbtest"
)

// pairs reads the cookies that an answer sets, by name; those it drops are left
// out.
func pairs(h http.Header) map[string]string {
	found := map[string]string{}
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.MaxAge >= 0 {
			found[c.Name] = c.Value
		}
	}
	return found
}

// arrives launches by hand and returns the cookie of the arrival.
func (s *scene) arrives(t *testing.T) (name, value string) {
	t.Helper()
	form, cookie := s.attackersLaunch(t)
	_, header, _ := s.raw(t, http.MethodPost, "/lti/launch", strings.NewReader(form.Encode()),
		map[string]string{"Content-Type": formType, "Cookie": cookie, "Sec-Fetch-Dest": "document"})
	for name, value := range pairs(header) {
		if strings.Contains(name, "arrival") {
			return name, value
		}
	}
	t.Fatalf("no arrival: %v", header)
	return "", ""
}

// mine asks who is signed in by cookies alone.
func (s *scene) mine(t *testing.T, cookies string) (status int, set map[string]string) {
	t.Helper()
	code, header, _ := s.raw(t, http.MethodGet, "/c/mine", nil, map[string]string{"Cookie": cookies, "Sec-Fetch-Dest": "document"})
	return code, pairs(header)
}

const mainCookie = "__Host-usher"

// A cookie is good under its own name, unchanged, and until the next sign-in of
// its browser: who planted or copied one before it holds nothing.
func TestCookiesCannotBeMovedChangedOrKept(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	name, arrival := s.arrives(t)
	code, set := s.mine(t, name+"="+arrival)
	first := set[mainCookie]
	if code != http.StatusOK || first == "" {
		t.Fatalf("the launch does not sign in: status %d, %v", code, set)
	}
	for what, cookies := range map[string]string{
		"arrival as the browser's cookie":  mainCookie + "=" + arrival,
		"browser's cookie as an arrival":   name + "=" + first,
		"arrival under another's name":     name[:len(name)-1] + "_=" + arrival,
		"changed":                          mainCookie + "=" + strings.Replace(first, first[8:12], "AAAA", 1),
		"cut":                              mainCookie + "=" + first[:len(first)-4],
		"empty":                            mainCookie + "=",
		"without the prefix":               "usher=" + first,
		"hundreds of arrivals made up":     strings.Repeat(name+"x="+arrival[:40]+"; ", 200),
		"name in capitals, as a subdomain": strings.ToUpper(mainCookie) + "=" + first,
	} {
		if code, _ := s.mine(t, cookies); code != http.StatusUnauthorized {
			t.Errorf("%s: status %d, want 401", what, code)
		}
	}

	again, second := s.arrives(t)
	code, set = s.mine(t, mainCookie+"="+first+"; "+again+"="+second)
	if code != http.StatusOK || set[mainCookie] == "" || set[mainCookie] == first {
		t.Fatalf("the second launch keeps the cookie: status %d", code)
	}
	for what, cookies := range map[string]string{"cookie": mainCookie + "=" + first, "arrival": name + "=" + arrival} {
		if code, _ := s.mine(t, cookies); code != http.StatusUnauthorized {
			t.Errorf("the first launch's %s after the second: status %d, want 401", what, code)
		}
	}
}

// A cookie that a browser sends into a frame all the same is not read there.
func TestCookiesCountForNothingInFrames(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	name, arrival := s.arrives(t)
	_, set := s.mine(t, name+"="+arrival)
	for _, path := range []string{"/c/mine", "/c/" + s.course, s.path(""), s.path("/live/people")} {
		for _, dest := range []string{"iframe", "frame", "embed", "object", "fencedframe"} {
			_, header, body := s.raw(t, http.MethodGet, path, nil, map[string]string{
				"Cookie": mainCookie + "=" + set[mainCookie], "Sec-Fetch-Dest": dest, "Sec-Fetch-Site": "cross-site",
			})
			if strings.Contains(body, "Tides") || strings.Contains(body, "Economics") || len(header["Set-Cookie"]) > 0 {
				t.Errorf("%s as %s shows data", path, dest)
			}
		}
	}
}
