package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
	"usher/secret"
)

// kinds are all who may call a route, right or wrong.
var kinds = []string{
	"nobody", "student", "ta", "teacher", "teacher of another course", "same ids on another platform",
	"guest", "guest of another room", "revoked guest", "second identity in one browser",
	"administrator of the LMS", "administrator of the console",
}

// answers are the statuses of one route by kind of person; a kind that is
// absent gets what strangers get: 404 with a session, 401 without.
type answers map[string]int

const (
	fine = http.StatusOK
	goes = http.StatusSeeOther
	done = http.StatusNoContent
	bad  = http.StatusUnprocessableEntity
	no   = http.StatusForbidden

	nobody = http.StatusUnauthorized
)

func (a answers) of(kind string) int {
	if status, listed := a[kind]; listed {
		return status
	}
	switch kind {
	case "nobody", "administrator of the console":
		return http.StatusUnauthorized
	case "revoked guest":
		return http.StatusGone
	}
	return http.StatusNotFound
}

// members answers a course's people; guests are strangers there.
func members(student, ta, teacher int) answers {
	return answers{"student": student, "ta": ta, "teacher": teacher, "revoked guest": http.StatusNotFound}
}

// own answers the teacher, whose content selection it is.
func own(teacher int) answers {
	return answers{"teacher": teacher, "ta": http.StatusNotFound, "student": http.StatusNotFound, "revoked guest": http.StatusNotFound}
}

// inside answers an entry's people: guests of the entry too.
func inside(student, ta, teacher int) answers {
	return answers{"student": student, "guest": student, "ta": ta, "teacher": teacher}
}

// everybody answers all alike.
func everybody(status int) answers {
	a := answers{}
	for _, kind := range kinds {
		a[kind] = status
	}
	return a
}

// console answers whoever is signed in to the console, and everybody else: the
// administrators of an LMS, too.
func console(others, admin int) answers {
	a := everybody(others)
	a["administrator of the console"] = admin
	return a
}

// tenant answers an administrator of the LMS; whoever else is signed in is
// refused.
func tenant(admin int) answers {
	a := everybody(no)
	a["nobody"], a["administrator of the console"] = http.StatusUnauthorized, http.StatusUnauthorized
	a["administrator of the LMS"] = admin
	return a
}

// step is a route as it is walked: with which form, and who gets what.
type step struct {
	form  url.Values
	want  answers
	query string
}

