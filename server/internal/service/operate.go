package service

import (
	"cmp"
	"maps"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Ids of errors of writes.
const (
	errExists       = "already-exists"
	errKeyImmutable = "key-immutable"
)

// upsert creates an entity or replaces it: 201 or 200. Where the type has an
// address, the URL names the entity by it.
func (s *Service) upsert(r *Request) Response {
	u := s.upserts.Get().(*upsert)
	defer s.upserts.Put(u)
	if err := u.locate(s, r.Path, &r.Caller, &u.target); err != nil {
		return failed(err)
	}
	if create := u.kind.behavior.Create; create != nil && r.Path.Kind == resource.Navigation {
		return s.createBy(r, u.target, create)
	}
	if source, is := r.Body[sourceURL].(string); is && u.kind.nested() != nil {
		return s.redirectUpload(r, u.target, source)
	}
	u.request, u.children = r, s.childrenOf(u.kind, r.Body, false)
	u.w = Write{}
	u.w.Sent, u.w.Now, u.w.Caller, u.w.entity = r.Body, r.Now, &r.Caller, r.Room
	if u.kind.behavior.Address != "" {
		u.w.Address = r.Path.Values[len(r.Path.Values)-1]
	}
	if err := s.transact(r, u.transaction); err != nil {
		return failed(err)
	}
	r.Room = u.w.entity
	status := http.StatusOK
	if u.w.Old == nil || r.Method == http.MethodPost {
		status = http.StatusCreated
	}
	return s.written(r, status, u.place, &u.w, u.children, u.kind.behavior.Located)
}

// An upsert is a PUT on its way: all that it needs, in one piece of memory that is
// used again.
type upsert struct {
	locator
	target
	request     *Request
	children    []children
	w           Write
	old         store.Record
	transaction func(store.Tx) error // put
}

func newUpsert() any {
	u := &upsert{}
	u.transaction = u.put
	return u
}

// put writes the entity that the key or the address names.
func (u *upsert) put(tx store.Tx) error {
	if err := u.check(tx); err != nil {
		return err
	}
	found := false
	switch address := u.kind.behavior.Address; {
	case address == "":
		u.old, found = tx.Get(u.collection, u.id)
	default:
		u.old, found = tx.Find(u.collection, address, u.kind.indexed(u.w.Address, u.w.Caller.App))
		if u.id = u.old.ID; !found {
			u.id = u.locator.service.freeID(tx, &u.place, u.w.Caller.App)
		}
	}
	if found {
		u.w.Old = &u.old
		if err := u.request.checkTag(u.kind, &u.old); err != nil {
			return err
		}
	} else if u.kind.behavior.Address == "" && !u.kind.givenKey && u.id != single {
		return u.missing()
	}
	u.w.Sent = u.request.Body
	if err := u.locator.service.checkWrite(tx, u.request, &u.target, &u.w); err != nil {
		return err
	}
	if err := u.locator.service.nest(tx, &u.place, &u.w, ""); err != nil {
		return err
	}
	u.locator.service.writeAll(tx, &u.place, &u.w, u.children)
	return u.locator.service.tellWritten(tx, u.request, &u.target, &u.w)
}

// writeAll writes an entity and those that came along.
func (s *Service) writeAll(tx store.Tx, at *place, w *Write, children []children) {
	w.Key, w.service = KeyOf(at.id), s
	w.write(tx, *at)
	if at.kind.behavior.Watches {
		s.watched.Store(true)
	}
	for _, c := range children {
		c.put(tx, *at, w)
	}
	if at.kind.behavior.Nested != nil {
		s.spread(tx, at, w)
	}
}

// freeID is the id of a new entity that no other one has.
func (s *Service) freeID(r store.Reader, at *place, app string) string {
	if next := at.kind.behavior.NextKey; next != nil {
		return at.kind.storedID(next(r, at.collection), app)
	}
	for {
		id := at.kind.storedID(at.kind.newKey(s.config.Random), app)
		if _, taken := r.Get(at.collection, id); !taken {
			return id
		}
	}
}

// create creates an entity in a collection: 201, or 409 where its key or its
// address is taken.
func (s *Service) create(r *Request) Response {
	at, err := s.reach(r.Path, r)
	if err != nil {
		return failed(err)
	}
	if read := at.kind.behavior.Read; read != nil && r.Body == nil {
		if r.Body, err = read(r.Raw); err != nil {
			return failed(err)
		}
	}
	if err := s.accept(r, &at); err != nil {
		return failed(err)
	}
	if create := s.derivedKind(at.kind, r.Body).behavior.Create; create != nil {
		return s.createBy(r, at, create)
	}
	n, err := s.newCreation(r, at, r.Body)
	if err == nil {
		err = s.transact(r, n.put)
	}
	if err != nil {
		return failed(err)
	}
	return n.response(r)
}

// createBy creates an entity as the behavior of its type wants it.
func (s *Service) createBy(r *Request, at target, create Operation) Response {
	var result Result
	err := s.transact(r, func(tx store.Tx) (err error) {
		if err := at.check(tx); err != nil {
			return err
		}
		result, err = create(&Call{Request: r, Tx: tx, service: s, at: at})
		return err
	})
	if err != nil {
		return failed(err)
	}
	res := s.resultResponse(r, &result)
	if at, err := s.entityPlaceOf(&result, &r.Caller); err == nil && res.Location == "" && res.Status == http.StatusCreated {
		res.Location = r.location(&at, at.kind, KeyOf(at.id))
	}
	return res
}

// A creation is an entity of a client that is to be created in the collection at.
type creation struct {
	service    *Service
	request    *Request
	at         target
	w          Write
	body       map[string]any
	children   []children
	references []references
	links      string // the links that lead to the entity, "" if it is created where it is
}

func (s *Service) newCreation(r *Request, at target, body map[string]any) (n *creation, err error) {
	at.kind = s.derivedKind(at.kind, body)
	links := ""
	if at.links {
		if at.kind.isAnyObject() {
			return nil, fail("reference-created", "{path}", r.Path.Template())
		}
		if set := s.setOf(at.kind.Type); set != "" {
			links, at.collection = at.collection, set
		}
	}
	if name := at.kind.lacks(body); name != "" {
		return nil, fail("value-required", "{property}", name, "{type}", upperFirst(at.kind.ShortName()))
	}
	n = &creation{service: s, request: r, at: at, body: body, children: s.childrenOf(at.kind, body, false), links: links}
	if n.references, err = at.kind.referencesOf(body); err != nil {
		return nil, err
	}
	n.w = Write{Sent: body, Now: r.Now, Caller: &r.Caller, Slice: at.slice}
	if name := at.kind.behavior.Address; name != "" {
		n.w.Address, _ = body[name].(string)
	} else if at.kind.behavior.NextKey == nil {
		n.at.id = at.kind.storedID(s.keyFor(at.kind, body, false), r.Caller.App)
	}
	return n, nil
}

func (n *creation) put(tx store.Tx) error {
	s, at, w := n.service, &n.at, &n.w
	if err := at.check(tx); err != nil {
		return err
	}
	if n.isSame(tx) {
		return nil
	}
	if taken := s.isTaken(tx, &at.place, w); taken {
		return fail(cmp.Or(at.kind.behavior.Taken, errExists))
	}
	if err := at.kind.checkUnique(tx, &at.place, n.body); err != nil {
		return err
	}
	if at.id == "" {
		at.id = s.freeID(tx, &at.place, n.request.Caller.App)
	}
	w.Sent = n.body
	if err := s.checkWrite(tx, n.request, at, w); err != nil {
		return err
	}
	if at.kind.behavior.Check != nil && w.Key != KeyOf(at.id) {
		at.id = at.kind.storedID(w.Key, n.request.Caller.App)
		if s.isTaken(tx, &at.place, w) {
			return fail(cmp.Or(at.kind.behavior.Taken, errExists))
		}
	}
	if err := s.nest(tx, &at.place, w, n.request.conflict()); err != nil {
		return err
	}
	s.writeAll(tx, &at.place, w, n.children)
	if n.links != "" {
		(&Call{Request: n.request, Tx: tx, service: s, at: *at}).Relink(StoredLink{n.links, at.entityPath()})
	}
	if err := s.tellWritten(tx, n.request, at, w); err != nil {
		return err
	}
	return s.bind(tx, n.request, at, n.references)
}

// isSame reports whether the entity was created before, and lets it be the one of the response.
func (n *creation) isSame(tx store.Tx) bool {
	same := n.at.kind.behavior.Same
	if same == nil {
		return false
	}
	id, is := same(&Call{Request: n.request, Tx: tx, service: n.service, at: n.at}, &n.w)
	record, found := tx.Get(n.at.collection, id)
	if !is || !found {
		return false
	}
	n.at.id, n.w.Record, n.w.Key, n.w.kind, n.children = id, record, KeyOf(id), n.at.kind, nil
	return true
}

// setOf is the set that has the entities of a type, "" if there is none.
func (s *Service) setOf(t *edm.Type) string {
	for _, set := range s.model.Container().Properties() {
		if set.Collection && set.Type() == t {
			return set.Name
		}
	}
	return ""
}

func (n *creation) response(r *Request) Response {
	if n.at.all.Node != nil {
		n.at.path = n.at.all
	}
	n.at.path = n.at.path.CollectionPath().Entity(n.w.Key)
	return n.service.written(r, http.StatusCreated, n.at.place, &n.w, n.children, true)
}

// checkWrite asks the type's behavior whether a client may write an entity. It may change
// what is written.
func (s *Service) checkWrite(tx store.Tx, r *Request, at *target, w *Write) error {
	if check := at.kind.behavior.Check; check != nil {
		w.Key, w.Sent = KeyOf(at.id), maps.Clone(w.Sent)
		return check(&Call{Request: r, Tx: tx, service: s, at: *at}, w)
	}
	return nil
}

// tellWritten tells the type's behavior what a client has written.
func (s *Service) tellWritten(tx store.Tx, r *Request, at *target, w *Write) error {
	if written := at.kind.behavior.Written; written != nil {
		return written(&Call{Request: r, Tx: tx, service: s, at: *at}, w)
	}
	return nil
}

// accept asks the type's behavior whether a client may write an entity, before it does.
func (s *Service) accept(r *Request, at *target) error {
	if at.kind.behavior.Watches { // from the next transaction on, which makes the first of them
		s.watched.Store(true)
	}
	if accept := at.kind.behavior.Accept; accept != nil {
		return accept(&Call{Request: r, service: s, at: *at})
	}
	return nil
}

// lacks returns a property that a new entity has to have and the body does not.
func (t *entityType) lacks(body map[string]any) string {
	if other := t.behavior.RequiredUnless; other != "" && body[other] != nil {
		return ""
	}
	for _, name := range t.behavior.Required {
		if body[name] == nil {
			return name
		}
	}
	return ""
}

// checkUnique finds another entity of the collection with a value that only one may have.
func (t *entityType) checkUnique(r store.Reader, at *place, body map[string]any) error {
	for _, name := range t.behavior.Unique {
		text, _ := body[name].(string)
		if other, found := r.Find(at.collection, name, strings.ToLower(text)); found && text != "" && other.ID != at.id {
			return fail("object-exists", "{property}", name)
		}
	}
	return nil
}

func upperFirst(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// derivedKind is the type that the @odata.type of a body names, if it derives from the
// one of the collection. Where that is abstract and only one derives from it, it needs no name.
// [REC cli-microsoft365: open extensions]
func (s *Service) derivedKind(of *entityType, body map[string]any) *entityType {
	name, _ := body["@odata.type"].(string)
	if of.Abstract && name == "" {
		if derived := s.model.Derived(of.Type); len(derived) == 1 {
			return s.typeOf(derived[0])
		}
	}
	if t := s.model.Type(strings.TrimPrefix(name, "#")); t != nil && t != of.Type && t.Is(of.Type) {
		return s.typeOf(t)
	}
	return of
}

// checkType refuses a body that names another type than the entity has, or derives from.
func (s *Service) checkType(of *entityType, body map[string]any) error {
	name, _ := body["@odata.type"].(string)
	if t := s.model.Type(strings.TrimPrefix(name, "#")); t != nil && !of.Is(t) {
		return fail("type-immutable", "{type}", "#"+of.Name)
	}
	return nil
}

// isTaken reports whether another entity has the key or the address of a new one.
func (s *Service) isTaken(r store.Reader, at *place, w *Write) bool {
	taken := false
	if name := at.kind.behavior.Address; name != "" {
		_, taken = r.Find(at.collection, name, at.kind.indexed(w.Address, w.Caller.App))
	} else {
		_, taken = r.Get(at.collection, at.id)
	}
	return taken
}

// update merges what was sent into an entity. Nested objects are replaced whole.
func (s *Service) update(r *Request) Response {
	at, err := s.reach(r.Path, r)
	if err != nil {
		return failed(err)
	}
	if err := s.accept(r, &at); err != nil {
		return failed(err)
	}
	var sent []children
	var created *creation
	w := Write{Now: r.Now, Caller: &r.Caller, Slice: at.slice}
	err = s.transact(r, func(tx store.Tx) error {
		if err := at.check(tx); err != nil {
			return err
		}
		old, found := tx.Get(at.collection, at.id)
		if !found && r.Preferences.CreateIfMissing && r.Path.Kind == resource.AlternateKey {
			if created, err = s.creationByKey(r, at); err != nil {
				return err
			}
			return created.put(tx)
		}
		if found {
			w.Old = &old
			at.kind = s.typeNamed(old.Type)
			if err := s.checkType(at.kind, r.Body); err != nil {
				return err
			}
			if err := r.checkTag(at.kind, &old); err != nil {
				return err
			}
		} else if old, found = at.unstored(tx, r); !found {
			return at.missing()
		} else if err := r.checkTag(at.kind, &old); err != nil {
			return err
		}
		stored := decode(old.JSON)
		if name := at.kind.behavior.Address; name != "" {
			w.Address, _ = stored[name].(string)
			if sent, ok := r.Body[name]; ok && sent != stored[name] {
				return fail(errKeyImmutable)
			}
		}
		if merge := at.kind.behavior.Merge; merge != nil {
			merge(stored, r.Body)
		}
		if err := at.kind.checkUnique(tx, &at.place, r.Body); err != nil {
			return err
		}
		references, err := at.kind.referencesOf(r.Body)
		if err != nil {
			return err
		}
		maps.Copy(stored, r.Body)
		sent = s.childrenOf(at.kind, r.Body, false)
		w.Sent = stored
		if err := s.checkWrite(tx, r, &at, &w); err != nil {
			return err
		}
		if err := s.nest(tx, &at.place, &w, r.conflict()); err != nil {
			return err
		}
		s.writeAll(tx, &at.place, &w, sent)
		if err := s.tellWritten(tx, r, &at, &w); err != nil {
			return err
		}
		return s.bind(tx, r, &at, references)
	})
	if err != nil {
		return failed(err)
	}
	if created != nil {
		whole := *r
		whole.HasNoBody, whole.WriteStatus = false, 0
		return created.response(&whole)
	}
	res := s.written(r, http.StatusOK, at.place, &w, sent, false)
	if at.kind.behavior.Quiet && !r.Preferences.Representation {
		res.Status, res.Body, res.Value, res.ContentType = http.StatusNoContent, nil, nil, ""
	}
	return res
}

// creationByKey creates the entity that a PATCH names by another key than that of its type,
// and that is not there.
func (s *Service) creationByKey(r *Request, at target) (*creation, error) {
	body := maps.Clone(r.Body)
	if body == nil {
		body = map[string]any{}
	}
	for name, value := range r.Path.Arguments() {
		body[name] = value
	}
	at.id, at.path = "", r.Path.Above()
	return s.newCreation(r, at, body)
}

// delete removes an entity, with all that it contains: 204.
func (s *Service) delete(r *Request) Response {
	at, err := s.reach(r.Path, r)
	if err != nil {
		return failed(err)
	}
	err = s.transact(r, func(tx store.Tx) error {
		if err := at.check(tx); err != nil {
			return err
		}
		if old, found := at.find(tx); found {
			if err := r.checkTag(at.kind, &old); err != nil {
				return err
			}
			if remove := at.kind.behavior.Remove; remove != nil {
				if done, err := remove(&Call{Request: r, Tx: tx, service: s, at: at}); done || err != nil {
					return err
				}
			}
		}
		if at.kind.nested() != nil {
			return s.deleteNested(tx, &at.place, &Write{Now: r.Now, Caller: &r.Caller})
		}
		if !s.remove(tx, at.collection, at.id, r.Now.MS) {
			return at.missing()
		}
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return Response{Status: cmp.Or(r.WriteStatus, http.StatusNoContent)}
}

// Decode returns the properties of an entity, as they are stored.
func Decode(r *store.Record) map[string]any { return decode(r.JSON) }

// decode decodes an entity of the store.
func decode(text []byte) map[string]any {
	v, err := jsontext.Decode(text)
	if err != nil {
		panic("BUG: the store has an entity that is not JSON: " + err.Error())
	}
	return v.(map[string]any)
}
