package service

import (
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// get answers one entity, as far as it was asked for.
func (s *Service) get(r *Request) Response {
	at, err := s.reach(r.Path, r)
	if err != nil {
		return failed(err)
	}
	record, err := s.fetch(r, &at)
	if err != nil {
		return failed(err)
	}
	if r.IfNoneMatch != "" && at.kind.matches(r.IfNoneMatch, &record) {
		return Response{Status: http.StatusNotModified}
	}
	res := s.entityResponse(r, &row{record, at.place})
	if waits := at.kind.behavior.Waits; waits != nil {
		if seconds := waits(r.Now.MS, decode(record.JSON)); seconds > 0 {
			res.Header = retryAfter(seconds)
		}
	}
	return res
}

// fetch reads the entity at the end of a path.
func (s *Service) fetch(r *Request, at *target) (record store.Record, err error) {
	err = s.reads().View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		if err := at.check(reader); err != nil {
			return err
		}
		found := false
		if record, found = at.find(reader); found {
			r.seen = record.Version
		} else {
			record, found = at.initial(r)
		}
		if !found {
			return at.missing()
		}
		if asked := at.kind; asked.Name != record.Type {
			if at.kind = s.typeNamed(record.Type); !at.kind.Is(asked.Type) { // by a cast
				return at.missing()
			}
		}
		return nil
	})
	return record, err
}

// unstored is an entity that the store does not have, and that is there all the same.
func (p *place) unstored(reader store.Reader, r *Request) (record store.Record, exists bool) {
	if record, exists = p.initial(r); !exists {
		record, exists = p.find(reader)
	}
	return record, exists
}

// initial is an entity that nobody has created and that is there all the same: the
// caller, whom the token names, and the only entity of a property.
func (p *place) initial(r *Request) (record store.Record, exists bool) {
	var entity jsontext.Object
	switch {
	case p.links:
		return record, false
	case p.caller:
		entity = jsontext.Object{{Name: "displayName", Value: r.Caller.User.DisplayName},
			{Name: "userPrincipalName", Value: r.Caller.User.PrincipalName}, {Name: "id", Value: r.Caller.User.ID}}
	case p.isOutermost():
		first := p.kind.nested().Outermost()
		entity.Set("id", p.kind.nested().RootKey)
		for _, name := range p.kind.ordered(first) {
			entity.Set(name, first[name])
		}
	case p.id == single && !p.kind.behavior.Optional:
		if len(p.kind.Key) > 0 {
			entity.Set(p.kind.Key[0], p.kind.onlyKey(&Write{collection: p.collection}))
		}
		if p.kind.behavior.Type != p.kind.Name { // no workload describes it
			entity = append(entity, p.kind.unset()...)
		}
	default:
		return record, false
	}
	return store.Record{ID: p.id, Type: p.kind.Name, JSON: jsontext.Append(nil, entity)}, true
}

// unset are the properties that a setting has before anybody has set it: what is on or off is off,
// and lists are empty. (assumed)
func (t *entityType) unset() jsontext.Object {
	var all jsontext.Object
	for _, p := range t.Properties() {
		switch {
		case p.Navigation || p.Name == t.keyName:
		case p.Collection:
			all.Set(p.Name, []any{})
		case p.TypeName() == "Edm.Boolean":
			all.Set(p.Name, false)
		}
	}
	return all
}

// noOptions are the query options of a request that sent none.
var noOptions odata.Options

// options are the query options of the request.
func (r *Request) options() *odata.Options {
	if r.Query == nil {
		return &noOptions
	}
	return r.Query
}

func (s *Service) entityResponse(r *Request, e *row) Response {
	o := r.options()
	res := Response{Status: http.StatusOK, ContentType: r.Metadata.contentType(), Applied: e.kind.applied(r)}
	typed := e.isDerived()
	if len(o.Select) == 0 && len(o.Expand) == 0 && r.Metadata == MetadataMinimal && e.kind.isStored() &&
		len(e.kind.expanded) == 0 && !typed {
		res.Body = withContext(r.context(e.path, ""), e.JSON, nil)
		return res
	}
	if len(o.Select) == 0 && len(o.Expand) == 0 && r.Metadata == MetadataMinimal && !typed && e.kind.isShownAsStored(r) {
		b := append(make([]byte, 0, 300+len(e.JSON)), `{"@odata.context":`...)
		b = append(jsontext.AppendString(b, r.context(e.path, "")), ',')
		res.Body = closed(e.appendUsual(b))
		return res
	}
	p := projection{service: s, request: r}
	var entity jsontext.Object
	if r.Metadata != MetadataNone {
		entity.Set(odataContext, r.context(e.path, selected(o)))
	}
	entity = append(entity, p.project(e, o, typed)...)
	res.Body = jsontext.Append(nil, entity)
	res.Applied = append(res.Applied, p.applied(nil)...)
	return res
}

// count answers how many entities a collection has, in plain text.
func (s *Service) count(r *Request) Response {
	l, err := s.openList(r)
	if err != nil {
		return failed(err)
	}
	n := s.countRows(r, l)
	return Response{Status: http.StatusOK, ContentType: contentTypeText, Body: strconv.AppendInt(nil, int64(n), 10)}
}
