package control

import (
	"encoding/json"
	"net/http"

	"github.com/graphmock/graphmock/fixtures"
)

// state responds with the whole store as a fixtures document.
func (h *Handler) state(*http.Request, []byte) (any, error) {
	text, err := h.server.State().Encode()
	return json.RawMessage(text), err
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
