package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the built program.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if chromiumPath() == "" {
		fmt.Fprintln(os.Stderr, "SKIPPED: there is no Chromium or Chrome on this machine, so no browser test runs.")
		if os.Getenv("REQUIRE_CHROMIUM") == "1" {
			return 1
		}
		return 0
	}
	folder, err := os.MkdirTemp("", "usher-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "make folder:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	scratch = folder
	if err := build(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stopBrowsers()
	return m.Run()
}

// scratch is a folder that goes away after the run.
var scratch string

func build(folder string) error {
	if styles, _ := filepath.Glob("../../views/dist/app-*.css"); len(styles) == 0 {
		return fmt.Errorf("views/dist has no assets; run `make assets` first")
	}
	binary = filepath.Join(folder, "usher")
	command := exec.Command("go", "build", "-o", binary, "./cmd/usher")
	command.Dir = "../.."
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
}

func chromiumPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
