// Package views turns page structs into HTML: templates, catalogues, times in words,
// browser code and styles. It renders and decides nothing: who may see what, and which page
// answers a request, is the business of its only callers, the handlers.
//
// One struct is one template: MediaShow is templates/pages/media_show.html. Handlers fill in
// values; words, markup and addresses of assets are the template's. Texts stand in
// locales/en.json and locales/ar.json and nowhere else.
package views
