package lti

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// serviceAnswer is what a service said, whole and of bounded size.
type serviceAnswer struct {
	status int
	header http.Header
	body   []byte
}

// errTooLarge says that an answer is longer than it may be.
var errTooLarge = errors.New("answer is too large")

// call sends a request to a platform's service and reads at most limit bytes.
func (s *Service) call(req *http.Request, limit int64) (serviceAnswer, error) {
	resp, err := s.http.Do(req)
	if err != nil {
		return serviceAnswer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return serviceAnswer{}, fmt.Errorf("read answer: %w", err)
	}
	if int64(len(body)) > limit {
		return serviceAnswer{}, errTooLarge
	}
	return serviceAnswer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// refusal is the answer as an error of that code.
func (a serviceAnswer) refusal(code ServiceCode, now time.Time) *ServiceError {
	return &ServiceError{Code: code, Status: a.status, Words: a.words(), RetryAfter: retryAfter(a.header, now)}
}

// maxRetryAfter bounds how long a platform can keep Usher away.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header of that name, in seconds or as a date
// [RFC 9110 §10.2.3].
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// words are what the platform says about a refusal, in whichever of the shapes
// that platforms use, and nothing where its answer is a page for people or in
// no known shape.
func (a serviceAnswer) words() string {
	var e struct {
		Error       json.RawMessage `json:"error"`
		Description text            `json:"error_description"`
		Errors      json.RawMessage `json:"errors"`
		Message     text            `json:"message"`
		CanvasWords text            `json:"errorMessage"`
		MoodleWords text            `json:"reason"`
	}
	if json.Unmarshal(a.body, &e) != nil {
		return harmless(brokenError(a.body))
	}
	parts := []string{plainWords(e.Error), string(e.Description), plainWords(e.Errors), string(e.Message), string(e.CanvasWords), string(e.MoodleWords)}
	return harmless(strings.Join(parts, " "))
}

// plainWords reads a text, an object with a message, or a list of either.
func plainWords(raw json.RawMessage) string {
	if s, ok := unquote(raw); ok {
		return s
	}
	var one struct {
		Type    text `json:"type"`
		Message text `json:"message"`
	}
	if len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &one) == nil {
		return string(one.Type) + " " + string(one.Message)
	}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) != nil || len(several) == 0 {
		return ""
	}
	if several[0] == nil || several[0][0] == '[' {
		return "" // nothing nests deeper
	}
	return plainWords(several[0])
}

// brokenError reads {"error" : "…"} where the text has quotes of its own, as
// Moodle writes it. Anything else that is no JSON is not for admins.
func brokenError(body []byte) string {
	_, rest, found := strings.Cut(string(body), `"error"`)
	rest, colon := strings.CutPrefix(strings.TrimSpace(rest), ":")
	if !found || !colon || len(body) > 1000 {
		return ""
	}
	text := strings.TrimRight(strings.TrimSpace(rest), " \r\n\t}")
	return strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`)
}

// What words may have: platforms quote addresses and tokens in errors, and
// whole pages.
const (
	maxWords      = 200
	maxHarmlessIn = 60
)

// harmless cuts words short and leaves out what could be an address or a token.
func harmless(s string) string {
	var kept []string
	for _, word := range strings.Fields(printable(strings.ToValidUTF8(s, ""))) {
		if strings.Contains(word, "@") || len(word) > maxHarmlessIn {
			word = "…"
		}
		kept = append(kept, word)
	}
	return clip(strings.Join(kept, " "), maxWords)
}
