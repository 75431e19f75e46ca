package roster

import (
	"context"
	"encoding/json"
	"fmt"

	"usher/lti"
	"usher/secret"
)

// chunk is how many people one statement writes: enough to be few statements,
// and few enough that launches beside it wait for milliseconds.
const chunk = 500

// listed is somebody on a roster, as its row and as what statements take.
type listed struct {
	ID         string `json:"id"`
	Subject    string `json:"sub"`
	Name       string `json:"name"`
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Email      string `json:"email"`
	EmailKey   string `json:"email_key"`
	SearchKey  string `json:"search_key"`
}

// person is the row as somebody to suggest.
func (l listed) person(tenantID string) Person {
	return Person{
		ID: l.ID, TenantID: tenantID, Subject: l.Subject, Name: l.Name, GivenName: l.GivenName, FamilyName: l.FamilyName,
		Email: l.Email, EmailKey: l.EmailKey, SearchKey: l.SearchKey,
	}
}

// listedOf is a member as a row. Names, address and roles are cleaned as those
// of a launch are.
func listedOf(m lti.Member) listed {
	p := Person{Name: line(m.Name), GivenName: line(m.GivenName), FamilyName: line(m.FamilyName), Email: line(m.Email)}
	if key, err := AddressKey(p.Email); err == nil {
		p.EmailKey = key
	}
	return listed{
		Subject: m.Subject, Name: p.Name, GivenName: p.GivenName, FamilyName: p.FamilyName,
		Email: p.Email, EmailKey: p.EmailKey, SearchKey: searchKey(p),
	}
}

// keep makes the stored roster equal to what the platform listed, writing only
// what differs. Who is not listed, or not active any more, is gone at once.
func (f *Fetcher) keep(ctx context.Context, j job, members []lti.Member) error {
	known, err := f.store.listedPeople(ctx, j)
	if err != nil {
		return fmt.Errorf("read roster: %w", err)
	}
	var changed []listed
	people := 0
	for _, m := range members {
		if !m.Active || m.Test {
			continue
		}
		people++
		row, old := listedOf(m), known[m.Subject]
		delete(known, m.Subject)
		row.ID = old.ID
		if row == old {
			continue
		}
		if row.ID == "" {
			row.ID = secret.NewID()
		}
		changed = append(changed, row)
	}
	if err := inChunks(changed, func(b string) error { return f.store.putListed(ctx, j, b) }); err != nil {
		return fmt.Errorf("write roster: %w", err)
	}
	gone := make([]string, 0, len(known))
	for subject := range known {
		gone = append(gone, subject)
	}
	now := f.now().UTC()
	if err := inChunks(gone, func(b string) error { return f.store.dropListed(ctx, j, b, now) }); err != nil {
		return fmt.Errorf("drop from roster: %w", err)
	}
	return f.store.rosterFetched(ctx, j, people, now)
}

// inChunks gives a list to a statement as JSON, a bounded part at a time, so
// that its text is the same for any number of rows.
func inChunks[T any](list []T, write func(json string) error) error {
	for len(list) > 0 {
		n := min(chunk, len(list))
		b, err := json.Marshal(list[:n])
		if err != nil {
			return err
		}
		if err := write(string(b)); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// SweepRosters forgets the people of rosters that are older than a day.
func (s *Service) SweepRosters(ctx context.Context) error {
	now := s.now().UTC()
	if err := s.store.dropOldRosters(ctx, now, now.Add(-keepAtMost)); err != nil {
		return fmt.Errorf("sweep rosters: %w", err)
	}
	return nil
}
