package server

import (
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

// TestJournalIsBoundedInBytes adds exchanges that all share one body, so that the
// bounds are reached without the memory.
func TestJournalIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	j := journal{size: 100}
	body := make([]byte, 4<<20)
	const kept, flags = maxJournalBytes / (4 << 20), maxFlaggedBytes / (4 << 20)
	for range 150 {
		e := logged{Exchange: Exchange{Body: body, Violations: []openapi.Violation{{}}}}
		j.add(&e)
	}
	var want []int64
	for id := int64(150 - kept + 1); id <= 150; id++ {
		want = append(want, id)
	}
	ids := func(list []Exchange) (ids []int64) {
		for _, e := range list {
			ids = append(ids, e.ID)
		}
		return ids
	}
	if got := ids(j.all()); !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
	if got, end, _ := j.since(mark{}); !slices.Equal(ids(got), want) || end.id != 150 {
		t.Errorf("since gives %v up to %d, want %v", ids(got), end.id, want)
	}
	if got := ids(j.find(140, 5, func(*Exchange) bool { return true })); !slices.Equal(got, []int64{141, 142, 143, 144, 145}) {
		t.Errorf("find gives %v", got)
	}
	bodies := 0
	for _, e := range j.violating() {
		if e.Body != nil {
			bodies++
		}
	}
	if n := len(j.violating()); n != 150 || bodies != flags {
		t.Errorf("%d violating exchanges are kept, %d with their bodies; want 150 and %d", n, bodies, flags)
	}
	small := logged{}
	for range 99 {
		j.add(&small)
	}
	if n := len(j.all()); n != 100 || j.bytes != len(body) {
		t.Errorf("after small exchanges %d are kept, of %d bytes", n, j.bytes)
	}
}
