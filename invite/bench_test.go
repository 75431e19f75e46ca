package invite_test

import (
	"fmt"
	"testing"

	"usher/invite"
	"usher/settings"
)

func BenchmarkLook(b *testing.B) {
	s := alone(b)
	made := s.invites()
	b.ReportAllocs()
	for b.Loop() {
		if s.row(made.Token, invite.Browser{}) != invite.RowLobby {
			b.Fatal("no lobby")
		}
	}
}

func BenchmarkClaim(b *testing.B) {
	s := alone(b)
	s.set(settings.InvitePerEntryPerDay, "unlimited")
	s.set(settings.InvitePerPersonPerDay, "unlimited")
	s.set(settings.InvitePerPlatformPerDay, "unlimited")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		email := fmt.Sprintf("g%d@example.org", n)
		made := s.invites(func(r *invite.Request) { r.Email = email })
		b.StartTimer()
		if !s.claims(made.Token, laptop(), email).In {
			b.Fatal("not in")
		}
	}
}
