package entra

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageText string

// pages are what browsers are shown. html/template escapes all that is put into them.
var pages = template.Must(template.New("").Parse(pageText))

// A page is what a template shows.
type page struct {
	Action     string // where its form goes
	Parameters []parameter

	App, Cancel, Problem, Text string
	Users                      []User

	Nonce string // of its script
}

// showPage shows a page that no other site may show in a frame, and that runs no script but
// its own.
func (x *exchange) showPage(status int, name string, p page) {
	p.Nonce = x.config.NewID()
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, p); err != nil {
		panic("BUG: " + err.Error())
	}
	header := x.w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-"+p.Nonce+
		"'; frame-ancestors 'none'; base-uri 'none'")
	if name == "post" { // the responses to requests with prompt=none are shown in frames
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+p.Nonce+"'; base-uri 'none'")
	}
	x.send(status, "text/html; charset=utf-8", b.Bytes())
}

// showFailure shows an error to a person.
func (x *exchange) showFailure(f *failure) {
	x.remarkFailure(f)
	status := f.status
	if status == http.StatusUnauthorized {
		status = http.StatusBadRequest
	}
	x.showPage(status, "text", page{Problem: x.description(f), Text: f.hint})
}

// nativePage is where applications go that have no page of their own: they read its URL.
func (x *exchange) nativePage() { x.showPage(http.StatusOK, "text", page{Text: "You have signed in."}) }
