package views

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func base(t *testing.T, lang string) *Base {
	t.Helper()
	words, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	return &Base{Lang: lang, words: words[lang]}
}

func TestSpanNamesDayHoursAndZone(t *testing.T) {
	start := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	tests := []struct {
		name, lang string
		when       When
		want       string
	}{
		{"one day", "en", When{start, start.Add(90 * time.Minute), "Europe/London"}, "Thu 26 Nov 2026, 14:00–15:30 GMT"},
		{"another zone", "en", When{start, start.Add(90 * time.Minute), "Europe/Oslo"}, "Thu 26 Nov 2026, 15:00–16:30 CET"},
		{"past midnight", "en", When{start, start.Add(12 * time.Hour), ""}, "Thu 26 Nov 2026, 14:00–Fri 27 Nov 2026, 02:00 UTC"},
		{"a moment", "en", When{Start: start}, "Thu 26 Nov 2026, 14:00 UTC"},
		{"zone without letters", "en", When{Start: start, Zone: "Asia/Kathmandu"}, "Thu 26 Nov 2026, 19:45 GMT+5:45"},
		{"zone without minutes", "en", When{Start: start, Zone: "Asia/Dubai"}, "Thu 26 Nov 2026, 18:00 GMT+4"},
		{"Arabic", "ar", When{start, start.Add(90 * time.Minute), "Europe/London"}, "الخميس 26 نوفمبر 2026، 14:00–15:30 GMT"},
		{"nothing planned", "en", When{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := base(t, tt.lang).Span(tt.when); got != tt.want {
				t.Errorf("Span = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAgoUsesWordsThatFitTheDistance(t *testing.T) {
	now := time.Date(2026, 11, 20, 16, 25, 0, 0, time.UTC)
	b := base(t, "en")
	tests := []struct {
		past time.Duration
		want string
	}{
		{10 * time.Second, "Just now"}, {5 * time.Minute, "5 min ago"}, {2 * time.Hour, "2 h ago"},
		{30 * time.Hour, "Yesterday"}, {72 * time.Hour, "17 Nov"},
	}
	for _, tt := range tests {
		if got := b.Ago(now.Add(-tt.past), now); got != tt.want {
			t.Errorf("Ago(%s) = %q, want %q", tt.past, got, tt.want)
		}
	}
}

func TestRemainingIsNeverNegative(t *testing.T) {
	now := time.Date(2026, 11, 20, 15, 45, 24, 0, time.UTC)
	b := &Base{}
	if got, want := b.Remaining(now.Add(142*time.Hour+14*time.Minute+36*time.Second), now), (Countdown{5, 22, 14, 36}); got != want {
		t.Errorf("Remaining = %v, want %v", got, want)
	}
	if got := b.Remaining(now.Add(-time.Hour), now); got != (Countdown{}) {
		t.Errorf("Remaining after the start = %v, want zero", got)
	}
}

func TestProseFindsOnlyWebAddresses(t *testing.T) {
	tests := []struct {
		text string
		want Prose
	}{
		{"", nil},
		{"plain", Prose{{Text: "plain"}}},
		{"See https://a.example/x?y=1.", Prose{{Text: "See "}, {"https://a.example/x?y=1", "https://a.example/x?y=1"}, {Text: "."}}},
		{"javascript:alert(1) ftp://a.example", Prose{{Text: "javascript:alert(1) ftp://a.example"}}},
		{"(http://a.example)", Prose{{Text: "("}, {"http://a.example", "http://a.example"}, {Text: ")"}}},
		{"https:// nothing", Prose{{Text: "https:// nothing"}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, NewProse(tt.text)); diff != "" {
			t.Errorf("NewProse(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
}
