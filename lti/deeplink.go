package lti

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"usher/secret"
)

// The claims that Deep Linking adds [DL-20 §4.4, §4.5].
const (
	deepLinkingPrefix = "https://purl.imsglobal.org/spec/lti-dl/claim/"

	ClaimDeepLinking   = deepLinkingPrefix + "deep_linking_settings"
	claimDeepData      = deepLinkingPrefix + "data"
	claimContentItems  = deepLinkingPrefix + "content_items"
	claimDeepMessage   = deepLinkingPrefix + "msg"
	claimDeepLog       = deepLinkingPrefix + "log"
	claimDeepError     = deepLinkingPrefix + "errormsg"
	messageDeepAnswer  = "LtiDeepLinkingResponse"
	itemResourceLink   = "ltiResourceLink"
	targetWindow       = "window"
	maxDeepLinkAddress = 8 << 10
	maxDeepLinkData    = 32 << 10
)

// CustomEntry names the custom value of a link that was made by deep linking:
// the id of the entry that it shows. Teachers can write it too, so it opens
// only an entry of the course from which it comes (C-47).
const CustomEntry = "usher_entry"

// CopiedFrom lists the contexts from which the launch's was copied, where the
// platform says so. Teachers can write it too: it proves nothing by itself.
func (l *Launch) CopiedFrom() (list []string) {
	for id := range strings.SplitSeq(l.Custom[CustomContextHistory], ",") {
		if id = strings.TrimSpace(id); id != "" {
			list = append(list, id)
		}
	}
	return list
}

// DeepLinkingSettings is what a platform accepts as the answer to a
// [MessageDeepLinking] [DL-20 §4.4.1].
type DeepLinkingSettings struct {
	// ReturnURL takes the answer. It comes from the verified token, is kept here
	// and never asked of a browser (C-48).
	ReturnURL string
	// Links says that resource links are accepted, which is all that Usher has
	// to offer (C-44).
	Links bool
	// Multiple says that more than one may be answered.
	Multiple bool
	// Window says that a link may open a window of its own, which rooms are
	// better in: the platform offers it and keeps to it.
	Window bool
	// ShowsMessage says that people get to see the message of an answer.
	ShowsMessage bool
	// Data must come back as it was; nil where there was none (C-43).
	Data json.RawMessage `json:",omitempty"`
}

// deepLinkingClaim is the claim as it comes; what only describes is left out.
type deepLinkingClaim struct {
	ReturnURL   string          `json:"deep_link_return_url"`
	AcceptTypes names           `json:"accept_types"`
	Targets     names           `json:"accept_presentation_document_targets"`
	Multiple    flag            `json:"accept_multiple"`
	Data        json.RawMessage `json:"data"`
}

// flag is a truth value; some platforms write it as a string.
type flag bool

// UnmarshalJSON never fails: what is no truth value is false.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag(strings.EqualFold(strings.Trim(string(b), `"`), "true"))
	return nil
}

// checkDeepLinking reads what a content selection needs to be answered: a
// course to choose from, and an address to answer to (C-39, C-48).
func checkDeepLinking(a *attempt) error {
	c := &a.token.claims
	if c.MessageType != MessageDeepLinking {
		return nil
	}
	refuse := func(claim, expected, received string) error {
		return &Error{Code: CodeDeepLinking, Claim: claim, Expected: expected, Received: received}
	}
	var got deepLinkingClaim
	switch err := json.Unmarshal(c.DeepLinking, &got); {
	case c.DeepLinking == nil:
		return refuse(ClaimDeepLinking, "present", "absent")
	case err != nil:
		return refuse(ClaimDeepLinking, "an object", "unreadable")
	case got.ReturnURL == "":
		return refuse("deep_link_return_url", "present", "absent")
	case len(got.ReturnURL) > maxDeepLinkAddress || printable(got.ReturnURL) != got.ReturnURL || !a.trusted(got.ReturnURL) ||
		checkFrameOrigin(originOf(got.ReturnURL)) != nil:
		return refuse("deep_link_return_url", "an https address", diagnosis(originOf(got.ReturnURL)))
	case len(got.Data) > maxDeepLinkData:
		return refuse("data", "at most 32 KiB", "more")
	case c.Context.ID == "":
		return refuse(ClaimContext, "a course to choose from", "absent")
	}
	a.deepLinking = &got
	return nil
}

