package control

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/spell"
	"github.com/graphmock/graphmock/server/internal/pace"
)

// How many exchanges a response has.
const (
	defaultRequests = 1000
	maxRequests     = 10_000
)

// An Exchange is a request and its response as the control surface shows them:
// without headers and bodies, which may hold secrets.
type Exchange struct {
	ID         int64               `json:"id"`
	At         time.Time           `json:"at"`
	Method     string              `json:"method"`
	Host       string              `json:"host"`
	Path       string              `json:"path"`
	Query      string              `json:"query"`
	Operation  string              `json:"operation"`  // empty if no operation matched
	Status     int                 `json:"status"`     // 0 if there was a fault and no response
	Rule       string              `json:"rule"`       // of a scenario, empty if the service answered
	Violations []openapi.Violation `json:"violations"` // not nil
	Took       string              `json:"took"`       // such as 1.5ms

	// BatchID is the request's id in the $batch that it came with.
	BatchID string `json:"batchId,omitempty"`

	// Unsupported is what of Graph was asked for and is not served.
	Unsupported string `json:"unsupported,omitempty"`

	// Reason is why the service refused a request that breaks no contract.
	Reason string `json:"reason,omitempty"`

	// Omitted says what is not kept of the exchange, for want of room.
	Omitted string `json:"omitted,omitempty"`

	// Outgoing is true for a request that the server itself sent, to a receiver of change
	// notifications; Note says what it was for.
	Outgoing bool   `json:"outgoing,omitempty"`
	Note     string `json:"note,omitempty"`

	// Outside is true for a request to another host than Graph's, which the proxy has refused.
	Outside bool `json:"outside,omitempty"`

	// BrokenOff is true if the client went away before the body of its request was whole.
	BrokenOff bool `json:"brokenOff,omitempty"`
}

// A WholeExchange is an Exchange with its headers and bodies, from which credentials are
// removed.
type WholeExchange struct {
	Exchange
	Request  Message `json:"request"`
	Response Message `json:"response"`
}

// A Message is what was sent one way: the request or the response.
type Message struct {
	Headers http.Header `json:"headers"` // not nil

	// Body is JSON where the body is, otherwise a string, in the Encoding base64 if it is
	// no text. It is not there if there was no body.
	Body     any    `json:"body,omitempty"`
	Encoding string `json:"encoding,omitempty"`
}

// NewMessage makes the message of a header and a body.
func NewMessage(header http.Header, body []byte) Message {
	m := Message{Headers: http.Header{}}
	maps.Copy(m.Headers, header)
	switch {
	case len(body) == 0:
	case json.Valid(body):
		m.Body = json.RawMessage(body)
	case utf8.Valid(body):
		m.Body = string(body)
	default:
		m.Body, m.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
	}
	return m
}

// A Filter says which exchanges are wanted. A nil field keeps all.
type Filter struct {
	Operation  *string
	Status     *int
	Violations *bool // whether there are any
	After      int64 // the id before the first
	Limit      int   // the number of exchanges
}

// Keeps reports whether an exchange has the operation, the status and the
// violations that are wanted.
func (f *Filter) Keeps(operation string, status, violations int) bool {
	return (f.Operation == nil || *f.Operation == operation) &&
		(f.Status == nil || *f.Status == status) &&
		(f.Violations == nil || *f.Violations == (violations > 0))
}

