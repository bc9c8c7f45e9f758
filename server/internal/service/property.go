package service

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/store"
)

// serveProperty answers for a structural property of an entity, at any depth.
func (s *Service) serveProperty(r *Request) (res Response, ok bool) {
	owner, names := propertyPath(r.Path)
	switch r.Method {
	case http.MethodGet:
		return s.getProperty(r, owner, names), true
	case http.MethodPost:
		return s.addToProperty(r, owner, names), true
	case http.MethodPatch, http.MethodPut, http.MethodDelete:
		return s.setProperty(r, owner, names), true
	}
	return Response{}, false
}

// propertyPath splits a path into that of the entity and the names of the properties
// that follow.
func propertyPath(p resource.Path) (owner resource.Path, names []string) {
	for p.Kind == resource.Property || p.Kind == resource.Dynamic ||
		p.Kind == resource.Value && p.Parent.Kind == resource.Property {
		switch p.Kind {
		case resource.Property:
			names = append(names, p.Name)
		case resource.Dynamic:
			names = append(names, p.Values[len(p.Values)-1])
		}
		p = p.Above()
	}
	slices.Reverse(names)
	return p, names
}

// readProperty returns a property of an entity; nil if it has none.
func (s *Service) readProperty(r *Request, owner resource.Path, names []string) (value any, at target, err error) {
	at, err = s.reach(owner, r)
	if err != nil {
		return nil, at, err
	}
	record, err := s.fetch(r, &at)
	if err != nil {
		return nil, at, err
	}
	value = s.shown(r, &row{record, at.place})
	for _, name := range names {
		of, _ := value.(map[string]any)
		value = of[name]
	}
	if absent := at.kind.behavior.Absent; value == nil && len(names) > 0 && absent[names[0]] != nil {
		return partOf(absent[names[0]], names[1:]), at, nil
	}
	return value, at, nil
}

// partOf returns a copy of the part of a value that names lead to.
func partOf(value any, names []string) any {
	for _, name := range names {
		of, _ := value.(map[string]any)
		value = of[name]
	}
	if object, is := value.(map[string]any); is {
		return maps.Clone(object)
	}
	return value
}

