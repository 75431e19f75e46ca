// Package usher_test keeps the rules that hold for the whole tree; see
// docs/architecture.md.
package usher_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowed says which of our packages a package's own code may import. What is
// not listed may import none.
var allowed = map[string][]string{
	"database":  {"migrations"},
	"lti":       {"database", "secret"},
	"roster":    {"database", "secret", "lti"},
	"media":     {"database", "secret"},
	"settings":  {"database"},
	"session":   {"database", "secret"},
	"admin":     {"database", "secret"},
	"invite":    {"database", "secret", "media", "roster", "settings"},
	"live":      {"database", "secret", "media"},
	"doctor":    {"database", "lti", "roster"},
	"visit":     {"database", "media", "roster", "live"},
	"demo":      {"secret"},
	"handlers":  {"admin", "database", "doctor", "secret", "lti", "roster", "media", "settings", "session", "invite", "live", "visit", "views"},
	"house":     {"admin", "config", "database", "doctor", "secret", "lti", "roster", "media", "settings", "session", "invite", "live", "visit", "handlers", "views"},
	"cmd/usher": {"admin", "config", "database", "doctor", "secret", "lti", "settings", "demo", "house"},
	// Harnesses of tests.
	"database/dbtest": {"database", "secret"},
	"lti/ltitest":     {"lti", "secret"},
	"house/housetest": {"admin", "config", "database", "secret", "lti/ltitest", "house", "views"},
}

// alone says which packages, and for GORM which files, may see a library.
var alone = map[string]func(pkg, file string) bool{
	"github.com/labstack/echo":          func(pkg, _ string) bool { return pkg == "handlers" },
	"gorm.io":                           func(pkg, file string) bool { return pkg == "database" || file == "store.go" },
	"github.com/centrifugal/centrifuge": func(pkg, _ string) bool { return pkg == "live" },
	"github.com/gorilla/sessions":       func(pkg, _ string) bool { return pkg == "session" },
	"github.com/lestrrat-go/jwx":        func(pkg, _ string) bool { return pkg == "lti" || pkg == "lti/ltitest" || pkg == "demo" },
	"github.com/alecthomas/kong":        func(pkg, _ string) bool { return pkg == "cmd/usher" },
}

type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) (list []listed) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, "usher/")
		list = append(list, p)
	}
}

func TestPackagesImportOnlyTheirNeighbours(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, path := range p.Imports {
			ours, isOurs := strings.CutPrefix(path, "usher/")
			if isOurs && !slices.Contains(allowed[p.ImportPath], ours) {
				t.Errorf("%s imports %s; the rules allow it %v", p.ImportPath, ours, allowed[p.ImportPath])
			}
		}
	}
}

func TestLibrariesStayInTheirRooms(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ImportsOnly)
			if err != nil {
				t.Fatalf("parse %s: %v", file, err)
			}
			for _, spec := range parsed.Imports {
				path := strings.Trim(spec.Path.Value, `"`)
				for library, may := range alone {
					if strings.HasPrefix(path, library) && !may(p.ImportPath, file) {
						t.Errorf("%s/%s imports %s", p.ImportPath, file, path)
					}
				}
			}
		}
	}
}
