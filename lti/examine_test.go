package lti_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/lti"
)

func TestExaminationReadsKeysAndClockOfAPlatform(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	date, body, status := "", "", http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		if date != "" {
			w.Header().Set("Date", date)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	at := lti.Platform{JWKSURL: server.URL}

	good := f.service.Examine(t.Context(), f.added)
	if good.Err != nil || good.Keys != 1 || good.Weak != 0 || !good.Told {
		t.Errorf("examination of the practice platform = %+v", good)
	}
	date, body = f.clock.Now().Add(90*time.Second).Format(http.TimeFormat), `{"keys": [{"kty": "RSA", "kid": "weak", "e": "AQAB", "n": "`+strings.Repeat("q", 86)+`"}]}`
	if weak := f.service.Examine(t.Context(), at); weak.Err != nil || weak.Keys != 0 || weak.Weak != 1 || weak.Clock != 90*time.Second {
		t.Errorf("examination of the sample key's like = %+v", weak)
	}
	date, body = "yesterday", `{"keys": []}`
	if empty := f.service.Examine(t.Context(), at); empty.Err == nil || empty.Told {
		t.Errorf("examination of an empty set = %+v, want an error and no clock", empty)
	}
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"a page":     {http.StatusOK, "<html>"},
		"a failure":  {http.StatusInternalServerError, ""},
		"too much":   {http.StatusOK, strings.Repeat(" ", 300<<10)},
		"a redirect": {http.StatusFound, ""},
	} {
		status, body = answer.status, answer.body
		if e := f.service.Examine(t.Context(), at); e.Err == nil {
			t.Errorf("%s: %+v, want an error", name, e)
		}
	}
	guarded := newService(t, f.db, f.clock, lti.HTTPClient(false))
	if e := guarded.Examine(t.Context(), f.added); e.Err == nil || !strings.Contains(e.Err.Error(), "not public") {
		t.Errorf("a private address is examined: %+v", e)
	}
}
