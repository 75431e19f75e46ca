package demo

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestNewRefusesMissingOptions(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.DiscardHandler)
	for name, opts := range map[string]Options{
		"clock":         {Addr: "127.0.0.1:0", ToolURL: testTool, Logger: logger},
		"logger":        {Addr: "127.0.0.1:0", ToolURL: testTool, Now: time.Now},
		"tool":          {Addr: "127.0.0.1:0", Now: time.Now, Logger: logger},
		"tool's scheme": {Addr: "127.0.0.1:0", ToolURL: "usher.localhost:8080", Now: time.Now, Logger: logger},
	} {
		if _, err := New(opts); err == nil {
			t.Errorf("New() without %s: no error", name)
		}
	}
}

func TestForeignHostsAreMisdirected(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	for host, status := range map[string]int{
		"evil.example": http.StatusMisdirectedRequest, "usher.localhost": http.StatusMisdirectedRequest,
		hostIndex: http.StatusOK, "127.0.0.1": http.StatusOK, hostMoodle: http.StatusOK, "MOODLE.localhost": http.StatusOK,
	} {
		b.page(b.get("http://"+host+":"+s.port+"/"), status)
	}
}

func TestRunServesUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Addr: "127.0.0.1:0", ToolURL: testTool, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("New() error = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for _, r := range s.Registrations() {
		// The address is one that servers can reach as it stands.
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.JWKSURL, nil)
		if err != nil {
			t.Fatalf("request keys: %v", err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("fetch keys of %s: %v", r.Name, err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"kty":"RSA"`) ||
			strings.Contains(string(body), `"d":`) {
			t.Errorf("keys of %s: status %d, error %v, body %s", r.Name, res.StatusCode, err, body)
		}
		if err := res.Body.Close(); err != nil {
			t.Errorf("close answer: %v", err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run() error = %v", err)
	}
}

func TestPagesKeepToTheirFrames(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	for address, ancestors := range map[string]string{
		s.origin(hostIndex) + "/":                               "'none'",
		s.origin(hostMoodle) + "/":                              s.origin(hostMoodle),
		s.origin(hostCanvasSSO) + "/post_message_forwarding":    s.origin(hostCanvas) + " " + s.origin(hostCanvasSSO),
		s.origin(hostBlackboardGateway) + "/lti_storage_frame":  s.origin(hostBlackboard) + " " + s.origin(hostBlackboardGateway),
		s.origin(hostMoodle) + "/launch?as=teacher":             s.origin(hostMoodle),
		s.origin(hostBlackboard) + "/launch?as=nobody&in=frame": s.origin(hostBlackboard) + " " + s.origin(hostBlackboardGateway),
	} {
		policy := b.get(address).Header.Get("Content-Security-Policy")
		if !strings.HasSuffix(policy, "frame-ancestors "+ancestors) || !strings.Contains(policy, "script-src 'self';") {
			t.Errorf("policy of %s = %s", address, policy)
		}
	}
}

func TestMisspeltParametersAreRefused(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	for _, host := range []string{hostMoodle, hostCanvas, hostBlackboard} {
		for _, query := range []string{"as=nobody", "link=9", "in=popup", "storage=broken", "share=some", "institution=3"} {
			b.page(b.get(s.origin(host)+"/launch?"+query), http.StatusNotFound)
		}
	}
	b.page(b.get(s.origin(hostMoodle)+"/launch?link=nav"), http.StatusNotFound)
}

func TestStorageMisbehavesAsAsked(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, c := range []struct {
		host, storage    string
		has, lacks       string
		offered, listens bool
	}{
		{hostCanvas, "silent", "storage=silent", "", true, false},
		{hostCanvas, "slow", "storage=slow", "", true, true},
		{hostBlackboard, "forged", "storage=forged", "", true, true},
		{hostCanvas, "wrongorigin", `src="` + s.origin(hostCanvas) + `/post_message`, hostCanvasSSO + ":" + s.port + "/post", true, true},
		{hostBlackboard, "wrongorigin", `src="` + s.origin(hostBlackboard) + `/lti_storage`, hostBlackboardGateway + ":" + s.port + "/lti_", true, true},
		{hostCanvas, "off", "<h1>", "Storage for tools", false, true},
		{hostBlackboard, "off", "<h1>", "Storage for tools", false, true},
	} {
		t.Run(c.host+" "+c.storage, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s)
			page := b.page(b.get(s.origin(c.host)+"/launch?as=student1&storage="+c.storage), http.StatusOK)
			if !strings.Contains(page, c.has) || (c.lacks != "" && strings.Contains(page, c.lacks)) {
				t.Errorf("page has %q = false or %q = true: %s", c.has, c.lacks, page)
			}
			if got := strings.Contains(page, "data-listens"); got != c.listens {
				t.Errorf("page listens = %v, want %v", got, c.listens)
			}
			login := b.login(c.host, "as=student1&storage="+c.storage)
			if got := login.Has("lti_storage_target"); got != c.offered {
				t.Errorf("storage offered = %v, want %v", got, c.offered)
			}
		})
	}
}

