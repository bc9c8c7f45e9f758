package store

// PutItem creates or replaces a history item; found is false when there is no
// such activity. The write function gets the present one, or nil.
func (s *Store) PutItem(o Owner, activityID string, id GUID, now int64, write func(old *Item) Item) (i Item, created, found bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, activityID)
	if r == nil {
		return Item{}, false, false
	}
	i, created = sp.putItem(r, id, write)
	return i, created, true
}

// CreateItem is PutItem for an item that is not there: if it is, nothing is
// written, and it gives that item.
func (s *Store) CreateItem(o Owner, activityID string, id GUID, now int64, write func(old *Item) Item) (i Item, created, found bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, activityID)
	if r == nil {
		return Item{}, false, false
	}
	if there := r.items[id]; there != nil {
		return there.Item, false, true
	}
	i, created = sp.putItem(r, id, write)
	return i, created, true
}

// PatchItem changes an item to what the write function makes of it, in one step.
// It tells whether the activity and the item itself were there.
func (s *Store) PatchItem(o Owner, activityID string, id GUID, now int64, write func(old *Item) Item) (i Item, activityFound, itemFound bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, activityID)
	if r == nil {
		return Item{}, false, false
	}
	if r.items[id] == nil {
		return Item{}, true, false
	}
	i, _ = sp.putItem(r, id, write)
	return i, true, true
}

// GetItem gives a history item and tells as PatchItem does.
func (s *Store) GetItem(o Owner, activityID string, id GUID, now int64) (i Item, activityFound, itemFound bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, activityID)
	if r == nil {
		return Item{}, false, false
	}
	if there := r.items[id]; there != nil {
		return there.Item, true, true
	}
	return Item{}, true, false
}

// DeleteItem removes a history item and tells as PatchItem does.
func (s *Store) DeleteItem(o Owner, activityID string, id GUID, now int64) (activityFound, itemFound bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, activityID)
	if r == nil {
		return false, false
	}
	i := r.items[id]
	if i == nil {
		return true, false
	}
	sp.removeItem(i)
	return true, true
}

// sp.mu must be held.
func (sp *space) putItem(r *record, id GUID, write func(old *Item) Item) (kept Item, created bool) {
	i := r.items[id]
	if i == nil {
		kept = write(nil)
		sp.addItem(&item{Item: kept, id: id, of: r})
		return kept, true
	}
	kept = write(&i.Item)
	sp.changeItem(i, kept)
	return kept, false
}

// sp.mu must be held.
func (sp *space) addItem(i *item) {
	r := i.of
	if r.items == nil {
		r.items, r.order = map[GUID]*item{}, newOrder(itemBefore)
	}
	had := len(r.items) > 0
	r.items[i.id] = i
	r.order.add(i.Modified, i)
	sp.expiringItems.add(i.Expires, i)
	sp.dueAt(i.Expires, true)
	sp.place(r, had)
}

// sp.mu must be held.
func (sp *space) changeItem(i *item, to Item) {
	if to.Modified != i.Modified {
		i.of.order.remove(i.Modified, i)
		i.of.order.add(to.Modified, i)
	}
	if to.Expires != i.Expires {
		sp.expiringItems.remove(i.Expires, i)
		sp.expiringItems.add(to.Expires, i)
		sp.dueAt(to.Expires, true)
	}
	i.Item = to
	sp.place(i.of, true)
}

// sp.mu must be held.
func (sp *space) removeItem(i *item) {
	r := i.of
	delete(r.items, i.id)
	r.order.remove(i.Modified, i)
	sp.expiringItems.remove(i.Expires, i)
	i.gone = true
	sp.place(r, true)
}

// place puts an activity where it belongs in recent, now that its items changed;
// had tells whether it had any before.
// sp.mu must be held.
func (sp *space) place(r *record, had bool) {
	newest, has := r.order.latest()
	if had && has && newest.at == r.newest {
		return
	}
	if had {
		sp.recent.remove(r.newest, r)
	}
	if has {
		r.newest = newest.at
		sp.recent.add(r.newest, r)
	}
}
