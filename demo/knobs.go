package demo

import (
	"errors"
	"net/url"
	"slices"
)

// knobs are the parameters of /launch beside `as` and `link`. The zero value of
// each is the ordinary case.
type knobs struct {
	// In says where the tool opens: frame (the default), narrow (a frame of
	// 390 px, as on a phone) or tab (top level).
	In string
	// Storage misbehaves on campuses with platform storage: silent (advertised,
	// nobody answers), slow (answers after three seconds), forged (a false
	// answer from another origin comes first), wrongorigin (the frame lives on
	// an origin that is not the sign-on's), legacy (the messages' former names),
	// off (not offered at all).
	Storage string
	// Share says what the campus tells about people: all (the default), name
	// (no address), none (neither name nor address).
	Share string
	// Lang is the locale that the token names, such as ar. The campus's own
	// pages stay English.
	Lang string
	// Institution 2 launches from Blackboard's second institution, whose
	// deployment the tool does not know.
	Institution string
}

var (
	errUnknownPerson = errors.New("unknown person")
	errUnknownLink   = errors.New("unknown link")
	errUnknownKnob   = errors.New("unknown value")
	errUnknownCourse = errors.New("unknown course")
	errNoTool        = errors.New("tool that nobody has added yet")
)

// parseKnobs reads the knobs; a misspelt value is an error, so that a test
// never passes because its knob did nothing.
func parseKnobs(q url.Values) (knobs, error) {
	k := knobs{
		In: orDefault(q.Get("in"), "frame"), Storage: q.Get("storage"), Share: orDefault(q.Get("share"), "all"),
		Lang: orDefault(q.Get("lang"), "en"), Institution: orDefault(q.Get("institution"), "1"),
	}
	valid := slices.Contains([]string{"frame", "narrow", "tab"}, k.In) &&
		slices.Contains([]string{"", "silent", "slow", "forged", "wrongorigin", "legacy", "off"}, k.Storage) &&
		slices.Contains([]string{"all", "name", "none"}, k.Share) &&
		slices.Contains([]string{"1", "2"}, k.Institution) && len(k.Lang) <= 35
	if !valid {
		return knobs{}, errUnknownKnob
	}
	return k, nil
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// query writes the knobs for an address; defaults are left out.
func (k knobs) query() url.Values {
	q := url.Values{}
	set := func(name, value, fallback string) {
		if value != fallback {
			q.Set(name, value)
		}
	}
	set("in", k.In, "frame")
	set("storage", k.Storage, "")
	set("share", k.Share, "all")
	set("lang", k.Lang, "en")
	set("institution", k.Institution, "1")
	return q
}

// start is a parsed /launch: who, where, which link, which tool, which knobs.
type start struct {
	person Person
	course course
	link   string  // the key of item, or a placement: nav, account
	item   content // zero for a placement
	tool   tool
	knobs  knobs
	// picker is the placement from which content is selected, "" for an
	// ordinary launch.
	picker string
}

// parseStart reads `as`, `course`, `link` and the knobs. placements lists what
// this campus offers beside links of the course.
func (c *site) parseStart(q url.Values, placements ...string) (st start, err error) {
	var ok bool
	if st.person, ok = personByKey(orDefault(q.Get("as"), "teacher")); !ok {
		return start{}, errUnknownPerson
	}
	courseKey := orDefault(q.Get("course"), "1")
	st.link = q.Get("link")
	if first := c.contentsOf(courseKey); st.link == "" && len(first) > 0 {
		st.link = first[0].Key
	}
	if !slices.Contains(placements, st.link) {
		if st.item, ok = c.contentByKey(st.link); !ok {
			return start{}, errUnknownLink
		}
		courseKey = st.item.Course
	}
	if st.course, ok = c.courseByKey(courseKey); !ok {
		return start{}, errUnknownCourse
	}
	if st.knobs, err = parseKnobs(q); err != nil {
		return start{}, err
	}
	if st.tool, ok = c.toolOf(st.item); !ok {
		return start{}, errNoTool
	}
	return st, nil
}
