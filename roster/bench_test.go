package roster

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

// crowd is a large course.
const crowd = 5000

// crowded lists people with names of several scripts; every third has an
// address. round changes one name in a hundred.
func crowded(round int) []lti.Member {
	given := []string{"Amara", "Søren", "Jean-Luc", "محمد", "小明", "Zoë", "İpek", "Łukasz", "Ángel", "Oleksandra"}
	family := []string{"Okafor", "Ångström", "O'Brien", "علي", "王", "Amarante", "Işık", "Großmann", "Fernández de la Cruz", "Ковальчук"}
	members := []lti.Member{listMember("teacher", "Tara", "Teacher", "")}
	for i := range crowd - 1 {
		m := listMember(fmt.Sprintf("%032x", i), fmt.Sprint(given[i%len(given)], " ", i%97), fmt.Sprint(family[i/7%len(family)], " ", i), "")
		if i%3 == 0 {
			m.Email = fmt.Sprintf("person%d@campus.example", i)
		}
		if i%100 == round {
			m.GivenName += " Renamed"
		}
		members = append(members, m)
	}
	return members
}

func databases(b *testing.B, run func(b *testing.B, db *database.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, dbtest.OpenSQLite(b)) })
	b.Run("postgres", func(b *testing.B) { run(b, dbtest.OpenPostgres(b)) })
}

// BenchmarkSuggest looks for people of a course of 5,000 who are all on its
// roster and have all launched it.
func BenchmarkSuggest(b *testing.B) {
	databases(b, func(b *testing.B, db *database.DB) {
		s, ctx := newSynced(b, db), context.Background()
		s.lms.members = crowded(-1)
		for _, m := range s.lms.members[1:] {
			s.arrive(b, launch(m.Subject, named(m.GivenName, m.FamilyName, m.Email)))
		}
		s.Want(s.want)
		if err := s.Idle(ctx); err != nil {
			b.Fatal(err)
		}
		for name, q := range map[string]string{
			"two letters": "an", "one person": "okafor 4900 am", "any order": "cruz la angel", "another script": "علي محمد",
			"within a word": "ngstr", "an address": "person49", "nobody": "xyzzy qwerty",
		} {
			b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					found, err := s.Suggest(ctx, "t", s.want.CourseID, q, 8)
					if err != nil || (len(found) == 0) != (name == "nobody") {
						b.Fatalf("%q: %d people, %v", q, len(found), err)
					}
				}
			})
		}
	})
}

// BenchmarkSync keeps a roster of 5,000: all new, unchanged, and with 50 people
// renamed. The platform's answer is there already.
func BenchmarkSync(b *testing.B) {
	databases(b, func(b *testing.B, db *database.DB) {
		s := newSynced(b, db)
		fetch := func(b *testing.B, members []lti.Member) {
			b.Helper()
			s.lms.members = members
			s.later(7 * time.Hour)
			s.Want(s.want)
			if err := s.Idle(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		b.Run("new", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				fetch(b, crowded(-1)[:1])
				all := crowded(-1)
				b.StartTimer()
				fetch(b, all)
			}
		})
		same, rounds := crowded(-1), [][]lti.Member{crowded(1), crowded(2)}
		fetch(b, same)
		b.Run("unchanged", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fetch(b, same)
			}
		})
		b.Run("fifty-renamed", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				fetch(b, rounds[i%2])
			}
		})
	})
}
