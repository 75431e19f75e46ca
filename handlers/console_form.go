package handlers

import (
	"cmp"
	"errors"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

// platformForm is a platform's values as somebody pasted them.
type platformForm struct {
	views.PlatformFields
	way                string
	keepSlash          bool
	keepKeys           bool
	oldKeys, oldIssuer string // of the platform that is edited
}

func newPlatformForm(c echo.Context, way string) platformForm {
	value := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	f := platformForm{way: way, keepSlash: value("keep_slash") != "", keepKeys: value("keep_keys") != ""}
	f.PlatformFields = views.PlatformFields{
		Name: value("name"), Issuer: value("issuer"), ClientID: value("client_id"),
		AuthURL: value("auth_url"), TokenURL: value("token_url"), JWKSURL: value("jwks_url"), Audience: value("audience"),
		Deployments: value("deployments"), Origins: value("frame_origins"), Trust: value("trust") != "",
		Hosting: value("hosting"), Address: value("address"),
	}
	return f
}

func platformFields(p lti.Platform) views.PlatformFields {
	return views.PlatformFields{
		Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, AuthURL: p.AuthURL, TokenURL: p.TokenURL, JWKSURL: p.JWKSURL,
		Audience: p.Audience, Origins: strings.Join(p.FrameOrigins, "\n"), Trust: p.TrustDeployments,
	}
}

// platform is the registration that the values make. Canvas and Blackboard
// have the same addresses everywhere, or some below the institution's own,
// unless others are given.
func (f platformForm) platform() lti.Platform {
	var p lti.Platform
	switch {
	case f.way == wayCanvas && f.Hosting == "own":
		p = lti.OwnCanvas(f.Name, f.ClientID, originOf(f.Address), f.Issuer)
	case f.way == wayCanvas:
		p = lti.HostedCanvas(f.Name, f.ClientID)
	case f.way == wayBlackboard:
		p = lti.Blackboard(f.Name, f.ClientID)
		if f.JWKSURL != "" {
			p = p.WithPortalKeys(f.JWKSURL)
		}
	default:
		p = lti.Platform{Name: f.Name, ClientID: f.ClientID, Issuer: f.Issuer}
	}
	p.AuthURL, p.TokenURL, p.JWKSURL = cmp.Or(f.AuthURL, p.AuthURL), cmp.Or(f.TokenURL, p.TokenURL), cmp.Or(f.JWKSURL, p.JWKSURL)
	p.Audience, p.TrustDeployments = f.Audience, f.Trust && f.way == wayHand
	for _, origin := range lines(f.Origins) {
		p.FrameOrigins = append(p.FrameOrigins, strings.TrimSuffix(origin, "/"))
	}
	if f.way != wayHand && f.Address != "" {
		p.FrameOrigins = append(p.FrameOrigins, originOf(f.Address))
	}
	return p
}

// lines are the lines of a field that are not empty.
func lines(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// originOf is the part of an address before its path; what is none stays.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// checkPlatform says what is wrong with a form's values: first what was pasted
// into the wrong field, then what cannot be used at all, then what the
// platform's keys are worth.
func (s *Server) checkPlatform(c echo.Context, f platformForm) views.PlatformForm {
	checked := views.PlatformForm{Form: f.PlatformFields, Errors: views.Errors{}}
	s.pasteMistakes(f, &checked)
	s.valueMistakes(f, &checked)
	if len(checked.Errors) == 0 && f.way != wayCanvas && strings.HasSuffix(f.Issuer, "/") && !f.keepSlash && f.Issuer != f.oldIssuer {
		checked.Errors["issuer"], checked.MayKeepSlash = "console.error.issuer_slash", true
	}
	if len(checked.Errors) == 0 {
		s.keyMistakes(c, f, &checked)
	}
	return checked
}

// kindOf guesses from an address's end what it is for; "" for what it cannot
// tell.
func kindOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	last := strings.ToLower(path.Base(u.Path))
	switch {
	case strings.Contains(last, "jwk"), strings.Contains(last, "cert"):
		return "jwks_url"
	case strings.Contains(last, "token"):
		return "token_url"
	case strings.Contains(last, "auth"):
		return "auth_url"
	}
	return ""
}

var (
	canvasClient     = regexp.MustCompile(`^[0-9]{1,18}$`)
	blackboardClient = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// pasteMistakes finds values that belong into another field, or that are
// Usher's own.
func (s *Server) pasteMistakes(f platformForm, checked *views.PlatformForm) {
	addresses := map[string]string{"issuer": f.Issuer, "auth_url": f.AuthURL, "token_url": f.TokenURL, "jwks_url": f.JWKSURL, "address": f.Address}
	for field, address := range addresses {
		u, err := url.Parse(address)
		kind := kindOf(address)
		switch {
		case err == nil && u.Host != "" && strings.EqualFold(u.Host, s.PublicURL.Host):
			checked.Errors[field] = "console.error.own_address"
		case kind != "" && field == "issuer":
			checked.Errors[field] = "console.error.issuer_endpoint"
		case kind != "" && kind != field && field != "address":
			checked.Errors[field] = "console.error.looks_like_" + kind
		}
	}
	if key := clientMistake(f); key != "" {
		checked.Errors["client_id"] = key
	}
	for _, id := range lines(f.Deployments) {
		if key := s.deploymentMistake(id, f.ClientID); key != "" {
			checked.Errors["deployments"] = key
		}
	}
}

func clientMistake(f platformForm) string {
	switch {
	case f.ClientID == "":
		return "console.error.client_id_missing"
	case strings.Contains(f.ClientID, "://"):
		return "console.error.client_id_address"
	case f.way == wayCanvas && !canvasClient.MatchString(f.ClientID):
		return "console.error.client_id_canvas"
	case f.way == wayBlackboard && !blackboardClient.MatchString(f.ClientID):
		return "console.error.client_id_blackboard"
	}
	return ""
}

// deploymentMistake says what was pasted instead of a deployment id.
func (s *Server) deploymentMistake(id, clientID string) string {
	switch {
	case id == "":
		return "console.error.deployment_missing"
	case strings.Contains(id, "://"):
		return "console.error.deployment_address"
	case id == clientID:
		return "console.error.deployment_client"
	}
	return ""
}

// valueMistakes finds values that no registration can have.
func (s *Server) valueMistakes(f platformForm, checked *views.PlatformForm) {
	if f.way == wayCanvas && f.Hosting == "own" && f.Address == "" {
		checked.Errors["address"] = "console.error.address_missing"
	}
	for _, problem := range s.LTI.CheckPlatform(f.platform(), lines(f.Deployments)...) {
		field, key := f.fieldOf(problem), mistakeOf(problem)
		if checked.Errors[field] == "" {
			checked.Errors[field] = key
			checked.Detail = problem.Value
		}
	}
}

// fieldOf is the field of the form that a wrong value comes from: addresses
// that nobody typed come from that of the LMS.
func (f platformForm) fieldOf(problem *lti.FieldError) string {
	typed := map[lti.Field]string{lti.FieldAuthURL: f.AuthURL, lti.FieldTokenURL: f.TokenURL, lti.FieldJWKSURL: f.JWKSURL, lti.FieldFrameOrigins: f.Origins}
	value, isAddress := typed[problem.Field]
	switch {
	case problem.Field == lti.FieldDeploymentID:
		return "deployments"
	case isAddress && value == "" && f.way != wayHand:
		return "address"
	}
	return string(problem.Field)
}

// mistakeOf is the key of the sentence for a wrong value.
func mistakeOf(problem *lti.FieldError) string {
	switch problem.Field {
	case lti.FieldName, lti.FieldAudience:
		return "console.error." + string(problem.Field)
	case lti.FieldClientID:
		return "console.error.client_id_missing"
	case lti.FieldDeploymentID:
		return "console.error.deployment_text"
	case lti.FieldFrameOrigins:
		return "console.error.frame_origin"
	}
	part := "url"
	if problem.Field == lti.FieldIssuer {
		part = "issuer"
	}
	switch {
	case problem.Value == "":
		return "console.error." + part + "_missing"
	case errors.Is(problem.Err, lti.ErrNoHTTPS):
		return "console.error." + part + "_https"
	case errors.Is(problem.Err, lti.ErrAddressParts):
		return "console.error." + part + "_parts"
	}
	return "console.error." + part + "_address"
}

// keyMistakes fetches the platform's keys: a wrong address shows before the
// first launch, and so do keys that anyone can forge with.
func (s *Server) keyMistakes(c echo.Context, f platformForm, checked *views.PlatformForm) {
	p := f.platform()
	if p.JWKSURL == f.oldKeys {
		return
	}
	field := "jwks_url"
	switch {
	case f.JWKSURL != "":
	case f.way == wayBlackboard:
		field = "client_id"
	case f.way == wayCanvas && f.Hosting == "own":
		field = "address"
	}
	check := s.keyCheck(c.Request().Context(), p.JWKSURL)
	if check.Failure != "" {
		if !f.keepKeys {
			checked.Errors[field], checked.MayKeep, checked.Keys = "console.error.keys_unreachable", true, check
		}
		return
	}
	for _, key := range check.Keys {
		if !key.Weak {
			return
		}
	}
	checked.Errors[field], checked.Keys = "console.error.keys_weak", check
}
