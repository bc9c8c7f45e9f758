package server_test

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// A client that sends back what it got by $expand=activity changes nothing about
// the item: only the service says which activity that is.
func TestActivitySentWithAnItemIsIgnored(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	const sent = `{"startedDateTime": "2018-02-26T20:54:04Z", "activity": {"appActivityId": "other"}}`
	for _, each := range []struct{ method, target, body string }{
		{"PUT", seedPath + seedItem, sent},
		{"PATCH", seedPath + seedItem, sent},
		{"POST", strings.TrimSuffix(seedPath, "/"), sent},
		{"PATCH", strings.TrimSuffix(seedPath, "/historyItems/"), `{"historyItems": [` + sent + `]}`},
		{"GET", seedPath + seedItem, ""},
	} {
		res, answer := send(t, s, each.method, each.target, strings.NewReader(each.body))
		if res.StatusCode/100 != 2 || strings.Contains(string(answer), `"activity":`) {
			t.Errorf("%s: %s %s", each.method, res.Status, answer)
		}
	}
	_, expanded := send(t, s, "GET", seedPath+seedItem+"?$expand=activity($select=id)", nil)
	if n := strings.Count(string(expanded), `"activity":`); n != 1 {
		t.Errorf("the expanded item has %d activities: %s", n, expanded)
	}
	answersKeepTheContract(t, s)
}
