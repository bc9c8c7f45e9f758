package scenarios

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
)

func corpus(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	names, err := fs.Glob(Library(), "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(Library(), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(manyFiles(1)["s0000.yaml"].Data))
}

// Whatever a file holds, it loads or every problem has the file's name.
func FuzzLoad(f *testing.F) {
	corpus(f)
	c := openapi.Embedded()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("fuzz.yaml", data, c)
		if (s == nil) == (err == nil) {
			t.Fatalf("scenario %v and error %v", s, err)
		}
		if err == nil {
			return
		}
		problems, ok := err.(document.Problems)
		if !ok || len(problems) == 0 {
			t.Fatalf("the error is no problem: %v", err)
		}
		for _, p := range problems {
			if p.File != "fuzz.yaml" || p.Message == "" || p.Line < 0 || p.Column < 0 {
				t.Fatalf("problem without a place: %#v", p)
			}
		}
	})
}

// A file that loads plays without a panic, and sends no response off contract unless it
// says so or an expression's value did it.
func FuzzPlay(f *testing.F) {
	corpus(f)
	c := openapi.Embedded()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("fuzz.yaml", data, c)
		if err != nil {
			return
		}
		engine := NewEngine(Options{Seed: 1})
		engine.Add(s)
		for i := range 12 {
			x := request(t, []string{upsertLine, "GET /me/activities", "DELETE /me/activities/1"}[i%3])
			x.Header.Set("client-request-id", "1")
			x.Body = map[string]any{"userTimezone": "Africa/Casablanca", "activeDurationSeconds": json.Number("5")}
			engine.RequestStarted(x)
			d := engine.Decide(x)
			engine.ResponseSent(x, http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, x.Now)
			checkDecision(t, c, x, &d)
		}
		engine.Explain(request(t, upsertLine))
		engine.Failures()
		engine.Unused()
		engine.Status()
		engine.Reset()
	})
}

// checkDecision carries a decision out as far as it is not the service's.
func checkDecision(t *testing.T, c *openapi.Contract, x *Exchange, d *Decision) {
	t.Helper()
	if d.Problem != "" || d.FromService || d.Status == 0 && d.Error.Status == 0 {
		return
	}
	status, body := d.Status, d.Body
	if d.Error.Status != 0 {
		var err error
		status = d.Error.Status
		text, _ := encode(sampleEnvelope(d.Error))
		if body, err = d.Patch(text); err != nil {
			t.Fatal(err)
		}
	}
	h := standardHeaders(x.Match.Operation, status, len(body) > 0)
	d.SetHeaders(h)
	found := d.Violations(c, &openapi.Response{Operation: x.Match.Operation, Status: status, Header: h, Body: body})
	if len(found) > 0 && !d.reply.dynamic {
		t.Fatalf("off contract: %v", found)
	}
}
