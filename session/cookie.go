package session

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"usher/database"
	"usher/secret"
)

const (
	mainCookie    = "__Host-usher"
	arrivalPrefix = "__Host-usher-arrival-"
	// arrivalsMost bounds the work of one request; a browser with more launches
	// on their way at once keeps the rest for the next request.
	arrivalsMost = 8

	secretValue = "s"
	deviceValue = "d"
)

func cookieStore(keys [][]byte) *sessions.CookieStore {
	var pairs [][]byte
	for _, key := range keys {
		pairs = append(pairs, key, nil) // authenticated; the values are opaque already
	}
	store := sessions.NewCookieStore(pairs...)
	store.Options = &sessions.Options{Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	for _, codec := range store.Codecs {
		codec.(*securecookie.SecureCookie).SetSerializer(texts{})
	}
	store.MaxAge(int(GuestMost.Seconds())) // rows end sooner; guests must outlive a restart of the browser
	return store
}

// texts writes a cookie's few texts as JSON. The library's own gob describes
// its types anew in every cookie, which costs more than signing it.
type texts struct{}

// Serialize implements [securecookie.Serializer].
func (texts) Serialize(src any) ([]byte, error) {
	plain := map[string]string{}
	for name, value := range src.(map[any]any) {
		plain[name.(string)] = value.(string)
	}
	return json.Marshal(plain)
}

// Deserialize implements [securecookie.Serializer].
func (texts) Deserialize(src []byte, dst any) error {
	plain := map[string]string{}
	if err := json.Unmarshal(src, &plain); err != nil {
		return err
	}
	values := dst.(*map[any]any)
	if *values == nil {
		*values = map[any]any{}
	}
	for name, value := range plain {
		(*values)[name] = value
	}
	return nil
}

// arrivalSeconds is how long a launch may take from its POST to the request
// that joins it: the latter follows at once.
const arrivalSeconds = 600

func (s *Service) setArrival(w http.ResponseWriter, r *http.Request, sessionID, token string) error {
	cookie := sessions.NewSession(s.cookies, arrivalPrefix+sessionID)
	options := *s.cookies.Options
	options.MaxAge = arrivalSeconds
	cookie.Options = &options
	cookie.Values[secretValue] = token
	return s.cookies.Save(r, w, cookie)
}

// setMain gives the browser's cookie a new secret. The device's id stays.
func (s *Service) setMain(w http.ResponseWriter, r *http.Request, token string) error {
	cookie, _ := s.cookies.Get(r, mainCookie) // an unreadable cookie is as good as none
	cookie.Values[secretValue] = token
	if device, _ := cookie.Values[deviceValue].(string); device == "" {
		cookie.Values[deviceValue] = secret.ShortToken()
	}
	return s.cookies.Save(r, w, cookie)
}

func (s *Service) ensureDevice(w http.ResponseWriter, r *http.Request) (string, error) {
	cookie, _ := s.cookies.Get(r, mainCookie)
	device, _ := cookie.Values[deviceValue].(string)
	if device != "" {
		return secret.Hash(device), nil
	}
	device = secret.ShortToken()
	cookie.Values[deviceValue] = device
	return secret.Hash(device), s.cookies.Save(r, w, cookie)
}

// arrival is a launch that has not been joined with the browser's cookie yet.
type arrival struct{ name, token string }

func (s *Service) arrivals(r *http.Request) (list []arrival) {
	for _, c := range r.Cookies() {
		if !strings.HasPrefix(c.Name, arrivalPrefix) || len(list) == arrivalsMost {
			continue
		}
		cookie, err := s.cookies.Get(r, c.Name)
		if token, _ := cookie.Values[secretValue].(string); err == nil && token != "" {
			list = append(list, arrival{name: c.Name, token: token})
		}
	}
	return list
}

func (s *Service) loadCookies(w http.ResponseWriter, r *http.Request) (*Session, error) {
	main, _ := s.cookies.Get(r, mainCookie)
	token, _ := main.Values[secretValue].(string)
	device, _ := main.Values[deviceValue].(string)
	arrivals := s.arrivals(r)
	found := &Session{}
	if device != "" {
		found.Device = secret.Hash(device)
	}
	if token == "" && len(arrivals) == 0 {
		return found, nil
	}
	token, err := s.join(w, r, token, arrivals)
	if err != nil {
		return found, err
	}
	hash := secret.Hash(token)
	now := s.now()
	rows, err := s.store.byCarrier(r.Context(), Cookie, hash, now)
	if err != nil || len(rows) == 0 {
		return found, err
	}
	found.Carrier, found.secretHash, found.identities = Cookie, hash, identities(rows)
	return found, s.touch(r.Context(), rows, hash, now.Add(cookieIdle))
}

// join brings arrivals and the browser's cookie under one secret and returns
// it. An arrival's cookie is dropped only once the main cookie has come back
// with its secret, so that of two pages loading at once neither loses the
// other's identity.
func (s *Service) join(w http.ResponseWriter, r *http.Request, token string, arrivals []arrival) (string, error) {
	target := token
	for _, a := range arrivals {
		if a.token == token {
			s.dropArrival(w, a.name)
			continue
		}
		if target != "" {
			if err := s.merge(r.Context(), secret.Hash(target), secret.Hash(a.token)); err != nil {
				return token, err
			}
		}
		target = a.token
	}
	if target == token {
		return token, nil
	}
	return target, s.setMain(w, r, target)
}

// merge moves the identities of one secret to another. Where both hold
// somebody of one tenant, the newer sign-in is who this browser is now.
func (s *Service) merge(ctx context.Context, from, to string) error {
	return database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		if err := s.store.move(ctx, from, to); err != nil {
			return err
		}
		rows, err := s.store.byCarrier(ctx, Cookie, to, s.now())
		if err != nil {
			return err
		}
		return s.store.deleteByID(ctx, outdated(rows))
	})
}

// outdated returns the ids of member rows, newest first, that a newer sign-in
// of the same tenant replaces: another person's, and older ones of one course.
func outdated(rows []row) (ids []string) {
	person := map[string]string{}
	course := map[[2]string]bool{}
	for _, r := range rows {
		if r.Kind != string(Member) {
			continue
		}
		if newest, known := person[r.TenantID]; known && newest != r.PersonID {
			ids = append(ids, r.ID)
			continue
		}
		person[r.TenantID] = r.PersonID
		if course[[2]string{r.TenantID, r.CourseID}] {
			ids = append(ids, r.ID)
		}
		course[[2]string{r.TenantID, r.CourseID}] = true
	}
	return ids
}

func (s *Service) dropArrival(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
