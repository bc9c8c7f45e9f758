package service

import (
	"mime"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Metadata is how much OData control information a response has.
type Metadata string

// The levels of metadata.
const (
	MetadataMinimal Metadata = "minimal"
	MetadataNone    Metadata = "none"
	MetadataFull    Metadata = "full"
)

// MetadataOf is the level that a request asks for: by its $format, which may be
// empty, else by Accept.
func MetadataOf(format string, h http.Header) Metadata {
	if format != "" {
		return Metadata(format)
	}
	for _, accept := range h["Accept"] {
		if !strings.Contains(accept, "metadata=") { // most do not ask
			continue
		}
		for each := range strings.SplitSeq(accept, ",") {
			if level := levelOf(each); level != MetadataMinimal {
				return level
			}
		}
	}
	return MetadataMinimal
}

// levelOf reads the level out of a media type such as
// application/json;odata.metadata=none.
func levelOf(media string) Metadata {
	_, params, err := mime.ParseMediaType(media)
	if err != nil {
		return MetadataMinimal
	}
	for _, name := range []string{"odata.metadata", "metadata"} {
		switch level := Metadata(strings.ToLower(params[name])); level {
		case MetadataNone, MetadataFull:
			return level
		}
	}
	return MetadataMinimal
}

// Content types of responses.
const (
	contentTypeJSON = graph.ContentType
	contentTypeText = "text/plain"
)

// contentType is the Content-Type of a response with that level.
func (m Metadata) contentType() string {
	if m == MetadataMinimal {
		return contentTypeJSON
	}
	return strings.Replace(contentTypeJSON, "odata.metadata="+string(MetadataMinimal), "odata.metadata="+string(m), 1)
}

// annotations are the control information that an entity has under full metadata.
// The path is the entity's, below the service root.
func annotations(kind *entityType, path string) jsontext.Object {
	return jsontext.Object{
		{Name: "@odata.type", Value: "#" + kind.Name},
		{Name: "@odata.id", Value: path},
		{Name: "@odata.editLink", Value: path},
	}
}
