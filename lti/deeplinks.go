package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"usher/database"
	"usher/secret"
)

// DeepLinkLifetime is how long a content selection can be answered: as long as
// a session in a frame lives without being used.
const DeepLinkLifetime = 2 * time.Hour

// ErrNoDeepLink means that this person has no such content selection in this
// course.
var ErrNoDeepLink = errors.New("lti: no such content selection")

// ErrDeepLinkOver means that a content selection was answered before, or that
// its time has passed.
var ErrDeepLinkOver = errors.New("lti: content selection is over")

// DeepLink is a content selection that waits for its person's choice. Nobody
// else can see or answer it.
type DeepLink struct {
	ID         string // ours, in addresses
	TenantID   string
	CourseID   string
	PersonID   string
	PlatformID string
	// DeploymentID is the request's.
	DeploymentID string
	Settings     DeepLinkingSettings
	// FrameOrigins and Locale are the launch's.
	FrameOrigins []string
	Locale       string
	// Choice is nil until the person has chosen.
	Choice *DeepLinkChoice
	// Over says that it was answered, or that its time has passed. Settings and
	// Choice are empty then.
	Over bool
}

// DeepLinkChoice is what the person wants to be answered. No items mean that
// they went back.
type DeepLinkChoice struct {
	Items   []ContentItem
	Message string
}

// DeepLinkAnswer is what the person's browser posts to the platform.
type DeepLinkAnswer struct {
	JWT, ReturnURL string
	Origin         string // of ReturnURL
	FrameOrigins   []string
	Locale         string
	Count          int // of links
}

// deepLinkRow is a row of deep_links.
type deepLinkRow struct {
	ID, TenantID, CourseID, PersonID string
	Sealed                           []byte
	ExpiresAt                        time.Time
}

// purposeDeepLink binds a sealed selection to its row.
func purposeDeepLink(id string) string { return "lti.deeplink " + id }

// KeepDeepLink keeps the content selection that a launch began, for the person
// and the course that it was found to be of.
func (s *Service) KeepDeepLink(ctx context.Context, l *Launch, courseID, personID string) (DeepLink, error) {
	d := DeepLink{
		ID: secret.NewID(), TenantID: l.TenantID, CourseID: courseID, PersonID: personID,
		PlatformID: l.Platform.ID, DeploymentID: l.DeploymentID, Settings: *l.DeepLinking,
		FrameOrigins: l.FrameOrigins, Locale: l.Locale,
	}
	sealed, err := s.sealDeepLink(d)
	if err == nil {
		err = s.store.insertDeepLink(ctx, deepLinkRow{
			ID: d.ID, TenantID: d.TenantID, CourseID: d.CourseID, PersonID: d.PersonID,
			Sealed: sealed, ExpiresAt: s.now().Add(DeepLinkLifetime),
		})
	}
	if err != nil {
		return DeepLink{}, fmt.Errorf("keep content selection: %w", err)
	}
	return d, nil
}

func (s *Service) sealDeepLink(d DeepLink) ([]byte, error) {
	plain, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return s.keyring.Seal(plain, purposeDeepLink(d.ID))
}

// DeepLink returns a content selection of the tenant, or [ErrNoDeepLink].
func (s *Service) DeepLink(ctx context.Context, tenantID, id string) (DeepLink, error) {
	row, err := s.store.deepLink(ctx, tenantID, id)
	if errors.Is(err, database.ErrNotFound) {
		return DeepLink{}, ErrNoDeepLink
	}
	if err != nil {
		return DeepLink{}, fmt.Errorf("find content selection: %w", err)
	}
	d := DeepLink{ID: row.ID, TenantID: row.TenantID, CourseID: row.CourseID, PersonID: row.PersonID, Over: true}
	if len(row.Sealed) == 0 || !s.now().Before(row.ExpiresAt) {
		return d, nil
	}
	plain, err := s.keyring.Open(row.Sealed, purposeDeepLink(id))
	if err == nil {
		err = json.Unmarshal(plain, &d)
	}
	if err != nil {
		return DeepLink{}, fmt.Errorf("open content selection: %w", err)
	}
	d.Over = false
	return d, nil
}

// ChooseDeepLink keeps the person's choice. It is made once: of two at once one
// counts, and the other gets [ErrDeepLinkOver].
func (s *Service) ChooseDeepLink(ctx context.Context, d DeepLink, choice DeepLinkChoice) error {
	d.Choice = &choice
	sealed, err := s.sealDeepLink(d)
	if err != nil {
		return fmt.Errorf("keep choice: %w", err)
	}
	first, err := s.store.chooseDeepLink(ctx, deepLinkRow{ID: d.ID, TenantID: d.TenantID, Sealed: sealed}, s.now())
	if err != nil {
		return fmt.Errorf("keep choice: %w", err)
	}
	if !first {
		return ErrDeepLinkOver
	}
	return nil
}

// AnswerDeepLink signs the answer that was chosen and ends the selection, by one
// statement: of two at once one gets it, and the other [ErrDeepLinkOver], as
// does whoever comes before the choice. Return addresses work once (Canvas), or
// would make every link a second time.
func (s *Service) AnswerDeepLink(ctx context.Context, tenantID, id string) (DeepLinkAnswer, error) {
	d, err := s.DeepLink(ctx, tenantID, id)
	if err != nil {
		return DeepLinkAnswer{}, err
	}
	if d.Over || d.Choice == nil {
		return DeepLinkAnswer{}, ErrDeepLinkOver
	}
	platform, err := s.Platform(ctx, d.PlatformID)
	if err != nil {
		return DeepLinkAnswer{}, fmt.Errorf("answer content selection: %w", err)
	}
	if platform.DisabledAt != nil {
		return DeepLinkAnswer{}, &Error{Code: CodePlatformDisabled, PlatformID: d.PlatformID, DeploymentID: d.DeploymentID}
	}
	jwt, err := s.DeepLinkingResponse(ctx, DeepLinkingResponse{
		Platform: platform, DeploymentID: d.DeploymentID, Settings: d.Settings, Items: d.Choice.Items, Message: d.Choice.Message,
	})
	if err != nil {
		return DeepLinkAnswer{}, err
	}
	first, err := s.store.endDeepLink(ctx, tenantID, id, s.now())
	if err != nil {
		return DeepLinkAnswer{}, fmt.Errorf("answer content selection: %w", err)
	}
	if !first {
		return DeepLinkAnswer{}, ErrDeepLinkOver
	}
	return DeepLinkAnswer{
		JWT: jwt, ReturnURL: d.Settings.ReturnURL, Origin: originOf(d.Settings.ReturnURL),
		FrameOrigins: d.FrameOrigins, Locale: d.Locale, Count: len(d.Choice.Items),
	}, nil
}

// sweepDeepLinks deletes selections that nobody can answer any more. They stay
// for a day, so that an old window can say what became of it.
func (s *Service) sweepDeepLinks(ctx context.Context) (int64, error) {
	return s.store.exec(ctx, `DELETE FROM deep_links WHERE expires_at <= ?`, s.now().Add(-24*time.Hour))
}
