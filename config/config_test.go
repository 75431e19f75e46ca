package config_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/config"
)

var goodKey = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))

func load(env map[string]string) (config.Config, error) {
	return config.Load(func(name string) string { return env[name] })
}

func TestEmptyEnvironmentWorks(t *testing.T) {
	t.Parallel()
	c, err := load(nil)
	if err != nil {
		t.Fatalf("Load without settings: %v", err)
	}
	if c.Listen != "127.0.0.1:8080" || c.PublicURL.String() != "http://localhost:8080" || c.DatabaseURL != "sqlite://usher.db" {
		t.Errorf("defaults = %v", c)
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"USHER_LISTEN": "8080", "USHER_PUBLIC_URL": "http://rooms.example.edu", "USHER_DATABASE_URL": "mysql://x",
		"USHER_SECRET_KEY": "short", "USHER_ALLOW_PRIVATE_NETWORKS": "perhaps", "USHER_TRUSTED_PROXIES": "here",
		"USHER_METRICS_LISTEN": "x:y:z", "USHER_LOG_LEVEL": "loud",
	}
	_, err := load(env)
	if err == nil {
		t.Fatal("Load of wrong settings succeeded")
	}
	for name := range env {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error does not name %s:\n%v", name, err)
		}
	}
}

func TestPublicURLIsSafeForBrowsers(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://rooms.example.edu": true, "https://rooms.example.edu/": true, "http://localhost:8080": true,
		"http://127.0.0.1:8080": true, "http://[::1]:8080": true, "http://usher.localhost:8080": true,
		"http://rooms.example.edu": false, "http://10.0.0.1": false, "http://notlocalhost": false,
		"https://rooms.example.edu/usher": false, "https://u:p@rooms.example.edu": false, "rooms.example.edu": false, "ftp://localhost": false,
	} {
		if _, err := load(map[string]string{"USHER_PUBLIC_URL": address}); (err == nil) != ok {
			t.Errorf("USHER_PUBLIC_URL=%s: %v, want ok = %t", address, err, ok)
		}
	}
}

func TestSecretsComeFromFilesToo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(goodKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(map[string]string{"USHER_SECRET_KEY_FILE": path})
	if err != nil || len(c.SecretKeys) != 1 {
		t.Errorf("key by file: %d keys, %v", len(c.SecretKeys), err)
	}
	for name, env := range map[string]map[string]string{
		"both":    {"USHER_SECRET_KEY_FILE": path, "USHER_SECRET_KEY": goodKey},
		"missing": {"USHER_SECRET_KEY_FILE": path + "x"},
	} {
		if _, err := load(env); err == nil {
			t.Errorf("%s: Load succeeded", name)
		}
	}
}

func TestPostgresNeedsAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	env := map[string]string{"USHER_DATABASE_URL": "postgres://u:hunter2@db/usher"}
	if _, err := load(env); err == nil || !strings.Contains(err.Error(), "USHER_SECRET_KEY") {
		t.Errorf("without key: %v, want it to name USHER_SECRET_KEY", err)
	}
	env["USHER_SECRET_KEY"] = goodKey + "," + goodKey
	c, err := load(env)
	if err != nil || len(c.SecretKeys) != 2 {
		t.Fatalf("with two keys: %d, %v", len(c.SecretKeys), err)
	}
	if shown := fmt.Sprint(c); strings.Contains(shown, "hunter2") || strings.Contains(shown, "kkk") {
		t.Errorf("printed configuration shows a secret: %s", shown)
	}
}

func TestReadmeAndExampleListEverySetting(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../README.md", "../.env.example"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, s := range config.Settings {
			if !strings.Contains(string(content), s.Name) {
				t.Errorf("%s does not name %s", file, s.Name)
			}
			if s.Default != "" && !strings.Contains(string(content), s.Default) {
				t.Errorf("%s does not give the default %s of %s", file, s.Default, s.Name)
			}
		}
	}
}
