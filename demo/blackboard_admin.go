package demo

import (
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
)

// mountPortal serves the developer portal, where a vendor makes the application
// that all institutions share.
func (b *blackboard) mountPortal(mux *http.ServeMux) {
	mux.HandleFunc("GET /portal/applications", b.applications)
	mux.HandleFunc("POST /portal/applications", b.registerApplication)
	mux.HandleFunc("POST /portal/applications/delete", func(w http.ResponseWriter, r *http.Request) {
		if err := b.dropTool(r.PostFormValue("client")); err != nil {
			b.fault(w, err)
			return
		}
		http.Redirect(w, r, "/portal/applications", http.StatusSeeOther)
	})
}

// applications serves My Applications.
func (b *blackboard) applications(w http.ResponseWriter, _ *http.Request) {
	b.showPortal(w, http.StatusOK, tool{}, "", "")
}

func (b *blackboard) showPortal(w http.ResponseWriter, status int, t tool, custom, complaint string) {
	data := adminPage{
		base: b.adminBase("My Applications"), Notice: complaint, Alarm: complaint != "",
		Intro: "The developer portal: one application for all institutions. Each institution registers it by its Application ID.",
		Forms: []adminForm{{
			Heading: "Register a new application", Help: "My integration supports LTI 1.3", Action: "/portal/applications",
			Button: "Register application and generate API key", Fields: []adminField{
				textField("name", "Application Name", t.Name, ""),
				textField("description", "Description", t.Description, ""),
				textField("domain", "Domain(s)", t.Domain, "Host names without https://, with commas"),
				textField("login", "Login Initiation URL", t.LoginURL, ""),
				textField("redirects", "Tool Redirect URL(s)", strings.Join(t.RedirectURIs, ", "), "With commas"),
				textField("jwks", "Tool JWKS URL", t.JWKSURL, ""),
				{Name: "alg", Label: "Signing Algorithm", Kind: "choice", Options: []adminOption{{Value: "RS256", Text: "RS256"}}},
				areaField("custom", "Custom Parameters", custom, "name=value, one a line"),
			},
		}},
		Links: []adminLink{{"An institution's administration (Learn)", b.origin() + b.adminPath}},
	}
	gateway := b.s.origin(hostBlackboardGateway)
	for _, known := range b.read().Tools {
		data.Cards = append(data.Cards, toolCard{
			Title: known.Name, Text: known.Description, Facts: []adminFact{
				{"Application ID", known.ClientID}, {"Issuer", issuerBlackboard},
				{"Public keyset URL", gateway + "/api/v1/management/applications/" + known.ClientID + "/jwks.json"},
				{"Auth token endpoint", gateway + "/api/v1/gateway/oauth2/jwttoken"},
				{"OIDC auth request endpoint", gateway + "/api/v1/gateway/oidcauth"},
			},
			Buttons: []adminButton{{Text: "Delete", Action: "/portal/applications/delete", Fields: []field{{"client", known.ClientID}}}},
		})
	}
	b.show(w, status, "admin", data)
}

// registerApplication makes an application: no two may share a domain.
func (b *blackboard) registerApplication(w http.ResponseWriter, r *http.Request) {
	q := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	t := tool{
		ClientID: randomUUID(), Name: q("name"), Description: q("description"), Domain: strings.ToLower(q("domain")),
		LoginURL: q("login"), JWKSURL: q("jwks"), Custom: parseCustom(r.PostFormValue("custom")), Share: shareNone,
		State: toolPending, Method: "Application ID", Placements: map[string]string{}, Deployments: map[string]string{},
		RedirectURIs: strings.FieldsFunc(q("redirects"), func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }),
	}
	if complaint := b.complainAboutApplication(t); complaint != "" {
		b.showPortal(w, http.StatusUnprocessableEntity, t, r.PostFormValue("custom"), complaint)
		return
	}
	t.TargetURL = t.RedirectURIs[0]
	t.Domain = domainOf(t.TargetURL)
	var err error
	if t.ID, err = b.nextToolID(); err == nil {
		err = b.keepTool(t)
	}
	if err != nil {
		b.fault(w, err)
		return
	}
	http.Redirect(w, r, "/portal/applications", http.StatusSeeOther)
}

func (b *blackboard) complainAboutApplication(t tool) string {
	host, _, err := net.SplitHostPort(t.Domain)
	if err != nil {
		host = t.Domain
	}
	switch {
	case t.Name == "" || t.Description == "":
		return "Application name and description are required."
	case host == "" || strings.Contains(t.Domain, "/"):
		return "Enter a domain without https:// and without a path."
	case originOf(t.LoginURL) == "" || originOf(t.JWKSURL) == "":
		return "Login initiation URL and tool JWKS URL must be addresses."
	case len(t.RedirectURIs) == 0 || slices.ContainsFunc(t.RedirectURIs, func(u string) bool { return originOf(u) == "" }):
		return "Enter at least one redirect URL."
	case slices.ContainsFunc(t.RedirectURIs, func(u string) bool { return hostOf(u) != host }):
		return "The redirect URLs must be on the domain."
	case slices.ContainsFunc(b.read().Tools, func(known tool) bool { return hostOf("http://"+known.Domain) == host }):
		return "An application with this domain exists already."
	}
	return ""
}

// hostOf is the host of an address, without port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(domainOf(address))
	if err != nil {
		return domainOf(address)
	}
	return host
}

// randomUUID is a new identifier in the form of a UUID.
func randomUUID() string { return stableUUID(randomHex(32)) }