// settings says what is accepted, and what the platform of that family does
// with it: Moodle offers windows and ignores them, and shows no message.
func (d *deepLinkingClaim) settings(family string) *DeepLinkingSettings {
	s := &DeepLinkingSettings{
		ReturnURL: d.ReturnURL, Links: slices.Contains(d.AcceptTypes, itemResourceLink), Multiple: bool(d.Multiple),
		Window:       family != FamilyMoodle && slices.Contains(d.Targets, targetWindow),
		ShowsMessage: family == FamilyCanvas || family == FamilyBlackboard,
	}
	if data := strings.TrimSpace(string(d.Data)); data != "" && data != "null" {
		s.Data = d.Data
	}
	return s
}

// ContentItem is one link of an answer.
type ContentItem struct {
	EntryID string // comes back with each launch as [CustomEntry]
	Title   string
}

// DeepLinkingResponse answers a content selection.
type DeepLinkingResponse struct {
	Platform     Platform
	DeploymentID string // of the request
	Settings     DeepLinkingSettings
	// Items may be none: the person chose nothing.
	Items []ContentItem
	// Message is for people, Log for the platform's log; both may be "".
	Message, Log string
	// Failed says that Message tells of something that went wrong.
	Failed bool
}

// contentItem is a link as platforms read it [DL-20 §3.2]. An address of the
// tool is always there: Blackboard makes a dead link of one without.
type contentItem struct {
	Type   string            `json:"type"`
	Title  string            `json:"title"`
	URL    string            `json:"url"`
	Custom map[string]string `json:"custom"`
	Window *itemWindow       `json:"window,omitempty"`
}

type itemWindow struct {
	TargetName string `json:"targetName"`
}

// DeepLinkingResponse returns the signed answer to a content selection, for the
// browser to post as JWT (C-40 to C-43). It says no more than was asked for: of
// several links the first, where one is accepted, and none where none is (C-44).
func (s *Service) DeepLinkingResponse(ctx context.Context, r DeepLinkingResponse) (string, error) {
	items := []contentItem{} // none is an empty list, not null
	for _, item := range r.Items {
		if !r.Settings.Links || len(items) == 1 && !r.Settings.Multiple {
			break
		}
		link := contentItem{Type: itemResourceLink, Title: item.Title, URL: s.launchURL, Custom: map[string]string{CustomEntry: item.EntryID}}
		if r.Settings.Window {
			link.Window = &itemWindow{TargetName: "_blank"}
		}
		items = append(items, link)
	}
	claims := map[string]any{
		"iss": r.Platform.ClientID, "sub": r.Platform.ClientID, "aud": r.Platform.Issuer,
		"nonce": secret.Token(), "jti": secret.Token(),
		ClaimMessageType: messageDeepAnswer, ClaimVersion: Version, ClaimDeploymentID: r.DeploymentID,
		claimContentItems: items,
	}
	if r.Settings.Data != nil {
		claims[claimDeepData] = r.Settings.Data
	}
	if r.Message != "" && r.Failed {
		claims[claimDeepError] = r.Message
	} else if r.Message != "" {
		claims[claimDeepMessage] = r.Message
	}
	if r.Log != "" {
		claims[claimDeepLog] = r.Log
	}
	jwt, err := s.sign(ctx, claims)
	if err != nil {
		return "", fmt.Errorf("sign deep linking response: %w", err)
	}
	return jwt, nil
}
