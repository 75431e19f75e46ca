package live_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"usher/live"
	"usher/media"
)

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// client speaks the connection's JSON protocol.
type client struct {
	ws      *websocket.Conn
	replies chan reply
}

type reply struct {
	Error *struct {
		Code int `json:"code"`
	} `json:"error"`
	Connect *struct {
		Data struct {
			Attendee string             `json:"attendee"`
			Role     media.AttendeeRole `json:"role"`
		} `json:"data"`
		Subs map[string]any `json:"subs"`
	} `json:"connect"`
	Push *struct {
		Channel string `json:"channel"`
		Pub     *struct {
			Data pushed `json:"data"`
		} `json:"pub"`
		Disconnect  *closing  `json:"disconnect"`
		Subscribe   *struct{} `json:"subscribe"`
		Unsubscribe *struct{} `json:"unsubscribe"`
	} `json:"push"`
}

type closing struct {
	Code int `json:"code"`
}

type pushed struct {
	Type   string        `json:"type"`
	Event  *live.Event   `json:"event"`
	Joined []live.Person `json:"joined"`
	Left   []string      `json:"left"`
	Count  int           `json:"count"`
}

func serve(tb testing.TB, s *live.Service) string {
	tb.Helper()
	server := httptest.NewServer(s.Handler())
	tb.Cleanup(server.Close)
	return server.URL
}

func ticket(tb testing.TB, s *live.Service, r live.TicketRequest) string {
	tb.Helper()
	if r.SessionID == "" {
		r.SessionID = "session"
	}
	if r.Until.IsZero() {
		r.Until = time.Now().Add(time.Hour)
	}
	code, err := s.Ticket(tb.Context(), r)
	if err != nil {
		tb.Fatalf("Ticket: %v", err)
	}
	return code
}

// dial opens a connection and asks to be admitted by a token.
func dial(tb testing.TB, address, token string) *client {
	tb.Helper()
	config, err := websocket.NewConfig("ws"+strings.TrimPrefix(address, "http")+"/live/websocket", origin)
	if err != nil {
		tb.Fatal(err)
	}
	ws, err := config.DialContext(tb.Context())
	if err != nil {
		tb.Fatalf("dial: %v", err)
	}
	tb.Cleanup(func() { ws.Close() })
	c := &client{ws: ws, replies: make(chan reply, 1024)}
	go c.readFrames()
	c.write(tb, map[string]any{"id": 1, "connect": map[string]string{"token": token}})
	return c
}

func (c *client) write(tb testing.TB, command any) {
	tb.Helper()
	data, err := json.Marshal(command)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := c.ws.Write(data); err != nil {
		tb.Fatalf("write: %v", err)
	}
}

// readFrames reads frame by frame, because the library hides why a connection was closed.
func (c *client) readFrames() {
	defer close(c.replies)
	for {
		frame, err := c.ws.NewFrameReader()
		if err != nil {
			return
		}
		data, err := io.ReadAll(frame)
		if err != nil {
			return
		}
		if frame.PayloadType() == websocket.CloseFrame {
			c.replies <- closedBy(int(binary.BigEndian.Uint16(data)))
			return
		}
		c.read(bytes.NewReader(data))
	}
}

func closedBy(code int) (r reply) {
	err := json.Unmarshal(fmt.Appendf(nil, `{"push":{"disconnect":{"code":%d}}}`, code), &r)
	if err != nil {
		panic(err)
	}
	return r
}

func (c *client) read(from io.Reader) {
	decoder := json.NewDecoder(from)
	for {
		var r reply
		if err := decoder.Decode(&r); err != nil {
			return
		}
		c.replies <- r
	}
}

// await returns the first reply that fits, or fails when patience ends.
func (c *client) await(tb testing.TB, what string, fits func(reply) bool) reply {
	tb.Helper()
	late := time.After(patience)
	for {
		select {
		case r, ok := <-c.replies:
			if !ok {
				tb.Fatalf("connection closed before %s", what)
			}
			if fits(r) {
				return r
			}
		case <-late:
			tb.Fatalf("no %s", what)
		}
	}
}

func (c *client) awaitEvent(tb testing.TB, kind live.Kind) live.Event {
	tb.Helper()
	r := c.await(tb, "event "+string(kind), func(r reply) bool {
		return r.Push != nil && r.Push.Pub != nil && r.Push.Pub.Data.Event != nil && r.Push.Pub.Data.Event.Kind == kind
	})
	return *r.Push.Pub.Data.Event
}

func (c *client) awaitPeople(tb testing.TB, what string, fits func(pushed) bool) {
	tb.Helper()
	c.await(tb, what, func(r reply) bool {
		return r.Push != nil && r.Push.Pub != nil && r.Push.Pub.Data.Type == "people" && fits(r.Push.Pub.Data)
	})
}

func (c *client) awaitClose(tb testing.TB, code int) {
	tb.Helper()
	r := c.await(tb, "disconnect", func(r reply) bool { return r.Push != nil && r.Push.Disconnect != nil })
	if got := r.Push.Disconnect.Code; got != code {
		tb.Errorf("disconnect code = %d, want %d", got, code)
	}
}

func admitted(r reply) bool { return r.Connect != nil }

// enter connects an attendee and waits until it is admitted.
func enter(tb testing.TB, s *live.Service, address string, a live.Attendee) *client {
	tb.Helper()
	c := dial(tb, address, ticket(tb, s, live.TicketRequest{Attendee: a}))
	c.await(tb, "admission", admitted)
	return c
}
