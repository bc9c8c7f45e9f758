package batch

import (
	"bytes"
	"encoding/base64"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/rawurl"
)

// A Request is one request of a batch.
type Request struct {
	ID      string
	Method  string   // in upper case
	URL     *url.URL // with the path of the service root
	Header  http.Header
	Body    []byte
	Blocked bool // set by Run: a request that it depends on has failed

	after []int // positions of those that it depends on
}

// parseRequest reads a request; hasID reports whether an earlier one has an id.
func parseRequest(root string, sent map[string]any, hasID func(string) bool) (r Request, p *Problem) {
	r.ID, r.Method = textOf(sent["id"]), strings.ToUpper(textOf(sent["method"]))
	r.Header = parseHeader(sent["headers"])
	switch {
	case r.ID == "" || r.Method == "":
		return r, problem(RuleMalformed, "", "a request needs an id, a method and a url", "")
	case hasID(r.ID):
		return r, problem(RuleID, "/id", "an earlier request has the id "+jsontext.Quote(r.ID)+" too",
			"upper and lower case are the same")
	}
	if r.URL, p = parseURL(root, textOf(sent["url"])); p != nil {
		return r, p
	}
	r.Body, p = parseBody(sent["body"], r.Header.Get("Content-Type"))
	return r, p
}

// parseURL reads the URL of a request, which is below the service root.
func parseURL(root, text string) (*url.URL, *Problem) {
	const hint = "write it below the service root, such as /me/activities"
	if u, err := url.Parse(text); strings.HasPrefix(text, "//") || err == nil && u.IsAbs() {
		return nil, problem(RuleURL, "/url", jsontext.Quote(text)+" is an absolute URL", hint)
	}
	u, err := url.ParseRequestURI(root + "/" + rawurl.Encode(strings.TrimPrefix(text, "/")))
	if err != nil || text == "" {
		return nil, problem(RuleURL, "/url", jsontext.Quote(text)+" can't be read as a URL", hint)
	}
	return u, nil
}

func parseHeader(v any) http.Header {
	sent, _ := v.(map[string]any)
	h := make(http.Header, len(sent)+1) // and Authorization
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		h.Add(name, textOf(sent[name])) // names in two spellings are one header
	}
	return h
}

// parseBody returns the body of a request in bytes. A string stands for bytes.
// Where the Content-Type is JSON, those are an object or an array, or the string
// is judged as JSON like any other; so it is where the Content-Type is missing.
func parseBody(v any, contentType string) ([]byte, *Problem) {
	text, isText := v.(string)
	switch {
	case v == nil:
		return nil, nil
	case !isText || contentType == "":
		return jsontext.Append(make([]byte, 0, 512), v), nil
	}
	body, err := decodeBase64(text)
	switch media, _, _ := mime.ParseMediaType(contentType); {
	case !jsontext.IsMediaType(media):
		if err != nil {
			return nil, problem(RuleBody, "/body", "the string is not base64: "+err.Error(), "JSON needs a Content-Type of JSON")
		}
	case err != nil || len(body) == 0 || body[0] != '{' && body[0] != '[':
		return jsontext.Append(nil, v), nil
	}
	return body, nil
}

// decodeBase64 reads both alphabets of base64, with padding and without.
func decodeBase64(text string) ([]byte, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(strings.TrimRight(text, "="), "+", "-"), "/", "_")
	return base64.RawURLEncoding.DecodeString(text)
}

// HTTP returns the request as it would have come alone: to the host, and with the
// credentials and the context, of the request that brought the batch. Links in
// the response need the scheme.
func (r *Request) HTTP(outer *http.Request, scheme string) *http.Request {
	u := *r.URL
	u.Scheme = scheme
	delete(r.Header, "Authorization")
	if token, sent := outer.Header["Authorization"]; sent {
		r.Header["Authorization"] = token
	}
	alone := &http.Request{
		Method: r.Method, URL: &u, Host: outer.Host, Header: r.Header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		RequestURI: r.URL.RequestURI(), RemoteAddr: outer.RemoteAddr,
		Body: io.NopCloser(bytes.NewReader(r.Body)), ContentLength: int64(len(r.Body)),
	}
	return alone.WithContext(outer.Context())
}
