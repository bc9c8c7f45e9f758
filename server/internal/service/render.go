package service

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/odata"
)

// written is the response to a write, whose entity is at hand both as an object and
// as JSON. The client may have asked for nothing of it.
func (s *Service) written(r *Request, status int, at place, w *Write, children []children, located bool) Response {
	if w.kind.behavior.Address != "" && r.Path.Kind == resource.Key {
		at.path = r.Path.Sibling(w.Key)
	}
	if shown := w.kind.shownKey(r, w.Key); shown != w.Key && at.path.Kind == resource.Key {
		at.path = at.path.Sibling(shown)
	}
	res := Response{Status: status}
	if located {
		res.Location = r.location(&at, w.kind, w.Key)
	}
	p := &r.Preferences
	if r.HasNoBody && (r.WriteStatus == 0 || !p.Representation) {
		res.Status = cmp.Or(r.WriteStatus, http.StatusNoContent)
		return res
	}
	if !r.HasNoBody && r.WriteStatus != 0 {
		res.Status = r.WriteStatus
	}
	res.Applied = w.kind.applied(r)
	switch {
	case p.Minimal:
		res.Status, res.Applied = http.StatusNoContent, append(res.Applied, "return=minimal")
		return res
	case p.Representation:
		res.Applied = append(res.Applied, "return=representation")
	}
	entity, stored := w.entity, w.Record.JSON
	if !w.kind.isStored() || at.isDerived() {
		entity = s.usual(r, &row{w.Record, at})
		stored = jsontext.Append(nil, entity)
	}
	if declared := r.Path.Type; declared != nil && declared.Kind == edm.Entity && w.kind.Type != declared && r.Metadata == MetadataMinimal && !entity.Has("@odata.type") {
		entity = append(jsontext.Object{{Name: "@odata.type", Value: "#" + w.kind.Name}}, entity...)
		stored = jsontext.Append(nil, entity)
	}
	last := []byte(nil)
	if w.kind.behavior.Alone {
		children = nil
	}
	for _, c := range children {
		list := c.value()
		entity.Set(c.property, list)
		last = append(jsontext.AppendString(append(last, ','), c.property), ':')
		last = jsontext.Append(last, list)
	}
	res.ContentType = r.Metadata.contentType()
	if r.Metadata != MetadataMinimal {
		res.Value = r.withMetadata(at, entity)
		res.Body = jsontext.Append(nil, res.Value)
		return res
	}
	context := r.context(at.path, "")
	entity.Set(odataContext, context)
	res.Value, res.Body = entity, withContext(context, stored, last)
	return res
}

// usual is an entity as a response has it without $select.
func (s *Service) usual(r *Request, e *row) jsontext.Object {
	properties := s.shown(r, e)
	e.kind.usual(properties)
	entity := make(jsontext.Object, 0, len(properties)+3)
	if e.isDerived() && r.Metadata == MetadataMinimal {
		entity = append(entity, jsontext.Member{Name: "@odata.type", Value: "#" + e.kind.Name})
	}
	if tag := e.kind.behavior.Tag; tag != nil && r.Metadata != MetadataNone {
		entity = append(entity, jsontext.Member{Name: odataETag, Value: tag(&e.Record)})
	}
	entity = append(entity, s.annotated(r, e, properties, &noOptions)...)
	for _, name := range e.kind.ordered(properties) {
		entity = append(entity, jsontext.Member{Name: name, Value: properties[name]})
	}
	return entity
}

const odataContext = "@odata.context"

// withMetadata is an entity with another level of metadata than minimal.
func (r *Request) withMetadata(at place, entity jsontext.Object) jsontext.Object {
	if r.Metadata != MetadataFull {
		return entity
	}
	context := jsontext.Object{{Name: odataContext, Value: r.context(at.path, "")}}
	return slices.Concat(context, annotations(at.kind, r.odataPath(at.path)), entity)
}

