package service

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A place is where in the store an entity or a collection is.
type place struct {
	path       resource.Path // as it is rendered; its keys are those of clients
	kind       *entityType
	collection string // canonical path
	id         string // of the entity in the collection; empty for the collection itself
}

// A target is where a path leads, and what has to be there for it.
type target struct {
	place
	above []place
}

// single is the id of an entity that is the only one of its navigation property.
const single = "."

// errOtherUser is the error about a user who is not the caller.
const errOtherUser = "other-user"

// locate follows a path from the root. A service asks the store afterwards, with
// [target.check], whether the entities above the end of the path are there.
func (s *Service) locate(path resource.Path, caller *auth.Caller) (target, error) {
	l := locator{service: s, caller: caller, full: path, canonical: make([]byte, 0, 160)}
	for n, value := range path.Segments() {
		if err := l.follow(n, value); err != nil {
			return target{}, err
		}
	}
	return l.target(), nil
}

// check reports the first entity above the target that is not there.
func (t *target) check(r store.Reader) error {
	for i := range t.above {
		above := &t.above[i]
		if above.id == single {
			continue
		}
		if _, found := r.Get(above.collection, above.id); !found {
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
	values    int // keys that were followed
	steps     []step
}

// A step is a place whose collection is a part of the canonical text.
type step struct {
	place
	start, end int
}

func (l *locator) follow(n *resource.Node, value string) error {
	switch n.Kind {
	case resource.Navigation:
		l.navigate(n)
	case resource.Key:
		l.values++
		return l.enter(n, value)
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
	kind := l.service.typeOf(n.Type)
	switch {
	case n.Parent.Kind == resource.Root && isUser(n.Type):
		l.canonical = append(l.canonical, "users"...)
		if !n.Collection {
			l.canonical = append(append(l.canonical, '/'), l.caller.User.ID...)
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
	next := step{place{path: l.reached(n), kind: kind}, start, len(l.canonical)}
	if !n.Collection {
		next.id = single
		l.canonical = append(l.canonical, "/"+single...)
	}
	l.steps = append(l.steps, next)
}

// reached is the path up to a node.
func (l *locator) reached(n *resource.Node) resource.Path {
	return resource.Path{Node: n, Values: l.full.Values[:l.values:l.values]}
}

// goBack returns to the entity that contains the one that was reached. Both have to
// be there.
func (l *locator) goBack() {
	parent := l.steps[len(l.steps)-2]
	start := len(l.canonical)
	l.canonical = append(l.canonical, l.canonical[parent.start:parent.end]...)
	parent.start, parent.end = start, len(l.canonical)
	l.canonical = append(append(l.canonical, '/'), parent.id...)
	l.steps = append(l.steps, parent)
}

// enter follows the key of an entity.
func (l *locator) enter(n *resource.Node, value string) error {
	if len(l.steps) == 0 { // of a user
		if !l.caller.User.Is(value) {
			return failure(errOtherUser)
		}
		l.canonical = append(append(l.canonical, '/'), l.caller.User.ID...)
		return nil
	}
	at := l.last()
	key, ok := at.kind.key(value)
	if !ok {
		return failure(at.kind.notFound())
	}
	at.id, at.path = at.kind.storedID(key, l.caller.App), l.reached(n)
	l.canonical = append(append(l.canonical, '/'), at.id...)
	return nil
}

// target is where the path has led.
func (l *locator) target() target {
	if len(l.steps) == 0 {
		return target{}
	}
	text := string(l.canonical)
	places := make([]place, len(l.steps))
	for i := range l.steps {
		places[i] = l.steps[i].place
		places[i].collection = text[l.steps[i].start:l.steps[i].end]
	}
	last := len(places) - 1
	return target{place: places[last], above: places[:last]}
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
