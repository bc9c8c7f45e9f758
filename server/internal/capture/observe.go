package capture

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/schema"
)

// maxNames bounds the names of users that are kept.
const maxNames = 100_000

// Learn reads the names of users in an exchange. A path may call a user by any of them,
// so all exchanges are learned from before the first is added.
func (t *Tenant) Learn(x *Exchange) {
	if x.Status/100 != 2 || len(x.Answer) == 0 {
		return
	}
	m, violation := t.contract.Route(x.Method, x.Path)
	if violation != nil {
		return
	}
	p := m.Resource()
	if p.Node == nil || p.Type == nil || p.Type.Kind != edm.Entity && p.Type.Primitive != edm.Stream {
		return
	}
	answer, syntax := jsontext.Decode(x.Answer)
	if syntax != nil {
		return
	}
	t.learnNames(answer)
	content, _ := answer.(map[string]any)
	id, _ := content["id"].(string)
	t.learnItems(p, content)
	switch {
	case id == "" || x.Method != http.MethodGet || p.Type.Kind != edm.Entity:
	case p.Kind == resource.ByPath && isSite(p.Type):
		t.keys[siteURL(p)] = id
	case p.Kind == resource.AlternateKey:
		t.keys[otherKey(p.Above().URL(), p.Names, p.Values[p.Keys-len(p.Names):])] = id
	case p.Kind == resource.Navigation && p.Parent.Kind == resource.Root && isUser(p.Type) && schema.IsGUID(id) &&
		t.caller.id == "":
		name, _ := content["userPrincipalName"].(string)
		t.caller = user{strings.ToLower(id), name}
	}
}

// learnNames reads who has which name in a body.
func (t *Tenant) learnNames(v any) {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			t.learnNames(each)
		}
	case map[string]any:
		id, _ := v["id"].(string)
		name, _ := v["userPrincipalName"].(string)
		if id != "" && name != "" && len(t.names) < maxNames && t.names[strings.ToLower(name)] == "" {
			t.names[strings.ToLower(name)] = strings.ToLower(id)
		}
		for _, each := range v {
			t.learnNames(each)
		}
	}
}

// Add adds what an exchange tells of the tenant as it was before the recording.
func (t *Tenant) Add(x *Exchange) {
	switch x.Status / 100 {
	case 2, 3:
	default:
		t.leave(leftFailed)
		return
	}
	m, violation := t.contract.Route(x.Method, x.Path)
	if violation != nil {
		t.leave(leftUnmatched)
		return
	}
	p := m.Resource()
	if p.Node == nil {
		t.leave(leftResults) // such as $metadata
		return
	}
	body, _ := jsontext.Decode(x.Body)
	answer := t.answerOf(x)
	if x.Method != http.MethodGet {
		t.bindings(body)
	}
	if t.isResult(x, p) {
		above := p.Above()
		for above.Node != nil && above.IsResult() {
			above = above.Above()
		}
		if above.Node != nil {
			t.walk(above)
		}
		t.addResult(x, m.Operation, p, answer)
		return
	}
	if p.Kind == resource.Ref {
		t.addLinks(x, p, body, answer)
		return
	}
	s, ok := t.walk(p)
	switch {
	case !ok:
		t.leave(leftPlace)
	case x.Method == http.MethodGet:
		t.read(x, p, &s, answer)
		s.object.meet()
	default:
		t.write(x, p, &s, body, answer)
		s.object.meet()
	}
}

// meet notes that an exchange has met an object, and so what contains it: what creates it
// later on, as the recording says, has found it.
func (o *object) meet() {
	for ; o != nil && !o.met; o = o.above {
		o.met = true
	}
}

// answerOf is the body of a response as JSON, without credentials; nil if it is none.
func (t *Tenant) answerOf(x *Exchange) any {
	v, syntax := jsontext.Decode(t.contract.Credentials().Body(x.Answer))
	if syntax != nil {
		return nil
	}
	return v
}

