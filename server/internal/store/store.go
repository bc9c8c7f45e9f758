// Package store holds what the users and apps of a tenant have, in memory.
//
// A permission that ends in CreatedByApp shows an app only what it made itself,
// so everything is kept by owner: a user and an app. Times are milliseconds since
// 1970 in UTC, entities their finished JSON.
package store

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// An Owner is whom activities belong to.
type Owner struct{ User, App string }

// Item is an activityHistoryItem.
type Item struct {
	Created, Modified, Expires int64
	JSON                       []byte // never changed
}

// Activity is a userActivity.
type Activity struct {
	ID, AppActivityID          string
	Created, Modified, Expires int64
	JSON                       []byte // never changed
}

// Store is safe for concurrent use. The zero value is empty and ready.
type Store struct {
	mu     sync.RWMutex
	spaces map[Owner]*space
}

// space is what one owner has.
type space struct {
	mu         sync.RWMutex
	activities map[string]*record // by id
	byApp      map[string]*record // by appActivityId
}

type record struct {
	Activity
	items map[GUID]Item
}

func (s *Store) space(o Owner) *space {
	s.mu.RLock()
	sp := s.spaces[o]
	s.mu.RUnlock()
	if sp != nil {
		return sp
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spaces == nil {
		s.spaces = map[Owner]*space{}
	}
	if s.spaces[o] == nil {
		s.spaces[o] = &space{activities: map[string]*record{}, byApp: map[string]*record{}}
	}
	return s.spaces[o]
}

// PutActivity creates or replaces the activity with that appActivityId. The
// write function gets the present one, or nil, and returns the one to keep; it
// and putting the items are one step to every other caller. It runs under a lock
// and must not call the store.
func (s *Store) PutActivity(o Owner, appActivityID string, items map[GUID]func(old *Item) Item,
	write func(old *Activity, taken func(id string) bool) Activity) (a Activity, created bool) {
	sp := s.space(o)
	sp.mu.Lock()
	defer sp.mu.Unlock()
	r := sp.byApp[appActivityID]
	if created = r == nil; created {
		r = &record{items: map[GUID]Item{}}
		r.Activity = write(nil, func(id string) bool { return sp.activities[id] != nil })
		sp.byApp[appActivityID] = r
		sp.activities[r.ID] = r
	} else {
		r.Activity = write(&r.Activity, nil)
	}
	for id, write := range items {
		r.put(id, write)
	}
	return r.Activity, created
}

func (r *record) put(id GUID, write func(old *Item) Item) (i Item, created bool) {
	old, exists := r.items[id]
	if exists {
		i = write(&old)
	} else {
		i = write(nil)
	}
	r.items[id] = i
	return i, !exists
}

// PutItem creates or replaces a history item; found is false when there is no
// such activity. The write function is called as PutActivity's.
func (s *Store) PutItem(o Owner, activityID string, id GUID, write func(old *Item) Item) (i Item, created, found bool) {
	sp := s.space(o)
	sp.mu.Lock()
	defer sp.mu.Unlock()
	r := sp.activities[activityID]
	if r == nil {
		return Item{}, false, false
	}
	i, created = r.put(id, write)
	return i, created, true
}

// DeleteActivity removes an activity and its history items.
func (s *Store) DeleteActivity(o Owner, id string) (found bool) {
	sp := s.space(o)
	sp.mu.Lock()
	defer sp.mu.Unlock()
	r := sp.activities[id]
	if r == nil {
		return false
	}
	delete(sp.activities, id)
	delete(sp.byApp, r.AppActivityID)
	return true
}

// DeleteItem removes a history item and tells whether its activity and the item
// itself were there.
func (s *Store) DeleteItem(o Owner, activityID string, id GUID) (activityFound, itemFound bool) {
	sp := s.space(o)
	sp.mu.Lock()
	defer sp.mu.Unlock()
	r := sp.activities[activityID]
	if r == nil {
		return false, false
	}
	_, itemFound = r.items[id]
	delete(r.items, id)
	return true, itemFound
}

// Activities gives the owner's activities, last modified first.
func (s *Store) Activities(o Owner) []Activity {
	sp := s.space(o)
	sp.mu.RLock()
	defer sp.mu.RUnlock()
	list := make([]Activity, 0, len(sp.activities))
	for _, r := range sp.activities {
		list = append(list, r.Activity)
	}
	slices.SortFunc(list, func(a, b Activity) int {
		return cmp.Or(cmp.Compare(b.Modified, a.Modified), strings.Compare(a.ID, b.ID))
	})
	return list
}
