package main

import (
	"fmt"
	"runtime/debug"
)

// version is set by the build: go build -ldflags "-X main.version=…".
var version = ""

type versionCommand struct{}

func (versionCommand) examples() string { return "  usher version\n" }

// Run prints the version this binary was built from.
func (versionCommand) Run(env *environment) error {
	_, err := fmt.Fprintln(env.stdout, "usher", versionText())
	return err
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
