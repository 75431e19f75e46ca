package lti

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// C-82.
func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		address string
		want    bool
	}{
		{"93.184.216.34", true}, {"8.8.8.8", true}, {"2606:4700::1111", true}, {"::ffff:8.8.8.8", true},
		{"127.0.0.1", false}, {"127.8.8.8", false}, {"::1", false}, {"::ffff:127.0.0.1", false}, {"::127.0.0.1", false},
		{"10.1.2.3", false}, {"172.16.0.1", false}, {"172.31.255.255", false}, {"192.168.1.1", false}, {"100.64.0.1", false},
		{"169.254.169.254", false}, {"fe80::1", false}, {"fe80::1%eth0", false}, {"fd00::1", false}, {"fec0::1", false},
		{"0.0.0.0", false}, {"::", false}, {"224.0.0.1", false}, {"ff02::1", false}, {"255.255.255.255", false}, {"240.0.0.1", false},
		{"192.0.2.1", false}, {"198.18.0.1", false}, {"64:ff9b::7f00:1", false}, {"2002:7f00:1::", false}, {"2001:db8::1", false},
	}
	for _, tt := range tests {
		if got := public(netip.MustParseAddr(tt.address)); got != tt.want {
			t.Errorf("public(%s) = %v, want %v", tt.address, got, tt.want)
		}
	}
	if refusePrivate("tcp", "10.0.0.1:443", nil) == nil || refusePrivate("tcp", "junk", nil) == nil {
		t.Error("a private or unreadable address may be dialled")
	}
	if err := refusePrivate("tcp", "8.8.8.8:443", nil); err != nil {
		t.Errorf("refusePrivate(public) = %v", err)
	}
}

func TestNamesBelowLocalhostAreThisMachine(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Host)) // read below
	}))
	t.Cleanup(server.Close)
	address := "http://moodle.localhost:" + parsed(t, server.URL).Port()
	_, body, err := fetch(t.Context(), HTTPClient(true), address, 100)
	if want := strings.TrimPrefix(address, "http://"); err != nil || string(body) != want {
		t.Errorf("fetch() = %q, %v, want %q", body, err, want)
	}
	if _, _, err := fetch(t.Context(), HTTPClient(false), address, 100); !errors.Is(err, errPrivateAddress) {
		t.Errorf("fetch() without private networks = %v, want %v", err, errPrivateAddress)
	}
}

func TestRedirectsStayWithHostAndTLS(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, to string
		hops     int
		ok       bool
	}{
		{"https://lms.example/a", "https://LMS.example/b", 1, true},
		{"http://lms.example/a", "https://lms.example/b", 1, true},
		{"https://lms.example/a", "http://lms.example/b", 1, false},
		{"https://lms.example/a", "https://other.example/b", 1, false},
		{"https://lms.example/a", "https://lms.example:8443/b", 1, false},
		{"https://lms.example/a", "https://lms.example/b", 4, false},
	}
	for _, tt := range tests {
		via := make([]*http.Request, tt.hops)
		for i := range via {
			via[i] = &http.Request{URL: parsed(t, tt.from)}
		}
		if err := checkRedirect(&http.Request{URL: parsed(t, tt.to)}, via); (err == nil) != tt.ok {
			t.Errorf("redirect %s to %s after %d = %v, want ok %v", tt.from, tt.to, tt.hops, err, tt.ok)
		}
	}
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("parse %s: %v", address, err)
	}
	return u
}
