package journal

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

// broken are the violations of an exchange that breaks the contract.
var broken = []openapi.Violation{{Rule: "required"}}

func ids(list []Exchange) (ids []int64) {
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

// from returns the numbers from first to last.
func from(first, last int64) (list []int64) {
	for id := first; id <= last; id++ {
		list = append(list, id)
	}
	return list
}

// filled is a journal to which n exchanges were added, every tenth of them broken.
func filled(size, n int) *Journal {
	j := New(size, nil)
	for i := range n {
		r := Record{Exchange: Exchange{Status: i}}
		if i%10 == 9 {
			r.Violations = broken
		}
		j.Add(&r)
	}
	return j
}

func every(*Exchange) bool { return true }

func TestTheLastExchangesAreKept(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		size, n int
		want    []int64
	}{
		{5, 0, nil}, {5, 3, from(1, 3)}, {5, 5, from(1, 5)}, {5, 6, from(2, 6)}, {5, 23, from(19, 23)},
		{1, 2, from(2, 2)},
	} {
		j := filled(test.size, test.n)
		if got := ids(j.All()); !slices.Equal(got, test.want) {
			t.Errorf("%d of %d: got %v, want %v", test.size, test.n, got, test.want)
		}
		for _, e := range j.All() {
			if e.Status != int(e.ID)-1 {
				t.Errorf("%d of %d: exchange %d has the status of another", test.size, test.n, e.ID)
			}
		}
	}
}

func TestARecordGetsItsID(t *testing.T) {
	t.Parallel()
	j := New(3, nil)
	for want := int64(1); want < 6; want++ {
		r := Record{}
		if j.Add(&r); r.ID != want {
			t.Errorf("got %d, want %d", r.ID, want)
		}
	}
}

func TestHeadersOutliveTheirExchange(t *testing.T) {
	t.Parallel()
	j := New(3, nil)
	r := Record{Exchange: Exchange{
		Header: http.Header{"Accept": {"a", "b"}, "X-Trace": {"c"}}, AnswerHeader: http.Header{"Vary": {"d"}},
	}}
	j.Add(&r)
	r.Header.Set("Accept", "changed")
	e := j.All()[0]
	if !slices.Equal(e.Header["Accept"], []string{"a", "b"}) || e.Header.Get("X-Trace") != "c" || len(e.Header) != 2 {
		t.Errorf("the request has %v", e.Header)
	}
	if e.AnswerHeader.Get("Vary") != "d" || len(e.AnswerHeader) != 1 {
		t.Errorf("the response has %v", e.AnswerHeader)
	}
	e.Header.Set("X-Trace", "changed")
	if j.All()[0].Header.Get("X-Trace") != "c" {
		t.Error("who reads the journal changes it")
	}
}

// TestJournalIsBoundedInBytes adds exchanges that all share one body, so that the
// bounds are reached without the memory.
func TestJournalIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	j := New(100, nil)
	body := make([]byte, 4<<20)
	const kept, flags = maxBytes / (4 << 20), maxFlaggedBytes / (4 << 20)
	for range 150 {
		j.Add(&Record{Exchange: Exchange{Body: body, Violations: broken}})
	}
	want := from(150-kept+1, 150)
	if got := ids(j.All()); !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
	if got, end, _ := j.Since(Mark{}); !slices.Equal(ids(got), want) || end.ID != 150 {
		t.Errorf("Since gives %v up to %d, want %v", ids(got), end.ID, want)
	}
	if got := ids(j.Find(140, 5, every)); !slices.Equal(got, from(141, 145)) {
		t.Errorf("Find gives %v", got)
	}
	bodies := 0
	for _, e := range j.Violating() {
		if e.Body != nil {
			bodies++
		}
	}
	if n := len(j.Violating()); n != 150 || bodies != flags {
		t.Errorf("%d violating exchanges are kept, %d with their bodies; want 150 and %d", n, bodies, flags)
	}
	for range 99 {
		j.Add(&Record{})
	}
	if n := len(j.All()); n != 100 || j.bytes != len(body) {
		t.Errorf("after small exchanges %d are kept, of %d bytes", n, j.bytes)
	}
}

func TestAnExchangeBeyondTheBytesIsKeptAlone(t *testing.T) {
	t.Parallel()
	j := filled(100, 5)
	j.bytes = maxBytes // as if the others were that large
	j.Add(&Record{Exchange: Exchange{Answer: []byte("x")}})
	if got := ids(j.All()); !slices.Equal(got, []int64{6}) {
		t.Errorf("kept %v", got)
	}
}

func TestTheFirstViolatingExchangesAreKept(t *testing.T) {
	t.Parallel()
	j := filled(10, 25)
	if got := ids(j.Violating()); !slices.Equal(got, []int64{10, 20}) {
		t.Errorf("got %v", got)
	}
	for range maxFlagged {
		j.Add(&Record{Exchange: Exchange{Violations: broken}})
	}
	if got := ids(j.Violating()); len(got) != maxFlagged || got[0] != 10 || got[maxFlagged-1] != 25+maxFlagged-2 {
		t.Errorf("%d are kept, from %d to %d", len(got), got[0], got[len(got)-1])
	}
}

