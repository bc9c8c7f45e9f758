package openapi

import (
	"bytes"
	"net/http"

	"github.com/graphmock/graphmock/openapi/edm/csdl"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// Operations of the service root, which no model has.
const (
	ServiceDocumentID = "GetServiceDocument" // GET /: the entity sets and singletons
	MetadataID        = "GetMetadata"        // GET /$metadata: the model as CSDL
)

// rootOperations are the operations of the service root.
type rootOperations struct{ document, metadata *Operation }

func newRootOperations(of *version) rootOperations {
	operation := func(id, path string, body content) *Operation {
		op := &Operation{
			ID: id, Method: http.MethodGet, Path: path, shape: path, resource: path, action: http.MethodGet + " " + path,
			contract: of.contract, version: of, derived: true, responses: map[string]*response{}, statuses: map[int]*response{},
		}
		op.resolve.Do(func() {}) // no model has the path
		op.respond(http.StatusOK, body)
		return op
	}
	anything := map[string]any{"type": []string{"object"}, "required": []string{"value"}}
	return rootOperations{
		document: operation(ServiceDocumentID, "", jsonContent(schema.FromJSON(anything, schema.Options{}))),
		metadata: operation(MetadataID, "/$metadata", content{{name: "application/xml", lastValid: &memo{}}}),
	}
}

// route returns the operation for a path below the service root, nil if it is no
// document of the root.
func (r rootOperations) route(rest string) *Operation {
	switch rest {
	case "", "/":
		return r.document
	case "/$metadata", "/%24metadata":
		return r.metadata
	}
	return nil
}

// Metadata returns the model of a service root, such as /v1.0, as CSDL in XML.
func (c *Contract) Metadata(base string) ([]byte, error) { return c.versionOf(base).metadata() }

func (v *version) writeMetadata() ([]byte, error) {
	var b bytes.Buffer
	err := csdl.Write(&b, v.tree().Model())
	return b.Bytes(), err
}

// ServiceDocument returns the entity sets and singletons of a service root, such as /v1.0.
// The URL is that of the root, without a slash at its end.
func (c *Contract) ServiceDocument(base, url string) []byte {
	var sets []any
	for _, p := range c.versionOf(base).tree().Model().Container().Properties() {
		kind := "Singleton"
		if p.Collection {
			kind = "EntitySet"
		}
		sets = append(sets, jsontext.Object{
			{Name: "name", Value: p.Name}, {Name: "kind", Value: kind}, {Name: "url", Value: p.Name},
		})
	}
	return jsontext.Append(nil, jsontext.Object{
		{Name: "@odata.context", Value: url + "/$metadata"}, {Name: "value", Value: sets},
	})
}
