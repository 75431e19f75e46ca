package demo

// Host names of the campuses, without port.
const (
	hostIndex             = "lms.localhost"
	hostMoodle            = "moodle.localhost"
	hostCanvas            = "canvas.localhost"
	hostCanvasSSO         = "sso.canvas.localhost"
	hostBlackboard        = "blackboard.localhost"
	hostBlackboardGateway = "developer.blackboard.localhost"
)

// Client ids, each in the form that its LMS gives out. They never change, so
// that a database kept from an earlier demo still knows its platforms.
const (
	clientMoodle     = "gT5sXk2uVwN8bQe"
	clientCanvas     = "170000000000559"
	clientBlackboard = "5b0e4d3a-9c1f-4f3d-8a57-2f6d1c7be904"
)

// Registration is what the tool must know about a campus before it can be
// launched from there.
type Registration struct {
	Name     string
	Issuer   string
	ClientID string
	AuthURL  string
	TokenURL string
	JWKSURL  string
	// DeploymentIDs are the deployments that the tool lets in. Canvas courses
	// and Blackboard's second institution launch with others on purpose.
	DeploymentIDs    []string
	TrustDeployments bool
	// FrameOrigins are the origins of pages that frame the tool.
	FrameOrigins []string
}

// Registrations lists the campuses, to be registered in the tool before the
// first launch. They are the same at every start with the same port.
func (s *Server) Registrations() []Registration {
	return []Registration{
		{
			Name: "Practice Moodle", Issuer: s.origin(hostMoodle), ClientID: clientMoodle,
			AuthURL:  s.origin(hostMoodle) + "/mod/lti/auth.php",
			TokenURL: s.serverURL("/moodle/token"), JWKSURL: s.serverURL("/moodle/jwks"),
			DeploymentIDs: []string{moodleDeployment},
			FrameOrigins:  []string{s.origin(hostMoodle)},
		},
		{
			Name: "Practice Canvas", Issuer: issuerCanvas, ClientID: clientCanvas,
			AuthURL:  s.origin(hostCanvasSSO) + "/api/lti/authorize_redirect",
			TokenURL: s.serverURL("/canvas/token"), JWKSURL: s.serverURL("/canvas/jwks"),
			DeploymentIDs: []string{canvasAccountDeployment()},
			FrameOrigins:  []string{s.origin(hostCanvas)},
		},
		{
			Name: "Practice Blackboard", Issuer: issuerBlackboard, ClientID: clientBlackboard,
			AuthURL:  s.origin(hostBlackboardGateway) + "/api/v1/gateway/oidcauth",
			TokenURL: s.serverURL("/blackboard/token"), JWKSURL: s.serverURL("/blackboard/jwks"),
			DeploymentIDs: []string{institutions()[0].deployment},
			FrameOrigins:  []string{s.origin(hostBlackboard)},
		},
	}
}
