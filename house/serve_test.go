package house_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/config"
	"usher/database/dbtest"
	"usher/house"
	"usher/secret"
)

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestServeAnswersCountsAndStops(t *testing.T) {
	t.Parallel()
	site, metrics := freeAddress(t), freeAddress(t)
	h, err := house.New(house.Deps{
		Config: config.Config{Listen: site, MetricsListen: metrics, PublicURL: &url.URL{Scheme: "http", Host: site}},
		DB:     dbtest.OpenSQLite(t), Keys: [][]byte{bytes.Repeat([]byte{1}, secret.KeySize)},
		Now: dbtest.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan bool), make(chan error, 1)
	go func() { done <- h.Serve(ctx, func() { close(ready) }) }()
	<-ready
	if status, _ := get(t, "http://"+site+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d", status)
	}
	if status, _ := get(t, "http://"+site+"/i/AAAAAAAAAAAAAAAAAAAAAA"); status != http.StatusNotFound {
		t.Errorf("unknown link: %d, want 404", status)
	}
	if _, text := get(t, "http://"+metrics+"/"); !strings.Contains(text, `url="/i/:token"`) || strings.Contains(text, "AAAAAAAA") {
		t.Errorf("metrics name no routes, or a token:\n%.2000s", text)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Serve stopped with %v", err)
	}
	if _, err := http.Get("http://" + site + "/readyz"); err == nil {
		t.Error("the site answers after it stopped")
	}
}
