// Package store holds what the users and apps of a tenant have, in memory.
//
// A permission that ends in CreatedByApp shows an app only what it made itself,
// but the service pages first and filters then: what a user has is in one order,
// over all apps, and each activity knows its app. An app finds its own alone.
//
// Every call takes the time, and what has expired by then is gone: it is removed
// by the first call that comes later. Times are milliseconds since 1970 in UTC,
// entities their finished JSON. The functions that write are called under a lock:
// they must not call the store, nor change or keep what they are given.
package store

import (
	"math"
	"sync"
)

// An Owner is whom activities belong to.
type Owner struct{ User, App string }

// Item is an activityHistoryItem. From Expires on it is gone.
type Item struct {
	Created, Modified, Expires int64
	JSON                       []byte // never changed
}

// Activity is a userActivity. From Expires on it is gone, with its items.
type Activity struct {
	ID, AppActivityID          string
	Created, Modified, Expires int64
	JSON                       []byte // never changed
}

// Store is safe for concurrent use. The zero value is empty and ready.
type Store struct {
	mu     sync.RWMutex
	spaces map[string]*space // by user
}

// space is what one user has.
type space struct {
	mu       sync.Mutex // held for lookups and pages, never for long: readers need no lock of their own
	apps     map[string]*app
	modified order[*record] // the activities
	recent   order[*record] // those with items, by the newest

	expiringActivities order[*record]
	expiringItems      order[*item]
	due                int64 // nothing expires before
}

// app is what one app has of a user's.
type app struct {
	byID    map[string]*record
	byAppID map[string]*record // by appActivityId
}

// record is an activity in its places.
type record struct {
	Activity
	app    string
	items  map[GUID]*item
	order  order[*item] // the items
	newest int64        // its place in recent, while it has items
	gone   bool
}

// item is a history item in its places.
type item struct {
	Item
	id   GUID
	of   *record
	gone bool
}

func newSpace() *space {
	return &space{
		apps: map[string]*app{}, modified: newOrder(recordBefore), recent: newOrder(recordBefore),
		expiringActivities: newOrder(recordBefore), expiringItems: newOrder(itemBefore), due: math.MaxInt64,
	}
}

// lock gives what a user has, locked and without what has expired. For a user
// who never had anything that is an empty space that nobody else will see.
func (s *Store) lock(user string, now int64) *space {
	s.mu.RLock()
	sp := s.spaces[user]
	s.mu.RUnlock()
	if sp == nil {
		sp = newSpace()
	}
	sp.mu.Lock()
	sp.expire(now)
	return sp
}

// lockToAdd is lock for a user who is to have something.
func (s *Store) lockToAdd(user string, now int64) *space {
	s.mu.RLock()
	known := s.spaces[user] != nil
	s.mu.RUnlock()
	if !known {
		s.meet(user)
	}
	return s.lock(user, now)
}

func (s *Store) meet(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spaces == nil {
		s.spaces = map[string]*space{}
	}
	if s.spaces[user] == nil {
		s.spaces[user] = newSpace()
	}
}

// find gives an app's activity by its id, or nil.
// sp.mu must be held.
func (sp *space) find(app, id string) *record {
	if a := sp.apps[app]; a != nil {
		return a.byID[id]
	}
	return nil
}

// app gives what an app has. sp.mu must be held.
func (sp *space) app(name string) *app {
	a := sp.apps[name]
	if a == nil {
		a = &app{byID: map[string]*record{}, byAppID: map[string]*record{}}
		sp.apps[name] = a
	}
	return a
}
