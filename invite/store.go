package invite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"usher/database"
)

// store is the only part of the package that sees GORM. Every query filters by
// tenant, but for the token's: a link is all that its follower brings.
type store struct{ db *database.DB }

// byToken returns the invitation whose present or withdrawn link has the hash.
func (s store) byToken(ctx context.Context, hash string) (Invitation, error) {
	var inv Invitation
	err := database.QueryOne(ctx, s.db, `SELECT `+invitationColumns+` FROM invitations WHERE token_hash = ?`, []any{hash}, inv.fields()...)
	return inv, s.translate("find invitation by link", err)
}

const invitationColumns = `id, tenant_id, entry_id, email, email_key, first_name, last_name, search_key, person_id, role,
	token_hash, token_sealed, link_created_at, uses, holder, opened_at, claimed_at, revoked_at, created_by, created_at, updated_at`

// fields are where the columns go.
func (i *Invitation) fields() []any {
	return []any{&i.ID, &i.TenantID, &i.EntryID, &i.Email, &i.EmailKey, &i.FirstName, &i.LastName, &i.SearchKey, &i.PersonID, &i.Role,
		&i.TokenHash, &i.TokenSealed, &i.LinkCreatedAt, &i.Uses, &i.Holder, &i.OpenedAt, &i.ClaimedAt, &i.RevokedAt, &i.CreatedBy, &i.CreatedAt, &i.UpdatedAt}
}

// byID returns an invitation of an entry. The id comes out of an address: what
// PostgreSQL would refuse as text is no id of anything.
func (s store) byID(ctx context.Context, tenantID, entryID, id string) (Invitation, error) {
	var inv Invitation
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return inv, ErrNotFound
	}
	err := database.From(ctx, s.db).
		Where("tenant_id = ? AND entry_id = ? AND id = ?", tenantID, entryID, id).Take(&inv).Error
	return inv, s.translate("find invitation", err)
}

// byIDs returns those of the invitations that are not revoked.
func (s store) byIDs(ctx context.Context, tenantID string, ids []string) (list []Invitation, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = database.From(ctx, s.db).
		Where("tenant_id = ? AND id IN ? AND revoked_at IS NULL", tenantID, ids).Find(&list).Error
	return list, s.translate("find invitations", err)
}

// put stores an invitation. Where the person has one for the entry already, by
// address or as the member chosen, that one gets the new role, names and link.
// The insert waits for a parallel one of the same person, so that there is
// never a second row.
func (s store) put(ctx context.Context, inv Invitation) (stored Invitation, updated bool, err error) {
	for range 2 {
		old, err := s.earlierOf(ctx, inv)
		if err != nil {
			return Invitation{}, false, err
		}
		if old.found {
			renewed := renew(old, inv)
			err := database.From(ctx, s.db).Select("*").Where("tenant_id = ?", inv.TenantID).Updates(&renewed).Error
			return renewed, true, s.translate("renew invitation", err)
		}
		if old.addressTaken {
			inv.EmailKey = nil
		}
		result := database.From(ctx, s.db).Clauses(clause.OnConflict{DoNothing: true}).Create(&inv)
		if result.Error != nil || result.RowsAffected == 1 {
			return inv, false, s.translate("store invitation", result.Error)
		}
	}
	return Invitation{}, false, fmt.Errorf("store invitation: %w", database.ErrDuplicate)
}

// earlierInvitation is what there is already of the same person in the entry.
type earlierInvitation struct {
	Invitation
	found bool
	// addressTaken says that the address stands in the invitation of somebody
	// else: equal addresses never merge people.
	addressTaken bool
}

// earlierOf locks and returns the invitation of the same person: the chosen
// member's own, else the one with the same address that is not another
// member's.
func (s store) earlierOf(ctx context.Context, inv Invitation) (old earlierInvitation, err error) {
	var list []Invitation
	err = database.From(ctx, s.db).Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("tenant_id = ? AND entry_id = ? AND (person_id = ? OR email_key = ?)", inv.TenantID, inv.EntryID, inv.Bound(), inv.AddressKey()).
		Order("id").Find(&list).Error
	for _, i := range list {
		own := i.Bound() != "" && i.Bound() == inv.Bound()
		if own || inv.Bound() == "" || i.Bound() == "" && !old.found {
			old.Invitation, old.found = i, true
		}
	}
	for _, i := range list {
		sameAddress := i.AddressKey() != "" && i.AddressKey() == inv.AddressKey()
		old.addressTaken = old.addressTaken || sameAddress && i.ID != old.ID
	}
	return old, s.translate("find earlier invitation", err)
}

