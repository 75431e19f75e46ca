package demo

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
)

// mountAdmin serves Moodle's administration of external tools.
func (m *moodle) mountAdmin(mux *http.ServeMux) {
	m.mountTools(mux)
	mux.HandleFunc("GET /mod/lti/openid-configuration.php", m.configuration)
	mux.HandleFunc("/mod/lti/openid-registration.php", m.register)
	mux.HandleFunc("GET /mod/lti/toolconfigure.php", m.asAdmin(m.manageTools))
	mux.HandleFunc("POST /mod/lti/toolconfigure.php", m.asAdmin(m.addByURL))
	mux.HandleFunc("GET /mod/lti/startltiadvregistration.php", m.asAdmin(m.startRegistration))
	mux.HandleFunc("GET /mod/lti/typessettings.php", m.asAdmin(m.manualForm))
	mux.HandleFunc("POST /mod/lti/typessettings.php", m.asAdmin(m.saveManual))
	mux.HandleFunc("POST /tools/activate", m.asAdmin(m.toolAction(m.setState(toolActive))))
}

// manageTools serves Site administration > Plugins > External tool > Manage
// tools.
func (m *moodle) manageTools(w http.ResponseWriter, r *http.Request) {
	data := adminPage{base: m.adminBase("Manage tools"), Forms: []adminForm{m.urlForm("")}}
	if r.URL.Query().Get("saved") != "" {
		data.Notice = "Changes saved"
	}
	for _, t := range m.read().Tools {
		data.Cards = append(data.Cards, m.card(t))
	}
	data.Links = []adminLink{{"Configure a tool manually", "/mod/lti/typessettings.php"}}
	m.show(w, http.StatusOK, "admin", data)
}

func (m *moodle) urlForm(value string) adminForm {
	return adminForm{
		Heading: "Add tool", Action: "/mod/lti/toolconfigure.php", Button: "Add LTI Advantage",
		Fields: []adminField{textField("toolurl", "Tool URL...", value, "Enter the registration URL of the tool.")},
	}
}

// card is a tool as Manage tools shows it, with its configuration details.
func (m *moodle) card(t tool) toolCard {
	out := toolCard{Title: t.Name, State: "Active", Text: t.Description, Buttons: m.useButton(t)}
	if t.State == toolPending {
		out.State = "Pending"
		out.Buttons = append([]adminButton{{Text: "Activate", Action: "/tools/activate", Fields: []field{{"client", t.ClientID}}}}, out.Buttons...)
	}
	out.Buttons = append(out.Buttons, deleteButton(t))
	out.Facts = []adminFact{
		{"Platform ID", m.origin()}, {"Client ID", t.ClientID}, {"Deployment ID", t.ID},
		{"Public keyset URL", m.origin() + "/mod/lti/certs.php"}, {"Access token URL", m.origin() + "/mod/lti/token.php"},
		{"Authentication request URL", m.origin() + "/mod/lti/auth.php"},
	}
	out.Links = []adminLink{{"Edit", "/mod/lti/typessettings.php?id=" + t.ID}}
	return out
}

// addByURL serves the tool URL that was pasted: a tool of a domain that is
// known already may be updated instead.
func (m *moodle) addByURL(w http.ResponseWriter, r *http.Request) {
	address, choice := strings.TrimSpace(r.PostForm.Get("toolurl")), r.PostForm.Get("choice")
	if originOf(address) == "" {
		m.show(w, http.StatusUnprocessableEntity, "admin", adminPage{
			base: m.adminBase("Manage tools"), Forms: []adminForm{m.urlForm(address)},
			Notice: "Enter a valid URL", Alarm: true,
		})
		return
	}
	if choice == "" {
		options := []adminOption{{Value: "new", Text: "Register as a new external tool"}}
		for _, t := range m.read().Tools {
			if t.Domain == domainOf(address) {
				options = append(options, adminOption{Value: t.ID, Text: "Update " + t.Name})
			}
		}
		if len(options) > 1 {
			m.show(w, http.StatusOK, "admin", adminPage{base: m.adminBase("Existing tool found"), Forms: []adminForm{{
				Heading: "Update or new?", Action: "/mod/lti/toolconfigure.php", Button: "Continue",
				Help: "A tool with the same domain is registered already.",
				Fields: []adminField{
					hiddenField("toolurl", address),
					{Name: "choice", Label: "What to do", Kind: "choice", Options: options},
				},
			}}})
			return
		}
	}
	src := "/mod/lti/startltiadvregistration.php?" + url.Values{"url": {address}, "type": {choice}}.Encode()
	data := m.adminBase("Register the tool")
	data.Frames = []string{originOf(address)}
	m.show(w, http.StatusOK, "register", registerPage{
		base: data, FrameSrc: src, ToolOrigin: originOf(address), DoneURL: m.adminPath, Width: 1138, Height: 800,
	})
}

// startRegistration serves the frame of a registration: it goes on to the tool
// with a token, good for an hour.
func (m *moodle) startRegistration(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	subject, scope := moodleClientID(), "reg"
	if t, ok := m.toolByID(q.Get("type")); ok {
		subject, scope = t.ID, "reg-update"
	}
	token, err := m.registrationToken(subject, scope)
	if err != nil {
		m.fault(w, err)
		return
	}
	http.Redirect(w, r, withQuery(q.Get("url"), url.Values{
		"openid_configuration": {m.origin() + "/mod/lti/openid-configuration.php"}, "registration_token": {token},
	}), http.StatusFound)
}

