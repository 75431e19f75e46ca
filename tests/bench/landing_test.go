package bench

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// BenchmarkLanding is looking at an invitation's link: it writes nothing.
func BenchmarkLanding(b *testing.B) {
	each(b, func(b *testing.B, s *site) {
		links := s.invited(b, 1)
		look := func(who *browser, _ int) error {
			clear(who.cookies)
			page, err := who.want(http.StatusOK, ask{method: http.MethodGet, path: links[0]})
			if err == nil {
				_, err = between(page.body, `data-page="lobby"`, "</html>")
			}
			return err
		}
		b.Run("look", func(b *testing.B) {
			s.measure(b, "landing", look)
			s.reportRows(b, "landing", look)
		})
	})
}

// BenchmarkClaim is a guest who types the invited address into the lobby.
func BenchmarkClaim(b *testing.B) {
	each(b, func(b *testing.B, s *site) {
		for _, key := range []string{"invite.per_entry_per_day", "invite.per_person_per_day", "invite.per_platform_per_day"} {
			s.usher(b, "settings", "set", key, "unlimited")
		}
		b.Run("guest", func(b *testing.B) {
			links := s.invited(b, b.N+counted)
			claim := func(who *browser, n int) error {
				clear(who.cookies)
				_, err := who.want(http.StatusSeeOther, ask{method: http.MethodPost, path: links[n], form: url.Values{"email": {guest(n)}}})
				return err
			}
			s.measure(b, "claim", claim)
			s.reportRows(b, "claim", func(who *browser, n int) error { return claim(who, b.N+n) })
		})
	})
}

func guest(n int) string { return fmt.Sprintf("guest-%d@example.org", n) }

// invited makes invitations and returns their links.
func (s *site) invited(b *testing.B, n int) []string {
	b.Helper()
	links := make([]string, n)
	s.crowd(b, browsersAtOnce, func(teacher *browser, part int) error {
		if _, err := s.launchedTeacher(teacher); err != nil {
			return err
		}
		for i := part; i < n; i += browsersAtOnce {
			var err error
			if links[i], err = s.invite(teacher, i); err != nil {
				return err
			}
		}
		return nil
	})
	return links
}

// launchedTeacher also follows to the page, which gives the browser its cookie.
func (s *site) launchedTeacher(teacher *browser) (string, error) {
	path, err := s.launched(teacher, "teacher")
	if err == nil {
		_, err = teacher.want(http.StatusOK, ask{method: http.MethodGet, path: path})
	}
	return path, err
}

func (s *site) invite(teacher *browser, n int) (link string, err error) {
	made, err := teacher.want(http.StatusSeeOther, ask{method: http.MethodPost, path: s.entry + "/invitations",
		form: url.Values{"email": {guest(n)}, "first": {"Grace"}, "last": {"Guest"}, "role": {"viewer"}}})
	if err != nil {
		return "", err
	}
	page, err := teacher.want(http.StatusOK, ask{method: http.MethodGet, path: made.location})
	if err != nil {
		return "", err
	}
	token, err := between(page.body, `value="`+s.url+"/i/", `"`)
	return "/i/" + token, err
}
