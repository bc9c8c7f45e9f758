package service

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Write is an entity on its way into the store.
type Write struct {
	Key     string         // of the entity, as clients see it
	Address string         // of the entity, where its type has one
	Sent    map[string]any // by the client; of a PATCH, on top of what was stored
	Old     *store.Record  // what it replaces, nil if it is new
	Record  store.Record   // what is stored
	Now     *Timestamp
	Caller  *auth.Caller
	Seeding bool  // the entity comes from fixtures or an operation: they may say what else only the service sets
	Slice   Slice // of the collection that the entity is put into; zero if it is all of it

	service    *Service
	kind       *entityType
	collection string // that the entity is put into
	entity     jsontext.Object
	times      [2]sentTime // those that were asked for last
	parent     string      // the id of the entity that a nested one is in
	content    []byte      // that a nested one is made of, nil if it has the one that it had
}

// Collection is the path in the store of the collection that the entity is put into.
func (w *Write) Collection() string { return w.collection }

// sentTime is a time that a client sent.
type sentTime struct {
	property string
	ms       int64
	ok       bool
}

// SentTime returns the time that the client sent for a property; ok is false if it
// sent none.
func (w *Write) SentTime(property string) (ms int64, ok bool) {
	for i := range w.times {
		if t := &w.times[i]; t.property == property {
			return t.ms, t.ok
		}
	}
	ms, ok = ParseTime(w.Sent[property])
	w.times[0], w.times[1] = sentTime{property, ms, ok}, w.times[0]
	return ms, ok
}

// TimeText returns the text of a time that the client sent for a property, as Graph
// writes it.
func (w *Write) TimeText(property string, ms int64) any {
	sent := w.Sent[property]
	var room [32]byte
	if text := graph.AppendTime(room[:0], ms); sent != string(text) {
		return string(text)
	}
	return sent
}

// Created is the text of the entity's creation.
func (w *Write) Created() any { return w.text(w.Record.Created) }

// Modified is the text of the entity's last modification.
func (w *Write) Modified() any { return w.text(w.Record.Modified) }

func (w *Write) text(ms int64) any {
	if ms == w.Now.MS {
		return w.Now.Text
	}
	return graph.FormatTime(ms)
}

// By is who writes, as an identitySet: the user or, without one, the app.
func (w *Write) By() map[string]any {
	if w.Caller.AppOnly {
		return map[string]any{"application": map[string]any{"id": w.Caller.App}}
	}
	u := &w.Caller.User
	return map[string]any{"user": map[string]any{"id": u.ID, "displayName": cmp.Or(u.DisplayName, u.PrincipalName)}}
}

// ExpireAt lets the entity be gone from a time on.
func (w *Write) ExpireAt(ms int64) {
	if ms == 0 { // which stands for never in the store
		ms = -1
	}
	w.Record.Expires = ms
}

// Seeded is what fixtures say of a property that only the service sets, or else the
// service's own value.
func (w *Write) Seeded(name string, otherwise any) any {
	if v := w.Sent[name]; w.Seeding && v != nil && v != "" {
		return v
	}
	return otherwise
}

// write puts an entity into the store. Its children were put there before, or will
// be.
func (w *Write) write(tx store.Tx, at place) {
	w.kind, w.collection = at.kind, at.collection
	w.Record.ID, w.Record.Type = at.id, at.kind.Name
	w.setTimes()
	if at.kind.behavior.PerApp {
		w.Record.Owner = w.Caller.App
	}
	w.compose()
	w.setIndex()
	switch b := at.kind.behavior; {
	case b.LatestFirst:
		w.Record.Rank = -w.Record.Modified
	case b.Rank != nil:
		w.Record.Rank = b.Rank(w)
	case at.isOutermost(): // before all that is in it
		w.Record.Rank = 0
	case w.Old == nil, w.isMoved():
		w.Record.Rank = tx.Next()
	}
	if more := at.kind.behavior.Index; more != nil {
		w.Record.Index = append(w.alternates(nil), more(w)...)
	}
	if lasting := at.kind.behavior.LastingKey; lasting != nil {
		all := slices.DeleteFunc(slices.Clone(w.Record.Index), func(i store.Index) bool { return i.Name == lastingIndex })
		w.Record.Index = append(all, store.Index{Name: lastingIndex, Value: lasting(w.Key)})
	}
	if at.kind.followed {
		w.setChanged(tx)
	}
	w.Record.JSON = jsontext.AppendObject(make([]byte, 0, w.entity.SizeHint()), w.entity)
	w.Record = tx.Put(at.collection, w.Record)
	w.kind.changed(tx, Change{Collection: at.collection, ID: at.id, service: w.service, now: w.Now.MS})
}

