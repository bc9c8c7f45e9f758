// Package replay sends recorded requests to a service again, and compares what it
// answers with what was recorded: how well a mock stands in for the service is shown by
// that, and so is what has changed of a service since.
//
// Compared are the status; headers that clients act on; the shape of the body, which is
// every property that was recorded with the JSON type of its value; and values, but for
// those that services generate: ids, dates, entity tags, tokens, URLs. What an answer has
// beyond the recording is no difference: recordings are shortened, and services grow.
//
// Keys that the service gives to what a recorded request created, and the links to the
// next pages of lists, stand in later requests for those that were recorded.
//
// A difference is explained where the recording is to blame: its request or its answer
// breaks the contract, or it removed itself what it then reads.
package replay

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// Config is where and how to replay. Contract and Root are required.
type Config struct {
	Contract *openapi.Contract

	// Root is the URL below which the service has its roots, such as
	// http://127.0.0.1:8080 for http://127.0.0.1:8080/v1.0. Base is cut off the paths
	// that are sent, where Root is a service root itself.
	Root, Base string

	// Token is the bearer token of all requests; empty sends none.
	Token string

	// Rate is the most requests in a second. Zero is no limit.
	Rate float64

	// Timeout is how long a response may take. Zero is ten seconds.
	Timeout time.Duration

	// Transport carries the requests. Nil is a transport of its own without a proxy.
	Transport http.RoundTripper
}

// An Exchange is a recorded request with its response.
type Exchange struct {
	Method, Path, Query string // the path is escaped, and has the service root
	Header              http.Header
	Body                []byte
	BodyLost            bool // the recording has not kept it
	Status              int  // 0 if there was no response
	AnswerHeader        http.Header
	Answer              []byte
	AnswerLost          bool
}

// An Outcome is what became of an exchange.
type Outcome struct {
	Family  string // method and workload, such as PATCH directory
	Skipped string // why it was not sent, empty if it was
	Made    bool   // the body was made from the contract

	Operation    *openapi.Operation // nil if none fits
	Method, Path string             // as sent
	Query        string
	Header       http.Header
	Body         []byte
	Status       int
	AnswerHeader http.Header
	Answer       []byte
	Took         time.Duration

	SameStatus, SameShape, SameValues bool
	Differences                       []Difference
}

// A Difference is one way in which an answer is not what was recorded.
type Difference struct {
	Kind      Kind   `json:"kind"`
	Pointer   string `json:"pointer,omitempty"` // of the body, or the name of a header
	Message   string `json:"message"`
	Explained string `json:"explained,omitempty"` // why the recording is to blame, empty if it is not
}

// Kind is what of an answer differs.
type Kind string

// The kinds of differences.
const (
	Status Kind = "status"
	Header Kind = "header"
	Shape  Kind = "shape"
	Value  Kind = "value"
)

// Why an exchange is not sent again.
const (
	skippedLink     = "nothing in the recording says where a link leads"
	skippedToken    = "nothing in the recording says where a token is from"
	skippedPage     = "the list had no further page"
	skippedResponse = "the recording has no response"
)

// How a difference is explained.
const (
	explainedRequest = "the recorded request breaks the contract"
	explainedAnswer  = "the recorded answer breaks the contract"
	explainedRemoved = "the recording removed it itself before"
	explainedHeader  = "the recording lacks a header that the request needs"
)

// A Replayer sends exchanges one after the other. It is for one goroutine.
type Replayer struct {
	config  Config
	client  *http.Client
	own     *http.Transport
	next    time.Time
	keys    map[string]string // of the service, by those of the recording
	links   map[string]string // of the service, by path and query in the recording; empty if it has none
	latest  map[string]string // the last link of the service by kind and path, whatever the recording had
	removed map[string]bool   // paths that the recording removed
}

// maxNames bounds what is kept of earlier exchanges.
const maxNames = 200_000

// New returns a replayer.
func New(c Config) *Replayer {
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	r := &Replayer{config: c, keys: map[string]string{}, links: map[string]string{}, latest: map[string]string{}, removed: map[string]bool{}}
	transport := c.Transport
	if transport == nil {
		r.own = &http.Transport{DisableCompression: true, MaxResponseHeaderBytes: 1 << 20, ForceAttemptHTTP2: true}
		transport = r.own
	}
	r.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return r
}

// Close closes idle connections.
func (r *Replayer) Close() {
	if r.own != nil {
		r.own.CloseIdleConnections()
	}
}

// Send replays an exchange. The error is that of a service that can't be reached, or of
// the context.
func (r *Replayer) Send(ctx context.Context, x *Exchange) (*Outcome, error) {
	o := &Outcome{Method: x.Method, Query: x.Query, Header: sentHeader(x.Header), Body: x.Body}
	if x.Status == 0 {
		o.Skipped = skippedResponse
		return o, nil
	}
	m, violation := r.config.Contract.Route(x.Method, x.Path)
	o.Operation = m.Operation
	o.Family = x.Method + " " + familyOf(&m, x.Path)
	o.Path = r.translatePath(x.Path)
	if link, known := r.links[join(x.Path, x.Query)]; known {
		if link == "" {
			o.Skipped = skippedPage
			return o, nil
		}
		o.Path, o.Query = cut(link)
	} else if kind := linkKind(cmp.Or(x.Query, tokenIn(x.Path))); kind != "" && x.Status/100 == 2 {
		link := r.latest[kind+" "+strings.ToLower(x.Path)]
		if link == "" {
			o.Skipped = skippedToken
			return o, nil
		}
		o.Path, o.Query = cut(link)
	}
	if r.isAltered(x, m) {
		lost := *x
		lost.Body, lost.BodyLost = nil, true
		x = &lost
	}
	o.Body = r.translateBody(x.Body)
	if x.BodyLost && m.Operation != nil {
		if o.Skipped = r.makeBody(ctx, o, x); o.Skipped != "" {
			return o, nil
		}
	}
	if x.Status/100 == 2 {
		if err := r.renewTag(ctx, o); err != nil {
			return nil, err
		}
	}
	if err := r.send(ctx, o); err != nil {
		return nil, err
	}
	if o.Status/100 == 4 && x.Status/100 == 2 && o.Query == x.Query && (o.Path != x.Path || !o.Made && !bytes.Equal(o.Body, x.Body)) {
		o.Path = x.Path // a recording may use one key for several things, not all of which it created
		if !o.Made {
			o.Body = x.Body
		}
		if err := r.send(ctx, o); err != nil {
			return nil, err
		}
	}
	c := comparison{replayer: r, exchange: x, outcome: o, match: m, routed: violation == nil}
	c.compare()
	return o, nil
}
