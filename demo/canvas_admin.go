package demo

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// mountAdmin serves Canvas's administration of keys and apps.
func (c *canvas) mountAdmin(mux *http.ServeMux) {
	c.mountTools(mux)
	mux.HandleFunc("POST /api/lti/registrations", c.register)
	mux.HandleFunc("GET /accounts/1/developer_keys", c.asAdmin(c.keysPage))
	mux.HandleFunc("POST /accounts/1/developer_keys", c.asAdmin(c.addKey))
	mux.HandleFunc("POST /accounts/1/developer_keys/register", c.asAdmin(c.startRegistration))
	mux.HandleFunc("GET /accounts/1/developer_keys/confirm", c.asAdmin(c.confirmPage))
	mux.HandleFunc("POST /accounts/1/developer_keys/confirm", c.asAdmin(c.confirm))
	mux.HandleFunc("POST /accounts/1/developer_keys/on", c.asAdmin(c.toolAction(c.setState(toolActive))))
	mux.HandleFunc("POST /accounts/1/developer_keys/off", c.asAdmin(c.toolAction(c.setState(toolPending))))
	mux.HandleFunc("GET /accounts/1/settings/configurations", c.asAdmin(c.appsPage))
	mux.HandleFunc("POST /accounts/1/settings/configurations", c.asAdmin(c.install))
}

// keysPage serves Admin > Developer Keys.
func (c *canvas) keysPage(w http.ResponseWriter, _ *http.Request) {
	c.showKeys(w, http.StatusOK, "", "", "")
}

func (c *canvas) showKeys(w http.ResponseWriter, status int, complaint, address, redirects string) {
	data := adminPage{
		base: c.adminBase("Developer Keys"), Notice: complaint, Alarm: complaint != "",
		Intro: "A key must be switched on, and the app installed by its client id, before courses see the tool.",
		Forms: []adminForm{
			{
				Heading: "+ Developer Key: + LTI Registration", Action: "/accounts/1/developer_keys/register", Button: "Continue",
				Fields: []adminField{
					textField("registration_url", "Dynamic Registration URL", "", ""),
					checkField("newer", "This Canvas installs the app by itself and answers with a deployment id", false),
				},
			},
			{
				Heading: "+ Developer Key: + LTI Key, method Enter URL", Action: "/accounts/1/developer_keys", Button: "Save",
				Fields: []adminField{
					textField("key_name", "Key Name", "", "Empty: the tool's title"),
					areaField("redirect_uris", "Redirect URIs", redirects, "One a line. Empty: the tool's target link URI"),
					textField("url", "JSON URL", address, ""),
				},
			},
		},
		Links: []adminLink{{"Settings: Apps", "/accounts/1/settings/configurations"}},
	}
	for _, t := range c.read().Tools {
		data.Cards = append(data.Cards, c.keyCard(t))
	}
	c.show(w, status, "admin", data)
}

func (c *canvas) keyCard(t tool) toolCard {
	toggle := adminButton{Text: "Switch on", Action: "/accounts/1/developer_keys/on", Fields: []field{{"client", t.ClientID}}}
	state := "Off"
	if t.State == toolActive {
		toggle.Text, toggle.Action, state = "Switch off", "/accounts/1/developer_keys/off", "On"
	}
	return toolCard{
		Title: t.Name, State: state, Text: t.Method,
		Facts: []adminFact{
			{"Client ID (Details)", t.ClientID}, {"Redirect URIs", strings.Join(t.RedirectURIs, " ")},
			{"Placements", strings.Join(slices.Sorted(maps.Keys(t.Placements)), " ")}, {"Privacy level", canvasPrivacy(t.Share)},
		},
		Buttons: append([]adminButton{toggle, deleteButton(t)}, c.useButton(t)...),
	}
}

// canvasPrivacy is Canvas's word for what a tool is told.
func canvasPrivacy(share string) string {
	return map[string]string{
		shareAll: "public", shareName: "name_only", shareMail: "email_only", shareNone: "anonymous",
	}[share]
}

// addKey makes a key of a configuration by its address.
func (c *canvas) addKey(w http.ResponseWriter, r *http.Request) {
	address, redirects := strings.TrimSpace(r.PostForm.Get("url")), r.PostForm.Get("redirect_uris")
	t, err := c.configured(r.Context(), address)
	if err != nil {
		c.showKeys(w, http.StatusUnprocessableEntity, "Failed to save the key: "+err.Error(), address, redirects)
		return
	}
	if t.RedirectURIs = lines(redirects); len(t.RedirectURIs) == 0 {
		t.RedirectURIs = []string{t.TargetURL}
	}
	t.Name = orDefault(strings.TrimSpace(r.PostForm.Get("key_name")), t.Name)
	if err := c.keepNew(&t); err != nil {
		c.fault(w, err)
		return
	}
	http.Redirect(w, r, c.adminPath, http.StatusSeeOther)
}

// startRegistration frames the tool's registration page.
func (c *canvas) startRegistration(w http.ResponseWriter, r *http.Request) {
	address := strings.TrimSpace(r.PostForm.Get("registration_url"))
	if originOf(address) == "" {
		c.showKeys(w, http.StatusUnprocessableEntity, "Please enter a valid URL", "", "")
		return
	}
	token, err := c.registrationToken(address)
	if err != nil {
		c.fault(w, err)
		return
	}
	permit, _ := c.permitted(token)
	c.permits.allow(permit.UUID)
	if r.PostForm.Get("newer") != "" {
		c.newerOnes.allow(permit.UUID)
	}
	src := withQuery(address, url.Values{
		"openid_configuration": {c.s.origin(hostCanvasSSO) + "/api/lti/security/openid-configuration?registration_token=" + token},
		"registration_token":   {token},
	})
	data := c.adminBase("Register App")
	data.Frames = []string{originOf(address)}
	c.show(w, http.StatusOK, "register", registerPage{
		base: data, FrameSrc: src, ToolOrigin: originOf(address), DoneURL: "/accounts/1/developer_keys/confirm", Width: 800, Height: 600,
	})
}

