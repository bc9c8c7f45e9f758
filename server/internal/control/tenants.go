package control

import (
	"net/http"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// tenants responds with the tenants that there are.
func (h *Handler) tenants(*http.Request, []byte) (any, error) { return h.server.Tenants(), nil }

// forget removes the tenant that the path names, and responds with those that are left.
func (h *Handler) forget(r *http.Request, _ []byte) (any, error) {
	if id := r.PathValue("id"); !h.server.Forget(id) {
		return nil, errorf(http.StatusNotFound, "there is no tenant %s beside the default one", jsontext.Quote(id))
	}
	return h.server.Tenants(), nil
}
