package views

import "testing"

func TestNewParsesEverything(t *testing.T) {
	if _, err := New(Options{}); err != nil {
		t.Fatal(err)
	}
}