// renew is the old invitation with what the new one says. Its id stays, and
// with it the seat and the running session of whoever came by the old link.
func renew(old earlierInvitation, inv Invitation) Invitation {
	inv.ID, inv.CreatedAt = old.ID, old.CreatedAt
	if inv.PersonID == nil {
		inv.PersonID = old.PersonID
	}
	if inv.EmailKey == nil || old.addressTaken {
		inv.Email, inv.EmailKey = old.Email, old.EmailKey
	}
	return inv
}

// take gives the present link to a holder, if it is still the present one, not
// revoked, and free, held by the same holder or by the claimant's own device.
// The affected row decides between parallel claims.
func (s store) take(ctx context.Context, t taking) (bool, error) {
	db := database.From(ctx, s.db).Model(&Invitation{}).
		Where("id = ? AND tenant_id = ? AND token_hash = ? AND revoked_at IS NULL", t.inv.ID, t.inv.TenantID, deref(t.inv.TokenHash))
	if !t.anyHolder {
		db = db.Where("holder IN ?", append([]string{""}, t.holders...))
	}
	if t.maxUses > 0 && t.uses > 0 {
		db = db.Where("uses + ? <= ?", t.uses, t.maxUses)
	}
	changes := map[string]any{"holder": t.holders[0]}
	if t.changes() {
		changes["uses"], changes["claimed_at"], changes["updated_at"] = gorm.Expr("uses + ?", t.uses), t.now, t.now
	}
	result := db.UpdateColumns(changes)
	return result.RowsAffected == 1, s.translate("claim invitation", result.Error)
}

// taking is one attempt to take a link up.
type taking struct {
	inv       Invitation
	holders   []string // the claimant; the first becomes the holder
	anyHolder bool     // the member to whom the invitation is bound
	uses      int      // 1 for a new guest session
	maxUses   int      // 0: unlimited
	now       time.Time
}

// changes is false for the holder who comes again: the statement then only
// makes sure, and holds until the commit, that the link still stands.
func (t taking) changes() bool { return t.uses > 0 || t.inv.Holder != t.holders[0] }

func (s store) addClaim(ctx context.Context, c claim) error {
	return s.translate("store claim", database.From(ctx, s.db).Create(&c).Error)
}

// lastTokenOf returns the link that a device took up last, or "".
func (s store) lastTokenOf(ctx context.Context, inv Invitation, device string) (string, error) {
	var c claim
	err := database.From(ctx, s.db).
		Where("tenant_id = ? AND invitation_id = ? AND device_hash = ?", inv.TenantID, inv.ID, device).
		Order("created_at DESC").Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return c.TokenHash, s.translate("find claim of device", err)
}

// admitted reports whether a member has claimed an invitation to the entry that
// was not withdrawn.
func (s store) admitted(ctx context.Context, tenantID, entryID, personID string) (bool, error) {
	var n int64
	err := database.From(ctx, s.db).Model(&claim{}).
		Joins("JOIN invitations ON invitations.id = claims.invitation_id AND invitations.revoked_at IS NULL").
		Where("claims.tenant_id = ? AND claims.entry_id = ? AND claims.person_id = ?", tenantID, entryID, personID).
		Count(&n).Error
	return n > 0, s.translate("find claim of member", err)
}

// claimants returns the members who claimed the invitation.
func (s store) claimants(ctx context.Context, inv Invitation) (ids []string, err error) {
	err = database.From(ctx, s.db).Model(&claim{}).Distinct().
		Where("tenant_id = ? AND invitation_id = ? AND person_id IS NOT NULL", inv.TenantID, inv.ID).
		Pluck("person_id", &ids).Error
	return ids, s.translate("find members who claimed", err)
}

// revoke withdraws an invitation once: it returns false where that was done
// before. The hash stays, so that the link can say what happened to it.
func (s store) revoke(ctx context.Context, inv Invitation, now time.Time) (bool, error) {
	result := database.From(ctx, s.db).Model(&Invitation{}).
		Where("id = ? AND tenant_id = ? AND revoked_at IS NULL", inv.ID, inv.TenantID).
		Updates(map[string]any{"revoked_at": now, "token_sealed": nil, "updated_at": now})
	return result.RowsAffected == 1, s.translate("revoke invitation", result.Error)
}

// open marks the first look of a person at the present link.
func (s store) open(ctx context.Context, hash string, now time.Time) error {
	err := database.From(ctx, s.db).Model(&Invitation{}).
		Where("token_hash = ? AND opened_at IS NULL AND revoked_at IS NULL", hash).
		Updates(map[string]any{"opened_at": now, "updated_at": now}).Error
	return s.translate("mark invitation as opened", err)
}

