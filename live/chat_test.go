package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/live"
)

func TestFiftyWhoTalkAtOnceGetGaplessNumbers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		people := live.SeedPeople(t, db, 50)
		var wg sync.WaitGroup
		for i, p := range people {
			a := seat(t, s, live.SeatRequest{PersonID: p})
			wg.Go(func() {
				if _, err := s.Say(context.Background(), live.Message{From: a, ID: "m", Text: fmt.Sprint("message ", i)}); err != nil {
					t.Errorf("Say: %v", err)
				}
			})
		}
		wg.Wait()
		reader := seat(t, s, live.SeatRequest{PersonID: student})
		page, err := s.Events(t.Context(), reader, 0, 0)
		if err != nil || len(page.Events) != 50 || page.Seq != 50 || page.More {
			t.Fatalf("Events: %d, seq %d, more %v, %v, want all 50", len(page.Events), page.Seq, page.More, err)
		}
		for i, e := range page.Events {
			if e.Seq != int64(i+1) {
				t.Fatalf("event %d has number %d", i, e.Seq)
			}
		}
	})
}

func TestSayAgainUnderTheSameIDStoresOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		a := seat(t, s, live.SeatRequest{InvitationID: guest, Name: "Ada"})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				e, err := s.Say(context.Background(), live.Message{From: a, ID: "again", Text: "hello"})
				if err != nil || e.Seq != 1 || e.Name != "Ada" || !e.Guest || e.Data.ID != "again" {
					t.Errorf("Say = %+v, %v, want the one event", e, err)
				}
			})
		}
		wg.Wait()
		if e := say(t, s, a, "next", "there"); e.Seq != 2 {
			t.Errorf("next message has number %d, want 2: repeats use none up", e.Seq)
		}
	})
}

func TestSayCleansAndRefusesText(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	a := seat(t, s, live.SeatRequest{PersonID: student})
	cases := []struct {
		name, text, want string
		err              error
	}{
		{"line breaks stay", " one\r\ntwo\rthree\t4 ", "one\ntwo\nthree\t4", nil},
		{"control characters go", "a\x00b\x1b[31mc\u202ed", "ab[31mcd", nil},
		{"other scripts and emoji stay", "مرحبا 👋🏽", "مرحبا 👋🏽", nil},
		{"broken bytes go", "a\xffb", "ab", nil},
		{"2,000 characters fit", strings.Repeat("ñ", live.MaxText), strings.Repeat("ñ", live.MaxText), nil},
		{"2,001 do not", strings.Repeat("ñ", live.MaxText+1), "", live.ErrText},
		{"nothing is no message", " \n\x00 ", "", live.ErrText},
	}
	for i, c := range cases {
		e, err := s.Say(t.Context(), live.Message{From: a, ID: fmt.Sprint("m", i), Text: c.text})
		if !errors.Is(err, c.err) || e.Data.Text != c.want {
			t.Errorf("%s: Say = %q, %v, want %q, %v", c.name, e.Data.Text, err, c.want, c.err)
		}
	}
	for _, id := range []string{"", "a b", strings.Repeat("x", 65), "é"} {
		if _, err := s.Say(t.Context(), live.Message{From: a, ID: id, Text: "x"}); !errors.Is(err, live.ErrMessageID) {
			t.Errorf("Say with id %q: %v, want ErrMessageID", id, err)
		}
	}
}

func TestSayTooFastIsToldHowLongToWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.OpenSQLite(t))
	now := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	w.now = func() time.Time { return now }
	s := w.service(t)
	a, other := seat(t, s, live.SeatRequest{PersonID: student}), seat(t, s, live.SeatRequest{InvitationID: guest})
	for i := range 10 {
		say(t, s, a, fmt.Sprint("m", i), "x")
	}
	_, err := s.Say(t.Context(), live.Message{From: a, ID: "m10", Text: "x"})
	var limit *live.LimitError
	if !errors.As(err, &limit) || limit.RetryAfter != 10*time.Second {
		t.Errorf("eleventh message: %v, want a wait of 10 s", err)
	}
	if e := say(t, s, a, "m3", "x"); e.Seq != 4 {
		t.Errorf("a repeat under the limit has number %d, want 4", e.Seq)
	}
	say(t, s, other, "m", "others are free")
	now = now.Add(10 * time.Second)
	say(t, s, a, "m10", "after the wait")
}

func TestEventsComeInPagesWithoutLossOrDoubling(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		at := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
		w.now = func() time.Time { at = at.Add(2 * time.Second); return at }
		s := w.service(t)
		a := seat(t, s, live.SeatRequest{PersonID: student})
		for i := range 7 {
			say(t, s, a, fmt.Sprint("m", i), fmt.Sprint(i))
		}
		var got []string
		for after, more := int64(0), true; more; {
			page, err := s.Events(t.Context(), a, after, 3)
			if err != nil {
				t.Fatalf("Events: %v", err)
			}
			for _, e := range page.Events {
				got = append(got, e.Data.Text)
			}
			after, more = page.Seq, page.More
		}
		if text := strings.Join(got, ""); text != "0123456" {
			t.Errorf("pages give %q", text)
		}
		latest, err := s.Latest(t.Context(), a, 2)
		if err != nil || len(latest.Events) != 2 || latest.Events[1].Data.Text != "6" || latest.Seq != 7 {
			t.Errorf("Latest = %+v, %v, want the last two in order", latest, err)
		}
	})
}

func TestTwoProcessesShareOneStory(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		one, two := w.service(t), w.service(t)
		a := seat(t, one, live.SeatRequest{PersonID: student})
		say(t, one, a, "1", "from one")
		say(t, two, a, "2", "from two")
		page, err := two.Events(t.Context(), a, 0, 0)
		if err != nil || len(page.Events) != 2 || page.Events[0].Data.Text != "from one" {
			t.Errorf("Events = %+v, %v, want both", page.Events, err)
		}
	})
}
