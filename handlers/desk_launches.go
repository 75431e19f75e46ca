package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

const (
	consoleLaunchesPath = "/admin/launches"
	tenantLaunchesPath  = "/t/launches"
)

// consoleLaunches answers GET /admin/launches.
func (s *Server) consoleLaunches(c echo.Context) error {
	d, err := s.consoleDesk(c, "launches")
	if err != nil {
		return err
	}
	return s.launchLog(c, d, consoleLaunchesPath)
}

// tenantLaunches answers GET /t/launches.
func (s *Server) tenantLaunches(c echo.Context) error {
	d, err := s.tenantDesk(c, "launches")
	if err != nil {
		return err
	}
	return s.launchLog(c, d, tenantLaunchesPath)
}

// launchLog lists failed launches, or with ?show=good those that went well. A
// reference leads to its report.
func (s *Server) launchLog(c echo.Context, d *desk, root string) error {
	page := &views.LaunchLog{DeskBase: d.base, Root: root, Now: s.Now(), Reference: clipped(c.QueryParam("reference"))}
	if page.Reference != "" {
		found, err := s.LTI.FailureIn(c.Request().Context(), d.filter(), page.Reference)
		if err == nil {
			return seeOther(c, root+"/"+found.Reference)
		}
		if !errors.Is(err, lti.ErrNoFailure) {
			return err
		}
	}
	var err error
	if page.Good = c.QueryParam("show") == "good"; page.Good {
		page.Samples, err = s.sampleRows(c, d)
	} else {
		err = s.failureRows(c, d, page)
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, page)
}

// clipped bounds what somebody looks for before it is shown again.
func clipped(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60])
	}
	return text
}

func (s *Server) failureRows(c echo.Context, d *desk, page *views.LaunchLog) error {
	filter := d.filter()
	filter.Code, filter.Cursor = lti.Code(c.QueryParam("check")), c.QueryParam("after")
	if d.base.Console() {
		filter.PlatformID = c.QueryParam("platform")
		platforms, err := s.LTI.Platforms(c.Request().Context())
		if err != nil {
			return err
		}
		for _, p := range platforms {
			page.Platforms = append(page.Platforms, views.Choice{Value: p.ID, Text: p.Name, Chosen: p.ID == filter.PlatformID})
		}
	}
	lang := s.readerLanguage(c)
	for _, code := range lti.Codes() {
		page.Checks = append(page.Checks, views.Choice{Value: string(code), Text: s.Views.Text(lang, "advice."+string(code)), Chosen: code == filter.Code})
	}
	page.Filtered = filter.Code != "" || d.base.Console() && filter.PlatformID != ""
	found, err := s.LTI.Failures(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	for _, f := range found.Failures {
		page.Rows = append(page.Rows, views.FailureRow{Reference: f.Reference, Platform: f.PlatformName, Code: string(f.Code), At: f.CreatedAt})
	}
	if found.Next != "" {
		query := url.Values{"after": {found.Next}}
		for name, value := range map[string]string{"platform": c.QueryParam("platform"), "check": string(filter.Code)} {
			if value != "" {
				query.Set(name, value)
			}
		}
		page.Next = page.Root + "?" + query.Encode()
	}
	return nil
}

// sampleRows are the last launches that went well, of the desk's tenant or of
// all.
func (s *Server) sampleRows(c echo.Context, d *desk) (rows []views.SampleRow, err error) {
	ctx := c.Request().Context()
	var found []lti.LaunchSample
	if d.tenant.PlatformID == "" {
		found, err = s.LTI.Samples(ctx, "")
	} else {
		found, err = s.LTI.SamplesOf(ctx, d.tenant.ID)
	}
	if err != nil {
		return nil, err
	}
	for _, l := range found {
		// A role table is a tenant's: its trial is reached by the tenant's address.
		of := desk{base: d.base, tenant: lti.Tenant{PlatformID: l.PlatformID}}
		if d.tenant.PlatformID != "" {
			of.tenant = d.tenant
		} else if t, err := s.LTI.Tenant(ctx, l.TenantID); err == nil {
			of.tenant = t
		}
		row := views.SampleRow{
			Deployment: l.DeploymentID, Message: l.Message, Roles: l.Roles, Role: string(l.CourseRole), Row: l.DecidedBy,
			Launches: l.Launches, At: l.LastAt, TryURL: of.address("roles/try", url.Values{"launch": {l.ID}}),
		}
		if d.tenant.PlatformID == "" {
			row.Platform = l.PlatformName
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// consoleLaunch answers GET /admin/launches/{reference}.
func (s *Server) consoleLaunch(c echo.Context) error {
	d, err := s.consoleDesk(c, "launches")
	if err != nil {
		return err
	}
	return s.launchReport(c, d, consoleLaunchesPath)
}

// tenantLaunch answers GET /t/launches/{reference}.
func (s *Server) tenantLaunch(c echo.Context) error {
	d, err := s.tenantDesk(c, "launches")
	if err != nil {
		return err
	}
	return s.launchReport(c, d, tenantLaunchesPath)
}

func (s *Server) launchReport(c echo.Context, d *desk, root string) error {
	ctx := c.Request().Context()
	reference, err := url.PathUnescape(c.Param("reference"))
	if err != nil {
		return errNotFound
	}
	f, err := s.LTI.FailureIn(ctx, d.filter(), reference)
	if errors.Is(err, lti.ErrNoFailure) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	alike, err := s.LTI.AlikeSince(ctx, d.filter(), f)
	if err != nil {
		return fmt.Errorf("count like failures: %w", err)
	}
	page := &views.LaunchReport{
		DeskBase: d.base, Reference: f.Reference, Platform: f.PlatformName, Deployment: f.DeploymentID, Code: string(f.Code), At: f.CreatedAt,
		Claim: f.Claim, Expected: f.Expected, Received: f.Received, Steps: stepRows(f), Alike: alike,
	}
	page.Crumb = views.Crumb{Href: root, Text: s.Views.Text(s.readerLanguage(c), "console.nav_launches")}
	return s.render(c, http.StatusOK, page)
}

// stepRows are the steps of a launch with how far it came.
func stepRows(f lti.Failure) (rows []views.StepRow) {
	failed := slices.Index(lti.Steps(), f.Step())
	for i, step := range lti.Steps() {
		state := "skipped"
		switch {
		case failed < 0:
		case i < failed:
			state = "passed"
		case i == failed:
			state = "failed"
		}
		rows = append(rows, views.StepRow{Name: string(step), State: state})
	}
	return rows
}
