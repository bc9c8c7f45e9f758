package capture

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
)

// A spot is where a path leads.
type spot struct {
	object     *object     // the entity, or the one above what follows
	collection *collection // of entities
	member     *object     // the user whose chats or teams these are
	links      *navigation // of links, many or one
	properties []string    // below the object
	cast       *edm.Type
	end        *resource.Node // a function, an action, $count, $ref or $value at the end
}

// A navigation is a property of an object whose entities are elsewhere.
type navigation struct {
	of       *object
	at       resource.Path
	property *edm.Property
}

// walk follows a path. What it leads through was there, unless the recording made it.
func (t *Tenant) walk(p resource.Path) (s spot, ok bool) {
	for n, values := range p.Segments() {
		if s.end != nil || !t.step(&s, n, values) {
			return s, false
		}
	}
	return s, true
}

func (t *Tenant) step(s *spot, n *resource.Node, values []string) bool {
	switch n.Kind {
	case resource.Navigation:
		return t.navigate(s, n)
	case resource.Key:
		switch {
		case s.links != nil:
			s.object = t.target(s.links, values[0])
		case s.collection != nil && s.collection.path == objectsPath:
			s.object = t.anyObject(values[0])
		case s.collection != nil:
			s.object = t.in(s.collection, slices.Clone(values)...)
		default:
			return false
		}
		t.joined(s.member, s.object)
		s.collection, s.links, s.member = nil, nil, nil
		if s.object != nil && s.cast != nil {
			s.object.narrow(s.cast)
		}
		return s.object != nil
	case resource.AlternateKey:
		if s.collection == nil {
			return false
		}
		s.object = t.byOther(s.collection, n.Names, values)
		s.collection = nil
		return s.object != nil
	case resource.ByPath:
		switch {
		case s.object == nil:
			s.end = n
			return true
		case isSite(n.Type):
			s.object = t.siteBelow(s.object, values[0])
		default:
			s.object = t.itemBelow(s.object, values[0])
		}
		return s.object != nil
	case resource.Cast:
		if s.collection == nil && s.links == nil && s.object != nil {
			s.object.narrow(n.Type)
		}
		s.cast = n.Type
	case resource.Property:
		s.properties = append(s.properties, n.Name)
		return s.object != nil
	default:
		s.end = n
	}
	return true
}

// navigate follows an entity set, a singleton or a navigation property.
func (t *Tenant) navigate(s *spot, n *resource.Node) bool {
	above := s.object
	switch {
	case s.collection != nil || s.links != nil:
		return false
	case n.Parent.Kind != resource.Root:
		if above == nil {
			return false
		}
		at := above.below(n)
		if at.Node == nil { // of a type that the path knew and the object is not
			return false
		}
		s.properties = nil
		if !n.Property.Contained {
			s.links = &navigation{above, at, n.Property}
			if !n.Collection {
				s.object = nil
				if only := t.onlyTarget(s.links); only != nil {
					s.object = only
				}
			}
			return true
		}
		if n.Collection {
			s.collection = t.collectionAt(at, above)
			if set := t.setOf(n.Type); set != nil && isUser(above.typ) && (n.Name == "chats" || n.Name == "joinedTeams") {
				s.collection, s.member = set, above // to which its members lead
			}
			return true
		}
		if b := t.behaviorOf(above.typ); b == nil || b.Linked[n.Name] == nil {
			s.object = t.onlyAt(at, above)
		} else if n.Type.Name == "microsoft.graph.team" { // of a group, which has its key
			s.object = t.in(t.set("teams"), above.key)
		} else {
			s.object = t.onlyAt(at, above)
			s.object.elsewhere = true
		}
		return s.object != nil
	case n.Collection:
		s.collection = t.collectionAt(resource.Path{Node: n}, nil)
	case isUser(n.Type):
		s.object = t.self()
	default:
		s.object = t.onlyAt(resource.Path{Node: n}, nil)
	}
	return true
}

func isUser(t *edm.Type) bool      { return t != nil && t.Name == "microsoft.graph.user" }
func isAnyObject(t *edm.Type) bool { return t != nil && t.Name == directoryObject }

func isSite(t *edm.Type) bool { return t != nil && t.Name == "microsoft.graph.site" }

