package bench

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/lti/ltitest"
)

// The smallest program is a yardstick: it makes a launch's most important
// checks, keeps everything in memory for ever and shows a page of one line.
// Measured beside Usher it tells what the machine is worth at that moment. It
// is this test binary, started again with smallestVariable.
const smallestVariable = "USHER_BENCH_SMALLEST"

// BenchmarkSmallest is BenchmarkLaunch/…/page of the smallest program.
func BenchmarkSmallest(b *testing.B) {
	s := &site{platform: ltitest.New(b), entry: "/room", program: &program{}}
	listen := freeAddress(b)
	s.url, s.log = "http://"+listen, os.DevNull
	s.command = exec.Command(os.Args[0])
	s.command.Env = append(os.Environ(), smallestVariable+"="+listen, "PLATFORM="+s.platform.Issuer)
	if err := s.command.Start(); err != nil {
		b.Fatalf("start the smallest program: %v", err)
	}
	b.Cleanup(func() {
		_ = s.command.Process.Kill()
		_ = s.command.Wait() // it was killed
	})
	s.await(b)
	launch := func(who *browser, n int) error { return s.launchPage(who, hint(n)) }
	s.crowd(b, students, launch)
	b.Run("page", func(b *testing.B) { s.measureCPU(b, "launch", launch) })
}

// smallest is the state of the smallest program.
type smallest struct {
	platform         string
	secret           []byte
	keys             sync.Once
	key              *rsa.PublicKey
	nonces, sessions sync.Map
}

func serveSmallest(listen string) error {
	s := &smallest{platform: os.Getenv("PLATFORM"), secret: []byte(rand.Text())}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /lti/login", s.login)
	mux.HandleFunc("POST /lti/launch", s.launch)
	mux.HandleFunc("GET /room", s.room)
	return (&http.Server{Addr: listen, Handler: mux, ReadHeaderTimeout: patience}).ListenAndServe()
}

func (s *smallest) sign(text string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *smallest) login(w http.ResponseWriter, r *http.Request) {
	nonce, secret := rand.Text(), rand.Text()
	text := nonce + "." + s.sign(secret)
	http.SetCookie(w, &http.Cookie{Name: "state", Value: secret, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
	q := url.Values{
		"scope": {"openid"}, "response_type": {"id_token"}, "response_mode": {"form_post"}, "prompt": {"none"},
		"client_id": {r.FormValue("client_id")}, "login_hint": {r.FormValue("login_hint")}, "lti_message_hint": {r.FormValue("lti_message_hint")},
		"redirect_uri": {"https://tool.example/lti/launch"}, "nonce": {nonce}, "state": {text + "." + s.sign(text)},
	}
	http.Redirect(w, r, s.platform+"/auth?"+q.Encode(), http.StatusSeeOther)
}

func (s *smallest) launch(w http.ResponseWriter, r *http.Request) {
	s.keys.Do(s.fetchKey)
	state := strings.Split(r.FormValue("state"), ".")
	token := strings.Split(r.FormValue("id_token"), ".")
	cookie, err := r.Cookie("state")
	if err != nil || len(state) != 3 || len(token) != 3 || s.sign(state[0]+"."+state[1]) != state[2] || s.sign(cookie.Value) != state[1] {
		http.Error(w, "state", http.StatusBadRequest)
		return
	}
	sum := sha256.Sum256([]byte(token[0] + "." + token[1]))
	signature, _ := base64.RawURLEncoding.DecodeString(token[2]) // a wrong one does not verify
	payload, _ := base64.RawURLEncoding.DecodeString(token[1])
	var claims map[string]any
	if rsa.VerifyPKCS1v15(s.key, crypto.SHA256, sum[:], signature) != nil || json.Unmarshal(payload, &claims) != nil || claims["nonce"] != state[0] {
		http.Error(w, "token", http.StatusBadRequest)
		return
	}
	if _, spent := s.nonces.LoadOrStore(state[0], time.Now()); spent {
		http.Error(w, "spent", http.StatusBadRequest)
		return
	}
	id := rand.Text()
	s.sessions.Store(id, claims)
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/room", http.StatusSeeOther)
}

func (s *smallest) fetchKey() {
	response, err := http.Get(s.platform + "/jwks")
	if err != nil {
		return // every launch fails then
	}
	defer func() { _ = response.Body.Close() }() // read
	var set struct{ Keys []struct{ N string } }
	if json.NewDecoder(response.Body).Decode(&set) != nil || len(set.Keys) == 0 {
		return
	}
	n, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].N) // a wrong one verifies nothing
	s.key = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
}

var smallestPage = template.Must(template.New("page").Parse(`<!doctype html><title>Room</title><body data-page="room">{{.}}</body></html>`))

func (s *smallest) room(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("session")
	if err != nil {
		http.Error(w, "session", http.StatusUnauthorized)
		return
	}
	who, known := s.sessions.Load(cookie.Value)
	if !known {
		http.Error(w, "session", http.StatusUnauthorized)
		return
	}
	_ = smallestPage.Execute(w, who.(map[string]any)["name"]) // the browser may have left
}
