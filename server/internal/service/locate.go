package service

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A place is where in the store an entity or a collection is.
type place struct {
	path       resource.Path // as it is rendered
	kind       *entityType
	collection string // canonical path
	id         string // of the entity in the collection; empty for the collection itself
	slice      Slice  // what of the collection the path is about
	links      bool   // the collection is of links to entities that are elsewhere
	caller     bool   // the entity is the caller, who is always there

	// Of nested entities.
	all    resource.Path // the collection that has all of them, as it is rendered; it may have no node
	within string        // the id of the entity that those of the collection are in, or the absent one is to be in
	names  []string      // those that lead there, from within, to an entity that is absent
}

// entityPath is the canonical path of the entity.
func (p *place) entityPath() string { return p.collection + "/" + p.id }

// isDerived reports whether an entity is of a type that derives from the one that its path
// tells: then it says what it is.
func (p *place) isDerived() bool {
	return p.path.Node != nil && p.path.Type != nil && p.kind.Type != p.path.Type
}

// missing is the failure of a request for an entity that is not there, as its
// workload words it.
func (p *place) missing() error {
	key := KeyOf(p.id)
	if id := p.kind.behavior.missing(p.collection, key); id != "" {
		return &failure{id: id, words: []string{"{id}", key}, lost: &place{kind: p.kind, collection: p.collection, id: p.id}}
	}
	switch values := p.path.Values; {
	case p.id == single:
		key = p.path.Name
	case len(values) > 0 && (p.path.Kind == resource.Key || p.path.Kind == resource.ByPath):
		key = values[len(values)-1]
	}
	return fail(graph.WorkloadOf(p.path.Template()).NotFound(), "{id}", key)
}

// missing is the id of the error about a key that no entity has, "" for the workload's.
func (b *Behavior) missing(collection, key string) string {
	if b.Missing != nil {
		return b.Missing(collection, key)
	}
	return b.NotFound
}

// missingAbove is the failure of a request for what is below an entity that is not there.
// Some workloads have words of their own for users whom they do not know.
func (t *target) missingAbove(above *step) error {
	if w := graph.WorkloadOf(t.path.Template()); isUser(above.kind.Type) && w.NoUser() != "" {
		return fail(w.NoUser(), "{id}", above.path.Values[len(above.path.Values)-1])
	}
	return above.missing()
}

// A target is where a path leads, and what has to be there for it.
type target struct {
	place
	above []step
}

// find returns the entity of a place, stored or not.
func (p *place) find(r store.Reader) (record store.Record, found bool) {
	if record, found = r.Get(p.collection, p.id); !found && p.kind != nil && p.kind.behavior.Virtual != nil {
		record, found = p.kind.behavior.Virtual(r, p.collection, KeyOf(p.id))
	}
	if !found {
		record, found = p.kind.givenOne(r, p.collection, p.id)
	}
	return record, found
}

// single is the id of an entity that is the only one of its navigation property.
const single = "."

// errOtherUser is the error about a user who is not the caller.
const errOtherUser = "other-user"

// locate follows a path from the root. A service asks the store afterwards, with
// [target.check], whether the entities above the end of the path are there.
func (s *Service) locate(path resource.Path, caller *auth.Caller) (t target, err error) {
	err = new(locator).locate(s, path, caller, &t)
	return t, err
}

// reach is locate for a request, with all that is there from the start.
func (s *Service) reach(path resource.Path, r *Request) (t target, err error) {
	l := &locator{now: r.Now.MS}
	if err = l.locate(s, path, &r.Caller, &t); l.wanted != nil {
		if err = s.createSpecial(r, l.wanted); err == nil {
			err = new(locator).locate(s, path, &r.Caller, &t)
		}
	}
	if err == nil && s.settled(&t, Write{Now: r.Now, Caller: &r.Caller}) {
		err = new(locator).locate(s, path, &r.Caller, &t) // other keys may find it now
	}
	return t, err
}

