package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// TestWalkComesToAllOnceWhileWritersWrite walks 10,000 activities, by both orders
// and by their items, while eight writers change, add and remove some.
func TestWalkComesToAllOnceWhileWritersWrite(t *testing.T) {
	t.Parallel()
	const n, apps = 10_000, 2
	var s Store
	var clock atomic.Int64
	owner := func(i int) Owner { return Owner{"user", strconv.Itoa(i % apps)} }
	write := func(i int, modified int64) {
		s.PutActivity(owner(i), strconv.Itoa(i), modified, map[GUID]func(*Item) Item{{1}: func(*Item) Item {
			return Item{Modified: modified, Expires: 1 << 60}
		}}, func(*Activity, func(string) bool) Activity {
			return Activity{ID: strconv.Itoa(i), Modified: modified, Expires: 1 << 60}
		})
	}
	for i := range n {
		write(i, clock.Add(int64(i%2)))
	}
	stop := make(chan struct{})
	var writers, walkers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 0))
			for {
				select {
				case <-stop:
					return
				default:
				}
				i := random.IntN(n)
				now := clock.Add(1)
				switch i % 10 {
				case 0: // comes and goes
					s.DeleteActivity(owner(i), strconv.Itoa(i), now)
				case 1:
					write(i+n, now)
				default:
					write(i, now)
				}
				write(i-i%10+2, now)
			}
		})
	}
	for k := range 4 {
		walkers.Go(func() {
			o := owner(k)
			walk := s.Activities(o, clock.Load())
			if k >= 2 {
				walk = s.Recent(o, clock.Load())
			}
			met := map[string]int{}
			after, more := Cursor{}, true
			for more {
				var page []Activity
				page, after, more = walk.Page(after, 50, clock.Load())
				if len(page) > 50 {
					t.Errorf("a page of %d", len(page))
				}
				for _, a := range page {
					met[a.ID]++
				}
			}
			for id, times := range met {
				if times > 1 {
					t.Errorf("%s came %d times", id, times)
				}
			}
			for i := range n {
				if id := strconv.Itoa(i); i%10 != 0 && owner(i) == o && met[id] == 0 {
					t.Errorf("%s was left out", id)
				}
			}
		})
	}
	walkers.Wait()
	close(stop)
	writers.Wait()
}

// all gives the ids of a whole walk, a few at a time, and how many pages it took.
func all(t *testing.T, w Walk, n int) (ids []string, pages int) {
	t.Helper()
	after, more := Cursor{}, true
	for more {
		var page []Activity
		page, after, more = w.Page(after, n, now)
		for _, a := range page {
			ids = append(ids, a.ID)
		}
		pages++
	}
	return ids, pages
}

func TestPagesCountWhatOtherAppsMade(t *testing.T) {
	t.Parallel()
	var s Store
	for i := range 6 {
		app := "other"
		if i == 0 {
			app = "app"
		}
		s.PutActivity(Owner{"user", app}, "same", now, nil, func(*Activity, func(string) bool) Activity {
			return Activity{ID: fmt.Sprint(i), Modified: int64(i), Expires: later}
		})
		put(&s, Owner{"user", fmt.Sprint(i)}, "same")
	}
	w := s.Activities(Owner{"user", "app"}, now)
	if page, _, more := w.Page(Cursor{}, 1, now); len(page) != 0 || !more {
		t.Errorf("first page %v, more %v; want an empty one and more", page, more)
	}
	ids, pages := all(t, w, 2)
	if !slices.Equal(ids, []string{"0"}) || pages != 4 {
		t.Errorf("%v on %d pages", ids, pages)
	}
}

