package media

import (
	"testing"
	"time"
)

func TestStateOfARoom(t *testing.T) {
	t.Parallel()
	future := Entry{Kind: KindRoom, StartsAt: at(time.Hour), EndsAt: at(2 * time.Hour), OpensItself: true}
	started := Entry{Kind: KindRoom, StartsAt: at(-time.Hour), EndsAt: at(time.Hour), OpensItself: true}
	with := func(e Entry, change func(*Entry)) Entry { change(&e); return e }
	for _, tt := range []struct {
		name string
		e    Entry
		want State
	}{
		{"before its start it is scheduled", future, StateScheduled},
		{"at its start it opens by itself", with(future, func(e *Entry) { e.StartsAt = at(0) }), StateOpen},
		{"a microsecond before it does not", with(future, func(e *Entry) { e.StartsAt = at(time.Microsecond) }), StateScheduled},
		{"it stays open after its start", started, StateOpen},
		{"it stays open after its planned end", with(started, func(e *Entry) { e.EndsAt = at(-time.Minute) }), StateOpen},
		{"one that does not open by itself waits", with(started, func(e *Entry) { e.OpensItself = false }), StateWaiting},
		{"a host opens the one that waits", with(started, func(e *Entry) { e.OpensItself = false; e.OpenedAt = at(0) }), StateOpen},
		{"a host opens before the start", with(future, func(e *Entry) { e.OpenedAt = at(-time.Minute) }), StateOpen},
		{"an end wins", with(started, func(e *Entry) { e.EndedAt = at(-time.Minute) }), StateEnded},
		{"an end wins over an earlier open", with(started, func(e *Entry) { e.OpenedAt = at(-time.Hour); e.EndedAt = at(-time.Minute) }), StateEnded},
		{"an end wins over an open at the same time", with(started, func(e *Entry) { e.OpenedAt = at(0); e.EndedAt = at(0) }), StateEnded},
		{"an end before the start wins", with(future, func(e *Entry) { e.EndedAt = at(-time.Minute) }), StateEnded},
		{"a later open reopens", with(started, func(e *Entry) { e.EndedAt = at(-time.Minute); e.OpenedAt = at(0) }), StateOpen},
		{"a standing room is open", Entry{Kind: KindRoom, AlwaysOpen: true}, StateOpen},
		{"a standing room can be ended", Entry{Kind: KindRoom, AlwaysOpen: true, EndedAt: at(0)}, StateEnded},
		{"a standing room can be opened again", Entry{Kind: KindRoom, AlwaysOpen: true, EndedAt: at(-1), OpenedAt: at(0)}, StateOpen},
		{"without any schedule it is not open", Entry{Kind: KindRoom, OpensItself: true}, StateScheduled},
		{"on-demand kinds are always open", Entry{Kind: KindVideo, EndedAt: at(-time.Hour)}, StateOpen},
	} {
		if got := tt.e.State(noon); got != tt.want {
			t.Errorf("%s: State = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestLiveKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]bool{
		KindRoom: true, KindWebcast: true, KindSimulive: true, KindDIYLive: true,
		KindVideo: false, KindAudio: false, KindDocument: false, KindQuiz: false, "": false,
	} {
		if got := kind.Live(); got != want {
			t.Errorf("Kind(%q).Live() = %v, want %v", kind, got, want)
		}
	}
}
