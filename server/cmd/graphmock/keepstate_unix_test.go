//go:build unix

package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var kills = flag.Int("kills", 5, "how often a sandbox that keeps its state is killed")

// TestAKilledSandboxLosesASecondAtMost kills one at any moment, again and again. The file is
// whole each time, and has what was written a second before.
func TestAKilledSandboxLosesASecondAtMost(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "state.json")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	safe := 0 // lists that the file has to have
	for round := range *kills {
		ready := filepath.Join(folder, fmt.Sprint("ready", round))
		c := exec.CommandContext(t.Context(), program)
		c.Args = []string{"graphmock", "serve", "--addr", "127.0.0.1:0", "--ready-file", ready, "--state", file}
		var said strings.Builder
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		origin := awaitOrigin(t, ready, &said)
		if got := lists(t, origin); got < safe {
			t.Fatalf("round %d: %d lists are there, want %d", round, got, safe)
		}
		ends := time.Now().Add(time.Duration(rand.IntN(1500)) * time.Millisecond)
		var written []time.Time
		before := lists(t, origin)
		for time.Now().Before(ends) || len(written) == 0 {
			req, _ := http.NewRequest("POST", origin+"/v1.0/me/todo/lists", strings.NewReader(`{"displayName": "One"}`))
			req.Header = http.Header{"Authorization": {"Bearer x"}, "Content-Type": {"application/json"}}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			written = append(written, time.Now())
		}
		killed := time.Now()
		c.Process.Kill()
		c.Wait()
		safe = before
		for _, at := range written {
			if killed.Sub(at) > 2*time.Second { // one for the file, one for a slow machine
				safe++
			}
		}
	}
}

// lists counts the lists of the default user.
func lists(t *testing.T, origin string) int {
	t.Helper()
	req, _ := http.NewRequest("GET", origin+"/v1.0/me/todo/lists/$count", nil)
	req.Header = http.Header{"Authorization": {"Bearer x"}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var n int
	if _, bad := fmt.Sscan(string(text), &n); err != nil || bad != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// awaitOrigin waits until a sandbox says where it is.
func awaitOrigin(t *testing.T, ready string, said *strings.Builder) string {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 4000 {
		if text, err := os.ReadFile(ready); err == nil {
			return strings.TrimSpace(string(text))
		}
		<-tick.C
	}
	t.Fatalf("serve does not start: %s", said.String())
	return ""
}
