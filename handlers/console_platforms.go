package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

// mountConsolePlatforms registers the platforms' pages. All are for whoever is
// signed in to the console.
func (s *Server) mountConsolePlatforms(e *echo.Echo) {
	e.GET("/admin/platforms", s.platformList)
	// One platform.
	e.GET("/admin/platforms/:platform", s.platformShow)
	e.GET("/admin/platforms/:platform/edit", s.platformEdit)
	e.POST("/admin/platforms/:platform/edit", s.platformSave)
	e.POST("/admin/platforms/:platform/check", s.platformCheck)
	e.POST("/admin/platforms/:platform/disable", s.platformDisable)
	e.POST("/admin/platforms/:platform/enable", s.platformEnable)
	e.GET("/admin/platforms/:platform/remove", s.platformRemoveAsk)
	e.POST("/admin/platforms/:platform/remove", s.platformRemove)
	// Its deployments.
	e.POST("/admin/platforms/:platform/deployments/allow", s.deploymentAllow)
	e.POST("/admin/platforms/:platform/deployments/remove", s.deploymentRemove)
	e.POST("/admin/platforms/:platform/trust", s.deploymentTrust)
}

// consoleNotices are what a page of the console says after something was done.
var consoleNotices = map[string]views.Notice{
	"added":     {Key: "notice.platform_added", Tone: "good"},
	"saved":     {Key: "notice.saved", Tone: "good"},
	"allowed":   {Key: "notice.deployment_allowed", Tone: "good"},
	"forgotten": {Key: "notice.deployment_removed"},
	"disabled":  {Key: "notice.platform_disabled"},
	"enabled":   {Key: "notice.platform_enabled", Tone: "good"},
	"removed":   {Key: "notice.platform_removed"},
	"rotated":   {Key: "notice.key_rotated", Tone: "good"},
	"password":  {Key: "notice.password_set", Tone: "good"},
	"withdrawn": {Key: "notice.link_withdrawn"},
	// What a platform did not take.
	"not_updatable": {Key: "notice.registration_not_updatable", Tone: "warn"},
	"not_updated":   {Key: "notice.registration_not_updated", Tone: "danger"},
	"updated":       {Key: "notice.registration_updated", Tone: "good"},
	"ended":         {Key: "notice.session_ended", Tone: "good"},
}

func noticed(path, done string) string { return path + "?" + url.Values{"done": {done}}.Encode() }

// onPlatform authorises and finds the platform of the route.
func (s *Server) onPlatform(c echo.Context) (administrator, lti.Platform, error) {
	a, err := s.admin(c)
	if err != nil {
		return a, lti.Platform{}, err
	}
	p, err := s.LTI.Platform(c.Request().Context(), c.Param("platform"))
	if errors.Is(err, lti.ErrNoPlatform) {
		return a, p, errNotFound
	}
	return a, p, err
}

// platformPage is where a platform stands in the console.
func platformPage(id string) string { return platformPath + "/" + url.PathEscape(id) }

// platformList answers GET /admin/platforms.
func (s *Server) platformList(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	page := &views.ConsolePlatforms{ConsoleBase: base, Values: s.listValues(), Now: s.Now()}
	deployments, err := s.LTI.Deployments(ctx)
	if err != nil {
		return err
	}
	platforms, err := s.LTI.Platforms(ctx)
	if err != nil {
		return err
	}
	last, err := s.lastLaunches(ctx)
	if err != nil {
		return err
	}
	for _, p := range platforms {
		row := views.PlatformRow{ID: p.ID, Name: p.Name, Host: platformHost(p), Trusted: p.TrustsDeployments()}
		for _, d := range deployments {
			switch {
			case d.PlatformID != p.ID:
			case d.Status == lti.DeploymentPending:
				row.Waiting++
			default:
				row.Allowed++
			}
		}
		if row.Launches, err = s.launchesOf(ctx, p.ID, last[p.ID]); err != nil {
			return err
		}
		row.State = platformState(p, row.Launches, row.Waiting)
		page.Rows = append(page.Rows, row)
	}
	registered, err := s.LTI.PendingRegistrations(ctx)
	if err != nil {
		return err
	}
	for _, r := range registered {
		page.Registered = append(page.Registered, views.PlatformRow{ID: r.Platform.ID, Name: r.Platform.Name, Host: platformHost(r.Platform)})
	}
	for _, d := range deployments {
		if d.Status == lti.DeploymentPending {
			page.Pending = append(page.Pending, views.PendingDeployment{PlatformID: d.PlatformID, Platform: d.PlatformName, ID: d.DeploymentID, Seen: d.CreatedAt})
		}
	}
	return s.render(c, http.StatusOK, page)
}

