package graphtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/graphtest"
)

// recordView is production code: it knows Graph's URL, and nothing of a mock.
func recordView(c *http.Client, token, activity, item string) (created bool, err error) {
	url := "https://graph.microsoft.com/v1.0/me/activities/" + activity + "/historyItems/" + item
	req, err := http.NewRequest("PUT", url, strings.NewReader(`{"startedDateTime": "2018-02-26T20:54:04.345Z"}`))
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated && res.StatusCode != http.StatusOK {
		return false, fmt.Errorf("graph: %s", res.Status)
	}
	return res.StatusCode == http.StatusCreated, nil
}

// A test of recordView hands it the client of a server of its own.
func ExampleNewServer() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		for range 2 {
			created, err := recordView(g.Client(), g.Token(), "13881113971988980728", "390e06e2-7e5b-4133-8014-fac7ac991af7")
			fmt.Println(created, err)
		}
		for _, x := range g.Requests("PUT /me/activities/{activity}/historyItems/{item}") {
			fmt.Println(x.Method, x.Operation, x.Status)
		}
	}
	runTest(test)
	// Output:
	// true <nil>
	// false <nil>
	// PUT me.activities.PutHistoryItem 201
	// PUT me.activities.PutHistoryItem 200
}

// A request that breaks the contract fails the test, though the code under test
// never looked.
func ExampleNewServer_violation() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(g.Client(), "", "13881113971988980728", "2")
	}
	runTest(test)
	// Output:
	// FAIL: contract: PUT /v1.0/me/activities/13881113971988980728/historyItems/2: request header Authorization: no bearer token was sent; send Authorization: Bearer TOKEN (observed)
}

// A test about a violation takes it.
func ExampleServer_TakeViolations() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(g.Client(), g.Token(), "13881113971988980728", "2")
		for _, v := range g.TakeViolations() {
			fmt.Println(v.Rule, v.Pointer)
		}
	}
	runTest(test)
	// Output:
	// format item-id
}

// Script makes the service misbehave: here it throttles once. In a synctest
// bubble the client's thirty seconds of patience take no time.
func ExampleServer_Script() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		g.Script("PUT /me/activities/{activity}/historyItems/{item}",
			scenarios.Throttle(30*time.Second), scenarios.Pass)
		for range 2 {
			created, err := recordView(g.Client(), g.Token(), "13881113971988980728", "390e06e2-7e5b-4133-8014-fac7ac991af7")
			fmt.Println(created, err)
		}
	}
	runTest(test)
	// Output:
	// false graph: 429 Too Many Requests
	// true <nil>
}

// Play takes a scenario file, embedded ones by name. What the scenario expects
// of the client fails the test: here, to wait as long as it was told.
func ExampleServer_Play() {
	test := func(t testing.TB) {
		g := graphtest.NewServerConfig(t, server.Config{Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)})
		g.Play("throttled-then-created")
		for range 3 {
			recordView(g.Client(), g.Token(), "13881113971988980728", "390e06e2-7e5b-4133-8014-fac7ac991af7")
		}
		for _, x := range g.Requests("") {
			fmt.Printf("%d %q\n", x.Status, x.Rule)
		}
	}
	runTest(test)
	// Output:
	// 429 "throttled-then-created/upsert"
	// 201 "throttled-then-created/upsert"
	// 200 ""
	// FAIL: scenario: throttled-then-created.yaml:15:15: throttled-then-created: PUT /me/activities/{activity-id}/historyItems/{item-id} was called again after 0s, but the answer 429 before it asked to wait 2s (Retry-After: 2)
}

// Listen is for processes and clients that need a socket.
func ExampleServer_Listen() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		res, err := http.Get(g.Listen() + "/v1.0/me/activities")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		fmt.Println(res.Status)
		g.TakeViolations() // the token was left out
	}
	runTest(test)
	// Output:
	// 401 Unauthorized
}
