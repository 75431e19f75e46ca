package lti_test

import (
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

// C-39, C-44, C-48 and what cannot be answered.
func TestContentSelectionsAreReadOrRefused(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) ltitest.Change { return ltitest.Settings(map[string]any{name: value}) }
	f := sqliteFixture(t)
	for name, tt := range map[string]struct {
		change ltitest.Change
		want   func(*lti.DeepLinkingSettings) bool // nil: refused
	}{
		"C-39 as the certification sends it": {ltitest.Without("none"), func(s *lti.DeepLinkingSettings) bool {
			return s.ReturnURL == ltitest.DeepLinkReturn && s.Links && s.Multiple && s.Window
		}},
		"C-39 without target link":             {ltitest.Without(lti.ClaimTargetLinkURI), func(s *lti.DeepLinkingSettings) bool { return s.Links }},
		"C-39 with a resource link":            {ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "_14_1"}), func(s *lti.DeepLinkingSettings) bool { return s.Links }},
		"C-44 no links accepted":               {set("accept_types", []string{"file", "html"}), func(s *lti.DeepLinkingSettings) bool { return !s.Links }},
		"C-44 types absent":                    {set("accept_types", nil), func(s *lti.DeepLinkingSettings) bool { return !s.Links }},
		"C-44 one only":                        {set("accept_multiple", false), func(s *lti.DeepLinkingSettings) bool { return !s.Multiple }},
		"C-44 several or not is not said":      {set("accept_multiple", nil), func(s *lti.DeepLinkingSettings) bool { return !s.Multiple }},
		"truth as text":                        {set("accept_multiple", "true"), func(s *lti.DeepLinkingSettings) bool { return s.Multiple }},
		"no windows":                           {set("accept_presentation_document_targets", []string{"iframe"}), func(s *lti.DeepLinkingSettings) bool { return !s.Window }},
		"no data":                              {set("data", nil), func(s *lti.DeepLinkingSettings) bool { return s.Data == nil }},
		"a long return address":                {set("deep_link_return_url", "https://campus.example/r?data="+strings.Repeat("x", 4000)), func(s *lti.DeepLinkingSettings) bool { return len(s.ReturnURL) > 4000 }},
		"C-48 return address absent":           {set("deep_link_return_url", nil), nil},
		"C-48 return address is a script":      {set("deep_link_return_url", "javascript:alert(1)"), nil},
		"C-48 return address with credentials": {set("deep_link_return_url", "https://a:b@campus.example/r"), nil},
		"C-48 return address ends a policy":    {set("deep_link_return_url", "https://campus.example;sandbox/r"), nil},
		"C-48 return address of any host":      {set("deep_link_return_url", "https://*/r"), nil},
		"C-48 return address with line break":  {set("deep_link_return_url", "https://campus.example/\r\nr"), nil},
		"return address without end":           {set("deep_link_return_url", "https://campus.example/"+strings.Repeat("x", 9000)), nil},
		"data without end":                     {set("data", strings.Repeat("x", 40<<10)), nil},
		"settings absent":                      {ltitest.Without(lti.ClaimDeepLinking), nil},
		"settings are a word":                  {ltitest.With(lti.ClaimDeepLinking, "settings"), nil},
		"no course":                            {ltitest.Without(lti.ClaimContext), nil},
	} {
		launch, err := f.launch(t, "teacher", ltitest.DeepLinking(), tt.change)
		switch {
		case tt.want == nil:
			if lti.CodeOf(err) != lti.CodeDeepLinking {
				t.Errorf("%s: %v, want code %s", name, err, lti.CodeDeepLinking)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case launch.DeepLinking == nil || !tt.want(launch.DeepLinking):
			t.Errorf("%s: settings = %+v", name, launch.DeepLinking)
		}
	}
	launch, err := f.launch(t, "teacher", ltitest.Without("none"))
	if err != nil || launch.DeepLinking != nil {
		t.Errorf("an ordinary launch has settings %+v, %v", launch.DeepLinking, err)
	}
}

