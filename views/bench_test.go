package views

import (
	"net/http"
	"testing"
)

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func BenchmarkRenderMediaPage(b *testing.B)  { benchmark(b, "media") }
func BenchmarkRenderStudent(b *testing.B)    { benchmark(b, "media-student") }
func BenchmarkRenderRoom(b *testing.B)       { benchmark(b, "room") }
func BenchmarkRenderLobby(b *testing.B)      { benchmark(b, "lobby") }
func BenchmarkRenderCourseList(b *testing.B) { benchmark(b, "course") }

func benchmark(b *testing.B, name string) {
	r := renderer(b)
	page, w := samples("en")[name], discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Render(w, 200, page); err != nil {
			b.Fatal(err)
		}
	}
}
