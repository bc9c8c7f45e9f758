package control

import (
	"html/template"
	"net/http"
	"strings"
)

// IsVisit reports whether a request is that of a browser which only looks what is here: for
// the root as a page, or for the icon that browsers ask every server for.
func IsVisit(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	return r.URL.Path == icon || r.URL.Path == "/" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

const icon = "/favicon.ico"

// Visit answers such a request: with a page that leads to what a GET can show. It shows nothing
// that a client has sent.
func (h *Handler) Visit(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == icon {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if h.guard(w, r, false) != nil {
		h.Serve(w, r, false) // which says why
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	var links []string
	for _, e := range endpoints() {
		if e.method == http.MethodGet && !strings.Contains(e.path, "{") {
			links = append(links, Root+e.path)
		}
	}
	c := h.server.Contract
	page.Execute(w, map[string]any{
		"Title": c.Title() + " " + c.Version(), "Bases": c.Bases(), "Links": links,
	})
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>graphmock</title>
<style>:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }</style>
<h1>graphmock</h1>
<p>This sandbox serves {{.Title}}. Send requests to {{range $i, $b := .Bases}}{{if $i}}, {{end}}<code>{{or $b "/"}}</code>{{end}}.</p>
<p>What it can show:</p>
<ul>{{range .Links}}
<li><a href="{{.}}">{{.}}</a></li>{{end}}
</ul>
</html>
`))
