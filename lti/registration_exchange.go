package lti

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// What can go wrong while a platform registers Usher.
const (
	// CodeConfigAddress: the platform names no usable address of its
	// configuration.
	CodeConfigAddress Code = "registration_config_address"
	// CodeConfigUnreachable: the configuration cannot be fetched: no answer in
	// time, too much of it, a redirect elsewhere (C-100).
	CodeConfigUnreachable Code = "registration_config_unreachable"
	// CodeConfigPrivate: an address of the platform leads inside, which has to
	// be allowed first (C-100).
	CodeConfigPrivate Code = "registration_private_address"
	// CodeConfigRefused: the platform does not give its configuration away.
	CodeConfigRefused Code = "registration_config_refused"
	// CodeConfigInvalid: the configuration lacks what is needed (C-102).
	CodeConfigInvalid Code = "registration_config_invalid"
	// CodeRegistrationUnreachable: the registration was sent and not answered.
	CodeRegistrationUnreachable Code = "registration_unreachable"
	// CodeRegistrationRefused: the platform refused; Received has its words (C-107).
	CodeRegistrationRefused Code = "registration_refused"
	// CodeRegistrationAnswer: the answer is no registration (C-108).
	CodeRegistrationAnswer Code = "registration_answer"
	// CodeRegistrationConflict: the issuer and client id belong to a platform
	// with other keys (C-110).
	CodeRegistrationConflict Code = "registration_conflict"
)

// registrationAnswer is what a platform said, whole and of bounded size.
type registrationAnswer struct {
	status int
	body   []byte
}

var errAnswerTooLarge = fmt.Errorf("more than %d bytes", maxRegistrationSize)

// exchange sends a request and reads a bounded answer.
func exchange(client *http.Client, req *http.Request) (registrationAnswer, error) {
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return registrationAnswer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRegistrationSize+1))
	if err != nil {
		return registrationAnswer{}, err
	}
	if len(body) > maxRegistrationSize {
		return registrationAnswer{}, errAnswerTooLarge
	}
	return registrationAnswer{status: resp.StatusCode, body: body}, nil
}

// authorise adds the platform's token, where it gave one (C-107).
func authorise(req *http.Request, token string) {
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
}

// withoutRedirects is the client for what is sent: a redirected POST would
// arrive as a GET, or take the token elsewhere.
func withoutRedirects(client *http.Client) *http.Client {
	strict := *client
	strict.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("redirect") }
	return &strict
}

// unreachable words a fetch that failed. The address stays out of it: its
// query can hold the platform's token.
func unreachable(code Code, address *url.URL, err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		if failed.Timeout() {
			err = errors.New("no answer in time")
		} else {
			err = failed.Err
		}
	}
	if errors.Is(err, errPrivateAddress) {
		code = CodeConfigPrivate
	}
	return &Error{Code: code, Expected: "an answer from " + address.Host, Received: diagnosis(err.Error()), Err: err}
}

// diagnosis is the status and the platform's words.
func (a registrationAnswer) diagnosis() string {
	return diagnosis(strings.TrimSpace("status " + strconv.Itoa(a.status) + " " + a.words()))
}

// words are what the platform says about a refusal: as OpenID Connect writes
// it, as Canvas does, or bare words as Moodle does. A page for people has none.
func (a registrationAnswer) words() string {
	var e struct {
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
		Errors      json.RawMessage `json:"errors"`
		Message     string          `json:"errorMessage"`
	}
	if json.Unmarshal(a.body, &e) == nil {
		var parts []string
		for _, part := range []string{flatWords(e.Error), e.Description, flatWords(e.Errors), e.Message} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		return diagnosis(strings.Join(parts, ": "))
	}
	bare := strings.TrimSpace(string(a.body))
	if len(bare) > maxDiagnosis || strings.ContainsAny(bare, "<>{}") {
		return ""
	}
	return diagnosis(bare)
}

// flatWords collects the texts of a JSON value, however Canvas nests them.
func flatWords(raw json.RawMessage) string {
	var value any
	if len(raw) == 0 || json.Unmarshal(raw, &value) != nil {
		return ""
	}
	var texts []string
	collectWords(value, &texts)
	return strings.Join(texts, ", ")
}

// maxErrorTexts bounds how many texts of an error are shown.
const maxErrorTexts = 8

func collectWords(value any, texts *[]string) {
	if len(*texts) >= maxErrorTexts {
		return
	}
	switch v := value.(type) {
	case string:
		*texts = append(*texts, v)
	case []any:
		for _, inner := range v {
			collectWords(inner, texts)
		}
	case map[string]any:
		for _, name := range []string{"field", "type", "message"} {
			collectWords(v[name], texts)
		}
	}
}
