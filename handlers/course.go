package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"usher/media"
	"usher/roster"
	"usher/session"
	"usher/views"
)

// mountCourses registers the pages of a course.
func (s *Server) mountCourses(e *echo.Echo) {
	// For everybody who launched the course.
	e.GET("/c/mine", s.coursesMine)
	e.GET("/c/:course", s.courseList)
	// For those who may create.
	e.GET("/c/:course/entries/new", s.entryNew)
	e.POST("/c/:course/entries", s.entryCreate)
	// A link that has no room yet.
	e.GET("/c/:course/links/:link", s.linkShow)
	e.POST("/c/:course/links/:link", s.linkSetUp)
}

func coursePath(id string) string { return "/c/" + id }

// courseTitle is what a course is called on pages; the LMS need not name it.
func (s *Server) courseTitle(lang string, course roster.Course) string {
	if course.Title == "" {
		return s.Views.Text(lang, "course.title")
	}
	return course.Title
}

// coursesMine answers GET /c/mine, where launches without a course lead. Only
// courses that this browser has launched are listed: what somebody was in a
// course long ago opens it no more.
func (s *Server) coursesMine(c echo.Context) error {
	who := session.From(c.Request())
	if who.Nobody() {
		return errNobody
	}
	members := who.Members()
	if len(members) == 0 {
		return errNotFound // a guest belongs to no course
	}
	page := &views.CoursesMine{Base: views.Base{
		Lang: s.readerLanguage(c), IdentityID: members[0].PublicID(), ReturnURL: members[0].ReturnURL,
	}}
	if _, err := s.tenantAdministrator(c); err == nil {
		page.Administer = true
	} else if !errors.Is(err, errForbidden) {
		return err
	}
	seen := map[string]bool{}
	for _, m := range members {
		if m.CourseID == "" && page.Permission == "" {
			page.Permission = string(media.CoursePermission(media.CourseRole(m.CourseRole)))
		}
		if m.CourseID == "" || seen[m.CourseID] {
			continue
		}
		seen[m.CourseID] = true
		course, err := s.Roster.Course(c.Request().Context(), m.TenantID, m.CourseID)
		if err != nil {
			return fmt.Errorf("find course: %w", err)
		}
		page.Courses = append(page.Courses, views.CourseRow{ID: course.ID, Title: s.courseTitle(page.Lang, course), Label: course.Label})
	}
	return s.render(c, http.StatusOK, page)
}

// courseList answers GET /c/{course}: what there is in a course.
func (s *Server) courseList(c echo.Context) error {
	v, err := s.courseVisitor(c, c.Param("course"))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	entries, err := s.Media.Entries(ctx, v.Course.TenantID, v.Course.ID)
	if err != nil {
		return err
	}
	base := s.base(c, v)
	page := &views.CourseList{
		Base: base, CourseID: v.Course.ID, Course: s.courseTitle(base.Lang, v.Course), Label: v.Course.Label,
		May: views.May{Create: v.Permission.May(media.ActionCreate), Delete: v.Permission.May(media.ActionDelete)},
	}
	if err := s.fillCourse(ctx, v, page, entries); err != nil {
		return err
	}
	if page.Offers, err = s.offers(ctx, v, ""); err != nil {
		return err
	}
	if page.May.Delete {
		if err := s.fillDeleted(c, v, page); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, page)
}

// fillCourse sorts the entries into the sections of the page. A standing room is
// live while people are in it; else it can be used any time.
func (s *Server) fillCourse(ctx context.Context, v *visitor, page *views.CourseList, entries []media.Entry) error {
	entries = slices.DeleteFunc(entries, func(e media.Entry) bool { return !e.Published && !v.Permission.SeesUnpublished() })
	rows, err := s.entryRows(ctx, v, entries)
	if err != nil {
		return err
	}
	for i, e := range entries {
		row := rows[i]
		switch state := e.State(s.Now()); {
		case state == media.StateEnded:
			page.Past = append(page.Past, row)
		case state != media.StateOpen:
			page.Upcoming = append(page.Upcoming, row)
		case e.AlwaysOpen && row.People == 0:
			page.AnyTime = append(page.AnyTime, row)
		default:
			page.Live = append(page.Live, row)
		}
	}
	slices.Reverse(page.Past) // the last one first
	return nil
}

