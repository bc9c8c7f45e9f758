package main

import (
	"context"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// documentationErrors say how many exchanges that Microsoft's documentation shows break the
// contract at most, by the reasons of check. Each is the documentation's own error: commas too
// many, comments, members twice and line breaks in texts; paths and
// properties of beta or former versions, or misspelt; placeholders; lists for single entities;
// queries without the header that the page asks for. It is a fault of the contract if there
// are more, or others.
var documentationErrors = map[string]int{
	"a body that is not JSON":                                                   61,
	"a path that the contract does not have":                                    26,
	"a method that the path does not take":                                      2,
	"a property that its type does not have":                                    85,
	"a time without a zone":                                                     7,
	"a time where a date is":                                                    4,
	"a text that is no time, id, number or base64, such as a placeholder":       46,
	"a boolean or a number as a text":                                           4,
	"a list where a single value is":                                            10,
	"a value of another type":                                                   6,
	"a member that an enumeration does not have, or a type that can't be there": 4,
	"a query option":                                                            9,
	"a status, or a body that does not come with it":                            3,
}

// Of the documented exchanges of v1.0, in percent: how many find their operation; how many
// are without a violation; how many of those whose bodies can be read; and how many of them
// have a response without one, whatever is wrong with the request.
const (
	wantMatched   = 98.6
	wantClean     = 84.5
	wantReadable  = 87.8
	wantResponses = 89.8
)

// TestDocumentedTrafficKeepsTheContract holds what Microsoft's documentation shows against
// the contract, if the folder that GRAPHMOCK_SHARED names, or the one named shared next to
// the checkout, has it.
func TestDocumentedTrafficKeepsTheContract(t *testing.T) {
	t.Parallel()
	recording := documented(t)
	if recording == "" {
		return
	}
	contract := openapi.Embedded()
	c := &checker{contract: contract, recording: server.NewRecording(contract), out: io.Discard}
	if err := c.checkFile(context.Background(), recording); err != nil {
		t.Fatal(err)
	}
	total, matched, clean, readable, answered := 0, 0, 0, 0, 0
	for _, x := range c.kept {
		if !strings.HasPrefix(x.Path, "/v1.0/") {
			continue
		}
		total++
		if x.Operation != "" {
			matched++
		}
		if len(x.Violations) == 0 {
			clean++
		} else if reasonOf(x.Violations) < unreadable {
			continue
		}
		readable++
		if !slices.ContainsFunc(x.Violations, func(v openapi.Violation) bool {
			return v.Side == openapi.ResponseSide || v.In == openapi.InPath
		}) {
			answered++
		}
	}
	for i, n := range c.ledger.by {
		if n.Exchanges > 0 {
			t.Logf("%4d  %s", n.Exchanges, n.Text)
		}
		if most := documentationErrors[reasons[i].text]; n.Exchanges > most {
			t.Errorf("%s: %d exchanges, want %d at most: entries %s", n.Text, n.Exchanges, most, n.Entries())
		}
	}
	for _, figure := range []struct {
		what     string
		of, all  int
		expected float64
	}{
		{"find their operation", matched, total, wantMatched},
		{"are without a violation", clean, total, wantClean},
		{"are without a violation, of those whose bodies can be read", clean, readable, wantReadable},
		{"are found and have such a response, of the same", answered, readable, wantResponses},
	} {
		percent := 100 * float64(figure.of) / float64(figure.all)
		t.Logf("%d of %d exchanges on v1.0, %.2f %%, %s", figure.of, figure.all, percent, figure.what)
		if percent < figure.expected {
			t.Errorf("%.2f %% %s, want %.1f %%", percent, figure.what, figure.expected)
		}
	}
}

// parityErrors are the ways in which the answers of an imported tenant have another status
// than documented, each with how many exchanges have it at most. What the documentation
// itself gets wrong comes first.
var parityErrors = []parityError{
	{"the documented request breaks the contract: see the other table", 64, `^explained: the recorded request`},
	{"the documented answer breaks the contract", 4, `^explained: the recorded answer`},
	{"ids of the page lack a hyphen", 1, `Invalid GUID`},
	{"it is removed twice, and created once", 2, `^explained: the recording removed`},
	{"a header that the page asks for is not in its sample: ConsistencyLevel, Prefer, Content-Type", 9,
		`^explained: the recording lacks a header`},
	{"one placeholder stands for several objects, or for none", 10, `Application_\{|\{path|\{hostname|\{item-id\}|Id is malformed|name is not valid|send mail on behalf|organizer|'timeZone-value'|'\{id\}' (has|can't have) a team|item name already exists|connection already exists`},
	{"its time is past", 1, `has to be in the future`},
	{"pages disagree: another success than text or related pages have", 21, `^20\d, recorded was (20\d|302)`},
	{"$select has a property of beta", 2, `unknown-(query|selected)-property; \$select`},
	{"query options that graphmock does not take here", 3, `query-option-invalid|filter-invalid|expand|unknown-(query|selected)-property`},
	{"nothing tells where an entity is: below complex values, sites by path, single values of analytics", 6, `^404, recorded was 20`},
	{"what a write presupposes is not told: licenses, recipients, properties of a body that is lost", 9, `^400, recorded was 20`},
	{"a function or an action of which the documentation has no answer that keeps the contract", 2, `^501`},
}

type parityError struct {
	reason string
	most   int
	found  string // what of a difference
}

// Of the documented exchanges, in percent: how many have the documented status, and how many
// the documented shape as well, once they are imported.
const (
	wantStatus = 92.7
	wantShape  = 85.1
)

// TestDocumentedTrafficIsReplayed imports what Microsoft's documentation shows, and sends it
// to the tenant that this makes.
func TestDocumentedTrafficIsReplayed(t *testing.T) {
	t.Parallel()
	recording := documented(t)
	if recording == "" {
		return
	}
	origin := serveImported(t, recording)
	stdout, _ := graphmock(t, exitBroken, "replay", recording, "--target", origin+"/v1.0", "--output", "json")
	var result struct {
		All         struct{ Requests, SameStatus, SameShape int }
		Explained   map[string]int
		Differences []struct {
			Rule, Message, Where string
			Count                int
		}
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatal(err)
	}
	counts := make([]int, len(parityErrors))
	count := func(text string, n int) {
		for i, e := range parityErrors {
			if regexp.MustCompile(e.found).MatchString(text) {
				counts[i] += n
				return
			}
		}
		t.Errorf("%d exchanges: %s", n, text)
	}
	for why, n := range result.Explained {
		if why, isStatus := strings.CutPrefix(why, "status: "); isStatus {
			count("explained: "+why, n)
		}
	}
	for _, d := range result.Differences {
		if d.Rule == "replay-status" {
			count(d.Message+" "+d.Where, d.Count)
		}
	}
	for i, e := range parityErrors {
		t.Logf("%4d  %s", counts[i], e.reason)
		if counts[i] > e.most {
			t.Errorf("%s: %d exchanges, want %d at most", e.reason, counts[i], e.most)
		}
	}
	for _, figure := range []struct {
		what     string
		of       int
		expected float64
	}{{"status", result.All.SameStatus, wantStatus}, {"status and shape", result.All.SameShape, wantShape}} {
		percent := 100 * float64(figure.of) / float64(result.All.Requests)
		t.Logf("%d of %d exchanges, %.2f %%, have the documented %s", figure.of, result.All.Requests, percent, figure.what)
		if percent < figure.expected {
			t.Errorf("%.2f %% have the documented %s, want %.1f %%", percent, figure.what, figure.expected)
		}
	}
}
