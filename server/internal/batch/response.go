package batch

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A Response is the response to one request of a batch.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Value  any // the body as JSON, nil if it is not at hand
}

// Run has perform respond to the requests, one after the other, so that equal
// batches have equal responses. It returns the body of the batch's response, as
// text and as JSON. A context that ends is an error: the client is gone.
func (b *Batch) Run(ctx context.Context, perform func(*Request) Response) ([]byte, jsontext.Object, error) {
	responses := make([]any, 0, len(b.Requests))
	text := append(make([]byte, 0, 1024*len(b.Requests)), `{"responses":[`...)
	failed := make([]bool, len(b.Requests))
	for i := range b.Requests {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		r := &b.Requests[i]
		r.Blocked = slices.ContainsFunc(r.after, func(at int) bool { return failed[at] })
		res := perform(r)
		failed[i] = res.Status/100 != 2
		if i > 0 {
			text = append(text, ',')
		}
		var response jsontext.Object
		text, response = res.appendTo(text, r.ID)
		responses = append(responses, response)
	}
	return append(text, "]}"...), jsontext.Object{{Name: "responses", Value: responses}}, nil
}

// appendTo appends the response as it stands in that of the batch, and returns it as
// JSON as well. A body that is JSON stands there as it is.
func (r *Response) appendTo(b []byte, id string) ([]byte, jsontext.Object) {
	response := append(make(jsontext.Object, 0, 4),
		jsontext.Member{Name: "id", Value: id},
		jsontext.Member{Name: "status", Value: json.Number(strconv.Itoa(r.Status))},
		jsontext.Member{Name: "headers", Value: headersOf(r.Header)})
	b = jsontext.AppendObject(b, response)
	if len(r.Body) == 0 {
		return b, response
	}
	value, text := r.body()
	b = append(append(append(b[:len(b)-1], `,"body":`...), text...), '}')
	return b, append(response, jsontext.Member{Name: "body", Value: value})
}

// body returns the body as JSON and as its text. What is not JSON is a string of
// base64.
func (r *Response) body() (any, []byte) {
	if r.Value != nil {
		return r.Value, r.Body
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); jsontext.IsMediaType(media) {
		if value, syntax := jsontext.Decode(r.Body); syntax == nil {
			return value, r.Body
		}
	}
	text := base64.StdEncoding.EncodeToString(r.Body)
	return text, jsontext.AppendString(nil, text)
}

// headersOf returns a header as it stands in a batch: each name once, spelled as
// Graph does, without what belongs to the connection and the gateway.
func headersOf(h http.Header) jsontext.Object {
	object := make(jsontext.Object, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if len(h[name]) > 0 && !isCommon(name) {
			object = append(object, jsontext.Member{Name: spelling(name), Value: strings.Join(h[name], ", ")})
		}
	}
	return object
}

// spelling returns a header's name as Graph writes it. Over HTTP its case does not
// matter; in a batch, clients look for these very letters.
func spelling(name string) string {
	switch name {
	case "Odata-Version":
		return "OData-Version"
	case "Www-Authenticate":
		return "WWW-Authenticate"
	case "Etag":
		return "ETag"
	}
	if strings.HasPrefix(name, "X-Ms-") || strings.HasPrefix(name, "Graphmock-") {
		return strings.ToLower(name)
	}
	return name
}
