// Package config reads Usher's settings from the environment. Nothing else
// reads it.
//
// [Settings] is the one list of names, defaults and meanings; the README and
// .env.example are compared with it by a test. Rules that admins change while
// Usher runs are not here but in package settings.
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Setting describes one environment variable.
type Setting struct {
	Name    string
	Default string
	Meaning string
	// Secret settings can also be given as a file named by Name + "_FILE".
	Secret bool
}

// Settings lists every environment variable that Usher reads.
var Settings = []Setting{
	{Name: "USHER_LISTEN", Default: "127.0.0.1:8080", Meaning: "Address and port that Usher listens on."},
	{Name: "USHER_PUBLIC_URL", Default: "http://localhost:8080", Meaning: "Address that browsers use: https, or http on loopback or *.localhost."},
	{Name: "USHER_DATABASE_URL", Default: "sqlite://usher.db", Meaning: "sqlite://usher.db (relative to the working folder), sqlite:///absolute/path or postgres://user:password@host/name.", Secret: true},
	{Name: "USHER_SECRET_KEY", Meaning: "32 random bytes in base64 that seal secrets in the database; several with commas: the first seals, all open. With SQLite made and kept beside the database when absent.", Secret: true},
	{Name: "USHER_ALLOW_PRIVATE_NETWORKS", Default: "false", Meaning: "true lets Usher fetch keys from private addresses and be framed by http pages: for tests and closed networks."},
	{Name: "USHER_TRUSTED_PROXIES", Meaning: "Networks, such as 10.0.0.0/8, whose X-Forwarded-For is believed; several with commas."},
	{Name: "USHER_METRICS_LISTEN", Meaning: "Address and port of Prometheus metrics; empty: none."},
	{Name: "USHER_LOG_LEVEL", Default: "info", Meaning: "debug, info, warn or error."},
}

// Config is the checked configuration of one process.
type Config struct {
	Listen               string
	PublicURL            *url.URL
	DatabaseURL          string
	SecretKeys           [][]byte // empty: to be made beside the SQLite file
	AllowPrivateNetworks bool
	TrustedProxies       []netip.Prefix
	MetricsListen        string
	LogLevel             slog.Level
}

// String shows the configuration without its secrets.
func (c Config) String() string {
	scheme, _, _ := strings.Cut(c.DatabaseURL, "://")
	return fmt.Sprintf("listen=%s public_url=%s database=%s private_networks=%t", c.Listen, c.PublicURL, scheme, c.AllowPrivateNetworks)
}

// LogValue keeps secrets out of logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Load reads and checks all settings. Its error names every mistake, not only
// the first.
func Load(getenv func(string) string) (Config, error) {
	l := loader{getenv: getenv}
	c := Config{
		Listen:               l.address("USHER_LISTEN"),
		PublicURL:            l.publicURL("USHER_PUBLIC_URL"),
		DatabaseURL:          l.databaseURL("USHER_DATABASE_URL"),
		SecretKeys:           l.keys("USHER_SECRET_KEY"),
		AllowPrivateNetworks: l.flag("USHER_ALLOW_PRIVATE_NETWORKS"),
		TrustedProxies:       l.prefixes("USHER_TRUSTED_PROXIES"),
		MetricsListen:        l.optionalAddress("USHER_METRICS_LISTEN"),
		LogLevel:             l.level("USHER_LOG_LEVEL"),
	}
	if strings.HasPrefix(c.DatabaseURL, "postgres") && len(c.SecretKeys) == 0 && !l.failed("USHER_SECRET_KEY") {
		l.fail("USHER_SECRET_KEY", "is needed with PostgreSQL, the same for all replicas; make one with: openssl rand -base64 32")
	}
	if err := errors.Join(l.errs...); err != nil {
		return Config{}, err
	}
	return c, nil
}

// loader collects the mistakes of all settings.
type loader struct {
	getenv func(string) string
	errs   []error
	bad    map[string]bool
}

func (l *loader) fail(name, what string) {
	if l.bad == nil {
		l.bad = map[string]bool{}
	}
	l.bad[name] = true
	l.errs = append(l.errs, fmt.Errorf("%s %s", name, what))
}

func (l *loader) failed(name string) bool { return l.bad[name] }

// value returns a setting, from its file where it may have one, or its
// default.
func (l *loader) value(name string) string {
	var setting Setting
	for _, s := range Settings {
		if s.Name == name {
			setting = s
		}
	}
	value := strings.TrimSpace(l.getenv(name))
	if setting.Secret {
		value = l.orFile(name, value)
	}
	if value == "" {
		return setting.Default
	}
	return value
}

func (l *loader) orFile(name, value string) string {
	path := l.getenv(name + "_FILE")
	if path == "" {
		return value
	}
	if value != "" {
		l.fail(name, "and "+name+"_FILE are both set; set one")
		return value
	}
	content, err := os.ReadFile(path)
	if err != nil {
		l.fail(name+"_FILE", "cannot be read: "+err.Error())
	}
	return strings.TrimSpace(string(content))
}

func (l *loader) address(name string) string {
	value := l.value(name)
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		l.fail(name, fmt.Sprintf("is %q, want an address and a port such as 127.0.0.1:8080", value))
		return value
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		l.fail(name, fmt.Sprintf("has the port %q, want a number up to 65535", port))
	}
	return value
}

func (l *loader) optionalAddress(name string) string {
	if l.value(name) == "" {
		return ""
	}
	return l.address(name)
}

func (l *loader) publicURL(name string) *url.URL {
	value := l.value(name)
	u, err := url.Parse(value)
	if err != nil || u.Host == "" {
		l.fail(name, fmt.Sprintf("is %q, want an address such as https://rooms.example.edu", value))
		return &url.URL{}
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		l.fail(name, "has more than a scheme and a host; Usher needs a host name of its own")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopbackName(u.Hostname())) {
		l.fail(name, fmt.Sprintf("is %q: browsers keep sign-ins in frames only over https (http works on localhost and *.localhost alone)", value))
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
}

// loopbackName says whether browsers treat http on this host as safe.
func loopbackName(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func (l *loader) databaseURL(name string) string {
	value := l.value(name)
	for _, scheme := range []string{"sqlite://", "postgres://", "postgresql://"} {
		if strings.HasPrefix(value, scheme) {
			return value
		}
	}
	l.fail(name, "starts with neither sqlite:// nor postgres://")
	return value
}

func (l *loader) keys(name string) (keys [][]byte) {
	value := l.value(name)
	if value == "" {
		return nil
	}
	for _, text := range strings.Split(value, ",") {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil || len(key) != 32 {
			l.fail(name, "is not 32 bytes in base64; make one with: openssl rand -base64 32")
			return nil
		}
		keys = append(keys, key)
	}
	return keys
}

func (l *loader) flag(name string) bool {
	value := l.value(name)
	on, err := strconv.ParseBool(value)
	if err != nil {
		l.fail(name, fmt.Sprintf("is %q, want true or false", value))
	}
	return on
}

func (l *loader) prefixes(name string) (list []netip.Prefix) {
	for _, text := range strings.FieldsFunc(l.value(name), func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			l.fail(name, fmt.Sprintf("has %q, want networks such as 10.0.0.0/8", text))
			continue
		}
		list = append(list, prefix)
	}
	return list
}

func (l *loader) level(name string) (level slog.Level) {
	if err := level.UnmarshalText([]byte(l.value(name))); err != nil {
		l.fail(name, fmt.Sprintf("is %q, want debug, info, warn or error", l.value(name)))
	}
	return level
}
