package lti

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// What a fetch may cost: platforms answer in well under a second, their key
// sets have a few kilobytes.
const (
	fetchTimeout  = 8 * time.Second
	dialTimeout   = 4 * time.Second
	maxRedirects  = 3
	maxKeySetSize = 256 << 10
)

// errPrivateAddress says that a platform's name leads inside.
var errPrivateAddress = errors.New("address is not public (set USHER_ALLOW_PRIVATE_NETWORKS to allow it)")

// HTTPClient returns a client for addresses that came from a registration or a
// token. It refuses private, loopback and link-local addresses unless
// allowPrivate is set, looks after the name is resolved (so that no DNS answer
// leads around it), uses no proxy, follows few redirects and none to another
// host, and gives up in seconds (C-82).
func HTTPClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout}
	if !allowPrivate {
		dialer.Control = refusePrivate
	}
	return &http.Client{
		Timeout:       fetchTimeout,
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			DialContext:            dialLocalhost(dialer.DialContext),
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  fetchTimeout,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        time.Minute,
		},
	}
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialLocalhost resolves names below localhost to this machine, as browsers do
// [RFC 6761 §6.3]; many system resolvers do not. They stay private addresses.
func dialLocalhost(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(strings.ToLower(host), ".localhost") {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		return dial(ctx, network, address)
	}
}

// refusePrivate is called with the address that is about to be dialled.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, err)
	}
	if !public(ap.Addr()) {
		return errPrivateAddress
	}
	return nil
}

// special are ranges that netip has no word for: this network, shared and
// reserved addresses, documentation, benchmarks, and the IPv6 ranges that
// carry IPv4 addresses and so would lead around the other rules.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, prefix := range special {
		if prefix.Contains(ip) {
			return false
		}
	}
	return true
}

// checkRedirect keeps a fetch with the host that the admin registered, and
// never lets it lose TLS.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case !strings.EqualFold(req.URL.Host, first.Host):
		return errors.New("redirect to another host")
	case first.Scheme == "https" && req.URL.Scheme != "https":
		return errors.New("redirect away from https")
	}
	return nil
}

// fetch gets an address and returns the answer's header and body, of at most
// limit bytes.
func fetch(ctx context.Context, client *http.Client, address string, limit int64) (http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("get %s: status %d", address, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("get %s: %w", address, err)
	}
	if int64(len(body)) > limit {
		return nil, nil, fmt.Errorf("get %s: more than %d bytes", address, limit)
	}
	return resp.Header, body, nil
}
