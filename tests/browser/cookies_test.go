package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// All that is said of blocked cookies rests on this: an ordinary cookie of a
// third party comes back in one of our browsers and not in the other, and a
// partitioned one in both.
func TestBrowsersBlockAndAllowThirdPartyCookies(t *testing.T) {
	t.Parallel()
	var site *httptest.Server
	site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		port := site.URL[strings.LastIndex(site.URL, ":")+1:]
		switch r.URL.Path {
		case "/": // on outer.localhost
			fmt.Fprintf(w, `<iframe src="http://usher.localhost:%s/set"></iframe>`, port)
		case "/set":
			http.SetCookie(w, &http.Cookie{Name: "plain", Value: "1", Secure: true, SameSite: http.SameSiteNoneMode})
			http.SetCookie(w, &http.Cookie{Name: "parted", Value: "1", Path: "/", Secure: true, SameSite: http.SameSiteNoneMode, Partitioned: true})
			fmt.Fprint(w, `<meta http-equiv="refresh" content="0; url=/get">`)
		case "/get":
			fmt.Fprintf(w, `<p>%s</p>`, r.Header.Get("Cookie"))
		}
	}))
	defer site.Close()
	port := site.URL[strings.LastIndex(site.URL, ":")+1:]
	for attitude, want := range map[cookies]string{blocked: "parted=1", allowed: "parted=1; plain=1"} {
		t.Run(string(attitude), func(t *testing.T) {
			h := newPerson(t, &program{t: t, port: port}, "somebody", attitude, looks{})
			v := h.open("http://outer.localhost:" + port + "/").tool()
			v.until("second page", `location.pathname === "/get"`)
			got := strings.Split(v.get(`document.querySelector("p").innerText`), "; ")
			if strings.Join(sorted(got), "; ") != want {
				t.Errorf("cookies that came back: %v, want %s", got, want)
			}
		})
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
