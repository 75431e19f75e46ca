package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// What a campus spends on an address of a tool.
const (
	fetchTimeout = 10 * time.Second
	maxFetched   = 256 << 10
)

// newClient returns the client by which campuses fetch tools' addresses. Names
// below localhost are this machine, as in browsers.
func newClient() *http.Client {
	dialer := &net.Dialer{Timeout: fetchTimeout / 2}
	return &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
					address = net.JoinHostPort("127.0.0.1", port)
				}
				return dialer.DialContext(ctx, network, address)
			},
			MaxIdleConnsPerHost: 2,
			IdleConnTimeout:     time.Minute,
		},
	}
}

// fetch gets an address of a tool under the name that the LMS's server uses.
func (s *Server) fetch(ctx context.Context, address, userAgent string) (contentType string, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, fmt.Errorf("ask the tool: %w", err)
	}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("User-Agent", userAgent)
	res, err := s.client.Do(req)
	if err != nil {
		return "", nil, fmt.Errorf("ask the tool: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return "", nil, fmt.Errorf("the tool answered with status %d", res.StatusCode)
	}
	body, err = io.ReadAll(io.LimitReader(res.Body, maxFetched+1))
	if err != nil {
		return "", nil, fmt.Errorf("read the tool's answer: %w", err)
	}
	if len(body) > maxFetched {
		return "", nil, fmt.Errorf("the tool's answer has more than %d bytes", maxFetched)
	}
	return res.Header.Get("Content-Type"), body, nil
}
