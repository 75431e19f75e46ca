package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"

	"usher/media"
)

const (
	// ticketPurpose marks the one-time codes that open a connection.
	ticketPurpose = "live"
	// connectionTTL is how long a connection lives without asking anew whether its session does.
	// Asking also keeps that session from falling asleep while its person sits in the room.
	connectionTTL = 5 * time.Minute
	// queueLimit is how many bytes may wait for one slow reader before it is dropped.
	queueLimit = 256 << 10
	// tabsMost is how many connections one attendee may have to this process.
	tabsMost = 32
)

// Why a connection ends for good; browsers do not come back after codes of 4500 and more, and
// at once after the others.
var (
	byRemoval    = centrifuge.Disconnect{Code: 4501, Reason: "removed"}
	byWithdrawal = centrifuge.Disconnect{Code: 4502, Reason: "withdrawn"}
	bySignOut    = centrifuge.Disconnect{Code: 4503, Reason: "signed out"}
	byNewBase    = centrifuge.Disconnect{Code: 4001, Reason: "permission changed"}
)

func entryChannel(entryID string) string     { return "entry:" + entryID }
func staffChannel(entryID string) string     { return "staff:" + entryID }
func doorChannel(entryID string) string      { return "door:" + entryID }
func personChannel(attendeeID string) string { return "person:" + attendeeID }

// TicketRequest says who will connect, by which session and until when that lasts. AtTheDoor is
// for pages outside the room: they hear of the opening, the end and their own role only.
type TicketRequest struct {
	SessionID string
	Until     time.Time
	Attendee  Attendee
	AtTheDoor bool
}

// ticket is what a code stands for; it stays on the server.
type ticket struct {
	Tenant   string `json:"t"`
	Entry    string `json:"e"`
	Attendee string `json:"a"`
	Until    int64  `json:"u"`
	Door     bool   `json:"d,omitempty"`
	// Base is what the page was answered to: somebody here by an invitation alone
	// is not what an old launch of this course made them.
	Base media.AttendeeRole `json:"b"`
}

// connection is what the node keeps with a connection; clients never see it.
type connection struct {
	ticket
	Session string `json:"s"`
	Person  string `json:"p,omitempty"`
}

// Ticket issues the one-time code that opens one connection within a minute.
func (s *Service) Ticket(ctx context.Context, r TicketRequest) (string, error) {
	if r.Attendee.Out() {
		return "", ErrRemoved
	}
	target, err := json.Marshal(ticket{Tenant: r.Attendee.TenantID, Entry: r.Attendee.EntryID,
		Attendee: r.Attendee.ID, Until: r.Until.Unix(), Door: r.AtTheDoor, Base: r.Attendee.Base})
	if err != nil {
		return "", fmt.Errorf("encode ticket: %w", err)
	}
	code, err := s.sessions.Code(ctx, r.SessionID, ticketPurpose, string(target))
	if err != nil {
		return "", fmt.Errorf("issue ticket: %w", err)
	}
	return code, nil
}

