package service

import (
	"cmp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Part says where the entities of a navigation property are: in a collection beside
// that of the owner, such as users/48d3/messages for users/48d3/mailFolders/inbox/messages.
type Part struct {
	Of string // the navigation property that has all of them, beside the owner; after a slash, their path in the
	// store; after a dot and a slash, a property of the owner itself
	Listed string // the index that lists are made of, if they do not show all that is in the part
	Index  string // of that collection; the value is the owner's key. Empty: it has all
	Key    string // of the only entity, where the property has one
	First  bool   // the value is the key of the first entity on the way, such as the user
}

// of returns where the entities of the part are, for an owner with a path in the store.
func (p *Part) of(owner string, kind *entityType) (collection string, s Slice) {
	s.Index, s.Listed = p.Index, p.Listed
	at := owner
	if p.First {
		at = ownerOf(owner)
	}
	if _, id, _ := splitPath(at); p.Index != "" {
		s.Value = KeyOf(id)
		if among := kind.behavior.Among; among != nil && s.Value == single {
			s.Value = among.Key // of an owner that has no more than this one
		}
	}
	if path, isWhole := strings.CutPrefix(p.Of, "/"); isWhole {
		return path, s
	}
	if name, isBelow := strings.CutPrefix(p.Of, "./"); isBelow {
		return owner + "/" + name, s
	}
	collection, _, _ = splitPath(owner)
	return collection[:strings.LastIndexByte(collection, '/')+1] + p.Of, s
}

// A Slice is what of a collection has a value in an index. The zero value is all.
type Slice struct {
	Index, Value string
	Listed       string // the index of what lists show of it, if that is not all
}

// Has reports whether a record is in the slice.
func (s *Slice) Has(r *store.Record) bool {
	return s.Index == "" || slices.ContainsFunc(r.Index, func(i store.Index) bool {
		return i.Name == s.Index && i.Value == s.Value
	})
}

// snapshot returns what of a collection is in the slice.
func (s *Slice) snapshot(r store.Reader, collection string) store.Snapshot {
	if s.Index == "" {
		return r.Snapshot(collection)
	}
	return r.SnapshotIndex(collection, cmp.Or(s.Listed, s.Index), s.Value)
}

// goToPart goes on where the entities of a navigation property are, and reports whether
// that is elsewhere.
func (l *locator) goToPart(n *resource.Node) bool {
	if len(l.steps) == 0 || l.last().kind == nil {
		return false
	}
	owner := l.last()
	part, is := owner.kind.behavior.Parts[n.Name]
	if !is || owner.id == 0 && owner.place.id == "" {
		return false
	}
	collection, slice := part.of(string(l.canonical[owner.start:owner.id]), owner.kind)
	start := len(l.canonical)
	l.canonical = append(l.canonical, collection...)
	l.steps = append(l.steps, step{
		place: place{path: l.reached(n), kind: l.service.typeOf(n.Type), slice: slice}, start: start, end: len(l.canonical),
	})
	if part.Key != "" {
		l.key(l.last(), part.Key)
	}
	return true
}

// goAmong goes on at the only entity of a property where it is one of those of another
// property of the same type, and reports whether it is.
func (l *locator) goAmong(n *resource.Node) bool {
	if n.Collection || len(l.steps) == 0 || n.Parent.Type == nil {
		return false
	}
	kind := l.service.typeOf(n.Type)
	if kind == nil || kind.behavior.Among == nil || n.Parent.Type.Property(kind.behavior.Among.Of) == nil {
		return false
	}
	l.begin(n, kind.behavior.Among.Of)
	l.key(l.last(), kind.behavior.Among.Key)
	return true
}

// settle lets the collections on the way to a target have what they have from the
// start.
func (t *target) settle(s *Service, tx store.Tx, w Write) {
	for i := range t.above {
		t.above[i].place.settle(s, tx, w)
	}
	t.place.settle(s, tx, w)
}

func (p *place) settle(s *Service, tx store.Tx, w Write) {
	if p.isSettled(tx) {
		return
	}
	for _, each := range p.kind.behavior.Initial {
		initial := w
		initial.Sent, initial.Seeding = each, true
		id, _ := each["id"].(string)
		at := place{kind: p.kind, collection: p.collection, id: p.kind.storedID(id, w.Caller.App)}
		s.writeAll(tx, &at, &initial, nil)
	}
}

// isSettled reports whether a collection has what it has from the start. As that can't
// be removed, one that is not empty has it.
func (p *place) isSettled(r store.Reader) bool {
	return p.kind == nil || len(p.kind.behavior.Initial) == 0 || r.Len(p.collection) > 0
}

// settled lets the collections on the way to a target have what they have from the
// start, if the entities above them are there. It reports whether they did not have it before.
func (s *Service) settled(t *target, w Write) (changed bool) {
	if !t.mayBeUnsettled() {
		return false
	}
	settled := true
	err := s.config.Store.View(w.Caller.Tenant, w.Now.MS, func(r store.Reader) error {
		settled = t.place.isSettled(r)
		for i := range t.above {
			settled = settled && t.above[i].place.isSettled(r)
		}
		return nil
	})
	if err != nil || settled {
		return false
	}
	err = s.config.Store.Update(w.Caller.Tenant, w.Now.MS, func(tx store.Tx) error {
		if owner, id, ok := splitPath(ownerOf(t.collection)); ok && id != "" {
			if _, found := tx.Get(owner, id); !found && !t.isOfCaller() {
				return nil
			}
		}
		t.settle(s, tx, w)
		return nil
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return true
}

// ownerOf is the path of the first entity of a canonical path: users/48d3 of
// users/48d3/messages.
func ownerOf(path string) string {
	set, rest, _ := strings.Cut(path, "/")
	id, _, _ := strings.Cut(rest, "/")
	return set + "/" + id
}

func (t *target) isOfCaller() bool {
	return t.caller || len(t.above) > 0 && t.above[0].place.caller
}

func (t *target) mayBeUnsettled() bool {
	may := func(p *place) bool { return p.kind != nil && len(p.kind.behavior.Initial) > 0 }
	return may(&t.place) || slices.ContainsFunc(t.above, func(s step) bool { return may(&s.place) })
}