// check reports the first entity above the target that is not there. The only entity
// of a property is always there, and so is the caller.
func (t *target) check(r store.Reader) error {
	for i := range t.above {
		above := &t.above[i]
		if above.place.id == single || above.place.id == "" || above.place.caller || above.isOutermost() {
			continue
		}
		if record, found := above.find(r); !found || !above.slice.Has(&record) {
			return t.missingAbove(above)
		}
	}
	if t.slice.Index != "" && t.id != "" {
		if record, found := t.find(r); found && !t.slice.Has(&record) {
			return t.missing()
		}
	}
	return nil
}

// usersCollection is the canonical path of the users of a tenant.
const usersCollection = "users"

// A locator writes canonical paths one after the other into one text, of which
// the places get their parts at the end.
type locator struct {
	service   *Service
	within    store.Reader // of the transaction that the locator is used in, nil outside of any
	caller    *auth.Caller
	full      resource.Path
	wanted    *special // that is not there yet
	now       int64    // in milliseconds: what has expired is no longer found; 0 if that does not matter
	canonical []byte
	steps     []step

	text [256]byte // room for most paths
	room [4]step
}

// A step is a place whose collection and id are parts of the canonical text.
type step struct {
	place
	start, end int  // of the collection
	id         int  // where the id ends, which begins a slash after the collection; 0 if there is none
	special    bool // keys are those of special entities
}

func (l *locator) locate(s *Service, path resource.Path, caller *auth.Caller, t *target) error {
	l.service, l.caller, l.full = s, caller, path
	l.canonical, l.steps = l.text[:0], l.room[:0]
	for n, values := range path.Segments() {
		if err := l.follow(n, values); err != nil {
			return err
		}
	}
	return l.finish(t)
}

func (l *locator) follow(n *resource.Node, values []string) error {
	switch n.Kind {
	case resource.Navigation:
		l.navigate(n)
	case resource.Key:
		return l.enter(n, strings.Join(values, ","))
	case resource.AlternateKey:
		return l.enterBy(n, values)
	case resource.ByPath:
		return l.enterByPath(n, values[0])
	case resource.Cast:
		if len(l.steps) > 0 && !n.Collection {
			l.last().kind = l.service.typeOf(n.Type)
		}
	}
	return nil
}

func (l *locator) last() *step { return &l.steps[len(l.steps)-1] }

// navigate follows an entity set, a singleton or a navigation property.
func (l *locator) navigate(n *resource.Node) {
	switch {
	case n.Parent.Kind == resource.Root && !n.Collection && isUser(n.Type):
		l.begin(n, usersCollection)
		l.key(l.last(), l.caller.User.ID)
		l.last().caller = true
		return
	case len(l.steps) > 1 && n.Name == l.last().kind.behavior.Parent:
		l.goBack()
		return
	case l.navigateNested(n):
		return
	}
	if l.goToPart(n) || l.goAmong(n) || l.lead(n) {
		return
	}
	linked := l.isLinked(n)
	l.begin(n, nameBelow(n))
	at := l.last()
	switch {
	case linked || isLink(n):
		at.links = true
		if !n.Collection {
			l.goTo(n, l.onlyTarget(string(l.canonical[at.start:at.end])))
		}
	case !n.Collection && at.kind != nil && at.kind.behavior.Elsewhere != nil && l.enterHome(n, single):
	case !n.Collection:
		l.key(at, single)
	}
}

// nameBelow is the name of a navigation property, behind those of the complex values that it
// is in: two of them may have properties of one name. Casts stand where the name has no
// meaning without.
func nameBelow(n *resource.Node) string {
	name, inside := n.Name, false
	for at, above := n, n.Parent; above.Kind == resource.Property || above.Kind == resource.Cast; above = above.Parent {
		switch {
		case above.Kind == resource.Property:
			name, at, inside = above.Name+"/"+name, above, true
		case above.Parent.Type.Property(at.Name) == nil:
			name = above.Name + "/" + name
		}
	}
	if !inside {
		return n.Name
	}
	return name
}

