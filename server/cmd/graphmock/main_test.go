package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts under testdata")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"graphmock": main, "graphmock-request": sendRequests,
		"graphmock-get": get, "graphmock-sign-in": signIn})
}

// TestCommands plays the scripts of testdata. Besides testscript's own commands
// they have:
//
//	ready FILE                    wait until serve has written FILE, and keep it as $ORIGIN and $ADDR
//	env-from NAME FILE            set an environment variable to what a file holds
//	http METHOD PATH [BODY]       send a request there, with a token, and print the response
//	                              (the file BODY; a token of its own is $TOKEN)
//	until METHOD PATH PATTERN     do so again and again, until the response matches
func TestCommands(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready,
			"http":  request,
			"until": until,
			"env-from": func(ts *testscript.TestScript, neg bool, args []string) {
				ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
			},
		},
	})
}

func ready(ts *testscript.TestScript, neg bool, args []string) {
	poll(ts, args[0]+" was not written", func() bool {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		origin := strings.TrimSpace(string(data))
		ts.Setenv("ORIGIN", origin)
		_, addr, _ := strings.Cut(origin, "://")
		ts.Setenv("ADDR", addr)
		return err == nil
	})
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	wanted, err := regexp.Compile("(?m)" + args[2])
	ts.Check(err)
	poll(ts, "no answer was "+args[2], func() bool { return wanted.MatchString(answer(ts, args[0], args[1], nil)) })
}

// poll asks again and again, for there is nothing of the other process's to wait
// on.
func poll(ts *testscript.TestScript, otherwise string, done func() bool) {
	deadline, tick := time.After(20*time.Second), time.NewTicker(2*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s", otherwise)
		}
	}
}

func request(ts *testscript.TestScript, neg bool, args []string) {
	var body io.Reader
	if len(args) > 2 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	fmt.Fprint(ts.Stdout(), answer(ts, args[0], args[1], body))
}

func answer(ts *testscript.TestScript, method, path string, body io.Reader) string {
	req, err := http.NewRequest(method, ts.Getenv("ORIGIN")+path, body)
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
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	return fmt.Sprintf("%s\n%s\n", res.Status, text)
}

func TestProgressIsOneLineThatIsCleared(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	tell := progressLine(&b, "reading files")
	for i := range 200 {
		tell(i+1, 200)
	}
	if got := b.String(); !strings.HasPrefix(got, "\rreading files: 2 of 200\rreading files: 4 of 200") ||
		!strings.HasSuffix(got, "198 of 200\r\033[K") {
		t.Errorf("got %q", got)
	}
	b.Reset()
	tell(1, 2)
	tell(2, 2)
	if b.Len() > 0 {
		t.Errorf("two files: got %q", &b)
	}
	if progress(&b) != nil {
		t.Error("a buffer is no terminal")
	}
}