// walk has a step for every route; the test fails for a route without one.
// Forms are such that the right person is let through.
var walk = map[string]step{
	"GET /c/:course":                 {want: members(fine, fine, fine)},
	"GET /c/:course/entries/new":     {want: members(no, fine, fine)},
	"POST /c/:course/entries":        {form: url.Values{}, want: members(no, bad, bad)},
	"GET /c/:course/links/:link":     {want: members(fine, fine, fine)},
	"POST /c/:course/links/:link":    {form: url.Values{}, want: members(no, bad, bad)},
	"GET /c/:course/pick/:pick":      {want: own(fine)},
	"POST /c/:course/pick/:pick":     {form: url.Values{}, want: own(bad)},
	"GET /c/:course/pick/:pick/new":  {want: own(fine)},
	"POST /c/:course/pick/:pick/new": {form: url.Values{}, want: own(bad)},
	"POST /lti/deep-linking":         {form: url.Values{"code": {"AAAAAAAAAAAAAAAAAAAAAA"}}, want: everybody(http.StatusGone)},
	"GET /c/mine": {want: answers{
		"student": fine, "ta": fine, "teacher": fine, "teacher of another course": fine,
		"same ids on another platform": fine, "second identity in one browser": fine, "revoked guest": http.StatusNotFound, "administrator of the LMS": fine,
	}},

	"GET /t":                                      {want: tenant(goes)},
	"GET /t/settings":                             {want: tenant(fine)},
	"POST /t/settings":                            {form: url.Values{"key": {"invite.enabled"}, "value": {"on"}}, want: tenant(goes)},
	"GET /t/roles":                                {want: tenant(fine)},
	"POST /t/roles":                               {form: url.Values{"role": {"Mentor"}, "worth": {"none"}}, want: tenant(goes)},
	"POST /t/roles/reset":                         {form: url.Values{"role": {"Mentor"}}, want: tenant(goes)},
	"GET /t/roles/try":                            {want: tenant(fine)},
	"POST /t/roles/try":                           {form: url.Values{"claims": {`["Learner"]`}}, want: tenant(fine)},
	"GET /t/launches":                             {want: tenant(fine)},
	"GET /t/launches/:reference":                  {want: tenant(http.StatusNotFound)},
	"GET /admin/launches":                         {want: console(goes, fine)},
	"GET /admin/launches/:reference":              {want: console(goes, http.StatusNotFound)},
	"GET /admin/rules":                            {want: console(goes, fine)},
	"POST /admin/rules":                           {form: url.Values{"key": {"invite.enabled"}, "value": {"on"}}, want: console(http.StatusUnauthorized, goes)},
	"GET /admin/health":                           {want: console(goes, fine)},
	"GET /admin/platforms/:platform/rules":        {want: console(goes, fine)},
	"POST /admin/platforms/:platform/rules":       {form: url.Values{"key": {"invite.enabled"}, "value": {"on"}}, want: console(http.StatusUnauthorized, goes)},
	"GET /admin/platforms/:platform/roles":        {want: console(goes, fine)},
	"POST /admin/platforms/:platform/roles":       {form: url.Values{"role": {"Mentor"}, "worth": {"none"}}, want: console(http.StatusUnauthorized, goes)},
	"POST /admin/platforms/:platform/roles/reset": {form: url.Values{"role": {"Mentor"}}, want: console(http.StatusUnauthorized, goes)},
	"GET /admin/platforms/:platform/roles/try":    {want: console(goes, fine)},
	"POST /admin/platforms/:platform/roles/try":   {form: url.Values{"claims": {`["Learner"]`}}, want: console(http.StatusUnauthorized, fine)},

	"GET /e/:entry":          {want: inside(fine, fine, fine)},
	"GET /e/:entry/edit":     {want: inside(no, fine, fine)},
	"POST /e/:entry/edit":    {form: url.Values{}, want: inside(no, bad, bad)},
	"POST /e/:entry/open":    {form: url.Values{}, want: inside(no, goes, goes)},
	"POST /e/:entry/end":     {form: url.Values{}, want: inside(no, goes, goes)},
	"POST /e/:entry/publish": {form: url.Values{"published": {"1"}}, want: inside(no, no, goes)},
	"POST /e/:entry/delete":  {form: url.Values{}, want: inside(no, no, goes)},
	"POST /e/:entry/restore": {form: url.Values{}, want: inside(no, no, goes)},

	"GET /e/:entry/invitations":                     {want: inside(no, fine, fine)},
	"GET /e/:entry/invitations/new":                 {want: inside(no, fine, fine)},
	"POST /e/:entry/invitations":                    {form: url.Values{}, want: inside(no, bad, bad)},
	"GET /e/:entry/invitations/suggest":             {want: inside(no, fine, fine)},
	"GET /e/:entry/invitations/:invitation":         {want: inside(no, fine, fine)},
	"POST /e/:entry/invitations/:invitation/revoke": {form: url.Values{}, want: inside(no, goes, goes)},
	"POST /e/:entry/invitations/:invitation/accept": {form: url.Values{}, want: answers{"guest": no}},
	"POST /e/:entry/live/token":                     {form: url.Values{}, want: inside(fine, fine, fine)},
	"GET /e/:entry/live/events":                     {want: inside(fine, fine, fine), query: "?after=0"},
	"GET /e/:entry/live/people":                     {want: inside(fine, fine, fine)},
	"POST /e/:entry/live/messages":                  {form: url.Values{"text": {"hello"}, "id": {"m1"}}, want: inside(goes, goes, goes)},
	"POST /e/:entry/live/people/:attendee/role":     {form: url.Values{"role": {"speaker"}}, want: inside(no, goes, goes)},
	"POST /e/:entry/live/people/:attendee/remove":   {form: url.Values{}, want: inside(no, goes, goes)},
	"POST /e/:entry/leave":                          {form: url.Values{}, want: answers{"guest": goes, "student": no, "ta": no, "teacher": no}},

	"POST /e/:entry/window": {form: url.Values{}, want: answers{"student": fine, "ta": fine, "teacher": fine, "guest": no}},
	"POST /window":          {form: url.Values{"code": {"AAAAAAAAAAAAAAAAAAAAAA"}}, want: everybody(http.StatusUnauthorized)},

	"GET /i/:token":              {want: everybody(http.StatusNotFound)},
	"HEAD /i/:token":             {want: everybody(http.StatusNotFound)},
	"POST /i/:token":             {form: url.Values{}, want: everybody(http.StatusNotFound)},
	"GET /i/:token/calendar.ics": {want: everybody(http.StatusNotFound)},
	"POST /i/:token/opened":      {form: url.Values{}, want: everybody(done)},

	"GET /lti/login":              {want: everybody(http.StatusBadRequest)},
	"POST /lti/login":             {form: url.Values{}, want: everybody(http.StatusBadRequest)},
	"POST /lti/launch":            {form: url.Values{}, want: everybody(http.StatusBadRequest)},
	"POST /lti/launch/proof":      {form: url.Values{}, want: everybody(http.StatusBadRequest)},
	"GET /lti/failure/:reference": {want: everybody(http.StatusForbidden)},
	"GET /lti/jwks":               {want: everybody(fine)},
	"GET /.well-known/jwks.json":  {want: everybody(fine)},
	"GET /lti/register":           {want: everybody(http.StatusNotFound)},
	"POST /lti/register":          {form: url.Values{}, want: everybody(http.StatusNotFound)},
	"GET /lti/canvas.json":        {want: everybody(fine)},
	"GET /lti/config.json":        {want: everybody(fine)},
	"GET /lti/icon.svg":           {want: everybody(fine)},
	"GET /healthz":                {want: everybody(fine)},
	"GET /readyz":                 {want: everybody(fine)},
	"GET /assets/*":               {want: everybody(http.StatusNotFound)},
	"HEAD /assets/*":              {want: everybody(http.StatusNotFound)},
	"GET /":                       {want: everybody(fine)},
	"GET /privacy":                {want: everybody(fine)},
	"GET /help":                   {want: everybody(fine)},
	"GET /left":                   {want: everybody(fine)},
	"GET /robots.txt":             {want: everybody(fine)},
	"GET /admin/login":            {want: console(fine, goes)},
	"POST /admin/login":           {form: url.Values{}, want: everybody(bad)},
	"GET /admin":                  {want: console(goes, goes)},
	"POST /admin/logout":          {form: url.Values{}, want: console(nobody, goes)},
	"GET /admin/platforms":        {want: console(goes, fine)},

	"GET /admin/platforms/new":                           {want: console(goes, fine)},
	"GET /admin/platforms/new/dynamic":                   {want: console(goes, fine)},
	"POST /admin/platforms/new/dynamic":                  {form: url.Values{}, want: console(nobody, bad)},
	"POST /admin/links/:link/revoke":                     {form: url.Values{}, want: console(nobody, http.StatusNotFound)},
	"POST /admin/platforms/:platform/approve":            {form: url.Values{}, want: console(nobody, goes)},
	"POST /admin/platforms/:platform/update":             {form: url.Values{}, want: console(nobody, goes)},
	"GET /admin/platforms/new/:way":                      {want: console(goes, fine)},
	"POST /admin/platforms/new/:way":                     {form: url.Values{}, want: console(nobody, bad)},
	"GET /admin/platforms/:platform":                     {want: console(goes, fine)},
	"GET /admin/platforms/:platform/edit":                {want: console(goes, fine)},
	"POST /admin/platforms/:platform/edit":               {form: url.Values{}, want: console(nobody, bad)},
	"POST /admin/platforms/:platform/check":              {form: url.Values{}, want: console(nobody, fine)},
	"POST /admin/platforms/:platform/disable":            {form: url.Values{}, want: console(nobody, goes)},
	"POST /admin/platforms/:platform/enable":             {form: url.Values{}, want: console(nobody, goes)},
	"GET /admin/platforms/:platform/remove":              {want: console(goes, fine)},
	"POST /admin/platforms/:platform/remove":             {form: url.Values{}, want: console(nobody, bad)},
	"POST /admin/platforms/:platform/deployments/allow":  {form: url.Values{"deployment_id": {"9"}}, want: console(nobody, goes)},
	"POST /admin/platforms/:platform/deployments/remove": {form: url.Values{"deployment_id": {"9"}}, want: console(nobody, goes)},
	"POST /admin/platforms/:platform/trust":              {form: url.Values{"trust": {"0"}}, want: console(nobody, goes)},
	"GET /admin/keys":                                    {want: console(goes, fine)},
	"POST /admin/keys/rotate":                            {form: url.Values{}, want: console(nobody, goes)},
	"GET /admin/account":                                 {want: console(goes, fine)},
	"POST /admin/account/password":                       {form: url.Values{}, want: console(nobody, bad)},
	"POST /admin/account/sessions/:session/end":          {form: url.Values{}, want: console(nobody, goes)},

	"POST /language": {form: url.Values{"lang": {"ar"}}, want: everybody(goes)},
}