// withContext puts an @odata.context before the members of a stored entity, and
// other members after them.
func withContext(context string, entity, last []byte) []byte {
	b := make([]byte, 0, len(context)+len(entity)+len(last)+24)
	b = append(b, `{"@odata.context":`...)
	b = jsontext.AppendString(b, context)
	if len(entity) > len("{}") {
		b = append(b, ',')
		b = append(b, entity[1:len(entity)-1]...)
	}
	return append(append(b, last...), '}')
}

// context is the @odata.context of the entity at a path. What was selected stands in
// parentheses, with them, or is empty.
func (r *Request) context(path resource.Path, selected string) string {
	b := append(r.appendRoot(make([]byte, 0, 200)), "/$metadata#"...)
	b = r.appendCollection(b, path.CollectionPath())
	b = append(b, selected...)
	return string(append(b, "/$entity"...))
}

// listContext is the @odata.context of a list.
func (r *Request) listContext(l *list) string {
	b := append(r.appendRoot(make([]byte, 0, 200)), "/$metadata#"...)
	if fragment := l.kind.behavior.ListContext; fragment != "" {
		return string(append(b, fragment...))
	}
	b = r.appendCollection(b, l.path)
	return string(append(b, selected(l.options)...))
}

// appendCollection appends the path of a collection, or of what is the only one. Linked
// entities are of the set where they are.
func (r *Request) appendCollection(b []byte, path resource.Path) []byte {
	switch n := path.Node; {
	case isUser(n.Type) && n.Kind == resource.Navigation && n.Parent.Kind == resource.Root:
		return append(b, usersCollection...)
	case n.Kind == resource.Navigation && isLink(n) && n.Type != nil && n.Type.Name == directoryObject:
		return append(b, "directoryObjects"...)
	}
	return r.appendOData(b, path)
}

// location is where a response says that a new entity is.
func (r *Request) location(at *place, kind *entityType, key string) string {
	if kind.behavior.Place == nil {
		return r.url(at.path)
	}
	return r.Root.Scheme + "://" + r.Root.Host + kind.behavior.Place(&r.Caller, key)
}

// url is the URL of a path as the client would write it.
func (r *Request) url(path resource.Path) string {
	b := r.appendRoot(make([]byte, 0, 200))
	for n, values := range path.Segments() {
		if isUserKey(n) && r.Caller.User.Is(values[0]) {
			b = append(append(b, '/'), r.Caller.User.EscapedName()...)
			continue
		}
		b = resource.AppendURL(b, n, values...)
	}
	return string(b)
}

// isUserKey reports whether a node is the key of a user of the tenant.
func isUserKey(n *resource.Node) bool {
	return n.Kind == resource.Key && isUser(n.Type) && n.Parent.Parent.Kind == resource.Root
}

// odataPath is a path by OData's rules, below the service root.
func (r *Request) odataPath(path resource.Path) string {
	return string(r.appendOData(make([]byte, 0, 120), path))
}

// appendOData appends a path by OData's rules. The caller stands there by id for /me, and as
// the client wrote it otherwise. [REC sreeise/graph-rs-sdk, pnp/cli-microsoft365: of work accounts]
func (r *Request) appendOData(b []byte, path resource.Path) []byte {
	start := len(b)
	for n, values := range path.Segments() {
		switch {
		case isUser(n.Type) && n.Parent.Kind == resource.Root && !n.Collection,
			isUserKey(n) && auth.IsMe(values[0]):
			b = resource.AppendKey(append(b[:start], usersCollection...), r.Caller.User.ID)
		case len(b) == start:
			b = append(b, n.Name...)
		default:
			b = resource.AppendOData(b, n, values...)
		}
	}
	return b
}

func (r *Request) appendRoot(b []byte) []byte {
	b = append(append(b, r.Root.Scheme...), "://"...)
	return append(append(b, r.Root.Host...), r.Root.Path...)
}

// selected is what a context says of $select, in parentheses.
func selected(o *odata.Options) string {
	if len(o.Select) == 0 {
		return ""
	}
	return "(" + strings.Join(o.Select, ",") + ")"
}
