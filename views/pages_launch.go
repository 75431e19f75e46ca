package views

// LoginStore keeps the browser's secret in every place that works and goes on to the platform;
// it holds no data about anybody. Where nothing keeps the secret it offers a new window.
type LoginStore struct {
	Base
	Login LoginData
}

// LoginData is what the login page's script reads.
type LoginData struct {
	// Key names the stored secret; it contains the state's public id, so that launches side by
	// side do not collide.
	Key     string `json:"key"`
	Secret  string `json:"secret"`
	AuthURL string `json:"auth_url"`
	// Target is lti_storage_target ("" if the platform named none), Origin that of the
	// platform's authorization address.
	Target string `json:"target"`
	Origin string `json:"origin"`
	// Probe names the readable cookie of this answer that shows whether cookies stick.
	Probe string `json:"probe"`
	// WindowURL starts the login again in a window of its own.
	WindowURL string `json:"window_url"`
}

// LaunchProof proves to /lti/launch/proof that this browser began the launch. It holds no
// session and no data about anybody.
type LaunchProof struct {
	Base
	Proof ProofData
}

// ProofData is what the proof page's script reads.
type ProofData struct {
	Key    string `json:"key"`
	Handle string `json:"handle"`
	Target string `json:"target"`
	Origin string `json:"origin"`
	// FailedURL is shown when the server refuses the proof and names no page of its own.
	FailedURL string `json:"failed_url"`
}

// OpenWindow asks for one click that opens URL in a window of its own.
type OpenWindow struct {
	Base
	URL string
}

// LaunchError says that a launch failed. Reason is expired, no_proof, used, denied, platform,
// unknown_platform, closed or anything else (a neutral sentence).
type LaunchError struct {
	Base
	Reason, Reference string
	// WindowURL is set only where a new window can help.
	WindowURL string
}

// DeploymentPending says that an administrator has to allow this installation of the platform.
type DeploymentPending struct {
	Base
	Reference string
}

// Shell is the empty page that a framed GET without a bearer gets: its script asks again with
// the bearer, or says that the page is to be opened again from the course. With a Carrier it is
// the answer to a launch that goes on to the carrier's URL.
type Shell struct{ Base }

// ErrorPage is any other error. Status chooses the words: 400, 401, 403, 404, 405, 409, 410,
// 413, 421, 422, 429, 500 or 503.
type ErrorPage struct {
	Base
	Status int
	// Reference is the request's number, shown with 500 and 503.
	Reference string
	// SignedInAs names the identity of this browser, for 409.
	SignedInAs string
	// HomeURL leads on; empty means no button.
	HomeURL string
}

// SignedOut says that this device or tab is signed out.
type SignedOut struct{ Base }

// Privacy says what happens with people's data.
type Privacy struct{ Base }

// Home says what this place is for, GET /.
type Home struct{ Base }

// Help helps with joining.
type Help struct{ Base }
