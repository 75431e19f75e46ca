package browser

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy stands between one person's browser and the world. It sees every
// request of every tab, frame and socket, which the browser's own events do
// not promise; it can change what passes, and cut the line.
type proxy struct {
	address string
	mu      sync.Mutex
	seen    []exchange
	offline bool
	tunnels map[net.Conn]bool
	server  *http.Server
	// change may alter an answer before the browser sees it.
	change func(*http.Response)
	// ask may alter a request before the server sees it.
	ask func(*http.Request)
}

// exchange is a request and what of its answer may hold tokens.
type exchange struct {
	At             time.Time
	Method, URL    string
	Referer        string
	Cookie         string
	Authorization  string
	Form           string
	Status         int
	SetCookie      []string
	Location, Body string
}

func startProxy(t *testing.T) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start proxy: %v", err)
	}
	x := &proxy{address: l.Addr().String(), tunnels: map[net.Conn]bool{}}
	forward := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host },
		Transport:      &http.Transport{DialContext: dialHere, DisableKeepAlives: true},
		FlushInterval:  -1,
		ModifyResponse: x.answered,
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { hangUp(w) },
	}
	x.server = &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case x.isOffline():
			hangUp(w)
		case r.Method == http.MethodConnect:
			x.tunnel(w, r)
		default:
			if x.ask != nil {
				x.ask(r)
			}
			forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), formKey{}, formOf(r))))
		}
	})}
	go func() { _ = x.server.Serve(l) }() // ends with the test
	t.Cleanup(func() { _ = x.server.Close() })
	return x
}

type formKey struct{}

// formOf reads a form and puts it back.
func formOf(r *http.Request) string {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	return string(raw)
}

// dialHere reaches every name on this machine, as Chromium does for *.localhost.
func dialHere(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close() // that is the point
	}
}

func (x *proxy) answered(r *http.Response) error {
	e := exchangeOf(r.Request)
	e.Status, e.SetCookie, e.Location = r.StatusCode, r.Header.Values("Set-Cookie"), r.Header.Get("Location")
	e.Form, _ = r.Request.Context().Value(formKey{}).(string)
	kind := r.Header.Get("Content-Type")
	if strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/json") {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		e.Body = string(raw)
		r.Body = io.NopCloser(bytes.NewReader(raw))
	}
	x.note(e)
	if x.change != nil {
		x.change(r)
	}
	return nil
}

func exchangeOf(r *http.Request) exchange {
	return exchange{
		At: time.Now(), Method: r.Method, URL: r.URL.String(), Referer: r.Header.Get("Referer"),
		Cookie: r.Header.Get("Cookie"), Authorization: r.Header.Get("Authorization"),
	}
}

func (x *proxy) note(e exchange) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.seen = append(x.seen, e)
}

// exchanges returns what was seen so far.
func (x *proxy) exchanges() []exchange {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]exchange(nil), x.seen...)
}

// tunnel carries a socket, and notes the request that opens it.
func (x *proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	server, err := dialHere(r.Context(), "tcp", r.Host)
	if err != nil {
		hangUp(w)
		return
	}
	browser, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close() // nothing was sent
		return
	}
	x.mu.Lock()
	x.tunnels[browser], x.tunnels[server] = true, true
	x.mu.Unlock()
	if _, err := io.WriteString(browser, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		x.close(browser, server)
		return
	}
	reader := bufio.NewReader(buffered)
	if opening, err := http.ReadRequest(reader); err == nil {
		opening.URL.Scheme, opening.URL.Host = "ws", r.Host
		x.note(exchangeOf(opening))
		opening.URL.Scheme, opening.URL.Host = "", ""
		if err := opening.Write(server); err != nil {
			x.close(browser, server)
			return
		}
	}
	go func() {
		_, _ = io.Copy(server, reader) // until either side closes
		x.close(browser, server)
	}()
	_, _ = io.Copy(browser, server)
	x.close(browser, server)
}

func (x *proxy) close(conns ...net.Conn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range conns {
		_ = c.Close() // it may be closed already
		delete(x.tunnels, c)
	}
}

func (x *proxy) isOffline() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.offline
}

// cut breaks every connection and refuses new ones until it is mended.
func (x *proxy) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.offline = true
	for c := range x.tunnels {
		_ = c.Close() // that is the point
	}
}

func (x *proxy) mend() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.offline = false
}
