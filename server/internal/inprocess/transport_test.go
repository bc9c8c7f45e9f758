package inprocess

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/callsite"
)

func TestPanicOfTheHandlerIsAnErrorThatTellsOfIt(t *testing.T) {
	t.Parallel()
	_, _, err := get(t.Context(), Over(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half of a response")
		panic("a bug")
	})))
	if !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "a bug") {
		t.Errorf("error %v", err)
	}
}

func TestRefusedRequestIsNotHandled(t *testing.T) {
	t.Parallel()
	refused := errors.New("another host")
	transport := Over(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler was called")
	}))
	transport.Refuse = func(req *http.Request) error {
		if req.URL.Host == "" {
			t.Error("asked about what can't be sent")
		}
		return refused
	}
	body := &closable{Reader: strings.NewReader("a body")}
	req, _ := http.NewRequest("PUT", "http://graph.example/", body)
	if _, err := transport.RoundTrip(req); err != refused || !body.closed.Load() {
		t.Errorf("error %v; body closed: %v", err, body.closed.Load())
	}
	unsendable := &http.Request{URL: &url.URL{Scheme: "http"}, Header: http.Header{}}
	if _, err := transport.RoundTrip(unsendable); err == nil || err == refused {
		t.Errorf("without a host: error %v", err)
	}
}

func TestCancelledUploadEndsTheHandlerAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, "a bo") // is read, and there comes no more
		cancel()
	}()
	req, _ := http.NewRequestWithContext(ctx, "PUT", "http://graph.example/", r)
	_, err := Over(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.ReadAll(r.Body)
		t.Error("the handler goes on")
	})).RoundTrip(req)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if _, err := w.Write(nil); err != io.ErrClosedPipe {
		t.Errorf("the body is not closed: %v", err)
	}
}

func TestRequestIsTheClientsAgainAfterItsResponse(t *testing.T) {
	t.Parallel()
	var kept *http.Request
	transport := Over(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept = r
		r.Header.Set("X-B", "handler")
		r.URL.Path = "/changed"
	}))
	header := http.Header{"x-a": {"1"}, "User-Agent": {"mine"}}
	req, _ := http.NewRequest("GET", "http://graph.example/a", nil)
	req.Header = header
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if len(header) != 2 || req.URL.Path != "/a" || res.Request != req {
		t.Errorf("the request was changed: %v", req)
	}
	for _, values := range header { // its name is not in canonical form
		values[0] = "2"
	}
	if kept.Header.Get("X-A") != "1" {
		t.Errorf("the handler's header changed with the client's: %v", kept.Header)
	}
}

func TestWholeResponsesAreNotCopied(t *testing.T) {
	t.Parallel()
	body := []byte("a body")
	transport := &Transport{Handler: func(w *ResponseWriter, _ *http.Request) {
		w.SetHeader("Content-Type", "text/plain")
		w.Send(202, body)
		body[0] = 'A'
	}}
	res, text, err := get(t.Context(), transport)
	if err != nil || text != "A body" || res.StatusCode != 202 || res.ContentLength != 6 ||
		res.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%v %q, error %v", res, text, err)
	}
}

func TestSenderIsTheCallOfTheClient(t *testing.T) {
	t.Parallel()
	var sender callsite.Site
	transport := &Transport{Handler: func(w *ResponseWriter, _ *http.Request) { sender = w.Sender() }}
	client := &http.Client{Transport: transport}
	res, err := client.Get("http://graph.example/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if sender != (callsite.Site{}) { // this test is of the transport's own package, and above it is package testing
		t.Errorf("sender %q", sender)
	}
}

func TestValuesOfHeadersAreIndependent(t *testing.T) {
	t.Parallel()
	var v Values
	h := http.Header{}
	names := []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"} // more than there is room for
	for _, name := range names {
		v.Set(h, name, "first")
		v.Set(h, name, name)
	}
	for _, name := range names {
		if len(h[name]) != 1 || h[name][0] != name {
			t.Errorf("%s: %q", name, h[name])
		}
	}
	h.Add("A", "more")
	if h["A"][1] != "more" || h["B"][0] != "B" {
		t.Errorf("adding to one changes another: %v", h)
	}
}

func TestSettingHeadersAllocatesNothing(t *testing.T) {
	h := http.Header{"A": nil}
	var v Values
	if n := testing.AllocsPerRun(5, func() { v.Set(h, "A", "1") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestBodyIsNotReadAfterTheEndOfItsRequest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://graph.example/", nil)
	res, err := Over(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "a body")
	})).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if text, err := io.ReadAll(res.Body); len(text) > 0 || err != context.Canceled {
		t.Errorf("%q, error %v", text, err)
	}
}
