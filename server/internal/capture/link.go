package capture

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
)

// forward returns the property whose links a navigation shows, and whether it reads them
// backwards.
func (t *Tenant) forward(n *navigation) (property string, reverse bool) {
	name := n.property.Name
	b := t.behaviorOf(n.of.typ)
	if b == nil {
		return name, false
	}
	if base := b.Transitive[name]; base != "" {
		name = base
	}
	if back := b.Reverse[name]; back != "" {
		return back, true
	}
	return name, false
}

// pathOf is the path of the property whose links a navigation shows, if it does not read
// them backwards.
func (n *navigation) pathOf(name string) resource.Path {
	if name == n.property.Name {
		return n.at
	}
	return n.of.to(name)
}

// targets returns the objects that a navigation is known to lead to.
func (t *Tenant) targets(n *navigation) []*object {
	name, reverse := t.forward(n)
	if !reverse {
		if set := t.linked[n.pathOf(name).URL()]; set != nil {
			return set.targets
		}
		return nil
	}
	var owners []*object
	for _, set := range t.linkOrder {
		if set.ends[n.of] != 0 && set.property == name {
			owners = append(owners, set.of)
		}
	}
	return owners
}

// link notes a link of a navigation to an object: one that was there, or that the
// recording made.
func (t *Tenant) link(n *navigation, to *object, state linkState) {
	from, name := n.of, ""
	name, reverse := t.forward(n)
	if reverse {
		from, to = to, from
	}
	at := from.to(name)
	if !reverse {
		at = n.pathOf(name)
	}
	if at.Node == nil { // such as the manager of a contact
		t.leave(leftPlace)
		return
	}
	path := at.URL()
	set := t.linked[path]
	if set == nil {
		set = &linkSet{path: path, property: name, of: from, ends: map[*object]linkState{}}
		t.linked[path] = set
		t.linkOrder = append(t.linkOrder, set)
	}
	if set.ends[to] == 0 {
		set.ends[to] = state
		set.targets = append(set.targets, to)
	}
}

// target returns the object with a key at the end of a link, which was there.
func (t *Tenant) target(n *navigation, key string) *object {
	for _, to := range t.targets(n) {
		if to.key == key || isUser(to.typ) && to.key == t.userKey(to.in, key) {
			return to
		}
	}
	to := t.home(n, n.property.Type(), key, nil)
	if to != nil {
		t.link(n, to, linkWasThere)
	}
	return to
}

// onlyTarget returns the object at the end of a navigation that leads to one at most: nil
// if it is not known.
func (t *Tenant) onlyTarget(n *navigation) *object {
	if all := t.targets(n); len(all) > 0 {
		return all[0]
	}
	return nil
}

// home returns the object that a link leads to: in the set of its type or, if there is
// none, at the end of the link itself.
func (t *Tenant) home(n *navigation, typ *edm.Type, key string, body map[string]any) *object {
	if isAnyObject(typ) && body == nil && key != "" {
		return t.anyObject(key)
	}
	typ = t.typeIn(typ, body)
	if set := t.setOf(typ); set != nil {
		if key == "" {
			key = madeKey(n.of.path + "/" + n.property.Name)
		}
		o := t.in(set, key)
		if o != nil {
			o.narrow(typ)
		}
		return o
	}
	var o *object
	if n.property.Collection {
		if key == "" {
			return nil
		}
		o = t.in(t.collectionAt(n.at, n.of), key)
	} else {
		o = t.onlyAt(n.at, n.of)
		if key != "" {
			o.key = key
		}
	}
	if o != nil {
		o.alone = true
		o.narrow(typ)
	}
	return o
}

// setOf returns the entity set of a type, nil if it has none.
func (t *Tenant) setOf(typ *edm.Type) *collection {
	for base := typ; base != nil; base = base.Base {
		for _, p := range t.model.Container().Properties() {
			if p.Collection && p.Navigation && p.Type() == base && !isAnyObject(base) {
				return t.set(p.Name)
			}
		}
	}
	return nil
}

