package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/roster"
	"usher/session"
	"usher/views"
)

// mountLaunch registers the routes of LTI. They stand in the configurations of
// platforms and never change.
//
//	platform ─ /lti/login ─┬─ own page ─ 303 ──────────────────────┐
//	                       └─ frame ─ keep the secret, script ─────┤
//	                                                               ▼
//	                                                   platform signs the person on
//	                                                               │
//	   page of the course or entry ◄─ session ◄─┬─ cookie proves ─ /lti/launch
//	                                            └─ /lti/launch/proof ◄─ script
func (s *Server) mountLaunch(e *echo.Echo) {
	e.GET("/lti/login", s.login)
	e.POST("/lti/login", s.login)
	e.POST("/lti/launch", s.launch)
	e.POST("/lti/launch/proof", s.proveLaunch)
	e.GET("/lti/failure/:reference", s.launchFailure)
	e.GET("/lti/jwks", s.jwks)
	e.GET("/.well-known/jwks.json", s.jwks)
}

// stateCookieLife is that of the state: there is nothing to prove after it.
const stateCookieLife = lti.StateLifetime

// stateCookie carries the browser's secret through the platform. A launch is a
// cross-site POST, in a frame from a third party, hence None and Partitioned;
// each launch has a cookie of its own, so that tabs do not disturb each other.
func stateCookie(stateID, value string, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: "__Host-lti_" + stateID, Value: value, Path: "/", MaxAge: int(life.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode, Partitioned: true,
	}
}

// storageKey names the secret in the browser's and the platform's storage. The
// login page's script sweeps what old launches left under its prefix.
func storageKey(stateID string) string { return "usher.lti.state_" + stateID }

// login answers GET and POST /lti/login [LTI-13 §4.1]: it gives this browser a
// secret and sends it to the platform. In a frame a page does both, since no
// header can tell whether the browser keeps cookies there.
func (s *Server) login(c echo.Context) error {
	s.framedByAny(c)
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	request, err := lti.ParseLogin(r.Form)
	if err != nil {
		return s.launchFailed(c, err)
	}
	ownPage := r.Header.Get("Sec-Fetch-Dest") == "document"
	request.Framed = !ownPage
	login, err := s.LTI.Login(r.Context(), request)
	if err != nil {
		return s.launchFailed(c, err)
	}
	c.SetCookie(stateCookie(login.StateID, login.Secret, stateCookieLife))
	if ownPage {
		return c.Redirect(http.StatusSeeOther, login.AuthURL)
	}
	return s.keepSecret(c, login)
}

// keepSecret answers a framed login with the page that stores the secret in
// every place that works and then goes on to the platform.
func (s *Server) keepSecret(c echo.Context, login lti.Login) error {
	probe := "__Host-lti_probe_" + login.StateID
	c.SetCookie(&http.Cookie{
		Name: probe, Value: "1", Path: "/", MaxAge: 60,
		Secure: true, SameSite: http.SameSiteNoneMode, Partitioned: true, // the page's script looks whether it stuck
	})
	again := url.Values{}
	for _, name := range []string{"iss", "client_id", "lti_deployment_id", "deployment_id", "login_hint", "lti_message_hint", "target_link_uri"} {
		if value := c.Request().Form.Get(name); value != "" {
			again.Set(name, value)
		}
	}
	return s.render(c, http.StatusOK, &views.LoginStore{
		Base: views.Base{Framed: true},
		Login: views.LoginData{
			Key: storageKey(login.StateID), Secret: login.Secret, AuthURL: login.AuthURL,
			Target: login.StorageTarget, Origin: login.StorageOrigin, Probe: probe,
			WindowURL: "/lti/login?" + again.Encode(),
		},
	})
}

