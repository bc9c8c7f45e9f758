package service

import (
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Links lead from a navigation property of an entity to entities that are elsewhere,
// such as from groups/1/members to users/2. Those of some properties are the links of
// others, read backwards or followed to their end: memberOf, transitiveMembers.

// targets returns the canonical paths of the entities that a navigation property leads
// to: the property's own collection of links is given.
func (s *Service) targets(r store.Reader, links string) []string {
	owner, name, _ := splitPath(links)
	b := s.ownerBehavior(r, owner)
	if b.Parent != "" && name == b.Parent {
		collection, _, _ := splitPath(owner)
		container, _, _ := splitPath(collection)
		return []string{container}
	}
	if forward := b.Transitive[name]; forward != "" {
		return s.closure(r, owner, forward)
	}
	if linked := b.Linked[name]; linked != nil {
		return linked(r, owner)
	}
	if forward := b.Reverse[name]; forward != "" {
		var owners []string
		for _, collection := range r.Referrers(owner) {
			if of, property, ok := splitPath(collection); ok && property == forward {
				owners = append(owners, of)
			}
		}
		return owners
	}
	var all []string
	linked := r.Links(links)
	var at store.Cursor
	for more := true; more; {
		var page []string
		page, at, more = linked.Page(r, at, everyPage)
		all = append(all, page...)
	}
	return all
}

// ownerBehavior is that of the entity at a path.
func (s *Service) ownerBehavior(r store.Reader, path string) *Behavior {
	collection, id, _ := splitPath(path)
	if record, found := r.Get(collection, id); found {
		if t := s.typeNamed(record.Type); t != nil {
			return t.behavior
		}
	}
	return &noBehavior
}

// closure follows a property from an entity to the entities that it leads to, and
// from these, nearest first, each once.
func (s *Service) closure(r store.Reader, owner, property string) []string {
	var all []string
	seen := map[string]bool{owner: true}
	for next := []string{owner}; len(next) > 0; {
		var found []string
		for _, at := range next {
			for _, to := range s.targets(r, at+"/"+property) {
				if !seen[to] {
					seen[to] = true
					found = append(found, to)
				}
			}
		}
		all, next = append(all, found...), found
	}
	return all
}

// onlyTarget is the entity that a navigation property leads to which has one at most.
func (l *locator) onlyTarget(links string) (to target) {
	s := l.service
	l.read(func(r store.Reader) {
		if all := s.targets(r, links); len(all) > 0 {
			to = s.targetAt(r, all[0])
		}
	})
	return to
}

// targetOf is the entity with a key that a collection of links leads to, or that is
// among all objects. Its kind is nil if there is none.
func (l *locator) targetOf(collection, key string, links bool) (to target) {
	s := l.service
	id := string(appendEscaped(nil, key))
	l.read(func(r store.Reader) {
		if !links {
			to = s.objectWith(r, id)
			return
		}
		for _, path := range s.targets(r, collection) {
			if _, own, _ := splitPath(path); own == id {
				to = s.targetAt(r, path)
				return
			}
		}
	})
	return to
}

// objectWith is the entity with an id in any set of the tenant's objects.
func (s *Service) objectWith(r store.Reader, id string) target {
	object := s.model.Type(directoryObject)
	for _, set := range s.model.Container().Properties() {
		if t := set.Type(); set.Collection && t != object && t.Is(object) {
			if _, found := r.Get(set.Name, id); found {
				return s.targetAt(r, set.Name+"/"+id)
			}
		}
	}
	return target{}
}

// directoryObject is the type of all objects that the directory has.
const directoryObject = "microsoft.graph.directoryObject"

// isAnyObject reports whether the entities of a set are in the sets of their own types.
func (t *entityType) isAnyObject() bool { return t.Name == directoryObject }

// targetAt is the entity with a canonical path.
func (s *Service) targetAt(r store.Reader, path string) (to target) {
	collection, id, _ := splitPath(path)
	if record, found := r.Get(collection, id); found {
		to.collection, to.id, to.kind = collection, id, s.typeNamed(record.Type)
	}
	return to
}

// userID is the id of the user whom a URL names by id or principal name.
func (l *locator) userID(name string) string {
	if l.caller.User.Is(name) {
		return l.caller.User.ID
	}
	name = strings.ToLower(name)
	if id := l.idBy(usersCollection, principalName, []string{name}); id != "" {
		return KeyOf(id)
	}
	return name
}

var principalName = []string{"userPrincipalName"}

// idBy is the id in the store of the entity of a collection that has those values,
// "" if there is none.
func (l *locator) idBy(collection string, properties, values []string) (id string) {
	l.read(func(r store.Reader) {
		if len(properties) == 1 {
			record, _ := r.Find(collection, properties[0], strings.ToLower(values[0]))
			id = record.ID
		}
	})
	return id
}

// read reads the store: in the transaction that the locator is used in, or in one of
// its own.
func (l *locator) read(read func(store.Reader)) {
	if l.within != nil {
		read(l.within)
		return
	}
	err := l.service.reads().View(l.caller.Tenant, l.now, func(r store.Reader) error {
		read(r)
		return nil
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
}

// alternates are the properties of keys beside the usual one that have a single property.
func alternates(t *edm.Type) []string {
	var names []string
	for _, key := range t.AlternateKeys {
		if len(key) == 1 {
			names = append(names, key[0])
		}
	}
	return names
}

// linkEntries are entities that links lead to, by their canonical paths, in the order
// that they had when the list was begun.
type linkEntries struct{ paths []string }

// page returns the entities themselves, as they are now.
func (e *linkEntries) page(r store.Reader, after store.Cursor, n int) (page []located, next store.Cursor, more bool) {
	at, _ := strconv.Atoi(after.ID) // none is the beginning
	end := min(at+n, len(e.paths))
	for _, path := range e.paths[min(at, end):end] {
		collection, id, _ := splitPath(path)
		if record, found := r.Get(collection, id); found {
			page = append(page, located{record, collection})
		}
	}
	return page, store.Cursor{ID: strconv.Itoa(end)}, end < len(e.paths)
}

// Page implements entries, without saying where the entities are.
func (e *linkEntries) Page(r store.Reader, after store.Cursor, n int) ([]store.Record, store.Cursor, bool) {
	page, next, more := e.page(r, after, n)
	records := make([]store.Record, len(page))
	for i := range page {
		records[i] = page[i].Record
	}
	return records, next, more
}

// located is a record with its collection.
type located struct {
	store.Record
	collection string
}
