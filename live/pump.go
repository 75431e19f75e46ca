package live

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/centrifugal/centrifuge"

	"usher/media"
)

const (
	// turnTime is how often the pump looks for rows of other processes and tells who came and
	// went: soon enough for a role to show everywhere within a second, seldom enough that three
	// hundred people who come at once make a few messages and not three hundred each.
	turnTime = 300 * time.Millisecond
	// pumpPatience bounds one round of queries, so that a stuck database cannot stop the pump.
	pumpPatience = 5 * time.Second
	// pumpBatch is how many events are read at once.
	pumpBatch = 200
)

// pump hands stored events to centrifuge, in order, until Shutdown.
func (s *Service) pump() {
	tick := time.NewTicker(turnTime)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-s.rooms.wake:
			s.round(s.publishDue)
		case <-tick.C:
			s.round(s.turn)
		}
	}
}

func (s *Service) round(work func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), pumpPatience)
	defer cancel()
	if err := work(ctx); err != nil {
		s.log.Error("live: pump", "error", err)
	}
}

func (s *Service) publishDue(ctx context.Context) error {
	for _, r := range s.rooms.due() {
		if err := s.publish(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// turn looks for what other processes stored, and tells who came and went.
func (s *Service) turn(ctx context.Context) error {
	followed := s.rooms.turn()
	if len(followed) == 0 {
		return nil
	}
	byID := map[string]*room{}
	var tenants, entries []string
	for _, r := range followed {
		byID[r.entryID] = r
		tenants, entries = append(tenants, r.tenantID), append(entries, r.entryID)
	}
	tops, err := s.store.tops(ctx, tenants, entries)
	if err != nil {
		return fmt.Errorf("read last numbers: %w", err)
	}
	for _, top := range tops {
		if r := byID[top.EntryID]; top.Seq > r.published {
			if err := s.publish(ctx, r); err != nil {
				return err
			}
		}
	}
	for _, r := range followed {
		if !s.rooms.settle(r) {
			continue
		}
		if err := s.announce(ctx, r); err != nil {
			s.rooms.stir(r.entryID)
			return err
		}
	}
	return nil
}

// publish reads the room's rows after the last published number and sends them in order.
func (s *Service) publish(ctx context.Context, r *room) error {
	for {
		top, err := s.store.topSeq(ctx, r.tenantID, r.entryID)
		if err != nil {
			return fmt.Errorf("read last number: %w", err)
		}
		rows, err := s.store.events(ctx, window{tenantID: r.tenantID, entryID: r.entryID,
			after: r.published, upTo: top, limit: pumpBatch})
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		events, err := s.dress(ctx, r.tenantID, r.entryID, rows)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := s.deliver(ctx, r, e); err != nil {
				return err
			}
			r.published = e.Seq
		}
		if len(rows) < pumpBatch {
			return nil
		}
	}
}

// push is the envelope of everything that goes to clients.
type push struct {
	Type   string   `json:"type"` // event or people
	Event  *Event   `json:"event,omitempty"`
	Joined []Person `json:"joined,omitempty"`
	Left   []string `json:"left,omitempty"`
	Count  int      `json:"count,omitempty"`
}

// deliver sends one event to those who may see it and lets connections follow from it.
func (s *Service) deliver(ctx context.Context, r *room, e Event) error {
	channels := []string{entryChannel(r.entryID)}
	switch {
	case e.audience == staff:
		channels = []string{staffChannel(r.entryID)}
	case e.audience != everyone:
		channels = []string{personChannel(e.Attendee)}
	case e.Kind == Opened || e.Kind == Ended || e.Kind == Changed:
		channels = append(channels, doorChannel(r.entryID))
	case e.Kind == RoleChanged || e.Kind == Removed:
		channels = append(channels, personChannel(e.Attendee))
	}
	// A raised role opens the staff channel before its event says so.
	if e.Kind == RoleChanged {
		if err := s.reseat(ctx, r, e.Attendee); err != nil {
			return err
		}
	}
	if err := s.send(push{Type: "event", Event: &e}, channels...); err != nil {
		return err
	}
	switch e.Kind {
	case Removed:
		s.putOut(r, e.Attendee, byRemoval)
	case Withdrawn:
		s.putOut(r, e.Attendee, byWithdrawal)
	case Changed:
		if e.Data.Closed {
			s.checkEverybody(r)
		}
	}
	s.rooms.stir(r.entryID)
	return nil
}

func (s *Service) send(p push, channels ...string) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode push: %w", err)
	}
	for _, ch := range channels {
		if _, err := s.node.Publish(ch, data); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

// reseat subscribes this process's connections of an attendee to what the role stored now may
// hear, and unsubscribes them from what it may not.
func (s *Service) reseat(ctx context.Context, r *room, attendeeID string) error {
	clients := s.node.Hub().UserConnections(attendeeID)
	if len(clients) == 0 {
		return nil
	}
	a, err := s.store.attendee(ctx, r.tenantID, r.entryID, attendeeID)
	if err != nil {
		return fmt.Errorf("read attendee: %w", err)
	}
	ch := staffChannel(r.entryID)
	for id, client := range clients {
		c, ok := connectionOf(client.Info())
		if !ok || c.Door {
			continue
		}
		may := higher(c.Base, a.Role).AtLeast(media.Speaker)
		if may == client.IsSubscribed(ch) {
			continue
		}
		if !may {
			client.Unsubscribe(ch)
			continue
		}
		if err := s.node.Subscribe(attendeeID, ch, centrifuge.WithSubscribeClient(id)); err != nil {
			return fmt.Errorf("subscribe to staff: %w", err)
		}
	}
	return nil
}

// checkEverybody lets all who do not host by permission connect anew: who may not see the entry
// any more gets no ticket.
func (s *Service) checkEverybody(r *room) {
	for _, client := range s.node.Hub().Connections() {
		if c, ok := connectionOf(client.Info()); ok && c.Entry == r.entryID && !c.Base.AtLeast(media.Host) {
			hangUp(client, byNewBase)
		}
	}
}

func (s *Service) putOut(r *room, attendeeID string, why centrifuge.Disconnect) {
	s.rooms.spareNoTime(r, attendeeID)
	for _, client := range s.node.Hub().UserConnections(attendeeID) {
		hangUp(client, why)
	}
}

// hangUp ends a connection that hears nothing from this moment on. The node closes in its own
// time, in which the next event of the room would still arrive.
func hangUp(client *centrifuge.Client, why centrifuge.Disconnect) {
	for _, ch := range client.Channels() {
		client.Unsubscribe(ch)
	}
	client.Disconnect(why)
}
