// Package inprocess is an http.RoundTripper over a handler that no client can
// tell from a socket, faults included.
//
// A request is handled on the goroutine of the client that sends it: no sockets,
// no goroutines, and in a synctest bubble time passes as usual. Its price is that
// the client gets nothing of a response before the handler returns.
package inprocess

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// A Transport sends requests to a handler. Requests arrive as net/http's server
// would have read them, and responses as net/http's client would have. The errors
// are those of net/http's transport, in its words.
type Transport struct {
	// Handler handles a request. If it panics the client gets an error, as of a
	// connection that was closed: it has to catch what it wants to respond to.
	Handler func(w *ResponseWriter, r *http.Request)

	// Refuse returns why a request that net/http would send is not sent, such as
	// for its host. Nil refuses none.
	Refuse func(*http.Request) error

	// Closing is closed when the server ends, and with it every response that
	// hangs or drips. Nil never ends.
	Closing <-chan struct{}

	// MaxHeaderBytes bounds the header of a request, as that of http.Server does.
	// Zero is http.DefaultMaxHeaderBytes.
	MaxHeaderBytes int

	// TLS is the connection of responses to https requests. It is shared by all of
	// them, as that of a connection is. Nil is none.
	TLS *tls.ConnectionState

	// Own are the import paths of packages that stand between clients and the
	// transport, and are never what Sender looks for.
	Own []string
}

// Over returns a transport to a handler that injects no faults.
func Over(h http.Handler) *Transport {
	return &Transport{Handler: func(w *ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }}
}

// RoundTrip has the handler respond to a request.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	err := unsendable(req)
	if err == nil && t.Refuse != nil {
		err = t.Refuse(req)
	}
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	res, err := t.send(req)
	if err == nil && req.URL.Scheme == "https" {
		res.TLS = t.TLS
	}
	return res, err
}

func (t *Transport) send(req *http.Request) (*http.Response, error) {
	body := newRequestBody(req)
	defer body.Close()
	defer body.closeAtEnd(req)()
	r := incoming(req, body)
	if w := t.rejection(r); w != nil {
		return w.response(req), nil
	}
	w := &ResponseWriter{transport: t, header: http.Header{}}
	err := w.serve(r)
	switch {
	case body != nil && body.failed != nil:
		err = body.failed
		if req.Context().Err() != nil {
			err = context.Cause(req.Context())
		}
	case err == nil:
		err = w.faultError(req)
	}
	if err != nil {
		return nil, err
	}
	return w.response(req), nil
}

// serve runs the handler. The error is what a client reads when its connection is
// closed, which is all that a socket tells of a panic.
func (w *ResponseWriter) serve(r *http.Request) (err error) {
	defer func() {
		switch bug := recover(); {
		case bug == nil:
		case bug == http.ErrAbortHandler:
			err = io.EOF
		default:
			err = fmt.Errorf("the handler panicked: %v: %w", bug, io.EOF)
		}
	}()
	w.transport.Handler(w, r)
	return nil
}

// wait lets real time pass (in a synctest bubble, the bubble's); it reports
// whether the context and the server were still there at its end.
func (t *Transport) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-t.Closing:
	}
	return false
}

// unsendable returns why net/http would not send a request, in its words.
func unsendable(req *http.Request) error {
	switch {
	case req.URL == nil:
		return errors.New("http: nil Request.URL")
	case req.Header == nil:
		return errors.New("http: nil Request.Header")
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return fmt.Errorf("unsupported protocol scheme %q", req.URL.Scheme)
	}
	if err := invalidHeader(req.Header); err != nil {
		return err
	}
	switch {
	case req.Method != "" && !httpguts.ValidHeaderFieldName(req.Method): // both are tokens
		return fmt.Errorf("net/http: invalid method %q", req.Method)
	case req.URL.Host == "":
		return errors.New("http: no Host in request URL")
	case req.Context().Err() != nil:
		return context.Cause(req.Context())
	case req.ContentLength != 0 && req.Body == nil:
		return fmt.Errorf("http: Request.ContentLength=%d with nil Body", req.ContentLength)
	case strings.ContainsFunc(req.URL.RequestURI(), isControlCharacter):
		return errors.New("net/http: can't write control character in Request.URL")
	}
	return nil
}

// invalidHeader leaves values out of its error: they may be secrets.
func invalidHeader(h http.Header) error {
	for name, values := range h {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("net/http: invalid header field name %q", name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fmt.Errorf("net/http: invalid header field value for %q", name)
			}
		}
	}
	return nil
}

func isControlCharacter(r rune) bool { return r < ' ' || r == 0x7f }
