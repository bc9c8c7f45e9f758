package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// mistakes are the rules that the client of testdata/client breaks, once each.
var mistakes = map[string]int{
	"request header token-empty":           1,
	"request path unknown-segment":         1,
	"request path method-not-allowed":      1,
	"request query query-unsupported":      1,
	"request path format":                  1,
	"request header content-type-not-json": 1,
	"request body body-syntax":             1,
	"request body required":                1,
	"request body additionalProperties":    1,
	"request body format":                  1,
}

// buildClient builds the client of testdata/client.
func buildClient(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "client.exe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program,
		"./testdata/client").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func TestRunCatchesTenMistakesOfAClient(t *testing.T) {
	t.Parallel()
	client := buildClient(t)
	for name, test := range map[string]struct {
		args []string
		code int
		want map[string]int
	}{
		"broken":   {[]string{client}, exitBroken, mistakes},
		"repaired": {[]string{client, "-fixed"}, exitClean, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errors bytes.Buffer
			trace := filepath.Join(t.TempDir(), "trace.har")
			code := run(append([]string{"run", "--output", "json", "--auth", "strict", "--report", "har=" + trace,
				"--"}, test.args...), &out, &errors)
			var v server.Verdict
			if err := json.Unmarshal(out.Bytes(), &v); err != nil {
				t.Fatalf("%v\n%s%s", err, &out, &errors)
			}
			got := map[string]int{}
			for _, g := range v.Violations {
				got[string(g.Side)+" "+g.In+" "+g.Rule] += g.Count
			}
			if code != test.code || !maps.Equal(got, test.want) {
				t.Errorf("exit code %d, want %d; got %v\n%s", code, test.code, got, &errors)
			}
			if again, code := checked(t, trace); code != test.code || !maps.Equal(again, test.want) {
				t.Errorf("check of its HAR: exit code %d, got %v", code, again)
			}
			if v.Clean != (len(test.want) == 0) || len(v.Unmatched) != min(len(test.want), 2) {
				t.Errorf("clean %v, unmatched %v", v.Clean, v.Unmatched)
			}
		})
	}
}

// checked returns what check finds in a HAR file.
func checked(t *testing.T, file string) (rules map[string]int, code int) {
	t.Helper()
	var out, errors bytes.Buffer
	code = run([]string{"check", "--output", "json", file}, &out, &errors)
	var r struct{ Verdict server.Verdict }
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &errors)
	}
	rules = map[string]int{}
	for _, g := range r.Verdict.Violations {
		rules[string(g.Side)+" "+g.In+" "+g.Rule] += g.Count
	}
	return rules, code
}

func TestMissingPointsAreNamedByTheirKinds(t *testing.T) {
	t.Parallel()
	o := server.OperationCoverage{Points: []server.Point{
		{Kind: server.PointStatus, Name: "200", Hits: 1}, {Kind: server.PointStatus, Name: "201"},
		{Kind: server.PointStatus, Name: "400", Optional: true},
		{Kind: server.PointQuery, Name: "$top"}, {Kind: server.PointProperty, Name: "/a"},
		{Kind: server.PointProperty, Name: "/b"},
		{Kind: server.PointValue, Name: "/a=x"}, {Kind: server.PointNextLink, Name: "followed"},
		{Kind: server.PointRetryAfter, Name: "honoured"},
	}}
	want := "answer 201; query option $top; properties /a, /b; value /a=x; no next link was followed; no " +
		"Retry-After was honoured"
	if got := missingOf(o); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c := server.Coverage{}
	for i, hits := range []int{1, 0} {
		c.Operations = append(c.Operations, server.OperationCoverage{Pattern: []string{"GET /a", "GET /b"}[i],
			Points: []server.Point{{Kind: server.PointStatus, Name: "200", Hits: hits},
				{Kind: server.PointStatus, Name: "404"}}})
	}
	if got, want := missingMost(c), "GET /b (2 points), GET /a (1 point)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLongCoverageIsCutShort(t *testing.T) {
	t.Parallel()
	operations := slices.Repeat([]server.OperationCoverage{{Pattern: "GET /\x1b[31m"}}, 100)
	v := server.Verdict{Coverage: server.Coverage{Operations: operations}}
	var b bytes.Buffer
	printVerdict(&b, v)
	if n := bytes.Count(b.Bytes(), []byte("\n")); n != maxIdle+2 || bytes.ContainsRune(b.Bytes(), '\x1b') {
		t.Errorf("%d lines: %q", n, &b)
	}
}