// moodleClientID is a client id in Moodle's form: fifteen letters and digits.
func moodleClientID() string { return rand.Text()[:15] }

// manualForm serves the form for a tool without dynamic registration.
func (m *moodle) manualForm(w http.ResponseWriter, r *http.Request) {
	t, known := m.toolByID(r.URL.Query().Get("id"))
	if !known {
		t = tool{Share: shareNone}
	}
	m.show(w, http.StatusOK, "admin", m.manualPage(t, ""))
}

func (m *moodle) manualPage(t tool, complaint string) adminPage {
	custom := make([]string, 0, len(t.Custom))
	for _, f := range t.Custom {
		custom = append(custom, f.Name+"="+f.Value)
	}
	return adminPage{
		base: m.adminBase("External tool configuration"), Notice: complaint, Alarm: complaint != "",
		Forms: []adminForm{{
			Heading: "Tool settings", Action: "/mod/lti/typessettings.php", Button: "Save changes",
			Fields: []adminField{
				hiddenField("id", t.ID),
				textField("name", "Tool name", t.Name, ""),
				textField("toolurl", "Tool URL", t.TargetURL, ""),
				textField("description", "Tool description", t.Description, ""),
				{Name: "version", Label: "LTI version", Kind: "choice", Options: []adminOption{{Value: "1.3", Text: "LTI 1.3"}}},
				{Name: "keytype", Label: "Public key type", Kind: "choice", Options: []adminOption{
					{Value: "keyset", Text: "Keyset URL", Chosen: t.PublicJWK == ""}, {Value: "key", Text: "RSA key", Chosen: t.PublicJWK != ""},
				}},
				textField("keyset", "Public keyset", t.JWKSURL, "With Keyset URL"),
				areaField("publickey", "Public key", t.PublicJWK, "With RSA key"),
				textField("initiatelogin", "Initiate login URL", t.LoginURL, ""),
				areaField("redirects", "Redirection URI(s)", strings.Join(t.RedirectURIs, "\n"), "One a line"),
				areaField("custom", "Custom parameters", strings.Join(custom, "\n"), "name=value, one a line"),
				checkField("contentitem", "Supports Deep Linking (Content-Item Message)", t.PickerURL != ""),
				textField("contentitemurl", "Content Selection URL", t.PickerURL, "Empty: the tool URL"),
				checkField("ags", "IMS LTI Assignment and Grade Services", t.grants(scopeAGS+"score")),
				checkField("nrps", "IMS LTI Names and Role Provisioning", t.grants(scopeNRPS)),
				checkField("sharename", "Share launcher's name with tool", t.Share == shareAll || t.Share == shareName),
				checkField("sharemail", "Share launcher's email with tool", t.Share == shareAll || t.Share == shareMail),
			},
		}},
		Links: []adminLink{{"Manage tools", m.adminPath}},
	}
}

// saveManual keeps what the form says. Like Moodle's it asks for name and
// address and believes all else.
func (m *moodle) saveManual(w http.ResponseWriter, r *http.Request) {
	q := r.PostForm
	t, known := m.toolByID(q.Get("id"))
	if !known {
		t = tool{ClientID: moodleClientID(), State: toolActive, Method: "By hand"}
	}
	t.Name, t.Description = strings.TrimSpace(q.Get("name")), q.Get("description")
	t.TargetURL, t.LoginURL = strings.TrimSpace(q.Get("toolurl")), strings.TrimSpace(q.Get("initiatelogin"))
	t.Domain, t.RedirectURIs = domainOf(t.TargetURL), lines(q.Get("redirects"))
	t.JWKSURL, t.PublicJWK = strings.TrimSpace(q.Get("keyset")), ""
	if q.Get("keytype") == "key" {
		t.JWKSURL, t.PublicJWK = "", strings.TrimSpace(q.Get("publickey"))
	}
	t.Custom, t.PickerURL, t.Scopes = parseCustom(q.Get("custom")), "", nil
	if q.Get("contentitem") != "" {
		t.PickerURL = orDefault(strings.TrimSpace(q.Get("contentitemurl")), t.TargetURL)
	}
	if q.Get("ags") != "" {
		t.Scopes = moodleAGS()
	}
	if q.Get("nrps") != "" {
		t.Scopes = append(t.Scopes, scopeNRPS)
	}
	t.Share = moodleShare(sharedClaims(q))
	if t.Name == "" || originOf(t.TargetURL) == "" {
		m.show(w, http.StatusUnprocessableEntity, "admin", m.manualPage(t, "Tool name and a tool URL are required."))
		return
	}
	var err error
	if t.ID == "" {
		if t.ID, err = m.nextToolID(); err != nil {
			m.fault(w, err)
			return
		}
	}
	t.Deployments = map[string]string{"": t.ID}
	m.cache.forget(t.ClientID)
	if err := m.keepTool(t); err != nil {
		m.fault(w, err)
		return
	}
	http.Redirect(w, r, m.adminPath+"?saved=1", http.StatusSeeOther)
}

// sharedClaims are the claims that the ticked boxes stand for.
func sharedClaims(q url.Values) (claims []string) {
	if q.Get("sharename") != "" {
		claims = append(claims, "name")
	}
	if q.Get("sharemail") != "" {
		claims = append(claims, "email")
	}
	return claims
}
