package store

// A Cursor is a place in a walk: after the entry with that time and id. The zero
// value is the beginning. It is plain data, for a token to carry.
type Cursor struct {
	At  int64
	ID  string // an item's is its GUID
	App string // whose activity it is; empty for items
}

// A Walk goes through activities in the order that they had when it was made.
// Whatever is written meanwhile, it comes to none twice and leaves out none but
// those that are gone; what it shows of them is the present. It is small, may be
// kept for as long as its order is wanted, and is safe for concurrent use.
type Walk struct {
	space  *space
	app    string
	order  order[*record]
	bounds bounds
	recent bool
}

// Activities goes through a user's activities: the last modified first, then by
// id.
func (s *Store) Activities(o Owner, now int64) Walk {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	return Walk{sp, o.App, sp.modified.copy(), always(), false}
}

// Recent goes through a user's activities that have history items: that with the
// last modified item first, then by id. The times of this walk are those of the
// items.
func (s *Store) Recent(o Owner, now int64) Walk {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	return Walk{sp, o.App, sp.recent.copy(), always(), true}
}

// Within is the walk through what had a time from oldest to newest, both
// included, when the walk was made. What lies before costs nothing.
func (w Walk) Within(oldest, newest int64) Walk {
	w.bounds = bounds{oldest, newest}
	return w
}

// Page looks at n activities of the user, one at least, whatever app they are of,
// and gives those of the walk's app: as on Graph, there may be none although
// there is more. If there is, the next page comes after the cursor next.
func (w Walk) Page(after Cursor, n int, now int64) (page []Activity, next Cursor, more bool) {
	w.space.mu.Lock()
	defer w.space.mu.Unlock()
	w.space.expire(now)
	from := w.bounds.from(after)
	place := entry[*record]{from.At, &record{Activity: Activity{ID: from.ID}, app: from.App}}
	last, more := w.order.turn(w.bounds, place, from.ID != "", max(n, 1), func(r *record) {
		if !r.gone && r.app == w.app && (!w.recent || len(r.items) > 0) {
			page = append(page, r.Activity)
		}
	})
	if more {
		next = Cursor{last.at, last.record.ID, last.record.app}
	}
	return page, next, more
}

// An ItemWalk goes through the history items of an activity as a Walk does
// through activities.
type ItemWalk struct {
	space  *space
	of     *record
	order  order[*item]
	bounds bounds
}

// Items goes through an activity's history items, if there is such an activity:
// the last modified first, then by id.
func (s *Store) Items(o Owner, activityID string, now int64) (w ItemWalk, found bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, activityID)
	if r == nil {
		return ItemWalk{}, false
	}
	return ItemWalk{sp, r, r.order.copy(), always()}, true
}

// Within is as Walk's.
func (w ItemWalk) Within(oldest, newest int64) ItemWalk {
	w.bounds = bounds{oldest, newest}
	return w
}

// Page gives the next n items, one at least, or fewer if some are gone. If there
// is more, the next page comes after the cursor next.
func (w ItemWalk) Page(after Cursor, n int, now int64) (page []Item, next Cursor, more bool) {
	w.space.mu.Lock()
	defer w.space.mu.Unlock()
	w.space.expire(now)
	from := w.bounds.from(after)
	id, _ := ParseGUID(from.ID)
	place := entry[*item]{from.At, &item{id: id, of: w.of}}
	last, more := w.order.turn(w.bounds, place, from.ID != "", max(n, 1), func(i *item) {
		if !i.gone {
			page = append(page, i.Item)
		}
	})
	if more {
		next = Cursor{At: last.at, ID: last.record.id.String()}
	}
	return page, next, more
}
