package handlers_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

// pick begins a content selection and returns the picker's path.
func pick(b *housetest.Browser, hint string, changes ...ltitest.Change) string {
	return b.Launch(hint, append([]ltitest.Change{ltitest.DeepLinking()}, changes...)...).Path
}

// selection is the id of a fresh content selection of the teacher.
func (c *classroom) selection(t *testing.T) string {
	t.Helper()
	path := pick(c.Browser(), "teacher")
	return path[strings.LastIndex(path, "/")+1:]
}

func setting(name string, value any) ltitest.Change {
	return ltitest.Settings(map[string]any{name: value})
}

func entryID(path string) string { return strings.TrimPrefix(path, "/e/") }

var deliverForm = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)" name="deliver" data-turbo="false">\s*<input type="hidden" name="([^"]+)" value="([^"]+)">`)

// passedOn reads the form that a page submits by itself.
func passedOn(t *testing.T, page housetest.Page) (action, name, value string) {
	t.Helper()
	m := deliverForm.FindStringSubmatch(page.Body)
	if m == nil {
		_, main, _ := strings.Cut(page.Body, "<main")
		t.Fatalf("no form passes anything on: status %d to %q\n%s", page.Status, page.Location, main)
	}
	return html.UnescapeString(m[1]), m[2], html.UnescapeString(m[3])
}

// answered reads the answer that a page takes to the platform.
func (c *classroom) answered(t *testing.T, page housetest.Page) map[string]any {
	t.Helper()
	wantStatus(t, "answer", page, http.StatusOK)
	action, name, value := passedOn(t, page)
	if action != ltitest.DeepLinkReturn || name != "JWT" {
		t.Errorf("C-40, C-48: the form posts %s to %s, want JWT to %s", name, action, ltitest.DeepLinkReturn)
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action https://campus.example;") {
		t.Errorf("the page's forms may go elsewhere: %s", policy)
	}
	return c.Platform.DeepLinkingResponse(value)
}

const dl = "https://purl.imsglobal.org/spec/lti-dl/claim/"

// items are title and entry of each link of an answer.
func items(t *testing.T, claims map[string]any) (list [][2]string) {
	t.Helper()
	all, ok := claims[dl+"content_items"].([]any)
	if !ok {
		t.Fatalf("content_items = %v, want a list", claims[dl+"content_items"])
	}
	for _, each := range all {
		item, _ := each.(map[string]any)
		custom, _ := item["custom"].(map[string]any)
		title, _ := item["title"].(string)
		entry, _ := custom["usher_entry"].(string)
		list = append(list, [2]string{title, entry})
	}
	return list
}

// C-39, C-40, C-43: in a window of its own.
func TestTeacherPicksSeveralRooms(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		lab, talk := c.create(t, roomForm("Open <lab>")), c.create(t, roomForm("Talk"))
		c.create(t, roomForm("Not this one"))
		teacher := c.Browser()
		path := pick(teacher, "teacher")
		page := teacher.Get(path)
		wantText(t, "picker", page, "Add to Economics 101", "Open &lt;lab&gt;", "Talk", `type="checkbox"`, `data-page="picker"`, `data-permission="co-owner"`, `data-turbo="false"`)
		if page.Header.Get("Cross-Origin-Opener-Policy") != "" {
			t.Error("the picker cuts the way to the window that opened it")
		}
		answer := teacher.Post(path, url.Values{"entry": {entryID(talk), entryID(lab)}, "deep_link_return_url": {"https://evil.example/"}})
		claims := c.answered(t, answer)
		if got := items(t, claims); len(got) != 2 || got[0] != [2]string{"Open <lab>", entryID(lab)} || got[1] != [2]string{"Talk", entryID(talk)} {
			t.Errorf("items = %v", got)
		}
		if claims[dl+"data"] != ltitest.DeepLinkData || claims[dl+"msg"] != "2 links added" || claims["sub"] != c.Platform.ClientID {
			t.Errorf("claims = %v", claims)
		}
		wantStatus(t, "picker afterwards", teacher.Get(path), http.StatusGone)
		wantText(t, "picker afterwards", teacher.Get(path), "This selection is over")
		wantStatus(t, "a second answer", teacher.Post(path, url.Values{"entry": {entryID(lab)}}), http.StatusGone)
		if log := c.Log.String(); strings.Contains(log, "eyJ") || strings.Contains(log, "909708") {
			t.Error("the log has the answer or its data")
		}
	})
}