// typeIn is the type of an entity where one of a type is expected: what it says itself or,
// of an object of the directory that does not say it, the first that has all its
// properties.
func (t *Tenant) typeIn(typ *edm.Type, body map[string]any) *edm.Type {
	if name, _ := body["@odata.type"].(string); name != "" {
		if named := t.model.Type(strings.TrimPrefix(name, "#")); named != nil && named.Is(typ) {
			return named
		}
	}
	if !isAnyObject(typ) {
		return typ
	}
	for _, name := range []string{"user", "group", "servicePrincipal", "application", "device", "orgContact", "directoryRole",
		"administrativeUnit"} {
		candidate := t.model.Type("microsoft.graph." + name)
		if candidate != nil && candidate.Is(typ) && hasAll(candidate, body) {
			return candidate
		}
	}
	return typ
}

func hasAll(typ *edm.Type, body map[string]any) bool {
	for name := range body {
		if !strings.Contains(name, "@") && typ.Property(name) == nil {
			return false
		}
	}
	return true
}

// refer notes that an entity is there whose URL a write names, and returns it.
func (t *Tenant) refer(url string) *object {
	p, err := t.tree.Parse(graph.CutRoot(url))
	if err != nil || p.Node == nil || p.Collection || p.Type == nil || p.Type.Kind != edm.Entity {
		return nil
	}
	s, ok := t.walk(p)
	if !ok || s.end != nil || len(s.properties) > 0 {
		return nil
	}
	return s.object
}

// bindings notes the entities that a body refers to.
func (t *Tenant) bindings(v any) {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			t.bindings(each)
		}
	case map[string]any:
		for name, value := range v {
			if name == odataID || strings.HasSuffix(name, "@odata.bind") {
				all, _ := value.([]any)
				for _, each := range append(slices.Clone(all), value) {
					if url, ok := each.(string); ok {
						t.refer(url)
					}
				}
				continue
			}
			t.bindings(value)
		}
	}
}

// addLinks reads an exchange about the links of a navigation, whose path ends in $ref.
func (t *Tenant) addLinks(x *Exchange, p resource.Path, body, answer any) {
	path, key := p.Above(), ""
	if path.Kind == resource.Key {
		key = path.Values[len(path.Values)-1]
		path = path.Above()
	}
	owner, ok := t.walk(path.Above())
	if !ok || owner.object == nil || owner.end != nil || path.Property == nil {
		t.leave(leftPlace)
		return
	}
	n := &navigation{owner.object, owner.object.below(path.Node), path.Property}
	if n.at.Node == nil {
		t.leave(leftPlace)
		return
	}
	sent, _ := body.(map[string]any)
	switch x.Method {
	case http.MethodGet:
		content, _ := answer.(map[string]any)
		list, _ := content["value"].([]any)
		for _, each := range append([]any{answer}, list...) {
			t.linkTo(n, each, linkWasThere)
		}
	case http.MethodPost, http.MethodPut:
		t.linkTo(n, sent, linkIsOwn)
	case http.MethodDelete:
		t.unlinked(x, n, key)
	}
}

// linkTo notes a link that a body has.
func (t *Tenant) linkTo(n *navigation, body any, state linkState) {
	content, _ := body.(map[string]any)
	url, _ := content[odataID].(string)
	if url == "" {
		return
	}
	to := t.refer(url)
	switch {
	case to == nil:
		t.leave(leftPlace)
	case state == linkWasThere && (to.own() || n.of.own()):
		t.leave(leftOwn)
	default:
		t.link(n, to, state)
	}
}

// unlinked notes the link that a DELETE met.
func (t *Tenant) unlinked(x *Exchange, n *navigation, key string) {
	var to *object
	query, _ := url.ParseQuery(x.Query)
	switch reference := cmp.Or(query.Get("$id"), query.Get("@id")); {
	case reference != "":
		to = t.refer(reference)
	case key != "":
		to = t.home(n, n.property.Type(), key, nil)
	default:
		if to = t.onlyTarget(n); to == nil {
			to = t.home(n, n.property.Type(), "", nil)
		}
	}
	if to == nil {
		t.leave(leftPlace)
		return
	}
	t.link(n, to, linkWasThere)
	t.keptOwner(n)
}

const odataID = "@odata.id"