// isMoved reports whether a nested entity is put into another one than it was in.
func (w *Write) isMoved() bool {
	return w.kind.nested() != nil && w.Old != nil && parentOf(w.Old) != w.parent
}

// changed tells the type's behavior of a change.
func (t *entityType) changed(tx store.Tx, c Change) {
	if t.behavior.Changed != nil {
		t.behavior.Changed(tx, c)
	}
}

// Property is the value of a property as it is stored, once it is known: of those that
// come earlier in the type's order, and of all where [Behavior.Index] and
// [Behavior.Rank] are asked.
func (w *Write) Property(name string) any {
	v, _ := w.entity.Get(name)
	return v
}

// Before is the value of a property that the entity has before the write, nil if it is
// new.
func (w *Write) Before(name string) any {
	if w.Old == nil {
		return nil
	}
	return decode(w.Old.JSON)[name]
}

// Version is the version that the entity has once it is stored.
func (w *Write) Version() uint64 {
	if w.Old == nil {
		return 1
	}
	return w.Old.Version + 1
}

func (w *Write) setTimes() {
	w.Record.Created, w.Record.Modified = w.Now.MS, w.Now.MS
	switch {
	case w.Seeding:
		if ms, ok := ParseTime(w.Sent[createdDateTime]); ok {
			w.Record.Created = ms
		}
		w.Record.Modified = w.Record.Created
		if ms, ok := ParseTime(w.Sent[lastModifiedDateTime]); ok {
			w.Record.Modified = ms
		}
	case w.Old != nil:
		w.Record.Created = w.Old.Created
	}
}

// setIndex enters the entity into the index of its address. In what indexes it is
// besides, behaviors say.
func (w *Write) setIndex() {
	name := w.kind.behavior.Address
	switch {
	case w.Old != nil:
		w.Record.Index, w.Record.Rank = w.Old.Index, w.Old.Rank
		if len(w.kind.alternates) > 0 {
			w.Record.Index = w.alternates(w.Old.Index)
		}
	case name != "":
		w.Record.Index = []store.Index{{Name: name, Value: w.kind.indexed(w.Address, w.Caller.App)}}
	case len(w.kind.alternates) > 0:
		w.Record.Index = w.alternates(nil)
	}
	if w.kind.behavior.Nested != nil {
		w.Record.Index = w.nestedIndex()
	}
}

// alternates are the indexes of an entity, with those of its other keys as they are now.
func (w *Write) alternates(all []store.Index) []store.Index {
	all = slices.DeleteFunc(slices.Clone(all), func(i store.Index) bool { return slices.Contains(w.kind.alternates, i.Name) })
	for _, name := range w.kind.alternates {
		if text, ok := w.Property(name).(string); ok && text != "" {
			all = append(all, store.Index{Name: name, Value: strings.ToLower(text)})
		}
	}
	return all
}