// C-40: in a frame, where the answer needs a document of its own.
func TestTeacherPicksInAFrame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		lab := c.create(t, roomForm("Open lab"))
		framed := c.Browser().LaunchInFrame("teacher", ltitest.DeepLinking())
		wantNoText(t, "picker", framed.Get(framed.Path), `data-turbo="false"`)
		went := framed.Post(framed.Path, url.Values{"entry": {entryID(lab)}})
		if went.Status != http.StatusSeeOther || went.Location != framed.Path {
			t.Fatalf("choice: status %d to %q", went.Status, went.Location)
		}
		page := framed.Get(framed.Path)
		action, name, code := passedOn(t, page)
		if action != "/lti/deep-linking" || name != "code" || strings.Contains(page.Header.Get("Content-Security-Policy"), "campus.example;") {
			t.Errorf("the frame's page posts %s to %s", name, action)
		}
		wantStatus(t, "another choice", framed.Post(framed.Path, url.Values{"cancel": {"1"}}), http.StatusSeeOther)
		// A submission by the page's script: a document in a frame, without bearer.
		document := c.Browser()
		document.Headers.Set("Sec-Fetch-Dest", "iframe")
		answer := document.Post(action, url.Values{name: {code}})
		if got := items(t, c.answered(t, answer)); len(got) != 1 || got[0][1] != entryID(lab) {
			t.Errorf("items = %v", got)
		}
		if _, ancestors, _ := strings.Cut(answer.Header.Get("Content-Security-Policy"), "frame-ancestors "); !strings.Contains(ancestors, c.Platform.URL("")) {
			t.Errorf("the answer may be framed by %s", ancestors)
		}
		wantStatus(t, "the code again", document.Post(action, url.Values{name: {code}}), http.StatusGone)
		wantStatus(t, "picker afterwards", framed.Get(framed.Path), http.StatusGone)
		wantStatus(t, "another site's page", document.CrossSite(http.MethodPost, action, url.Values{name: {code}}), http.StatusForbidden)
	})
}

// C-44: no more than is accepted.
func TestPickerOffersWhatIsAccepted(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	lab, talk := entryID(c.create(t, roomForm("Open lab"))), entryID(c.create(t, roomForm("Talk")))
	teacher := c.Browser()
	path := pick(teacher, "teacher", setting("accept_multiple", false))
	wantText(t, "one link", teacher.Get(path), `type="radio"`, "takes one link at a time")
	wantNoText(t, "one link", teacher.Get(path), `type="checkbox"`)
	two := teacher.Post(path, url.Values{"entry": {lab, talk}})
	wantStatus(t, "two links", two, http.StatusUnprocessableEntity)
	wantText(t, "two links", two, "Choose one room", "checked")
	if got := items(t, c.answered(t, teacher.Post(path, url.Values{"entry": {talk}}))); len(got) != 1 {
		t.Errorf("items = %v, want one", got)
	}
	path = pick(teacher, "teacher", setting("accept_types", []string{"file", "html"}))
	page := teacher.Get(path)
	wantText(t, "no links", page, "Your LMS takes no links to rooms here", "Back to your LMS")
	wantNoText(t, "no links", page, "Open lab")
	wantStatus(t, "a link all the same", teacher.Post(path, url.Values{"entry": {lab}}), http.StatusUnprocessableEntity)
	if got := items(t, c.answered(t, teacher.Post(path, url.Values{"leave": {"1"}}))); len(got) != 0 {
		t.Errorf("items = %v, want none", got)
	}
}