func (s *Service) getProperty(r *Request, owner resource.Path, names []string) Response {
	value, at, err := s.readProperty(r, owner, names)
	if err != nil {
		return failed(err)
	}
	if value == nil && !r.Path.Collection {
		return Response{Status: http.StatusNoContent}
	}
	var body jsontext.Object
	if r.Metadata != MetadataNone {
		body.Set(odataContext, r.propertyContext(at.path, names))
	}
	fields, isObject := value.(map[string]any)
	switch {
	case isObject && r.Path.Type.Kind == edm.Complex:
		for _, p := range r.Path.Type.Properties() {
			if v, has := fields[p.Name]; has {
				body.Set(p.Name, v)
				delete(fields, p.Name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			body.Set(name, fields[name])
		}
	case value == nil:
		body.Set("value", []any{})
	default:
		body.Set("value", value)
	}
	return Response{Status: http.StatusOK, ContentType: r.Metadata.contentType(), Body: jsontext.Append(nil, body),
		Applied: r.Preferences.applied()}
}

// propertyContext is the @odata.context of a property.
func (r *Request) propertyContext(owner resource.Path, names []string) string {
	b := append(r.appendRoot(make([]byte, 0, 200)), "/$metadata#"...)
	b = r.appendOData(b, owner)
	for _, name := range names {
		b = append(append(b, '/'), name...)
	}
	return string(b)
}

// setProperty changes a property: a PATCH merges into it, a PUT replaces it, a DELETE
// makes it null.
func (s *Service) setProperty(r *Request, owner resource.Path, names []string) Response {
	whole, _, err := s.readProperty(r, owner, names[:1])
	if err != nil {
		return failed(err)
	}
	change := *r
	change.Path, change.Body = owner, map[string]any{names[0]: r.changed(whole, names[1:])}
	if res := s.update(&change); res.Error != "" || r.Method == http.MethodDelete {
		return Response{Status: http.StatusNoContent, Error: res.Error, Words: res.Words}
	}
	return s.getProperty(r, owner, names)
}

// addToProperty adds a value to a collection of them: 200, with all.
func (s *Service) addToProperty(r *Request, owner resource.Path, names []string) Response {
	whole, _, err := s.readProperty(r, owner, names)
	if err != nil {
		return failed(err)
	}
	had, _ := whole.([]any)
	all := append(had[:len(had):len(had)], r.Body)
	first, _, err := s.readProperty(r, owner, names[:1])
	if err != nil {
		return failed(err)
	}
	change := *r
	change.Path, change.Body = owner, map[string]any{names[0]: replaced(first, names[1:], all)}
	if res := s.update(&change); res.Error != "" {
		return Response{Error: res.Error, Words: res.Words}
	}
	return s.getProperty(r, owner, names)
}

// replaced returns a value with another one where names lead.
func replaced(value any, names []string, by any) any {
	if len(names) == 0 {
		return by
	}
	to := map[string]any{}
	if old, isObject := value.(map[string]any); isObject {
		maps.Copy(to, old)
	}
	to[names[0]] = replaced(to[names[0]], names[1:], by)
	return to
}

// changed returns a value of which the part that names lead to is as the request wants
// it.
func (r *Request) changed(value any, names []string) any {
	if len(names) == 0 && r.Method == http.MethodDelete {
		return nil
	}
	to := map[string]any{}
	old, _ := value.(map[string]any)
	if len(names) > 0 || r.Method == http.MethodPatch && !r.namesTypeBeside(old) {
		maps.Copy(to, old)
	}
	if len(names) == 0 {
		maps.Copy(to, r.Body)
		return to
	}
	to[names[0]] = r.changed(to[names[0]], names[1:])
	return to
}

// namesTypeBeside reports whether the body is of another type than a value says it is: what
// that type has the other may not have.
func (r *Request) namesTypeBeside(value map[string]any) bool {
	name, named := r.Body["@odata.type"]
	return named && name != value["@odata.type"]
}

// serveMedia answers for the bytes of an entity, of a stream property, or for a value
// as text.
func (s *Service) serveMedia(r *Request) (res Response, ok bool) {
	path, property := r.Path.Above(), r.Path.Name
	if r.Path.Kind == resource.Value && path.Kind == resource.Property && path.Type.Primitive != edm.Stream {
		owner, names := propertyPath(path)
		return s.getText(r, owner, names), r.Method == http.MethodGet
	}
	if r.Path.Kind == resource.Value && path.Kind == resource.Property {
		path, property = path.Above(), path.Name
	}
	at, err := s.reach(path, r)
	if err != nil {
		return failed(err), true
	}
	switch r.Method {
	case http.MethodGet:
		if res, done := s.stream(r, &at, property, at.kind.behavior.Stream); done {
			return res, true
		}
		return s.getMedia(r, &at, property), true
	case http.MethodDelete:
		return s.setMedia(r, &at, property, nil), true
	}
	if receive := at.kind.behavior.Receive; receive != nil {
		res, _ := s.stream(r, &at, property, func(c *Call, e *Entity, property string) (Response, bool, error) {
			res, err := receive(c, e, property)
			return res, true, err
		})
		return res, true
	}
	if n := at.kind.nested(); n != nil && property == n.Content {
		return s.putContent(r, &at), true
	}
	return s.setMedia(r, &at, property, r.Raw), true
}

// stream lets the type's behavior answer for bytes; done is false if it leaves that to
// others.
func (s *Service) stream(
	r *Request, at *target, property string, stream func(*Call, *Entity, string) (Response, bool, error),
) (res Response, done bool) {
	if stream == nil {
		return res, false
	}
	err := s.transact(r, func(tx store.Tx) error {
		c := &Call{Request: r, Tx: tx, service: s, at: *at}
		e, err := c.Bound()
		if err != nil {
			return err
		}
		res, done, err = stream(c, e, property)
		return err
	})
	if err != nil {
		return failed(err), true
	}
	return res, done
}

// getText answers with a value as it is, without JSON around it.
func (s *Service) getText(r *Request, owner resource.Path, names []string) Response {
	value, _, err := s.readProperty(r, owner, names)
	switch {
	case err != nil:
		return failed(err)
	case value == nil:
		return Response{Status: http.StatusNoContent}
	}
	text, isText := value.(string)
	if !isText {
		text = string(jsontext.Append(nil, value))
	}
	return Response{Status: http.StatusOK, ContentType: contentTypeText, Body: []byte(text)}
}

func (s *Service) getMedia(r *Request, at *target, property string) Response {
	var data []byte
	media := ""
	err := s.reads().View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		if err := at.check(reader); err != nil {
			return err
		}
		record, found := reader.Get(at.collection, at.id)
		if kind := s.typeNamed(record.Type); found && property == "$value" && kind.behavior.Content != nil {
			e := &Entity{Path: at.entityPath(), Type: record.Type, Properties: decode(record.JSON), Record: record}
			if data, media = kind.behavior.Content(reader, e); media != "" {
				return nil
			}
		}
		if data, found = reader.Media(at.entityPath() + "/" + property); !found {
			return at.missing()
		}
		if n := at.kind.nested(); n != nil && property == n.Content {
			record, _ := reader.Get(at.collection, at.id)
			media = n.MediaType(decode(record.JSON))
		}
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return Response{Status: http.StatusOK, ContentType: cmp.Or(media, http.DetectContentType(data)), Body: data}
}

// setMedia replaces the bytes of an entity, or removes them.
func (s *Service) setMedia(r *Request, at *target, property string, data []byte) Response {
	path := at.entityPath() + "/" + property
	err := s.transact(r, func(tx store.Tx) error {
		if err := at.check(tx); err != nil {
			return err
		}
		_, found := tx.Get(at.collection, at.id)
		switch {
		case data == nil:
			if !tx.DeleteMedia(path) {
				return at.missing()
			}
			if at.id == single && property == "$value" {
				tx.Delete(at.collection, at.id)
			}
			return nil
		case at.id == single && at.kind.behavior.Virtual != nil: // it follows from its bytes
			tx.Delete(at.collection, at.id)
		case !found && at.id != single && !at.caller:
			return at.missing()
		case !found:
			w := &Write{Key: KeyOf(at.id), Sent: map[string]any{}, Now: r.Now, Caller: &r.Caller, service: s}
			w.write(tx, at.place)
		}
		if tx.PutMedia(path, data) != nil {
			return fail(graph.ErrorStorage)
		}
		return nil
	})
	switch {
	case err != nil:
		return failed(err)
	case data == nil && at.kind.Name == "microsoft.graph.profilePhoto": // [DOC profilephoto-delete]
		return Response{Status: http.StatusOK}
	case data == nil:
		return Response{Status: http.StatusNoContent}
	case r.HasNoBody || property == "$value":
		return Response{Status: cmp.Or(r.WriteStatus, http.StatusOK)}
	}
	record, err := s.fetch(r, at)
	if err != nil {
		return failed(err)
	}
	whole := *r
	whole.Query = nil
	return s.entityResponse(&whole, &row{record, at.place})
}

// serveLinks answers for the links of a navigation property.
func (s *Service) serveLinks(r *Request) (res Response, ok bool) {
	path, key := r.Path.Above(), ""
	if path.Kind == resource.Key {
		key = path.Values[len(path.Values)-1]
		path = path.Above()
	}
	owner, err := s.reach(path.Above(), r)
	if err != nil {
		return failed(err), true
	}
	links := owner.entityPath() + "/" + nameBelow(path.Node)
	switch r.Method {
	case http.MethodGet:
		return s.getLinks(r, &owner, links), true
	case http.MethodPost, http.MethodPut:
		return s.link(r, &owner, links, path), true
	case http.MethodDelete:
		return s.unlink(r, &owner, links, path, key), true
	}
	return Response{}, false
}

func (s *Service) getLinks(r *Request, owner *target, links string) Response {
	var paths []string
	err := s.reads().View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		if err := s.checkEntity(reader, owner); err != nil {
			return err
		}
		paths = s.targets(reader, links)
		return nil
	})
	if err != nil {
		return failed(err)
	}
	root := string(r.appendRoot(nil))
	reference := func(path string) jsontext.Member {
		return jsontext.Member{Name: odataID, Value: root + "/" + s.reference(r, path)}
	}
	body := jsontext.Object{{Name: odataContext, Value: root + "/$metadata#$ref"}}
	if r.Path.Parent.Collection {
		list := make([]any, len(paths))
		for i, path := range paths {
			list[i] = jsontext.Object{reference(path)}
		}
		body[0].Value = root + "/$metadata#Collection($ref)"
		body.Set("value", list)
	} else if len(paths) == 0 {
		return failed((&place{path: r.Path.Above(), kind: owner.kind, id: single}).missing())
	} else {
		body = append(body, reference(paths[0]))
	}
	return Response{Status: http.StatusOK, ContentType: r.Metadata.contentType(), Body: jsontext.Append(nil, body)}
}

