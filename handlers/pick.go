package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/media"
	"usher/session"
	"usher/views"
)

// mountPick registers the content picker, to which a content selection leads.
//
//	launch ─ /c/{course}/pick/{pick} ─ choice ─┬─ own page ──────────────┐
//	                                           └─ frame: code ─ /lti/deep-linking
//	                                                                     ▼
//	                                             form with the answer ─ platform
//
// The document of a frame lives through all its pages and may send forms to
// this site only; so the answer stands in a document of its own, which may send
// one to the platform.
func (s *Server) mountPick(e *echo.Echo) {
	e.GET("/c/:course/pick/:pick", s.pickShow)
	e.POST("/c/:course/pick/:pick", s.pickChoose)
	e.GET("/c/:course/pick/:pick/new", s.pickNew)
	e.POST("/c/:course/pick/:pick/new", s.pickCreate)
	e.POST("/lti/deep-linking", s.pickDeliver)
}

// mostPicked bounds the links of one answer: more is a mistake, and platforms
// bound the answer's size.
const mostPicked = 50

// codeDeepLink is the purpose of the code by which a framed page passes a choice
// on to the document that answers.
const codeDeepLink = "deep_link"

// picker is a visitor at their own content selection.
type picker struct {
	*visitor
	selection lti.DeepLink
	path      string
}

// picker authorises a member for a content selection that they began in this
// course; anybody else's is not there. What cannot be chosen in any more is
// answered by [Server.pickOver].
func (s *Server) picker(c echo.Context) (*picker, error) {
	v, err := s.courseVisitor(c, c.Param("course"))
	if err != nil {
		return nil, err
	}
	d, err := s.LTI.DeepLink(c.Request().Context(), v.Course.TenantID, c.Param("pick"))
	if errors.Is(err, lti.ErrNoDeepLink) || err == nil && (d.CourseID != v.Course.ID || d.PersonID != v.Identity.PersonID) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	return &picker{visitor: v, selection: d, path: coursePath(v.Course.ID) + "/pick/" + d.ID}, nil
}

// pickOver answers whatever is asked of a selection in which nothing can be
// chosen: it is over, chosen already, of somebody who may not create, or of a
// platform that takes no links here. done is false where one can choose.
func (s *Server) pickOver(c echo.Context, p *picker) (done bool, err error) {
	switch {
	case p.selection.Over:
		return true, s.pickMessage(c, p, http.StatusGone, "over")
	case p.selection.Choice != nil && c.Request().Method == http.MethodGet:
		return true, s.passOn(c, p)
	case p.selection.Choice != nil:
		return true, seeOther(c, p.path)
	case p.may(media.ActionCreate) != nil:
		return true, s.pickMessage(c, p, http.StatusForbidden, "denied")
	case !p.selection.Settings.Links && c.Request().Method == http.MethodGet:
		return true, s.pickMessage(c, p, http.StatusOK, "unaccepted")
	case !p.selection.Settings.Links:
		return true, s.pickMessage(c, p, http.StatusUnprocessableEntity, "unaccepted")
	}
	return false, nil
}

func (s *Server) pickMessage(c echo.Context, p *picker, status int, kind string) error {
	page := &views.PickMessage{Base: s.base(c, p.visitor), Kind: kind, Action: p.path}
	if kind == "over" {
		page.Action = ""
	}
	return s.render(c, status, page)
}

// pickShow answers GET /c/{course}/pick/{pick}: the course's rooms to choose
// from, with those chosen that the address names.
func (s *Server) pickShow(c echo.Context) error {
	p, err := s.picker(c)
	if err != nil {
		return err
	}
	if done, err := s.pickOver(c, p); done {
		return err
	}
	if c.QueryParam("left") != "" {
		return s.pickMessage(c, p, http.StatusOK, "nothing")
	}
	return s.pickList(c, p, http.StatusOK, pickForm{chosen: c.QueryParams()["chosen"]})
}

// pickForm is what somebody did in the picker.
type pickForm struct {
	chosen  []string
	query   string
	mistake string
}

