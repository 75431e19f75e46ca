package house

import (
	"context"

	"usher/doctor"
	"usher/lti"
	"usher/roster"
	"usher/views"
)

// HealthLine is a finding of the doctor in English words.
type HealthLine struct {
	Check  string        `json:"check"`
	Status doctor.Status `json:"status"`
	Code   string        `json:"code"`
	Title  string        `json:"title"`
	Text   string        `json:"text"`
}

// Examine makes all checks of an installation that need not serve, for
// commands.
func Examine(ctx context.Context, d Deps) ([]HealthLine, error) {
	registry, err := Registry(d)
	if err != nil {
		return nil, err
	}
	p, err := physician(d, registry)
	if err != nil {
		return nil, err
	}
	return HealthLines(p.Examine(ctx))
}

// HealthLines puts findings into words.
func HealthLines(findings []doctor.Finding) ([]HealthLine, error) {
	words, err := views.New(views.Options{})
	if err != nil {
		return nil, err
	}
	var lines []HealthLine
	for _, f := range findings {
		row := words.HealthRow(views.DefaultLanguage, views.HealthFinding{Check: f.Check, Status: string(f.Status), Code: f.Code, Args: f.Args})
		lines = append(lines, HealthLine{Check: f.Check, Status: f.Status, Code: f.Code, Title: row.Title, Text: row.Text})
	}
	return lines, nil
}

func physician(d Deps, registry *lti.Service) (*doctor.Doctor, error) {
	people, err := roster.New(roster.Deps{DB: d.DB, Now: d.Now})
	if err != nil {
		return nil, err
	}
	return doctor.New(doctor.Deps{
		DB: d.DB, Registry: registry, Rosters: people, Now: d.Now, PublicURL: d.Config.PublicURL,
		TrustedProxies: d.Config.TrustedProxies, HTTP: doctor.HTTPClient(),
	})
}