// launch answers POST /lti/launch [LTI-13 §4.4].
func (s *Server) launch(c echo.Context) error {
	s.framedByAny(c)
	r := c.Request()
	state := r.PostFormValue("state")
	request := lti.LaunchRequest{
		IDToken: r.PostFormValue("id_token"), State: state,
		Error: r.PostFormValue("error"), ErrorDescription: r.PostFormValue("error_description"),
	}
	stateID := lti.StateID(state)
	if cookie, err := r.Cookie(stateCookie(stateID, "", 0).Name); err == nil {
		request.Secret = cookie.Value
		c.SetCookie(stateCookie(stateID, "", -time.Second))
	}
	launch, err := s.LTI.Verify(r.Context(), request)
	if err != nil {
		return s.launchFailed(c, err)
	}
	if !launch.Proved {
		// The platform is known by now, and the page's script makes a session of
		// this very document: a stranger's page must not be around it.
		framedByOrigins(c, launch.FrameOrigins)
		return s.render(c, http.StatusOK, &views.LaunchProof{
			Base: views.Base{Lang: views.RequestLanguage(r, launch.Locale), Framed: true},
			Proof: views.ProofData{
				Key: storageKey(stateID), Handle: launch.Handle, Target: launch.StorageTarget,
				Origin: launch.StorageOrigin, FailedURL: "/lti/failure/none",
			},
		})
	}
	path, start, err := s.arrive(c, launch)
	if err != nil {
		return s.launchFailed(c, err)
	}
	if framedLaunch(r, launch) {
		return s.launchInFrame(c, path, start)
	}
	if err := s.Sessions.StartCookie(c.Response(), r, start); err != nil {
		return fmt.Errorf("start session: %w", err)
	}
	return seeOther(c, path)
}

// framedLaunch says whether a launch came in a frame; browsers too old to say
// so are taken for what they were at the login's page.
func framedLaunch(r *http.Request, launch *lti.Launch) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "document":
		return false
	case "":
		return launch.StartedFramed && launch.StorageTarget != ""
	}
	return true
}

// launchInFrame answers with a page that takes the bearer and goes on by it.
func (s *Server) launchInFrame(c echo.Context, path string, start session.MemberStart) error {
	token, identity, err := s.Sessions.StartBearer(c.Request().Context(), start)
	if err != nil {
		return fmt.Errorf("start session: %w", err)
	}
	framedByOrigins(c, start.FrameOrigins)
	return s.render(c, http.StatusOK, &views.Shell{Base: views.Base{
		Lang: views.RequestLanguage(c.Request(), start.Locale), Framed: true, ReturnURL: start.ReturnURL,
		Carrier: &views.Carrier{Token: token, Handle: identity.SessionID, URL: path},
	}})
}

// proof is what the page of an unproved launch sends.
type proof struct {
	Handle string `json:"handle"`
	Secret string `json:"secret"`
	Framed bool   `json:"framed"`
}

// proveLaunch answers POST /lti/launch/proof: the script of a launch that no
// cookie proved shows the browser's secret.
func (s *Server) proveLaunch(c echo.Context) error {
	r := c.Request()
	var p proof
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		return badForm(err)
	}
	launch, err := s.LTI.Prove(r.Context(), p.Handle, p.Secret)
	if err != nil {
		return s.launchFailed(c, err)
	}
	path, start, err := s.arrive(c, launch)
	if err != nil {
		return s.launchFailed(c, err)
	}
	if !p.Framed {
		if err := s.Sessions.StartCookie(c.Response(), r, start); err != nil {
			return fmt.Errorf("start session: %w", err)
		}
		return c.JSON(http.StatusOK, views.Carrier{URL: path})
	}
	token, identity, err := s.Sessions.StartBearer(r.Context(), start)
	if err != nil {
		return fmt.Errorf("start session: %w", err)
	}
	return c.JSON(http.StatusOK, views.Carrier{Token: token, Handle: identity.SessionID, URL: path})
}

// arrive keeps what a proved launch says of person, course and link, and
// returns the page it leads to and who is to be signed in.
func (s *Server) arrive(c echo.Context, launch *lti.Launch) (path string, start session.MemberStart, err error) {
	ctx := c.Request().Context()
	arrival, err := s.Roster.Arrive(ctx, launch)
	if err != nil {
		return "", start, fmt.Errorf("arrive: %w", err)
	}
	// Rooms that this person has open follow what the launch says now.
	if err := s.Live.Reassess(ctx, launch.TenantID, arrival.Person.ID); err != nil {
		return "", start, fmt.Errorf("reassess open rooms: %w", err)
	}
	start = session.MemberStart{
		TenantID: launch.TenantID, PlatformID: launch.Platform.ID, PersonID: arrival.Person.ID,
		Locale: launch.Locale, ReturnURL: launch.ReturnURL, FrameOrigins: launch.FrameOrigins,
	}
	if arrival.Course == nil {
		start.CourseRole = string(arrival.Role)
		return "/c/mine", start, nil
	}
	start.CourseID = arrival.Course.ID
	s.wantRoster(launch, arrival)
	path, err = s.destination(ctx, launch, arrival)
	return path, start, err
}

