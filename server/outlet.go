package server

import (
	"net/http"

	"github.com/graphmock/graphmock/server/internal/inprocess"
)

// outlet is where the response to an exchange goes: out of a socket, to a client
// in process (*inprocess.ResponseWriter), or into the response to a batch. It is
// an http.ResponseWriter for Echo and its middleware; the pipeline itself sends
// whole responses.
type outlet interface {
	http.ResponseWriter

	// SetHeader sets a header, whose name is in canonical form, to one value.
	SetHeader(name, value string)

	// Send sends the response. The body must not change any more.
	Send(status int, body []byte)

	// Fail lets a fault happen to the response.
	Fail(f inprocess.Fault, status int, body []byte)

	// Sender returns where the code stands that sent the request, as file:line;
	// "" if that is not known.
	Sender() string
}

// socket is the outlet to a client elsewhere.
type socket struct {
	http.ResponseWriter
	request *http.Request
	server  *Server
	values  inprocess.Values
}

func (s *socket) SetHeader(name, value string) { s.values.Set(s.Header(), name, value) }

// Send ignores errors: the client is gone.
func (s *socket) Send(status int, body []byte) {
	s.WriteHeader(status)
	s.Write(body)
}

func (s *socket) Sender() string { return "" }

// Unwrap is for http.ResponseController.
func (s *socket) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// batchItem is the outlet of a request of a batch. It keeps the response.
type batchItem struct {
	outer  outlet // the batch's
	header http.Header
	status int
	body   []byte
	values inprocess.Values
}

func (b *batchItem) Header() http.Header { return b.header }

func (b *batchItem) SetHeader(name, value string) { b.values.Set(b.header, name, value) }

// WriteHeader sets the status, once.
func (b *batchItem) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *batchItem) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	b.body = append(b.body, p...)
	return len(p), nil
}

func (b *batchItem) Send(status int, body []byte) { b.status, b.body = status, body }

// Fail is never called: the connection is the batch's, so that failBatchFault has
// made a status of the fault.
func (b *batchItem) Fail(inprocess.Fault, int, []byte) {
	panic("BUG: a request of a batch has no connection that could break")
}

func (b *batchItem) Sender() string { return b.outer.Sender() }