// list returns an entry's invitations, last changed first.
func (s store) list(ctx context.Context, tenantID, entryID string, limit int) (list []Invitation, err error) {
	err = database.From(ctx, s.db).Omit("token_sealed").
		Where("tenant_id = ? AND entry_id = ?", tenantID, entryID).
		Order("updated_at DESC, id").Limit(limit).Find(&list).Error
	return list, s.translate("list invitations", err)
}

// tally is a line of a count of invitations by role.
type tally struct {
	Role    string
	Total   int
	Claimed int
}

func (s store) tally(ctx context.Context, tenantID, entryID string) (list []tally, err error) {
	err = database.From(ctx, s.db).Model(&Invitation{}).
		Select("role, COUNT(*) AS total, SUM(CASE WHEN holder <> '' THEN 1 ELSE 0 END) AS claimed").
		Where("tenant_id = ? AND entry_id = ? AND revoked_at IS NULL", tenantID, entryID).
		Group("role").Find(&list).Error
	return list, s.translate("count invitations", err)
}

// bound returns the live invitations of a member, for one entry or for all.
func (s store) bound(ctx context.Context, tenantID, personID, entryID string) (list []Invitation, err error) {
	// Ids first: for nearly everybody there is nothing, and that costs by the column.
	query, args := `SELECT id FROM invitations WHERE tenant_id = ? AND person_id = ? AND revoked_at IS NULL`, []any{tenantID, personID}
	if entryID != "" {
		query, args = query+` AND entry_id = ?`, append(args, entryID)
	}
	var ids []string
	err = database.Query(ctx, s.db, func(row database.Row) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	if err != nil || len(ids) == 0 {
		return nil, s.translate("find invitations of member", err)
	}
	err = database.From(ctx, s.db).Where("tenant_id = ? AND id IN ? AND revoked_at IS NULL", tenantID, ids).
		Order("link_created_at DESC, id").Limit(maxOffers).Find(&list).Error
	return list, s.translate("find invitations of member", err)
}

func (s store) invitedBefore(ctx context.Context, tenantID, inviterID, personID string) (bool, error) {
	var n int64
	err := database.From(ctx, s.db).Model(&Invitation{}).
		Where("tenant_id = ? AND created_by = ? AND person_id = ?", tenantID, inviterID, personID).
		Limit(1).Count(&n).Error
	return n > 0, s.translate("find earlier invitation of member", err)
}

// earlier returns whom an inviter invited before, by the beginnings of words
// in any order, last invited first.
func (s store) earlier(ctx context.Context, tenantID, inviterID string, words []string, limit int) (list []Invitation, err error) {
	db := database.From(ctx, s.db).Omit("token_sealed").Where("tenant_id = ? AND created_by = ?", tenantID, inviterID)
	for _, w := range words {
		db = db.Where(`search_key LIKE ? ESCAPE '\'`, "%"+likeEscaper.Replace(w)+"%")
	}
	err = db.Order("updated_at DESC, id").Limit(limit).Find(&list).Error
	return list, s.translate("find earlier invitees", err)
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// count adds n to a counter and returns what it then holds, in one statement.
func (s store) count(ctx context.Context, subject string, window time.Time, n int) (int, error) {
	var total int
	err := database.From(ctx, s.db).Raw(
		`INSERT INTO tries (subject, window_start, count) VALUES (?, ?, ?)
		 ON CONFLICT (subject, window_start) DO UPDATE SET count = tries.count + excluded.count
		 RETURNING count`, subject, window, n).Scan(&total).Error
	return total, s.translate("count", err)
}

func (s store) dropCounts(ctx context.Context, before time.Time) error {
	err := database.From(ctx, s.db).Exec("DELETE FROM tries WHERE window_start < ?", before).Error
	return s.translate("drop old counters", err)
}

// sealedBefore returns, in the order of their ids, invitations of all tenants
// whose link was made before a moment and can still be shown.
func (s store) sealedBefore(ctx context.Context, before time.Time, afterID string, limit int) (list []Invitation, err error) {
	err = database.From(ctx, s.db).Omit("token_sealed").
		Where("token_sealed IS NOT NULL AND link_created_at < ? AND id > ?", before, afterID).
		Order("id").Limit(limit).Find(&list).Error
	return list, s.translate("find links to erase", err)
}

// erase forgets the sealed copy of a link, unless a new one was made since.
func (s store) erase(ctx context.Context, inv Invitation) error {
	err := database.From(ctx, s.db).Model(&Invitation{}).
		Where("id = ? AND tenant_id = ? AND token_hash = ?", inv.ID, inv.TenantID, deref(inv.TokenHash)).
		UpdateColumn("token_sealed", nil).Error
	return s.translate("erase link", err)
}

func (store) translate(doing string, err error) error {
	switch err = database.Translate(err); {
	case err == nil:
		return nil
	case errors.Is(err, database.ErrNotFound):
		return ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}
