package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// binaryVariable names a program that is built already, for comparing two.
const binaryVariable = "USHER_BENCH_BINARY"

// scratch is a folder that goes away after the run, "" until it is needed.
var scratch string

func TestMain(m *testing.M) {
	if listen := os.Getenv(smallestVariable); listen != "" {
		fmt.Fprintln(os.Stderr, serveSmallest(listen))
		os.Exit(1)
	}
	code := m.Run()
	if scratch != "" {
		_ = os.RemoveAll(scratch) // a temporary folder
	}
	os.Exit(code)
}

// binary builds the program once and returns its path.
var binary = sync.OnceValues(func() (string, error) {
	if built := os.Getenv(binaryVariable); built != "" {
		return built, nil
	}
	var err error
	if scratch, err = os.MkdirTemp("", "usher-bench-"); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	path := filepath.Join(scratch, "usher")
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/usher")
	command.Dir = filepath.Join("..", "..")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})
