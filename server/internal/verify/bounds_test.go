package verify

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// answering is a transport to a service that answers every request alike.
type answering func(*http.Request) string

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(a(req))),
	}, nil
}

// TestLargeAnswersAreNotKept verifies a service that answers a MiB each time. It is
// alone in its process while it measures: it is not parallel.
func TestLargeAnswersAreNotKept(t *testing.T) {
	large := strings.Repeat("[", 1<<20)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	result, err := Run(t.Context(), Config{
		Target: "http://127.0.0.1:1", Transport: answering(func(*http.Request) string { return large }),
		Include: []string{"me.activities.ListHistoryItems", "GET /me/activities"},
		Progress: func(_ Step, done, total int) {
			if done == total {
				runtime.GC()
				runtime.ReadMemStats(&after)
			}
		},
	})
	if err != nil || result.Requests < 100 {
		t.Fatalf("%+v, error %v", result, err)
	}
	if held := int(after.HeapAlloc) - int(before.HeapAlloc); held > 50<<20 {
		t.Errorf("%d MiB are held after %d answers", held>>20, result.Requests)
	}
}

// TestFindingsAreBounded verifies a service whose answers are wrong in another way
// each time.
func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	result, err := Run(t.Context(), Config{
		Target: "http://127.0.0.1:1", Include: []string{"GET /me/activities*", "GET /users/*"},
		Transport: answering(func(*http.Request) string {
			var b strings.Builder
			b.WriteString(`{"value": [`)
			for range 40 {
				fmt.Fprintf(&b, `{"historyItems": [{"x%d": 1}]},`, n.Add(1))
			}
			return b.String() + `{}]}`
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	last := result.Findings[len(result.Findings)-1]
	if len(result.Findings) != maxFindings+1 || last.Rule != ruleMore || last.Count == 0 {
		t.Errorf("%d findings after %d requests, the last is %+v", len(result.Findings), result.Requests, last)
	}
}