// reference is how links name what is at a path: objects of the directory are all named
// alike.
func (s *Service) reference(r *Request, path string) string {
	var to target
	s.view(r, func(reader store.Reader) { to = s.targetAt(reader, path) })
	if object := s.model.Type(directoryObject); object != nil && to.kind != nil && to.kind.Is(object) {
		return "directoryObjects/" + KeyOf(to.id)
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(KeyOf(segment))
	}
	return strings.Join(segments, "/")
}

const odataID = "@odata.id"

// checkEntity reports an entity that is not there, or one above it.
func (s *Service) checkEntity(r store.Reader, at *target) error {
	if err := at.check(r); err != nil {
		return err
	}
	if _, found := at.find(r); !found && !at.caller && at.id != single {
		return at.missing()
	}
	return nil
}

// link adds a link: 204. A property with one link loses the one that it had.
func (s *Service) link(r *Request, owner *target, links string, path resource.Path) Response {
	url, _ := r.Body[odataID].(string)
	err := s.transact(r, func(tx store.Tx) error {
		if err := s.checkEntity(tx, owner); err != nil {
			return err
		}
		c := &Call{Request: r, Tx: tx, service: s, at: *owner}
		from, err := c.Bound()
		if err != nil {
			return err
		}
		to, err := c.existing(url)
		if err != nil {
			return err
		}
		return c.link(from, links, path.Property, to)
	})
	if err != nil {
		return failed(err)
	}
	return Response{Status: http.StatusNoContent}
}

