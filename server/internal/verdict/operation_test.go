package verdict

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// hits returns how often the points of an operation and its twins were touched; those
// that are optional have a question mark.
func hits(t *testing.T, c *Collector, contract *openapi.Contract, operation string) map[string]int {
	t.Helper()
	for _, o := range c.Verdict(contract, false).Coverage.Operations {
		if o.Operation != operation {
			continue
		}
		hits := map[string]int{}
		for _, p := range o.Points {
			name := p.Kind + " " + p.Name
			if p.Optional {
				name += "?"
			}
			hits[name] = p.Hits
		}
		return hits
	}
	t.Fatalf("the coverage has no %s", operation)
	return nil
}

// expect compares hits with all of those that are wanted.
func expect(t *testing.T, got map[string]int, want ...string) {
	t.Helper()
	var list []string
	for name, n := range got {
		list = append(list, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(list)
	if !slices.Equal(list, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(list, "\n"), strings.Join(want, "\n"))
	}
}

func TestStatusesAreCovered(t *testing.T) {
	t.Parallel()
	var c Collector
	contract := contract(t)
	list := find(t, contract, "GET /me/things")
	for _, status := range []int{200, 200, 400, 503, 418} {
		c.Add(touch(list, status))
	}
	lost := touch(list, 200)
	lost.Delivered = false
	c.Add(lost)
	expect(t, hits(t, &c, contract, "list"), "nextLink followed 0", "query $format? 0", "query $top 0",
		"status 200 2", "status 400? 1", "status 404 0", "status 5XX 1")
}

func TestBodiesAreCovered(t *testing.T) {
	t.Parallel()
	var c Collector
	contract := contract(t)
	create := find(t, contract, "POST /me/things")
	for _, body := range []string{
		`{"id": "1", "color": "RED", "other": 1}`, `{"color": "red"}`, `{"color": "Red"}`,
		`{"parts": [{"name": "a"}, {"name": "b"}, 1], "paint": "x"}`, `[]`, `1`,
	} {
		r := touch(create, 201)
		r.Value, _ = jsontext.Decode([]byte(body))
		c.Add(r)
	}
	rejected := touch(create, 400)
	rejected.Value = map[string]any{"color": "blue"}
	rejected.Violations = []openapi.Violation{missing("/parts")}
	c.Add(rejected)
	expect(t, hits(t, &c, contract, "create"),
		"property /color 3", "property /paint? 1", "property /parts 1", "property /parts/*/name 2",
		"status 201 6", "status 204? 0", "value /color=blue 0", "value /color=red 2")
}

func TestQueriesAreCovered(t *testing.T) {
	t.Parallel()
	var c Collector
	contract := contract(t)
	for _, query := range []string{"$top=1", "%24TOP=1&$format=json", "top=1&other=2", "$skiptoken=x"} {
		r := touch(find(t, contract, "GET /me/things"), 200)
		r.Query = query
		c.Add(r)
	}
	rejected := touch(find(t, contract, "GET /me/things"), 400)
	rejected.Query, rejected.Violations = "$top=x", []openapi.Violation{{Side: openapi.RequestSide}}
	c.Add(rejected)
	expect(t, hits(t, &c, contract, "list"), "nextLink followed 0", "query $format? 1", "query $top 2",
		"status 200 4", "status 400? 1", "status 404 0", "status 5XX 0")
}

// page is a page of the list whose next link has a query.
func page(list *openapi.Operation, query string) *journal.Record {
	r := touch(list, 200)
	r.Answer = []byte(`{"@odata.nextLink": "https://graph.microsoft.com/v1.0/me/things?` + query + `", "value": []}`)
	return r
}

func TestNextLinksAreFollowed(t *testing.T) {
	t.Parallel()
	const token = "$skiptoken=a"
	long := token + strings.Repeat("a", maxMark)
	for name, test := range map[string]struct {
		given, sent string
		change      func(*journal.Record)
		want        int
	}{
		"as it was given": {given: "$top=1&$skiptoken=a%2Fb", sent: "$top=1&$skiptoken=a%2Fb", want: 1},
		"by its token":    {given: "$top=1&$skiptoken=a%2Fb", sent: "%24SkipToken=a/b", want: 1},
		"without a token": {given: "page=2&x=1", sent: "x=1&page=2", want: 1},
		"another token":   {given: "$skiptoken=a", sent: "$skiptoken=b", want: 0},
		"no query":        {given: "", sent: "$skiptoken=b", want: 0},
		"never delivered": {given: token, sent: token, change: func(r *journal.Record) { r.Delivered = false },
			want: 0},
		"of an error": {given: token, sent: token, change: func(r *journal.Record) { r.Status = 400 }, want: 0},
		"of what is no JSON": {given: token, sent: token, change: func(r *journal.Record) { r.Answer = r.Answer[1:] },
			want: 0},
		"longer than is kept": {given: long, sent: long, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c Collector
			contract := contract(t)
			list := find(t, contract, "GET /me/things")
			given, sent := page(list, test.given), touch(list, 200)
			if test.change != nil {
				test.change(given)
			}
			sent.Query = test.sent
			c.Add(given)
			c.Add(sent)
			if got := hits(t, &c, contract, "list")["nextLink followed"]; got != test.want {
				t.Errorf("%d are followed, want %d", got, test.want)
			}
		})
	}
}

