package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/server"
)

// slowWriter takes a second for each write, by the bubble's clock.
type slowWriter struct {
	text    strings.Builder
	writes  int
	largest int
}

func (w *slowWriter) Write(p []byte) (int, error) {
	time.Sleep(time.Second)
	w.writes, w.largest = w.writes+1, max(w.largest, len(p))
	return w.text.Write(p)
}

// TestLogHasEveryLineInOrder logs to a writer that can't keep up: lines are written
// many at a time, requests wait once a MiB does, and none is lost at the end.
func TestLogHasEveryLineInOrder(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		synctest.Test(t, func(t *testing.T) {
			var w slowWriter
			observe, end, err := requestLog(format, &w)
			if err != nil {
				t.Fatal(err)
			}
			const lines = 50_000
			for i := range lines {
				observe(server.Exchange{ID: int64(i), Method: "GET", Path: fmt.Sprintf("/v1.0/me/activities/%d", i),
					Status: 200})
			}
			end()
			at := 0
			for line := range strings.Lines(w.text.String()) {
				if !strings.Contains(line, fmt.Sprintf("/activities/%d", at)) {
					t.Fatalf("%s: line %d is %s", format, at, line)
				}
				at++
			}
			if at != lines || w.writes > lines/1000 || w.largest > maxWaiting+1000 {
				t.Errorf("%s: %d lines in %d writes, the largest of %d bytes", format, at, w.writes, w.largest)
			}
		})
	}
}

// TestALineIsWrittenSoon logs one line to a writer with nothing else to do.
func TestALineIsWrittenSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		observe, end, err := requestLog("text", &w)
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		observe(server.Exchange{Method: "GET", Path: "/v1.0/me/activities", Status: 200, Took: 1234 * time.Microsecond})
		time.Sleep(2 * gathering) // the bubble's clock
		synctest.Wait()
		if got, want := w.String(), "00:00:00.000 GET /v1.0/me/activities 200 - 1.23ms\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
