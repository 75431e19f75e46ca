package session_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/session"
)

func TestAWindowLastsNoLongerThanItsFrame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		_, framed, err := d.StartBearer(t.Context(), d.member(0, "ada", "course"))
		if err != nil {
			t.Fatalf("StartBearer: %v", err)
		}
		code, err := d.WindowCode(t.Context(), framed, "entry")
		if err != nil {
			t.Fatalf("WindowCode: %v", err)
		}
		b := d.browser()
		w := httptest.NewRecorder()
		target, err := d.OpenWindow(w, b.request(true), code)
		if err != nil || target != "entry" {
			t.Fatalf("OpenWindow = %q, %v, want entry", target, err)
		}
		b.keep(w)
		if _, err := d.OpenWindow(httptest.NewRecorder(), b.request(true), code); !errors.Is(err, session.ErrCode) {
			t.Errorf("OpenWindow again = %v, want ErrCode", err)
		}
		if who := b.load(t); len(who.Members()) != 1 || who.Members()[0].PersonID != "ada" || who.Carrier != session.Cookie {
			t.Errorf("in the window: %+v", who.Members())
		}
		d.clock.add(12 * time.Hour)
		if who := b.load(t); !who.Nobody() {
			t.Errorf("after the frame's end the window still has %+v", who.Members())
		}
	})
}

func TestAFrameThatIsOverOpensNoWindow(t *testing.T) {
	t.Parallel()
	d := newDesk(t, dbtest.OpenSQLite(t))
	_, framed, err := d.StartBearer(t.Context(), d.member(0, "ada", "course"))
	if err != nil {
		t.Fatalf("StartBearer: %v", err)
	}
	code, err := d.WindowCode(t.Context(), framed, "entry")
	if err != nil {
		t.Fatalf("WindowCode: %v", err)
	}
	if err := d.End(t.Context(), framed.SessionID); err != nil {
		t.Fatalf("End: %v", err)
	}
	if _, err := d.OpenWindow(httptest.NewRecorder(), d.browser().request(true), code); !errors.Is(err, session.ErrCode) {
		t.Errorf("OpenWindow = %v, want ErrCode", err)
	}
}
