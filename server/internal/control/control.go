// Package control answers the control surface, /_graphmock/, by which test suites
// in other languages use a server.
//
// Its requests do not go through the server's pipeline, and the journal has none of
// them. Mock servers were often broken into by such a surface. So: no endpoint
// takes a command, a file name, a URL or code; GET changes nothing; guard.go says
// who may ask at all; nothing that is stored is ever shown as HTML.
package control

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/pace"
)

// Root is the path that all endpoints are below.
const Root = "/_graphmock"

// Serves reports whether a path, unescaped, is of the control surface. How it was
// escaped is for Handler to judge.
func Serves(path string) bool {
	rest, ok := strings.CutPrefix(path, Root)
	return ok && (rest == "" || rest[0] == '/')
}

// Config is the server that a Handler controls: values and functions of it, which
// are safe for concurrent use. All are needed.
type Config struct {
	Contract *openapi.Contract
	Now      func() time.Time
	Closed   <-chan struct{} // closed when the server ends, which ends streams

	// IsHost reports whether a Host header, with its port and without, means the
	// server to clients in process.
	IsHost func(host, hostPort string) bool

	WriteState func(io.Writer) error // as a fixtures document
	SetState   func(*fixtures.Document) error
	Reset      func() error

	// Advance moves the clock and reports true, or reports false if it were moved
	// by more than MaxAdvance in all.
	Advance    func(by time.Duration) bool
	MaxAdvance time.Duration

	// Tenant returns the handler of a tenant; of one that is not there, a new one's if create
	// is set, else an error. Tenants returns all, to be encoded as JSON; Forget removes one
	// that is not the default one, and reports whether it was there.
	Tenant  func(id string, create bool) (*Handler, error)
	Tenants func() any
	Forget  func(id string) bool

	Scenarios func() []scenarios.Status

	// AddScenario plays a scenario until the next Reset, RemoveScenario stops the one
	// with a name until then, and reports whether there was one.
	AddScenario    func(*scenarios.Scenario) error
	RemoveScenario func(name string) bool

	// Exchanges returns those that a filter keeps, oldest first, and how many of all
	// that are asked for are not kept any more, whatever the filter would say of them.
	Exchanges func(Filter) (list []Exchange, dropped int64)

	// Exchange returns one as a whole, without credentials; false if it is not kept.
	Exchange func(id int64) (WholeExchange, bool)

	// WriteHAR writes all exchanges that are kept as HAR 1.2, without credentials.
	WriteHAR func(io.Writer) error

	// Follow returns a function which returns the next exchanges each time that it
	// is called, and a channel that is closed when there are more. The first ones
	// follow the exchange with the id last, or the present if that is FromNow.
	Follow func(last int64) (next func() ([]Exchange, <-chan struct{}))

	// Permissions returns what the requests needed by now, to be encoded as JSON.
	Permissions func() any

	// Verdict returns the verdict by now, to be encoded as JSON, with the coverage of all that
	// the contract has or of what was touched.
	Verdict func(wholeCoverage bool) any
}

// FromNow stands for the id of the last exchange that there is.
const FromNow = -1

// A Handler answers the control surface of one server.
type Handler struct {
	server Config
	token  adminToken
}

// New makes the handler of a server.
func New(c Config) *Handler { return &Handler{server: c} }

// Serve answers a request whose path the surface Serves. Whether it came in process
// is the caller's to know: such a request may have the context of one that came by
// a socket.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, inProcess bool) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	value, err := h.respond(w, r, inProcess)
	status := http.StatusOK
	if err != nil {
		failed := &httpError{status: http.StatusInternalServerError, Message: err.Error()}
		errors.As(err, &failed)
		status, value = failed.status, failed
	} else if value == nil {
		return // the stream has ended
	}
	header.Set("Content-Type", "application/json")
	if large, ok := value.(interface{ send(http.ResponseWriter) }); ok {
		large.send(w)
		return
	}
	w.WriteHeader(status)
	e := json.NewEncoder(pace.Writer{ResponseWriter: w}) // escapes <, > and &
	e.SetIndent("", "  ")
	e.Encode(value) // a client that has gone can't be told
}

// respond does what a request wants; the value is nil if it was a stream.
func (h *Handler) respond(w http.ResponseWriter, r *http.Request, inProcess bool) (any, error) {
	if err := h.guard(w, r, inProcess); err != nil {
		return nil, err
	}
	e, err := find(endpoints(), w, r)
	if err != nil {
		return nil, err
	}
	if h, err = h.ofTenant(r); err != nil {
		return nil, err
	}
	if e.stream != nil {
		return nil, e.stream(h, w, r)
	}
	var body []byte
	if e.method != http.MethodGet {
		if body, err = e.read(w, r); err != nil {
			return nil, err
		}
	}
	return e.respond(h, r, body)
}

// ofTenant returns the handler of the tenant that a request names, and takes the name out of
// its query. What changes something begins a tenant that is not there.
func (h *Handler) ofTenant(r *http.Request) (*Handler, error) {
	if !strings.Contains(r.URL.RawQuery, "tenant") {
		return h, nil
	}
	query := r.URL.Query()
	id := query.Get("tenant")
	if !query.Has("tenant") {
		return h, nil
	}
	query.Del("tenant")
	url := *r.URL
	url.RawQuery = query.Encode()
	r.URL = &url
	if id == "" {
		return nil, errorf(http.StatusBadRequest, "tenant is empty; expected the id of a tenant, a GUID")
	}
	t, err := h.server.Tenant(id, r.Method != http.MethodGet && r.Method != http.MethodHead)
	if err != nil {
		return nil, errorf(http.StatusNotFound, "%v", err)
	}
	return t, nil
}

// read reads the body of a request that changes something.
func (e *endpoint) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	most := cmp.Or(e.most, document.MaxSize)
	if r.ContentLength > int64(most) {
		return nil, tooLarge(most)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(most)))
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(most)
	case errors.As(err, &slow) && slow.Timeout():
		return nil, errorf(http.StatusRequestTimeout, "the body did not arrive in time")
	case err != nil:
		return nil, errorf(http.StatusBadRequest, "the body can't be read: %v", err)
	case len(body) == 0:
		return nil, nil
	}
	return body, e.checkType(r.Header)
}

func tooLarge(most int) error {
	return errorf(http.StatusRequestEntityTooLarge, "the body is larger than %d MiB", most>>20)
}

// checkType checks what a header says of a body.
func (e *endpoint) checkType(h http.Header) error {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || !slices.Contains(e.takes, media) {
		return errorf(http.StatusUnsupportedMediaType, "the body's Content-Type is %s; send %s",
			jsontext.Quote(h.Get("Content-Type")), strings.Join(e.takes, ", "))
	}
	if coding := h.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return errorf(http.StatusUnsupportedMediaType,
			"Content-Encoding %s is not read here; send the body as it is", jsontext.Quote(coding))
	}
	return nil
}
