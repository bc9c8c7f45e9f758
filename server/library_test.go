package server_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// TestEmbeddedScenariosPlayTheSameTwice plays every scenario of the library to a
// client that waits as it is told: two runs give the same bytes, ids and dates
// included, and no answer breaks the contract.
func TestEmbeddedScenariosPlayTheSameTwice(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(scenarios.Library(), "*.yaml")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
			t.Parallel()
			var first, second string
			synctest.Test(t, func(t *testing.T) { // what is slow takes no time
				first, second = playPatiently(t, file, 7), playPatiently(t, file, 7)
			})
			if first != second {
				t.Errorf("first\n%s\nsecond\n%s", first, second)
			}
			text, _ := fs.ReadFile(scenarios.Library(), file)
			signsIn := strings.Contains(string(text), "/{tenant}/") // of which the journal knows nothing
			if !signsIn && !strings.Contains(first, file[:len(file)-len(".yaml")]+"/") {
				t.Errorf("no rule of the scenario was used:\n%s", first)
			}
		})
	}
}

// playPatiently sends a few upserts and tells what came back.
func playPatiently(t *testing.T, file string, seed uint64) string {
	all, err := scenarios.Load(scenarios.Library(), file, openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Now: now, Seed: seed, Scenarios: all})
	c := s.Client()
	c.Timeout = time.Hour
	var b strings.Builder
	for range 12 {
		req, _ := http.NewRequest("PUT", graph+seedPath+seedItem, strings.NewReader(seedBody))
		req.Header.Set("Authorization", "Bearer x")
		req.Header.Set("Content-Type", "application/json")
		res, err := c.Do(req)
		if err != nil {
			fmt.Fprintln(&b, errors.Unwrap(err))
			continue
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		fmt.Fprintln(&b, res.Status, res.Header, string(body), err)
		if seconds, err := strconv.ParseFloat(res.Header.Get("Retry-After"), 64); err == nil {
			s.Advance(time.Duration(seconds * float64(time.Second)))
		}
	}
	list, _ := s.Requests("")
	for _, e := range list {
		fmt.Fprintln(&b, e.Rule, e.Status)
		for _, v := range e.Violations {
			t.Errorf("%s: %s", e.Rule, v)
		}
	}
	return b.String()
}