// lmsAdministrator are the highest roles that a platform knows.
var lmsAdministrator = []string{
	"http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
	"http://purl.imsglobal.org/vocab/lis/v2/system/person#SysAdmin",
	"http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
	"http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator",
}

// walkers makes each kind of person around a fresh entry with an invitation
// and an attendee, which fill the patterns.
func (c *classroom) walkers(t *testing.T) (people map[string]*housetest.Browser, path func(pattern string) string) {
	t.Helper()
	entry, other := c.create(t, roomForm("Walked")), c.create(t, roomForm("Another"))
	guest, invitation := c.guest(t, entry, "guest@else.example", "viewer")
	outside, _ := c.guest(t, other, "guest@else.example", "viewer")
	revoked, withdrawn := c.guest(t, entry, "revoked@else.example", "speaker")
	wantStatus(t, "revoke", c.teacher.Post(withdrawn+"/revoke", url.Values{}), http.StatusSeeOther)
	elsewhere := ltitest.With(lti.ClaimContext, map[string]any{"id": "course-2", "title": "Physics"})
	shared := c.Browser().Launch("teacher")
	c.Clock.Add(time.Second)
	people = map[string]*housetest.Browser{
		"nobody": c.Browser(), "student": c.student, "ta": c.ta, "teacher": c.teacher,
		"teacher of another course":      c.Browser().Launch("teacher", elsewhere),
		"same ids on another platform":   c.Browser().LaunchFrom(c.Other, "teacher"),
		"guest":                          guest,
		"guest of another room":          outside,
		"revoked guest":                  revoked,
		"second identity in one browser": shared.Launch("student2", elsewhere),
		"administrator of the LMS":       c.Browser().Launch("admin", elsewhere, ltitest.With(lti.ClaimRoles, lmsAdministrator)),
		"administrator of the console":   c.Browser().SignIn(),
	}
	fill := strings.NewReplacer(
		":course", strings.TrimPrefix(c.course, "/c/"), ":link", c.link[strings.LastIndex(c.link, "/")+1:],
		":entry", strings.TrimPrefix(entry, "/e/"), ":invitation", invitation[strings.LastIndex(invitation, "/")+1:],
		":pick", c.selection(t),
		":platform", c.platformID(t), ":way", "hand", ":session", "AAAAAAAAAAAAAAAAAAAAAA",
		":attendee", c.attendee(t, entry, guest), ":token", "AAAAAAAAAAAAAAAAAAAAAA", ":reference", "AAAA-AAAA", "*", "none.js",
	)
	return people, fill.Replace
}

func TestEveryRouteRefusesEveryWrongPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		people, path := c.walkers(t)
		for _, route := range c.Site.Site.Routes() {
			method, pattern, _ := strings.Cut(route, " ")
			s, known := walk[route]
			if pattern == "/live/*" {
				continue // the connection: the next test
			}
			if !known {
				t.Errorf("%s has no step in the walk", route)
				continue
			}
			for _, kind := range kinds {
				want := s.want.of(kind)
				if wrong := want >= http.StatusBadRequest; !wrong && method == http.MethodPost {
					continue // what the right person may do is done in the second walk
				}
				if page := send(people[kind], method, path(pattern)+s.query, s.form); page.Status != want {
					t.Errorf("%s as %s: status %d, want %d", route, kind, page.Status, want)
				}
			}
		}
	})
}

func TestEveryActIsOpenToTheRightPerson(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	for route, s := range walk {
		method, pattern, _ := strings.Cut(route, " ")
		for _, kind := range kinds {
			want := s.want.of(kind)
			if method != http.MethodPost || want >= http.StatusBadRequest {
				continue
			}
			people, path := c.walkers(t) // acts change what they act on
			if page := send(people[kind], method, path(pattern)+s.query, s.form); page.Status != want {
				t.Errorf("%s as %s: status %d, want %d", route, kind, page.Status, want)
			}
		}
	}
	if log := c.Log.String(); strings.Contains(log, `"msg":"panic"`) {
		t.Error("the log has a panic")
	}
}