func TestViolatingExchangesAreTakenOnce(t *testing.T) {
	t.Parallel()
	j := filled(10, 25)
	if got := ids(j.TakeViolating()); !slices.Equal(got, []int64{10, 20}) {
		t.Errorf("first %v", got)
	}
	j.Add(&Record{Exchange: Exchange{Violations: broken}})
	if got := ids(j.TakeViolating()); !slices.Equal(got, []int64{26}) {
		t.Errorf("then %v", got)
	}
	if got := j.TakeViolating(); len(got) != 0 {
		t.Errorf("at last %v", got)
	}
	if got := ids(j.Violating()); !slices.Equal(got, []int64{10, 20, 26}) {
		t.Errorf("of all %v", got)
	}
}

func TestFindReturnsTheFirstThatMatch(t *testing.T) {
	t.Parallel()
	j := filled(10, 35) // 26 to 35, and 10, 20 and 30, which are broken
	for _, test := range []struct {
		after int64
		limit int
		match func(*Exchange) bool
		want  []int64
	}{
		{0, 100, every, append([]int64{10, 20}, from(26, 35)...)},
		{0, 3, every, []int64{10, 20, 26}},
		{10, 2, every, []int64{20, 26}},
		{28, 100, every, from(29, 35)},
		{35, 100, every, nil},
		{99, 100, every, nil},
		{0, 100, func(e *Exchange) bool { return len(e.Violations) > 0 }, []int64{10, 20, 30}},
	} {
		if got := ids(j.Find(test.after, test.limit, test.match)); !slices.Equal(got, test.want) {
			t.Errorf("after %d, at most %d: got %v, want %v", test.after, test.limit, got, test.want)
		}
	}
}

func TestSinceFollowsTheJournal(t *testing.T) {
	t.Parallel()
	j := filled(1000, 3)
	list, end, changed := j.Since(j.End())
	if len(list) != 0 || end.ID != 3 {
		t.Errorf("at the end: %v up to %d", ids(list), end.ID)
	}
	select {
	case <-changed:
		t.Error("it has changed before there is more")
	default:
	}
	j.Add(&Record{})
	<-changed
	if list, end, _ = j.Since(end); !slices.Equal(ids(list), []int64{4}) || end != j.End() {
		t.Errorf("after one more: %v up to %d", ids(list), end.ID)
	}
	for range 150 {
		j.Add(&Record{})
	}
	if list, end, _ = j.Since(end); !slices.Equal(ids(list), from(5, 4+maxSince)) || end.ID != 4+maxSince {
		t.Errorf("after many more: %v up to %d", ids(list), end.ID)
	}
	if list, _, _ = j.Since(end); !slices.Equal(ids(list), from(5+maxSince, 154)) {
		t.Errorf("the rest: %v", ids(list))
	}
	if list, _, _ = filled(10, 35).Since(Mark{ID: 5}); !slices.Equal(ids(list), from(26, 35)) {
		t.Errorf("a slow reader gets %v", ids(list))
	}
}

func TestResetBeginsAnew(t *testing.T) {
	t.Parallel()
	j := filled(10, 35)
	old := j.End()
	j.TakeViolating()
	j.Reset()
	left := len(j.All()) + len(j.Violating()) + len(j.TakeViolating()) + len(j.Find(0, 100, every))
	if left != 0 || j.bytes != 0 || j.flags != 0 {
		t.Error("something is left")
	}
	for range 40 {
		j.Add(&Record{Exchange: Exchange{Violations: broken}})
	}
	if got := ids(j.All()); !slices.Equal(got, from(31, 40)) {
		t.Errorf("then %v", got)
	}
	if got := len(j.TakeViolating()); got != 40 {
		t.Errorf("%d are taken", got)
	}
	if list, end, _ := j.Since(old); !slices.Equal(ids(list), from(31, 40)) || end != j.End() {
		t.Errorf("a mark of before gives %v", ids(list))
	}
	if list, _, _ := j.Since(Mark{ID: 99, resets: 1}); !slices.Equal(ids(list), from(31, 40)) {
		t.Errorf("a mark beyond the end gives %v", ids(list))
	}
}

func TestExchangesAreObservedInOrder(t *testing.T) {
	t.Parallel()
	var seen []int64
	j := New(5, func(e Exchange) {
		if e.Header != nil || e.AnswerHeader != nil || e.Query != "token=REDACTED" {
			t.Errorf("observed %+v", e)
		}
		seen = append(seen, e.ID)
	})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				j.Add(&Record{Exchange: Exchange{Query: "token=1", Header: http.Header{"Accept": {"a"}}}})
			}
		})
	}
	all.Wait()
	if !slices.Equal(seen, from(1, 100)) {
		t.Errorf("observed %v", seen)
	}
}
