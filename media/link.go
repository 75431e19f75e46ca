package media

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/secret"
)

// Link is a resource link of the LMS. It shows one entry, once somebody has
// chosen or created it.
type Link struct {
	ID             string `gorm:"primaryKey"` // ours, in addresses
	TenantID       string
	CourseID       string
	ResourceLinkID string  // the platform's
	Title          string  // what the LMS calls the link
	EntryID        *string // nil until somebody has set it up
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// TableName names the table of links for the store.
func (Link) TableName() string { return "resource_links" }

// LinkKey says which link a launch came from.
type LinkKey struct {
	TenantID, CourseID, ResourceLinkID string
	Title                              string // of the launch; kept up to date, may be ""
}

// Link returns the link that a launch came from and remembers it at its first
// launch. Two first launches at once get the same one.
func (s *Service) Link(ctx context.Context, k LinkKey) (Link, error) {
	l, err := s.store.link(ctx, k.TenantID, k.CourseID, byPlatformID, k.ResourceLinkID)
	if errors.Is(err, ErrNotFound) {
		l, err = s.firstLaunch(ctx, k)
	}
	if err != nil {
		return Link{}, fmt.Errorf("find link: %w", err)
	}
	title := Draft{Title: k.Title}.clean().Title
	if title == "" || title == l.Title {
		return l, nil
	}
	l.Title, l.UpdatedAt = title, s.clock()
	if err := s.store.renameLink(ctx, l); err != nil {
		return Link{}, fmt.Errorf("rename link: %w", err)
	}
	return l, nil
}

func (s *Service) firstLaunch(ctx context.Context, k LinkKey) (Link, error) {
	now := s.clock()
	err := s.store.insertLink(ctx, Link{
		ID: secret.NewID(), TenantID: k.TenantID, CourseID: k.CourseID, ResourceLinkID: k.ResourceLinkID,
		Title: Draft{Title: k.Title}.clean().Title, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		return Link{}, err
	}
	return s.store.link(ctx, k.TenantID, k.CourseID, byPlatformID, k.ResourceLinkID)
}

// LinkByID returns a link of the course by our id, or [ErrNotFound].
func (s *Service) LinkByID(ctx context.Context, tenantID, courseID, id string) (Link, error) {
	if !isID(id) {
		return Link{}, ErrNotFound
	}
	l, err := s.store.link(ctx, tenantID, courseID, byOurID, id)
	if err != nil {
		return Link{}, fmt.Errorf("find link: %w", err)
	}
	return l, nil
}

// BindLink lets a link show an entry of its own course and returns the entry
// that the link shows then: of two people at once one wins, and the other gets
// the winner's. It returns [ErrNotFound] for an entry that is not of this course
// or deleted.
func (s *Service) BindLink(ctx context.Context, l Link, entryID string) (Entry, error) {
	var e Entry
	err := s.store.inTx(ctx, func(ctx context.Context) error {
		won, err := s.store.bindLink(ctx, l, entryID, s.clock())
		if err != nil {
			return err
		}
		if e, err = s.shown(ctx, l); err != nil {
			return err
		}
		if !won && e.ID == "" {
			return ErrNotFound
		}
		return nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("bind link: %w", err)
	}
	return e, nil
}

// errLost rolls back the room of somebody who lost the race for a link.
var errLost = errors.New("link was bound first by somebody else")

// CreateForLink creates a room and lets the link show it, both or neither. Where
// somebody else set the link up first, no room is made and theirs is returned.
// The draft must be valid. It is not for use within a transaction, which it
// could not roll back.
func (s *Service) CreateForLink(ctx context.Context, l Link, personID string, d Draft) (e Entry, made bool, err error) {
	err = s.store.inTx(ctx, func(ctx context.Context) error {
		var err error
		if e, err = s.Create(ctx, l.TenantID, l.CourseID, personID, d); err != nil {
			return err
		}
		won, err := s.store.bindLink(ctx, l, e.ID, s.clock())
		if err == nil && !won {
			err = errLost
		}
		return err
	})
	switch {
	case err == nil:
		return e, true, nil
	case errors.Is(err, errLost):
		e, err = s.shown(ctx, l)
	}
	if err == nil && e.ID == "" {
		err = ErrNotFound
	}
	if err != nil {
		return Entry{}, false, fmt.Errorf("create room for link: %w", err)
	}
	return e, false, nil
}

// shown returns the entry that the stored link shows, deleted ones included, or
// a zero Entry where nobody has set it up.
func (s *Service) shown(ctx context.Context, l Link) (Entry, error) {
	l, err := s.store.link(ctx, l.TenantID, l.CourseID, byOurID, l.ID)
	if err != nil || l.EntryID == nil {
		return Entry{}, err
	}
	return s.store.entry(ctx, []string{l.TenantID}, *l.EntryID)
}
