package demo

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// pages renders the templates of all campuses.
type pages struct {
	sets   map[string]*template.Template
	assets http.Handler
}

// base is what every page shows.
type base struct {
	Campus      string // key of the style sheet: moodle, canvas, blackboard, lms
	CampusName  string
	Institution string
	Title       string
	Person      *Person // nil: nobody is signed in
	HomeURL     string
	Course      string
	CourseLabel string
	CourseURL   string
	AdminURL    string
	Frames      []string // origins that the page frames beside the usual ones
}

func (b base) frameOrigins() []string { return b.Frames }

// coursePage is a campus's course with its links.
type coursePage struct {
	base
	Notice    string // a message that came back from the tool
	Alarm     bool   // the notice is an error
	CourseKey string
	Size      int // members
	NoTool    bool
	Teaches   bool
	Links     []courseLink
	Others    []courseLink // placements that are no links of the course
	Adding    []courseLink // ways to add links from the tool
	People    []personLink
	Courses   []courseChoice
	HasPerson bool
}

// courseLink offers one link of the course in each manner of opening.
type courseLink struct {
	Title, Text                 string
	FrameURL, NarrowURL, TabURL string
	Window                      bool // opens in a window of its own
	Broken                      string
}

// courseChoice leads to another course.
type courseChoice struct {
	Title, URL string
	Size       int
	Current    bool
}

// personLink switches the browser's LMS session to somebody else.
type personLink struct {
	Person
	Address string
	URL     string
	Current bool
}

// activityPage frames the tool.
type activityPage struct {
	base
	FrameName  string
	FrameSrc   string // "" where Form opens the tool in the frame
	Allow      string
	Narrow     bool
	MinHeight  int // px; the frame fills the window but is never lower
	Form       *postForm
	Storage    storageFrame
	ToolOrigin string
}

// storageFrame is a platform's hidden frame that keeps data for tools.
type storageFrame struct {
	Name, Src, Mode string
	Origin          string // where messages of the frame come from
	Listens         bool   // the page answers window messages of the tool
}

// postForm is a form that submits itself.
type postForm struct {
	base
	Name, Action, Method, Target string
	Fields                       []field
}

// field is a hidden form field; a slice of them keeps the order of the LMS.
type field struct{ Name, Value string }

// messagePage says one thing: an error of the campus, or what the tool sent back.
type messagePage struct {
	base
	Heading, Text string
	Alarm         bool
	LinkURL       string
	LinkText      string
}

// leavePage takes the whole window somewhere, also from inside a frame.
type leavePage struct {
	base
	URL string
}

// storagePage is the document inside a storage frame.
type storagePage struct {
	Mode, ToolOrigin, PageOrigin string
}

// loadPages parses every template with the layout.
func loadPages() (*pages, error) {
	sets := map[string]*template.Template{}
	for _, name := range []string{
		"index", "course", "activity", "post", "message", "leave", "storage", "services", "admin", "register", "modedit", "closing",
	} {
		set, err := template.ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		sets[name] = set
	}
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("open assets: %w", err)
	}
	return &pages{sets: sets, assets: http.StripPrefix("/assets/", http.FileServerFS(assets))}, nil
}

// render executes a page completely before anything is sent.
func (p *pages) render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := p.sets[name].ExecuteTemplate(&out, name+".html", data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return out.Bytes(), nil
}
