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
func (s *Store) Everything() []Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, sp := range s.spaces { // writers hold one of these at a time: no deadlock
		sp.mu.RLock()
		defer sp.mu.RUnlock()
	}
	var all []Entry
	for o, sp := range s.spaces {
		for _, r := range sp.activities {
			all = append(all, Entry{o, r.Activity, r.ordered()})
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
		items[i] = r.items[id]
	}
	return items
}
