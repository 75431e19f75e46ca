package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"usher/invite"
	"usher/media"
	"usher/roster"
	"usher/session"
	"usher/views"
)

// mountInvitations registers an entry's invitations.
func (s *Server) mountInvitations(e *echo.Echo) {
	g := e.Group("/e/:entry/invitations")
	// For those who may invite.
	g.GET("", s.invitations)
	g.GET("/new", s.inviteForm)
	g.POST("", s.inviteSubmit)
	g.GET("/suggest", s.inviteSuggest)
	g.GET("/:invitation", s.inviteConfirm)
	g.POST("/:invitation/revoke", s.inviteRevoke)
	// For the member to whom the invitation is bound.
	g.POST("/:invitation/accept", s.inviteAccept)
}

// inviter authorises somebody who sees an entry's invitations.
func (s *Server) inviter(c echo.Context) (*visitor, error) {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return nil, err
	}
	return v, v.may(media.ActionInvite)
}

// mayInvite authorises making invitations too: the tenant's rules can forbid
// it to some permissions, or to all.
func (s *Server) mayInvite(c echo.Context, v *visitor) error {
	policy, err := s.Invite.Policy(c.Request().Context(), v.Identity.TenantID)
	switch {
	case err != nil:
		return err
	case !policy.MayInvite(v.Permission):
		return errForbidden
	case !policy.Takes(v.Entry):
		return errClosed
	}
	return nil
}

// offersInviting is [Server.mayInvite] for making new invitations: nobody is
// invited to what has ended. Opened again, an entry takes invitations again.
func (s *Server) offersInviting(c echo.Context, v *visitor) error {
	if v.Entry.State(s.Now()) == media.StateEnded {
		return errClosed
	}
	return s.mayInvite(c, v)
}

// invitationBase begins a page below an entry.
func (s *Server) invitationBase(c echo.Context, v *visitor) views.Base {
	base := s.base(c, v)
	base.Crumb = views.Crumb{Href: entryPath(v.Entry.ID), Text: v.Entry.Title}
	return base
}

func entryPath(id string) string { return "/e/" + id }

func invitationsPath(entryID string) string { return entryPath(entryID) + "/invitations" }

// invitations answers GET /e/{entry}/invitations: the ledger.
func (s *Server) invitations(c echo.Context) error {
	v, err := s.inviter(c)
	if err != nil {
		return err
	}
	lines, err := s.Invite.List(c.Request().Context(), v.Entry)
	if err != nil {
		return err
	}
	page := &views.InvitationList{
		Base: s.invitationBase(c, v), Entry: s.entryView(v.Entry, ""),
		Now: s.Now(), May: views.May{SeeInvitations: true},
	}
	switch err := s.offersInviting(c, v); {
	case err == nil:
		page.May.Invite = true
	case !errors.Is(err, errForbidden) && !errors.Is(err, errClosed):
		return err
	}
	for _, l := range lines {
		page.Rows = append(page.Rows, views.InvitationRow{
			ID: l.Invitation.ID, Name: l.Invitation.Name(), Address: l.Invitation.Email, Role: string(l.Invitation.Role),
			State: string(l.State), Changed: l.Invitation.UpdatedAt, MayRevoke: l.State != invite.StateRevoked,
		})
		if l.State == invite.StateRevoked && l.Invitation.ID == c.QueryParam("revoked") {
			page.Notice = views.Notice{Key: "notice.revoked", Tone: "good", Name: l.Invitation.Name()}
		}
	}
	return s.render(c, http.StatusOK, page)
}

// inviteForm answers GET /e/{entry}/invitations/new: the dialog Invite users.
func (s *Server) inviteForm(c echo.Context) error {
	v, err := s.inviter(c)
	if err != nil {
		return err
	}
	if err := s.offersInviting(c, v); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, s.inviteDialog(c, v, inviteForm{Role: string(media.Viewer)}))
}

