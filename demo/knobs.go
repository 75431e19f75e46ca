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
	// an origin that is not the sign-on's), off (not offered at all).
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
)

// parseKnobs reads the knobs; a misspelt value is an error, so that a test
// never passes because its knob did nothing.
func parseKnobs(q url.Values) (knobs, error) {
	k := knobs{
		In: orDefault(q.Get("in"), "frame"), Storage: q.Get("storage"), Share: orDefault(q.Get("share"), "all"),
		Lang: orDefault(q.Get("lang"), "en"), Institution: orDefault(q.Get("institution"), "1"),
	}
	valid := slices.Contains([]string{"frame", "narrow", "tab"}, k.In) &&
		slices.Contains([]string{"", "silent", "slow", "forged", "wrongorigin", "off"}, k.Storage) &&
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

// start is a parsed /launch: who, which link, which knobs.
type start struct {
	person Person
	link   string
	knobs  knobs
}

// parseStart reads `as`, `link` and the knobs. links lists what this campus
// offers beside the ordinary activities.
func parseStart(q url.Values, links ...string) (start, error) {
	person, ok := personByKey(orDefault(q.Get("as"), "teacher"))
	if !ok {
		return start{}, errUnknownPerson
	}
	link := orDefault(q.Get("link"), "1")
	if _, ok := activityByKey(link); !ok && !slices.Contains(links, link) {
		return start{}, errUnknownLink
	}
	k, err := parseKnobs(q)
	if err != nil {
		return start{}, err
	}
	return start{person: person, link: link, knobs: k}, nil
}
