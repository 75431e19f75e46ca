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

// candidates bounds how many matches are read before the best are chosen.
const candidates = 200

// Suggest finds people of a course for what somebody has typed so far: words of
// the name in any order, each from its beginning or within, or the beginning of
// an address. Only people who have launched this course are found. Fewer than
// [MinQuery] letters find nobody. Those whose words begin like the query come
// first, then by name.
func (s *Service) Suggest(ctx context.Context, tenantID, courseID, q string, limit int) ([]Person, error) {
	words := SearchWords(q)
	if letters(words) < MinQuery || limit < 1 {
		return nil, nil
	}
	var people []Person
	var err error
	if strings.Contains(q, "@") {
		people, err = s.store.byAddressStart(ctx, tenantID, courseID, folded(strings.TrimSpace(q)))
	} else {
		people, err = s.store.bySearch(ctx, tenantID, courseID, words)
	}
	if err != nil {
		return nil, fmt.Errorf("suggest people: %w", err)
	}
	slices.SortStableFunc(people, func(a, b Person) int {
		if d := misses(a.SearchKey, words) - misses(b.SearchKey, words); d != 0 {
			return d
		}
		return strings.Compare(a.SearchKey, b.SearchKey)
	})
	return people[:min(limit, len(people))], nil
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
// local part of their address, without accents and case.
func searchKey(p Person) string {
	local, _, _ := strings.Cut(p.Email, "@")
	words := SearchWords(p.GivenName + " " + p.FamilyName + " " + p.Name + " " + local)
	var once []string
	for _, w := range words {
		if !slices.Contains(once, w) {
			once = append(once, w)
		}
	}
	return strings.Join(once, " ")
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
