package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// citation is a test that cites a check.
type citation struct {
	file string // from the root of the tree
	test string
}

var numbers = regexp.MustCompile(`\bC-(\d{2,3})\b`)

// declaration is a part of a test file on its top level.
type declaration struct {
	file, name string
	test       bool
	cites      []int
	uses       []string // names that it mentions
}

// scan reads all tests below root and returns which of them cite each number.
func scan(tb testing.TB, root string) map[int][]citation {
	tb.Helper()
	byFolder := map[string][]declaration{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && path != root || entry.Name() == "node_modules" || entry.Name() == "conformance") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		found, err := declarations(path, filepath.ToSlash(name))
		byFolder[filepath.Dir(path)] = append(byFolder[filepath.Dir(path)], found...)
		return err
	})
	if err != nil {
		tb.Fatalf("read the tests: %v", err)
	}
	cited := map[int][]citation{}
	for _, list := range byFolder {
		collect(list, cited)
	}
	for number := range cited {
		slices.SortFunc(cited[number], func(a, b citation) int {
			return strings.Compare(a.file+" "+a.test, b.file+" "+b.test)
		})
		cited[number] = slices.Compact(cited[number])
	}
	return cited
}

// declarations reads one test file.
func declarations(path, name string) (list []declaration, err error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	for _, d := range file.Decls {
		from := d.Pos()
		made := declaration{file: name}
		switch d := d.(type) {
		case *ast.FuncDecl:
			made.name = d.Name.Name
			made.test = strings.HasPrefix(made.name, "Test") && d.Recv == nil && made.name != "TestMain"
			if d.Doc != nil {
				from = d.Doc.Pos()
			}
		case *ast.GenDecl:
			if d.Doc != nil {
				from = d.Doc.Pos()
			}
			if len(d.Specs) > 0 {
				if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
					made.name = v.Names[0].Name
				}
			}
		}
		made.cites = citedIn(source[files.Position(from).Offset:files.Position(d.End()).Offset])
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				made.uses = append(made.uses, id.Name)
			}
			return true
		})
		list = append(list, made)
	}
	return list, nil
}

func citedIn(source []byte) (list []int) {
	for _, m := range numbers.FindAllSubmatch(source, -1) {
		n, err := strconv.Atoi(string(m[1]))
		if err == nil {
			list = append(list, n)
		}
	}
	return list
}

// collect gives each test of a package what it cites itself and what the
// helpers and tables do that it uses.
func collect(list []declaration, cited map[int][]citation) {
	byName := map[string]declaration{}
	for _, d := range list {
		if !d.test && len(d.cites) > 0 {
			byName[d.name] = d
		}
	}
	for _, d := range list {
		if !d.test {
			continue
		}
		all := slices.Clone(d.cites)
		for _, name := range d.uses {
			all = append(all, byName[name].cites...)
		}
		for _, number := range all {
			cited[number] = append(cited[number], citation{file: d.file, test: d.name})
		}
	}
}
