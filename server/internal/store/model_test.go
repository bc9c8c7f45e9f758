package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// model is the plainest store there could be: a list, searched and sorted at each
// call.
type model struct{ activities []*modelActivity }

type modelActivity struct {
	Owner
	Activity
	items []*modelItem
}

type modelItem struct {
	id GUID
	Item
}

// expire drops what is past its time.
func (m *model) expire(now int64) {
	m.activities = slices.DeleteFunc(m.activities, func(a *modelActivity) bool { return a.Expires <= now })
	for _, a := range m.activities {
		a.items = slices.DeleteFunc(a.items, func(i *modelItem) bool { return i.Expires <= now })
	}
}

func (m *model) find(o Owner, is func(a *modelActivity) bool) *modelActivity {
	for _, a := range m.activities {
		if a.Owner == o && is(a) {
			return a
		}
	}
	return nil
}

func (m *model) byID(o Owner, id string) *modelActivity {
	return m.find(o, func(a *modelActivity) bool { return a.ID == id })
}

func (m *model) byAppID(o Owner, id string) *modelActivity {
	return m.find(o, func(a *modelActivity) bool { return a.AppActivityID == id })
}

func (a *modelActivity) item(id GUID) *modelItem {
	for _, i := range a.items {
		if i.id == id {
			return i
		}
	}
	return nil
}

func (a *modelActivity) put(id GUID, to Item) {
	if i := a.item(id); i != nil {
		i.Item = to
	} else {
		a.items = append(a.items, &modelItem{id, to})
	}
}

// newest is the time of the newest item.
func (a *modelActivity) newest() int64 {
	return slices.MaxFunc(a.items, func(x, y *modelItem) int { return cmp.Compare(x.Modified, y.Modified) }).Modified
}

// walk is a walk through the model as it is: a list, and what to show of it.
type walk struct {
	places []place
	app    string
	next   func(n int, now int64) (page []string, more bool) // of the store
}

type place struct {
	at     int64
	id     string
	app    string
	exists func() (shown string, ok bool) // at any later time
}

func (w *walk) sort() {
	slices.SortFunc(w.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(a.id, b.id), strings.Compare(a.app, b.app))
	})
}

// page is what the next n places show.
func (w *walk) page(n int) (shown []string, more bool) {
	n = min(n, len(w.places))
	for _, p := range w.places[:n] {
		if text, ok := p.exists(); ok && p.app == w.app {
			shown = append(shown, text)
		}
	}
	w.places = w.places[n:]
	return shown, len(w.places) > 0
}

// trial does the same to the store and to the model.
type trial struct {
	*testing.T
	*rand.Rand
	store Store
	model model
	now   int64
	walks []*walk
	step  int
}

// TestStoreDoesWhatTheModelDoes is one long life of a store: whatever it is asked,
// it gives what the model gives.
func TestStoreDoesWhatTheModelDoes(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	life(t, seed, 100_000)
}

func life(t *testing.T, seed uint64, steps int) {
	x := &trial{T: t, Rand: rand.New(rand.NewPCG(seed, 0)), now: 1}
	type act struct {
		often int
		do    func()
	}
	acts := []act{
		{10, x.putActivity}, {4, x.createActivity}, {6, x.patchActivity}, {4, x.getActivity}, {3, x.deleteActivity},
		{30, x.putItem}, {6, x.createItem}, {6, x.patchItem}, {6, x.getItem}, {8, x.deleteItem},
		{4, x.counts}, {6, x.startWalk}, {20, x.turnPage}, {1, x.everything}, {8, x.tick},
	}
	var wheel []func()
	for _, a := range acts {
		for range a.often {
			wheel = append(wheel, a.do)
		}
	}
	for x.step = range steps {
		x.model.expire(x.now)
		wheel[x.IntN(len(wheel))]()
		if t.Failed() {
			t.Fatalf("seed %d, step %d", seed, x.step)
		}
	}
}