// read reads a GET.
func (t *Tenant) read(x *Exchange, p resource.Path, s *spot, answer any) {
	content, _ := answer.(map[string]any)
	switch {
	case x.Status == http.StatusNoContent || x.Status/100 == 3:
	case x.AnswerLost:
		t.leave(leftLost)
	case p.Kind == resource.Count:
	case p.Kind == resource.Value, p.Kind == resource.Property && p.Type.Primitive == edm.Stream:
		t.readMedia(x, p, s)
	case p.Kind == resource.Function && !listsAll(p.Node):
		t.leave(leftResults) // which the service works out itself
	case content == nil:
		t.leave(leftBroken)
	case len(s.properties) > 0:
		t.readProperty(s, p.Node, content)
	case p.Collection:
		list, isList := content["value"].([]any)
		if !isList {
			t.leave(leftBroken)
		}
		says := statedBy(x.Query, p.Type)
		for _, each := range list {
			if entity, ok := each.(map[string]any); ok && entity["@removed"] == nil {
				t.state(t.element(s, entity), says)
			}
		}
	default:
		t.readEntity(s, content)
	}
}

// listsAll reports whether a function lists what its collection has.
func listsAll(n *resource.Node) bool {
	return n.Collection && n.Parent.Collection && (n.Name == "delta" || n.Name == "recent")
}

// readEntity reads the answer of a single entity, some of which services give in a value.
func (t *Tenant) readEntity(s *spot, content map[string]any) {
	if inner, ok := content["value"].(map[string]any); ok {
		content = inner
	}
	if s.object == nil && s.links != nil {
		id, _ := content["id"].(string)
		if s.object = t.home(s.links, s.links.property.Type(), id, content); s.object == nil {
			t.leave(leftPlace)
			return
		}
		if !s.links.of.own() {
			t.link(s.links, s.object, linkWasThere)
		}
	}
	if s.object != nil {
		t.observe(s.object, content, nil)
	}
}

// element reads an entity of a list.
func (t *Tenant) element(s *spot, entity map[string]any) (o *object) {
	switch {
	case s.links != nil:
		if o = t.home(s.links, s.links.property.Type(), keysOf(s.links.property.Type(), entity)[0], entity); o == nil {
			break
		}
		if o.own() || s.links.of.own() {
			t.leave(leftOwn)
			return nil
		}
		t.link(s.links, o, linkWasThere)
	case s.collection != nil && s.collection.path == objectsPath:
		if set := t.setOf(t.typeIn(s.collection.at.Type, entity)); set != nil {
			o = t.in(set, keysOf(set.at.Type, entity)...)
		}
	case s.collection != nil:
		if o = t.in(s.collection, keysOf(s.collection.at.Type, entity)...); o != nil {
			o.narrow(s.cast)
			o.narrow(t.typeIn(o.typ, entity))
			t.joined(s.member, o)
		}
	}
	if o == nil {
		t.leave(leftPlace)
		return nil
	}
	o.narrow(s.cast)
	t.observe(o, entity, nil)
	return o
}

// keysOf is the key of an entity by its properties. One without gets a key that is the
// same for the same entity.
func keysOf(typ *edm.Type, entity map[string]any) []string {
	names := typ.Key
	if len(names) == 0 {
		names = []string{"id"}
	}
	keys := make([]string, len(names))
	for i, name := range names {
		switch v := entity[name].(type) {
		case string:
			keys[i] = v
		case json.Number:
			keys[i] = v.String()
		}
		if keys[i] == "" {
			keys[i] = madeKey(string(jsontext.Append(nil, entity)))
		}
	}
	return keys
}

