package ltitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/lti"
)

// RegistrationFaults say how a [Registrar] misbehaves. The zero value is a
// platform that registers tools as the standard says.
type RegistrationFaults struct {
	ConfigStatus   int    // answer the configuration with this status
	ConfigBody     string // answer with this instead of a configuration
	ConfigOversize bool   // answer without end
	ConfigRedirect string // answer with a redirect
	ConfigDelay    time.Duration
	Issuer         string // claim to be this

	Status   int    // answer the registration with this status
	Body     string // answer with this instead of a registration
	Oversize bool   // answer without end
	Redirect string // answer with a redirect
	Delay    time.Duration
}

// Registrar is a platform that tools register with by themselves. Change its
// exported fields before it is used, not while.
type Registrar struct {
	// Token is what it wants to see as a bearer, "" for none.
	Token string
	// Family is its product_family_code.
	Family string
	// ClientID and DeploymentID are what it answers; DeploymentID "" leaves it out.
	ClientID, DeploymentID string
	// Change edits the configuration before it is sent, nil for nothing.
	Change func(configuration map[string]any)
	// Answer edits the registration before it is sent, nil for nothing.
	Answer func(registration map[string]any)

	tb     testing.TB
	server *httptest.Server

	mu       sync.Mutex
	faults   RegistrationFaults
	requests []RegistrationCall
}

// RegistrationCall is one request to the registration endpoint.
type RegistrationCall struct {
	Method, Authorization string
	Body                  map[string]any
}

// NewRegistrar starts a registering platform that ends with the test.
func NewRegistrar(tb testing.TB) *Registrar {
	tb.Helper()
	r := &Registrar{Token: "platform-token", Family: "practice", ClientID: "dynamic-1", DeploymentID: "d-1", tb: tb}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /configuration", r.configuration)
	mux.HandleFunc("/register", r.register)
	r.server = httptest.NewServer(mux)
	tb.Cleanup(r.server.Close)
	return r
}

// URL returns the platform's own address followed by path.
func (r *Registrar) URL(path string) string { return r.server.URL + path }

// SetFaults changes how the platform behaves from now on.
func (r *Registrar) SetFaults(f RegistrationFaults) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = f
}

// Calls returns the requests to the registration endpoint.
func (r *Registrar) Calls() []RegistrationCall {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]RegistrationCall(nil), r.requests...)
}

// Opens returns the request that the platform's page makes of a link.
func (r *Registrar) Opens(link string) lti.RegistrationRequest {
	r.tb.Helper()
	u, err := url.Parse(link)
	if err != nil {
		r.tb.Fatalf("registration link: %v", err)
	}
	return lti.RegistrationRequest{Token: u.Query().Get("token"), ConfigURL: r.URL("/configuration"), PlatformToken: r.Token}
}

func (r *Registrar) configuration(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	f := r.faults
	r.mu.Unlock()
	sleep(req, f.ConfigDelay)
	c := map[string]any{
		"issuer": r.URL(""), "authorization_endpoint": r.URL("/auth"), "token_endpoint": r.URL("/token"), "jwks_uri": r.URL("/jwks"),
		"registration_endpoint":                            r.URL("/register"),
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":                         []string{"id_token"},
		"id_token_signing_alg_values_supported":            []string{"RS256"},
		"scopes_supported":                                 []string{"openid", lti.ScopeMembers},
		"https://purl.imsglobal.org/spec/lti-platform-configuration": map[string]any{
			"product_family_code": r.Family, "version": "1",
			"messages_supported": []any{map[string]any{"type": lti.MessageResourceLink}, map[string]any{"type": lti.MessageDeepLinking, "placements": []string{"ContentArea"}}},
			"variables":          []string{"Context.id.history"},
		},
	}
	if f.Issuer != "" {
		c["issuer"] = f.Issuer
	}
	if r.Change != nil {
		r.Change(c)
	}
	answer(w, req, c, fault{f.ConfigStatus, f.ConfigBody, f.ConfigOversize, f.ConfigRedirect}, r.Token)
}

func (r *Registrar) register(w http.ResponseWriter, req *http.Request) {
	call := RegistrationCall{Method: req.Method, Authorization: req.Header.Get("Authorization")}
	if err := json.NewDecoder(req.Body).Decode(&call.Body); err != nil {
		http.Error(w, "invalid_client_metadata", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	f := r.faults
	r.requests = append(r.requests, call)
	r.mu.Unlock()
	sleep(req, f.Delay)
	tool, _ := call.Body["https://purl.imsglobal.org/spec/lti-tool-configuration"].(map[string]any)
	if r.DeploymentID != "" && tool != nil {
		tool["deployment_id"] = r.DeploymentID
	}
	call.Body["client_id"] = r.ClientID
	if r.Answer != nil {
		r.Answer(call.Body)
	}
	answer(w, req, call.Body, fault{f.Status, f.Body, f.Oversize, f.Redirect}, r.Token)
}

func sleep(req *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-req.Context().Done():
	}
}

type fault struct {
	status   int
	body     string
	oversize bool
	redirect string
}

func answer(w http.ResponseWriter, req *http.Request, good map[string]any, f fault, token string) {
	w.Header().Set("Content-Type", "application/json")
	given := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	switch {
	case given != token && req.Method != http.MethodPut:
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprint(w, "missing_registration_token")
	case f.redirect != "":
		http.Redirect(w, req, f.redirect, http.StatusFound)
	case f.oversize:
		_, _ = fmt.Fprintf(w, `{"padding":%q}`, strings.Repeat("x", 1<<20))
	case f.status != 0 || f.body != "":
		w.WriteHeader(max(f.status, http.StatusOK))
		_, _ = fmt.Fprint(w, f.body)
	default:
		_ = json.NewEncoder(w).Encode(good)
	}
}