func TestConnectionIsRefusedToOtherOriginsAndWithoutToken(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	for _, path := range []string{"/live/websocket", "/live/stream", "/live/emulation"} {
		for _, b := range []*housetest.Browser{c.Browser(), c.teacher} {
			b.Headers.Set("Origin", "https://evil.example")
			wantStatus(t, path+" from another origin", b.Get(path), http.StatusForbidden)
			b.Headers.Del("Origin")
		}
	}
}

// platformID is the id of a platform that nobody in the walk comes from.
func (c *classroom) platformID(t *testing.T) string {
	t.Helper()
	id := secret.NewID()
	p, err := c.LTI.AddPlatform(t.Context(), lti.Platform{
		Name: "Walked " + id, Issuer: "https://" + id + ".example", ClientID: "c", AuthURL: "https://lms.example/auth",
		TokenURL: "https://lms.example/token", JWKSURL: c.Platform.URL("/jwks"),
	})
	if err != nil {
		t.Fatalf("add a platform: %v", err)
	}
	return p.ID
}

func send(b *housetest.Browser, method, path string, form url.Values) housetest.Page {
	switch method {
	case http.MethodPost:
		return b.Post(path, form)
	case http.MethodHead:
		return b.Head(path)
	}
	return b.Get(path)
}

// attendee is the id of a person's place in the room.
func (c *classroom) attendee(t *testing.T, entry string, b *housetest.Browser) string {
	t.Helper()
	b.Headers.Set("Accept", "application/json")
	defer b.Headers.Del("Accept")
	page := b.Post(entry+"/live/token", url.Values{})
	var answer struct{ Attendee string }
	if page.Status != http.StatusOK || json.Unmarshal([]byte(page.Body), &answer) != nil {
		t.Fatalf("take a seat: status %d, %s", page.Status, page.Body)
	}
	return answer.Attendee
}
