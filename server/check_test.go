package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// overPromising is a contract of Graph whose list has a member that the service
// does not know, and an example that breaks its schema.
const overPromising = `
openapi: 3.0.3
info: {title: over-promising, version: "1"}
x-graphmock-odata: true
paths:
  /me/activities:
    get:
      operationId: list
      responses:
        '200':
          description: A list.
          content:
            application/json:
              schema: {type: object, required: [total], properties: {total: {type: integer}}}
  /things:
    get:
      operationId: things
      responses:
        '200':
          description: Things.
          content:
            application/json:
              schema: {type: object, properties: {size: {type: integer}}}
              example: {size: large}
`

// foreign is a contract of another service, whose example breaks its schema.
const foreign = `
openapi: 3.0.3
info: {title: foreign, version: "1"}
paths:
  /things:
    get:
      operationId: things
      responses:
        '200':
          description: Things.
          content:
            application/json:
              schema: {type: object, properties: {size: {type: integer}}}
              example: {size: large}
`

// clients returns the two ways to a server, by the origin to send requests to: in
// process and over a socket.
func clients(t *testing.T, s *server.Server) map[string]*http.Client {
	t.Helper()
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	socket := &http.Transport{DisableKeepAlives: true}
	return map[string]*http.Client{s.URL(): s.Client(), origin: {Transport: socket}}
}

// get sends a GET with a token and returns the response, its body closed.
func get(t *testing.T, c *http.Client, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer opaque")
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res
}

func TestResponseOffTheGraphContractIsAViolation(t *testing.T) {
	t.Parallel()
	offTheContract(t, overPromising, "/me/activities", "list", "required", "/total")
	offTheContract(t, overPromising, "/things", "things", "type", "/size")
}

func TestResponseOffAnotherContractIsAViolation(t *testing.T) {
	t.Parallel()
	offTheContract(t, foreign, "/things", "things", "type", "/size")
}

// offTheContract gets a path whose response breaks one rule of a contract. The
// response is sent all the same, and the violation is in its header and in the
// journal.
func offTheContract(t *testing.T, contract, path, operation, rule, pointer string) {
	t.Helper()
	c, err := openapi.Parse("contract.yaml", []byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	for origin, client := range clients(t, s) {
		res := get(t, client, origin+path)
		line := res.Header.Get("Graphmock-Violation")
		if res.StatusCode != 200 || !strings.HasPrefix(line, rule+"; "+pointer+"; ") {
			t.Errorf("GET %s: %s, violation %q, want 200 with %s at %s", origin+path, res.Status, line, rule, pointer)
		}
		found := s.TakeViolations()
		if len(found) != 1 {
			t.Errorf("GET %s: violations %v, want one", origin+path, found)
			continue
		}
		v := found[0]
		if v.Side != openapi.ResponseSide || v.In != openapi.InBody || v.Operation != operation || v.Rule != rule ||
			v.Pointer != pointer {
			t.Errorf("GET %s: %+v, want %s at %s of the response of %s", origin+path, v, rule, pointer, operation)
		}
	}
	if n := len(s.Violating()); n != 2 {
		t.Errorf("GET %s: %d exchanges are violating, want 2", path, n)
	}
}

// TestScriptedResponseThatBreaksTheContractIsAViolation has a script whose
// response depends on the request, so that it can only be checked when it is sent.
func TestScriptedResponseThatBreaksTheContractIsAViolation(t *testing.T) {
	t.Parallel()
	broken := scenarios.Reply(201, map[string]any{
		"startedDateTime":       "${request.body.startedDateTime}",
		"activeDurationSeconds": "${request.headers['sdkversion']}",
	})
	for _, each := range []struct {
		scripted   scenarios.Response
		violations int
	}{{broken, 1}, {broken.OffContract(), 0}} {
		s := newServer(t, server.Config{})
		if err := s.Script(upsertPattern, each.scripted); err != nil {
			t.Fatal(err)
		}
		res, body := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody), "SdkVersion", "many")
		line := res.Header.Get("Graphmock-Violation")
		if res.StatusCode != 201 || (line != "") != (each.violations > 0) {
			t.Errorf("%s, violation %q: %s", res.Status, line, body)
		}
		found := s.TakeViolations()
		if len(found) != each.violations {
			t.Errorf("violations %v, want %d", found, each.violations)
			continue
		}
		for _, v := range found {
			if v.Side != openapi.ResponseSide || v.Rule != "type" || v.Pointer != "/activeDurationSeconds" {
				t.Errorf("%+v, want the type of /activeDurationSeconds in the response", v)
			}
		}
	}
}
