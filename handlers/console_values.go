package handlers

import (
	"strings"

	"usher/views"
)

// toolValues are the values that an admin enters in an LMS of a product, as
// this installation serves them.
func (s *Server) toolValues(family string) map[string]views.CopyValue {
	t := s.LTI.ToolConfig()
	var custom []string
	for _, p := range t.CustomFor(family) {
		custom = append(custom, p.Name+"="+p.Value)
	}
	values := map[string]views.CopyValue{}
	for id, value := range map[string]string{
		"canvas": t.CanvasURL, "canvas_jwk": t.CanvasURL + "?key=jwk", "domain": t.Domain, "login": t.LoginURL, "redirect": t.LaunchURL,
		"target": t.LaunchURL, "deep": t.LaunchURL, "jwks": t.JWKSURL, "icon": t.IconURL, "algorithm": "RS256",
		"title": t.Title, "description": t.Description,
	} {
		values[id] = views.CopyValue{ID: "value-" + id, Label: "console.value_" + id, Value: value}
	}
	values["custom"] = views.CopyValue{ID: "value-custom", Label: "console.value_custom", Value: strings.Join(custom, "\n"), Lines: true}
	return values
}

// listValues are the values that every way needs.
func (s *Server) listValues() []views.CopyValue {
	all := s.toolValues("")
	return []views.CopyValue{all["login"], all["redirect"], all["jwks"], all["canvas"]}
}