// compose makes the entity: what the service sets, else what the client sent, in
// the order of the type. Properties that the order does not name come last.
// Annotations of the client's are not kept, nor is navigation.
func (w *Write) compose() {
	w.entity = slices.Grow(w.entity[:0], len(w.kind.order)+2) // more for a context and a collection
	taken := 0
	for _, name := range w.kind.order {
		v, ok := w.Sent[name]
		if ok {
			taken++
		}
		if own, sets := w.kind.value(w, name); sets {
			v, ok = own, true
		}
		if ok {
			w.entity = append(w.entity, jsontext.Member{Name: name, Value: v})
		}
	}
	if taken < len(w.Sent) {
		w.composeRest()
	}
}

func (w *Write) composeRest() {
	for _, name := range slices.Sorted(maps.Keys(w.Sent)) {
		if slices.Contains(w.kind.order, name) || strings.Contains(name, "@") {
			continue
		}
		if p := w.kind.Property(name); p != nil && p.Navigation {
			continue
		}
		w.entity = append(w.entity, jsontext.Member{Name: name, Value: w.Sent[name]})
	}
}

// A child is an entity that came in the body of the one that contains it.
type child struct {
	place
	key string
	w   *Write
}

// children are the entities of one navigation property that came in a body.
type children struct {
	property string
	only     bool // the property has one entity
	each     []child
}

// childrenOf reads the entities in the contained collections of a body: each with
// the key that it was sent with or, without one, a new one. Of two with the same
// key the later one counts. The entity of a property that has only one is among them.
func (s *Service) childrenOf(kind *entityType, sent map[string]any, seeding bool) []children {
	var all []children
	for _, p := range kind.contains {
		list, _ := sent[p.Name].([]any)
		if only, is := sent[p.Name].(map[string]any); is && !p.Collection {
			list = []any{only}
		}
		if len(list) == 0 {
			continue
		}
		c := children{property: p.Name, only: !p.Collection, each: make([]child, 0, len(list))}
		last := make(map[string]*Write, len(list)) // by key
		for _, v := range list {
			body, _ := v.(map[string]any)
			of := s.derivedKind(s.typeOf(p.Type()), body)
			w := &Write{Key: s.keyFor(of, body, seeding), Sent: body}
			if c.only {
				w.Key = single
			}
			last[w.Key] = w
			c.each = append(c.each, child{place: place{kind: of}, key: w.Key, w: w})
		}
		c.each = slices.DeleteFunc(c.each, func(each child) bool { return last[each.key] != each.w })
		all = append(all, c)
	}
	return all
}

// keyFor is the key of a new entity: the one that the body has, if the type lets
// clients choose, or they are fixtures; else one of the service's.
func (s *Service) keyFor(t *entityType, body map[string]any, seeding bool) string {
	if text, _ := body[t.behavior.KeyFrom].(string); t.behavior.KeyFrom != "" && text != "" {
		if key, ok := t.key(text); ok {
			return key
		}
	}
	if id := t.keyIn(body); id != "" && (seeding || t.givenKey) {
		if key, ok := t.key(id); ok {
			return key
		}
	}
	return t.newKey(s.config.Random)
}

// put writes the entities that came along with one.
func (c children) put(tx store.Tx, parent place, w *Write) {
	collection := parent.collection + "/" + parent.id + "/" + c.property
	var slice Slice
	if part, is := parent.kind.behavior.Parts[c.property]; is {
		collection, slice = part.of(parent.entityPath(), parent.kind)
	}
	for i := range c.each {
		each := &c.each[i]
		each.collection, each.id = collection, each.kind.storedID(each.key, w.Caller.App)
		sent := each.w.Sent
		*each.w = Write{Key: each.key, Sent: sent, Now: w.Now, Caller: w.Caller, Seeding: w.Seeding, Slice: slice,
			service: w.service}
		if old, found := tx.Get(collection, each.id); found {
			each.w.Old = &old
		}
		each.w.write(tx, each.place)
	}
}

// value returns the entities as they were written: a list, or the only one.
func (c children) value() any {
	if c.only {
		return c.each[0].w.entity
	}
	list := make([]any, len(c.each))
	for i := range c.each {
		list[i] = c.each[i].w.entity
	}
	return list
}
