package server

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// serveInProcess has a handler answer a client's request, on the caller's
// goroutine. Its errors are those that a client gets whose connection broke.
func serveInProcess(h http.Handler, req *http.Request) (*http.Response, error) {
	body := newSentBody(req)
	defer body.Close()
	defer body.closeAtEnd(req)()
	r := incoming(req, body)
	if res := turnedAway(r); res != nil {
		return res.result(req), nil
	}
	w := &response{header: http.Header{}}
	err := w.serve(h, r)
	switch {
	case body != nil && body.failed != nil:
		err = body.failed
		if req.Context().Err() != nil {
			err = endOf(req)
		}
	case err == nil:
		err = w.faultError(req)
	}
	if err != nil {
		return nil, err
	}
	return w.result(req), nil
}

// endOf is the error of a request whose context has ended.
func endOf(req *http.Request) error { return context.Cause(req.Context()) }

// incoming is a client's request as a server sees it after net/http has sent and
// read it. Nothing in it is the client's own, but the context. Its URL keeps
// scheme and host, for links in answers.
func incoming(req *http.Request, body *sentBody) *http.Request {
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
	return r
}

// incomingURL is still opaque if net/http's server could not read the URL.
func incomingURL(sent *url.URL, requestURI string) *url.URL {
	u := *sent
	u.User, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", false
	if u.Opaque == "" {
		u.Path = cmp.Or(u.Path, "/")
	} else if parsed, err := url.ParseRequestURI(requestURI); err == nil {
		u.Opaque, u.Path, u.RawPath, u.RawQuery = "", parsed.Path, parsed.RawPath, parsed.RawQuery
	}
	return &u
}

// incomingHeader is the header that r arrives with: names in canonical form, and
// what net/http adds and leaves out.
func incomingHeader(sent http.Header, r *http.Request) http.Header {
	n := 0
	for _, values := range sent {
		n += len(values)
	}
	h := make(http.Header, len(sent)+3)
	all := make([]string, 0, n+3) // one allocation for the values of all
	for name, values := range sent {
		name = http.CanonicalHeaderKey(name)
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue // net/http takes them from the request's fields
		}
		if len(values) == 0 {
			continue
		}
		from := len(all)
		for _, v := range values {
			all = append(all, strings.Trim(v, " \t"))
		}
		if h[name] != nil { // in another spelling
			h[name] = spellings(sent, name)
			continue
		}
		h[name] = all[from:len(all):len(all)]
	}
	add := func(name, value string) {
		all = append(all, value)
		h[name] = all[len(all)-1 : len(all) : len(all)]
	}
	if agent, set := h["User-Agent"]; !set && len(sent["User-Agent"]) == 0 {
		if _, blank := sent["User-Agent"]; !blank {
			add("User-Agent", "Go-http-client/1.1")
		}
	} else if set && agent[0] == "" {
		delete(h, "User-Agent")
	}
	if len(h["Accept-Encoding"]) == 0 && len(h["Range"]) == 0 && r.Method != http.MethodHead {
		add("Accept-Encoding", "gzip")
	}
	switch {
	case r.ContentLength > 0:
		add("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	case r.ContentLength == 0 && (r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch):
		add("Content-Length", "0")
	case r.ContentLength < 0:
		r.TransferEncoding = []string{"chunked"}
	}
	if r.Close {
		add("Connection", "close")
	}
	return h
}

// spellings gives the values of a header that was set in several spellings of its
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

// turnedAway is the answer to what net/http's server lets no handler see; nil to
// all else.
func turnedAway(r *http.Request) *response {
	size := len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	const slop = 4096 // that net/http allows beyond its limit
	switch expect := r.Header["Expect"]; {
	case size > maxHeader+slop:
		return plainResponse(http.StatusRequestHeaderFieldsTooLarge)
	case strings.IndexByte(r.RequestURI, ' ') >= 0, // such as in an OData filter that was not encoded
		r.URL.Opaque != "", r.URL.Path != "" && r.URL.Path[0] != '/':
		return plainResponse(http.StatusBadRequest)
	case len(expect) > 0 && expect[0] != "" && !strings.EqualFold(expect[0], "100-continue"):
		return &response{status: http.StatusExpectationFailed, header: http.Header{"Connection": {"close"}}}
	}
	return nil
}

// plainResponse is how net/http's server words a refusal.
func plainResponse(status int) *response {
	w := &response{header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Connection": {"close"}}, unmeasured: true}
	w.WriteHeader(status)
	fmt.Fprintf(&w.body, "%d %s", status, http.StatusText(status))
	return w
}

// sentBody is a request's body on its way from the client to the handler. When it
// fails, the client has given up its request, and there is nobody to answer: the
// handler is aborted.
type sentBody struct {
	body   io.ReadCloser
	length int64 // as the client promised it, below zero if it did not
	read   int64
	failed error

	closed sync.Once
}

// newSentBody is nil for a request without a body.
func newSentBody(req *http.Request) *sentBody {
	if req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	b := &sentBody{body: req.Body, length: req.ContentLength}
	if b.length == 0 {
		b.length = -1
	}
	return b
}

func (b *sentBody) Read(p []byte) (int, error) {
	if b.length >= 0 {
		if b.read == b.length {
			return 0, io.EOF
		}
		p = p[:min(int64(len(p)), b.length-b.read)]
	}
	n, err := b.body.Read(p)
	b.read += int64(n)
	switch {
	case err != nil && err != io.EOF:
		b.abort(err)
	case b.length >= 0 && err == io.EOF && b.read < b.length:
		b.abort(b.mismatch())
	case b.read == b.length && err == nil:
		b.expectEnd()
	}
	return n, err
}

// expectEnd makes sure that the body is no longer than it should be.
func (b *sentBody) expectEnd() {
	var more [1]byte
	n, err := b.body.Read(more[:])
	b.read += int64(n)
	switch {
	case n > 0:
		b.abort(b.mismatch())
	case err != nil && err != io.EOF:
		b.abort(err)
	}
}

func (b *sentBody) mismatch() error {
	return fmt.Errorf("http: ContentLength=%d with Body length %d", b.length, b.read)
}

// abort does not return: the step that reads the body ends, and all after it.
func (b *sentBody) abort(err error) {
	b.failed = err
	panic(http.ErrAbortHandler)
}

// Close closes the client's body, once.
func (b *sentBody) Close() (err error) {
	if b != nil {
		b.closed.Do(func() { err = b.body.Close() })
	}
	return err
}

// closeAtEnd closes the body when the request's context ends, which wakes up
// whoever waits for more of it. The function it returns ends that, and leaves no
// goroutine behind. Bodies that are in memory keep nobody waiting: those which
// http.NewRequest knows how to get again.
func (b *sentBody) closeAtEnd(req *http.Request) (stop func()) {
	if b == nil || req.GetBody != nil || req.Context().Done() == nil {
		return func() {}
	}
	closed := make(chan struct{})
	unhook := context.AfterFunc(req.Context(), func() {
		defer close(closed)
		b.Close()
	})
	return func() {
		if !unhook() {
			<-closed
		}
	}
}