func TestNextLinksOfOperationsWithoutPagesAreNotKept(t *testing.T) {
	t.Parallel()
	var c Collector
	create := find(t, contract(t), "POST /me/things")
	c.Add(page(create, "$skiptoken=a"))
	if n := len(c.operations[keyOf(create)].links); n != 0 {
		t.Errorf("%d are kept", n)
	}
}

func TestNextLinksAreBounded(t *testing.T) {
	t.Parallel()
	var c Collector
	list := find(t, contract(t), "GET /me/things")
	for i := range maxLinks {
		c.Add(page(list, fmt.Sprintf("$skiptoken=%d", i)))
	}
	if n := len(c.operations[keyOf(list)].links); n != maxLinks {
		t.Fatalf("%d are kept, want %d", n, maxLinks)
	}
	c.Add(page(list, "$skiptoken=last"))
	if links := c.operations[keyOf(list)].links; len(links) != 1 || !links["last"] {
		t.Errorf("%d are kept, the last among them: %v", len(links), links["last"])
	}
}

// throttled is a record of a request by a user that was told to wait for a minute.
func throttled(op *openapi.Operation, user string, at time.Duration) *journal.Record {
	r := touch(op, 429)
	r.User, r.At, r.AnswerHeader = user, noon.Add(at), http.Header{"Retry-After": {"60"}}
	return r
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	list := find(t, contract(t), "GET /me/things")
	later := func(user string, at time.Duration) *journal.Record {
		r := touch(list, 200)
		r.User, r.At = user, noon.Add(at)
		return r
	}
	told := func(at time.Duration) *journal.Record { return throttled(list, "a", at) }
	slow := throttled(list, "a", 0)
	slow.Took = time.Second
	unseen := throttled(list, "a", 0)
	unseen.Delivered = false
	for name, test := range map[string]struct {
		records []*journal.Record
		want    []Point
	}{
		"never given": {[]*journal.Record{later("a", 0)}, nil},
		"never seen":  {[]*journal.Record{unseen, later("a", time.Minute)}, nil},
		"given":       {[]*journal.Record{told(0)}, []Point{{Hits: 0}}},
		"honoured":    {[]*journal.Record{told(0), later("a", time.Minute)}, []Point{{Hits: 1}}},
		"too early": {[]*journal.Record{told(0), later("a", time.Minute-1), later("a", time.Hour)},
			[]Point{{Hits: 0}}},
		"since ready": {[]*journal.Record{slow, later("a", time.Minute)}, []Point{{Hits: 0}}},
		"by another":  {[]*journal.Record{told(0), later("b", time.Minute)}, []Point{{Hits: 0}}},
		"twice":       {[]*journal.Record{told(0), told(time.Minute), later("a", 2*time.Minute)}, []Point{{Hits: 2}}},
		"on its way":  {[]*journal.Record{told(0), later("a", -1), later("a", time.Minute)}, []Point{{Hits: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c Collector
			for _, r := range test.records {
				c.Add(r)
			}
			for _, stands := range []bool{false, true} {
				var got []Point
				for _, p := range c.Verdict(contract(t), stands).Coverage.Operations[0].Points {
					if p.Kind == PointRetryAfter {
						got = append(got, p)
					}
				}
				for i := range test.want {
					test.want[i] = Point{PointRetryAfter, "honoured", test.want[i].Hits, stands}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("the clock stands: %v: got %v, want %v", stands, got, test.want)
				}
			}
		})
	}
}

func TestClientsThatNeverComeBackAreBounded(t *testing.T) {
	t.Parallel()
	var c Collector
	list := find(t, contract(t), "GET /me/things")
	for i := range maxWaits + 5 {
		c.Add(throttled(list, fmt.Sprint(i), 0))
	}
	if s := c.operations[keyOf(list)]; s.waits.Len() != maxWaits || s.asked != maxWaits {
		t.Errorf("%d wait, %d were asked to", s.waits.Len(), s.asked)
	}
}