// wantRoster has the course's people fetched, where somebody launched who may
// invite them. Nothing of it happens in the launch's own request.
func (s *Server) wantRoster(launch *lti.Launch, a roster.Arrival) {
	if a.Role == lti.RoleNone || launch.Services.MembershipsURL == "" {
		return
	}
	s.Rosters.Want(roster.Wanted{TenantID: launch.TenantID, CourseID: a.Course.ID, URL: launch.Services.MembershipsURL})
}

// launchFailed records why a login or launch failed and says it in plain
// words. What is no fault of the launch passes on. Who fails too often is told
// no more than that, and leaves no record.
func (s *Server) launchFailed(c echo.Context, err error) error {
	var failure *lti.Error
	if !errors.As(err, &failure) {
		return err
	}
	if !s.failures.allow(addressBlock(c.RealIP())) {
		return &limitError{retryAfter: time.Minute}
	}
	reference, err := s.LTI.RecordFailure(c.Request().Context(), failure)
	if err != nil {
		return fmt.Errorf("record launch failure: %w", err)
	}
	line := []any{
		"lti_error", string(failure.Code), "claim", failure.Claim, "platform_id", failure.PlatformID,
		"reference", reference, "request_id", requestID(c), "cause", failure.Err,
	}
	if failure.Code == lti.CodeDeploymentPending { // whoever reads this can allow it
		platform, err := s.LTI.Platform(c.Request().Context(), failure.PlatformID)
		if err != nil {
			return err
		}
		line = append(line, "platform", platform.Name, "deployment_id", failure.Received)
	}
	s.Logger.Warn("launch failed", line...)
	status := launchStatus(failure.Code)
	if wantsJSON(c) {
		return c.JSON(status, map[string]string{"error": string(failure.Code), "url": "/lti/failure/" + reference})
	}
	return s.launchFailurePage(c, status, failure.Code, reference)
}

// launchFailure answers GET /lti/failure/{reference}, where the script of a
// failed proof goes. It tells no more than the reason in general.
func (s *Server) launchFailure(c echo.Context) error {
	s.framedByAny(c)
	failure, err := s.LTI.Failure(c.Request().Context(), c.Param("reference"))
	if errors.Is(err, lti.ErrNoFailure) {
		return s.launchFailurePage(c, http.StatusForbidden, lti.CodeProofMismatch, "")
	}
	if err != nil {
		return fmt.Errorf("find launch failure: %w", err)
	}
	return s.launchFailurePage(c, launchStatus(failure.Code), failure.Code, failure.Reference)
}

func (s *Server) launchFailurePage(c echo.Context, status int, code lti.Code, reference string) error {
	if code == lti.CodeDeploymentPending {
		return s.render(c, status, &views.DeploymentPending{Reference: reference})
	}
	return s.render(c, status, &views.LaunchError{Reason: launchReason(code), Reference: reference})
}

// launchStatus is the answer to a failed check: the request's fault, but where
// the platform cannot be reached.
func launchStatus(code lti.Code) int {
	switch code {
	case lti.CodeDeploymentPending, lti.CodePlatformDisabled, lti.CodeProofMismatch, lti.CodeProofUnknown, lti.CodeAccessDenied:
		return http.StatusForbidden
	case lti.CodeKeysUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// launchReason chooses the words for a person; the admin's are in the log.
func launchReason(code lti.Code) string {
	switch code {
	case lti.CodeStateExpired, lti.CodeExpired, lti.CodeIssuedTooLongAgo, lti.CodeLaunchNoLongerValid:
		return "expired"
	case lti.CodeStateSpent:
		return "used"
	case lti.CodeProofMismatch, lti.CodeProofUnknown, lti.CodeStateMissing:
		return "no_proof"
	case lti.CodeLoginRequired, lti.CodeAccessDenied, lti.CodeSubject:
		return "denied"
	case lti.CodeKeysUnavailable, lti.CodePlatformError:
		return "platform"
	case lti.CodeUnknownPlatform, lti.CodeClientIDRequired:
		return "unknown_platform"
	case lti.CodePlatformDisabled, lti.CodeUnauthorizedClient:
		return "closed"
	}
	return "other"
}

// jwks answers GET /lti/jwks and GET /.well-known/jwks.json: the public half
// of Usher's keys (C-81).
func (s *Server) jwks(c echo.Context) error {
	keys, err := s.LTI.JWKS(c.Request().Context())
	if err != nil {
		return fmt.Errorf("list keys: %w", err)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=600")
	return c.Blob(http.StatusOK, "application/json", keys)
}
