package service

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A row is an entity that was read, and its place.
type row struct {
	store.Record
	place
}

// to is the path of a property, which the type of the entity may have alone.
func (e *row) to(property string) resource.Path {
	path := e.path.To(property)
	if cast := e.path.To(e.kind.Name); path.Node == nil && cast.Node != nil {
		path = cast.To(property)
	}
	return path
}

// A projection gives the entities of one response the form that the request asks
// for, with what is expanded in them.
type projection struct {
	service *Service
	request *Request
	sized   bool // the size of a page was limited
	rows    int  // entities of lists in the response
}

// applied returns the preferences that the pages of the response follow.
func (p *projection) applied(l *list) []string {
	if !p.sized {
		return nil
	}
	return []string{"odata.maxpagesize=" + strconv.Itoa(p.service.pageSize(p.request, l))}
}

// pageSize is how many entities a list of a response has at most, nil for one that is
// expanded.
func (s *Service) pageSize(r *Request, l *list) int {
	if l != nil && l.pages != nil {
		switch top := l.options.Top; {
		case top != nil:
			return min(*top, l.pages.Most)
		case r.Preferences.MaxPageSize > 0:
			return min(r.Preferences.MaxPageSize, l.pages.Most)
		}
		return l.pages.Usual
	}
	if wanted := r.Preferences.MaxPageSize; wanted > 0 {
		return min(s.config.PageSize, wanted)
	}
	return s.config.PageSize
}

// project returns an entity as the options ask for it; typed ones say what they are.
func (p *projection) project(e *row, o *odata.Options, typed bool) jsontext.Object {
	var entity jsontext.Object
	switch level := p.request.Metadata; {
	case level == MetadataFull:
		entity = annotations(e.kind, p.request.odataPath(e.path))
	case level == MetadataMinimal && typed:
		entity = jsontext.Object{{Name: "@odata.type", Value: "#" + e.kind.Name}}
	}
	if tag := e.kind.behavior.Tag; tag != nil && p.request.Metadata != MetadataNone {
		entity.Set(odataETag, tag(&e.Record))
	}
	shown := p.service.shown(p.request, e)
	entity = append(entity, p.service.annotated(p.request, e, shown, o)...)
	properties := o.Project(shown)
	if len(o.Select) > 0 && shown["id"] != nil && graph.KeepsID(p.request.Path.Template()) {
		properties["id"] = shown["id"]
	}
	switch {
	case len(o.Select) == 0:
		e.kind.usual(properties)
	case e.kind.behavior.Nulls:
		e.kind.complete(properties, o.Select)
	}
	for _, name := range e.kind.ordered(properties) {
		if p.request.Metadata == MetadataNone && strings.Contains(name, "@") {
			continue
		}
		entity = append(entity, jsontext.Member{Name: name, Value: properties[name]})
	}
	for i := range o.Expand {
		if of := o.Expand[i].Type; of != nil && !e.kind.Is(of) {
			continue
		}
		entity = append(entity, p.expand(e, &o.Expand[i])...)
	}
	for i := range e.kind.expanded {
		item := &e.kind.expanded[i]
		if !slices.ContainsFunc(o.Expand, func(asked odata.ExpandItem) bool { return asked.Property == item.Property }) {
			entity = append(entity, p.expand(e, item)...)
		}
	}
	return entity
}

// annotated returns what responses have of an entity beside its properties.
func (s *Service) annotated(r *Request, e *row, properties map[string]any, o *odata.Options) (members jsontext.Object) {
	annotate := e.kind.behavior.Annotate
	if annotate == nil || r.Metadata == MetadataNone {
		return nil
	}
	c := &Call{Request: r, service: s, at: target{place: e.place}}
	all := annotate(c, &Entity{Path: e.entityPath(), Type: e.kind.Name, Properties: properties, Record: e.Record})
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !strings.Contains(name, "@") {
			properties[name] = all[name]
		} else if len(o.Select) == 0 || slices.Contains(o.Select, name) {
			members.Set(name, all[name])
		}
	}
	return members
}

// expand returns the members that an expanded navigation property adds to an
// entity.
func (p *projection) expand(of *row, e *odata.ExpandItem) jsontext.Object {
	if e.Property == of.kind.behavior.Parent {
		parent, found := p.parent(of)
		if !found {
			return jsontext.Object{{Name: e.Property}}
		}
		return jsontext.Object{{Name: e.Property, Value: p.project(parent, &e.Options, false)}}
	}
	if property := of.kind.Property(e.Property); property != nil && !property.Collection {
		return p.expandOne(of, e, property)
	}
	l, err := p.service.openBelow(p.request, of, e)
	if err != nil {
		return jsontext.Object{{Name: e.Property, Value: []any{}}}
	}
	page := p.read(l, l.firstPage())
	values := make([]any, len(page.rows))
	for i := range page.rows {
		values[i] = p.project(&page.rows[i], &e.Options, page.rows[i].kind != l.kind)
	}
	var members jsontext.Object
	if e.Count {
		members.Set(e.Property+"@odata.count", json.Number(strconv.Itoa(p.service.countRows(p.request, l))))
	}
	members.Set(e.Property, values)
	if page.next != nil {
		members.Set(e.Property+"@odata.nextLink", p.service.linkTo(p.request, l, *page.next))
	}
	return members
}

// expandOne is expand for a property that leads to one entity at most.
func (p *projection) expandOne(of *row, e *odata.ExpandItem, property *edm.Property) jsontext.Object {
	one, found := row{place: place{path: of.to(e.Property), collection: of.entityPath() + "/" + e.Property,
		kind: p.service.typeOf(property.Type()), id: single}}, false
	p.service.view(p.request, func(r store.Reader) {
		if !property.Contained || of.kind.behavior.Linked[e.Property] != nil {
			var all []string
			if linked := of.kind.behavior.Linked[e.Property]; linked != nil {
				all = linked(r, of.entityPath())
			} else {
				all = p.service.targets(r, one.collection)
			}
			if len(all) == 0 {
				return
			}
			one.collection, one.id, _ = splitPath(all[0])
		}
		one.Record, found = one.find(r)
	})
	if !found && property.Contained {
		one.Record, found = one.initial(p.request)
	}
	if !found {
		return jsontext.Object{{Name: e.Property}}
	}
	if kind := p.service.typeNamed(one.Type); kind != nil {
		one.kind = kind
	}
	return jsontext.Object{{Name: e.Property, Value: p.project(&one, &e.Options, one.kind.Type != property.Type())}}
}

// parent is the entity that contains another one.
func (p *projection) parent(of *row) (*row, bool) {
	at, err := p.service.locate(of.path.CollectionPath().Above(), &p.request.Caller)
	if err != nil {
		return nil, false
	}
	parent, found := row{place: at.place}, false
	p.service.view(p.request, func(r store.Reader) {
		parent.Record, found = r.Get(at.collection, at.id)
	})
	return &parent, found
}

// view reads the store.
func (s *Service) view(r *Request, read func(store.Reader)) {
	from := s.reads()
	if r.current {
		from = s.config.Store
	}
	err := from.View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		read(reader)
		return nil
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
}