// requests responds with the journal, oldest first: the first exchanges that pass
// the filters of the query. The last one's id, as after, gives those that follow.
func (h *Handler) requests(r *http.Request, _ []byte) (any, error) {
	f, err := parseFilter(h.server.Contract, r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	list, dropped := h.server.Exchanges(*f)
	return exchangeList{list, dropped}, nil
}

// An exchangeList is a part of the journal.
type exchangeList struct {
	list    []Exchange
	dropped int64 // how many are not kept any more that would be before them
}

// droppedHeader says how many exchanges the journal has no more.
const droppedHeader = "Graphmock-Dropped"

// send sends the list, an exchange after the other: together they may be large.
func (l exchangeList) send(w http.ResponseWriter) {
	if l.dropped > 0 {
		w.Header().Set(droppedHeader, strconv.FormatInt(l.dropped, 10))
	}
	out := pace.Writer{ResponseWriter: w}
	before, after := "[\n  ", "[]\n"
	for _, e := range l.list {
		text, err := json.MarshalIndent(e, "  ", "  ")
		if err != nil {
			panic("BUG: " + err.Error())
		}
		if _, err := out.Write(append([]byte(before), text...)); err != nil {
			return // the client has gone
		}
		before, after = ",\n  ", "\n]\n"
	}
	io.WriteString(out, after)
}

// request responds with the exchange that the path names, as a whole.
func (h *Handler) request(r *http.Request, _ []byte) (any, error) {
	id, err := parseNumber("id", r.PathValue("id"), 1, 1<<62)
	if err != nil {
		return nil, err
	}
	e, kept := h.server.Exchange(id)
	if !kept {
		return nil, errorf(http.StatusNotFound, "there is no request %d, or it is not kept any more; "+
			"%s/requests has those that are", id, Root)
	}
	return e, nil
}

// har responds with all that the journal keeps as an HTTP Archive.
func (h *Handler) har(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	h.server.WriteHAR(neverHTML{pace.Writer{ResponseWriter: w}}) // a client that has gone can't be told
	return nil
}

// neverHTML writes JSON that is no HTML to anybody: what begins a tag or an entity stands
// in strings only, where it can be escaped.
type neverHTML struct{ io.Writer }

func (w neverHTML) Write(text []byte) (int, error) {
	safe := text
	for _, c := range []string{"<", ">", "&"} {
		safe = bytes.ReplaceAll(safe, []byte(c), fmt.Appendf(nil, "\\u%04x", c[0]))
	}
	if _, err := w.Writer.Write(safe); err != nil {
		return 0, err
	}
	return len(text), nil
}

func parseFilter(c *openapi.Contract, query string) (*Filter, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errorf(http.StatusBadRequest, "the query can't be read: %v", err)
	}
	f := &Filter{Limit: defaultRequests}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			return nil, errorf(http.StatusBadRequest, "%s: it is there twice", jsontext.Quote(name))
		}
		if err := f.set(c, name, values[name][0]); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *Filter) set(c *openapi.Contract, name, text string) (err error) {
	var n int64
	switch name {
	case "operation":
		f.Operation = &text
		err = checkOperation(c, text)
	case "status":
		n, err = parseNumber(name, text, 0, 599)
		status := int(n)
		f.Status = &status
	case "violations":
		if text != "true" && text != "false" {
			return errorf(http.StatusBadRequest, "violations: %s is neither true nor false", jsontext.Quote(text))
		}
		wanted := text == "true"
		f.Violations = &wanted
	case "after":
		f.After, err = parseNumber(name, text, 0, 1<<62)
	case "limit":
		n, err = parseNumber(name, text, 1, maxRequests)
		f.Limit = int(n)
	default:
		return errorf(http.StatusBadRequest,
			"unknown filter %s; there are: operation, status, violations, after, limit", jsontext.Quote(name))
	}
	return err
}

func parseNumber(name, text string, low, high int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low || n > high {
		return 0, errorf(http.StatusBadRequest, "%s: %s is not a number from %d to %d", name,
			jsontext.Quote(text), low, high)
	}
	return n, nil
}

// checkOperation wants the id of an operation; the empty one is of requests that
// no operation matched.
func checkOperation(c *openapi.Contract, id string) error {
	var ids []string
	for op := range c.Operations() {
		ids = append(ids, op.ID)
	}
	if id == "" || slices.Contains(ids, id) {
		return nil
	}
	if near := spell.Nearest(id, slices.Values(ids)); near != "" {
		return errorf(http.StatusBadRequest, "operation: the contract has no %s (did you mean %s?)",
			jsontext.Quote(id), jsontext.Quote(near))
	}
	return errorf(http.StatusBadRequest, "operation: the contract has no %s; it has: %s",
		jsontext.Quote(id), strings.Join(ids[:min(len(ids), 20)], ", "))
}