// same reports what the store gave if the model gave something else.
func (x *trial) same(what string, got, want any) {
	x.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		x.Errorf("%s at %d:\n got %s\nwant %s", what, x.now, g, w)
	}
}

// tick lets time pass: mostly a little, so that many times are the same.
func (x *trial) tick() {
	x.now += int64(x.IntN(3))
	if x.IntN(200) == 0 {
		x.now += 400
	}
}

func (x *trial) owner() Owner {
	return Owner{[]string{"u", "v"}[x.IntN(2)], []string{"a", "b", "c"}[x.IntN(3)]}
}
func (x *trial) id() string    { return strconv.Itoa(x.IntN(40)) }
func (x *trial) appID() string { return "app " + strconv.Itoa(x.IntN(40)) }
func (x *trial) guid() GUID    { return GUID{byte(x.IntN(8))} }

func (x *trial) json() []byte { return strconv.AppendInt(nil, int64(x.step), 10) }

// expires is some time, now and then a past one.
func (x *trial) expires() int64 { return x.now + int64(x.IntN(400)) - 5 }

// modified is mostly the present, but fixtures bring earlier and later times.
func (x *trial) modified() int64 {
	if x.IntN(4) == 0 {
		return x.now + int64(x.IntN(40)) - 20
	}
	return x.now
}

func (x *trial) item(created int64) Item {
	return Item{Created: created, Modified: x.modified(), Expires: x.expires(), JSON: x.json()}
}

// writes makes some items for an activity, and what puts them into the store.
func (x *trial) writes() (map[GUID]Item, map[GUID]func(*Item) Item) {
	items, writers := map[GUID]Item{}, map[GUID]func(*Item) Item{}
	for range x.IntN(3) {
		id := x.guid()
		to := x.item(x.now)
		items[id], writers[id] = to, func(*Item) Item { return to }
	}
	return items, writers
}

func (x *trial) putActivity() { x.writeActivity(false) }

func (x *trial) createActivity() { x.writeActivity(true) }

func (x *trial) writeActivity(create bool) {
	o, appID := x.owner(), x.appID()
	to := Activity{ID: x.id(), AppActivityID: appID, Created: x.now, Modified: x.modified(), Expires: x.expires(), JSON: x.json()}
	items, writers := x.writes()
	old := x.model.byAppID(o, appID)
	write := func(present *Activity, taken func(string) bool) Activity {
		kept := to
		if present != nil {
			x.same("present activity", *present, old.Activity)
			kept.Created = present.Created
		} else {
			x.same("taken id", taken(to.ID), x.model.byID(o, to.ID) != nil)
		}
		return kept
	}
	put := x.store.PutActivity
	if create {
		put = x.store.CreateActivity
	}
	got, created := put(o, appID, x.now, writers, write)
	x.same("created", created, old == nil)
	if create && old != nil {
		x.same("activity that is there", got, old.Activity)
		return
	}
	if old == nil {
		if other := x.model.byID(o, to.ID); other != nil {
			x.model.activities = slices.DeleteFunc(x.model.activities, func(a *modelActivity) bool { return a == other })
		}
		old = &modelActivity{Owner: o, Activity: to}
		x.model.activities = append(x.model.activities, old)
	} else {
		to.ID, to.Created = old.ID, old.Created
		old.Activity = to
	}
	for id, i := range items {
		old.put(id, i)
	}
	x.same("activity", got, old.Activity)
}

func (x *trial) patchActivity() {
	o, id := x.owner(), x.id()
	a := x.model.byID(o, id)
	to := Activity{ID: "ignored", AppActivityID: "ignored", Modified: x.modified(), Expires: x.expires(), JSON: x.json()}
	items, writers := x.writes()
	refused := x.IntN(8) == 0
	got, found := x.store.PatchActivity(o, id, x.now, writers, func(old *Activity) (Activity, bool) {
		x.same("present activity", *old, a.Activity)
		kept := to
		kept.Created = old.Created
		return kept, !refused
	})
	x.same("found", found, a != nil)
	if a != nil && refused {
		x.same("activity that was not to be patched", got, a.Activity)
		return
	}
	if a != nil {
		for id, i := range items {
			a.put(id, i)
		}
		to.ID, to.AppActivityID, to.Created = a.ID, a.AppActivityID, a.Created
		a.Activity = to
		x.same("patched activity", got, to)
	}
}

