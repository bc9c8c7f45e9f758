package graphtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/graphtest"
)

func TestActivitiesAreReadAfterThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // waiting takes no time
		g := graphtest.NewServer(t)
		g.Script("GET /me/activities",
			scenarios.Throttle(30*time.Second), scenarios.Throttle(60*time.Second), scenarios.Pass)

		start := time.Now()
		if err := readActivities(g.Client(), g.Token()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 90*time.Second {
			t.Errorf("waited %s, want 1m30s", waited)
		}
		if n := len(g.Requests("GET /me/activities")); n != 3 {
			t.Errorf("%d requests, want 3", n)
		}
	})
}
