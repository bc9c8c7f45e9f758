package control

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

func TestQueriesAreFilters(t *testing.T) {
	t.Parallel()
	f, h := newHandler()
	w := ask(h, "GET", "/requests?operation=me.ListActivities&status=200&violations=false&after=7&limit=5", "")
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := f.filter
	if *got.Operation != "me.ListActivities" || *got.Status != 200 || *got.Violations || got.After != 7 ||
		got.Limit != 5 {
		t.Errorf("filter %+v", got)
	}
	ask(h, "GET", "/requests", "")
	if f.filter != (Filter{Limit: defaultRequests}) {
		t.Errorf("the filter of no query: %+v", f.filter)
	}
}

func TestFiltersKeepWhatIsWanted(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"": true, "operation=me.PutActivity": true, "operation=": false, "operation=me.ListActivities": false,
		"status=400": true, "status=0": false, "violations=true": true, "violations=false": false,
		"operation=me.PutActivity&status=400&violations=true": true, "operation=me.PutActivity&status=200": false,
	} {
		f, err := parseFilter(openapi.Embedded(), query)
		if err != nil {
			t.Fatal(err)
		}
		if f.Keeps("me.PutActivity", 400, 2) != want {
			t.Errorf("%q keeps it: %v", query, !want)
		}
	}
}

func TestExchangesAreShownAsJSON(t *testing.T) {
	t.Parallel()
	f, h := newHandler()
	f.exchanges = []Exchange{{
		ID: 3, At: f.now, Method: "GET", Host: "graph.microsoft.com", Path: "/v1.0/<b>", Status: 200, Took: "1.5ms",
		Violations: []openapi.Violation{},
	}}
	const want = `[
  {
    "id": 3,
    "at": "2026-01-31T12:00:00Z",
    "method": "GET",
    "host": "graph.microsoft.com",
    "path": "/v1.0/\u003cb\u003e",
    "query": "",
    "operation": "",
    "status": 200,
    "rule": "",
    "violations": [],
    "took": "1.5ms"
  }
]
`
	if w := ask(h, "GET", "/requests", ""); w.Body.String() != want {
		t.Errorf("got %s", w.Body)
	}
	f.exchanges[0].BatchID = "1"
	if w := ask(h, "GET", "/requests", ""); !strings.Contains(w.Body.String(), `"batchId": "1"`) {
		t.Errorf("got %s", w.Body)
	}
}

func TestRequestsSayWhatTheJournalHasNoMore(t *testing.T) {
	t.Parallel()
	f, h := newHandler()
	f.exchanges = []Exchange{{ID: 8}, {ID: 9, Omitted: "its body"}}
	w := ask(h, "GET", "/requests", "")
	var list []Exchange
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list) != 2 || list[1].Omitted != "its body" {
		t.Errorf("got %s, %v", w.Body, err)
	}
	if got, sent := w.Header()["Graphmock-Dropped"]; sent {
		t.Errorf("%s were dropped, want none", got)
	}
	f.dropped = 7
	if got := ask(h, "GET", "/requests", "").Header().Get("Graphmock-Dropped"); got != "7" {
		t.Errorf("%q were dropped, want 7", got)
	}
}