func TestCoursesGreetWhoeverIsSignedIn(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, c := range s.sites() {
		b := newBrowser(t, s)
		if page := b.page(b.get(c.origin()+"/"), http.StatusOK); !strings.Contains(page, "Nobody is signed in") {
			t.Errorf("%s: a stranger is greeted: %s", c.key, page)
		}
		res := b.get(c.origin() + "/?as=student2")
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" {
			t.Errorf("%s: signing in answers %d to %q", c.key, res.StatusCode, res.Header.Get("Location"))
		}
		page := b.page(b.get(c.origin()+"/?lti_errormsg=%3Cscript%3E"), http.StatusOK)
		for _, want := range []string{"<strong>Tom Rivera</strong>", "&lt;script&gt;", "nothing here is real", `as=student2&amp;in=tab`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: page lacks %s", c.key, want)
			}
		}
	}
}

func TestReturnAddressesLeadBackToTheCourse(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, host := range []string{hostCanvas, hostBlackboard} {
		b := newBrowser(t, s)
		campus := campusOf(s, host)
		_, answer := b.launchTo(campus, host, "as=teacher")
		claims := b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
		presentation, _ := claims[claimLTI+"launch_presentation"].(map[string]any)
		address, _ := presentation["return_url"].(string)
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		page := b.page(b.get(address+separator+"lti_msg=Saved"), http.StatusOK)
		if want := `href="` + s.origin(host) + `/?lti_msg=Saved" target="_top"`; !strings.Contains(page, want) {
			t.Errorf("%s: page lacks %s: %s", host, want, page)
		}
	}
}

func TestLaunchesUnderWayAreBounded(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	l := newLaunches(c.now, time.Minute)
	for range maxLaunches + 50 {
		l.add(launch{id: randomHex(16), startAt: c.now()})
	}
	if len(l.byID) != maxLaunches || len(l.order) != maxLaunches {
		t.Errorf("kept %d launches in %d places, want %d", len(l.byID), len(l.order), maxLaunches)
	}
	c.advance(2 * time.Minute)
	l.add(launch{id: "last", startAt: c.now()})
	if len(l.byID) != 1 {
		t.Errorf("kept %d launches after expiry, want 1", len(l.byID))
	}
	if _, ok := l.take("last"); !ok {
		t.Error("take(last) = false")
	}
	if _, ok := l.take("last"); ok {
		t.Error("take(last) worked twice")
	}
}

func TestOversizedFormsAreRefused(t *testing.T) {
	t.Parallel()
	s := shared(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, campusOf(s, hostMoodle).AuthURL,
		strings.NewReader("state="+strings.Repeat("a", 70<<10)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("status = %d, want 404", w.Code)
	}
}