// siteURL is the address of the site that names lead to from a host or from another site.
func siteURL(p resource.Path) string {
	above, names := p.Above(), p.Values[len(p.Values)-1]
	if len(above.Values) == 0 {
		return ""
	}
	return siteAt(above.Values[len(above.Values)-1], names)
}

func siteAt(host, names string) string {
	return "https://" + host + "/" + strings.Trim(names, "/")
}

// siteBelow is the site that names lead to from a host, which is known by its address.
func (t *Tenant) siteBelow(host *object, names string) *object {
	url := siteAt(host.key, names)
	o := t.in(t.set("sites"), cmp.Or(t.keys[url], madeKey(url)))
	if o != nil && o.values["webUrl"] == nil {
		o.values["webUrl"] = url
	}
	return o
}

// objectsPath is the set that has the objects of other sets.
const objectsPath = "/directoryObjects"

const directoryObject = "microsoft.graph.directoryObject"

// to is the path of a property of an object, without a node if its type has none.
func (o *object) to(property string) resource.Path {
	if at := o.at.To(property); at.Node != nil || o.typ == o.declared {
		return at
	}
	if cast := o.at.To(o.typ.Name); cast.Node != nil {
		return cast.To(property)
	}
	return resource.Path{}
}

// below is the path of a node that the object leads to, through complex values where the node
// is below some.
func (o *object) below(n *resource.Node) resource.Path {
	names := []string{n.Name}
	inside := func(n *resource.Node) bool {
		return n.Kind == resource.Property || n.Kind == resource.Cast && n.Parent.Kind == resource.Property
	}
	for above := n.Parent; inside(above); above = above.Parent {
		names = append(names, above.Name)
	}
	at := o.to(names[len(names)-1])
	for _, name := range slices.Backward(names[:len(names)-1]) {
		if at.Node != nil {
			at = at.To(name)
		}
	}
	return at
}

// narrow notes that an object is of a derived type.
func (o *object) narrow(to *edm.Type) {
	if to != nil && to != o.typ && to.Is(o.typ) {
		o.typ = to
	}
}

// set returns the entity set of a name.
func (t *Tenant) set(name string) *collection {
	return t.collectionAt(resource.Path{Node: t.tree.Root().Child(name)}, nil)
}

// self is the user of /me: the one whom the recording names, or the first of contoso.
func (t *Tenant) self() *object {
	if t.me != nil {
		return t.me
	}
	first := fixtures.Contoso().Users[0]
	t.caller.id = cmp.Or(t.caller.id, first.ID)
	t.caller.name = cmp.Or(t.caller.name, first.UserPrincipalName)
	t.me = t.in(t.set("users"), t.caller.id)
	if t.me.values["userPrincipalName"] == nil {
		t.me.values["userPrincipalName"] = t.caller.name
	}
	return t.me
}

// byOther returns the object of a collection by another key than that of its type.
func (t *Tenant) byOther(c *collection, names, values []string) *object {
	for _, o := range c.order {
		same := true
		for i, name := range names {
			text, _ := o.values[name].(string)
			same = same && strings.EqualFold(text, values[i])
		}
		if same {
			return o
		}
	}
	key := t.keys[otherKey(c.path, names, values)]
	if key == "" {
		key = madeKey(otherKey(c.path, names, values))
	}
	o := t.in(c, key)
	if o == nil {
		return nil
	}
	for i, name := range names {
		if p := o.typ.Property(name); p != nil && o.values[name] == nil {
			o.values[name] = values[i]
		}
	}
	return o
}

func otherKey(path string, names, values []string) string {
	return path + "(" + strings.Join(names, ",") + "=" + strings.Join(values, ",") + ")"
}

// madeKey is a key for what the recording does not name: the same for the same text.
func madeKey(text string) string { return uuid.NewSHA1(uuid.Nil, []byte(text)).String() }

// anyObject returns the object of the directory that has a key, whatever its type. One
// that nobody else names is a user.
func (t *Tenant) anyObject(key string) *object {
	for _, c := range t.order {
		if c.of == nil && c.at.Type.Is(t.model.Type(directoryObject)) {
			if o := c.objects[t.userKey(c, key)]; o != nil {
				return o
			}
		}
	}
	return t.in(t.set("users"), key)
}
