package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultAddr is where the practice LMS listens unless Options say otherwise.
const DefaultAddr = "127.0.0.1:8081"

// shutdownGrace bounds how long Run waits for requests under way: pages here
// are answered in milliseconds, so anything longer is a stuck client.
const shutdownGrace = 3 * time.Second

// Options say where the practice LMS lives and which tool it launches.
type Options struct {
	// Addr is the listening address; empty is DefaultAddr. Port 0 picks a free
	// port, and every address that the LMS names carries the port picked.
	Addr string
	// ToolURL is the tool's public address as browsers see it, for example
	// http://usher.localhost:8080. Required.
	ToolURL string
	// Now is the clock of tokens and lifetimes. Required.
	Now func() time.Time
	// Logger receives one line per failed answer. Required.
	Logger *slog.Logger
	// Empty leaves the campuses without the tool: an administrator makes it
	// known on their administration pages.
	Empty bool
	// File keeps what administrators and teachers made on the campuses over a
	// restart; empty keeps nothing.
	File string
}

// Server is the practice LMS. It is safe for parallel use.
type Server struct {
	listener   net.Listener
	port       string
	tool       target
	now        func() time.Time
	logger     *slog.Logger
	client     *http.Client // for addresses of tools
	state      *state
	pages      *pages
	moodle     *moodle
	canvas     *canvas
	blackboard *blackboard
	hosts      map[string]http.Handler
}

// target is what the campuses know about the tool before anybody registers it.
type target struct {
	origin    string // scheme://host:port, the target of window messages
	loginURL  string
	launchURL string // the only registered redirect URI
	jwksURL   string
}

// New makes a practice LMS and takes its port, so that every address is known
// before Run serves it. Whoever never calls Run must call Close.
func New(opts Options) (*Server, error) {
	if opts.Now == nil || opts.Logger == nil {
		return nil, errors.New("demo: Now and Logger are required")
	}
	target, err := parseTool(opts.ToolURL)
	if err != nil {
		return nil, err
	}
	pages, err := loadPages()
	if err != nil {
		return nil, err
	}
	kept, err := openState(opts.File)
	if err != nil {
		return nil, err
	}
	addr := opts.Addr
	if addr == "" {
		addr = DefaultAddr
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the practice LMS: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read listening port: %w", err), listener.Close())
	}
	s := &Server{
		listener: listener, port: port, tool: target, now: opts.Now, logger: opts.Logger, pages: pages,
		client: newClient(), state: kept,
	}
	s.moodle, s.canvas, s.blackboard = newMoodle(s), newCanvas(s), newBlackboard(s)
	if err := s.open(opts.Empty); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	index := s.indexHandler()
	s.hosts = map[string]http.Handler{
		hostMoodle: s.moodle.handler(), hostCanvas: s.canvas.handler(), hostCanvasSSO: s.canvas.ssoHandler(),
		hostBlackboard: s.blackboard.handler(), hostBlackboardGateway: s.blackboard.gatewayHandler(),
		hostIndex: index, "localhost": index, "127.0.0.1": index,
	}
	return s, nil
}

// open gives the campuses their courses, and the tool unless they are empty.
func (s *Server) open(empty bool) error {
	if empty {
		return errors.Join(s.moodle.open(), s.canvas.open(), s.blackboard.open())
	}
	return errors.Join(s.moodle.open(s.moodle.known()), s.canvas.open(s.canvas.known()), s.blackboard.open(s.blackboard.known()))
}

func parseTool(raw string) (target, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return target{}, fmt.Errorf("parse tool address: %w", err)
	}
	if u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return target{}, errors.New("demo: ToolURL must be an http or https address")
	}
	base := strings.TrimSuffix(u.String(), "/")
	return target{
		origin: u.Scheme + "://" + u.Host, loginURL: base + "/lti/login", launchURL: base + "/lti/launch",
		jwksURL: base + "/lti/jwks",
	}, nil
}

// Addr is the address that the practice LMS listens on, with the real port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close gives the port back if Run was never called.
func (s *Server) Close() error { return s.listener.Close() }

// Run serves until ctx ends, then lets requests under way finish. It may be
// called once.
func (s *Server) Run(ctx context.Context) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve the practice LMS: %w", err)
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := server.Shutdown(ending)
	<-failed
	if err != nil {
		return errors.Join(fmt.Errorf("stop the practice LMS: %w", err), server.Close())
	}
	return nil
}

// Handler answers for every campus, chosen by Host; a foreign Host gets 421.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		site, ok := s.hosts[strings.ToLower(host)]
		if !ok {
			http.Error(w, "No campus lives under this host name.", http.StatusMisdirectedRequest)
			return
		}
		// Every request here is small; the limit keeps a stray upload out.
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		site.ServeHTTP(w, r)
	})
}

// origin is the origin of one of our hosts, as browsers write it.
func (s *Server) origin(host string) string { return "http://" + host + ":" + s.port }

// serverURL is an address that servers can reach without resolving *.localhost.
func (s *Server) serverURL(path string) string { return "http://127.0.0.1:" + s.port + path }