// inviteForm is what the dialog sends.
type inviteForm struct{ Email, First, Last, Role, Person string }

func readInviteForm(c echo.Context) inviteForm {
	return inviteForm{
		Email: c.FormValue("email"), First: c.FormValue("first"), Last: c.FormValue("last"),
		Role: c.FormValue("role"), Person: c.FormValue("person"),
	}
}

func (s *Server) inviteDialog(c echo.Context, v *visitor, form inviteForm) *views.InviteDialog {
	page := &views.InviteDialog{
		Base: s.invitationBase(c, v), Entry: s.entryView(v.Entry, ""),
		Form: views.InviteFields(form), Errors: views.Errors{},
	}
	for _, role := range invite.Roles(v.Entry) {
		page.Roles = append(page.Roles, string(role))
	}
	return page
}

// inviteSubmit answers POST /e/{entry}/invitations: it makes or updates an
// invitation and goes on to its confirmation, whose address has no token.
func (s *Server) inviteSubmit(c echo.Context) error {
	v, err := s.inviter(c)
	if err != nil {
		return err
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	if err := s.offersInviting(c, v); err != nil {
		return err
	}
	form := readInviteForm(c)
	made, err := s.Invite.Invite(c.Request().Context(), invite.Request{
		Entry: v.Entry, InviterID: v.Identity.PersonID, Permission: v.Permission,
		Email: form.Email, FirstName: form.First, LastName: form.Last,
		Role: media.AttendeeRole(form.Role), PersonID: form.Person,
	})
	if err != nil {
		return s.inviteMistake(c, v, form, err)
	}
	return seeOther(c, invitationsPath(v.Entry.ID)+"/"+made.Invitation.ID)
}

// inviteMistake shows the dialog again with what was typed and what is wrong
// with it.
func (s *Server) inviteMistake(c echo.Context, v *visitor, form inviteForm, err error) error {
	page := s.inviteDialog(c, v, form)
	var invalid *invite.InvalidError
	var limit *invite.LimitError
	switch {
	case errors.As(err, &invalid):
		for field, mistake := range invalid.Fields {
			page.Errors[field] = mistakeKey(field, mistake)
			if mistake == invite.MistakeDomain {
				page.Domain = invite.DomainOf(form.Email)
			}
		}
		return s.render(c, http.StatusUnprocessableEntity, page)
	case errors.As(err, &limit):
		page.Errors["form"] = "invite.error.limit"
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(limit.RetryAfter.Seconds())+1))
		return s.render(c, http.StatusTooManyRequests, page)
	case errors.Is(err, invite.ErrNotAllowed):
		return errForbidden
	case errors.Is(err, invite.ErrOff):
		return errClosed
	}
	return err
}

// mistakeKey is the text for a mistake in a field.
func mistakeKey(field, mistake string) string {
	switch mistake {
	case invite.MistakeMissing:
		return "invite.error." + field + "_required"
	case invite.MistakeEmail:
		return "invite.error.email_invalid"
	case invite.MistakeDomain:
		return "invite.error.domain"
	case invite.MistakeLong:
		return "invite.error.name_too_long"
	case invite.MistakeLetters:
		return "invite.error.name_characters"
	}
	return "invite.error.role"
}

// inviteConfirm answers GET /e/{entry}/invitations/{invitation}: the link, to
// those who may invite.
func (s *Server) inviteConfirm(c echo.Context) error {
	v, err := s.inviter(c)
	if err != nil {
		return err
	}
	if err := s.mayInvite(c, v); err != nil {
		return err
	}
	shown, err := s.Invite.Show(c.Request().Context(), v.Entry, c.Param("invitation"))
	if errors.Is(err, invite.ErrNotFound) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	if shown.Token == "" {
		return seeOther(c, invitationsPath(v.Entry.ID)) // withdrawn or expired: the ledger says so
	}
	inv := shown.Invitation
	link := s.PublicURL.JoinPath("i", shown.Token).String()
	qr, err := views.NewQR(link)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &views.InviteConfirm{
		Base: s.invitationBase(c, v), Entry: s.entryView(v.Entry, ""),
		Link: link, QR: qr, Name: inv.Name(), Address: inv.Email, Role: string(inv.Role),
		ValidUntil: views.When{Start: shown.ExpiresAt, Zone: v.Entry.TimeZone}, MovesWith: shown.Moves,
		Updated: inv.LinkCreatedAt.After(inv.CreatedAt), Member: inv.Bound() != "",
	})
}