func TestWalkWithinTimes(t *testing.T) {
	t.Parallel()
	var s Store
	o := Owner{"user", "app"}
	for i := range 10 {
		s.PutActivity(o, fmt.Sprint(i), now, nil, func(*Activity, func(string) bool) Activity {
			return Activity{ID: fmt.Sprint(i), Modified: int64(i / 2), Expires: later}
		})
	}
	w := s.Activities(o, now)
	for _, row := range []struct {
		oldest, newest int64
		want           string
	}{{1, 2, "[4 5 2 3]"}, {2, 1, "[]"}, {4, 9, "[8 9]"}, {-9, 0, "[0 1]"}, {5, 9, "[]"}} {
		if ids, _ := all(t, w.Within(row.oldest, row.newest), 1); fmt.Sprint(ids) != row.want {
			t.Errorf("from %d to %d: %v, want %s", row.oldest, row.newest, ids, row.want)
		}
	}
	// a cursor from elsewhere changes nothing of the bounds
	if page, _, _ := w.Within(1, 1).Page(Cursor{At: 4, ID: "9"}, 9, now); len(page) != 2 || page[0].ID != "2" {
		t.Errorf("got %v", page)
	}
}

func TestRecentLeavesOutActivitiesWithoutItems(t *testing.T) {
	t.Parallel()
	var s Store
	o := Owner{"user", "app"}
	at := func(modified, expires int64) func(*Item) Item {
		return func(*Item) Item { return Item{Modified: modified, Expires: expires} }
	}
	for _, name := range []string{"a", "b", "c"} {
		put(&s, o, name)
	}
	s.PutItem(o, "id of a", GUID{1}, now, at(5, later))
	s.PutItem(o, "id of b", GUID{1}, now, at(6, now+1))
	s.PutItem(o, "id of b", GUID{2}, now, at(4, later))
	old := s.Recent(o, now)
	if ids, _ := all(t, old, 9); fmt.Sprint(ids) != "[id of b id of a]" {
		t.Errorf("at first %v", ids)
	}
	if page, _, _ := s.Recent(o, now+1).Page(Cursor{}, 9, now+1); len(page) != 2 || page[0].ID != "id of a" {
		t.Errorf("once an item has expired: %v", page)
	}
	s.DeleteItem(o, "id of b", GUID{2}, now)
	if ids, _ := all(t, s.Recent(o, now), 9); fmt.Sprint(ids) != "[id of a]" {
		t.Errorf("once the items are gone: %v", ids)
	}
	if ids, _ := all(t, old, 9); fmt.Sprint(ids) != "[id of a]" {
		t.Errorf("the walk from before shows %v", ids)
	}
}

func TestAllExpires(t *testing.T) {
	t.Parallel()
	var s Store
	o := Owner{"user", "app"}
	a := put(&s, o, "a")
	s.PutItem(o, a.ID, GUID{1}, now, func(*Item) Item { return Item{Expires: later + 9} })
	if _, found := s.GetActivity(o, a.ID, later-1); !found {
		t.Error("gone too early")
	}
	if _, found := s.GetActivity(o, a.ID, later); found {
		t.Error("there still")
	}
	if n := len(s.Everything(later)); n != 0 {
		t.Errorf("%d activities are left", n)
	}
	put(&s, o, "a")
	if n, _ := s.CountItems(o, a.ID, now); n != 0 {
		t.Errorf("made again, it has %d items", n)
	}
}

func TestReadersDontBringUsersAbout(t *testing.T) {
	t.Parallel()
	var s Store
	for i := range 100 {
		o := Owner{fmt.Sprint(i), "app"}
		s.Activities(o, now).Page(Cursor{}, 1, now)
		s.GetItem(o, "x", GUID{}, now)
		s.DeleteActivity(o, "x", now)
		s.PutItem(o, "x", GUID{}, now, nil)
	}
	if n := len(s.spaces); n != 0 {
		t.Errorf("there are %d users", n)
	}
}

// TestCallsDontWaitForEachOther would never end.
func TestCallsDontWaitForEachOther(t *testing.T) {
	t.Parallel()
	var s Store
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			for i := range 300 {
				o := Owner{fmt.Sprint(i % 5), fmt.Sprint(k % 2)}
				put(&s, o, "a")
				s.PutItem(o, "id of a", GUID{byte(k)}, int64(i), func(*Item) Item { return Item{Modified: int64(i), Expires: int64(i + 3)} })
				if i%10 == 0 {
					s.Everything(int64(i))
				}
			}
		})
	}
	all.Wait()
}
