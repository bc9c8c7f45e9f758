package store

import (
	"strings"
	"testing"
)

func TestGUIDReadsEitherCaseAndWritesLower(t *testing.T) {
	t.Parallel()
	const text = "390e06e2-7e5b-4133-8014-fac7ac991af7"
	for _, s := range []string{text, strings.ToUpper(text)} {
		if g, ok := ParseGUID(s); !ok || g.String() != text {
			t.Errorf("ParseGUID(%q) = %v, %v", s, g, ok)
		}
	}
	for _, s := range []string{"", "2", "{" + text + "}", strings.ReplaceAll(text, "-", ""), text[:35] + "g", "390e06e27-e5b-4133-8014-fac7ac991af7"} {
		if g, ok := ParseGUID(s); ok {
			t.Errorf("ParseGUID(%q) = %v", s, g)
		}
	}
}

// Times in the tests.
const now, later = 1_000, 2_000

func put(s *Store, o Owner, app string) Activity {
	a, _ := s.PutActivity(o, app, now, nil, func(old *Activity, taken func(string) bool) Activity {
		if old != nil {
			return *old
		}
		return Activity{ID: "id of " + app, Expires: later}
	})
	return a
}

func TestOwnersAreApart(t *testing.T) {
	t.Parallel()
	var s Store
	mine, other := Owner{"user", "app"}, Owner{"user", "other"}
	put(&s, mine, "a")
	if n := s.CountActivities(other, now); n != 0 {
		t.Errorf("another app sees %d activities", n)
	}
	if s.DeleteActivity(other, "id of a", now) {
		t.Error("another app deleted it")
	}
	if _, _, found := s.PutItem(other, "id of a", GUID{}, now, nil); found {
		t.Error("another app put an item")
	}
	if !s.DeleteActivity(mine, "id of a", now) || s.CountActivities(mine, now) != 0 {
		t.Error("the owner could not delete it")
	}
}

func TestDeletedActivityCanBeMadeAgainWithoutItsItems(t *testing.T) {
	t.Parallel()
	var s Store
	o := Owner{"user", "app"}
	keep := func(*Item) Item { return Item{Expires: later} }
	put(&s, o, "a")
	if _, created, found := s.PutItem(o, "id of a", GUID{1}, now, keep); !created || !found {
		t.Fatal("the item was not created")
	}
	s.DeleteActivity(o, "id of a", now)
	put(&s, o, "a")
	if activity, item := s.DeleteItem(o, "id of a", GUID{1}, now); !activity || item {
		t.Errorf("activity %v, item %v; want the activity without the item", activity, item)
	}
}

func TestActivitiesComeNewestFirst(t *testing.T) {
	t.Parallel()
	var s Store
	o := Owner{"user", "app"}
	for i, id := range []string{"b", "a", "c"} {
		s.PutActivity(o, id, now, nil, func(*Activity, func(string) bool) Activity {
			return Activity{ID: id, Modified: int64(i / 2), Expires: later}
		})
	}
	var ids []string
	page, _, more := s.Activities(o, now).Page(Cursor{}, 3, now)
	for _, a := range page {
		ids = append(ids, a.ID)
	}
	if got := strings.Join(ids, " "); got != "c a b" || more {
		t.Errorf("order %s, want c a b", got)
	}
}

// CountActivities tells how many activities the app has.
func (s *Store) CountActivities(o Owner, now int64) int {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	if a := sp.apps[o.App]; a != nil {
		return len(a.byID)
	}
	return 0
}

// CountItems tells how many history items an activity has.
func (s *Store) CountItems(o Owner, activityID string, now int64) (n int, found bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, activityID)
	if r == nil {
		return 0, false
	}
	return len(r.items), true
}
