package service

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Known is what the tenant says that an operation responds with: what its entities don't
// tell.
type Known struct {
	Status      int
	Location    string
	ContentType string // of Media
	Body        any    // a JSON value, nil for none
	Media       []byte
}

// known is the response that the tenant says. Links to the service are on the client's
// origin.
func (r *Request) known() Response {
	k := r.Known
	res := Response{Status: k.Status, ContentType: k.ContentType, Body: k.Media, Location: k.Location}
	if u, err := url.Parse(k.Location); err == nil && graph.IsHost(u.Hostname()) {
		u.Scheme, u.Host = "", ""
		res.Location = string(r.appendRoot(nil)) + strings.TrimPrefix(u.String(), "/v1.0")
	}
	if k.Body == nil {
		return res
	}
	res.ContentType = r.Metadata.contentType()
	object, isObject := k.Body.(map[string]any)
	if !isObject {
		res.Body = jsontext.Append(nil, k.Body)
		return res
	}
	body := r.resultContext(&Result{})
	for _, name := range slices.Sorted(maps.Keys(object)) {
		body.Set(name, object[name])
	}
	res.Body = jsontext.Append(nil, body)
	return res
}
