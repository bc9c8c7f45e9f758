package inprocess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// A ResponseWriter takes what a handler responds with. Beyond an
// http.ResponseWriter it takes whole responses without a copy, and faults. The
// client gets the response when the handler has returned.
type ResponseWriter struct {
	transport *Transport
	fault     Fault

	header   http.Header
	status   int
	content  bytes.Buffer
	endless  bool      // the response has no Content-Length and ends with its connection
	length   [1]string // its Content-Length
	values   Values
	written  http.Header // the header as it was when WriteHeader was called
	client   context.Context
	closed   atomic.Bool
	received http.Response
}

// Header returns the header of the response.
func (w *ResponseWriter) Header() http.Header { return w.header }

// SetHeader sets a header, whose name is in canonical form, to one value. The
// first few allocate nothing.
func (w *ResponseWriter) SetHeader(name, value string) { w.values.Set(w.header, name, value) }

// WriteHeader sets the status, once. What is done to the header from then on has
// no effect.
func (w *ResponseWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.written = status, w.header.Clone()
	}
}

// Write adds to the body.
func (w *ResponseWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.content.Write(p)
}

// Send sets status and body. The body is not copied, so it must not change any
// more.
func (w *ResponseWriter) Send(status int, body []byte) {
	w.status, w.content = status, *bytes.NewBuffer(body)
}

// chunkedFrom is the size of a body that net/http's server does not keep back to
// measure it.
const chunkedFrom = 2049

// response returns the response as a client gets it from net/http's server.
func (w *ResponseWriter) response(req *http.Request) *http.Response {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.written != nil {
		w.header = w.written
	}
	w.client = req.Context()
	res := &w.received
	*res = http.Response{
		Status: statusLine(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: http.NoBody, Request: req,
	}
	length := w.bodyLength()
	res.ContentLength = w.contentLength(length, req.Method)
	if res.ContentLength >= 0 && hasBody(w.status) {
		w.length[0] = strconv.FormatInt(res.ContentLength, 10)
		w.header["Content-Length"] = w.length[:]
	}
	switch values, typed := w.header["Content-Type"]; {
	case !typed && length > 0:
		w.header["Content-Type"] = []string{http.DetectContentType(w.content.Bytes())}
	case typed && values == nil: // it was removed, and others may be as well
		maps.DeleteFunc(w.header, func(_ string, values []string) bool { return values == nil })
	}
	if res.Close = req.Close || closes(req.Header) || closes(w.header); res.Close {
		delete(w.header, "Connection") // net/http's client takes it away
	}
	if req.Method == http.MethodHead || length == 0 {
		return res
	}
	if res.ContentLength < 0 && !w.endless {
		res.TransferEncoding = []string{"chunked"}
	}
	res.Body = w.body(req)
	return res
}

// bodyLength returns how many bytes the body has, if the status allows for one.
func (w *ResponseWriter) bodyLength() int {
	if !hasBody(w.status) {
		return 0
	}
	return w.content.Len()
}

func hasBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// contentLength returns what net/http's client finds in the response: -1 if the
// server did not say.
func (w *ResponseWriter) contentLength(length int, method string) int64 {
	declared, isDeclared := w.declaredLength()
	switch {
	case !hasBody(w.status) && method != http.MethodHead:
		return 0
	case isDeclared && (declared == int64(length) || method == http.MethodHead):
		return declared
	case w.endless, length >= chunkedFrom && !w.fault.isWhole(), length == 0 && method == http.MethodHead:
		return -1
	}
	return int64(length)
}

// declaredLength returns the Content-Length that the handler set.
func (w *ResponseWriter) declaredLength() (n int64, set bool) {
	text := w.header["Content-Length"]
	if len(text) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(text[0], 10, 64)
	return n, err == nil && n >= 0
}

// closes reports whether a header asks for the end of the connection.
func closes(h http.Header) bool {
	return len(h["Connection"]) > 0 && strings.EqualFold(h["Connection"][0], "close")
}

func statusLine(status int) string {
	line := strconv.AppendInt(make([]byte, 0, 40), int64(status), 10)
	if text := http.StatusText(status); text != "" {
		return string(append(append(line, ' '), text...))
	}
	return string(append(append(line, " status code "...), line...))
}

// body returns what the client reads, with the fault that happens to it.
func (w *ResponseWriter) body(req *http.Request) io.ReadCloser {
	switch w.fault {
	case Truncate:
		w.content.Truncate(w.content.Len() / 2)
	case Drip:
		return w.drippingBody(req)
	}
	return (*body)(w)
}

// body is a response as its client reads it.
type body ResponseWriter

var errReadAfterClose = errors.New("http: read on closed response body")

// Read reads what is there; a response that broke off ends as a connection does.
// Nothing is read after the end of the request's context.
func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.closed.Load():
		return 0, errReadAfterClose
	case b.client.Err() != nil:
		return 0, context.Cause(b.client)
	}
	n, err := b.content.Read(p)
	if err == io.EOF && b.fault == Truncate {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (b *body) Close() error {
	b.closed.Store(true)
	return nil
}

// rejection returns the response to what net/http's server lets no handler see;
// nil to everything else.
func (t *Transport) rejection(r *http.Request) *ResponseWriter {
	switch expect := r.Header["Expect"]; {
	case headerSize(r) > t.maxHeader():
		return plainResponse(http.StatusRequestHeaderFieldsTooLarge)
	case strings.IndexByte(r.RequestURI, ' ') >= 0, // such as in an OData filter that was not encoded
		r.URL.Opaque != "", r.URL.Path != "" && r.URL.Path[0] != '/':
		return plainResponse(http.StatusBadRequest)
	case len(expect) > 0 && expect[0] != "" && !strings.EqualFold(expect[0], "100-continue"):
		return &ResponseWriter{status: http.StatusExpectationFailed, header: http.Header{"Connection": {"close"}}}
	}
	return nil
}

func (t *Transport) maxHeader() int {
	const slop = 4096 // that net/http allows beyond its limit
	if t.MaxHeaderBytes > 0 {
		return t.MaxHeaderBytes + slop
	}
	return http.DefaultMaxHeaderBytes + slop
}

// headerSize returns how many bytes the header of a request takes.
func headerSize(r *http.Request) int {
	size := len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	return size
}

// plainResponse is an error as net/http's server words it.
func plainResponse(status int) *ResponseWriter {
	w := &ResponseWriter{status: status, endless: true,
		header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Connection": {"close"}}}
	fmt.Fprintf(&w.content, "%d %s", status, http.StatusText(status))
	return w
}