// lead follows a property that leads elsewhere, and reports whether it is one.
func (l *locator) lead(n *resource.Node) bool {
	if len(l.steps) == 0 || l.last().kind == nil || l.last().kind.behavior.Leads[n.Name] == nil {
		return false
	}
	at := l.last()
	find, key := at.kind.behavior.Leads[n.Name], KeyOf(string(l.canonical[at.end+1:at.id]))
	var to target
	l.read(func(r store.Reader) {
		if path := find(r, key); path != "" {
			to = l.service.targetAt(r, path)
		}
	})
	l.begin(n, n.Name)
	l.goTo(n, to)
	return true
}

// isLink reports whether a navigation property leads to entities that are not its
// own.
func isLink(n *resource.Node) bool {
	return n.Parent.Kind != resource.Root && n.Property != nil && !n.Property.Contained
}

// isLinked reports whether a navigation property of the entity that was reached leads where
// its behavior says.
func (l *locator) isLinked(n *resource.Node) bool {
	return len(l.steps) > 0 && l.last().kind != nil && n.Parent.Kind != resource.Root && l.last().kind.behavior.Linked[n.Name] != nil
}

// begin adds a step for a collection, or for what is the only one.
func (l *locator) begin(n *resource.Node, name string) {
	start := len(l.canonical)
	if len(l.steps) > 0 && n.Parent.Kind != resource.Root {
		start = l.last().start
		l.canonical = append(l.canonical, '/')
	}
	l.canonical = append(l.canonical, name...)
	l.steps = append(l.steps, step{
		place: place{path: l.reached(n), kind: l.service.typeOf(n.Type)}, start: start, end: len(l.canonical),
	})
}

// key gives the entity of a step its id in the store.
func (l *locator) key(at *step, key string) {
	l.canonical = at.kind.appendID(append(l.canonical, '/'), key, l.caller.App)
	at.id = len(l.canonical)
}

// reached is the path up to a node.
func (l *locator) reached(n *resource.Node) resource.Path {
	return resource.Path{Node: n, Values: l.full.Values[:n.Keys:n.Keys]}
}

// goBack returns to the entity that contains the one that was reached. Both have to
// be there.
func (l *locator) goBack() {
	parent := l.steps[len(l.steps)-2]
	by := len(l.canonical) - parent.start
	l.canonical = append(l.canonical, l.canonical[parent.start:parent.id]...)
	parent.start, parent.end, parent.id = parent.start+by, parent.end+by, parent.id+by
	l.steps = append(l.steps, parent)
}

// enter follows the key of an entity.
func (l *locator) enter(n *resource.Node, value string) error {
	at := l.last()
	if at.kind == nil {
		return fail(defaultNotFound)
	}
	if isUser(n.Type) && n.Parent.Parent.Kind == resource.Root {
		id := l.userID(value)
		l.key(at, id)
		at.path, at.caller = l.reached(n), id == l.caller.User.ID
		return nil
	}
	at.path = l.reached(n)
	if at.special {
		return l.enterSpecial(n, value)
	}
	if alias := at.kind.behavior.Alias; alias != nil {
		if key, is := alias(value); is {
			l.key(at, key)
			return nil
		}
	}
	key, ok := at.kind.key(value)
	if !ok {
		return at.missing()
	}
	if at.within != "" {
		return l.enterNested(n, key)
	}
	if at.kind.behavior.Elsewhere != nil && l.enterHome(n, key) {
		return nil
	}
	if at.links || at.kind.isAnyObject() && n.Parent.Parent.Kind == resource.Root {
		l.goTo(n, l.targetOf(string(l.canonical[at.start:at.end]), key, at.links))
		return nil
	}
	if key != value && n.Keys == n.Parent.Keys+1 { // what is rendered has the key as the service writes it
		l.full.Values = slices.Clone(l.full.Values)
		l.full.Values[n.Keys-1] = key
		at.path = l.reached(n)
	}
	if lasting := at.kind.behavior.LastingKey; lasting != nil && lasting(key) == key {
		collection := string(l.canonical[at.start:at.end])
		l.read(func(r store.Reader) {
			if record, found := r.Find(collection, lastingIndex, key); found {
				key = KeyOf(record.ID)
			}
		})
	}
	l.key(at, key)
	return nil
}

