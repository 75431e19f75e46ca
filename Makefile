# Everything that is done with Usher's source. "make help" lists it.
#
# Needed: Go, Node.js with npm, and make. "make test" installs what else the
# tests want (Chromium, PostgreSQL) where it can.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
GO_BUILD := CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
ASSETS := $(shell find views/browser views/styles -type f 2>/dev/null) package-lock.json tsconfig.json views/build.sh

.PHONY: help build demo run test test-browser bench lint fmt check assets tools

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: assets ## Build the one static binary bin/usher
	$(GO_BUILD) -o bin/usher ./cmd/usher

demo: build ## Build, then run Usher with a practice LMS on this machine
	./bin/usher demo

run: build ## Build, then run Usher on its defaults in this folder
	./bin/usher serve

test: assets tools ## Run all tests, on both databases and in a browser
	scripts/test

test-browser: assets tools ## Run the browser tests alone
	scripts/test browser

bench: assets ## Print the figures of docs/performance.md
	scripts/bench

lint: assets ## Vet and analyse Go, type-check the browser code
	scripts/lint

fmt: ## Format the Go code
	gofmt -w $$(git ls-files '*.go')

check: lint test ## All that must hold before a change lands

# Styles and scripts are bundled when their sources changed.
assets: .build/assets

.build/assets: $(ASSETS)
	bash views/build.sh
	@mkdir -p .build && touch $@

tools:
	@scripts/install-tools
