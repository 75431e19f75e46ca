package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"usher/config"
	"usher/database"
	"usher/house"
	"usher/lti"
	"usher/secret"
)

// now is the one clock, in UTC and in the precision that both databases keep.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// foundation is what every command stands on: settings, database and keys.
type foundation struct {
	config config.Config
	logger *slog.Logger
	db     *database.DB
	keys   [][]byte
}

// openFoundation reads the settings and opens the database without migrating
// it. The caller closes it.
func openFoundation(env *environment) (*foundation, error) {
	c, err := config.Load(env.getenv)
	if err != nil {
		return nil, fmt.Errorf("these settings do not fit (.env.example lists all):\n%w", err)
	}
	return newFoundation(env, c)
}

func newFoundation(env *environment, c config.Config) (*foundation, error) {
	f := &foundation{config: c, keys: c.SecretKeys}
	f.logger = slog.New(slog.NewJSONHandler(env.stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	var err error
	f.db, err = database.Open(env.ctx, database.Options{URL: c.DatabaseURL, Now: now, Logger: f.logger})
	if err != nil {
		return nil, err
	}
	if len(f.keys) == 0 {
		f.keys, err = embeddedKey(strings.TrimPrefix(c.DatabaseURL, "sqlite://") + ".key")
	}
	if err != nil {
		return nil, errors.Join(err, f.db.Close())
	}
	return f, nil
}

// migrated opens the foundation with the schema brought up to date, for
// commands that change data: they work on a fresh folder too.
func migrated(env *environment) (*foundation, error) {
	f, err := openFoundation(env)
	if err != nil {
		return nil, err
	}
	if err := database.Migrate(env.ctx, f.db); err != nil {
		return nil, errors.Join(err, f.db.Close())
	}
	return f, nil
}

func (f *foundation) close() {
	if err := f.db.Close(); err != nil {
		f.logger.Error("close database", "error", err)
	}
}

// deps is the foundation as what a house stands on.
func (f *foundation) deps() house.Deps {
	return house.Deps{Config: f.config, DB: f.db, Keys: f.keys, Now: now, Logger: f.logger}
}

// registry returns the protocol and its registry.
func (f *foundation) registry() (*lti.Service, error) { return house.Registry(f.deps()) }

// embeddedKey reads the key beside a SQLite file and makes it first where
// there is none. Of two processes at once both get the same.
func embeddedKey(path string) ([][]byte, error) {
	fresh := make([]byte, secret.KeySize)
	_, _ = rand.Read(fresh) // never fails
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString(base64.StdEncoding.EncodeToString(fresh) + "\n")
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("write secret key: %w", err)
		}
		return [][]byte{fresh}, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make secret key: %w", err)
	}
	text, err := readKey(path)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != secret.KeySize {
		return nil, fmt.Errorf("%s does not hold a key of %d bytes in base64; restore it from a backup, since what it sealed cannot be read without it", path, secret.KeySize)
	}
	return [][]byte{key}, nil
}

// readKey waits a moment for another process that is just writing the file.
func readKey(path string) (string, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read secret key: %w", err)
		}
		if text := strings.TrimSpace(string(content)); text != "" || wait > time.Second {
			return text, nil
		}
		time.Sleep(wait)
	}
}

// splitPort takes the port off a checked address.
func splitPort(address string) (host, port string, ok bool) {
	host, port, err := net.SplitHostPort(address)
	return host, port, err == nil
}
