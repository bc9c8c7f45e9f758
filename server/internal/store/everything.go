package store

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
)

// An Entry is an activity with its history items, and whose it is.
type Entry struct {
	Owner
	Activity
	Items []Item
}

// Everything gives all that the store has at one moment: by owner, then in the
// order of creation.
func (s *Store) Everything(now int64) []Entry {
	s.mu.Lock() // not RLock: two who hold some spaces each would wait for each other
	defer s.mu.Unlock()
	for _, sp := range s.spaces { // all others hold one at a time
		sp.mu.Lock()
		defer sp.mu.Unlock()
	}
	var all []Entry
	for user, sp := range s.spaces {
		sp.expire(now)
		for name, app := range sp.apps {
			for _, r := range app.byID {
				all = append(all, Entry{Owner{user, name}, r.Activity, r.ordered()})
			}
		}
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.User, b.User), strings.Compare(a.App, b.App),
			cmp.Compare(a.Created, b.Created), strings.Compare(a.ID, b.ID))
	})
	return all
}

// ordered gives the history items in the order of creation.
func (r *record) ordered() []Item {
	ids := slices.SortedFunc(maps.Keys(r.items), func(a, b GUID) int {
		return cmp.Or(cmp.Compare(r.items[a].Created, r.items[b].Created), bytes.Compare(a[:], b[:]))
	})
	items := make([]Item, len(ids))
	for i, id := range ids {
		items[i] = r.items[id].Item
	}
	return items
}
