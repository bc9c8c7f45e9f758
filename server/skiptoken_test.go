package server_test

import (
	"testing"
	"time"
)

// TestNextLinkIsKeptForAnHour reads the second page after a time: reading it
// within the hour keeps the list for another, after that the link is stale.
func TestNextLinkIsKeptForAnHour(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	page, _ := l.get("/v1.0/me/activities")
	next := page["@odata.nextLink"].(string)
	for _, each := range []struct {
		after  time.Duration
		status int
	}{{time.Hour, 200}, {time.Hour, 200}, {time.Hour + time.Millisecond, 400}, {0, 400}} {
		if err := l.Advance(each.after); err != nil {
			t.Fatal(err)
		}
		res := get(t, l.Client(), next)
		if v := res.Header.Get("Graphmock-Violation"); res.StatusCode != each.status || v != "" {
			t.Errorf("%s later: %s with violation %q, want %d without", each.after, res.Status, v, each.status)
		}
	}
	if page, _ := l.get("/v1.0/me/activities"); page["@odata.nextLink"] == nil {
		t.Error("a list that begins anew has no next link")
	}
}
