package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

// platformRoles answers GET /admin/platforms/{platform}/roles.
func (s *Server) platformRoles(c echo.Context) error {
	d, err := s.platformDesk(c)
	if err != nil {
		return err
	}
	return s.roleTable(c, d)
}

// tenantRoles answers GET /t/roles.
func (s *Server) tenantRoles(c echo.Context) error {
	d, err := s.tenantDesk(c, "roles")
	if err != nil {
		return err
	}
	return s.roleTable(c, d)
}

// roleTable shows the table. ?role= puts a row into the editor, ?saved= and
// ?restored= say what was done.
func (s *Server) roleTable(c echo.Context, d *desk) error {
	table, err := s.LTI.RoleTable(c.Request().Context(), d.tenant.ID)
	if err != nil {
		return err
	}
	page := s.rolePage(c, d, table)
	if name := c.QueryParam("role"); name != "" {
		page.Form = views.RoleFields{Role: clipped(name)}
	}
	for _, row := range page.Rows {
		if row.Name == page.Form.Role {
			page.Form.Worth = row.Role
		}
	}
	s.worths(c, page)
	for query, key := range map[string]string{"saved": "notice.role_saved", "restored": "notice.role_reset"} {
		if name := c.QueryParam(query); name != "" {
			page.Notice = views.Notice{Key: key, Tone: "good", Name: clipped(name)}
		}
	}
	return s.render(c, http.StatusOK, page)
}

func (s *Server) rolePage(c echo.Context, d *desk, table lti.RoleTable) *views.RoleTable {
	page := &views.RoleTable{
		DeskBase: d.base, Tenants: d.tenantLinks("roles"), Chosen: d.chosen,
		Action: d.address("roles", nil), Reset: d.address("roles/reset", nil), TryURL: d.address("roles/try", nil),
		Form: views.RoleFields{Worth: string(lti.RoleNone)},
	}
	if !d.chosen {
		return page
	}
	for _, row := range table.Rows() {
		page.Rows = append(page.Rows, views.RoleRow{
			Name: row.Name, Role: string(row.Role), Default: string(row.Default), Changed: row.Changed,
			EditURL: d.address("roles", url.Values{"role": {row.Name}}) + "#edit",
		})
	}
	return page
}

// worths fills the editor's choice.
func (s *Server) worths(c echo.Context, page *views.RoleTable) {
	lang := s.readerLanguage(c)
	for _, role := range lti.CourseRoles() {
		page.Worths = append(page.Worths, views.Choice{
			Value: string(role), Text: s.Views.Text(lang, "worth."+string(role)), Chosen: string(role) == page.Form.Worth,
		})
	}
}

// changePlatformRole answers POST /admin/platforms/{platform}/roles.
func (s *Server) changePlatformRole(c echo.Context) error {
	d, err := s.platformDesk(c)
	if err != nil {
		return err
	}
	return s.changeRole(c, d)
}

// changeTenantRole answers POST /t/roles.
func (s *Server) changeTenantRole(c echo.Context) error {
	d, err := s.tenantDesk(c, "roles")
	if err != nil {
		return err
	}
	return s.changeRole(c, d)
}

func (s *Server) changeRole(c echo.Context, d *desk) error {
	if err := s.keep(c, d); err != nil {
		return err
	}
	form := views.RoleFields{Role: c.FormValue("role"), Worth: c.FormValue("worth")}
	name, err := s.LTI.SetRole(c.Request().Context(), d.tenant.ID, form.Role, lti.CourseRole(form.Worth))
	if err == nil {
		s.Logger.Info("role table changed", "tenant_id", d.tenant.ID, "role", name, "worth", form.Worth, "request_id", requestID(c))
		return seeOther(c, d.address("roles", url.Values{"saved": {name}}))
	}
	mistakes := views.Errors{}
	switch {
	case errors.Is(err, lti.ErrRoleName):
		mistakes["role"] = "roles.error.role"
	case errors.Is(err, lti.ErrRoleWorth):
		mistakes["worth"] = "roles.error.worth"
	case errors.Is(err, lti.ErrTooManyRoles):
		mistakes["role"] = "roles.error.many"
	default:
		return err
	}
	table, err := s.LTI.RoleTable(c.Request().Context(), d.tenant.ID)
	if err != nil {
		return err
	}
	page := s.rolePage(c, d, table)
	page.Form, page.Errors = form, mistakes
	s.worths(c, page)
	return s.render(c, http.StatusUnprocessableEntity, page)
}

// resetPlatformRole answers POST /admin/platforms/{platform}/roles/reset.
func (s *Server) resetPlatformRole(c echo.Context) error {
	d, err := s.platformDesk(c)
	if err != nil {
		return err
	}
	return s.resetRole(c, d)
}

