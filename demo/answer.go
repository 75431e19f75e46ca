package demo

import (
	"net/http"
	"strconv"
	"strings"
)

// page is an answer before it is rendered.
type page struct {
	name      string
	data      any
	ancestors []string // origins that may frame it; none: nobody
	frames    []string // origins that it frames beside the campuses and the tool
}

// answer renders a page and sends it with the security headers of all pages.
func (s *Server) answer(w http.ResponseWriter, status int, p page) {
	body, err := s.pages.render(p.name, p.data)
	if err != nil {
		s.logger.Error("practice LMS failed", "error", err)
		http.Error(w, "The practice LMS made a mistake.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Security-Policy", s.policy(p))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	// As real campuses: the tool sees the origin of the page, never the path.
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a reader that went away needs no answer
}

// policy allows our own files, frames of the campuses and of the tool, and
// nothing else. There is no form-action: browsers apply it to redirects too, and
// a login form's redirects are the tool's affair.
func (s *Server) policy(p page) string {
	frames := make([]string, 0, 8)
	for _, host := range []string{hostMoodle, hostCanvas, hostCanvasSSO, hostBlackboard, hostBlackboardGateway} {
		frames = append(frames, s.origin(host))
	}
	frames = append(append(frames, s.tool.origin), p.frames...)
	framedBy := "'none'"
	if len(p.ancestors) > 0 {
		framedBy = strings.Join(p.ancestors, " ")
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
		"frame-src " + strings.Join(frames, " "), "base-uri 'none'", "frame-ancestors " + framedBy,
	}, "; ")
}