// C-48: outside of practice installations the address must be https.
func TestAnswersGoToHTTPSOnly(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	public, err := url.Parse(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	strict, err := lti.New(lti.Deps{DB: f.db, Keyring: ring(t), HTTP: lti.HTTPClient(true), Now: f.clock.Now, PublicURL: public})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]lti.Code{"http://campus.example/r": lti.CodeDeepLinking, "https://campus.example/r": ""} {
		r := f.request(t, "teacher", ltitest.DeepLinking(), ltitest.Settings(map[string]any{"deep_link_return_url": address}))
		if _, err := strict.Verify(t.Context(), r); lti.CodeOf(err) != want {
			t.Errorf("%s: %v, want code %q", address, err, want)
		}
	}
}

// selection is a kept content selection of a teacher in a course.
func (f *fixture) selection(t *testing.T, changes ...ltitest.Change) lti.DeepLink {
	t.Helper()
	launch, err := f.launch(t, "teacher", append([]ltitest.Change{ltitest.DeepLinking()}, changes...)...)
	if err != nil {
		t.Fatalf("launch: %v", err)
	}
	now := f.clock.Now()
	for _, row := range []struct {
		statement string
		values    []any
	}{
		{`INSERT INTO people (id, tenant_id, sub, created_at, updated_at) VALUES ('p', ?, 'teacher', ?, ?) ON CONFLICT DO NOTHING`, []any{launch.TenantID, now, now}},
		{`INSERT INTO courses (id, tenant_id, context_id, created_at, updated_at) VALUES ('c', ?, 'course-1', ?, ?) ON CONFLICT DO NOTHING`, []any{launch.TenantID, now, now}},
	} {
		if _, err := database.Exec(t.Context(), f.db, row.statement, row.values...); err != nil {
			t.Fatalf("insert: %v", err)
		}
	}
	d, err := f.service.KeepDeepLink(t.Context(), launch, "c", "p")
	if err != nil {
		t.Fatalf("KeepDeepLink: %v", err)
	}
	return d
}

// answer chooses items and returns the claims that the platform receives.
func (f *fixture) answer(t *testing.T, d lti.DeepLink, choice lti.DeepLinkChoice) map[string]any {
	t.Helper()
	kept, err := f.service.DeepLink(t.Context(), d.TenantID, d.ID)
	if err != nil || kept.Over {
		t.Fatalf("DeepLink = %+v, %v", kept, err)
	}
	if err := f.service.ChooseDeepLink(t.Context(), kept, choice); err != nil {
		t.Fatalf("ChooseDeepLink: %v", err)
	}
	answer, err := f.service.AnswerDeepLink(t.Context(), d.TenantID, d.ID)
	if err != nil {
		t.Fatalf("AnswerDeepLink: %v", err)
	}
	if answer.ReturnURL != d.Settings.ReturnURL || answer.ReturnURL == "" {
		t.Errorf("the answer goes to %q, want %q", answer.ReturnURL, d.Settings.ReturnURL)
	}
	return f.platform.DeepLinkingResponse(answer.JWT)
}

const dl = "https://purl.imsglobal.org/spec/lti-dl/claim/"

var twoRooms = []lti.ContentItem{{EntryID: "e1", Title: "Lab <hours> & more"}, {EntryID: "e2", Title: "مختبر"}}

// C-41, C-42, C-43: what the platform receives, and when it is valid.
func TestAnswerHoldsWhatPlatformsDemand(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		got := f.answer(t, f.selection(t), lti.DeepLinkChoice{Items: twoRooms, Message: "2 links added"})
		now := f.clock.Now()
		if iat, exp := got["iat"].(float64), got["exp"].(float64); int64(iat) != now.Unix()-30 || int64(exp) <= now.Unix() || exp > iat+300 {
			t.Errorf("C-41: iat %v, exp %v, now %d: want 30 s ago and at most 5 minutes", iat, exp, now.Unix())
		}
		again := f.answer(t, f.selection(t), lti.DeepLinkChoice{})
		for _, claim := range []string{"nonce", "jti"} {
			if text, ok := got[claim].(string); !ok || len(text) < 20 || got[claim] == again[claim] {
				t.Errorf("C-41: %s %v then %v, want fresh ones", claim, got[claim], again[claim])
			}
			delete(got, claim)
		}
		delete(got, "iat")
		delete(got, "exp")
		item := func(id, title string) map[string]any {
			return map[string]any{
				"type": "ltiResourceLink", "title": title, "url": publicURL + "/lti/launch",
				"custom": map[string]any{"usher_entry": id}, "window": map[string]any{"targetName": "_blank"},
			}
		}
		want := map[string]any{
			"iss": f.platform.ClientID, "sub": f.platform.ClientID, "aud": f.platform.Issuer,
			lti.ClaimMessageType: "LtiDeepLinkingResponse", lti.ClaimVersion: "1.3.0", lti.ClaimDeploymentID: f.platform.DeploymentID,
			dl + "data": ltitest.DeepLinkData, dl + "msg": "2 links added",
			dl + "content_items": []any{item("e1", "Lab <hours> & more"), item("e2", "مختبر")},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
	})
}

