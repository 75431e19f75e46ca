package handlers

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/session"
	"usher/settings"
	"usher/views"
)

// mountDesk registers the pages that the console shares with the
// administrators of a tenant. In the console they are for whoever is signed in
// there and show everything; inside the LMS they are for those whom the last
// launch called administrators of the whole tenant, and show that tenant's own.
// Deployments, keys and registration are the console's alone.
func (s *Server) mountDesk(e *echo.Echo) {
	// For whoever is signed in to the console.
	e.GET("/admin/launches", s.consoleLaunches)
	e.GET("/admin/launches/:reference", s.consoleLaunch)
	e.GET("/admin/rules", s.consoleRules)
	e.POST("/admin/rules", s.changeConsoleRule)
	e.GET("/admin/platforms/:platform/rules", s.platformRules)
	e.POST("/admin/platforms/:platform/rules", s.changePlatformRule)
	e.GET("/admin/platforms/:platform/roles", s.platformRoles)
	e.POST("/admin/platforms/:platform/roles", s.changePlatformRole)
	e.POST("/admin/platforms/:platform/roles/reset", s.resetPlatformRole)
	e.GET("/admin/platforms/:platform/roles/try", s.platformTrial)
	e.POST("/admin/platforms/:platform/roles/try", s.tryOnPlatform)
	e.GET("/admin/health", s.health)
	// For the administrators of a tenant.
	e.GET("/t", s.tenantHome)
	e.GET("/t/settings", s.tenantRules)
	e.POST("/t/settings", s.changeTenantRule)
	e.GET("/t/roles", s.tenantRoles)
	e.POST("/t/roles", s.changeTenantRole)
	e.POST("/t/roles/reset", s.resetTenantRole)
	e.GET("/t/roles/try", s.tenantTrial)
	e.POST("/t/roles/try", s.tryOnTenant)
	e.GET("/t/launches", s.tenantLaunches)
	e.GET("/t/launches/:reference", s.tenantLaunch)
}

// desk is where an administrator's page stands and what it may show.
type desk struct {
	base views.DeskBase
	// tenant is the one whose things are shown; zero in the console's pages of
	// everybody, and without id where nothing was kept for it yet.
	tenant lti.Tenant
	// chosen is false where a deployment of a shared issuer has to be chosen.
	chosen  bool
	tenants []lti.Tenant
}

// filter is what of the launch log may be seen.
func (d *desk) filter() lti.LogFilter {
	if d.tenant.PlatformID == "" {
		return lti.LogFilter{}
	}
	return lti.FilterOf(d.tenant)
}

// scope is whose rules are shown: the platform's where it is one tenant, so
// that the command line and every page mean the same row.
func (d *desk) scope() settings.Scope {
	if d.tenant.Shared() {
		return settings.Scope{PlatformID: d.tenant.PlatformID, TenantID: d.tenant.ID}
	}
	return settings.Scope{PlatformID: d.tenant.PlatformID}
}

// address is that of a page of the desk: below the platform in the console,
// below /t in the LMS.
func (d *desk) address(page string, more url.Values) string {
	query := url.Values{}
	for name, values := range more {
		query[name] = values
	}
	root := "/t/"
	if d.base.Console() {
		root = platformPath + "/" + url.PathEscape(d.tenant.PlatformID) + "/"
		if d.tenant.DeploymentID != "" {
			query.Set("deployment", d.tenant.DeploymentID)
		}
	}
	if len(query) == 0 {
		return root + page
	}
	return root + page + "?" + query.Encode()
}

// consoleDesk authorises whoever is signed in to the console for a page about
// everybody.
func (s *Server) consoleDesk(c echo.Context, section string) (*desk, error) {
	a, err := s.admin(c)
	if err != nil {
		return nil, err
	}
	base, err := s.console(c, a, section)
	if err != nil {
		return nil, err
	}
	return &desk{base: views.DeskBase{ConsoleBase: base}, chosen: true}, nil
}