// mountAdmin serves an institution's administration.
func (b *blackboard) mountAdmin(mux *http.ServeMux) {
	b.mountTools(mux)
	mux.HandleFunc("GET "+b.adminPath, b.asAdmin(b.providers))
	mux.HandleFunc("POST "+b.adminPath, b.asAdmin(b.registerTool))
	mux.HandleFunc("POST "+b.adminPath+"/settings", b.asAdmin(b.saveProvider))
}

// providers serves Administrator Panel > LTI Tool Providers.
func (b *blackboard) providers(w http.ResponseWriter, _ *http.Request) {
	b.showProviders(w, http.StatusOK, "", "")
}

func (b *blackboard) showProviders(w http.ResponseWriter, status int, complaint, clientID string) {
	site := adminField{Name: "institution", Label: "Institution", Kind: "choice"}
	for _, known := range institutions() {
		site.Options = append(site.Options, adminOption{Value: known.key, Text: known.name})
	}
	data := adminPage{
		base: b.adminBase("LTI Tool Providers"), Notice: complaint, Alarm: complaint != "",
		Forms: []adminForm{{
			Heading: "Register LTI 1.3/Advantage Tool", Action: b.adminPath, Button: "Submit",
			Fields: []adminField{textField("client", "Client ID", clientID, "The application's ID"), site},
		}},
		Links: []adminLink{{"Developer portal", b.s.origin(hostBlackboardGateway) + "/portal/applications"}},
	}
	for _, t := range b.read().Tools {
		if len(t.Deployments) == 0 {
			continue
		}
		data.Cards = append(data.Cards, b.providerCard(t))
		data.Settings = append(data.Settings, b.settingsForm(t))
	}
	b.show(w, status, "admin", data)
}

func (b *blackboard) providerCard(t tool) toolCard {
	card := toolCard{Title: t.Name, State: "Excluded", Text: t.Description, Buttons: b.useButton(t)}
	if t.State == toolActive {
		card.State = "Approved"
	}
	card.Facts = []adminFact{{"Client ID", t.ClientID}}
	for _, key := range slices.Sorted(maps.Keys(t.Deployments)) {
		card.Facts = append(card.Facts, adminFact{"Deployment ID (" + institutionByKey(key).name + ")", t.Deployments[key]})
	}
	return card
}

// settingsForm is what an administrator decides about a tool.
func (b *blackboard) settingsForm(t tool) adminForm {
	form := adminForm{
		Heading: "Settings of " + t.Name, Action: b.adminPath + "/settings", Button: "Submit settings",
		Fields: []adminField{
			hiddenField("client", t.ClientID),
			{Name: "state", Label: "Tool Status", Kind: "choice", Options: []adminOption{
				{Value: toolActive, Text: "Approved", Chosen: t.State == toolActive},
				{Value: toolPending, Text: "Excluded", Chosen: t.State != toolActive},
			}},
			checkField("name", "User Fields to Send: Name", t.Share == shareAll || t.Share == shareName),
			checkField("email", "User Fields to Send: Email Address", t.Share == shareAll || t.Share == shareMail),
			checkField("ags", "Allow grade service access", t.grants(scopeAGS+"score")),
			checkField("nrps", "Allow Membership Service Access", t.grants(scopeNRPS)),
		},
	}
	labels := map[string]string{
		placeContent: "Course content tool", placePicker: "Deep Linking content tool", placeTool: "Course tool", placeSystem: "System tool",
	}
	for _, place := range []string{placeContent, placePicker, placeTool, placeSystem} {
		_, has := t.Placements[place]
		form.Fields = append(form.Fields,
			adminField{Name: "place", Label: "Placement: " + labels[place], Kind: "check", Value: place, Checked: has},
			textField("target_"+place, "Target Link URI of the "+labels[place], orDefault(t.Placements[place], t.TargetURL), ""))
	}
	return form
}

// registerTool deploys the application at an institution.
func (b *blackboard) registerTool(w http.ResponseWriter, r *http.Request) {
	clientID, site := strings.TrimSpace(r.PostForm.Get("client")), institutionByKey(r.PostForm.Get("institution"))
	t, ok := b.toolByClient(clientID)
	if !ok {
		b.showProviders(w, http.StatusUnprocessableEntity, "The client ID is invalid: no application has it.", clientID)
		return
	}
	deployments := maps.Clone(t.Deployments)
	if deployments == nil {
		deployments = map[string]string{}
	}
	deployments[site.key] = orDefault(deployments[site.key], randomUUID())
	t.Deployments = deployments
	b.cache.forget(t.ClientID)
	if err := b.keepTool(t); err != nil {
		b.fault(w, err)
		return
	}
	http.Redirect(w, r, b.adminPath, http.StatusSeeOther)
}

// saveProvider keeps what the administrator decided.
func (b *blackboard) saveProvider(w http.ResponseWriter, r *http.Request) {
	q := r.PostForm
	t, ok := b.toolByClient(q.Get("client"))
	if !ok {
		b.showProviders(w, http.StatusUnprocessableEntity, "The client ID is invalid: no application has it.", q.Get("client"))
		return
	}
	t.State, t.Scopes, t.Placements = toolPending, nil, map[string]string{}
	if q.Get("state") == toolActive {
		t.State = toolActive
	}
	if q.Get("ags") != "" {
		t.Scopes = blackboardAGS()
	}
	if q.Get("nrps") != "" {
		t.Scopes = append(t.Scopes, scopeNRPS)
	}
	var claims []string
	for _, name := range []string{"name", "email"} {
		if q.Get(name) != "" {
			claims = append(claims, name)
		}
	}
	t.Share = moodleShare(claims)
	for _, place := range q["place"] {
		t.Placements[place] = strings.TrimSpace(q.Get("target_" + place))
	}
	if err := b.keepTool(t); err != nil {
		b.fault(w, err)
		return
	}
	http.Redirect(w, r, b.adminPath, http.StatusSeeOther)
}
