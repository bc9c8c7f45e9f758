package scenarios

import (
	"net/http"
	"testing"
	"time"
)

func waitFor(text string) http.Header { return http.Header{"Retry-After": {text}} }

func TestWaitIsWhatAClientWasToldLast(t *testing.T) {
	t.Parallel()
	w := Waits[string]{Max: 10}
	if w.Add("a", 200, http.Header{}, testNow) || w.Add("a", 429, waitFor("soon"), testNow) ||
		w.Add("a", 429, waitFor("-1"), testNow) {
		t.Error("a response without a duration tells to wait")
	}
	if !w.Add("a", 429, waitFor("30"), testNow) || !w.Add("a", 503, waitFor("5"), testNow.Add(time.Second)) ||
		w.Len() != 1 {
		t.Fatalf("%d clients wait", w.Len())
	}
	if _, told := w.Take("b", testNow.Add(time.Hour)); told {
		t.Error("another client was told")
	}
	if _, told := w.Take("a", testNow); told || w.Len() != 1 {
		t.Error("a request on its way before the response was told")
	}
	wait, told := w.Take("a", testNow.Add(2*time.Second))
	if want := (Wait{503, "5", testNow.Add(time.Second), 5 * time.Second}); !told || wait != want {
		t.Errorf("got %+v, want %+v", wait, want)
	}
	if _, told := w.Take("a", testNow.Add(3*time.Second)); told || w.Len() != 0 {
		t.Error("a client is asked more than once")
	}
}

func TestWaitIsOverAtItsEnd(t *testing.T) {
	t.Parallel()
	w := Wait{Since: testNow, Duration: time.Second}
	if w.IsOver(testNow.Add(time.Second-1)) || !w.IsOver(testNow.Add(time.Second)) {
		t.Error("it is over too early or too late")
	}
}

func TestWaitsAreBounded(t *testing.T) {
	t.Parallel()
	w := Waits[int]{Max: 2}
	for client := range 3 {
		if told := w.Add(client, 429, waitFor("30"), testNow); told != (client < 2) {
			t.Errorf("client %d: %v", client, told)
		}
	}
	if !w.Add(0, 429, waitFor("1"), testNow) || w.Len() != 2 {
		t.Error("a client that is remembered is not told anew")
	}
	w.Take(1, testNow)
	if !w.Add(2, 429, waitFor("1"), testNow) {
		t.Error("there is no room after a client has called again")
	}
}