func (s *Server) pickList(c echo.Context, p *picker, status int, f pickForm) error {
	ctx := c.Request().Context()
	entries, err := s.Media.Entries(ctx, p.Course.TenantID, p.Course.ID)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e media.Entry) bool {
		return !p.Permission.SeesUnpublished() && !e.Published || !slices.Contains(f.chosen, e.ID) && !titled(e, f.query)
	})
	rows, err := s.entryRows(ctx, p.visitor, entries)
	if err != nil {
		return err
	}
	page := &views.Pick{
		Base: s.base(c, p.visitor), Course: p.Course.Title, Action: p.path,
		Multiple: p.selection.Settings.Multiple, Query: f.query,
	}
	for _, row := range rows {
		page.Rooms = append(page.Rooms, views.PickRow{EntryRow: row, Chosen: slices.Contains(f.chosen, row.ID)})
	}
	if f.mistake != "" {
		page.Errors = views.Errors{"entry": f.mistake}
		if len(rows) == 0 && f.query == "" {
			page.Notice = views.Notice{Key: f.mistake, Tone: "danger"} // there is no list to stand at
		}
	}
	return s.render(c, status, page)
}

// titled says whether an entry's title has all words of a query.
func titled(e media.Entry, query string) bool {
	title := strings.ToLower(e.Title)
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(title, word) {
			return false
		}
	}
	return true
}