// C-45: the way back says that nothing was added, where the LMS does not.
func TestCancellingIsNoDeadEnd(t *testing.T) {
	t.Parallel()
	for _, family := range []string{"canvas", "moodle"} {
		db := dbtest.OpenSQLite(t)
		c := newClassroom(t, db)
		if _, err := database.Exec(t.Context(), db, `UPDATE platforms SET product_family = ?`, family); err != nil {
			t.Fatal(err)
		}
		teacher := c.Browser()
		path := pick(teacher, "teacher")
		answer := teacher.Post(path, url.Values{"cancel": {"1"}})
		if family == "moodle" {
			if answer.Status != http.StatusSeeOther {
				t.Fatalf("cancel: status %d", answer.Status)
			}
			page := teacher.Get(answer.Location)
			wantText(t, "cancelled", page, "Nothing was added", "does not say so itself", `name="leave"`)
			wantStatus(t, "changed their mind", teacher.Get(path), http.StatusOK)
			answer = teacher.Post(path, url.Values{"leave": {"1"}})
		}
		claims := c.answered(t, answer)
		if got := items(t, claims); len(got) != 0 || claims[dl+"msg"] != "Nothing was added." {
			t.Errorf("%s: items = %v, msg %v", family, got, claims[dl+"msg"])
		}
	}
}

// C-46: learners are told, and get back.
func TestLearnersPickNothing(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	lab := entryID(c.create(t, roomForm("Open lab")))
	student := c.Browser()
	answer := student.TryLaunch(c.Platform, "student", ltitest.DeepLinking())
	path := answer.Location
	page := student.Get(path)
	wantStatus(t, "picker", page, http.StatusForbidden)
	wantText(t, "picker", page, "You can&#39;t add rooms to this course", "Back to your LMS", `data-permission="none"`)
	wantNoText(t, "picker", page, "Open lab")
	wantStatus(t, "choice", student.Post(path, url.Values{"entry": {lab}}), http.StatusForbidden)
	wantStatus(t, "form", student.Get(path+"/new"), http.StatusForbidden)
	wantStatus(t, "creation", student.Post(path+"/new", roomForm("Intruded")), http.StatusForbidden)
	if got := items(t, c.answered(t, student.Post(path, url.Values{"leave": {"1"}, "entry": {lab}}))); len(got) != 0 {
		t.Errorf("items = %v, want none", got)
	}
}

func TestPickerKeepsMistakesAndSearches(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	teacher := c.Browser()
	path := pick(teacher, "teacher")
	wantText(t, "no rooms", teacher.Get(path), "No rooms in this course yet", "Create new")
	lab, talk := entryID(c.create(t, roomForm("Open lab"))), entryID(c.create(t, roomForm("Talk")))
	gone := c.create(t, roomForm("Gone"))
	wantStatus(t, "delete", c.teacher.Post(gone+"/delete", url.Values{}), http.StatusSeeOther)
	elsewhere := c.Browser().Launch("teacher", ltitest.With(lti.ClaimContext, map[string]any{"id": "course-2", "title": "Physics"}))
	foreign := elsewhere.Post(elsewhere.Path[:strings.Index(elsewhere.Path, "/links/")]+"/entries", roomForm("Of physics")).Location
	many := make([]string, 60)
	for i := range many {
		many[i] = lab
	}
	for name, tt := range map[string]struct {
		chosen []string
		want   string
	}{
		"nothing":        {nil, "No room is chosen"},
		"a deleted room": {[]string{lab, entryID(gone)}, "deleted meanwhile"},
		"a foreign room": {[]string{entryID(foreign)}, "deleted meanwhile"},
		"junk":           {[]string{"\x00\xff"}, "deleted meanwhile"},
		"far too many":   {many, "Choose at most 50"},
	} {
		page := teacher.Post(path, url.Values{"entry": tt.chosen})
		wantStatus(t, name, page, http.StatusUnprocessableEntity)
		wantText(t, name, page, tt.want, `id="entry-error"`)
		wantNoText(t, name, page, "Of physics")
	}
	found := teacher.Post(path, url.Values{"search": {"1"}, "q": {"OPEN"}, "entry": {talk}})
	wantText(t, "search without script", found, "Open lab", `value="`+talk+`" checked`, `value="OPEN"`)
	none := teacher.Post(path, url.Values{"search": {"1"}, "q": {"zzz"}})
	wantText(t, "search in vain", none, "Nothing has these words")
	wantNoText(t, "search in vain", none, "Open lab")
}