// resetTenantRole answers POST /t/roles/reset.
func (s *Server) resetTenantRole(c echo.Context) error {
	d, err := s.tenantDesk(c, "roles")
	if err != nil {
		return err
	}
	return s.resetRole(c, d)
}

func (s *Server) resetRole(c echo.Context, d *desk) error {
	if !d.chosen {
		return errNotFound
	}
	name := c.FormValue("role")
	if err := s.LTI.ResetRole(c.Request().Context(), d.tenant.ID, name); err != nil {
		return err
	}
	s.Logger.Info("role table restored", "tenant_id", d.tenant.ID, "request_id", requestID(c))
	return seeOther(c, d.address("roles", url.Values{"restored": {clipped(name)}}))
}

// platformTrial answers GET /admin/platforms/{platform}/roles/try.
func (s *Server) platformTrial(c echo.Context) error {
	d, err := s.platformDesk(c)
	if err != nil {
		return err
	}
	return s.pickTrial(c, d)
}

// tenantTrial answers GET /t/roles/try.
func (s *Server) tenantTrial(c echo.Context) error {
	d, err := s.tenantDesk(c, "roles")
	if err != nil {
		return err
	}
	return s.pickTrial(c, d)
}

// pickTrial tries the launch that ?launch= names, if it does.
func (s *Server) pickTrial(c echo.Context, d *desk) error {
	page, table, err := s.trialPage(c, d)
	if err != nil {
		return err
	}
	sample, found, err := s.LTI.Sample(c.Request().Context(), d.tenant.ID, c.QueryParam("launch"))
	if err != nil {
		return err
	}
	if found {
		page.Result = trialResult(table, lti.Trial{Roles: sample.Roles, ContextTypes: sample.ContextTypes})
	}
	return s.render(c, http.StatusOK, page)
}

// tryOnPlatform answers POST /admin/platforms/{platform}/roles/try.
func (s *Server) tryOnPlatform(c echo.Context) error {
	d, err := s.platformDesk(c)
	if err != nil {
		return err
	}
	return s.tryLaunch(c, d)
}

// tryOnTenant answers POST /t/roles/try.
func (s *Server) tryOnTenant(c echo.Context) error {
	d, err := s.tenantDesk(c, "roles")
	if err != nil {
		return err
	}
	return s.tryLaunch(c, d)
}

// tryLaunch tries the claims that were pasted. Nothing of them is kept or
// logged.
func (s *Server) tryLaunch(c echo.Context, d *desk) error {
	page, table, err := s.trialPage(c, d)
	if err != nil {
		return err
	}
	page.Claims = c.FormValue("claims")
	trial, err := lti.ParseTrial(page.Claims)
	status := http.StatusOK
	switch {
	case err == nil:
		page.Result = trialResult(table, trial)
	case errors.Is(err, lti.ErrTrialTooLarge):
		page.Error, page.Claims = "trial.error.large", ""
	case errors.Is(err, lti.ErrTrialToken):
		page.Error, page.Claims = "trial.error.token", ""
	case errors.Is(err, lti.ErrTrialRoles):
		page.Error = "trial.error.roles"
	default:
		page.Error = "trial.error.json"
	}
	if page.Error != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, page)
}

func (s *Server) trialPage(c echo.Context, d *desk) (*views.RoleTrial, lti.RoleTable, error) {
	if !d.chosen {
		return nil, nil, errNotFound
	}
	table, err := s.LTI.RoleTable(c.Request().Context(), d.tenant.ID)
	if err != nil {
		return nil, nil, err
	}
	page := &views.RoleTrial{DeskBase: d.base, Action: d.address("roles/try", nil), TableURL: d.address("roles", nil)}
	page.Crumb = views.Crumb{Href: page.TableURL, Text: s.Views.Text(s.readerLanguage(c), "roles.title")}
	page.Samples, err = s.sampleRows(c, d)
	return page, table, err
}

// shownRoles bounds how many of the roles are shown one by one.
const shownRoles = 100

func trialResult(table lti.RoleTable, trial lti.Trial) *views.TrialResult {
	decision := table.Decide(trial.Roles, trial.ContextTypes)
	result := &views.TrialResult{
		Role: string(decision.Role), Row: decision.Row, Types: trial.ContextTypes, Group: decision.Group,
		Administrator: trial.Administrator == lti.AdministratorYes,
	}
	for i, r := range decision.Read {
		if i < shownRoles || r.Use == lti.UseDecides {
			result.Read = append(result.Read, views.TrialRole{Claim: r.Claim, Row: r.Row, Role: string(r.Role), Use: string(r.Use)})
		}
	}
	return result
}