// Handler serves the connection under /live/: websocket, and stream with emulation for those
// whose network lets no websocket through. Only pages of the tool's own origin may connect.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/live/websocket", centrifuge.NewWebsocketHandler(s.node, centrifuge.WebsocketConfig{
		CheckOrigin:        s.ownOrigin,
		MessageSizeLimit:   4 << 10,
		UseWriteBufferPool: true,
		WriteTimeout:       5 * time.Second,
	}))
	mux.Handle("/live/stream", centrifuge.NewHTTPStreamHandler(s.node, centrifuge.HTTPStreamConfig{MaxRequestBodySize: 4 << 10}))
	mux.Handle("/live/emulation", centrifuge.NewEmulationHandler(s.node, centrifuge.EmulationConfig{MaxRequestBodySize: 4 << 10}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.ownOrigin(r) {
			http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Service) ownOrigin(r *http.Request) bool { return r.Header.Get("Origin") == s.origin }

func (s *Service) startNode() error {
	node, err := centrifuge.New(centrifuge.Config{
		Name:               "usher",
		LogLevel:           centrifuge.LogLevelWarn,
		LogHandler:         s.logNode,
		ClientQueueMaxSize: queueLimit,

		UserConnectionLimit: tabsMost,
	})
	if err != nil {
		return fmt.Errorf("make the live node: %w", err)
	}
	node.OnConnecting(s.connecting)
	node.OnConnect(s.connected)
	s.node = node
	if err := node.Run(); err != nil {
		return fmt.Errorf("start the live node: %w", err)
	}
	return nil
}

// logNode passes the message only: the fields may hold data of clients.
func (s *Service) logNode(e centrifuge.LogEntry) {
	s.log.Warn("live node: "+e.Message, "level", centrifuge.LogLevelToString(e.Level))
}

// connecting admits a connection by its ticket and decides all its channels.
func (s *Service) connecting(ctx context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	c, a, err := s.redeem(ctx, e.Token)
	if err != nil {
		return centrifuge.ConnectReply{}, err
	}
	seq, err := s.store.topSeq(ctx, c.Tenant, c.Entry)
	if err != nil {
		s.log.ErrorContext(ctx, "live: read last number", "error", err)
		return centrifuge.ConnectReply{}, centrifuge.ErrorInternal
	}
	s.rooms.follow(c.Tenant, c.Entry, seq)
	info, err := json.Marshal(c)
	if err != nil {
		return centrifuge.ConnectReply{}, centrifuge.ErrorInternal
	}
	hello, err := json.Marshal(map[string]any{"attendee": a.ID, "role": a.Effective()})
	if err != nil {
		return centrifuge.ConnectReply{}, centrifuge.ErrorInternal
	}
	return centrifuge.ConnectReply{
		Credentials:       &centrifuge.Credentials{UserID: a.ID, ExpireAt: s.expiry(c), Info: info},
		Data:              hello,
		ClientSideRefresh: true,
		Subscriptions:     channels(c, a),
	}, nil
}

func channels(c connection, a Attendee) map[string]centrifuge.SubscribeOptions {
	subs := map[string]centrifuge.SubscribeOptions{personChannel(a.ID): {}}
	if c.Door {
		subs[doorChannel(c.Entry)] = centrifuge.SubscribeOptions{}
		return subs
	}
	subs[entryChannel(c.Entry)] = centrifuge.SubscribeOptions{EmitPresence: true}
	if a.Effective().AtLeast(media.Speaker) {
		subs[staffChannel(c.Entry)] = centrifuge.SubscribeOptions{}
	}
	return subs
}

// redeem spends a token. Its errors are those that the client's library understands: an unusable
// token makes it ask for another one.
func (s *Service) redeem(ctx context.Context, token string) (connection, Attendee, error) {
	sessionID, target, err := s.sessions.Redeem(ctx, token, ticketPurpose)
	if err != nil {
		return connection{}, Attendee{}, centrifuge.ErrorTokenExpired
	}
	c := connection{Session: sessionID}
	if err := json.Unmarshal([]byte(target), &c.ticket); err != nil {
		return connection{}, Attendee{}, centrifuge.ErrorTokenExpired
	}
	if c.Until <= s.now().Unix() {
		return connection{}, Attendee{}, bySignOut
	}
	living, err := s.sessions.Living(ctx, sessionID)
	if err != nil {
		s.log.ErrorContext(ctx, "live: check session", "error", err)
		return connection{}, Attendee{}, centrifuge.ErrorInternal
	}
	if !living { // left or withdrawn since the ticket was issued
		return connection{}, Attendee{}, bySignOut
	}
	a, err := s.Attendee(ctx, c.Tenant, c.Entry, c.Attendee)
	a.Base = lower(a.Base, c.Base)
	switch {
	case errors.Is(err, ErrRemoved), err == nil && a.Out():
		return connection{}, Attendee{}, byRemoval
	case errors.Is(err, ErrNotFound):
		return connection{}, Attendee{}, byWithdrawal
	case err != nil:
		s.log.ErrorContext(ctx, "live: read attendee", "error", err)
		return connection{}, Attendee{}, centrifuge.ErrorInternal
	case a.Base == Nobody:
		return connection{}, Attendee{}, byWithdrawal
	}
	c.Base = a.Base
	if a.PersonID != nil {
		c.Person = *a.PersonID
	}
	return c, a, nil
}

func (s *Service) expiry(c connection) int64 {
	return min(c.Until, s.now().Add(connectionTTL).Unix())
}

// connected runs once the client has its answer.
func (s *Service) connected(client *centrifuge.Client) {
	c, ok := connectionOf(client.Info())
	if !ok {
		client.Disconnect(centrifuge.DisconnectServerError)
		return
	}
	s.rooms.enter(c)
	client.OnDisconnect(func(centrifuge.DisconnectEvent) { s.rooms.leave(c) })
	client.OnRefresh(func(e centrifuge.RefreshEvent, done centrifuge.RefreshCallback) {
		done(s.refresh(client.Context(), c, e.Token))
	})
	client.OnAlive(func() { s.checkSession(client, c) })
}

// checkSession closes a connection whose session ended meanwhile, also by another process. The
// node asks every half minute.
func (s *Service) checkSession(client *centrifuge.Client, c connection) {
	living, err := s.sessions.Living(client.Context(), c.Session)
	if err != nil {
		s.log.Warn("live: check session", "error", err)
		return
	}
	if !living {
		hangUp(client, bySignOut)
	}
}

// refresh lets a connection live on by a new ticket for the same seat; where the permission has
// changed since, the browser connects anew and gets what is right now.
func (s *Service) refresh(ctx context.Context, c connection, token string) (centrifuge.RefreshReply, error) {
	fresh, _, err := s.redeem(ctx, token)
	if err != nil {
		return centrifuge.RefreshReply{}, err
	}
	if fresh.Attendee != c.Attendee || fresh.Door != c.Door || fresh.Base != c.Base {
		return centrifuge.RefreshReply{}, byNewBase
	}
	return centrifuge.RefreshReply{ExpireAt: s.expiry(fresh)}, nil
}

func connectionOf(info []byte) (connection, bool) {
	var c connection
	err := json.Unmarshal(info, &c)
	return c, err == nil && c.Entry != ""
}

// SignedOut closes the connections of a session that is over.
func (s *Service) SignedOut(sessionID string) {
	for _, client := range s.node.Hub().Connections() {
		if c, ok := connectionOf(client.Info()); ok && c.Session == sessionID {
			hangUp(client, bySignOut)
		}
	}
}

// Reassess compares what a member's open tabs were admitted as with what the permission gives
// now, and lets those that differ connect anew: every launch evaluates afresh, up and down. It
// costs nothing where the person has no tab open. Tabs of other processes follow when they renew
// their connection.
func (s *Service) Reassess(ctx context.Context, tenantID, personID string) error {
	for _, seat := range s.rooms.seats(tenantID, personID) {
		base, err := s.permissions.AttendsAs(ctx, tenantID, seat.entryID, personID)
		if err != nil {
			return fmt.Errorf("read permission of attendee: %w", err)
		}
		for _, client := range s.node.Hub().UserConnections(seat.attendeeID) {
			c, ok := connectionOf(client.Info())
			switch {
			case ok && base == Nobody:
				hangUp(client, byWithdrawal)
			case ok && c.Base != base:
				hangUp(client, byNewBase)
			}
		}
	}
	return nil
}
