package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/server"
)

// slowWriter takes some time for each write, by the bubble's clock.
type slowWriter struct {
	text    strings.Builder
	writes  int
	largest int
}

func (w *slowWriter) Write(p []byte) (int, error) {
	time.Sleep(lastLines / 4)
	w.writes, w.largest = w.writes+1, max(w.largest, len(p))
	return w.text.Write(p)
}

// logged is the log that write makes on w.
func logged(t *testing.T, format string, w io.Writer, write func(observe func(server.Exchange))) {
	t.Helper()
	lines := newLineWriter(w)
	observe, err := requestLog(format, lines)
	if err != nil {
		t.Fatal(err)
	}
	write(observe)
	lines.end()
}

// numbered is an exchange whose line has a number.
func numbered(i int) server.Exchange {
	return server.Exchange{ID: int64(i), Method: "GET", Path: fmt.Sprintf("/v1.0/me/activities/%d", i), Status: 200}
}

// TestLogHasEveryLineInOrder logs to a slow writer: lines are written many at a time,
// and none is lost while there is room for them.
func TestLogHasEveryLineInOrder(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		synctest.Test(t, func(t *testing.T) {
			var w slowWriter
			const lines = 20_000
			logged(t, format, &w, func(observe func(server.Exchange)) {
				for i := range lines {
					observe(numbered(i))
				}
			})
			at := 0
			for line := range strings.Lines(w.text.String()) {
				if !strings.Contains(line, fmt.Sprintf("/activities/%d", at)) {
					t.Fatalf("%s: line %d is %s", format, at, line)
				}
				at++
			}
			if at != lines || w.writes > lines/1000 {
				t.Errorf("%s: %d lines in %d writes", format, at, w.writes)
			}
		})
	}
}

// TestLogSaysWhereLinesAreMissing logs more than there is room for to a writer that
// takes nothing, and goes on when it takes again.
func TestLogSaysWhereLinesAreMissing(t *testing.T) {
	t.Parallel()
	missing := map[string]*regexp.Regexp{
		"text": regexp.MustCompile(`^graphmock: (\d+) lines of the log are left out`),
		"json": regexp.MustCompile(`^\{.*"level":"WARN".*"dropped":(\d+)\}`),
	}
	for _, format := range []string{"text", "json"} {
		synctest.Test(t, func(t *testing.T) {
			var w slowWriter
			const lines = 200_000
			logged(t, format, &w, func(observe func(server.Exchange)) {
				for i := range lines {
					observe(numbered(i))
				}
				time.Sleep(lastLines) // the bubble's clock: now there is room again
				observe(numbered(lines))
			})
			at := 0
			for line := range strings.Lines(w.text.String()) {
				if m := missing[format].FindStringSubmatch(line); m != nil {
					dropped, _ := strconv.Atoi(m[1])
					at += dropped
					continue
				}
				if !strings.Contains(line, fmt.Sprintf("/activities/%d", at)) {
					t.Fatalf("%s: where line %d belongs is %s", format, at, line)
				}
				at++
			}
			if at != lines+1 || w.largest > maxWaiting+1000 {
				t.Errorf("%s: lines up to %d are accounted for; the largest write has %d bytes", format, at, w.largest)
			}
		})
	}
}

// fullPipe is a pipe that nobody reads and that takes no more.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	for size := 64 << 10; size > 0; size /= 2 { // to the last byte
		for err == nil {
			w.SetWriteDeadline(time.Now().Add(time.Millisecond))
			_, err = w.Write(make([]byte, size))
		}
		err = nil
	}
	w.SetWriteDeadline(time.Time{})
	return r, w
}

// TestAPipeThatNobodyReadsHoldsNothingUp runs serve with a standard error that takes
// nothing: requests are answered, and an interrupt ends it.
func TestAPipeThatNobodyReadsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	_, stderr := fullPipe(t)
	ctx, interrupt := context.WithCancel(t.Context())
	started, stdout := io.Pipe()
	f := serveFlags{addr: "127.0.0.1:0", log: "text", configFlags: configFlags{auth: "bearer", throttle: "off", pageSize: 100, maxTenants: 1}}
	ended := make(chan error, 1)
	go func() {
		err := serve(ctx, f, stdout, stderr)
		stdout.CloseWithError(err)
		ended <- err
	}()
	line, err := bufio.NewReader(started).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	root := regexp.MustCompile(`http://\S+`).FindString(line)
	long := strings.Repeat("long", 10_000)
	for range 3 * maxWaiting / len(long) {
		res, err := http.Get(root + "/me/" + long)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != 400 {
			t.Fatalf("got %s", res.Status)
		}
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestALineIsWrittenSoon logs one line to a writer with nothing else to do.
func TestALineIsWrittenSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		lines := newLineWriter(&w)
		defer lines.end()
		observe, err := requestLog("text", lines)
		if err != nil {
			t.Fatal(err)
		}
		observe(server.Exchange{Method: "GET", Path: "/v1.0/me/activities", Status: 200, Took: 1234 * time.Microsecond})
		time.Sleep(2 * gathering) // the bubble's clock
		synctest.Wait()
		if got, want := w.String(), "00:00:00.000 GET /v1.0/me/activities 200 - 1.23ms\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