// observe notes what an answer says of an object, but for what the request sent itself.
func (t *Tenant) observe(o *object, entity, sent map[string]any) {
	if o.own() || o.replaced {
		if sent == nil {
			t.leave(leftOwn)
		}
		return
	}
	if name, _ := entity["@odata.type"].(string); name != "" {
		o.narrow(t.model.Type(strings.TrimPrefix(name, "#")))
	}
	for name, v := range entity {
		if _, own := sent[name]; own || strings.Contains(name, "@") {
			continue
		}
		if p := o.typ.Property(name); p != nil && p.Navigation {
			t.expanded(o, p, v)
			continue
		}
		t.note(o, name, v)
	}
}

// note notes a value that a property had, unless an earlier one is known.
func (t *Tenant) note(o *object, name string, v any) {
	if o.written[name] || name == "id" {
		return
	}
	if before, known := o.values[name]; known {
		fill(before, v)
		return
	}
	size := len(name) + len(jsontext.Append(nil, v))
	if t.bytes+size > maxBytes {
		t.leave(leftBeyond)
		return
	}
	t.bytes += size
	o.values[name], o.seen = v, true
}

// fill adds to an object what a later observation tells of it besides.
func fill(before, later any) {
	object, _ := before.(map[string]any)
	more, _ := later.(map[string]any)
	if object == nil || more == nil || object["@odata.type"] != nil && object["@odata.type"] != more["@odata.type"] {
		return
	}
	for name, v := range more {
		if old, known := object[name]; known {
			fill(old, v)
		} else if !strings.HasPrefix(name, "@") {
			object[name] = v
		}
	}
}

// expanded reads entities that came with the one that leads to them.
func (t *Tenant) expanded(o *object, p *edm.Property, v any) {
	at := o.to(p.Name)
	if at.Node == nil {
		return
	}
	s := spot{}
	switch {
	case !p.Contained:
		s.links = &navigation{o, at, p}
	case p.Collection:
		s.collection = t.collectionAt(at, o)
	}
	list, _ := v.([]any)
	for _, each := range list {
		if entity, ok := each.(map[string]any); ok {
			t.element(&s, entity)
		}
	}
	if entity, ok := v.(map[string]any); ok && !p.Collection {
		if p.Contained {
			s.object = t.onlyAt(at, o)
		} else {
			s.object = t.onlyTarget(s.links)
		}
		t.readEntity(&s, entity)
	}
}

// readProperty reads the answer of a structural property.
func (t *Tenant) readProperty(s *spot, n *resource.Node, content map[string]any) {
	if s.object.own() || s.object.replaced {
		t.leave(leftOwn)
		return
	}
	var v any
	inner, wrapped := content["value"]
	switch {
	case wrapped && (n.Type == nil || n.Collection || n.Type.Kind != edm.Complex || n.Type.Property("value") == nil):
		v = inner
	case n.Type != nil && n.Type.Kind == edm.Complex && !n.Collection:
		fields := map[string]any{}
		for name, field := range content {
			if !strings.HasPrefix(name, "@") || name == "@odata.type" {
				fields[name] = field
			}
		}
		v = fields
	default:
		t.leave(leftBroken)
		return
	}
	names := s.properties
	if len(names) > 1 { // a part of a value of which nothing is known
		whole, _ := s.object.values[names[0]].(map[string]any)
		if whole == nil && s.object.values[names[0]] == nil {
			whole = map[string]any{}
			t.note(s.object, names[0], whole)
		}
		for _, name := range names[1 : len(names)-1] {
			part, _ := whole[name].(map[string]any)
			if part == nil && whole != nil && whole[name] == nil {
				part = map[string]any{}
				whole[name] = part
			}
			whole = part
		}
		if last := names[len(names)-1]; whole != nil && whole[last] == nil {
			whole[last] = v
		}
		return
	}
	t.note(s.object, names[0], v)
}