func TestPickerCreatesRooms(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	lab := entryID(c.create(t, roomForm("Open lab")))
	for name, several := range map[string]bool{"several": true, "one": false} {
		teacher := c.Browser()
		path := pick(teacher, "teacher", setting("accept_multiple", several))
		asked := teacher.Post(path, url.Values{"create": {"1"}, "entry": {lab}})
		page := teacher.Get(asked.Location)
		wantText(t, name, page, path+"/new?chosen="+lab, `name="title"`)
		wantStatus(t, name+" without title", teacher.Post(asked.Location, roomForm("")), http.StatusUnprocessableEntity)
		wantText(t, name+" without title", teacher.Post(asked.Location, roomForm("")), path+"/new?chosen="+lab, "The title is missing")
		made := teacher.Post(asked.Location, roomForm("Fresh "+name))
		wantStatus(t, name, made, http.StatusSeeOther)
		list := teacher.Get(made.Location)
		if n := strings.Count(list.Body, " checked>"); several && n != 2 || !several && n != 1 {
			t.Errorf("%s: %d rooms are chosen after creating one", name, n)
		}
		wantText(t, name, list, "Fresh "+name)
	}
}

func TestPickersAreTheirPersonsOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		lab := entryID(c.create(t, roomForm("Open lab")))
		path := pick(c.Browser(), "teacher")
		_, id, _ := strings.Cut(path, "/pick/")
		for name, who := range c.strangers(t) {
			wantStatus(t, name, who.Get(path), who.status)
			wantStatus(t, name, who.Post(path, url.Values{"entry": {lab}}), who.status)
		}
		wantStatus(t, "assistant of the course", c.ta.Get(path), http.StatusNotFound)
		other := c.Browser().Launch("teacher", ltitest.With(lti.ClaimContext, map[string]any{"id": "course-2", "title": "Physics"}))
		course, _, _ := strings.Cut(other.Path, "/links/")
		wantStatus(t, "through another course", other.Get(course+"/pick/"+id), http.StatusNotFound)
		wantStatus(t, "junk", c.teacher.Get(c.course+"/pick/%00%ff"), http.StatusNotFound)
		form := url.Values{"entry": {lab}, "identity": {identity(t, c.ta.Get(c.course))}}
		wantStatus(t, "another identity's page", c.teacher.Post(path, form), http.StatusConflict)
		// Of two answers at once one goes out.
		teacher := c.Browser().Launch("teacher")
		pages := make([]housetest.Page, 4)
		var group sync.WaitGroup
		for i := range pages {
			b := c.Browser()
			b.SetCookies(teacher.Cookies())
			group.Go(func() { pages[i] = b.Post(path, url.Values{"entry": {lab}}) })
		}
		group.Wait()
		sent := 0
		for _, page := range pages {
			if deliverForm.MatchString(page.Body) {
				sent++
			}
		}
		if sent != 1 {
			t.Errorf("%d answers went out, want 1", sent)
		}
		path = pick(teacher, "teacher")
		c.Clock.Add(lti.DeepLinkLifetime)
		wantStatus(t, "after its time", teacher.Get(path), http.StatusGone)
	})
}
