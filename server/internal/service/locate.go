package service

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
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
}

// A target is where a path leads, and what has to be there for it.
type target struct {
	place
	above []step
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

// check reports the first entity above the target that is not there.
func (t *target) check(r store.Reader) error {
	for i := range t.above {
		above := &t.above[i]
		if above.place.id == single {
			continue
		}
		if _, found := r.Get(above.collection, above.place.id); !found {
			return failure(above.kind.notFound())
		}
	}
	return nil
}

// A locator writes canonical paths one after the other into one text, of which
// the places get their parts at the end.
type locator struct {
	service   *Service
	caller    *auth.Caller
	full      resource.Path
	canonical []byte
	steps     []step

	text [256]byte // room for most paths
	room [4]step
}

// A step is a place whose collection and id are parts of the canonical text.
type step struct {
	place
	start, end int // of the collection
	id         int // where the id ends, which begins a slash after the collection; 0 if there is none
}

func (l *locator) locate(s *Service, path resource.Path, caller *auth.Caller, t *target) error {
	l.service, l.caller, l.full = s, caller, path
	l.canonical, l.steps = l.text[:0], l.room[:0]
	for n, values := range path.Segments() {
		if err := l.follow(n, values); err != nil {
			return err
		}
	}
	l.finish(t)
	return nil
}

func (l *locator) follow(n *resource.Node, values []string) error {
	switch n.Kind {
	case resource.Navigation:
		l.navigate(n)
	case resource.Key:
		return l.enter(n, strings.Join(values, ","))
	case resource.Cast:
		if len(l.steps) > 0 {
			l.last().kind = l.service.typeOf(n.Type)
		}
	}
	return nil
}

func (l *locator) last() *step { return &l.steps[len(l.steps)-1] }

// navigate follows an entity set, a singleton or a navigation property.
func (l *locator) navigate(n *resource.Node) {
	switch {
	case n.Parent.Kind == resource.Root && isUser(n.Type):
		l.canonical = append(l.canonical, "users"...)
		if !n.Collection {
			l.canonical = appendEscaped(append(l.canonical, '/'), l.caller.User.ID)
		}
		return
	case len(l.steps) > 1 && n.Name == l.last().kind.behavior.Parent:
		l.goBack()
		return
	}
	start := 0
	if len(l.steps) > 0 {
		start = l.last().start
	}
	if len(l.canonical) > start {
		l.canonical = append(l.canonical, '/')
	}
	l.canonical = append(l.canonical, n.Name...)
	next := step{place: place{path: l.reached(n), kind: l.service.typeOf(n.Type)}, start: start, end: len(l.canonical)}
	if !n.Collection {
		next.place.id = single
		l.canonical = append(l.canonical, "/"+single...)
	}
	l.steps = append(l.steps, next)
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
	if len(l.steps) == 0 { // of a user
		if !l.caller.User.Is(value) {
			return failure(errOtherUser)
		}
		l.canonical = appendEscaped(append(l.canonical, '/'), l.caller.User.ID)
		return nil
	}
	at := l.last()
	key, ok := at.kind.key(value)
	if !ok {
		return failure(at.kind.notFound())
	}
	if key != value && n.Keys == n.Parent.Keys+1 { // what is rendered has the key as the service writes it
		l.full.Values = slices.Clone(l.full.Values)
		l.full.Values[n.Keys-1] = key
	}
	at.path = l.reached(n)
	l.canonical = at.kind.appendID(append(l.canonical, '/'), key, l.caller.App)
	at.id = len(l.canonical)
	return nil
}

// finish sets the target to where the path has led.
func (l *locator) finish(t *target) {
	if len(l.steps) == 0 {
		*t = target{}
		return
	}
	text := string(l.canonical)
	for i := range l.steps {
		at := &l.steps[i]
		at.collection = text[at.start:at.end]
		if at.id > 0 {
			at.place.id = text[at.end+1 : at.id]
		}
	}
	last := len(l.steps) - 1
	t.place, t.above = l.steps[last].place, l.steps[:last]
}

// isUser reports whether a type is that of the users of a tenant.
func isUser(t *edm.Type) bool { return t != nil && t.Name == "microsoft.graph.user" }

// ParentOf splits the path of a collection below an entity into the collection of
// that entity and its id in the store.
func ParentOf(collection string) (of, id string, ok bool) {
	parent := collection[:max(strings.LastIndexByte(collection, '/'), 0)]
	slash := strings.LastIndexByte(parent, '/')
	if slash < 0 {
		return "", "", false
	}
	return parent[:slash], parent[slash+1:], true
}
