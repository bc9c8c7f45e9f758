package inprocess

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const faultBody = "a body of more than sixteen bytes"

// failingWith returns a transport whose responses have a fault.
func failingWith(f Fault, body string, closing <-chan struct{}) *Transport {
	return &Transport{Closing: closing,
		Handler: func(w *ResponseWriter, _ *http.Request) { w.Fail(f, 201, []byte(body)) }}
}

// get sends a request and reads the body of its response.
func get(ctx context.Context, t *Transport) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", "http://graph.example/", nil)
	if err != nil {
		panic(err)
	}
	res, err := t.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func TestFaultsAreTheErrorsOfAConnection(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault Fault
		body  string
		err   error
		text  string // in the error
		want  string // of the body
	}{
		"reset": {Reset, faultBody, syscall.ECONNRESET, "read tcp: read: connection reset by peer", ""},
		"empty": {Empty, faultBody, io.EOF, "EOF", ""},
		"garbage": {Garbage, faultBody, nil, `malformed HTTP response "\x00\x01\x02graphmock-garbage"`,
			""},
		"truncated": {Truncate, faultBody, io.ErrUnexpectedEOF, "unexpected EOF",
			faultBody[:len(faultBody)/2]},
		"truncated in nothing": {Truncate, "", io.EOF, "EOF", ""},
	} {
		res, body, err := get(t.Context(), failingWith(tt.fault, tt.body, nil))
		if err == nil || !strings.Contains(err.Error(), tt.text) || body != tt.want {
			t.Errorf("%s: %q, error %v", name, body, err)
		}
		if tt.err != nil && !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", name, err, tt.err)
		}
		if tt.want != "" && (res.StatusCode != 201 || res.ContentLength != int64(len(tt.body))) {
			t.Errorf("%s: %s, length %d; the header promises all", name, res.Status, res.ContentLength)
		}
	}
}

func TestBodyDripsByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		res, body, err := get(t.Context(), failingWith(Drip, faultBody, nil))
		if err != nil || body != faultBody || res.StatusCode != 201 || res.ContentLength != int64(len(faultBody)) {
			t.Errorf("%v %q, error %v", res, body, err)
		}
		if took := time.Since(start); took != 2*DripPause { // three pieces
			t.Errorf("took %s", took)
		}
	})
}

func TestWhatLastsEndsWithClientOrServer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault          Fault
		client, server error // what the client sees if one of them ends
	}{
		"hang": {Hang, context.DeadlineExceeded, io.EOF},
		"drip": {Drip, context.DeadlineExceeded, io.ErrUnexpectedEOF},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), DripPause/2)
			defer cancel()
			if _, _, err := get(ctx, failingWith(tt.fault, faultBody, nil)); !errors.Is(err, tt.client) {
				t.Errorf("%s: the client ended with error %v, want %v", name, err, tt.client)
			}
			closing := make(chan struct{})
			time.AfterFunc(DripPause/2, func() { close(closing) })
			if _, _, err := get(t.Context(), failingWith(tt.fault, faultBody, closing)); !errors.Is(err, tt.server) {
				t.Errorf("%s: the server ended with error %v, want %v", name, err, tt.server)
			}
		})
	}
}

func TestDrippingBodyEndsWhenItIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://graph.example/", nil)
		res, err := failingWith(Drip, faultBody, nil).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		time.AfterFunc(DripPause/2, func() { res.Body.Close() })
		body, err := io.ReadAll(res.Body)
		if len(body) != DripBytes || err == nil || time.Since(start) != DripPause/2 {
			t.Errorf("%q, error %v after %s", body, err, time.Since(start))
		}
	})
}
