package entra

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
)

// A Refusal is an error that somebody else decided on: a scenario.
type Refusal struct {
	Status int

	// Code is an AADSTS code, with these letters or without, or a word of OAuth such as
	// interaction_required. With any other text the status decides which error it is.
	Code    string
	Message string // in place of the usual words of Code
}

var (
	aadsts    = regexp.MustCompile(`^(?:AADSTS)?(\d{4,8})$`)
	oauthWord = regexp.MustCompile(`^[a-z]+(?:_[a-z]+)+$`)
)

// Refuse answers a request with an error, in the form and, where its code is known, in the
// words of Entra.
func (h *Handler) Refuse(w http.ResponseWriter, r *http.Request, refusal Refusal) {
	x := h.begin(w, r)
	x.setHeaders()
	if e, ok := endpointOf(r.URL.Path); ok {
		x.endpoint = e
	}
	x.readForm() // for the client's ids
	x.sendFailure(x.failureOf(refusal))
	x.observe()
}

func (x *exchange) failureOf(refusal Refusal) *failure {
	f := &failure{status: refusal.Status, text: refusal.Message}
	code := aadsts.FindStringSubmatch(refusal.Code)
	switch {
	case code != nil:
		n, _ := strconv.Atoi(code[1])
		known, is := failures[n]
		f.code, f.kind, f.suberror = n, known.kind, known.suberror
		if !is {
			f.kind = kindOf(refusal.Status)
		}
		if f.text == "" {
			f.text = x.filled(known.text)
		}
		return f
	case oauthWord.MatchString(refusal.Code):
		f.kind = refusal.Code
		f.code = codeOf(refusal.Status)
		if f.text == "" {
			f.text = x.filled(failures[f.code].text)
		}
		return f
	}
	f.code, f.kind = codeOf(refusal.Status), kindOf(refusal.Status)
	f.text = x.filled(failures[f.code].text)
	return f
}

// filled is a text with what the request tells in place of its placeholders: who asks, or
// for what.
func (x *exchange) filled(text string) string {
	about := x.form.get("client_id")
	if strings.Contains(text, "to access '%s'") || about == "" {
		about = graph.AppID
	}
	return strings.ReplaceAll(text, "%s", bounded(about))
}

// codeOf is the AADSTS code of a status for which a scenario names none.
func codeOf(status int) int {
	switch {
	case status == http.StatusTooManyRequests:
		return 90055
	case status >= http.StatusInternalServerError:
		return 90033
	case status == http.StatusUnauthorized:
		return 7000215
	}
	return 9002313
}

func kindOf(status int) string { return failures[codeOf(status)].kind }
