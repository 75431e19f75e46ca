package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/conformance.md")

const (
	root = "../.."
	page = root + "/docs/conformance.md"
)

func TestThePageSaysWhatTheTestsSay(t *testing.T) {
	t.Parallel()
	want := render(scan(t, root))
	if *update {
		if err := os.WriteFile(filepath.FromSlash(page), []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatalf("read the page: %v; write it by: go test ./tests/conformance -update", err)
	}
	if string(got) != want {
		t.Error("docs/conformance.md is older than the tests; write it by: go test ./tests/conformance -update")
	}
}

func TestEveryCheckHasATestOrAReason(t *testing.T) {
	t.Parallel()
	cited := scan(t, root)
	known := map[int]bool{}
	for _, a := range areas {
		for _, c := range a.checks {
			known[c.number] = true
			tested := len(cited[c.number]) > 0
			switch {
			case !tested && c.reason == "":
				t.Errorf("%s has neither a test that cites it nor a reason: %s", name(c.number), c.words)
			case tested && c.reason != "":
				t.Errorf("%s has a reason for being without a test, and the test %s", name(c.number), cited[c.number][0].test)
			}
		}
	}
	for number, by := range cited {
		if !known[number] {
			t.Errorf("%s cites %s, which is not in the list", by[0].test, name(number))
		}
	}
}

func TestTheListIsCountedThrough(t *testing.T) {
	t.Parallel()
	var list []int
	for _, a := range areas {
		for _, c := range a.checks {
			list = append(list, c.number)
			if c.words == "" || !strings.HasSuffix(c.words, ".") {
				t.Errorf("%s is not a sentence: %q", name(c.number), c.words)
			}
		}
	}
	for i, number := range list {
		if number != i+1 {
			t.Fatalf("%s stands where %s belongs", name(number), name(i+1))
		}
	}
}

// A citation is found in comments, in subtests, and through what a test uses.
func TestScanFindsCitations(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	source := `package x
// ` + cite(1) + `.
func TestOne(t *testing.T) { helper(t) }
func TestTwo(t *testing.T) { _ = "` + cite(2) + ` a subtest"; for range table {} }
func helper(t *testing.T) { _ = "` + cite(3) + `" }
var table = []string{"` + cite(4) + ` a row"}
func unused() { _ = "` + cite(5) + `" }
`
	if err := os.WriteFile(filepath.Join(folder, "x_test.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	got := scan(t, folder)
	for number, want := range map[int][]string{1: {"TestOne"}, 2: {"TestTwo"}, 3: {"TestOne"}, 4: {"TestTwo"}, 5: nil} {
		var tests []string
		for _, c := range got[number] {
			tests = append(tests, c.test)
		}
		if !slices.Equal(tests, want) {
			t.Errorf("%s is cited by %v, want %v", name(number), tests, want)
		}
	}
}

func cite(n int) string { return name(n) }

func name(number int) string { return fmt.Sprintf("C-%02d", number) }

func render(cited map[int][]citation) string {
	var b strings.Builder
	b.WriteString(`# Conformance

What a tool must do to pass the certification of LTI 1.3 Advantage, and what
breaks most in the field beside it. Each check has a number that tests cite;
this page is written from them by ` + "`go test ./tests/conformance -update`" + `,
and a test fails when it is out of date.

`)
	tested, total := 0, 0
	for _, a := range areas {
		for _, c := range a.checks {
			total++
			if len(cited[c.number]) > 0 {
				tested++
			}
		}
	}
	fmt.Fprintf(&b, "%d checks, %d of them with tests, %d with a reason why not.\n", total, tested, total-tested)
	for _, a := range areas {
		fmt.Fprintf(&b, "\n## %s\n\n| | what | tests |\n| --- | --- | --- |\n", a.title)
		for _, c := range a.checks {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name(c.number), c.words, tests(cited[c.number], c.reason))
		}
	}
	return b.String()
}

// tests links the tests of a check, or says why there is none.
func tests(list []citation, reason string) string {
	if len(list) == 0 {
		return "none: " + reason
	}
	links := make([]string, len(list))
	for i, c := range list {
		links[i] = fmt.Sprintf("%s [%s](../%s)", filepath.ToSlash(filepath.Dir(c.file)), c.test, c.file)
	}
	return strings.Join(links, "<br>")
}
