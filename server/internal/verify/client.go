package verify

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Limits of what a service may cost.
const (
	maxBody            = 8 << 20          // bytes of a response's body
	maxHeader          = 1 << 20          // bytes of a response's headers
	maxUnanswered      = 10               // requests in a row without a response, before the run is given up
	maxUnansweredFirst = 2                // the same, before there was any response
	maxPause           = 30 * time.Second // of a Retry-After that is honoured
	maxThrottle        = 3                // how often one request is sent again
	// requests in a row that were throttled each time, before the run is given up
	maxThrottledRequests = 5
)

// client sends requests to the target, at the rate that was asked for.
type client struct {
	root    string
	token   string
	timeout time.Duration
	http    *http.Client
	own     *http.Transport // nil if the transport is somebody else's
	pace    pacer
	giveUp  context.CancelCauseFunc

	requests, responses, unanswered, throttled atomic.Int64
	notFound                                   atomic.Int64 // of the responses
}

// A response is what came back.
type response struct {
	status int
	header http.Header
	body   []byte
	value  any // the body as JSON, nil if it is none
}

var errTooLong = fmt.Errorf("the answer's body is longer than %d bytes", maxBody)

func newClient(root string, config Config) *client {
	c := &client{root: root, token: config.Token, timeout: config.Timeout}
	if config.Rate > 0 {
		c.pace.gap = time.Duration(float64(time.Second) / config.Rate)
	}
	transport := config.Transport
	if transport == nil {
		c.own = &http.Transport{
			MaxIdleConnsPerHost: config.Parallel, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
			ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		}
		transport = c.own
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the response itself is verified, not where it leads
	}}
	return c
}

func (c *client) close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// do sends a request. One that is throttled is sent again when its time has come.
// The error is about the response, or is the context's.
func (c *client) do(ctx context.Context, r *request) (*response, error) {
	for try := 0; ; try++ {
		if err := c.pace.wait(ctx); err != nil {
			return nil, err
		}
		res, err := c.send(ctx, r)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, c.recordFailure(err)
		}
		c.responses.Add(1)
		if res.status == http.StatusNotFound {
			c.notFound.Add(1)
		}
		c.unanswered.Store(0)
		pause, throttled := res.retryAfter()
		switch {
		case !throttled:
			c.throttled.Store(0)
			return res, nil
		case try == maxThrottle:
			c.recordThrottled(res)
			return res, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// recordFailure ends the run when the target is not there, or no longer responds.
func (c *client) recordFailure(err error) error {
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		c.giveUp(fmt.Errorf("%w: %v", ErrUnreachable, dial))
	case c.unanswered.Add(1) >= maxUnanswered, c.responses.Load() == 0 && c.unanswered.Load() >= maxUnansweredFirst:
		c.giveUp(fmt.Errorf("%w: %d requests in a row got no answer: %w", ErrUnreachable, c.unanswered.Load(), err))
	}
	return err
}

// recordThrottled ends the run when request after request stays throttled however
// often it is sent: to wait for all that are left could take hours.
func (c *client) recordThrottled(res *response) {
	if c.throttled.Add(1) >= maxThrottledRequests {
		c.giveUp(fmt.Errorf("%d requests in a row got %d each of the %d times that they were sent; try again later, "+
			"or with a lower --rate",
			maxThrottledRequests, res.status, maxThrottle+1))
	}
}

func (c *client) send(ctx context.Context, r *request) (*response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.httpRequest(ctx, r)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	c.requests.Add(1)
	httpResponse, err := c.http.Do(req)
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	defer httpResponse.Body.Close()
	body, err := io.ReadAll(io.LimitReader(httpResponse.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, c.explain(ctx, err)
	case len(body) > maxBody:
		return nil, errTooLong
	}
	res := &response{status: httpResponse.StatusCode, header: httpResponse.Header, body: body}
	if v, syntax := jsontext.Decode(body); syntax == nil {
		res.value = v
	}
	return res, nil
}

func (c *client) explain(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", c.timeout)
	}
	for wrapped := err; wrapped != nil; wrapped = errors.Unwrap(wrapped) {
		err = wrapped // net/http's own names the URL, which has no news
		if _, net := wrapped.(*net.OpError); net {
			break
		}
	}
	return err
}

func (c *client) httpRequest(ctx context.Context, r *request) (*http.Request, error) {
	address := c.root + r.path
	if r.query != "" {
		address += "?" + r.query
	}
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	if r.compressed {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(r.body) // a buffer takes it all
		z.Close()
		body = &b
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	req.Header = r.header.Clone()
	if r.compressed {
		req.Header.Set("Content-Encoding", "gzip")
	}
	if r.token && c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.Header.Set("User-Agent", "graphmock-verify")
	return req, nil
}

// retryAfter is how long a throttled response asks to wait, if that is bearable.
func (res *response) retryAfter() (time.Duration, bool) {
	if res.status != http.StatusTooManyRequests && res.status != http.StatusServiceUnavailable {
		return 0, false
	}
	seconds, err := strconv.Atoi(res.header.Get("Retry-After"))
	return time.Duration(seconds) * time.Second, err == nil && seconds >= 0 && seconds <= int(maxPause/time.Second)
}

// A pacer lets its callers go on at even intervals. The zero value delays none of
// them.
type pacer struct {
	gap  time.Duration
	mu   sync.Mutex
	next time.Time
}

func (p *pacer) wait(ctx context.Context) error {
	if p.gap == 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	turn := p.next
	p.next = turn.Add(p.gap)
	p.mu.Unlock()
	return sleep(ctx, turn.Sub(now))
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