// entryRows are the lines of entries of one course, with who is in them and, for
// those who may know, how many are invited.
func (s *Server) entryRows(ctx context.Context, v *visitor, entries []media.Entry) ([]views.EntryRow, error) {
	creators := make([]string, len(entries))
	for i, e := range entries {
		creators[i] = e.CreatedBy
	}
	people, err := s.Roster.People(ctx, v.Identity.TenantID, creators)
	if err != nil {
		return nil, err
	}
	rows := make([]views.EntryRow, len(entries))
	for i, e := range entries {
		rows[i].Entry = s.entryView(e, "")
		if host, ok := people[e.CreatedBy]; ok {
			rows[i].Host = host.DisplayName()
		}
		if e.State(s.Now()) == media.StateOpen {
			here, err := s.Live.People(ctx, e.TenantID, e.ID)
			if err != nil {
				return nil, fmt.Errorf("count people: %w", err)
			}
			rows[i].People = len(here)
		} else if v.Permission.May(media.ActionInvite) {
			if rows[i].Invited, err = s.invited(ctx, e); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// invited is how many people are invited to an entry.
func (s *Server) invited(ctx context.Context, e media.Entry) (n int, err error) {
	tallies, err := s.Invite.Tallies(ctx, e)
	if err != nil {
		return 0, fmt.Errorf("count invitations: %w", err)
	}
	for _, t := range tallies {
		n += t.Total
	}
	return n, nil
}

// fillDeleted lists what can be restored, and says which entry was deleted just
// now.
func (s *Server) fillDeleted(c echo.Context, v *visitor, page *views.CourseList) error {
	deleted, err := s.Media.Deleted(c.Request().Context(), v.Course.TenantID, v.Course.ID)
	if err != nil {
		return err
	}
	for _, e := range deleted {
		page.Deleted = append(page.Deleted, views.DeletedRow{ID: e.ID, Title: e.Title, Until: e.DeletedAt.Add(media.TrashLifetime)})
		if e.ID == c.QueryParam("deleted") {
			page.Notice = views.Notice{Key: "notice.deleted", Tone: "good", Name: e.Title}
		}
	}
	return nil
}

// offers are the invitations that wait for a member in this course, for one
// entry or, with an empty id, for all.
func (s *Server) offers(ctx context.Context, v *visitor, entryID string) ([]views.Offer, error) {
	if v.Identity.Kind != session.Member || v.Seen != nil && !v.Seen.Invited {
		return nil, nil
	}
	waiting, err := s.Invite.Offered(ctx, v.Identity.TenantID, v.Identity.PersonID, entryID)
	if err != nil {
		return nil, fmt.Errorf("find offered invitations: %w", err)
	}
	var offers []views.Offer
	for _, o := range waiting {
		if o.Entry.CourseID != v.Identity.CourseID {
			continue // taken up where that course was launched
		}
		offers = append(offers, views.Offer{
			Title: o.Entry.Title, Inviter: o.Inviter, Role: string(o.Invitation.Role),
			Action: invitationsPath(o.Entry.ID) + "/" + o.Invitation.ID + "/accept",
		})
	}
	return offers, nil
}

// creator authorises somebody who may create in the course of the address.
func (s *Server) creator(c echo.Context) (*visitor, error) {
	v, err := s.courseVisitor(c, c.Param("course"))
	if err != nil {
		return nil, err
	}
	if err := s.current(c, v); err != nil {
		return nil, err
	}
	return v, v.may(media.ActionCreate)
}

// entryNew answers GET /c/{course}/entries/new.
func (s *Server) entryNew(c echo.Context) error {
	v, err := s.creator(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, s.newForm(c, v, freshFields("", s.Now()), nil))
}

func (s *Server) newForm(c echo.Context, v *visitor, f views.EntryFields, mistakes views.Errors) *views.EntryForm {
	base := s.base(c, v)
	base.Crumb = views.Crumb{Href: coursePath(v.Course.ID), Text: s.courseTitle(base.Lang, v.Course)}
	return &views.EntryForm{
		Base: base, New: true, Action: coursePath(v.Course.ID) + "/entries", CancelURL: coursePath(v.Course.ID),
		MayPublish: v.Permission.May(media.ActionPublish), Form: f, Errors: mistakes,
	}
}

// entryCreate answers POST /c/{course}/entries.
func (s *Server) entryCreate(c echo.Context) error {
	v, err := s.creator(c)
	if err != nil {
		return err
	}
	fields := readEntryFields(c)
	draft, mistakes := s.validNew(v, fields)
	if len(mistakes) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, s.newForm(c, v, fields, mistakes))
	}
	entry, err := s.Media.Create(c.Request().Context(), v.Course.TenantID, v.Course.ID, v.Identity.PersonID, draft)
	if err != nil {
		return err
	}
	return seeOther(c, entryPath(entry.ID))
}

// linkShow answers GET /c/{course}/links/{link}: the first who may create
// chooses what the link shows; others wait for them.
func (s *Server) linkShow(c echo.Context) error {
	v, err := s.courseVisitor(c, c.Param("course"))
	if err != nil {
		return err
	}
	link, err := s.link(c, v)
	if err != nil {
		return err
	}
	if link.EntryID != nil {
		return seeOther(c, entryPath(*link.EntryID))
	}
	if v.may(media.ActionCreate) != nil {
		return s.render(c, http.StatusOK, &views.LinkNotSetUp{Base: s.base(c, v), Course: v.Course.Title})
	}
	page := &views.LinkChoose{Form: freshFields(link.Title, s.Now())}
	if err := s.fillCopied(c, v, link, page); err != nil {
		return err
	}
	return s.chooseRoom(c, v, http.StatusOK, page)
}

func (s *Server) link(c echo.Context, v *visitor) (media.Link, error) {
	return s.Media.LinkByID(c.Request().Context(), v.Course.TenantID, v.Course.ID, c.Param("link"))
}

// chooseRoom renders the page Choose or create.
func (s *Server) chooseRoom(c echo.Context, v *visitor, status int, page *views.LinkChoose) error {
	ctx := c.Request().Context()
	entries, err := s.Media.Entries(ctx, v.Course.TenantID, v.Course.ID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		page.Rooms = append(page.Rooms, views.EntryRow{Entry: s.entryView(e, v.Course.Title)})
	}
	notice := page.Notice
	page.Base, page.Course = s.base(c, v), v.Course.Title
	page.Notice = notice
	page.Action = coursePath(v.Course.ID) + "/links/" + c.Param("link")
	page.MayPublish = v.Permission.May(media.ActionPublish)
	if mistake := page.Errors["entry"]; mistake != "" && len(page.Rooms) == 0 {
		page.Notice = views.Notice{Key: mistake, Tone: "danger"} // there is no list to stand at
	}
	return s.render(c, status, page)
}

// linkSetUp answers POST /c/{course}/links/{link}: the form of a new room, or
// the id of one of this course. Of two people at once one wins, and the other
// comes to that room too.
func (s *Server) linkSetUp(c echo.Context) error {
	v, err := s.creator(c)
	if err != nil {
		return err
	}
	link, err := s.link(c, v)
	if err != nil {
		return err
	}
	if c.FormValue("create") == "" {
		return s.linkChoose(c, v, link)
	}
	fields := readEntryFields(c)
	draft, mistakes := s.validNew(v, fields)
	if len(mistakes) > 0 {
		return s.chooseRoom(c, v, http.StatusUnprocessableEntity, &views.LinkChoose{Form: fields, Errors: mistakes})
	}
	entry, made, err := s.Media.CreateForLink(c.Request().Context(), link, v.Identity.PersonID, draft)
	if err != nil {
		return err
	}
	return seeOther(c, linkedPath(entry.ID, made))
}

// linkChoose lets the link show a room that the course has already.
func (s *Server) linkChoose(c echo.Context, v *visitor, link media.Link) error {
	mistake, chosen := "link.error.entry_required", c.FormValue("entry")
	if chosen != "" {
		entry, err := s.Media.BindLink(c.Request().Context(), link, chosen)
		if err == nil {
			return seeOther(c, linkedPath(entry.ID, entry.ID == chosen))
		}
		if !errors.Is(err, media.ErrNotFound) {
			return err
		}
		mistake = "link.error.entry_gone"
	}
	page := &views.LinkChoose{Form: freshFields(link.Title, s.Now()), Errors: views.Errors{"entry": mistake}}
	return s.chooseRoom(c, v, http.StatusUnprocessableEntity, page)
}

// linkedPath leads to the room that a link shows now, and says so if it is
// somebody else's choice.
func linkedPath(entryID string, own bool) string {
	if own {
		return entryPath(entryID)
	}
	return entryPath(entryID) + "?notice=link_taken"
}
