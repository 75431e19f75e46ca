package doctor

import (
	"context"
	"strconv"
	"strings"

	"usher/roster"
)

// rosters tells of each platform that names its courses' people whether they
// can be fetched. Launches and invitations go on where they cannot, so it is
// never worse than a warning.
func (d *Doctor) rosters(ctx context.Context) []Finding {
	platforms, err := d.Registry.Platforms(ctx)
	if err != nil {
		return nil // said by the check of platforms
	}
	health, err := d.Rosters.Health(ctx)
	if err != nil {
		return one("rosters", Danger, "roster_unknown", "Error", reason(err))
	}
	byPlatform := map[string]roster.PlatformHealth{}
	for _, h := range health {
		byPlatform[h.PlatformID] = h
	}
	var found []Finding
	for _, p := range platforms {
		if h, has := byPlatform[p.ID]; has && p.DisabledAt == nil {
			found = append(found, rosterFinding(p.Name, h))
		}
	}
	return found
}

func rosterFinding(name string, h roster.PlatformHealth) Finding {
	f := Finding{Check: "roster", Status: Good, Code: "roster_waiting", Args: []any{"Name", name}}
	switch {
	case h.Failing > 0:
		f.Status, f.Code = Warn, "roster_"+string(h.Code)
		f.Args = append(f.Args, "Answer", answerOf(h))
	case h.LastGood != nil:
		f.Code = "roster_good"
		f.Args = append(f.Args, "Time", h.LastGood.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return f
}

// answerOf is what a platform said, as short as it is.
func answerOf(h roster.PlatformHealth) string {
	said := strings.TrimSpace(h.Words)
	if h.Status != 0 {
		said = strings.TrimSpace(strconv.Itoa(h.Status) + " " + said)
	}
	if said == "" {
		return "–"
	}
	return said
}
