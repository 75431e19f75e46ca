package bench

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// browser is one browser with one connection. Its cookies are sent as they
// came, Secure or not: the benchmark speaks HTTP on loopback, as a proxy does.
type browser struct {
	origin  string
	client  *http.Client
	cookies map[string]string
}

func newBrowser(origin string) *browser {
	return &browser{
		origin: origin, cookies: map[string]string{},
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 1},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (b *browser) close() { b.client.CloseIdleConnections() }

// ask is one request as a browser makes it.
type ask struct {
	method, path string
	form         url.Values
	json         string
	bearer       string
	frame        bool // the document of a frame
	crossSite    bool // posted by the platform's page
}

// answer is what came back.
type answer struct {
	status   int
	location string
	body     string
}

func (b *browser) do(a ask) (answer, error) {
	var body io.Reader
	if a.form != nil {
		body = strings.NewReader(a.form.Encode())
	} else if a.json != "" {
		body = strings.NewReader(a.json)
	}
	r, err := http.NewRequest(a.method, b.origin+a.path, body)
	if err != nil {
		return answer{}, err
	}
	b.head(r, a)
	response, err := b.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }() // read to its end
	text, err := io.ReadAll(response.Body)
	for _, c := range response.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return answer{response.StatusCode, response.Header.Get("Location"), string(text)}, err
}

// head sets the headers by which the program tells what is asked for.
func (b *browser) head(r *http.Request, a ask) {
	h := r.Header
	h.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")
	h.Set("Accept", "text/html,application/xhtml+xml")
	h.Set("Accept-Language", "en-US,en;q=0.9")
	h.Set("Sec-Fetch-Site", "same-origin")
	h.Set("Sec-Fetch-Dest", "document")
	if a.crossSite {
		h.Set("Sec-Fetch-Site", "cross-site")
		h.Set("Origin", "https://campus.example")
	}
	if a.frame {
		h.Set("Sec-Fetch-Dest", "iframe")
	}
	if a.form != nil {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if a.json != "" {
		h.Set("Content-Type", "application/json")
		h.Set("Accept", "application/json")
		h.Set("Sec-Fetch-Dest", "empty")
	}
	if a.bearer != "" {
		h.Set("Authorization", "Bearer "+a.bearer)
		h.Set("Sec-Fetch-Dest", "empty")
		return
	}
	for name, value := range b.cookies {
		h.Add("Cookie", name+"="+value)
	}
}

// want makes a request and fails unless the status is the one expected.
func (b *browser) want(status int, a ask) (answer, error) {
	got, err := b.do(a)
	if err == nil && got.status != status {
		err = fmt.Errorf("%s %s: status %d, want %d\n%.2000s", a.method, a.path, got.status, status, got.body)
	}
	return got, err
}

// between cuts out what stands between two marks.
func between(text, before, after string) (string, error) {
	_, rest, found := strings.Cut(text, before)
	cut, _, ended := strings.Cut(rest, after)
	if !found || !ended {
		return "", errors.New("the page lacks " + before + " … " + after + "\n" + text)
	}
	return cut, nil
}
