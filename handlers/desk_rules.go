package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"usher/settings"
	"usher/views"
)

const consoleRulesPath = "/admin/rules"

// consoleRules answers GET /admin/rules: what holds for everybody.
func (s *Server) consoleRules(c echo.Context) error {
	d, err := s.consoleDesk(c, "rules")
	if err != nil {
		return err
	}
	return s.rules(c, d, consoleRulesPath)
}

// platformRules answers GET /admin/platforms/{platform}/rules.
func (s *Server) platformRules(c echo.Context) error {
	d, err := s.platformDesk(c)
	if err != nil {
		return err
	}
	return s.rules(c, d, d.address("rules", nil))
}

// tenantRules answers GET /t/settings.
func (s *Server) tenantRules(c echo.Context) error {
	d, err := s.tenantDesk(c, "settings")
	if err != nil {
		return err
	}
	return s.rules(c, d, "/t/settings")
}

func (s *Server) rules(c echo.Context, d *desk, action string) error {
	page, err := s.rulePage(c, d, action)
	if err != nil {
		return err
	}
	switch c.QueryParam("done") {
	case "saved":
		page.Notice = views.Notice{Key: "notice.rule_saved", Tone: "good"}
	case "restored":
		page.Notice = views.Notice{Key: "notice.rule_reset", Tone: "good"}
	}
	return s.render(c, http.StatusOK, page)
}

func (s *Server) rulePage(c echo.Context, d *desk, action string) (*views.RuleList, error) {
	page := &views.RuleList{DeskBase: d.base, Action: action, Tenants: d.tenantLinks("rules"), Chosen: d.chosen}
	if !d.chosen {
		return page, nil
	}
	list, err := s.Settings.List(c.Request().Context(), d.scope())
	if err != nil {
		return nil, err
	}
	for _, rule := range list {
		page.Rows = append(page.Rows, views.RuleRow{
			Key: string(rule.Key), Kind: string(rule.Kind()), Value: rule.Value, Default: rule.Default, Own: rule.Own, Set: rule.Set,
		})
	}
	return page, nil
}

// changeConsoleRule answers POST /admin/rules.
func (s *Server) changeConsoleRule(c echo.Context) error {
	d, err := s.consoleDesk(c, "rules")
	if err != nil {
		return err
	}
	return s.changeRule(c, d, consoleRulesPath)
}

// changePlatformRule answers POST /admin/platforms/{platform}/rules.
func (s *Server) changePlatformRule(c echo.Context) error {
	d, err := s.platformDesk(c)
	if err != nil {
		return err
	}
	if err := s.keep(c, d); err != nil {
		return err
	}
	return s.changeRule(c, d, d.address("rules", nil))
}

// changeTenantRule answers POST /t/settings.
func (s *Server) changeTenantRule(c echo.Context) error {
	d, err := s.tenantDesk(c, "settings")
	if err != nil {
		return err
	}
	return s.changeRule(c, d, "/t/settings")
}

// changeRule stores one rule, or with reset takes it back.
func (s *Server) changeRule(c echo.Context, d *desk, action string) error {
	ctx, key := c.Request().Context(), settings.Key(c.FormValue("key"))
	done := "saved"
	var err error
	if c.FormValue("reset") != "" {
		done = "restored"
		err = s.Settings.Reset(ctx, d.scope().Narrowest(), key)
	} else {
		_, err = s.Settings.Set(ctx, d.scope().Narrowest(), key, c.FormValue("value"))
	}
	var unknown *settings.UnknownKeyError
	var invalid *settings.ValueError
	switch {
	case errors.As(err, &unknown):
		return &statusError{status: http.StatusUnprocessableEntity, err: err}
	case errors.As(err, &invalid):
		return s.ruleRefused(c, d, action, invalid)
	case err != nil:
		return err
	}
	s.Logger.Info("rule changed", "scope", d.scope().Narrowest(), "key", string(key), "request_id", requestID(c))
	return seeOther(c, withQuery(action, url.Values{"done": {done}})+"#rule-"+string(key))
}

// ruleRefused shows the page again with what was typed.
func (s *Server) ruleRefused(c echo.Context, d *desk, action string, invalid *settings.ValueError) error {
	page, err := s.rulePage(c, d, action)
	if err != nil {
		return err
	}
	for i := range page.Rows {
		if page.Rows[i].Key == string(invalid.Key) {
			page.Rows[i].Error, page.Rows[i].Typed = true, invalid.Value
		}
	}
	return s.render(c, http.StatusUnprocessableEntity, page)
}

// withQuery adds to an address's query.
func withQuery(address string, more url.Values) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := u.Query()
	for name, values := range more {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String()
}