// locateURL finds the entity that the URL of a reference names.
func (s *Service) locateURL(url string, r *Request) (target, error) {
	path, bad := s.config.Tree.Parse(graph.CutRoot(url))
	if bad != nil || path.Node == nil || path.Collection || path.Type == nil || path.Type.Kind != edm.Entity {
		return target{}, fail("link-invalid", "{id}", url)
	}
	return s.locate(path, &r.Caller)
}

// unlink removes a link: 204. Of many, the key or the URL in the query names it.
func (s *Service) unlink(r *Request, owner *target, links string, path resource.Path, key string) Response {
	if r.Reference != "" {
		to, err := s.locateURL(r.Reference, r)
		if err != nil {
			return failed(err)
		}
		key = KeyOf(to.id)
	}
	stored, ok := s.typeOf(path.Type).key(key)
	if !ok {
		stored = key
	}
	id := string(appendEscaped(nil, stored))
	err := s.transact(r, func(tx store.Tx) error {
		if err := s.checkEntity(tx, owner); err != nil {
			return err
		}
		c := &Call{Request: r, Tx: tx, service: s, at: *owner}
		if owner.kind != nil && path.Name == owner.kind.behavior.Parent {
			return fail("link-required", "{id}", path.Name)
		}
		for _, to := range s.targets(tx, links) {
			if _, own, _ := splitPath(to); own != id && path.Collection || !tx.Linked(links, to) {
				continue
			}
			from, err := c.Bound()
			if err != nil {
				return err
			}
			target, found := c.Get(to)
			if !found {
				panic("BUG: a link to what is not there: " + to)
			}
			if err := c.allowed(Link{Owner: from, Target: target, Property: path.Name, Removed: true}); err != nil {
				return err
			}
			tx.Unlink(links, to)
			s.relinked(tx, StoredLink{links, to}, target.Type, unlinked, r.Now.MS)
			return nil
		}
		if !path.Collection {
			key = path.Name
		}
		return fail(graph.WorkloadOf(path.Template()).NotFound(), "{id}", key)
	})
	if err != nil {
		return failed(err)
	}
	return Response{Status: http.StatusNoContent}
}

// act answers an action that returns nothing: 204, or 202 for what takes its time. What
// others return the model does not say.
func (s *Service) act(r *Request) (res Response, ok bool) {
	if res, ok := s.perform(r); ok {
		return res, true
	}
	if above := r.Path.Above(); above.Kind != resource.Root {
		if err := s.checkAbove(r, above); err != nil {
			return failed(err), true
		}
	}
	if r.Known != nil {
		return r.known(), true
	}
	if r.Path.Type != nil {
		return Response{}, false
	}
	res = Response{Status: http.StatusNoContent, Reason: "operation-unknown"}
	if graph.IsAccepted(r.Path.Name) {
		res.Status = http.StatusAccepted
	}
	return res, true
}

// checkAbove reports what is not there of the path that an operation is bound to.
func (s *Service) checkAbove(r *Request, path resource.Path) error {
	at, err := s.reach(path, r)
	if err != nil {
		return err
	}
	return s.reads().View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		if path.Collection || at.id == "" {
			return at.check(reader)
		}
		return s.checkEntity(reader, &at)
	})
}
