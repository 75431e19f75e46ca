package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// wire is the connection to a browser over chromedp's pipe. The sessions on
// it are ours: a frame of another site is a target that comes and goes with
// every navigation, and the browser attaches us to each before it runs, while
// chromedp's contexts belong to one target for good.
type wire struct {
	conn    *chromedp.PipeConn
	mu      sync.Mutex
	next    int64
	waiting map[int64]chan *cdproto.Message
	lost    chan struct{}
	// events receives what the browser tells, in order; it must not block.
	events func(session target.SessionID, method string, params []byte)
}

var (
	errLost = errors.New("the browser is gone")
	errGone = errors.New("the target is gone")
)

// openWire starts the browser with its pipe.
func openWire(command *exec.Cmd, events func(target.SessionID, string, []byte)) (*wire, error) {
	fromUs, toBrowser, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	fromBrowser, toUs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	command.ExtraFiles = []*os.File{fromUs, toUs} // descriptors 3 and 4
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start browser: %w", err)
	}
	if err := errors.Join(fromUs.Close(), toUs.Close()); err != nil {
		return nil, fmt.Errorf("close the browser's ends: %w", err)
	}
	w := &wire{
		conn: chromedp.NewPipeConn(fromBrowser, toBrowser), waiting: map[int64]chan *cdproto.Message{},
		lost: make(chan struct{}), events: events,
	}
	go w.read()
	return w, nil
}

func (w *wire) read() {
	defer close(w.lost)
	for {
		message := &cdproto.Message{}
		if err := w.conn.Read(context.Background(), message); err != nil {
			return
		}
		if message.Method != "" {
			w.events(message.SessionID, string(message.Method), message.Params)
			continue
		}
		w.mu.Lock()
		answer := w.waiting[message.ID]
		delete(w.waiting, message.ID)
		w.mu.Unlock()
		if answer != nil {
			answer <- message
		}
	}
}

// send writes a command and returns where its answer comes.
func (w *wire) send(session target.SessionID, method string, params any) (chan *cdproto.Message, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", method, err)
	}
	answer := make(chan *cdproto.Message, 1)
	w.mu.Lock()
	w.next++
	id := w.next
	w.waiting[id] = answer
	w.mu.Unlock()
	err = w.conn.Write(context.Background(), &cdproto.Message{
		ID: id, SessionID: session, Method: cdproto.MethodType(method), Params: jsonv2.Value(raw),
	})
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", method, err)
	}
	return answer, nil
}

// call runs a command and reads its result, unless the session goes away first.
func (w *wire) call(ctx context.Context, s *session, method string, params, result any) error {
	var id target.SessionID
	var gone <-chan struct{}
	if s != nil {
		id, gone = s.id, s.gone
	}
	answer, err := w.send(id, method, params)
	if err != nil {
		return err
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return fmt.Errorf("%s: %w", method, m.Error)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-gone:
		return fmt.Errorf("%s: %w", method, errGone)
	case <-w.lost:
		return fmt.Errorf("%s: %w", method, errLost)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// object is the parameters of a command.
type object = map[string]any
