package housetest

import (
	"errors"
	"net/http"
	"net/url"

	"usher/admin"
)

// The account that [Browser.SignIn] uses.
const (
	AdminEmail    = "noor@example.edu"
	AdminPassword = "correct horse battery staple"
)

// SignIn signs this browser in to the console, with an account that is made
// at the first call.
func (b *Browser) SignIn() *Browser {
	tb := b.site.tb
	tb.Helper()
	_, err := b.site.Admin.Create(tb.Context(), "Noor Haddad", AdminEmail, AdminPassword)
	if err != nil && !errors.Is(err, admin.ErrAccountExists) {
		tb.Fatalf("create an administrator: %v", err)
	}
	page := b.Post("/admin/login", url.Values{"email": {AdminEmail}, "password": {AdminPassword}})
	if page.Status != http.StatusSeeOther {
		tb.Fatalf("sign in to the console: status %d\n%s", page.Status, page.Body)
	}
	return b
}
