package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

const upsertPattern = "PUT /me/activities/{activity}/historyItems/{item}"

// ways are the two ways to a server: in process and over a socket.
func ways(t *testing.T, s *server.Server) map[string]func(ctx context.Context) (*http.Response, error) {
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	socket := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	put := func(c *http.Client, origin string) func(context.Context) (*http.Response, error) {
		return func(ctx context.Context) (*http.Response, error) {
			req, err := http.NewRequestWithContext(ctx, "PUT", origin+seedPath+seedItem, strings.NewReader(seedBody))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer x")
			req.Header.Set("Content-Type", "application/json")
			return c.Do(req)
		}
	}
	return map[string]func(context.Context) (*http.Response, error){
		"in process": put(s.Client(), graph), "socket": put(socket, origin),
	}
}

func TestFaultsAreWhatAClientSees(t *testing.T) {
	t.Parallel()
	for fault, isSeen := range map[scenarios.Fault]func(res *http.Response, body []byte, err error) bool{
		scenarios.FaultReset: func(_ *http.Response, _ []byte, err error) bool {
			return errors.Is(err, syscall.ECONNRESET)
		},
		scenarios.FaultEmpty: func(_ *http.Response, _ []byte, err error) bool { return errors.Is(err, io.EOF) },
		scenarios.FaultGarbage: func(_ *http.Response, _ []byte, err error) bool {
			return err != nil && strings.Contains(err.Error(), "malformed HTTP response")
		},
		scenarios.FaultTruncate: func(res *http.Response, body []byte, err error) bool {
			return res != nil && res.StatusCode == 201 && errors.Is(err, io.ErrUnexpectedEOF) &&
				len(body) == int(res.ContentLength)/2 && bytes.HasPrefix(body, []byte(`{"@odata.context":`))
		},
		scenarios.FaultDrip: func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 201 && len(body) == int(res.ContentLength) &&
				bytes.HasSuffix(body, []byte("}"))
		},
		scenarios.FaultHang: func(_ *http.Response, _ []byte, err error) bool {
			return errors.Is(err, context.Canceled)
		},
	} {
		for _, way := range []string{"in process", "socket"} {
			t.Run(string(fault)+"/"+way, func(t *testing.T) {
				t.Parallel()
				decided := make(chan struct{}, 2)
				s := newServer(t, server.Config{Observe: func(server.Exchange) { decided <- struct{}{} }})
				if err := s.Script(upsertPattern, scenarios.Pass.Then(fault)); err != nil {
					t.Fatal(err)
				}
				send := ways(t, s)[way]
				ctx := t.Context()
				if fault == scenarios.FaultHang {
					var cancel context.CancelFunc
					ctx, cancel = context.WithCancel(ctx)
					go func() { // the client gives up once it waits for nothing
						<-decided
						cancel()
					}()
				}
				res, err := send(ctx)
				var body []byte
				if err == nil {
					body, err = io.ReadAll(res.Body)
					res.Body.Close()
				}
				if !isSeen(res, body, err) {
					t.Errorf("the client saw %v, %q, error %v", res, body, err)
				}

				// The write was committed before its answer was lost.
				res, err = send(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != 200 {
					t.Errorf("the second upsert: %d, want 200", res.StatusCode)
				}
			})
		}
	}
}