// platformHost is where people know a platform from: on issuers that many
// institutions share, its own frame origin says more.
func platformHost(p lti.Platform) string {
	address := p.Issuer
	if len(p.FrameOrigins) > 0 {
		address = p.FrameOrigins[0]
	}
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// lastLaunches is when each platform last launched well.
func (s *Server) lastLaunches(ctx context.Context) (map[string]time.Time, error) {
	samples, err := s.LTI.Samples(ctx, "")
	if err != nil {
		return nil, err
	}
	last := map[string]time.Time{}
	for _, sample := range samples {
		if sample.LastAt.After(last[sample.PlatformID]) {
			last[sample.PlatformID] = sample.LastAt
		}
	}
	return last, nil
}

// launchesOf adds the last failure of a platform. A deployment that waits is no
// failure of the platform: it has a page of its own.
func (s *Server) launchesOf(ctx context.Context, platformID string, last time.Time) (views.PlatformLaunches, error) {
	l := views.PlatformLaunches{Last: last}
	found, err := s.LTI.Failures(ctx, lti.LogFilter{PlatformID: platformID})
	if err != nil {
		return l, err
	}
	for _, f := range found.Failures {
		if f.Code != lti.CodeDeploymentPending {
			l.FailedAt, l.Reference = f.CreatedAt, f.Reference
			break
		}
	}
	return l, nil
}

func platformState(p lti.Platform, l views.PlatformLaunches, waiting int) views.PlatformState {
	switch {
	case p.DisabledAt != nil:
		return "disabled"
	case waiting > 0:
		return "waiting"
	case l.Failing():
		return "failing"
	case l.Last.IsZero():
		return "never"
	}
	return "working"
}

// platformShow answers GET /admin/platforms/{platform}.
func (s *Server) platformShow(c echo.Context) error {
	a, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	page, err := s.platformPage(c, a, p)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, page)
}

func (s *Server) platformPage(c echo.Context, a administrator, p lti.Platform) (*views.ConsolePlatform, error) {
	ctx := c.Request().Context()
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return nil, err
	}
	base.Crumb = views.Crumb{Href: platformPath, Text: s.Views.Text(base.Lang, "console.nav_platforms")}
	page := &views.ConsolePlatform{
		ConsoleBase: base, ID: p.ID, Name: p.Name, Product: p.ProductFamily, Now: s.Now(), FrameOrigins: p.FrameOrigins,
		Trusted: p.TrustDeployments, AlwaysTrusted: p.TrustsDeployments() && !p.TrustDeployments, Added: p.CreatedAt,
		Values: registrationValues(p),
	}
	page.MayTrust = !page.AlwaysTrusted && (!sharedPlatform(p) || p.TrustDeployments)
	deployments, err := s.LTI.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	waiting := 0
	for _, d := range deployments {
		if d.PlatformID != p.ID {
			continue
		}
		pending := d.Status == lti.DeploymentPending
		if pending {
			waiting++
		}
		page.Deployments = append(page.Deployments, views.DeploymentRow{ID: d.DeploymentID, Pending: pending, Seen: d.CreatedAt})
	}
	last, err := s.lastLaunches(ctx)
	if err != nil {
		return nil, err
	}
	if page.Launches, err = s.launchesOf(ctx, p.ID, last[p.ID]); err != nil {
		return nil, err
	}
	if _, page.Updatable, err = s.LTI.GrantedScopes(ctx, p.ID); err != nil {
		return nil, err
	}
	page.State = platformState(p, page.Launches, waiting)
	if page.State == "working" && base.Notice == consoleNotices["added"] {
		page.Notice = views.Notice{} // the launch that was left has come
	}
	return page, nil
}

func registrationValues(p lti.Platform) []views.CopyValue {
	values := []views.CopyValue{
		{Label: "console.field_issuer", Value: p.Issuer}, {Label: "console.field_client_id", Value: p.ClientID},
		{Label: "console.field_auth_url", Value: p.AuthURL}, {Label: "console.field_token_url", Value: p.TokenURL},
		{Label: "console.field_jwks_url", Value: p.JWKSURL},
	}
	if p.Audience != "" {
		values = append(values, views.CopyValue{Label: "console.field_audience", Value: p.Audience})
	}
	return values
}

// platformCheck answers POST /admin/platforms/{platform}/check: it fetches the
// platform's keys and says what they are worth.
func (s *Server) platformCheck(c echo.Context) error {
	a, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	page, err := s.platformPage(c, a, p)
	if err != nil {
		return err
	}
	page.Keys = s.keyCheck(c.Request().Context(), p.JWKSURL)
	status := http.StatusOK
	if page.Keys.Failure != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, page)
}

func (s *Server) keyCheck(ctx context.Context, address string) *views.KeyCheck {
	found, err := s.LTI.InspectKeys(ctx, address)
	if err != nil {
		return &views.KeyCheck{Failure: strings.TrimPrefix(err.Error(), "inspect keys: ")}
	}
	check := &views.KeyCheck{}
	for _, k := range found {
		check.Keys = append(check.Keys, views.PlatformKey{ID: k.KeyID, Bits: k.Bits, Weak: k.Weak})
	}
	return check
}

// platformDisable answers POST /admin/platforms/{platform}/disable.
func (s *Server) platformDisable(c echo.Context) error {
	_, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	if err := s.LTI.DisablePlatform(c.Request().Context(), p.ID); err != nil {
		return err
	}
	return seeOther(c, noticed(platformPage(p.ID), "disabled"))
}

// platformEnable answers POST /admin/platforms/{platform}/enable.
func (s *Server) platformEnable(c echo.Context) error {
	_, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	if err := s.LTI.EnablePlatform(c.Request().Context(), p.ID); err != nil {
		return err
	}
	return seeOther(c, noticed(platformPage(p.ID), "enabled"))
}
