package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts under testdata")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"graphmock": main})
}

// TestCommands plays the scripts of testdata. Besides testscript's own commands
// they have:
//
//	ready FILE                    wait until serve has written FILE, and keep it as $ORIGIN and $ADDR
//	env-from NAME FILE            set an environment variable to what a file holds
//	http METHOD PATH [BODY]       send a request there, with a token, and print the answer
//	                              (the file BODY; a token of its own is $TOKEN)
func TestCommands(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready,
			"http":  request,
			"env-from": func(ts *testscript.TestScript, neg bool, args []string) {
				ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
			},
		},
	})
}

// ready polls, for there is nothing of the other process's to wait on.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	deadline, poll := time.After(20*time.Second), time.NewTicker(2*time.Millisecond)
	defer poll.Stop()
	for {
		if data, err := os.ReadFile(ts.MkAbs(args[0])); err == nil {
			origin := strings.TrimSpace(string(data))
			ts.Setenv("ORIGIN", origin)
			ts.Setenv("ADDR", strings.TrimPrefix(origin, "http://"))
			return
		}
		select {
		case <-poll.C:
		case <-deadline:
			ts.Fatalf("%s was not written", args[0])
		}
	}
}

func request(ts *testscript.TestScript, neg bool, args []string) {
	var body io.Reader
	if len(args) > 2 {
		body = bytes.NewReader([]byte(ts.ReadFile(args[2])))
	}
	req, err := http.NewRequest(args[0], ts.Getenv("ORIGIN")+args[1], body)
	ts.Check(err)
	token := ts.Getenv("TOKEN")
	if token == "" {
		token = "opaque"
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	req.Header.Set("Content-Type", "application/json")
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s\n%s\n", res.Status, answer)
}