// newer says whether the registration is by a Canvas that installs by itself.
func (c *canvas) newer(uuid string) bool { return c.newerOnes.use(uuid) }

// confirmPage shows what a tool registered: the administrator may drop scopes,
// placements and what the tool is told, and switches the key on.
func (c *canvas) confirmPage(w http.ResponseWriter, r *http.Request) {
	tools := c.read().Tools
	if len(tools) == 0 || tools[len(tools)-1].State != toolPending {
		c.message(w, http.StatusNotFound, "Nothing was registered", "The tool's page was closed before it registered anything.")
		return
	}
	t := tools[len(tools)-1]
	form := adminForm{
		Heading: t.Name, Help: t.Description, Action: "/accounts/1/developer_keys/confirm", Button: "Enable & Close",
		Fields: []adminField{hiddenField("client", t.ClientID)},
	}
	for _, scope := range t.Scopes {
		form.Fields = append(form.Fields, adminField{Name: "scope", Label: "Permission: " + scope, Kind: "check", Value: scope, Checked: true})
	}
	for _, p := range slices.Sorted(maps.Keys(t.Placements)) {
		form.Fields = append(form.Fields, adminField{Name: "placement", Label: "Placement: " + p, Kind: "check", Value: p, Checked: true})
	}
	privacy := adminField{Name: "share", Label: "Privacy level", Kind: "choice"}
	for _, share := range []string{shareAll, shareName, shareMail, shareNone} {
		privacy.Options = append(privacy.Options, adminOption{Value: share, Text: canvasPrivacy(share), Chosen: share == t.Share})
	}
	form.Fields = append(form.Fields, privacy)
	c.show(w, http.StatusOK, "admin", adminPage{base: c.adminBase("Review the app"), Forms: []adminForm{form}})
}

// confirm keeps what was left ticked.
func (c *canvas) confirm(w http.ResponseWriter, r *http.Request) {
	t, ok := c.toolByClient(r.PostForm.Get("client"))
	if !ok {
		c.message(w, http.StatusNotFound, "Page Not Found", "There is no such key.")
		return
	}
	t.Scopes, t.State = r.PostForm["scope"], toolActive
	if share := r.PostForm.Get("share"); canvasPrivacy(share) != "" {
		t.Share = share
	}
	kept := map[string]string{}
	for _, p := range r.PostForm["placement"] {
		if target, had := t.Placements[p]; had {
			kept[p] = target
		}
	}
	t.Placements = kept
	if err := c.keepTool(t); err != nil {
		c.fault(w, err)
		return
	}
	http.Redirect(w, r, c.adminPath, http.StatusSeeOther)
}

// appsPage serves Settings > Apps: installed apps with their deployment ids.
func (c *canvas) appsPage(w http.ResponseWriter, _ *http.Request) {
	c.showApps(w, http.StatusOK, "", "")
}

func (c *canvas) showApps(w http.ResponseWriter, status int, complaint, clientID string) {
	where := adminField{Name: "place", Label: "Install in", Kind: "choice", Options: []adminOption{{Value: canvasPlace, Text: c.institution + " (the whole account)"}}}
	for _, at := range c.read().Courses {
		where.Options = append(where.Options, adminOption{Value: at.Key, Text: "Course: " + at.Title})
	}
	data := adminPage{
		base: c.adminBase("Apps"), Notice: complaint, Alarm: complaint != "",
		Forms: []adminForm{{
			Heading: "+ App", Help: "Configuration type: By Client ID", Action: "/accounts/1/settings/configurations", Button: "Install",
			Fields: []adminField{textField("client", "Client ID", clientID, ""), where},
		}},
		Links: []adminLink{{"Developer Keys", c.adminPath}},
	}
	for _, t := range c.read().Tools {
		card := toolCard{Title: t.Name, Text: "Client ID " + t.ClientID, Buttons: c.useButton(t)}
		for _, place := range slices.Sorted(maps.Keys(t.Deployments)) {
			if place != canvasEach {
				card.Facts = append(card.Facts, adminFact{"Deployment ID (" + place + ")", t.Deployments[place]})
			}
		}
		if len(t.Deployments) > 0 {
			data.Cards = append(data.Cards, card)
		}
	}
	c.show(w, status, "admin", data)
}

// install deploys a key: each place gets a deployment id of its own.
func (c *canvas) install(w http.ResponseWriter, r *http.Request) {
	clientID, place := strings.TrimSpace(r.PostForm.Get("client")), r.PostForm.Get("place")
	t, ok := c.toolByClient(clientID)
	if !ok || t.State != toolActive {
		c.showApps(w, http.StatusUnprocessableEntity, "The client ID does not exist in this account, or its key is off.", clientID)
		return
	}
	number, err := c.nextToolID()
	if err != nil {
		c.fault(w, err)
		return
	}
	deployments := maps.Clone(t.Deployments)
	if deployments == nil {
		deployments = map[string]string{}
	}
	deployments[canvasPlace] = number + ":" + canvasAccount()
	if at, isCourse := c.courseByKey(place); isCourse {
		deployments = maps.Clone(t.Deployments)
		if deployments == nil {
			deployments = map[string]string{}
		}
		deployments[place] = number + ":" + canvasContext(at)
	}
	t.Deployments = deployments
	if err := c.keepTool(t); err != nil {
		c.fault(w, err)
		return
	}
	http.Redirect(w, r, "/accounts/1/settings/configurations", http.StatusSeeOther)
}
