package admin

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// What the package refuses.
var (
	// ErrNoAccount: there is no account of that address or id.
	ErrNoAccount = errors.New("no such account")
	// ErrAccountExists: there is an account of that address already.
	ErrAccountExists = errors.New("account exists already")
	// ErrWrongPassword: address and password do not belong together, or there is
	// no such address; which of the two nobody learns.
	ErrWrongPassword = errors.New("address and password do not belong together")
	// ErrInvalidAccount: a value of an account cannot be used.
	ErrInvalidAccount = errors.New("invalid account")
)

// Account is somebody who may use the console.
type Account struct {
	ID    string
	Name  string
	Email string // folded: case and composition do not tell people apart
	// SignedInAt is when the account was used last; nil if never.
	SignedInAt *time.Time
	CreatedAt  time.Time
}

const (
	nameMost  = 80
	emailMost = 254
)

// foldEmail is the one form of an address that accounts are found by; "" for
// what no database takes as a text.
func foldEmail(address string) string {
	if len(address) > 4*emailMost || !utf8.ValidString(address) || strings.Contains(address, "\x00") {
		return ""
	}
	return cases.Fold().String(norm.NFC.String(strings.TrimSpace(address)))
}

// checkAccount returns every mistake of a new account's values.
func checkAccount(name, email string) error {
	var problems []error
	if name == "" || len([]rune(name)) > nameMost || strings.ContainsFunc(name, unicode.IsControl) {
		problems = append(problems, fmt.Errorf("the name needs 1 to %d characters", nameMost))
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Name != "" || parsed.Address != email || len(email) > emailMost {
		problems = append(problems, errors.New("the email address must look like noor@example.edu"))
	}
	return errors.Join(problems...)
}