// suggestion is one line of the dialog's list.
type suggestion struct {
	Person string `json:"person_id"` // "" for somebody who is no member
	Name   string `json:"name"`
	First  string `json:"first"`
	Last   string `json:"last"`
	Email  string `json:"email"`
	Shared bool   `json:"shared"`         // false where the LMS keeps the address to itself
	Known  string `json:"known"`          // course, invited or tenant
	Role   string `json:"role,omitempty"` // of the invitation they have already
}

// inviteSuggest answers GET /e/{entry}/invitations/suggest?q=: whom the inviter
// may mean, and the domain of a full address that may not be invited.
func (s *Server) inviteSuggest(c echo.Context) error {
	v, err := s.inviter(c)
	if err != nil {
		return err
	}
	ctx, q := c.Request().Context(), strings.TrimSpace(c.QueryParam("q"))
	// Whoever looks for people long after a launch finds those of today.
	s.Rosters.Want(roster.Wanted{TenantID: v.Entry.TenantID, CourseID: v.Entry.CourseID})
	found, err := s.Invite.Suggest(ctx, v.Entry, v.Identity.PersonID, v.Permission, q)
	if errors.Is(err, invite.ErrNotAllowed) {
		return errForbidden
	}
	if err != nil {
		return err
	}
	answer := struct {
		People []suggestion `json:"people"`
		Domain string       `json:"blocked,omitempty"`
		Role   string       `json:"role,omitempty"` // of whoever has this very address
	}{People: []suggestion{}}
	for _, p := range found {
		role, err := s.Invite.PresentRole(ctx, v.Entry, p.PersonID, p.Email)
		if err != nil {
			return err
		}
		answer.People = append(answer.People, suggestion{
			Person: p.PersonID, Name: p.Name, First: p.FirstName, Last: p.LastName, Email: p.Email, Shared: p.Email != "", Known: p.Source, Role: string(role),
		})
	}
	role, err := s.Invite.PresentRole(ctx, v.Entry, "", q)
	if err != nil {
		return err
	}
	answer.Role = string(role)
	if answer.Domain, err = s.Invite.BlockedDomain(ctx, v.Entry.TenantID, q); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// inviteRevoke answers POST /e/{entry}/invitations/{invitation}/revoke.
func (s *Server) inviteRevoke(c echo.Context) error {
	v, err := s.inviter(c)
	if err != nil {
		return err
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	id := c.Param("invitation")
	switch err := s.Invite.Revoke(c.Request().Context(), v.Entry, id); {
	case errors.Is(err, invite.ErrNotFound):
		return errNotFound
	case err != nil:
		return err
	}
	return seeOther(c, invitationsPath(v.Entry.ID)+"?revoked="+id)
}

// inviteAccept answers POST /e/{entry}/invitations/{invitation}/accept: a
// member takes up, inside the LMS, an invitation that is bound to them.
func (s *Server) inviteAccept(c echo.Context) error {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return err
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	if v.Identity.Kind != session.Member {
		return errForbidden
	}
	claim, err := s.Invite.ClaimOffered(c.Request().Context(), v.Entry, c.Param("invitation"), v.Identity.PersonID)
	switch {
	case errors.Is(err, invite.ErrNotFound):
		return errNotFound
	case err != nil:
		return err
	case !claim.In:
		return errClosed
	}
	return seeOther(c, entryPath(v.Entry.ID))
}
