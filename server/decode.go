package server

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// maxBody bounds a request's body, after decompression. Graph takes 4 MB; of the bytes of a
// file it takes 250 MB, or 60 MiB where an upload has several parts (DOC): here it is the
// latter for both.
const (
	maxBody    = 4 << 20
	maxContent = 60 << 20
)

// maxBody is the bound of this request's body.
func (x *exchange) maxBody() int {
	return maxBodyAt(x.request.Method, x.request.URL.Path, x.server.stateful)
}

func maxBodyAt(method, path string, stateful bool) int {
	if method != http.MethodPut || !stateful {
		return maxBody
	}
	const content = "/content"
	if openapi.IsTransferPath(path) || len(path) > len(content) && strings.EqualFold(path[len(path)-len(content):], content) {
		return maxContent
	}
	return maxBody
}

// maxPacked bounds it before decompression as well: what can't be made smaller becomes a
// little larger, and members and blocks that hold nothing may go on for ever.
func (x *exchange) maxPacked() int64 { return int64(x.maxBody() + x.maxBody()/16) }

// Rules of a body's way here.
const (
	ruleBodyTooLarge    = "body-too-large"
	ruleLengthMissing   = "content-length-missing"
	ruleEncodingUnknown = "content-encoding-unknown"
	ruleEncodingBroken  = "content-encoding-broken"
	ruleBodyTimeout     = "body-timeout"
)

// decode reads the request's body, decompressed. The official SDKs compress
// every body, and send it again plain when the status is 415.
func (x *exchange) decode() {
	r := x.request
	if _, wired := x.outlet.(*socket); wired && isLengthMissing(r) {
		x.reject(openapi.Violation{In: openapi.InHeader, Pointer: "Content-Length", Rule: ruleLengthMissing,
			Message: "the request has no body, and does not say so", Hint: "send Content-Length: 0; with curl, -d ''"})
		return
	}
	if r.Body == nil || r.ContentLength == 0 {
		return
	}
	defer x.recordBrokenOff()
	body := &arrivingBody{Reader: r.Body}
	packed := &io.LimitedReader{R: body, N: x.maxPacked() + 1}
	coding := contentCoding(r.Header)
	switch coding {
	case "", "identity":
		x.readPlain(body, r.ContentLength)
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(packed)
		x.readPacked(packed, z, err)
	case "deflate":
		z, err := zlib.NewReader(packed)
		x.readPacked(packed, z, err)
	default:
		x.reject(unknownCoding(coding))
	}
	if body.isBrokenOff(r) {
		x.brokenOff, x.violations = true, nil
		x.respond(http.StatusBadRequest, nil) // to a client that has only stopped to write
	}
}

// isLengthMissing reports whether a request that came over a connection has neither a body nor a
// length. Where no net/http server has read it, there need be no such header.
func isLengthMissing(r *http.Request) bool {
	return r.Context().Value(http.ServerContextKey) != nil && r.ContentLength == 0 && r.Header["Content-Length"] == nil &&
		slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, r.Method)
}

// arrivingBody is a body on its way here, with what kept the rest of it away.
type arrivingBody struct {
	io.Reader
	failed error
}

func (b *arrivingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		b.failed = err
	}
	return n, err
}

// isBrokenOff reports whether the client went away before its body was whole. One that
// is too slow, or writes chunks that are none, is still there.
func (b *arrivingBody) isBrokenOff(r *http.Request) bool {
	if b.failed == nil || isTimeout(b.failed) {
		return false
	}
	var lost *net.OpError
	return errors.Is(b.failed, io.ErrUnexpectedEOF) || errors.As(b.failed, &lost) || r.ProtoMajor == 2 ||
		r.Context().Err() != nil
}

// recordBrokenOff records a request of which only the beginning came. In process it is
// the body itself that ends the handler.
func (x *exchange) recordBrokenOff() {
	aborted := recover()
	if aborted == nil {
		return
	}
	if aborted == http.ErrAbortHandler {
		x.brokenOff = true
		x.record()
	}
	panic(aborted)
}

func unknownCoding(coding string) openapi.Violation {
	return openapi.Violation{In: openapi.InHeader, Pointer: "Content-Encoding", Rule: ruleEncodingUnknown,
		Message: jsontext.Quote(coding) + " is not a content encoding that the service reads",
		Hint:    "send gzip, deflate or none"}
}

// isReadable reports whether decode reads a content coding.
func isReadable(coding string) bool {
	return slices.Contains([]string{"", "identity", "gzip", "x-gzip", "deflate"}, coding)
}

// contentCoding returns what a body is packed with; codings that were applied one
// after the other stand in one header or in several.
func contentCoding(h http.Header) string {
	return strings.ToLower(strings.TrimSpace(strings.Join(h["Content-Encoding"], ", ")))
}

func (x *exchange) readPlain(body io.Reader, length int64) {
	if length > int64(x.maxBody()) {
		x.rejectTooLarge()
		return
	}
	var err error
	if length > 0 {
		x.body = make([]byte, length)
		var n int
		n, err = io.ReadFull(body, x.body)
		x.body = x.body[:n]
	} else {
		x.body, err = io.ReadAll(io.LimitReader(body, int64(x.maxBody())+1))
	}
	x.rejectUnread(err, "body-syntax")
}

func (x *exchange) readPacked(packed *io.LimitedReader, z io.ReadCloser, err error) {
	if err == nil {
		x.body, err = io.ReadAll(io.LimitReader(z, int64(x.maxBody())+1))
		z.Close()
	}
	if packed.N <= 0 {
		x.body = nil
		x.rejectTooLarge()
		return
	}
	x.rejectUnread(err, ruleEncodingBroken)
}

// rejectUnread rejects a request whose body could not be read to its end.
func (x *exchange) rejectUnread(err error, rule string) {
	switch {
	case err == nil && len(x.body) <= x.maxBody():
	case isTimeout(err):
		x.outlet.Header().Set("Connection", "close")
		x.reject(openapi.Violation{In: openapi.InBody, Rule: ruleBodyTimeout,
			Message: "the body did not arrive in time"})
	case err != nil:
		x.outlet.Header().Set("Connection", "close")
		x.reject(openapi.Violation{In: openapi.InBody, Rule: rule, Message: "the body can't be read: " + err.Error()})
	default:
		x.body = nil
		x.rejectTooLarge()
	}
}

func isTimeout(err error) bool {
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout()
}

// How much of a body that is too large is still read, a part after the other, and
// for how long each: many clients look for the response only when all is sent.
const (
	maxDiscarded = 64 << 20
	discardPart  = 4 << 20
	discardTime  = 2 * time.Second
)

func (x *exchange) rejectTooLarge() {
	if x.sent("Expect") == "" { // a client that asks first has not sent it yet
		x.discardBody()
	}
	x.outlet.Header().Set("Connection", "close")
	x.reject(bodyTooLarge(x.maxBody()))
}

func bodyTooLarge(most int) openapi.Violation {
	return openapi.Violation{In: openapi.InBody, Rule: ruleBodyTooLarge,
		Message: fmt.Sprintf("the body is larger than %d MiB", most>>20)}
}

func (x *exchange) discardBody() {
	conn := http.NewResponseController(x.outlet)
	for range maxDiscarded / discardPart {
		conn.SetReadDeadline(time.Now().Add(discardTime))
		if _, err := io.CopyN(io.Discard, x.request.Body, discardPart); err != nil {
			return
		}
	}
}
