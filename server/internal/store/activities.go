package store

// PutActivity creates or replaces the app's activity with that appActivityId. The
// write function gets the present one, or nil, and returns the one to keep: its
// id is new when it is created, and stays when it is replaced. Writing it and its
// items is one step to every other caller. An activity that had the id before,
// under another appActivityId, gives way.
func (s *Store) PutActivity(o Owner, appActivityID string, now int64, items map[GUID]func(old *Item) Item,
	write func(old *Activity, taken func(id string) bool) Activity) (a Activity, created bool) {
	sp := s.lockToAdd(o.User, now)
	defer sp.mu.Unlock()
	r := sp.app(o.App).byAppID[appActivityID]
	if created = r == nil; created {
		r = sp.addActivity(o.App, appActivityID, write)
	} else {
		sp.changeActivity(r, write(&r.Activity, nil))
	}
	for id, write := range items {
		sp.putItem(r, id, write)
	}
	return r.Activity, created
}

// CreateActivity is PutActivity for an appActivityId that the app has not: if it
// has, nothing is written, and it gives that activity.
func (s *Store) CreateActivity(o Owner, appActivityID string, now int64, items map[GUID]func(old *Item) Item,
	write func(old *Activity, taken func(id string) bool) Activity) (a Activity, created bool) {
	sp := s.lockToAdd(o.User, now)
	defer sp.mu.Unlock()
	if r := sp.app(o.App).byAppID[appActivityID]; r != nil {
		return r.Activity, false
	}
	r := sp.addActivity(o.App, appActivityID, write)
	for id, write := range items {
		sp.putItem(r, id, write)
	}
	return r.Activity, true
}

// PatchActivity changes an activity to what the write function makes of it, and
// writes items of it, in one step; if the function says no, nothing is written.
// Its id and appActivityId stay.
func (s *Store) PatchActivity(o Owner, id string, now int64, items map[GUID]func(old *Item) Item,
	write func(old *Activity) (a Activity, ok bool)) (a Activity, found bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, id)
	if r == nil {
		return Activity{}, false
	}
	to, ok := write(&r.Activity)
	if !ok {
		return r.Activity, true
	}
	sp.changeActivity(r, to)
	for id, write := range items {
		sp.putItem(r, id, write)
	}
	return r.Activity, true
}

// GetActivity gives an activity by its id.
func (s *Store) GetActivity(o Owner, id string, now int64) (a Activity, found bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, id)
	if r == nil {
		return Activity{}, false
	}
	return r.Activity, true
}

// DeleteActivity removes an activity and its history items.
func (s *Store) DeleteActivity(o Owner, id string, now int64) (found bool) {
	sp := s.lock(o.User, now)
	defer sp.mu.Unlock()
	r := sp.find(o.App, id)
	if r == nil {
		return false
	}
	sp.removeActivity(r)
	return true
}

// sp.mu must be held.
func (sp *space) addActivity(appName, appActivityID string, write func(old *Activity, taken func(id string) bool) Activity) *record {
	app := sp.app(appName)
	r := &record{Activity: write(nil, func(id string) bool { return app.byID[id] != nil }), app: appName}
	r.AppActivityID = appActivityID
	if other := app.byID[r.ID]; other != nil {
		sp.removeActivity(other)
	}
	app.byID[r.ID], app.byAppID[appActivityID] = r, r
	sp.modified.add(r.Modified, r)
	sp.expiringActivities.add(r.Expires, r)
	sp.dueAt(r.Expires, true)
	return r
}

// sp.mu must be held.
func (sp *space) changeActivity(r *record, to Activity) {
	if to.Modified != r.Modified {
		sp.modified.remove(r.Modified, r)
		sp.modified.add(to.Modified, r)
	}
	if to.Expires != r.Expires {
		sp.expiringActivities.remove(r.Expires, r)
		sp.expiringActivities.add(to.Expires, r)
		sp.dueAt(to.Expires, true)
	}
	to.ID, to.AppActivityID = r.ID, r.AppActivityID
	r.Activity = to
}

// sp.mu must be held.
func (sp *space) removeActivity(r *record) {
	app := sp.apps[r.app]
	delete(app.byID, r.ID)
	delete(app.byAppID, r.AppActivityID)
	sp.modified.remove(r.Modified, r)
	sp.expiringActivities.remove(r.Expires, r)
	if len(r.items) > 0 {
		sp.recent.remove(r.newest, r)
	}
	for _, i := range r.items {
		sp.expiringItems.remove(i.Expires, i)
		i.gone = true
	}
	r.gone, r.items, r.order = true, nil, order[*item]{}
}
