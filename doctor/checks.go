package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"usher/database"
	"usher/lti"
)

// How far clocks may be apart: launches are refused beyond [lti.ClockSkew], and
// half of it is a warning.
const (
	clockWarn   = lti.ClockSkew / 2
	clockDanger = lti.ClockSkew
)

func (d *Doctor) database(ctx context.Context) []Finding {
	if err := d.DB.Ping(ctx); err != nil {
		return one("database", Danger, "database_down", "Error", reason(err))
	}
	return one("database", Good, "database_up", "Database", databaseNames[d.DB.Dialect()])
}

var databaseNames = map[string]string{database.SQLite: "SQLite", database.Postgres: "PostgreSQL"}

func (d *Doctor) migrations(ctx context.Context) []Finding {
	list, err := database.Status(ctx, d.DB)
	if err != nil {
		return one("migrations", Danger, "migrations_unknown", "Error", reason(err))
	}
	pending := 0
	for _, m := range list {
		if !m.Applied {
			pending++
		}
	}
	if pending > 0 {
		return one("migrations", Danger, "migrations_pending", "Count", pending)
	}
	return one("migrations", Good, "migrations_done", "Count", len(list))
}

// clock compares this machine with the database's. SQLite has none of its own.
func (d *Doctor) clock(ctx context.Context) []Finding {
	if d.DB.Dialect() != database.Postgres {
		return one("clock", Good, "clock_alone", "Time", d.Now().UTC().Format(time.RFC3339))
	}
	var theirs time.Time
	if err := database.QueryOne(ctx, d.DB, `SELECT clock_timestamp()`, nil, &theirs); err != nil {
		return one("clock", Warn, "clock_unknown", "Error", reason(err))
	}
	apart := theirs.Sub(d.Now())
	return one("clock", clockStatus(apart), clockCode("clock", apart), "Count", seconds(apart))
}

// clockStatus judges how far a clock is ahead of ours.
func clockStatus(apart time.Duration) Status {
	switch apart = apart.Abs(); {
	case apart > clockDanger:
		return Danger
	case apart > clockWarn:
		return Warn
	}
	return Good
}

func clockCode(what string, apart time.Duration) string {
	switch {
	case clockStatus(apart) == Good:
		return what + "_equal"
	case apart > 0:
		return what + "_ahead"
	}
	return what + "_behind"
}

func seconds(d time.Duration) int { return int(d.Abs().Round(time.Second) / time.Second) }

// keys opens the key that signs now: it was sealed with the secret key.
func (d *Doctor) keys(ctx context.Context) []Finding {
	keyID, _, err := d.Registry.SigningKey(ctx)
	if err != nil {
		return one("keys", Danger, "keys_closed", "Error", reason(err))
	}
	return one("keys", Good, "keys_open", "Key", keyID)
}

// certificateWarn is how long before its end a certificate is worth a look.
const certificateWarn = 14 * 24 * time.Hour

// publicAddress goes the way of a browser: through whatever stands in front of
// Usher, which must pass the host's name on.
func (d *Doctor) publicAddress(ctx context.Context) []Finding {
	address := strings.TrimSuffix(d.PublicURL.String(), "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/lti/jwks", nil)
	if err != nil {
		return one("public", Danger, "public_unreachable", "URL", address, "Error", reason(err))
	}
	response, err := d.HTTP.Do(request)
	if err != nil {
		return one("public", Warn, "public_unreachable", "URL", address, "Error", reason(err))
	}
	defer func() { _ = response.Body.Close() }() // read as far as wanted
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	switch {
	case response.StatusCode == http.StatusMisdirectedRequest:
		return one("public", Danger, "public_host", "URL", address)
	case response.StatusCode != http.StatusOK:
		return one("public", Danger, "public_status", "URL", address, "Status", response.StatusCode)
	case err != nil || !strings.HasPrefix(string(body), `{"keys":`):
		return one("public", Danger, "public_other", "URL", address)
	}
	if response.TLS != nil && len(response.TLS.PeerCertificates) > 0 {
		end := response.TLS.PeerCertificates[0].NotAfter
		if left := end.Sub(d.Now()); left < certificateWarn {
			return one("public", Warn, "public_certificate", "URL", address, "Date", end.UTC().Format(time.DateOnly))
		}
	}
	return one("public", Good, "public_reached", "URL", address)
}

// proxies looks whether visitors can be told apart: Usher speaks no TLS, so
// with an https address a proxy stands in front of it.
func (d *Doctor) proxies(context.Context) []Finding {
	switch {
	case d.PublicURL.Scheme == "https" && len(d.TrustedProxies) == 0:
		return one("proxies", Warn, "proxies_missing")
	case len(d.TrustedProxies) > 0:
		return one("proxies", Good, "proxies_set", "Count", len(d.TrustedProxies))
	}
	return one("proxies", Good, "proxies_none")
}

// platforms asks every platform that is switched on for its keys, and by the
// way for its time.
func (d *Doctor) platforms(ctx context.Context) []Finding {
	platforms, err := d.Registry.Platforms(ctx)
	if err != nil {
		return one("platforms", Danger, "platforms_unknown", "Error", reason(err))
	}
	if len(platforms) == 0 {
		return one("platforms", Warn, "platforms_none")
	}
	found := make([]Finding, len(platforms))
	turns := make(chan struct{}, platformsAtOnce)
	var all sync.WaitGroup
	for i, p := range platforms {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			found[i] = d.platform(ctx, p)
		})
	}
	all.Wait()
	return found
}

func (d *Doctor) platform(ctx context.Context, p lti.Platform) Finding {
	finding := Finding{Check: "platform", Status: Good, Code: "platform_off", Args: []any{"Name", p.Name}}
	if p.DisabledAt != nil {
		return finding
	}
	e := d.Registry.Examine(ctx, p)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && e.Err != nil {
		e.Err = fmt.Errorf("no answer in %s", checkTimeout)
	}
	switch {
	case e.Err != nil:
		finding.Status, finding.Code = Danger, "platform_unreachable"
		finding.Args = append(finding.Args, "URL", p.JWKSURL, "Error", reason(e.Err))
	case e.Keys == 0:
		finding.Status, finding.Code = Danger, "platform_weak"
	case e.Told && clockStatus(e.Clock) != Good:
		finding.Status, finding.Code = clockStatus(e.Clock), clockCode("platform", e.Clock)
		finding.Args = append(finding.Args, "Count", seconds(e.Clock))
	default:
		finding.Code = "platform_reached"
		finding.Args = append(finding.Args, "Count", e.Keys)
	}
	return finding
}
