#!/bin/sh
# Builds scripts, styles and icons into views/dist, each with its content's hash in its name.
# The folder's listing is the manifest: views reads it when it starts.
set -eu
cd "$(dirname "$0")/.."

[ -d node_modules/@hotwired/turbo ] && [ node_modules/.package-lock.json -nt package-lock.json ] ||
    npm ci --no-audit --no-fund --loglevel=error
find views/dist -type f ! -name README -delete
go tool esbuild views/browser/app.ts views/browser/login.ts views/styles/app.css views/styles/icons.svg views/styles/mark.svg \
    --bundle --minify --format=esm --splitting --target=es2022 --charset=utf8 --legal-comments=none \
    --loader:.svg=copy --entry-names='[name]-[hash]' --chunk-names='[name]-[hash]' --asset-names='[name]-[hash]' \
    --outdir=views/dist --log-level=warning
gzip --keep --best --no-name views/dist/*.js views/dist/*.css views/dist/*.svg
