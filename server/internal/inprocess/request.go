package inprocess

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// incoming returns a client's request as a server sees it after net/http has sent
// and read it. Only its context is the client's own. Its URL keeps scheme and
// host, which a server needs for links.
func incoming(req *http.Request, body *requestBody) *http.Request {
	r := req.WithContext(req.Context())
	r.GetBody, r.Response, r.TransferEncoding, r.Trailer = nil, nil, nil, nil
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	r.Method = cmp.Or(req.Method, http.MethodGet)
	r.Host = cmp.Or(req.Host, req.URL.Host)
	r.RequestURI = req.URL.RequestURI()
	r.URL = incomingURL(req.URL, r.RequestURI)
	r.Body, r.ContentLength = http.NoBody, 0
	if body != nil {
		r.Body, r.ContentLength = body, body.length
	}
	r.Header = incomingHeader(req.Header, r)
	r.Close = r.Close || closes(r.Header)
	return r
}

// incomingURL returns the URL as a server reads it. It is still opaque if net/http's
// server could not read it.
func incomingURL(sent *url.URL, requestURI string) *url.URL {
	u := *sent
	u.User, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", false
	if u.RawPath != "" && u.EscapedPath() != u.RawPath {
		u.RawPath = "" // it is no encoding of the path, and was not sent
	}
	if u.Opaque == "" {
		u.Path = cmp.Or(u.Path, "/")
	} else if parsed, err := url.ParseRequestURI(requestURI); err == nil {
		u.Opaque, u.Path, u.RawPath, u.RawQuery = "", parsed.Path, parsed.RawPath, parsed.RawQuery
	}
	return &u
}

// incomingHeader returns the header that r arrives with: names in canonical form,
// with what net/http adds and without what it leaves out.
func incomingHeader(sent http.Header, r *http.Request) http.Header {
	n := 0
	for _, values := range sent {
		n += len(values)
	}
	h := headerCopy{make(http.Header, len(sent)+3), make([]string, 0, n+3)}
	h.copyFrom(sent)
	h.setAgent(sent)
	if len(h.Header["Accept-Encoding"]) == 0 && len(h.Header["Range"]) == 0 && r.Method != http.MethodHead {
		h.add("Accept-Encoding", "gzip")
	}
	h.setLength(r)
	if r.Close {
		h.add("Connection", "close")
	}
	return h.Header
}

// headerCopy is a header in the making, with one allocation for all its values.
type headerCopy struct {
	http.Header
	values []string
}

func (h *headerCopy) add(name, value string) {
	h.values = append(h.values, value)
	h.Header[name] = h.values[len(h.values)-1 : len(h.values) : len(h.values)]
}

// copyFrom copies what a client set, except for what net/http takes from the
// fields of the request.
func (h *headerCopy) copyFrom(sent http.Header) {
	for name, values := range sent {
		name = http.CanonicalHeaderKey(name)
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		}
		if len(values) == 0 {
			continue
		}
		from := len(h.values)
		for _, v := range values {
			h.values = append(h.values, strings.Trim(v, " \t"))
		}
		if h.Header[name] != nil { // in another spelling
			h.Header[name] = spellings(sent, name)
			continue
		}
		h.Header[name] = h.values[from:len(h.values):len(h.values)]
	}
}

// setAgent adds net/http's User-Agent, unless the client set one. A blank one is
// not sent.
func (h *headerCopy) setAgent(sent http.Header) {
	agent, set := h.Header["User-Agent"]
	_, blank := sent["User-Agent"]
	switch {
	case set && agent[0] == "":
		delete(h.Header, "User-Agent")
	case !set && !blank:
		h.add("User-Agent", "Go-http-client/1.1")
	}
}

// setLength adds how long the body is. The Transfer-Encoding is no header, but a
// field of the request.
func (h *headerCopy) setLength(r *http.Request) {
	switch {
	case r.ContentLength > 0:
		h.add("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	case r.ContentLength < 0:
		r.TransferEncoding = []string{"chunked"}
	case r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch:
		h.add("Content-Length", "0")
	}
}

// spellings returns the values of a header that was set in several spellings of its
// name, in the order in which net/http sends them.
func spellings(sent http.Header, name string) []string {
	var all []string
	for _, each := range slices.Sorted(maps.Keys(sent)) {
		if http.CanonicalHeaderKey(each) != name {
			continue
		}
		for _, v := range sent[each] {
			all = append(all, strings.Trim(v, " \t"))
		}
	}
	return all
}
