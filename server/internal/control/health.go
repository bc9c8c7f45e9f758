package control

import (
	"bytes"
	"net/http"
	"net/url"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
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
func (h *Handler) verdict(r *http.Request, _ []byte) (any, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errorf(http.StatusBadRequest, "the query can't be read: %v", err)
	}
	for name, values := range query {
		if name != "coverage" || len(values) > 1 || values[0] != "all" {
			return nil, errorf(http.StatusBadRequest, "%s=%s is not known; coverage=all lists operations that were not "+
				"called, too", jsontext.Quote(name), jsontext.Quote(values[0]))
		}
	}
	return h.server.Verdict(query.Has("coverage")), nil
}