func (x *trial) getActivity() {
	o, id := x.owner(), x.id()
	got, found := x.store.GetActivity(o, id, x.now)
	a := x.model.byID(o, id)
	x.same("found", found, a != nil)
	if a != nil {
		x.same("activity", got, a.Activity)
	}
}

func (x *trial) deleteActivity() {
	o, id := x.owner(), x.id()
	a := x.model.byID(o, id)
	x.same("deleted", x.store.DeleteActivity(o, id, x.now), a != nil)
	x.model.activities = slices.DeleteFunc(x.model.activities, func(each *modelActivity) bool { return each == a })
}

// some gives an activity that may be there, and an item that may be in it.
func (x *trial) some() (o Owner, id string, guid GUID, a *modelActivity, i *modelItem) {
	o, id, guid = x.owner(), x.id(), x.guid()
	if n := len(x.model.activities); n > 0 && x.IntN(4) > 0 {
		a := x.model.activities[x.IntN(n)]
		o, id = a.Owner, a.ID
	}
	if a = x.model.byID(o, id); a != nil {
		i = a.item(guid)
	}
	return o, id, guid, a, i
}

func (x *trial) putItem() {
	o, id, guid, a, i := x.some()
	to := x.item(x.now)
	got, created, found := x.store.PutItem(o, id, guid, x.now, func(old *Item) Item {
		x.same("an item is there", old != nil, i != nil)
		if old != nil {
			x.same("present item", *old, i.Item)
		}
		return to
	})
	x.same("found, created", []bool{found, created}, []bool{a != nil, a != nil && i == nil})
	if a != nil {
		a.put(guid, to)
		x.same("item", got, to)
	}
}

func (x *trial) createItem() {
	o, id, guid, a, i := x.some()
	to := x.item(x.now)
	got, created, found := x.store.CreateItem(o, id, guid, x.now, func(*Item) Item { return to })
	x.same("found, created", []bool{found, created}, []bool{a != nil, a != nil && i == nil})
	switch {
	case created:
		a.put(guid, to)
		x.same("item", got, to)
	case i != nil:
		x.same("item that is there", got, i.Item)
	}
}

func (x *trial) patchItem() {
	o, id, guid, a, i := x.some()
	to := x.item(x.now)
	got, aFound, iFound := x.store.PatchItem(o, id, guid, x.now, func(old *Item) Item {
		x.same("present item", *old, i.Item)
		return to
	})
	x.same("found", []bool{aFound, iFound}, []bool{a != nil, i != nil})
	if i != nil {
		i.Item = to
		x.same("patched item", got, to)
	}
}

func (x *trial) getItem() {
	o, id, guid, a, i := x.some()
	got, aFound, iFound := x.store.GetItem(o, id, guid, x.now)
	x.same("found", []bool{aFound, iFound}, []bool{a != nil, i != nil})
	if i != nil {
		x.same("item", got, i.Item)
	}
}

func (x *trial) deleteItem() {
	o, id, guid, a, i := x.some()
	aFound, iFound := x.store.DeleteItem(o, id, guid, x.now)
	x.same("found", []bool{aFound, iFound}, []bool{a != nil, i != nil})
	if a != nil {
		a.items = slices.DeleteFunc(a.items, func(each *modelItem) bool { return each == i })
	}
}

func (x *trial) counts() {
	o, id, _, a, _ := x.some()
	n, found := x.store.CountItems(o, id, x.now)
	x.same("found", found, a != nil)
	if a != nil {
		x.same("items", n, len(a.items))
	}
	want := 0
	for _, a := range x.model.activities {
		if a.Owner == o {
			want++
		}
	}
	x.same("activities", x.store.CountActivities(o, x.now), want)
}

