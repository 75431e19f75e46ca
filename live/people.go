package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/media"
)

// Person is somebody who is here, as everyone in the room sees them. Somebody with several
// tabs is here once.
type Person struct {
	ID    string             `json:"id"`
	Name  string             `json:"name"`
	Role  media.AttendeeRole `json:"role"`
	Guest bool               `json:"guest,omitempty"`
	// Fixed says that the person hosts by permission, so that nobody can change the role.
	Fixed bool `json:"fixed,omitempty"`
}

// graceTurns is how many turns of the pump somebody may be gone before others hear of it:
// about three seconds, so that reloading a page does not flicker.
const graceTurns = 10

// People lists who is here, hosts first, then by role and name.
func (s *Service) People(ctx context.Context, tenantID, entryID string) ([]Person, error) {
	here, err := s.here(ctx, tenantID, entryID)
	if err != nil {
		return nil, err
	}
	// Who is gone for a moment only stays, for others were not told either.
	people := s.rooms.recall(tenantID, entryID)
	for id, p := range here {
		people[id] = p
	}
	return ordered(people), nil
}

// HostPresent says whether somebody who hosts the entry is connected.
func (s *Service) HostPresent(ctx context.Context, tenantID, entryID string) (bool, error) {
	here, err := s.Present(ctx, tenantID, entryID)
	if err != nil {
		return false, err
	}
	hosts := func(a Attendee) bool { return a.Effective().AtLeast(media.Host) }
	return slices.ContainsFunc(here, hosts), nil
}

// Present returns the attendees that are connected, in no order. It asks the node who they
// are, and the rows for their names and roles.
func (s *Service) Present(ctx context.Context, tenantID, entryID string) ([]Attendee, error) {
	res, err := s.node.Presence(entryChannel(entryID))
	if err != nil {
		return nil, fmt.Errorf("read presence: %w", err)
	}
	base := map[string]media.AttendeeRole{}
	ids := make([]string, 0, len(res.Presence))
	for _, info := range res.Presence {
		c, ok := connectionOf(info.ConnInfo)
		if !ok || c.Tenant != tenantID {
			continue
		}
		base[info.UserID] = c.Base
		ids = append(ids, info.UserID)
	}
	rows, err := s.store.attendees(ctx, tenantID, entryID, ids)
	if err != nil {
		return nil, fmt.Errorf("read who is here: %w", err)
	}
	present := make([]Attendee, 0, len(rows))
	for id, a := range rows {
		if a.Base = base[id]; !a.Out() {
			present = append(present, a)
		}
	}
	return present, nil
}

func (s *Service) here(ctx context.Context, tenantID, entryID string) (map[string]Person, error) {
	present, err := s.Present(ctx, tenantID, entryID)
	if err != nil {
		return nil, err
	}
	people := make(map[string]Person, len(present))
	for _, a := range present {
		people[a.ID] = Person{ID: a.ID, Name: a.Name, Role: a.Effective(), Guest: a.Guest(), Fixed: a.Base.AtLeast(media.Host)}
	}
	return people, nil
}

// announce tells the room what changed in it since the last time, in one message.
func (s *Service) announce(ctx context.Context, r *room) error {
	here, err := s.here(ctx, r.tenantID, r.entryID)
	if err != nil {
		return err
	}
	p := s.rooms.compare(r, here)
	if len(p.Joined) == 0 && len(p.Left) == 0 {
		return nil
	}
	return s.send(p, entryChannel(r.entryID))
}

// compare brings whom the room was told of up to here, and returns the difference.
func (rs *rooms) compare(r *room, here map[string]Person) push {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	p := push{Type: "people"}
	for id, now := range here {
		delete(r.missing, id)
		if r.announced[id] != now {
			r.announced[id] = now
			p.Joined = append(p.Joined, now)
		}
	}
	for id := range r.announced {
		if _, ok := here[id]; ok {
			continue
		}
		if r.missing[id]++; r.missing[id] > graceTurns {
			delete(r.missing, id)
			delete(r.announced, id)
			p.Left = append(p.Left, id)
		}
	}
	p.Count = len(r.announced)
	return p
}

// spareNoTime lets somebody who was put out be gone at the next turn.
func (rs *rooms) spareNoTime(r *room, attendeeID string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if _, ok := r.announced[attendeeID]; ok {
		r.missing[attendeeID] = graceTurns
	}
}

func ordered(people map[string]Person) []Person {
	list := make([]Person, 0, len(people))
	for _, p := range people {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Person) int {
		if a.Role != b.Role {
			if a.Role.AtLeast(b.Role) {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return list
}
