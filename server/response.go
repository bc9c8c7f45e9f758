package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// response takes what a handler writes in process, and is the body that the
// client reads then.
type response struct {
	header     http.Header
	status     int
	body       bytes.Buffer
	unmeasured bool      // the answer has no Content-Length and ends with its connection
	length     [1]string // its Content-Length
	values     headerValues

	fault  scenarios.Fault // set instead of an answer, or to what becomes of it
	server *Server

	part *part // set for a request of a batch, which has the answer then

	client *http.Request // who reads the body
	closed atomic.Bool
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// take is Write without a copy, for a body that does not change any more.
func (w *response) take(status int, body []byte) {
	w.status = status
	w.body = *bytes.NewBuffer(body)
}

// serve has a handler fill the response. A panic is a bug of graphmock and
// answered as Graph answers its own, unless the handler only gave up.
func (w *response) serve(h http.Handler, r *http.Request) (err error) {
	defer func() {
		switch bug := recover(); {
		case bug == nil:
		case bug == http.ErrAbortHandler:
			err = io.EOF // what a client reads when its connection is closed
		default:
			w.answerPanic(bug)
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// answerPanic answers in place of a handler that could not even do that.
func (w *response) answerPanic(bug any) {
	e, _ := openapi.GraphErrorOf(errInternal)
	b := appendString([]byte(`{"error":{"code":`), e.Code)
	b = append(appendString(append(b, `,"message":`...), e.Message), "}}"...)
	w.header = http.Header{
		"Content-Type":        {contentTypeError},
		"Graphmock-Violation": {headerLine(openapi.Violation{Rule: ruleInternal, Message: fmt.Sprintf("BUG: %v", bug)})},
	}
	w.fault = scenarios.NoFault
	w.take(e.Status, b)
}

// chunkedFrom is the size of an answer that net/http's server does not keep back
// to measure it.
const chunkedFrom = 2049

// result is the answer as a client gets it from net/http's server.
func (w *response) result(req *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	w.client = req
	res := &http.Response{
		Status: statusLine(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: http.NoBody, Request: req,
	}
	length := w.body.Len()
	hasBody := w.status >= 200 && w.status != http.StatusNoContent && w.status != http.StatusNotModified
	whole := w.fault == scenarios.FaultTruncate || w.fault == scenarios.FaultDrip // they say how much there would be
	switch {
	case !hasBody:
		length = 0
	case w.unmeasured || length >= chunkedFrom && !whole:
		res.ContentLength = -1
	case length > 0 || req.Method != http.MethodHead:
		res.ContentLength = int64(length)
		w.length[0] = strconv.Itoa(length)
		w.header["Content-Length"] = w.length[:]
	default:
		res.ContentLength = -1
	}
	if _, typed := w.header["Content-Type"]; !typed && length > 0 {
		w.header["Content-Type"] = []string{http.DetectContentType(w.body.Bytes())}
	}
	if res.Close = req.Close || closes(req.Header) || closes(w.header); res.Close {
		delete(w.header, "Connection") // net/http's client takes it away
	}
	if req.Method == http.MethodHead || length == 0 {
		return res
	}
	if length >= chunkedFrom && res.ContentLength < 0 && !w.unmeasured {
		res.TransferEncoding = []string{"chunked"}
	}
	res.Body = w.bodyFor(req)
	return res
}

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

// bodyFor is the body that the client reads, with the fault that happens to it.
func (w *response) bodyFor(req *http.Request) io.ReadCloser {
	switch w.fault {
	case scenarios.FaultTruncate:
		w.body.Truncate(w.body.Len() / 2)
	case scenarios.FaultDrip:
		ctx, cancel := context.WithCancelCause(req.Context())
		return &drippingBody{response: w, until: req.WithContext(ctx), end: cancel, arrived: dripBytes}
	}
	return w
}

var errReadAfterClose = errors.New("http: read on closed response body")

// Read gives what is there; an answer that broke off ends as a connection does.
// Nobody reads for a context that has ended.
func (w *response) Read(p []byte) (int, error) {
	switch {
	case w.closed.Load():
		return 0, errReadAfterClose
	case w.client.Context().Err() != nil:
		return 0, endOf(w.client)
	}
	n, err := w.body.Read(p)
	if err == io.EOF && w.fault == scenarios.FaultTruncate {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (w *response) Close() error {
	w.closed.Store(true)
	return nil
}