// platformDesk authorises whoever is signed in to the console for a page about
// one platform, and on a shared issuer about the deployment that the query
// names.
func (s *Server) platformDesk(c echo.Context) (*desk, error) {
	d, err := s.consoleDesk(c, "platforms")
	if err != nil {
		return nil, err
	}
	d.tenants, err = s.LTI.Tenants(c.Request().Context(), c.Param("platform"))
	if errors.Is(err, lti.ErrNoPlatform) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	deployment := c.QueryParam("deployment")
	d.chosen = false
	for _, t := range d.tenants {
		if t.DeploymentID == deployment {
			d.tenant, d.chosen = t, true
		}
	}
	if !d.chosen && deployment != "" {
		return nil, errNotFound
	}
	if len(d.tenants) > 0 && !d.chosen {
		d.tenant = lti.Tenant{PlatformID: d.tenants[0].PlatformID, PlatformName: d.tenants[0].PlatformName}
	}
	d.base.Place = place(d.tenant)
	d.base.Crumb = views.Crumb{Href: platformPath + "/" + url.PathEscape(c.Param("platform")), Text: d.tenant.PlatformName}
	return d, nil
}

// place is what a tenant is called on pages.
func place(t lti.Tenant) string {
	if t.DeploymentID == "" {
		return t.PlatformName
	}
	return t.PlatformName + " · " + t.DeploymentID
}

// tenantDesk authorises an administrator of a tenant, by the last launch of
// theirs that told: 401 for nobody, 403 for everybody else. It asks the
// database at each request, so that who is none any more keeps nothing.
func (s *Server) tenantDesk(c echo.Context, tab string) (*desk, error) {
	identity, err := s.tenantAdministrator(c)
	if err != nil {
		return nil, err
	}
	if made := c.FormValue("identity"); made != "" && made != identity.PublicID() {
		return nil, &identityError{visitor: &visitor{Identity: identity}}
	}
	tenant, err := s.LTI.Tenant(c.Request().Context(), identity.TenantID)
	if err != nil {
		return nil, fmt.Errorf("find tenant: %w", err)
	}
	d := &desk{tenant: tenant, chosen: true}
	d.base.Tab, d.base.Place = tab, tenant.PlatformName
	d.base.Lang = views.RequestLanguage(c.Request(), identity.Locale)
	d.base.Framed = identity.Carrier == session.Bearer
	d.base.IdentityID, d.base.ReturnURL = identity.PublicID(), identity.ReturnURL
	d.base.Crumb = s.deskCrumb(c, identity)
	return d, nil
}

// deskCrumb leads back to the list from which the pages are reached.
func (s *Server) deskCrumb(c echo.Context, i session.Identity) views.Crumb {
	text := s.Views.Text(views.RequestLanguage(c.Request(), i.Locale), "course.title")
	if i.CourseID == "" {
		return views.Crumb{Href: "/c/mine", Text: text}
	}
	return views.Crumb{Href: "/c/" + i.CourseID, Text: text}
}

// tenantAdministrator returns who of those that a request speaks for
// administers a tenant.
func (s *Server) tenantAdministrator(c echo.Context) (session.Identity, error) {
	who := session.From(c.Request())
	if who.Nobody() {
		return session.Identity{}, errNobody
	}
	for _, i := range who.Members() {
		yes, err := s.Roster.Administers(c.Request().Context(), i.TenantID, i.PersonID)
		if err != nil {
			return session.Identity{}, err
		}
		if yes {
			return i, nil
		}
	}
	return session.Identity{}, errForbidden
}

// tenantHome answers GET /t.
func (s *Server) tenantHome(c echo.Context) error {
	if _, err := s.tenantAdministrator(c); err != nil {
		return err
	}
	return seeOther(c, "/t/settings")
}

// keep gives the desk's tenant its id, where something is to be kept for it.
func (s *Server) keep(c echo.Context, d *desk) error {
	if !d.chosen {
		return errNotFound
	}
	var err error
	d.tenant, err = s.LTI.KeepTenant(c.Request().Context(), d.tenant)
	return err
}

// tenantLinks lead to the same page of each tenant of a shared issuer.
func (d *desk) tenantLinks(page string) (links []views.ConsoleLink) {
	for _, t := range d.tenants {
		if t.Shared() {
			other := desk{base: d.base, tenant: t}
			links = append(links, views.ConsoleLink{Href: other.address(page, nil), Text: t.DeploymentID, Current: d.chosen && t == d.tenant})
		}
	}
	return links
}