// C-44, C-45: never more than was accepted, and an empty list for nothing.
func TestAnswerOffersNothingThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for name, tt := range map[string]struct {
		settings map[string]any
		items    []lti.ContentItem
		want     int
	}{
		"C-44 one of two":          {map[string]any{"accept_multiple": false}, twoRooms, 1},
		"C-44 none where no links": {map[string]any{"accept_types": []string{"file"}}, twoRooms, 0},
		"C-45 cancelled":           {map[string]any{}, nil, 0},
		"both":                     {map[string]any{}, twoRooms, 2},
	} {
		got := f.answer(t, f.selection(t, ltitest.Settings(tt.settings)), lti.DeepLinkChoice{Items: tt.items})
		items, ok := got[dl+"content_items"].([]any)
		if !ok || len(items) != tt.want {
			t.Errorf("%s: content_items = %v, want a list of %d", name, got[dl+"content_items"], tt.want)
		}
	}
	got := f.answer(t, f.selection(t, ltitest.Settings(map[string]any{"data": nil})), lti.DeepLinkChoice{})
	if data, has := got[dl+"data"]; has {
		t.Errorf("C-43: data %v, want none where there was none", data)
	}
	for _, data := range []string{"", "\u0000\u001f", strings.Repeat("é", 2000)} {
		got := f.answer(t, f.selection(t, ltitest.Settings(map[string]any{"data": data})), lti.DeepLinkChoice{})
		if got[dl+"data"] != data {
			t.Errorf("C-43: data came back as %q, want %q", got[dl+"data"], data)
		}
	}
}

// The requests that platforms really send, answered with what each honours.
func TestAnswersFitEachPlatform(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		window, message, data bool
	}{
		"moodle":     {window: false, message: false, data: false},
		"canvas":     {window: true, message: true, data: false},
		"blackboard": {window: true, message: true, data: true},
	} {
		f := sqliteFixture(t) // a platform keeps the family that its first launch names
		var message struct{ Claims, Payload map[string]any }
		readJSON(t, filepath.Join("testdata", name, "deep-linking-request.json"), &message)
		recorded := message.Claims
		if recorded == nil {
			recorded = message.Payload
		}
		d := f.selection(t, ltitest.As(recorded, lti.ClaimDeploymentID, f.platform.DeploymentID))
		settings, _ := recorded[lti.ClaimDeepLinking].(map[string]any)
		if d.Settings.ReturnURL != settings["deep_link_return_url"] || !d.Settings.Links || !d.Settings.Multiple || d.Settings.ShowsMessage != want.message {
			t.Errorf("%s: settings = %+v", name, d.Settings)
		}
		got := f.answer(t, d, lti.DeepLinkChoice{Items: twoRooms[:1]})
		item, _ := got[dl+"content_items"].([]any)[0].(map[string]any)
		if _, has := item["window"]; has != want.window {
			t.Errorf("%s: item = %v, want window %v", name, item, want.window)
		}
		if diff := cmp.Diff(settings["data"], got[dl+"data"]); diff != "" || (settings["data"] != nil) != want.data {
			t.Errorf("%s: data (-sent +came back):\n%s", name, diff)
		}
	}
}

func TestSelectionIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		ctx := t.Context()
		d := f.selection(t)
		if _, err := f.service.AnswerDeepLink(ctx, d.TenantID, d.ID); !errors.Is(err, lti.ErrDeepLinkOver) {
			t.Errorf("answer before the choice = %v", err)
		}
		var chosen, answered atomic.Int32
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				if f.service.ChooseDeepLink(ctx, d, lti.DeepLinkChoice{Items: twoRooms}) == nil {
					chosen.Add(1)
				}
			})
		}
		group.Wait()
		for range 6 {
			group.Go(func() {
				if _, err := f.service.AnswerDeepLink(ctx, d.TenantID, d.ID); err == nil {
					answered.Add(1)
				}
			})
		}
		group.Wait()
		if chosen.Load() != 1 || answered.Load() != 1 {
			t.Errorf("chosen %d times, answered %d times, want once each", chosen.Load(), answered.Load())
		}
		if after, err := f.service.DeepLink(ctx, d.TenantID, d.ID); err != nil || !after.Over || after.Settings.ReturnURL != "" {
			t.Errorf("afterwards = %+v, %v, want over and empty", after, err)
		}
		for _, wrong := range [][2]string{{"another", d.ID}, {d.TenantID, "unknown"}, {d.TenantID, "\x00\xff"}, {d.TenantID, ""}} {
			if _, err := f.service.DeepLink(ctx, wrong[0], wrong[1]); !errors.Is(err, lti.ErrNoDeepLink) {
				t.Errorf("DeepLink(%q) = %v, want ErrNoDeepLink", wrong, err)
			}
		}
	})
}

func TestSelectionsExpireAndAreSwept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		ctx := t.Context()
		d := f.selection(t)
		late := f.selection(t)
		if err := f.service.ChooseDeepLink(ctx, late, lti.DeepLinkChoice{}); err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(lti.DeepLinkLifetime)
		if got, err := f.service.DeepLink(ctx, d.TenantID, d.ID); err != nil || !got.Over {
			t.Errorf("after its time = %+v, %v, want over", got, err)
		}
		if err := f.service.ChooseDeepLink(ctx, d, lti.DeepLinkChoice{}); !errors.Is(err, lti.ErrDeepLinkOver) {
			t.Errorf("choice after its time = %v", err)
		}
		if _, err := f.service.AnswerDeepLink(ctx, late.TenantID, late.ID); !errors.Is(err, lti.ErrDeepLinkOver) {
			t.Errorf("answer after its time = %v", err)
		}
		for i, want := range []int64{2, 0} {
			if _, err := f.service.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			if n := f.rows(t, "deep_links"); n != want {
				t.Errorf("sweep %d left %d selections, want %d", i+1, n, want)
			}
			f.clock.Advance(24 * time.Hour)
		}
	})
}

func TestDisabledPlatformGetsNoAnswer(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	d := f.selection(t)
	if err := f.service.ChooseDeepLink(t.Context(), d, lti.DeepLinkChoice{}); err != nil {
		t.Fatal(err)
	}
	if err := f.service.DisablePlatform(t.Context(), f.added.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.service.AnswerDeepLink(t.Context(), d.TenantID, d.ID); lti.CodeOf(err) != lti.CodePlatformDisabled {
		t.Errorf("answer = %v", err)
	}
}

// Selections wait for their proof too, data and all.
func TestUnprovedSelectionComesBackWhole(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for _, change := range []ltitest.Change{ltitest.Without("none"), ltitest.Settings(map[string]any{"data": nil})} {
		r := f.request(t, "teacher", ltitest.DeepLinking(), change)
		secret := r.Secret
		r.Secret = ""
		parked, err := f.service.Verify(t.Context(), r)
		if err != nil {
			t.Fatalf("Verify: %v", err)
		}
		proved, err := f.service.Prove(t.Context(), parked.Handle, secret)
		if err != nil {
			t.Fatalf("Prove: %v", err)
		}
		before, after := *parked.DeepLinking, *proved.DeepLinking
		if (before.Data == nil) != (after.Data == nil) || before.ReturnURL != after.ReturnURL || !after.Links || !after.Multiple {
			t.Errorf("settings became %+v, were %+v", after, before)
		}
		if !slices.Contains(proved.FrameOrigins, "https://campus.example") {
			t.Errorf("frame origins %v lack the one that is answered to", proved.FrameOrigins)
		}
	}
}
