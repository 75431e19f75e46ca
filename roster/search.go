package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MinQuery is how many letters [Service.Suggest] needs: one would list half of
// the course.
const MinQuery = 2

// maxWords bounds the words of a query that are looked for.
const maxWords = 8

// Suggest finds people of a course for what somebody has typed so far: words of
// the name in any order, each from its beginning or within, or the beginning of
// an address. The people of a course are those on its roster and those who
// launched it; where the roster is not older than a day, nobody is found who
// has left it. Fewer than [MinQuery] letters find nobody. Those whose words
// begin like the query come first, then by name.
//
// Somebody who never launched has an ID that only [Service.Choose] and
// [Service.Adopt] know.
func (s *Service) Suggest(ctx context.Context, tenantID, courseID, q string, limit int) ([]Person, error) {
	words := SearchWords(q)
	if letters(words) < MinQuery || limit < 1 {
		return nil, nil
	}
	sought := search{tenantID: tenantID, courseID: courseID, fresh: s.now().UTC().Add(-keepAtMost), limit: limit, words: words[:min(len(words), maxWords)]}
	if strings.Contains(q, "@") {
		sought.address = folded(strings.TrimSpace(q))
	}
	launched, err := s.store.launched(ctx, sought)
	if err != nil {
		return nil, fmt.Errorf("suggest people who launched: %w", err)
	}
	onRoster, err := s.store.onRoster(ctx, sought)
	if err != nil {
		return nil, fmt.Errorf("suggest people of the roster: %w", err)
	}
	people := oncePerSubject(launched, onRoster)
	slices.SortStableFunc(people, func(a, b Person) int {
		if d := misses(a.SearchKey, words) - misses(b.SearchKey, words); d != 0 {
			return d
		}
		return strings.Compare(a.SearchKey, b.SearchKey)
	})
	return people[:min(limit, len(people))], nil
}

// oncePerSubject lists everybody once; what a launch said comes first.
func oncePerSubject(launched, onRoster []Person) []Person {
	seen := make(map[string]bool, len(launched)+len(onRoster))
	var people []Person
	for _, p := range slices.Concat(launched, onRoster) {
		if !seen[p.Subject] {
			seen[p.Subject] = true
			people = append(people, p)
		}
	}
	return people
}

// misses counts the words of a query that no word of the key begins with.
func misses(key string, words []string) int {
	n := 0
	for _, w := range words {
		if !strings.Contains(" "+key, " "+w) {
			n++
		}
	}
	return n
}

func letters(words []string) int {
	n := 0
	for _, w := range words {
		n += len([]rune(w))
	}
	return n
}

// searchKey is what a person is found by: the words of their names and of the
// local part of their address, without accents and case. Names that are written
// without a space between them are also found so, family name first or last.
func searchKey(p Person) string {
	local, _, _ := strings.Cut(p.Email, "@")
	text := p.GivenName + " " + p.FamilyName + " " + p.Name + " " + local
	if unspaced(p.GivenName) && unspaced(p.FamilyName) {
		text += " " + p.FamilyName + p.GivenName + " " + p.GivenName + p.FamilyName
	}
	words := SearchWords(text)
	var once []string
	for _, w := range words {
		if !slices.Contains(once, w) {
			once = append(once, w)
		}
	}
	return strings.Join(once, " ")
}

// unspaced tells whether a name is one word of a script without spaces.
func unspaced(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	}) < 0
}

// letterForms are letters that Unicode does not take apart but keyboards
// without them write so.
var letterForms = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ħ", "h", "ı", "i", "\u0640", "")

// SearchWords splits a text of any script into the words by which people are
// found: without accents, case and punctuation. An apostrophe does not part a
// word: O'Brien is obrien. Who keeps names elsewhere and wants them found like
// people uses it for names and queries alike.
func SearchWords(s string) []string {
	s = norm.NFKD.String(cases.Fold().String(strings.ToValidUTF8(s, "")))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), strings.ContainsRune("'’ʼ`´", r):
			return -1
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.Is(unicode.Mc, r):
			return r
		}
		return ' '
	}, s)
	return strings.Fields(norm.NFC.String(letterForms.Replace(s)))
}
