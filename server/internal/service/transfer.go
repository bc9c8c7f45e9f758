package service

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Ticket is what a URL carries that Graph hands out and another service answers: to whom it
// is shown, it is all that is asked for.
type Ticket struct {
	Transfer string `json:"f"`           // the name of what answers
	Type     string `json:"t"`           // of the behavior that has it
	Path     string `json:"p"`           // what it is for, in the store
	Part     string `json:"s,omitempty"` // of that
	Until    int64  `json:"u,omitempty"` // when it is no longer taken, in milliseconds; never if it is 0
}

// A Transfer answers a URL that was handed out. It is called in a transaction, as operations
// are; the call is bound to nothing.
type Transfer func(c *Call, t *Ticket) (Response, error)

// Query options of such a URL.
const (
	ticketOption = "tempauth"
	tenantOption = "tid"
)

// TransferURL returns a URL for whoever has it: the path is that of an operation which needs
// no token.
func (r *Request) TransferURL(s *Service, path string, t Ticket) string {
	text, err := json.Marshal(t)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	at := r.Root.Scheme + "://" + graph.TransferHostFor(r.Root.Host, path) + path
	at += string("?&"[min(strings.Count(path, "?"), 1)]) + ticketOption + "=" + s.SignToken(string(text))
	if s.config.Tenant != "" {
		at += "&" + tenantOption + "=" + s.config.Tenant
	}
	return at
}

// TransferURL is [Request.TransferURL].
func (c *Call) TransferURL(path string, t Ticket) string {
	return c.Request.TransferURL(c.service, path, t)
}

// TenantOf is the id of the tenant that a handed out URL names, "" for the default one.
func TenantOf(u *url.URL) string {
	if !strings.Contains(u.RawQuery, tenantOption+"=") {
		return ""
	}
	return u.Query().Get(tenantOption)
}

// Transfer answers a URL that was handed out.
func (s *Service) Transfer(r *Request) (res Response) {
	t, taken := s.ticket("?"+r.URLQuery, r.Now.MS)
	if !taken {
		return Response{Error: "transfer-denied"}
	}
	transfer := s.named[t.Type].transfers()[t.Transfer]
	if t.Transfer == uploadTransfer {
		transfer = s.upload
	}
	if transfer == nil {
		return Response{Error: "transfer-denied"}
	}
	err := s.transact(r, func(tx store.Tx) (err error) {
		res, err = transfer(&Call{Request: r, Tx: tx, service: s}, &t)
		return err
	})
	r.Differences = append(s.takeDone(), r.Differences...)
	if err != nil {
		return failed(err)
	}
	if res.entity != nil {
		return s.resultResponse(r, &Result{Entity: res.entity, Status: res.Status})
	}
	return res
}

// ticket returns what a URL that was handed out carries, and reports whether it is taken.
func (s *Service) ticket(of string, now int64) (t Ticket, taken bool) {
	_, query, _ := strings.Cut(of, "?")
	values, _ := url.ParseQuery(query)
	text, err := s.readToken(values.Get(ticketOption))
	taken = err == nil && json.Unmarshal(text, &t) == nil && (t.Until == 0 || now < t.Until)
	return t, taken
}

func (b *Behavior) transfers() map[string]Transfer {
	if b == nil {
		return nil
	}
	return b.Transfers
}

// ServeBytes answers with bytes as far as the request asks for them: Range, If-Range,
// If-None-Match and If-Modified-Since count (RFC 9110). The tag is in quotes.
func (c *Call) ServeBytes(data []byte, media, tag string, modified int64) Response {
	w := &bytesWriter{header: http.Header{"Content-Type": {media}}}
	if tag != "" {
		w.header.Set("ETag", tag)
	}
	r := &http.Request{Method: http.MethodGet, Header: c.Header}
	http.ServeContent(w, r, "", time.UnixMilli(modified), bytes.NewReader(data))
	w.header.Del("Content-Length")
	if w.status == http.StatusRequestedRangeNotSatisfiable {
		return Response{Error: "range-unsatisfiable", Header: http.Header{"Content-Range": w.header["Content-Range"]}}
	}
	res := Response{Status: w.status, ContentType: w.header.Get("Content-Type"), Body: w.body.Bytes(), Header: w.header}
	if w.status == http.StatusOK {
		res.Body = data
	}
	if w.status == http.StatusNotModified {
		res.Body = nil
	}
	return res
}

// bytesWriter takes what net/http writes.
type bytesWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *bytesWriter) Header() http.Header { return w.header }

func (w *bytesWriter) WriteHeader(status int) { w.status = status }

// Write leaves out the whole: it is at hand.
func (w *bytesWriter) Write(p []byte) (int, error) {
	if w.status == http.StatusOK {
		return len(p), nil
	}
	return w.body.Write(p)
}
