package ltitest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"testing"
	"time"

	"usher/lti"
)

// Message is an id_token before it is signed. Tests may write anything into
// header and claims.
type Message struct {
	Header map[string]any
	Claims map[string]any

	sign func(tb testing.TB, signed string) []byte
	tb   testing.TB
}

// Change makes a message different from a correct one.
type Change func(*Message)

// Token signs the message and returns the compact form.
func (m *Message) Token() string {
	m.tb.Helper()
	signed := m.encode(m.Header) + "." + m.encode(m.Claims)
	return signed + "." + base64.RawURLEncoding.EncodeToString(m.sign(m.tb, signed))
}

func (m *Message) encode(v map[string]any) string {
	m.tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		m.tb.Fatalf("encode token: %v", err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func signRS256(key *rsa.PrivateKey) func(testing.TB, string) []byte {
	return func(tb testing.TB, signed string) []byte {
		tb.Helper()
		sum := sha256.Sum256([]byte(signed))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			tb.Fatalf("sign token: %v", err)
		}
		return signature
	}
}

// The vocabulary of the roles that people of the platform have.
const (
	RoleInstructor         = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
	RoleLearner            = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
	RoleTeachingAssistant  = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
	RoleInstitutionAdmin   = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
	RoleInstitutionStudent = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"
)

type person struct {
	given, family string
	roles         []string
}

func personOf(hint string) person {
	switch hint {
	case "teacher":
		return person{"Tara", "Teacher", []string{RoleInstructor}}
	case "ta":
		return person{"Theo", "Assistant", []string{RoleInstructor, RoleTeachingAssistant}}
	case "admin":
		return person{"Ada", "Admin", []string{RoleInstitutionAdmin}}
	}
	return person{"Sam", hint, []string{RoleLearner, RoleInstitutionStudent}}
}

func (p *Platform) claims(hint, nonce string) map[string]any {
	who, now := personOf(hint), p.Now()
	return map[string]any{
		"iss": p.Issuer, "aud": p.ClientID, "sub": hint, "nonce": nonce,
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"name": who.given + " " + who.family, "given_name": who.given, "family_name": who.family,
		"email": hint + "@campus.example", "locale": "en",
		lti.ClaimMessageType:   lti.MessageResourceLink,
		lti.ClaimVersion:       lti.Version,
		lti.ClaimDeploymentID:  p.DeploymentID,
		lti.ClaimTargetLinkURI: "https://tool.example/lti/launch",
		lti.ClaimRoles:         who.roles,
		lti.ClaimResourceLink:  map[string]any{"id": "link-1", "title": "Weekly room"},
		lti.ClaimContext: map[string]any{
			"id": "course-1", "title": "Economics 101", "label": "ECON101",
			"type": []string{"http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"},
		},
		lti.ClaimToolPlatform: map[string]any{"product_family_code": p.Family, "guid": "practice", "url": p.server.URL},
		lti.ClaimPresentation: map[string]any{"document_target": "iframe", "return_url": p.URL("/return"), "locale": "en"},
	}
}

// With sets a claim.
func With(claim string, value any) Change {
	return func(m *Message) { m.Claims[claim] = value }
}

// Without removes claims.
func Without(claims ...string) Change {
	return func(m *Message) {
		for _, claim := range claims {
			delete(m.Claims, claim)
		}
	}
}

// WithHeader sets a header member; nil removes it.
func WithHeader(name string, value any) Change {
	return func(m *Message) {
		if value == nil {
			delete(m.Header, name)
			return
		}
		m.Header[name] = value
	}
}

// At moves iat to a time and exp to a lifetime after it.
func At(issued time.Time, lifetime time.Duration) Change {
	return func(m *Message) {
		m.Claims["iat"], m.Claims["exp"] = issued.Unix(), issued.Add(lifetime).Unix()
	}
}

// DeepLinking makes the message a content selection, without resource link.
func DeepLinking() Change {
	return func(m *Message) {
		m.Claims[lti.ClaimMessageType] = lti.MessageDeepLinking
		delete(m.Claims, lti.ClaimResourceLink)
		m.Claims[lti.ClaimDeepLinking] = map[string]any{
			"deep_link_return_url": DeepLinkReturn, "accept_types": []string{"link", "file", "html", "ltiResourceLink"},
			"accept_presentation_document_targets": []string{"iframe", "window"}, "accept_multiple": true, "data": DeepLinkData,
		}
	}
}

// What [DeepLinking] asks for: where the answer goes, and what must come back
// byte for byte.
const (
	DeepLinkReturn = "https://campus.example/deep_link?course=1&data=a%2Bb"
	DeepLinkData   = `909708 "<&>" \u2028 é`
)

// Settings changes settings of a content selection; nil removes one.
func Settings(changes map[string]any) Change {
	return func(m *Message) {
		settings, _ := m.Claims[lti.ClaimDeepLinking].(map[string]any)
		for name, value := range changes {
			if value == nil {
				delete(settings, name)
				continue
			}
			settings[name] = value
		}
	}
}

// SignedBy signs with another platform's key, under the key id of the first.
func SignedBy(other *Platform) Change {
	return func(m *Message) { m.sign = signRS256(other.key) }
}

// Unsigned makes an alg none token.
func Unsigned() Change {
	return func(m *Message) {
		m.Header["alg"] = "none"
		m.sign = func(testing.TB, string) []byte { return nil }
	}
}

// SignedHS256 signs symmetrically with the platform's public key as the
// secret, the classic confusion of algorithms.
func SignedHS256(p *Platform) Change {
	return func(m *Message) {
		m.Header["alg"] = "HS256"
		m.sign = func(tb testing.TB, signed string) []byte {
			tb.Helper()
			der, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
			if err != nil {
				tb.Fatalf("encode public key: %v", err)
			}
			mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
			mac.Write([]byte(signed))
			return mac.Sum(nil)
		}
	}
}

// SignedByOldKey signs with the key that [Platform.RotateKey] replaced.
func SignedByOldKey(p *Platform) Change {
	return func(m *Message) {
		p.mu.Lock()
		defer p.mu.Unlock()
		m.Header["kid"] = p.oldID
		m.sign = signRS256(p.old)
	}
}

// BadSignature changes one byte of the signature.
func BadSignature() Change {
	return func(m *Message) {
		sign := m.sign
		m.sign = func(tb testing.TB, signed string) []byte {
			tb.Helper()
			b := sign(tb, signed)
			b[len(b)/2] ^= 1
			return b
		}
	}
}

// As takes the claims of a recorded message but for those that belong to a
// platform and a moment (issuer, audience, times, nonce), which stay. claim
// and value replace one more, usually the deployment.
func As(recorded map[string]any, claim string, value any) Change {
	return func(m *Message) {
		kept := map[string]any{claim: value}
		for _, name := range []string{"iss", "aud", "iat", "exp", "nonce"} {
			kept[name] = m.Claims[name]
		}
		if _, ok := recorded["azp"]; ok {
			kept["azp"] = m.Claims["aud"]
		}
		m.Claims = maps.Clone(recorded)
		maps.Copy(m.Claims, kept)
	}
}