// pickChoose answers POST /c/{course}/pick/{pick}.
func (s *Server) pickChoose(c echo.Context) error {
	p, err := s.picker(c)
	if err != nil {
		return err
	}
	if err := s.current(c, p.visitor); err != nil {
		return err
	}
	over := p.selection.Over || p.selection.Choice != nil
	if c.FormValue("leave") != "" && !over {
		return s.choose(c, p, nil) // also of those who may not create: the way back
	}
	if done, err := s.pickOver(c, p); done {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	f := pickForm{chosen: form["entry"], query: form.Get("q")}
	switch {
	case form.Get("cancel") != "" && p.selection.Settings.ShowsMessage:
		return s.choose(c, p, nil)
	case form.Get("cancel") != "":
		return seeOther(c, p.path+"?left=1")
	case form.Get("create") != "":
		return seeOther(c, p.path+"/new"+chosenQuery(f.chosen))
	case form.Get("search") != "":
		return s.pickList(c, p, http.StatusOK, f)
	}
	items, mistake, err := s.picked(c, p, f.chosen)
	if err != nil {
		return err
	}
	if mistake != "" {
		f.mistake = mistake
		return s.pickList(c, p, http.StatusUnprocessableEntity, f)
	}
	return s.choose(c, p, items)
}

// picked are the links to the rooms that were chosen, or the mistake in the
// choice: rooms are of this very course, and as many as the LMS takes.
func (s *Server) picked(c echo.Context, p *picker, chosen []string) (items []lti.ContentItem, mistake string, err error) {
	switch {
	case len(chosen) == 0:
		return nil, "pick.error.none", nil
	case len(chosen) > mostPicked:
		return nil, "pick.error.most", nil
	case len(chosen) > 1 && !p.selection.Settings.Multiple:
		return nil, "pick.error.many", nil
	}
	entries, err := s.Media.Entries(c.Request().Context(), p.Course.TenantID, p.Course.ID)
	if err != nil {
		return nil, "", err
	}
	for _, e := range entries {
		if slices.Contains(chosen, e.ID) {
			items = append(items, lti.ContentItem{EntryID: e.ID, Title: e.Title})
		}
	}
	slices.Sort(chosen)
	if len(items) != len(slices.Compact(chosen)) {
		return nil, "pick.error.gone", nil
	}
	return items, "", nil
}

// choose keeps the choice, and answers the platform: at once from a page of its
// own, from a frame by way of a document that may.
func (s *Server) choose(c echo.Context, p *picker, items []lti.ContentItem) error {
	lang := s.base(c, p.visitor).Lang
	choice := lti.DeepLinkChoice{Items: items, Message: s.Views.Text(lang, "pick.message_none")}
	if len(items) > 0 {
		choice.Message = s.Views.Text(lang, "pick.message", "Count", len(items))
	}
	err := s.LTI.ChooseDeepLink(c.Request().Context(), p.selection, choice)
	if errors.Is(err, lti.ErrDeepLinkOver) {
		return seeOther(c, p.path) // by another of this person's windows
	}
	if err != nil {
		return err
	}
	if p.Identity.Carrier == session.Bearer {
		return seeOther(c, p.path)
	}
	return s.deliver(c, p.selection.TenantID, p.selection.ID)
}

// passOn renders the form that passes a choice on to /lti/deep-linking.
func (s *Server) passOn(c echo.Context, p *picker) error {
	code, err := s.Sessions.Code(c.Request().Context(), p.Identity.SessionID, codeDeepLink, p.selection.TenantID+" "+p.selection.ID)
	if err != nil {
		return fmt.Errorf("make code: %w", err)
	}
	return s.render(c, http.StatusOK, &views.PickSend{
		Base: s.base(c, p.visitor), Action: "/lti/deep-linking", Name: "code", Value: code, Count: len(p.selection.Choice.Items),
	})
}

// pickDeliver answers POST /lti/deep-linking. Who brings the code was let in
// when it was made; it works once and for a minute.
func (s *Server) pickDeliver(c echo.Context) error {
	s.framedByAny(c)
	_, target, err := s.Sessions.Redeem(c.Request().Context(), c.FormValue("code"), codeDeepLink)
	if errors.Is(err, session.ErrCode) {
		return s.render(c, http.StatusGone, &views.PickMessage{Kind: "over"})
	}
	if err != nil {
		return err
	}
	tenantID, id, _ := strings.Cut(target, " ")
	return s.deliver(c, tenantID, id)
}

// deliver renders the form that takes the answer to the platform (C-40). Its
// address was kept since the launch (C-48), and this document's forms go there
// only.
func (s *Server) deliver(c echo.Context, tenantID, id string) error {
	answer, err := s.LTI.AnswerDeepLink(c.Request().Context(), tenantID, id)
	switch {
	case errors.Is(err, lti.ErrDeepLinkOver), errors.Is(err, lti.ErrNoDeepLink):
		return s.render(c, http.StatusGone, &views.PickMessage{Kind: "over"})
	case lti.CodeOf(err) == lti.CodePlatformDisabled:
		return s.render(c, http.StatusForbidden, &views.PickMessage{Kind: "closed"})
	case err != nil:
		return err
	}
	submitsTo(c, answer.Origin)
	if session.Framed(c.Request()) {
		framedByOrigins(c, answer.FrameOrigins)
	}
	return s.render(c, http.StatusOK, &views.PickSend{
		Base:   views.Base{Lang: views.RequestLanguage(c.Request(), answer.Locale)},
		Action: answer.ReturnURL, Name: "JWT", Value: answer.JWT, Count: answer.Count,
	})
}

// pickNew answers GET /c/{course}/pick/{pick}/new: the form of a new room, which
// keeps what is chosen already.
func (s *Server) pickNew(c echo.Context) error {
	p, err := s.picker(c)
	if err != nil {
		return err
	}
	if done, err := s.pickOver(c, p); done {
		return err
	}
	return s.render(c, http.StatusOK, s.pickNewForm(c, p, freshFields("", s.Now()), nil))
}

func (s *Server) pickNewForm(c echo.Context, p *picker, f views.EntryFields, mistakes views.Errors) *views.EntryForm {
	form, kept := s.newForm(c, p.visitor, f, mistakes), chosenQuery(c.QueryParams()["chosen"])
	form.Action, form.CancelURL = p.path+"/new"+kept, p.path+kept
	form.Crumb = views.Crumb{}
	return form
}

// pickCreate answers POST /c/{course}/pick/{pick}/new. The new room is chosen,
// and alone where the LMS takes one link.
func (s *Server) pickCreate(c echo.Context) error {
	p, err := s.picker(c)
	if err != nil {
		return err
	}
	if err := s.current(c, p.visitor); err != nil {
		return err
	}
	if done, err := s.pickOver(c, p); done {
		return err
	}
	fields := readEntryFields(c)
	draft, mistakes := s.validNew(p.visitor, fields)
	if len(mistakes) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, s.pickNewForm(c, p, fields, mistakes))
	}
	entry, err := s.Media.Create(c.Request().Context(), p.Course.TenantID, p.Course.ID, p.Identity.PersonID, draft)
	if err != nil {
		return err
	}
	chosen := []string{entry.ID}
	if p.selection.Settings.Multiple {
		chosen = append(chosen, c.QueryParams()["chosen"]...)
	}
	return seeOther(c, p.path+chosenQuery(chosen))
}

// chosenQuery carries what is chosen from page to page.
func chosenQuery(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return "?" + url.Values{"chosen": ids[:min(len(ids), mostPicked)]}.Encode()
}