// enterHome goes on at an entity that is in another place than the set which it was looked
// for in, and reports whether there is one.
func (l *locator) enterHome(n *resource.Node, key string) bool {
	at := l.last()
	collection, id := string(l.canonical[at.start:at.end]), string(appendEscaped(nil, key))
	var to target
	l.read(func(r store.Reader) {
		if _, found := r.Get(collection, id); found {
			return
		}
		elsewhere := at.kind.behavior.Elsewhere(r, collection, key)
		if elsewhere == "" {
			return
		}
		home, bad := l.service.config.Tree.Parse("/" + elsewhere)
		if bad != nil || home.Node == nil || home.Type != n.Type || home.Collection {
			return
		}
		inner := locator{within: r}
		if inner.locate(l.service, home, l.caller, &to) != nil || to.check(r) != nil {
			to = target{}
		}
	})
	if to.kind == nil {
		return false
	}
	l.goTo(n, to)
	return true
}

// enterBy follows another key than that of the type.
func (l *locator) enterBy(n *resource.Node, values []string) error {
	at := l.last()
	at.path = l.reached(n)
	collection := string(l.canonical[at.start:at.end])
	id := l.idBy(collection, n.Names, values)
	if id == "" {
		id = strings.Join(values, ",")
	}
	l.canonical = appendEscaped(append(l.canonical, '/'), id)
	at.id = len(l.canonical)
	return nil
}

// goTo goes on at an entity that a link leads to. If there is none, what is looked for
// stays below the links, where no entity is.
func (l *locator) goTo(n *resource.Node, to target) {
	at := l.last()
	if to.kind == nil {
		key := single
		if values := l.full.Values; n.Keys > n.Parent.Keys {
			key = values[n.Keys-1]
		}
		l.canonical = appendEscaped(append(l.canonical, '/'), key)
		at.id = len(l.canonical)
		return
	}
	start := len(l.canonical)
	l.canonical = append(append(append(l.canonical, to.collection...), '/'), to.id...)
	l.steps = append(l.steps, step{
		place: place{path: l.reached(n), kind: to.kind}, start: start, end: start + len(to.collection), id: len(l.canonical),
	})
}

// finish sets the target to where the path has led.
func (l *locator) finish(t *target) error {
	if len(l.steps) == 0 {
		*t = target{}
		return nil
	}
	text := string(l.canonical)
	private := false
	for i := range l.steps {
		at := &l.steps[i]
		at.collection = text[at.start:at.end]
		if at.id > 0 {
			at.place.id = text[at.end+1 : at.id]
		}
		private = private || at.kind != nil && at.kind.behavior.Private
	}
	last := len(l.steps) - 1
	t.place, t.above = l.steps[last].place, l.steps[:last]
	if private && !l.steps[0].caller {
		return fail(errOtherUser)
	}
	return nil
}

// isUser reports whether a type is that of the users of a tenant.
func isUser(t *edm.Type) bool { return t != nil && t.Name == "microsoft.graph.user" }

// ParentOf splits the path of a collection below an entity into the collection of
// that entity and its id in the store.
func ParentOf(collection string) (of, id string, ok bool) {
	return splitPath(collection[:max(strings.LastIndexByte(collection, '/'), 0)])
}

// splitPath splits the path of an entity into its collection and its id in the store.
func splitPath(path string) (collection, id string, ok bool) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return "", "", false
	}
	return path[:slash], path[slash+1:], true
}
