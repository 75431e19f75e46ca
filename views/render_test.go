package views

import (
	"net/http/httptest"
	"reflect"
	"testing"
)

func TestEveryPageRendersFullAndEmpty(t *testing.T) {
	r := renderer(t)
	for _, lang := range languages {
		for name, page := range samples(lang) {
			render(t, r, name, page)
		}
		for _, page := range pages() {
			empty := reflect.New(reflect.TypeOf(page).Elem()).Interface().(Page)
			empty.base().Lang = lang
			render(t, r, "empty", empty)
		}
	}
}

func renderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New(Options{Brand: "Northfield University"})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return r
}

func render(t testing.TB, r *Renderer, name string, page Page) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := r.Render(w, 200, page); err != nil {
		t.Fatalf("Render(%s, %T): %v", name, page, err)
	}
	return w.Body.String()
}
