package journal

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
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
	j := New(size, credential.Rules{}, nil)
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
	j := New(3, credential.Rules{}, nil)
	for want := int64(1); want < 6; want++ {
		r := Record{}
		if j.Add(&r); r.ID != want {
			t.Errorf("got %d, want %d", r.ID, want)
		}
	}
}

func TestHeadersOutliveTheirExchange(t *testing.T) {
	t.Parallel()
	j := New(3, credential.Rules{}, nil)
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

// held returns how many bytes of text and bodies exchanges have.
func held(list []Exchange) int {
	n := 0
	for _, e := range list {
		n += cap(e.Body) + cap(e.Answer) + len(e.Method) + len(e.Path) + len(e.Query) + len(e.BatchID)
		for _, h := range []http.Header{e.Header, e.AnswerHeader} {
			for name, values := range h {
				n += len(name)
				for _, v := range values {
					n += len(v)
				}
			}
		}
		for _, v := range e.Violations {
			n += len(v.Pointer) + len(v.Message) + len(v.Hint)
		}
	}
	return n
}

// TestJournalIsBoundedByAllThatItHolds adds exchanges that are large in one way each.
// They all share what is large, so that the bounds are reached without the memory.
func TestJournalIsBoundedByAllThatItHolds(t *testing.T) {
	t.Parallel()
	text, body := strings.Repeat("x", 1<<20), make([]byte, 1, 1<<20)
	for name, large := range map[string]Exchange{
		"body":             {Body: body},
		"response body":    {Answer: body},
		"header":           {Header: http.Header{"X": {text}}},
		"header names":     {Header: http.Header{text: {""}}},
		"response header":  {AnswerHeader: http.Header{"X": {text[:1<<19], text[:1<<19]}}},
		"method":           {Method: text},
		"host":             {Host: text},
		"path":             {Path: text},
		"query":            {Query: "x=" + text},
		"id in a batch":    {BatchID: text},
		"pointer":          {Violations: []openapi.Violation{{Pointer: text}}},
		"messages":         {Violations: slices.Repeat([]openapi.Violation{{Message: text[:1<<15]}}, 32)},
		"hint":             {Violations: []openapi.Violation{{Hint: text}}},
		"a violation, too": {Violations: broken, Answer: body},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const added, most = 600, 256 << 20
			j := New(10_000, credential.Rules{}, nil)
			for range added {
				j.Add(&Record{Exchange: large})
			}
			kept, violating := j.All(), j.Violating()
			if n := held(kept) + held(violating); n > most {
				t.Errorf("%d MiB are held, want %d at most", n>>20, most>>20)
			}
			if n := len(kept); n == 0 || n == added || kept[n-1].ID != added || int64(n) != added-j.Dropped() {
				t.Errorf("%d are kept, %d dropped", n, j.Dropped())
			}
			if n := len(violating); n != 0 && n != added {
				t.Errorf("%d are kept for their violations", n)
			}
			for range 20_000 {
				j.Add(&Record{})
			}
			if n := len(j.All()); n != 10_000 {
				t.Errorf("%d small ones are kept after them", n)
			}
		})
	}
}

func TestAnExchangeThatIsTooLargeIsShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long/", 1000)
	violation := openapi.Violation{Rule: "type", Pointer: long, Message: long, Hint: long}
	sent := Exchange{
		Method: "PUT", Host: long, Path: long, Status: 400, Answer: make([]byte, maxExchange), Header: http.Header{"X": {"y"}},
		Violations: slices.Repeat([]openapi.Violation{violation}, 50),
	}
	j := New(10, credential.Rules{}, nil)
	j.Add(&Record{Exchange: sent})
	for _, list := range [][]Exchange{j.All(), j.Violating()} {
		e := list[0]
		if e.Answer != nil || len(e.Header) > 0 || len(e.Path) > 600 || len(e.Host) > 600 || e.Method != "PUT" || e.Status != 400 {
			t.Errorf("%s %.20s with %d bytes of path, headers %v, %d bytes", e.Method, e.Path, len(e.Path), e.Header,
				len(e.Answer))
		}
		if !strings.Contains(e.Omitted, "headers, bodies") || !strings.Contains(e.Omitted, " bytes in all") {
			t.Errorf("left out is %q", e.Omitted)
		}
		if n := len(e.Violations); n != 10 || e.Violations[9].Rule != "type" || held(list) > 20_000 {
			t.Errorf("%d violations, %d bytes are held", n, held(list))
		}
	}
	if sent.Violations[0].Pointer != long {
		t.Error("the exchange that was added has changed")
	}
}

func TestTextThatFitsIsNotCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1000)
	if got := Cut(long[:maxText]); got != long[:maxText] {
		t.Errorf("got %q", got)
	}
	if got := Cut(long[:maxText+2]); len(got) > maxText+3 || !strings.HasSuffix(got, "é...") {
		t.Errorf("got %q", got)
	}
}

func TestAnExchangeHasAHundredViolationsAtMost(t *testing.T) {
	t.Parallel()
	j := New(10, credential.Rules{}, nil)
	j.Add(&Record{Exchange: Exchange{Violations: slices.Repeat(broken, 130)}})
	j.Add(&Record{Exchange: Exchange{Violations: slices.Repeat(broken, 100)}})
	all := j.All()
	if e := all[0]; len(e.Violations) != 100 || e.Omitted != "30 more violations" {
		t.Errorf("%d are kept, left out is %q", len(e.Violations), e.Omitted)
	}
	if e := all[1]; len(e.Violations) != 100 || e.Omitted != "" {
		t.Errorf("%d are kept, left out is %q", len(e.Violations), e.Omitted)
	}
}

// TestARequestOfABatchDoesNotHoldTheBatch has a request whose texts are parts of a
// larger one, as those of a batch are.
func TestARequestOfABatchDoesNotHoldTheBatch(t *testing.T) {
	t.Parallel()
	batch := strings.Repeat("GETidvalue", 1000)
	within := func(text string) bool {
		at, start := uintptr(unsafe.Pointer(unsafe.StringData(text))), uintptr(unsafe.Pointer(unsafe.StringData(batch)))
		return at >= start && at < start+uintptr(len(batch))
	}
	j := New(10, credential.Rules{}, nil)
	j.Add(&Record{Exchange: Exchange{
		Method: batch[:3], BatchID: batch[3:5], Header: http.Header{"X": {batch[5:10]}}, Violations: broken,
	}})
	e := j.All()[0]
	if e.Method != "GET" || e.BatchID != "id" || e.Header.Get("X") != "value" {
		t.Errorf("got %s %s %v", e.Method, e.BatchID, e.Header)
	}
	if within(e.Method) || within(e.BatchID) || within(e.Header.Get("X")) {
		t.Error("a text shares the memory of the batch")
	}
}

func TestAnExchangeBeyondTheBytesIsKeptAlone(t *testing.T) {
	t.Parallel()
	j := filled(100, 5)
	j.bytes = 2 * maxBytes // as if the others were that large
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
	j := New(5, credential.Rules{}, func(e Exchange) {
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
