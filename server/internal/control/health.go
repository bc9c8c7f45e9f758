package control

import (
	"bytes"
	"net/http"
	"time"
)

// health is what the server says of itself.
type health struct {
	Status   string    `json:"status"`
	Contract string    `json:"contract"`
	Now      time.Time `json:"now"` // by the server's clock
}

// health responds with the server's health.
func (h *Handler) health(*http.Request, []byte) (any, error) {
	c := h.server.Contract
	return health{Status: "ok", Contract: c.Title() + " " + c.Version(), Now: h.server.Now()}, nil
}

// reset brings the server back to its start, and responds as health.
func (h *Handler) reset(r *http.Request, body []byte) (any, error) {
	if text := string(bytes.TrimSpace(body)); text != "" && text != "{}" {
		return nil, errorf(http.StatusBadRequest, "reset takes no body; it brings back everything")
	}
	if err := h.server.Reset(); err != nil {
		return nil, documentError("the state at the start", err)
	}
	return h.health(r, nil)
}

// permissions responds with what the requests needed by now.
func (h *Handler) permissions(*http.Request, []byte) (any, error) { return h.server.Permissions(), nil }

// verdict responds with the verdict by now.
func (h *Handler) verdict(*http.Request, []byte) (any, error) { return h.server.Verdict(), nil }
