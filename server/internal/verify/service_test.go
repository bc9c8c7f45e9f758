package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/verify"
)

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func answerWith(status int, header http.Header, body string) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header.Clone(), Body: io.NopCloser(strings.NewReader(body)),
			Request: req}, nil
	}
}

// contractOf reads testdata's contract of a service that is not Graph.
func petContract(t testing.TB) *openapi.Contract {
	t.Helper()
	c, err := openapi.LoadFile("testdata/pets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOtherContractsAreVerified(t *testing.T) {
	t.Parallel()
	c := petContract(t)
	config := verify.Config{Contract: c, Target: "http://pets.test", Token: "opaque", Transport: inProcess{newPets(c)}}
	result, err := verify.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		t.Errorf("%s: %s: %s\n%s\n%s", f.Pattern, f.Rule, f.Message, f.Case, f.Curl)
	}
	if result.Requests < 100 {
		t.Errorf("%d requests", result.Requests)
	}
	lazy := newPets(c)
	lazy.lenient = true
	config.Transport = inProcess{lazy}
	if result, err = verify.Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, f := range result.Findings {
		rules[f.Rule+" "+f.Violation.Message] = true
	}
	for _, want := range []string{
		"accepts-invalid status 200 to a request that breaks the contract: request query limit: 101 is above the " +
			"maximum 100",
	} {
		if !rules[want] {
			t.Errorf("no %q among %v", want, rules)
		}
	}
}

// pets is an honest implementation of testdata/pets.yaml; a lenient one checks
// nothing.
type pets struct {
	contract *openapi.Contract
	lenient  bool
	mu       sync.Mutex
	kept     map[string][]byte
	last     int // id that was given to a pet
}

func newPets(c *openapi.Contract) *pets { return &pets{contract: c, kept: map[string][]byte{}} }

func (p *pets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	say := func(status int, text string) {
		if text != "" {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
	body, _ := io.ReadAll(r.Body)
	match, wrong := p.contract.Route(r.Method, r.URL.EscapedPath())
	switch {
	case wrong != nil && match.Allow != nil:
		w.Header().Set("Allow", strings.Join(match.Allow, ", "))
		say(405, "{}")
		return
	case wrong != nil:
		say(404, "{}")
		return
	case match.Operation.Security().RequiresToken() && !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") &&
		!p.lenient:
		w.Header().Set("WWW-Authenticate", "Bearer")
		say(401, "{}")
		return
	}
	_, found := p.contract.CheckRequest(&openapi.Request{Match: match, Query: r.URL.RawQuery, Header: r.Header,
		Body: body})
	if (len(found) > 0 || bytes.Contains(body, []byte(`"id"`))) && !p.lenient { // the id is the server's to give
		say(400, "{}")
		return
	}
	id := match.Param("petId")
	_, there := p.kept[id]
	switch match.Operation.ID {
	case "listPets":
		say(200, "[]")
	case "addPet":
		p.last++
		id = fmt.Sprint(p.last)
		p.kept[id] = body
		w.Header().Set("Location", "/pets/"+id)
		say(201, `{"id":`+id+`,"name":"Rex"}`)
	case "putPet":
		p.kept[id] = body
		status := 201
		if there {
			status = 200
		}
		say(status, `{"id":`+id+`,"name":"Rex"}`)
	default:
		switch {
		case !there:
			say(404, "{}")
		case match.Operation.ID == "getPet":
			say(200, `{"id":`+id+`,"name":"Rex"}`)
		default:
			delete(p.kept, id)
			say(204, "")
		}
	}
}

func TestSameSeedSendsTheSameRequests(t *testing.T) {
	t.Parallel()
	sent := func(seed uint64) []string {
		c := petContract(t)
		service := inProcess{newPets(c)}
		var mu sync.Mutex
		var lines []string
		_, err := verify.Run(t.Context(), verify.Config{Contract: c, Target: "http://pets.test", Seed: seed,
			Include: []string{"putPet"},
			Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				line := req.Method + " " + req.URL.String()
				if req.Body != nil {
					body, _ := io.ReadAll(req.Body)
					req.Body = io.NopCloser(strings.NewReader(string(body)))
					line += " " + string(body)
				}
				mu.Lock()
				lines = append(lines, line)
				mu.Unlock()
				return service.RoundTrip(req)
			})})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		return lines
	}
	one, two, other := sent(1), sent(1), sent(2)
	if !slices.Equal(one, two) {
		t.Error("the same seed sent other requests")
	}
	if slices.Equal(one, other) {
		t.Error("another seed sent the same requests")
	}
}

func TestHangingTargetIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := verify.Run(t.Context(),
			verify.Config{Target: "http://127.0.0.1:1",
				Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
					<-req.Context().Done()
					return nil, req.Context().Err()
				})})
		if !errors.Is(err, verify.ErrUnreachable) || !strings.Contains(err.Error(), "no answer within 10s") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestTargetThatThrottlesEverythingIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		result, err := verify.Run(t.Context(), verify.Config{Target: "http://127.0.0.1:1",
			Transport: roundTrip(answerWith(503, http.Header{"Retry-After": {"30"}}, ""))})
		if err != nil || !slices.ContainsFunc(result.Findings, func(f verify.Finding) bool {
			return strings.Contains(f.Message, "in a row got 503 each of the 4 times")
		}) {
			t.Errorf("got %v, %+v", err, result)
		}
		if took := time.Since(start); took > 10*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestTargetThatStopsAnsweringIsReported(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		result, err := verify.Run(t.Context(), verify.Config{Target: "https://graph.microsoft.com", Token: "opaque",
			Include: []string{"me.activities.*Item"},
			Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				mu.Lock()
				n++
				late := n > 20
				mu.Unlock()
				if late {
					<-req.Context().Done()
					return nil, req.Context().Err()
				}
				return s.Transport().RoundTrip(req)
			})})
		if err != nil {
			t.Fatal(err)
		}
		last := result.Findings[len(result.Findings)-1]
		if last.Rule != "no-answer" || !strings.Contains(last.Message, "given up after") {
			t.Errorf("got %+v", last)
		}
	})
}

func TestRateIsKept(t *testing.T) {
	t.Parallel()
	c := petContract(t)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		result, err := verify.Run(t.Context(), verify.Config{Contract: c, Target: "http://pets.test", Token: "opaque",
			Rate: 10, Transport: inProcess{newPets(c)}})
		if err != nil {
			t.Fatal(err)
		}
		rate := float64(result.Requests) / time.Since(start).Seconds()
		if rate > 10.5 || rate < 9 {
			t.Errorf("%d requests at %.1f a second", result.Requests, rate)
		}
	})
}

func TestThrottledRequestsAreSentAgain(t *testing.T) {
	t.Parallel()
	c := petContract(t)
	synctest.Test(t, func(t *testing.T) {
		service := inProcess{newPets(c)}
		var mu sync.Mutex
		n := 0
		result, err := verify.Run(t.Context(), verify.Config{Contract: c, Target: "http://pets.test", Token: "opaque",
			Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				mu.Lock()
				n++
				throttled := n == 30
				mu.Unlock()
				if throttled {
					return answerWith(429, http.Header{"Retry-After": {"20"}}, "{}")(req)
				}
				return service.RoundTrip(req)
			})})
		if err != nil || len(result.Findings) > 0 {
			t.Errorf("got %v, %+v", err, result.Findings)
		}
	})
}

func TestInterruptedRunSaysWhatItFound(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	config := verify.Config{Target: "https://graph.microsoft.com", Token: "opaque",
		Include: []string{"me.activities.*Item"}, Transport: s.Transport()}
	config.Progress = func(_ verify.Step, done, _ int) {
		if done == 50 {
			cancel()
		}
	}
	result, err := verify.Run(ctx, config)
	if err != nil || !result.Interrupted || result.Cases < 50 || result.Cases > 100 {
		t.Errorf("got %v, %+v", err, result)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	c := petContract(t)
	result, err := verify.Run(t.Context(), verify.Config{Contract: c, Target: "http://pets.test", Token: "secret",
		Include: []string{"listPets"},
		Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			if req.URL.Host != "pets.test" {
				t.Errorf("a request went to %s", req.URL)
			}
			return answerWith(302, http.Header{"Location": {"http://elsewhere.test/"}}, "")(req)
		})})
	if err != nil || len(result.Findings) == 0 {
		t.Errorf("got %v, %+v", err, result)
	}
}

func TestEndlessAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	c := petContract(t)
	result, err := verify.Run(t.Context(), verify.Config{Contract: c, Target: "http://pets.test",
		Include: []string{"listPets"}, Parallel: 1,
		Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless{}), Request: req},
				nil
		})})
	if !errors.Is(err, verify.ErrUnreachable) {
		t.Errorf("got %v, %+v", err, result)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestContractWithoutOperationsCantBeVerified(t *testing.T) {
	t.Parallel()
	c := parse(t, "paths: {}")
	_, err := verify.Run(t.Context(), verify.Config{Contract: c, Target: "http://none.test"})
	if err == nil || err.Error() != "the contract has no operation to verify" {
		t.Errorf("got %v", err)
	}
}

func TestWrongConfigurationIsExplained(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		config verify.Config
		want   string
	}{
		{verify.Config{Target: "127.0.0.1:8080"}, `not a target: "127.0.0.1:8080"`},
		{verify.Config{Target: "ftp://127.0.0.1"}, "expected a URL such as http://127.0.0.1:8080"},
		{verify.Config{Target: "http://me:secret@127.0.0.1"},
			`"http://me:xxxxx@127.0.0.1": expected neither credentials`},
		{verify.Config{Target: "http://127.0.0.1", Include: []string{"me.PutActivty"}},
			`include: "me.PutActivty" names no operation of the contract; did you mean "me.PutActivity"?`},
		{verify.Config{Target: "http://127.0.0.1", Parameters: map[string]string{"user": "1"}},
			`param: no operation of the contract has the parameter "user"`},
		{verify.Config{Target: "http://127.0.0.1", Exclude: []string{"*"}}, "leave no operation"},
	} {
		if _, err := verify.Run(t.Context(), test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestExcludedOperationsAreNeverCalled(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	_, err := verify.Run(t.Context(), verify.Config{Target: "https://graph.microsoft.com", Token: "opaque",
		Include: []string{"PUT /me/*historyItems*"}, Exclude: []string{"*.DeleteActivity", "DELETE*"},
		Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			if req.Method == "DELETE" {
				t.Errorf("%s %s was called", req.Method, req.URL)
			}
			return s.Transport().RoundTrip(req)
		})})
	if err != nil {
		t.Error(err)
	}
}

func TestKeysAreSentWhereTheContractWantsThem(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("keyed.yaml", []byte(`
openapi: 3.0.3
info: {title: keyed, version: '1'}
paths:
  /key: {get: {security: [{key: [], session: []}], responses: {'200': {description: ok}}}}
  /basic: {get: {security: [{basic: []}], responses: {'200': {description: ok}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    session: {type: apiKey, in: cookie, name: session}
    basic: {type: http, scheme: basic}
`))
	if err != nil {
		t.Fatal(err)
	}
	config := verify.Config{Contract: c, Target: "http://keyed.test", Token: "opaque",
		Parameters: map[string]string{"X-Key": "mine"}}
	config.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
		h := req.Header
		keyed := h.Get("X-Key") == "mine" && h.Get("Cookie") == "session=graphmock" && h.Get("Authorization") == ""
		switch match, wrong := c.Route(req.Method, req.URL.Path); {
		case match.Allow != nil:
			return answerWith(405, http.Header{"Allow": match.Allow}, "")(req)
		case wrong != nil:
			return answerWith(404, nil, "")(req)
		case !keyed && h.Get("Authorization") != "basic graphmock":
			return answerWith(401, http.Header{"Www-Authenticate": {"basic"}}, "")(req)
		}
		return answerWith(200, nil, "")(req)
	})
	result, err := verify.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if result.Requests == 0 || len(result.Findings) > 0 {
		t.Errorf("%d requests, findings %+v", result.Requests, result.Findings)
	}
}
