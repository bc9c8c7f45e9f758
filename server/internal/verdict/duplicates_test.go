package verdict

import (
	"fmt"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// written is a record of a write that was stored.
func written(op *openapi.Operation, id int64, path string, status int, body string) *journal.Record {
	r := touch(op, status)
	r.ID, r.Path, r.Body = id, path, []byte(body)
	r.Value, _ = jsontext.Decode(r.Body)
	return r
}

func TestWhatARetryCreatedTwiceIsADuplicate(t *testing.T) {
	t.Parallel()
	put := find(t, openapi.Embedded(), "PUT /me/activities/{}/historyItems/{}")
	post := find(t, contract(t), "POST /me/things")
	const items = "/v1.0/me/activities/1/historyItems/"
	body := func(id string) string { return `{"id": "` + id + `", "startedDateTime": "2015-02-11T20:54:04Z"}` }
	first := func() *journal.Record { return written(put, 1, items+"%61", 201, body("A")) }
	another := func() *journal.Record { return written(put, 2, items+"b", 201, body("b")) }
	posted := func(id int64, body string) *journal.Record { return written(post, id, "/me/things", 201, body) }
	for name, test := range map[string]struct {
		lost, again *journal.Record
		change      func(*journal.Record) // of the second
		want        bool
	}{
		"another id":             {lost: first(), again: another(), want: true},
		"another id and a slash": {lost: first(), again: written(put, 2, items+"b/", 201, body("b")), want: true},
		"the same id":            {lost: first(), again: written(put, 2, items+"%61", 200, body("a"))},
		"another body": {lost: first(),
			again: written(put, 2, items+"b", 201, `{"startedDateTime": "2016"}`)},
		"another collection": {lost: first(), again: written(put, 2, "/v1.0/me/activities/2/historyItems/b",
			201, body("b"))},
		"another user": {lost: first(), again: another(),
			change: func(r *journal.Record) { r.User = "b" }},
		"another app": {lost: first(), again: another(),
			change: func(r *journal.Record) { r.App = "b" }},
		"an update of what was there": {lost: first(), again: written(put, 2, items+"b", 200, body("b"))},
		"not by the service": {lost: first(), again: another(),
			change: func(r *journal.Record) { r.Served = false }},
		"a POST again": {lost: posted(1, `{"a": 1, "b": 2}`), again: posted(2, `{"b":2,"a":1}`), want: true},
		"bytes again":  {lost: posted(1, `x`), again: posted(2, `x`), want: true},
		"other bytes":  {lost: posted(1, `x`), again: posted(2, `y`)},
		"a DELETE": {lost: posted(1, ``), again: posted(2, ``),
			change: func(r *journal.Record) { r.Method = "DELETE" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.lost.Lost = true
			if test.change != nil {
				test.change(test.again)
			}
			var c Collector
			c.Add(test.lost)
			c.Add(test.again)
			want := []Duplicate{}
			if test.want {
				lost, again := Write{1, requestLine(test.lost)}, Write{2, requestLine(test.again)}
				want = append(want, Duplicate{test.lost.Matched.ID, lost, again})
			}
			if got := c.Verdict(openapi.Embedded(), false).Duplicates; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestWhatIsNotLostIsNoDuplicate(t *testing.T) {
	t.Parallel()
	var c Collector
	post := find(t, contract(t), "POST /me/things")
	for id := range 3 {
		c.Add(written(post, int64(id), "/me/things", 201, "{}"))
	}
	if n := len(c.writes.lost) + len(c.writes.duplicates); n != 0 {
		t.Errorf("%d are kept", n)
	}
}

func TestARightRetryEndsTheWatch(t *testing.T) {
	t.Parallel()
	var c Collector
	put := find(t, openapi.Embedded(), "PUT /me/activities/{}/historyItems/{}")
	const items = "/v1.0/me/activities/1/historyItems/"
	lost := written(put, 1, items+"a", 201, "{}")
	lost.Lost = true
	c.Add(lost)
	c.Add(written(put, 2, items+"a", 200, "{}"))
	c.Add(written(put, 3, items+"b", 201, "{}"))
	if got := c.Verdict(openapi.Embedded(), false).Duplicates; len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestWritesAreBounded(t *testing.T) {
	t.Parallel()
	var c Collector
	post := find(t, contract(t), "POST /me/things")
	for i := range maxLost + 5 {
		r := written(post, int64(i), "/me/things", 201, fmt.Sprint(i))
		r.Lost = true
		c.Add(r)
	}
	if n := len(c.writes.lost); n != maxLost || c.writes.lost[0].ID != 5 {
		t.Errorf("%d are kept, from %d", n, c.writes.lost[0].ID)
	}
	for range maxDuplicates + 5 {
		r := written(post, 1, "/me/things", 201, "again")
		r.Lost = true
		c.Add(r)
	}
	if n := len(c.writes.duplicates); n != maxDuplicates {
		t.Errorf("%d duplicates are kept", n)
	}
}