// What a request holds of the state is let go by faults as well, which end handlers
// by a panic: else the state would outlive its reset.
func TestFaultsLetGoOfTheState(t *testing.T) {
	t.Parallel()
	for _, fault := range []scenarios.Fault{
		scenarios.FaultReset, scenarios.FaultEmpty, scenarios.FaultGarbage, scenarios.FaultTruncate, scenarios.FaultDrip,
	} {
		s := newServer(t, server.Config{})
		if err := s.Script(upsertPattern, scenarios.Pass.Then(fault), scenarios.Pass.Then(fault)); err != nil {
			t.Fatal(err)
		}
		for _, put := range ways(t, s) {
			if res, err := put(t.Context()); err == nil {
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		}
		if err := s.Shutdown(t.Context()); err != nil { // handlers have returned
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); server.Uses(s) != 1; runtime.Gosched() { // of hijacked connections
			if time.Now().After(end) {
				t.Fatalf("after %s %d hold the state, want the server alone", fault, server.Uses(s))
			}
		}
	}
}

func TestClosingEndsWhatHangs(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"in process", "socket"} {
		hangs := make(chan struct{})
		s := newServer(t, server.Config{Observe: func(server.Exchange) { close(hangs) }})
		if err := s.Script(upsertPattern, scenarios.Break(scenarios.FaultHang)); err != nil {
			t.Fatal(err)
		}
		send := ways(t, s)[way]
		seen := make(chan error)
		go func() {
			_, err := send(context.Background())
			seen <- err
		}()
		<-hangs
		s.Close()
		if err := <-seen; err == nil {
			t.Errorf("%s: no error", way)
		}
	}
}

func TestThrottledClientWaitsInNoTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, server.Config{})
		if err := s.Script(upsertPattern, scenarios.Throttle(30*time.Second), scenarios.Throttle(60*time.Second),
			scenarios.Pass); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		statuses := 0
		for {
			res, _ := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
			if statuses++; res.StatusCode != 429 {
				break
			}
			wait, err := time.ParseDuration(res.Header.Get("Retry-After") + "s")
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(wait) // the bubble's clock
		}
		if waited := time.Since(start); waited != 90*time.Second || statuses != 3 {
			t.Errorf("waited %s over %d requests, want 1m30s over 3", waited, statuses)
		}
		if f := s.Failures(); len(f) != 0 {
			t.Errorf("failures %v", f)
		}
	})
}

func TestParallelCallersGetEachEntryOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	const entries = 64
	var responses []scenarios.Response
	for i := range entries {
		responses = append(responses, scenarios.Fail(503, "serviceNotAvailable", string(rune('0'+i))))
	}
	if err := s.Script(upsertPattern, responses...); err != nil {
		t.Fatal(err)
	}
	var seen sync.Map
	var twice atomic.Int32
	var wg sync.WaitGroup
	for range entries {
		wg.Go(func() {
			_, body := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
			_, text, _ := strings.Cut(string(body), `"message":"`)
			text, _, _ = strings.Cut(text, `","inner`)
			if _, again := seen.LoadOrStore(text, true); again {
				twice.Add(1)
			}
		})
	}
	wg.Wait()
	if n := twice.Load(); n > 0 {
		t.Errorf("%d entries were given twice", n)
	}
}

func TestScriptMayLieIfItSaysSo(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	lie := scenarios.Reply(201, map[string]any{"started": 1})
	if err := s.Script(upsertPattern, lie); err == nil {
		t.Fatal("the script was taken")
	}
	if err := s.Script(upsertPattern, lie.OffContract()); err != nil {
		t.Fatal(err)
	}
	res, body := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	if res.StatusCode != 201 || string(body) != `{"started":1}` || res.Header.Get("Graphmock-Violation") != "" {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
	if v := s.Violating(); len(v) > 0 {
		t.Errorf("violating %+v", v)
	}
}

func TestRejectedRequestUsesUpNoEntry(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	if err := s.Script(upsertPattern, scenarios.Throttle(time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		body   string
		status int
	}{{"{}", 400}, {seedBody, 429}, {seedBody, 201}} {
		if res, _ := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(want.body)); res.StatusCode != want.status {
			t.Errorf("status %d, want %d", res.StatusCode, want.status)
		}
	}
}

func TestDelayPassesByTheBubblesClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, server.Config{})
		if err := s.Script(upsertPattern, scenarios.Delay(time.Hour)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if res, _ := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody)); res.StatusCode != 201 {
			t.Errorf("status %d", res.StatusCode)
		}
		if d := time.Since(start); d != time.Hour {
			t.Errorf("took %s, want an hour", d)
		}
	})
}
