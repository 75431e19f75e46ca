package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// campusState is what a campus keeps: its tools, courses and links.
type campusState struct {
	Tools []tool
	// Current is the client id of the tool that the course's own links open.
	Current  string
	Courses  []course
	Contents []content
	Next     int // number of the next link or course
}

// state is what all campuses keep. With a file it survives a restart, so that a
// tool registered yesterday is still known.
type state struct {
	mu       sync.Mutex
	file     string // "" keeps nothing
	campuses map[string]campusState
}

// openState reads the file, if there is one.
func openState(file string) (*state, error) {
	s := &state{file: file, campuses: map[string]campusState{}}
	if file == "" {
		return s, nil
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what the campuses keep: %w", err)
	}
	if err := json.Unmarshal(raw, &s.campuses); err != nil {
		return nil, fmt.Errorf("parse %s (delete it to begin anew): %w", file, err)
	}
	return s, nil
}

// save writes the file whole, so that no reader meets half of it. Callers hold
// mu.
func (s *state) save() error {
	if s.file == "" {
		return nil
	}
	raw, err := json.MarshalIndent(s.campuses, "", " ")
	if err != nil {
		return fmt.Errorf("write what the campuses keep: %w", err)
	}
	half := filepath.Join(filepath.Dir(s.file), "."+filepath.Base(s.file)+".half")
	if err := os.WriteFile(half, raw, 0o600); err != nil {
		return fmt.Errorf("write what the campuses keep: %w", err)
	}
	return os.Rename(half, s.file)
}

// read returns what the campus keeps. Nobody changes its lists in place.
func (c *site) read() campusState {
	c.s.state.mu.Lock()
	defer c.s.state.mu.Unlock()
	return c.s.state.campuses[c.key]
}

// change lets f change what the campus keeps, alone, and saves it.
func (c *site) change(f func(*campusState)) error {
	all := c.s.state
	all.mu.Lock()
	defer all.mu.Unlock()
	mine := all.campuses[c.key]
	mine.Tools, mine.Courses, mine.Contents = slices.Clone(mine.Tools), slices.Clone(mine.Courses), slices.Clone(mine.Contents)
	f(&mine)
	all.campuses[c.key] = mine
	return all.save()
}

// open gives a campus what it has from the beginning, and the tool that it
// knows without anybody registering it, if any.
func (c *site) open(known ...tool) error {
	return c.change(func(s *campusState) {
		if s.Next == 0 {
			s.Courses, s.Contents, s.Next = firstCourses(), firstContents(), contentsStart
		}
		for _, t := range known {
			s.Tools = slices.DeleteFunc(s.Tools, func(old tool) bool { return old.ClientID == t.ClientID })
			s.Tools = append([]tool{t}, s.Tools...)
			s.Current = orDefault(s.Current, t.ClientID)
		}
	})
}
