package demo

import (
	"slices"
	"strconv"
)

// largestCourse is the size of the largest course.
const largestCourse = 5000

// course is a course of a campus, the same three on each, and copies.
type course struct {
	// Key is the parameter `course`: 1, 2, 3, then copies.
	Key   string
	Title string
	Label string
	Size  int
	// Copied lists the courses that it descends from, the nearest first.
	Copied []string
}

// content is a link to a tool in a course. Key is the parameter `link`; no two
// links of a campus have the same.
type content struct {
	Key    string
	Course string
	Title  string
	Text   string
	URL    string            // "" is the tool's target link URI
	Custom map[string]string // what the tool sent along with the link
	Window bool              // opens in a window of its own
	// ClientID is the tool that made the link; "" is the one in use.
	ClientID string
	// Broken says why the link cannot be opened.
	Broken string
}

// firstCourses are there from the beginning: small, large and very large.
func firstCourses() []course {
	return []course{
		{Key: "1", Title: "Marine Ecology", Label: "BIO 204", Size: len(People()) - 1},
		{Key: "2", Title: "Introduction to Oceanography", Label: "OCE 101", Size: 300},
		{Key: "3", Title: "Academic Writing for Everybody", Label: "GEN 001", Size: largestCourse},
	}
}

// firstContents are ordinary resource links: unknown to the tool until somebody
// opens them.
func firstContents() []content {
	return []content{
		{Key: "1", Course: "1", Title: "Live seminar room"},
		{Key: "2", Course: "1", Title: "Guest lecture: kelp forests"},
		{Key: "3", Course: "1", Title: "Field trip debriefing"},
		{Key: "201", Course: "2", Title: "Tides and currents, live"},
		{Key: "301", Course: "3", Title: "Opening lecture"},
	}
}

// contentsStart is the first key of links that are added later.
const contentsStart = 1001

// courseByKey finds a course of the campus.
func (c *site) courseByKey(key string) (course, bool) {
	for _, known := range c.read().Courses {
		if known.Key == key {
			return known, true
		}
	}
	return course{}, false
}

// contentByKey finds a link of the campus.
func (c *site) contentByKey(key string) (content, bool) {
	for _, known := range c.read().Contents {
		if known.Key == key {
			return known, true
		}
	}
	return content{}, false
}

// contentsOf lists the links of a course.
func (c *site) contentsOf(key string) (list []content) {
	for _, known := range c.read().Contents {
		if known.Course == key {
			list = append(list, known)
		}
	}
	return list
}

// add puts links into a course, each with a key of its own.
func (c *site) add(to string, items ...content) error {
	return c.change(func(s *campusState) {
		for _, item := range items {
			item.Key, item.Course = s.nextKey(), to
			s.Contents = append(s.Contents, item)
		}
	})
}

// copyCourse makes a new course with the links of another: everything is
// copied as it stands, what the tool sent along too, and only ids are new.
func (c *site) copyCourse(from course) (made course, err error) {
	err = c.change(func(s *campusState) {
		made = course{
			Key: s.nextKey(), Title: from.Title + " (copy)", Label: from.Label, Size: from.Size,
			Copied: append([]string{from.Key}, from.Copied...),
		}
		s.Courses = append(s.Courses, made)
		for _, item := range slices.Clone(s.Contents) {
			if item.Course != from.Key {
				continue
			}
			item.Key, item.Course = s.nextKey(), made.Key
			s.Contents = append(s.Contents, item)
		}
	})
	return made, err
}

// nextKey gives out the next number for a link or course.
func (s *campusState) nextKey() string {
	key := strconv.Itoa(s.Next)
	s.Next++
	return key
}
