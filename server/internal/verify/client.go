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
	maxAnswer   = 8 << 20          // bytes of an answer's body
	maxHeader   = 1 << 20          // bytes of an answer's headers
	maxSilence  = 10               // requests in a row without an answer, before the run is given up
	maxFirst    = 2                // the same, before there was any answer
	maxPause    = 30 * time.Second // of a Retry-After that is honoured
	maxThrottle = 3                // how often one request is sent again
	maxRefused  = 5                // requests in a row that were throttled each time, before the run is given up
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

	sent, answered, silent, refused atomic.Int64
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	value  any // the body as JSON, nil if it is none
}

var errTooLong = fmt.Errorf("the answer's body is longer than %d bytes", maxAnswer)

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
		return http.ErrUseLastResponse // the answer is what is verified, not where it leads
	}}
	return c
}

func (c *client) close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// do sends a request. One that is throttled is sent again when its time has
// come. The error is about the answer, or the context's.
func (c *client) do(ctx context.Context, r *request) (*answer, error) {
	for try := 0; ; try++ {
		if err := c.pace.wait(ctx); err != nil {
			return nil, err
		}
		a, err := c.send(ctx, r)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, c.failed(err)
		}
		c.answered.Add(1)
		c.silent.Store(0)
		pause, throttled := a.pause()
		switch {
		case !throttled:
			c.refused.Store(0)
			return a, nil
		case try == maxThrottle:
			c.throttled(a)
			return a, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// failed gives the run up when nobody is there, or answers any more.
func (c *client) failed(err error) error {
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		c.giveUp(fmt.Errorf("%w: %v", ErrUnreachable, dial))
	case c.silent.Add(1) >= maxSilence, c.answered.Load() == 0 && c.silent.Load() >= maxFirst:
		c.giveUp(fmt.Errorf("%w: %d requests in a row got no answer: %w", ErrUnreachable, c.silent.Load(), err))
	}
	return err
}

// throttled gives the run up when every request is throttled however often it is
// sent: waiting for all that are left could take hours.
func (c *client) throttled(a *answer) {
	if c.refused.Add(1) >= maxRefused {
		c.giveUp(fmt.Errorf("%d requests in a row got %d each of the %d times that they were sent; try again later, or with a lower --rate",
			maxRefused, a.status, maxThrottle+1))
	}
}

func (c *client) send(ctx context.Context, r *request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.httpRequest(ctx, r)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	c.sent.Add(1)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.explain(ctx, err)
	case len(body) > maxAnswer:
		return nil, errTooLong
	}
	a := &answer{status: res.StatusCode, header: res.Header, body: body}
	if v, syntax := jsontext.Decode(body); syntax == nil {
		a.value = v
	}
	return a, nil
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
	if r.packed {
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
	if r.packed {
		req.Header.Set("Content-Encoding", "gzip")
	}
	if r.token && c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.Header.Set("User-Agent", "graphmock-verify")
	return req, nil
}

// pause is how long a throttled answer asks to wait, if that is bearable.
func (a *answer) pause() (time.Duration, bool) {
	if a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
		return 0, false
	}
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	return time.Duration(seconds) * time.Second, err == nil && seconds >= 0 && seconds <= int(maxPause/time.Second)
}

// A pacer lets its callers go on at even intervals. The zero value holds nobody
// up.
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
