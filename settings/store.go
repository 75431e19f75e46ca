package settings

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"usher/database"
)

type row struct {
	Scope     string `gorm:"primaryKey"`
	Key       Key    `gorm:"primaryKey"`
	Value     string
	UpdatedAt time.Time
}

// TableName names the table of settings.
func (row) TableName() string { return "settings" }

func (s *Service) rows(ctx context.Context, scope Scope) (rows []row, err error) {
	scopes := []string{Everybody, scope.PlatformID, scope.TenantID}
	err = database.From(ctx, s.db).Where("scope IN ?", scopes).Find(&rows).Error
	return rows, wrap("read settings", err)
}

// tenantRows finds the platform within the query, so that a landing, which
// knows only the tenant, needs no second one.
func (s *Service) tenantRows(ctx context.Context, tenantID string) (rows []row, err error) {
	err = database.From(ctx, s.db).
		Where("scope IN ('', ?) OR scope = (SELECT platform_id FROM tenants WHERE id = ?)", tenantID, tenantID).
		Find(&rows).Error
	return rows, wrap("read settings of tenant", err)
}

func (s *Service) save(ctx context.Context, r row) error {
	err := database.From(ctx, s.db).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "scope"}, {Name: "key"}},
		DoUpdates: clause.AssignmentColumns([]string{"value", "updated_at"}),
	}).Create(&r).Error
	return wrap("save setting", err)
}

func (s *Service) remove(ctx context.Context, scopeID string, key Key) error {
	err := database.From(ctx, s.db).Where("scope = ? AND key = ?", scopeID, key).Delete(&row{}).Error
	return wrap("remove setting", err)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, database.Translate(err))
}
