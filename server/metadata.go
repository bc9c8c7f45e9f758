package server

import (
	"mime"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// How much OData control information an answer has.
const (
	metadataMinimal = "minimal"
	metadataNone    = "none"
	metadataFull    = "full"
)

// metadata is the level that the client asked for: by $format, else by Accept.
func (x *exchange) metadata() string {
	if x.query != nil && x.query.Format != "" {
		return x.query.Format
	}
	for _, accept := range x.Request().Header["Accept"] {
		if !strings.Contains(accept, "metadata=") { // most do not ask
			continue
		}
		for each := range strings.SplitSeq(accept, ",") {
			if level := levelOf(each); level != metadataMinimal {
				return level
			}
		}
	}
	return metadataMinimal
}

// levelOf reads the level out of a media type such as
// application/json;odata.metadata=none.
func levelOf(media string) string {
	_, params, err := mime.ParseMediaType(media)
	if err != nil {
		return metadataMinimal
	}
	for _, name := range []string{"odata.metadata", "metadata"} {
		switch level := strings.ToLower(params[name]); level {
		case metadataNone, metadataFull:
			return level
		}
	}
	return metadataMinimal
}

// contentTypeOf is the Content-Type of an answer with that level.
func contentTypeOf(level string) string {
	if level == metadataMinimal {
		return contentTypeJSON
	}
	return strings.Replace(contentTypeJSON, "odata.metadata="+metadataMinimal, "odata.metadata="+level, 1)
}

// annotations is the control information that an entity of a type has under full
// metadata. The path is the entity's, below the service root.
func annotations(kind, path string) openapi.Object {
	return openapi.Object{
		{Name: "@odata.type", Value: "#microsoft.graph." + kind},
		{Name: "@odata.id", Value: path},
		{Name: "@odata.editLink", Value: path},
	}
}
