package lti

import (
	"net/http"
	"testing"
)

// C-54.
func TestNextLinkReadsWhatPlatformsWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		headers []string
		want    string
	}{
		{nil, ""},
		{[]string{`<https://a.example/?p=2>; rel="next"`}, "https://a.example/?p=2"},
		{[]string{`<https://a.example/?p=1>; rel="differences"`, `<https://a.example/?p=2>; rel="next"`}, "https://a.example/?p=2"},
		{[]string{`<https://a.example/?a=1&amp;p=2>; rel=“next”`}, "https://a.example/?a=1&p=2"},
		{[]string{`<https://a.example/?p=2>; rel="nextish"`, `<x>; rev="next"`, `<x>; title="rel=next"`}, ""},
		{[]string{`https://a.example/?p=2; rel="next"`, `<unclosed; rel="next"`, `<>; rel="next"`, ";;,,", "<"}, ""},
		{[]string{`<https://a.example/?ids=1,2&p=2>;rel="prev next";title="a, b"`}, "https://a.example/?ids=1,2&p=2"},
	}
	for _, tt := range tests {
		if got := nextLink(http.Header{"Link": tt.headers}); got != tt.want {
			t.Errorf("nextLink(%q) = %q, want %q", tt.headers, got, tt.want)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	for _, seed := range []string{`<https://a.example/?p=2>; rel="next"`, `<a>;rel=next,<b>`, "<>", `<a>; rel="`, `<<a>>;rel=next`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		nextLink(http.Header{"Link": {header}}) // ends, and breaks nothing
	})
}

func FuzzReadMembers(f *testing.F) {
	for _, seed := range []string{`{"members":[{"user_id":"a","roles":["Learner"]}]}`, `{"members":[{"user_id":1,"roles":"x","message":{}}]}`, `{"members":null}`, `[]`, `{"members":[null,7,"x",{}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		members, err := readMembers([]byte(body))
		for _, m := range members {
			if err != nil || m.Subject == "" || !isText(m.Subject) || !isText(m.Name) {
				t.Errorf("readMembers(%q) = %+v, %v", body, m, err)
			}
		}
	})
}
