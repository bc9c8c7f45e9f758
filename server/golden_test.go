package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/graphmock/graphmock/fixtures"
)

// A golden writes the responses to a script as they stand in it: headers sorted,
// JSON indented, and without what another request in the script would change. What
// all responses have is checked instead of shown. An id that the service draws is
// <id1>, <id2> and so on by its first appearance, a Request-Id in a body is
// <request-id>, the token of a next link <token>.
type golden struct {
	known    string            // the tenant and all requests: no id in it is drawn
	names    map[string]string // of the ids drawn so far
	requests map[string]bool   // the Request-Ids so far
}

func newGolden(t *testing.T, tenant *fixtures.Document, archive *txtar.Archive) *golden {
	known, err := tenant.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, "/request") {
			known = append(known, f.Data...)
		}
	}
	return &golden{known: string(known), names: map[string]string{}, requests: map[string]bool{}}
}

var (
	sentRequestID = regexp.MustCompile(`(?im)^client-request-id: *(.*)$`)
	guid          = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

// everywhere are the headers that all responses to a request have, and their values.
func everywhere(request string, r *http.Response, now time.Time) map[string]string {
	id := r.Header.Get("Request-Id")
	client := id
	if sent := sentRequestID.FindStringSubmatch(request); sent != nil {
		client = sent[1]
	}
	headers := map[string]string{
		"Request-Id":                id,
		"Client-Request-Id":         client,
		"Date":                      now.Format(http.TimeFormat),
		"Strict-Transport-Security": "max-age=31536000",
		"X-Ms-Ags-Diagnostic": `{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"0",` +
			`"ScaleUnit":"000","RoleInstance":"GRAPHMOCK"}}`,
	}
	empty := r.Body != nil && r.ContentLength == 0 // as of a dismissed reminder
	if r.StatusCode == http.StatusOK && !empty && r.Header.Get("Access-Control-Allow-Methods") == "" || r.StatusCode == http.StatusCreated {
		headers["Odata-Version"] = "4.0"
	}
	return headers
}

// check returns what is wrong with the headers that format leaves out. A Request-Id
// is a GUID that no response had before.
func (g *golden) check(request string, r *http.Response, now time.Time) (problems []string) {
	for name, want := range everywhere(request, r, now) {
		if got := r.Header[name]; !slices.Equal(got, []string{want}) {
			problems = append(problems, fmt.Sprintf("%s is %q, want %q", name, got, want))
		}
	}
	return append(problems, g.checkRequestID(r.Header.Get("Request-Id"))...)
}

func (g *golden) checkRequestID(id string) (problems []string) {
	if !guid.MatchString(id) {
		problems = append(problems, fmt.Sprintf("request id %q is not a GUID", id))
	}
	if g.requests[id] {
		problems = append(problems, fmt.Sprintf("request id %s has been another response's", id))
	}
	g.requests[id] = true
	return problems
}

// format returns a response as it stands in a script.
func (g *golden) format(request string, r *http.Response, body []byte) (text string, problems []string) {
	body, problems = g.indent(r.Header, body)
	text = headerText(request, r) + string(body)
	text = skipTokens.ReplaceAllString(text, "$$${1}token=<token>")
	text = tickets.ReplaceAllString(text, "$1=<ticket>")
	for name, drawn := range drawnTexts {
		text = drawn.ReplaceAllString(text, "${1}<"+name+">")
	}
	text = longIDs.ReplaceAllStringFunc(text, func(id string) string {
		return id[:1] + g.name(id[1:len(id)-1]) + id[len(id)-1:]
	})
	return ids.ReplaceAllStringFunc(text, g.name), problems
}

// headerText returns the status and the headers that are not everywhere. The
// client-request-id that a request has sent is one of them.
func headerText(request string, r *http.Response) string {
	hidden := everywhere(request, r, time.Time{})
	hidden["Content-Length"] = "" // the body stands below
	if sentRequestID.MatchString(request) {
		delete(hidden, "Client-Request-Id")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Proto, r.Status)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if _, ok := hidden[name]; ok {
			continue
		}
		for _, v := range r.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	return b.String()
}

// errorIDs are the ids in the body of an error.
var errorIDs = regexp.MustCompile(`("request-id": )"(.*)",(\s*"client-request-id": )"(.*)"`)

// indent returns a body below an empty line, with names for the ids of errors, and
// what is wrong with these.
func (g *golden) indent(h http.Header, body []byte) (text []byte, problems []string) {
	if len(body) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	b.WriteString("\n")
	if json.Indent(&b, body, "", "  ") != nil {
		b.Write(body)
	}
	b.WriteString("\n")
	text = errorIDs.ReplaceAllFunc(b.Bytes(), func(match []byte) []byte {
		m := errorIDs.FindSubmatch(match)
		id, client := string(m[2]), string(m[4])
		if bytes.HasPrefix(body, []byte(`{"responses":`)) {
			problems = append(problems, g.checkRequestID(id)...) // each error in a batch has its own
		} else {
			problems = append(problems, checkErrorIDs(h, id, client)...)
		}
		if client == id {
			client = "<request-id>"
		}
		return fmt.Appendf(nil, `%s"<request-id>",%s"%s"`, m[1], m[3], client)
	})
	return text, problems
}

// checkErrorIDs returns what is wrong with the ids of an error: they are the headers'.
func checkErrorIDs(h http.Header, id, client string) []string {
	if id != h.Get("Request-Id") || client != h.Get("Client-Request-Id") {
		return []string{fmt.Sprintf("the error has the ids %s and %s, unlike the headers", id, client)}
	}
	return nil
}

var (
	skipTokens = regexp.MustCompile(`\$(skip|delta)token=[A-Za-z0-9_-]{40,}`)
	tickets    = regexp.MustCompile(`(tempauth|\btoken)=[A-Za-z0-9_-]{40,}`)
	// drawnTexts are what the service draws, or makes of what it draws.
	drawnTexts = map[string]*regexp.Regexp{
		"hint":               regexp.MustCompile(`("hint": ")[^"]{3}`),
		"secret":             regexp.MustCompile(`("secretText": ")[^"]{40}`),
		"securityIdentifier": regexp.MustCompile(`("securityIdentifier": ")S-1-12-1(?:-[0-9]+){4}`),
	}
	// longIDs are two GUIDs in base64.
	longIDs = regexp.MustCompile(`[/"'][A-Za-z0-9_-]{43}["'/\n]`)
	// ids are what the service may draw: numbers of 64 bits, GUIDs, GUIDs in base64, and
	// what Exchange makes of them.
	ids = regexp.MustCompile(`\b([0-9]{15,20}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9]{48})\b` +
		"|" + exchangeIDs.String() + "|" + itemIDs.String())

	// itemIDs are ids of items of drives, in tags too.
	itemIDs = regexp.MustCompile(`\b01[A-Z2-7]{32}\b|\{[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\}|` +
		`UniqueId=[0-9a-f-]{36}`)

	// exchangeIDs are ids of folders, items and attachments, also as a link to Outlook has
	// them, tags, and what conversations and messages are called.
	exchangeIDs = regexp.MustCompile(`AA[MkQ]k[A-Za-z0-9_%-]{60,}=*|CQAAABYAAAA[A-Za-z0-9+/]{29}|` +
		`\bAQ[A-Za-z0-9+/]{28}==|<MWHPR[0-9A-Z]{30,}@[^>]*>|\bAQ[A-Za-z0-9+/]{34,60}={0,2}`)
)

// name returns the name of an id, or what is no id that the service has drawn as it is.
func (g *golden) name(id string) string {
	if strings.Contains(g.known, id) || !drawable(id) {
		return id
	}
	if g.names[id] == "" {
		g.names[id] = fmt.Sprintf("<id%d>", len(g.names)+1)
	}
	return g.names[id]
}

// drawable reports whether the service could have drawn an id: its GUIDs are random ones.
func drawable(id string) bool {
	if len(id) == 43 {
		decoded, err := base64.RawURLEncoding.DecodeString(id)
		return err == nil && len(decoded) == 32 && decoded[6]>>4 == 4 && decoded[22]>>4 == 4
	}
	if exchangeIDs.MatchString(id) || itemIDs.MatchString(id) {
		return true
	}
	if len(id) == 48 {
		decoded, _ := base64.RawURLEncoding.DecodeString(id)
		return guid.Match(decoded)
	}
	return !strings.Contains(id, "-") || guid.MatchString(id)
}

// TestGoldenChecksWhatItHides takes away, repeats and changes each header that no
// script shows, and the ids of an error.
func TestGoldenChecksWhatItHides(t *testing.T) {
	t.Parallel()
	const id, other = "0f5c9b1e-2d47-4a83-b6e0-71c4d2a95f38", "1f5c9b1e-2d47-4a83-b6e0-71c4d2a95f38"
	body := func(id string) string {
		return `{"error":{"innerError":{"request-id":"` + id + `","client-request-id":"` + id + `"}}}`
	}
	problems := func(status int, body string, change func(http.Header)) []string {
		r := &http.Response{StatusCode: status, Header: http.Header{"Request-Id": {id}}}
		for name, value := range everywhere("", r, now) {
			r.Header.Set(name, value)
		}
		change(r.Header)
		g := &golden{names: map[string]string{}, requests: map[string]bool{}}
		found := g.check("", r, now)
		_, more := g.format("", r, []byte(body))
		return append(found, more...)
	}
	same := func(http.Header) {}
	for _, status := range []int{200, 204, 404} {
		if found := problems(status, body(id), same); found != nil {
			t.Fatalf("%d: %q", status, found)
		}
	}
	if problems(404, body(other), same) == nil {
		t.Error("an error with other ids than the headers is not noticed")
	}
	headers := everywhere("", &http.Response{StatusCode: 200}, now)
	if len(headers) != 6 {
		t.Errorf("%d headers are hidden", len(headers))
	}
	for name := range headers {
		for what, change := range map[string]func(http.Header){
			"missing": func(h http.Header) { h.Del(name) },
			"twice":   func(h http.Header) { h.Add(name, h.Get(name)) },
			"other":   func(h http.Header) { h.Set(name, other+"x") },
		} {
			if problems(200, "", change) == nil {
				t.Errorf("%s %s is not noticed", name, what)
			}
		}
	}
}
