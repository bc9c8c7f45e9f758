package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/report"
)

// sendRequests is the program graphmock-request of the scripts: it asks for the
// activities as often as its argument says, or sends the method and path that follow,
// as a CMD of run.
func sendRequests() {
	n, err := strconv.Atoi(os.Args[1])
	method, path := "GET", "/v1.0/me/activities"
	if len(os.Args) > 3 {
		method, path = os.Args[2], os.Args[3]
	}
	for range n {
		var req *http.Request
		origin := strings.TrimSuffix(os.Getenv("GRAPHMOCK_URL"), "/v1.0")
		if req, err = http.NewRequest(method, origin+path, nil); err != nil {
			break
		}
		req.Header.Set("Authorization", "Bearer "+os.Getenv("GRAPHMOCK_TOKEN"))
		var res *http.Response
		if res, err = http.DefaultClient.Do(req); err != nil {
			break
		}
		res.Body.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestAnnotationsAreEscaped(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]report.Finding{
		"::error file=a%2Cb.yaml,line=3,col=7,title=graphmock%3A GET /me::100%25%0Asure, really: yes": {
			Level: report.Error, Subject: "GET /me", News: "100%\nsure, really: yes",
			Place: report.Place{File: "a,b.yaml", Line: 3, Column: 7}},
		"::warning title=graphmock%3A assumed::no place": {Level: report.Warning, Title: "assumed",
			News: "no place"},
		"::notice file=a.har,line=9,title=graphmock%3A x::a.har: entry 2: m": {Level: report.Note, Title: "x",
			News: "m", Place: report.Place{File: "a.har", Line: 9, Entry: 2}},
	} {
		if got := annotation(f); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	var r report.Report
	for i := range 60 {
		r.Problems = append(r.Problems, problemOf("a.yaml", fmt.Errorf("problem %d", i)))
	}
	var b strings.Builder
	annotate(&b, r)
	if !strings.HasSuffix(b.String(), "::notice title=graphmock::and 10 more\n") ||
		strings.Count(b.String(), "\n") != maxAnnotations+1 {
		t.Errorf("got %s", &b)
	}
}
