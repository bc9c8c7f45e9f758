package control

import (
	"io"
	"net/http"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server/internal/pace"
)

// state responds with the whole store as a fixtures document.
func (h *Handler) state(*http.Request, []byte) (any, error) {
	return fixturesDocument(h.server.WriteState), nil
}

// A fixturesDocument writes a fixtures document, which may be large.
type fixturesDocument func(io.Writer) error

func (write fixturesDocument) send(w http.ResponseWriter) {
	write(neverHTML{pace.Writer{ResponseWriter: w}}) // a client that has gone can't be told
}

// setState replaces the whole store by the fixtures document that was sent, and
// responds with it as it is then: ids and times filled in.
func (h *Handler) setState(r *http.Request, body []byte) (any, error) {
	d, err := fixtures.Parse(bodyName, body, h.server.Contract)
	if err != nil {
		return nil, documentError("the fixtures document", err)
	}
	if err := h.server.SetState(d); err != nil {
		return nil, documentError("the fixtures document", err)
	}
	return h.state(r, nil)
}
