package views

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed dist
var dist embed.FS

//go:embed styles/mark.svg
var mark []byte

// Mark is the tool's picture, for platforms. It is the same as the asset
// mark.svg, whose address changes.
func Mark() []byte { return mark }

// StyleHash is the hash of the one style element that Turbo makes for its progress bar; the
// content policy has to allow it by "style-src 'self' " + StyleHash. It is constant per version.
const StyleHash = "'sha256-WAyOw4V+FqDc35lQPyRADLBWbuNK8ahvYEaQIYF1+Ps='"

// assetNames maps "app.css" to the name with its content's hash, "app-ABC123.css".
type assetNames map[string]string

// hashed splits such a name; the bundler writes eight letters and digits.
var hashed = regexp.MustCompile(`^(.+)-[0-9A-Z]{8}(\.[a-z]+)$`)

func loadAssets() assetNames {
	names := assetNames{}
	files, err := fs.ReadDir(dist, "dist")
	if err != nil {
		return names
	}
	for _, f := range files {
		if m := hashed.FindStringSubmatch(f.Name()); m != nil {
			names[m[1]+m[2]] = f.Name()
		}
	}
	return names
}

func (a assetNames) url(name string) string {
	if file, built := a[name]; built {
		return "/assets/" + file
	}
	return "/assets/" + name
}

// HasAssets says whether styles and scripts were built into this binary.
func HasAssets() bool { return loadAssets()["app.js"] != "" }

// Assets serves the built files under /assets/. Their names change with their content, so that
// browsers may keep them for good.
func Assets() http.Handler {
	return http.StripPrefix("/assets/", http.HandlerFunc(serveAsset))
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path
	if !hashed.MatchString(name) {
		http.NotFound(w, r)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	header := w.Header()
	header.Set("Vary", "Accept-Encoding")
	file, encoding := "dist/"+name, ""
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if _, err := fs.Stat(dist, file+".gz"); err == nil {
			file, encoding = file+".gz", "gzip"
		}
	}
	data, err := dist.ReadFile(file)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	header.Set("Content-Type", kind)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(data)
}