// startWalk begins one of the three walks, over all times or some.
func (x *trial) startWalk() {
	o, id, _, a, _ := x.some()
	oldest, newest := x.modified()-int64(x.IntN(100)), x.modified()
	all := x.IntN(2) == 0
	var w *walk
	switch kind := x.IntN(3); {
	case kind == 2:
		items, found := x.store.Items(o, id, x.now)
		x.same("found", found, a != nil)
		if a == nil {
			return
		}
		if !all {
			items = items.Within(oldest, newest)
		}
		w = x.itemWalk(a, items)
	case kind == 1:
		w = x.activityWalk(o, x.store.Recent(o, x.now), true, all, oldest, newest)
	default:
		w = x.activityWalk(o, x.store.Activities(o, x.now), false, all, oldest, newest)
	}
	if !all {
		w.places = slices.DeleteFunc(w.places, func(p place) bool { return p.at < oldest || p.at > newest })
	}
	w.sort()
	if len(x.walks) < 20 {
		x.walks = append(x.walks, w)
	} else {
		x.walks[x.IntN(len(x.walks))] = w
	}
}

func (x *trial) activityWalk(o Owner, of Walk, recent, all bool, oldest, newest int64) *walk {
	if !all {
		of = of.Within(oldest, newest)
	}
	w := &walk{app: o.App}
	for _, a := range x.model.activities {
		if a.User != o.User || recent && len(a.items) == 0 {
			continue
		}
		at := a.Modified
		if recent {
			at = a.newest()
		}
		w.places = append(w.places, place{at, a.ID, a.App, func() (string, bool) {
			return fmt.Sprint(a.Activity), slices.Contains(x.model.activities, a) && (!recent || len(a.items) > 0)
		}})
	}
	var after Cursor
	w.next = func(n int, now int64) (shown []string, more bool) {
		page, next, more := of.Page(after, n, now)
		for _, a := range page {
			shown = append(shown, fmt.Sprint(a))
		}
		after = next
		return shown, more
	}
	return w
}

func (x *trial) itemWalk(a *modelActivity, of ItemWalk) *walk {
	w := &walk{}
	for _, i := range a.items {
		w.places = append(w.places, place{at: i.Modified, id: i.id.String(), exists: func() (string, bool) {
			return fmt.Sprint(i.Item), slices.Contains(x.model.activities, a) && slices.Contains(a.items, i)
		}})
	}
	var after Cursor
	w.next = func(n int, now int64) (shown []string, more bool) {
		page, next, more := of.Page(after, n, now)
		for _, i := range page {
			shown = append(shown, fmt.Sprint(i))
		}
		after = next
		return shown, more
	}
	return w
}

// turnPage takes the next page of a walk that was begun some time ago.
func (x *trial) turnPage() {
	if len(x.walks) == 0 {
		return
	}
	k, n := x.IntN(len(x.walks)), 1+x.IntN(12)
	w := x.walks[k]
	got, more := w.next(n, x.now)
	want, wantMore := w.page(n)
	x.same("page", got, want)
	x.same("more", more, wantMore)
	if !more {
		x.walks = slices.Delete(x.walks, k, k+1)
	}
}

func (x *trial) everything() {
	var got, want []string
	for _, e := range x.store.Everything(x.now) {
		var items []string
		for _, i := range e.Items {
			items = append(items, fmt.Sprint(i))
		}
		slices.Sort(items)
		got = append(got, fmt.Sprint(e.Owner, e.Activity, items))
	}
	for _, a := range x.model.activities {
		var items []string
		for _, i := range a.items {
			items = append(items, fmt.Sprint(i.Item))
		}
		slices.Sort(items)
		want = append(want, fmt.Sprint(a.Owner, a.Activity, items))
	}
	slices.Sort(got)
	slices.Sort(want)
	x.same("everything", got, want)
}