// readMedia reads bytes, or a value that is written as text.
func (t *Tenant) readMedia(x *Exchange, p resource.Path, s *spot) {
	owner, name := p.Above(), p.Name
	if p.Kind == resource.Value && owner.Kind == resource.Property {
		if owner.Type.Primitive != edm.Stream {
			if text := string(x.Answer); len(s.properties) == 1 && owner.Type.Primitive == edm.String && !s.object.own() {
				t.note(s.object, s.properties[0], t.contract.Credentials().Text(text))
			}
			return
		}
		name = owner.Name
	}
	switch {
	case s.object == nil:
		t.leave(leftPlace)
		return
	case s.object.own():
		t.leave(leftOwn)
		return
	case t.bytes+len(x.Answer) > maxBytes:
		t.leave(leftBeyond)
		return
	}
	t.bytes += len(x.Answer)
	data := append([]byte{}, x.Answer...)
	if utf8.Valid(data) {
		data = t.contract.Credentials().Body(data)
	}
	t.keepMedia(s.object, name, data)
}

func (t *Tenant) keepMedia(o *object, name string, data []byte) {
	m := &media{o.path + "/" + name, o, data}
	if t.media[m.path] == nil {
		t.media[m.path] = m
		t.mediaOrder = append(t.mediaOrder, m)
	}
}

// write reads what a successful write has met.
func (t *Tenant) write(x *Exchange, p resource.Path, s *spot, body, answer any) {
	sent, _ := body.(map[string]any)
	content, _ := answer.(map[string]any)
	switch {
	case p.Kind == resource.Action || p.Kind == resource.Function:
		t.called(s.object, p.Name, sent, content)
		if p.Name == "getByIds" {
			t.byIDs(content)
		}
		if content != nil {
			t.leave(leftResults)
		}
	case p.Kind == resource.Value, p.Kind == resource.Property && p.Type.Primitive == edm.Stream:
		switch {
		case s.object == nil:
		case x.Method == http.MethodDelete:
			t.keepMedia(s.object, p.Name, []byte{})
		case x.Method == http.MethodPut && x.Status == http.StatusCreated:
			s.object.created = s.object.created || !s.object.isKnown()
		}
	case len(s.properties) > 0:
		s.object.wrote(s.properties[0])
	case p.Collection:
		t.referred(entityType(p), sent)
		t.hadColumns(s.collection, sent)
		t.create(s, content)
		t.createdColumn(s.collection, content)
	case s.object == nil && s.links != nil:
		if s.object = t.home(s.links, s.links.property.Type(), "", content); s.object != nil {
			t.link(s.links, s.object, linkWasThere)
		}
	case s.object == nil:
	case x.Method == http.MethodPatch && x.Status == http.StatusCreated, x.Method == http.MethodPut && x.Status == http.StatusCreated:
		s.object.created = s.object.created || !s.object.isKnown()
		s.object.again = s.object.again || s.object.removed
	case x.Method == http.MethodPatch:
		t.hadFolder(s.object, sent)
		if len(sent) > 0 {
			t.observe(s.object, content, sent)
		}
		for name := range sent {
			s.object.wrote(name)
		}
	case x.Method == http.MethodPut:
		s.object.replaced = true
	case x.Method == http.MethodDelete:
		s.object.removed = true
	}
}

// isKnown reports whether anything was seen of an object.
func (o *object) isKnown() bool { return o.seen || o.met }

// wrote notes that the recording wrote a property: what is read later is its own.
func (o *object) wrote(name string) {
	if o.written == nil {
		o.written = map[string]bool{}
	}
	o.written[name] = true
}

// create notes what a POST to a collection made.
func (t *Tenant) create(s *spot, content map[string]any) {
	c := s.collection
	if s.links != nil && c == nil {
		if c = t.setOf(t.typeIn(s.links.property.Type(), content)); c == nil {
			c = t.collectionAt(s.links.at, s.links.of)
		}
	}
	if c == nil || content == nil || content["id"] == nil {
		return
	}
	key := keysOf(c.at.Type, content)
	if o := c.objects[strings.Join(key, ",")]; o != nil {
		o.again = o.again || o.removed
		return // it is known from before, if the recording tells the truth
	}
	if o := t.in(c, key...); o != nil {
		o.created = true
	}
}
