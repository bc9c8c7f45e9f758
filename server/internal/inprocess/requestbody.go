package inprocess

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// requestBody is a request's body on its way from the client to the handler. When
// it fails, the client has given up its request and takes no response: the handler
// is aborted.
type requestBody struct {
	body   io.ReadCloser
	length int64 // as the client promised it, below zero if it did not
	read   int64
	failed error

	closed sync.Once
}

// newRequestBody returns nil for a request without a body.
func newRequestBody(req *http.Request) *requestBody {
	if req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	b := &requestBody{body: req.Body, length: req.ContentLength}
	if b.length == 0 {
		b.length = -1
	}
	return b
}

func (b *requestBody) Read(p []byte) (int, error) {
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

// expectEnd aborts if the body is longer than it should be.
func (b *requestBody) expectEnd() {
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

func (b *requestBody) mismatch() error {
	return fmt.Errorf("http: ContentLength=%d with Body length %d", b.length, b.read)
}

// abort ends the handler, which is reading the body.
func (b *requestBody) abort(err error) {
	b.failed = err
	panic(http.ErrAbortHandler)
}

// Close closes the client's body, once.
func (b *requestBody) Close() (err error) {
	if b != nil {
		b.closed.Do(func() { err = b.body.Close() })
	}
	return err
}

// closeAtEnd closes the body when the request's context ends, which ends a Read that
// waits for more of it. The function it returns ends that, and leaves no goroutine
// behind. It does nothing for bodies in memory, which no Read waits for: those
// that http.NewRequest knows how to get again.
func (b *requestBody) closeAtEnd(req *http.Request) (stop func()) {
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
