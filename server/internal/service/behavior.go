package service

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Behavior is what an entity type does beyond its model. A nil field is the
// model's default.
type Behavior struct {
	Type string // qualified name, such as microsoft.graph.todoTask

	// NotFound is the id of the error that tells that there is no such entity.
	// Default: item-not-found.
	NotFound string

	// NewKey returns the key of a new entity; it is asked again as long as the key
	// is taken. Default: a GUID.
	NewKey func(*Random) string

	// Key reads a key as clients send it, and reports whether it can be one.
	// Default: any text is one.
	Key func(text string) (key string, ok bool)

	// KeyFrom is the property of a new entity whose value is its key. Default: the key has
	// nothing to do with the others.
	KeyFrom string

	// Taken is the id of the error about a key that another entity has. Default:
	// already-exists.
	Taken string

	// Alias reads a name that stands for a key, and reports whether it is one. Paths in
	// responses keep it.
	Alias func(text string) (key string, ok bool)

	// Missing returns the id of the error about a key that no entity of a collection has, "" for
	// that of the path's workload. Default: as NotFound says.
	Missing func(collection, key string) string

	// Gone is the id of the error about an entity that was there, where that of a key that no entity
	// has is another one: fixtures have keys of any form. It takes effect for types that clients can
	// follow.
	Gone string

	// LastingKey returns for a key the one that the entity has for life, whatever becomes of
	// the first. It finds the entity as well, is its own lasting key, and is shown to
	// clients that prefer it.
	LastingKey func(key string) string

	// LastingToo are properties with keys of other entities of the type, which are shown alike.
	LastingToo []string

	// Prefer gives an entity the form that a client prefers, by preferences of the workload's
	// own, and returns those that it follows. The entity is nil if only these are asked for.
	Prefer func(p *Preferences, entity map[string]any) (applied []string)

	// Preferred says what is wrong with preferences of the workload's own: before a request
	// with them is answered.
	Preferred func(p *Preferences) error

	// Pages is how lists are paged. Default: with at most as many entities as the
	// service's pages have, and not more than $top in all.
	Pages *Pages

	// ClientKey reports that a PUT to a key that is not taken creates the entity, and
	// that the body of a POST may choose a key.
	ClientKey bool

	// Address is the property by which a PUT names the entity instead of its key. It
	// is unique, required of a POST, and never changes.
	Address string

	// PerApp reports that each app has entities of its own: it neither sees nor
	// names those of others, but they count into the pages of lists.
	PerApp bool

	// Nulls reports that responses have all properties that they have without $select,
	// those without a value as null if they may be. Default: only those that were set.
	Nulls bool

	// Required names properties without which no entity is created, and Unique those
	// whose value only one entity of a collection may have, whatever its case.
	Required, Unique []string

	// RequiredUnless is a property with which Check says what a new entity has to have, and
	// Required does not.
	RequiredUnless string

	// Private reports that only the user whose entities they are can reach them, and no
	// app by itself.
	Private bool

	// Reverse names navigation properties that show which entities refer to this one, each
	// with the property that refers: memberOf shows those whose members this one is among.
	Reverse map[string]string

	// Hidden reports that a property that the type does not declare is in responses only if
	// $select names it.
	Hidden func(property string) bool

	// Linked are navigation properties whose links are not stored, but follow from what else
	// there is: they return the paths in the store of what an entity leads to. They may be
	// properties of which the model says that they contain it.
	Linked map[string]func(r store.Reader, path string) []string

	// Restored is the path of the collection in which removed entities are kept for a while.
	Restored string

	// LinkDeltas are navigation properties whose links are told of in deltas: members@delta.
	LinkDeltas []string

	// Transitive names navigation properties that follow another one to its end:
	// transitiveMembers follows members.
	Transitive map[string]string

	// Optional reports that the only entity of a property is not there before it is put.
	// Default: it is there from the start.
	Optional bool

	// LatestFirst reports that lists begin with the entity that was modified last.
	// Default: with the one that was created first.
	LatestFirst bool

	// OrderBy is the property by which lists are sorted that say nothing else of their
	// order. Types of which there are many have a Rank instead.
	OrderBy string

	// Order is the order of properties in responses; those that it does not name follow in
	// the model's.
	Order []string

	// Value returns the service's own value of a property of an entity that is
	// written, and whether it has one: what the client sent counts otherwise. It is
	// asked once for each property, in their order.
	Value func(w *Write, property string) (value any, sets bool)

	// Merge changes what is stored before a PATCH is laid on top of it.
	Merge func(stored, sent map[string]any)

	// Nested lets the entities be a tree.
	Nested *Nested

	// ByPath finds the entity of a collection that names lead to from the one with a key,
	// where these are no nested entities.
	ByPath func(r store.Reader, collection, key, names string) (id string, found bool)

	// OnlyKey is the key of the only entity of a property which nobody has created, by its
	// canonical path. Default: a GUID.
	OnlyKey func(collection string) string

	// Elsewhere returns the path of an entity with a key that is not in the set where it is
	// looked for, without the slash at its beginning: /users/1/drive is /drives/ID, too. The only
	// entity of a property has the key ".".
	Elsewhere func(r store.Reader, collection, key string) (path string)

	// Single are properties that lists do not have, whatever $select says.
	Single []string

	// Virtual returns an entity that is not in the store, but follows from what is: an
	// occurrence of a recurring event. One that a client changes is stored from then on.
	Virtual func(r store.Reader, collection, key string) (store.Record, bool)

	// Views are navigation properties, by name, whose entities are made when they are asked
	// for, out of those of a collection.
	Views map[string]func(v *View) (Rows, error)

	// Found are navigation properties whose lists may be made likewise, but not what their deltas tell:
	// without rows they are those of the collection.
	Found map[string]func(v *View) (Rows, error)

	// Parent is the navigation property that leads back to the entity that contains
	// this one.
	Parent string

	// Typed reports that the entities of a list begin with their @odata.type.
	Typed bool

	// ListContext is the fragment of a list's context, after the #. Default: the
	// path of the collection.
	ListContext string

	// Functions are the functions of a collection that list what stands in one of its
	// indexes: the name of the index by that of the function.
	Functions map[string]string

	// Operations answer the actions and functions that are bound to an entity of the
	// type, or to a collection of them, by name.
	Operations map[string]Operation

	// Parts are navigation properties whose entities are among those of another
	// collection, which has them all: the messages of a folder.
	Parts map[string]Part

	// Among says where the only entity of a property is if it is one of those of a property
	// beside it: the default calendar is among the calendars.
	Among *Part

	// Top is what lists of a collection show of it, if that is not all: the folders that
	// are in no other folder.
	Top *Slice

	// Initial are entities that every collection of them has from the start. They are
	// shared by all: each has a key.
	Initial []map[string]any

	// Index returns the indexes that an entity is in besides those of its keys.
	Index func(w *Write) []store.Index

	// Rank returns the place of an entity in its collection, lowest first.
	Rank func(w *Write) int64

	// Show sets properties that are not stored, but follow from what else there is. The
	// path is the entity's own in the store.
	Show func(r store.Reader, path string, entity map[string]any)

	// Tag returns the ETag of an entity, which conditional requests have to name.
	Tag func(r *store.Record) string

	// Tagged is what requests are told about tags, nil where the defaults do.
	Tagged *Tagged

	// Timed sets properties that are not stored, but follow from what time it is, in
	// milliseconds since 1970.
	Timed func(now int64, entity map[string]any)

	// Waits returns for how many seconds a client is to wait before it asks for an entity again,
	// 0 if it need not: of what goes on by itself.
	Waits func(now int64, entity map[string]any) (seconds int)

	// Quiet reports that a PATCH answers nothing, unless the client prefers a
	// representation.
	Quiet bool

	// Read reads the body of a new entity that is not JSON.
	Read func(raw []byte) (body map[string]any, err error)

	// Content returns what the $value of an entity is, and its media type; none if it has
	// no other than what was put there.
	Content func(r store.Reader, e *Entity) (data []byte, media string)

	// Stream answers a GET of the bytes of an entity, or of a property of it, if they are not to
	// be shown as they are; done is false where they are. The property of $value is that.
	Stream func(c *Call, e *Entity, property string) (res Response, done bool, err error)

	// Receive takes the place of what a PUT of the bytes of a property of an entity does otherwise.
	Receive func(c *Call, e *Entity, property string) (Response, error)

	// Transfers answer the URLs that were handed out for entities, by name.
	Transfers map[string]Transfer

	// Uploads are the rules of uploads in parts.
	Uploads *Uploads

	// Job does what a response has promised, and returns what is known of it from then on.
	Job func(c *Call, data []byte) []byte

	// NextKey returns the key of a new entity of a collection, where that depends on the others.
	NextKey func(r store.Reader, collection string) string

	// Joined are properties that lead to entities of their own, which filters and orders may be
	// about all the same: the fields of an item of a list.
	Joined []string

	// Listed is asked about a list before it is answered.
	Listed func(r store.Reader, q *Request, collection string) error

	// Given returns the entities that a collection has from the start and the store does not have.
	// They can be read.
	Given func(r store.Reader, collection string) []map[string]any

	// Leads are navigation properties that lead elsewhere: they return a path in the store, ""
	// if they lead nowhere.
	Leads map[string]func(r store.Reader, key string) string

	// Annotate returns what responses have of an entity beside what is stored of it: names with
	// an @ in them come first. The call has no transaction.
	Annotate func(c *Call, e *Entity) map[string]any

	// Absent are values of properties that are asked for by themselves, and that nobody has
	// set. They must not be changed.
	Absent map[string]any

	// Alone reports that responses to writes have the entity alone, without those in it
	// that came with it.
	Alone bool

	// Create takes the place of what a POST of a new entity does otherwise, and a PUT of the
	// only one of a property that is not there.
	Create Operation

	// Remove takes the place of what a DELETE does otherwise: it reports whether it has
	// done it.
	Remove func(c *Call) (done bool, err error)

	// Located reports that a PUT says where the entity is, as a POST does.
	Located bool

	// Place is the path on Graph's host where responses say that a new entity is, by its key.
	// Default: that of its URL.
	Place func(caller *auth.Caller, key string) string

	// Check is asked before a client's entity is written. It may complain, and change what
	// is to be stored: w.Sent is a copy. It may give a new entity another key: w.Key.
	Check func(c *Call, w *Write) error

	// Same returns the id in the store of an entity that a client creates once more, of a type
	// with Show. It is left
	// as it is, and the response has it.
	Same func(c *Call, w *Write) (id string, is bool)

	// Written is told of what a client has written, in the transaction. It may complain.
	Written func(c *Call, w *Write) error

	// Accept is asked before a client's entity is written, outside of any transaction: it may
	// take its time. The call has neither a transaction nor an entity.
	Accept func(c *Call) error

	// Watches reports that as long as there is an entity of the type, somebody wants to know of
	// changes.
	Watches bool

	// PagesByTop reports that $top is the size of a list's pages. Default: of all of them
	// together.
	PagesByTop bool

	// PageExpired is the id of the error about a page that is no longer kept. Default:
	// skiptoken-expired.
	PageExpired string

	// MaxExpanded is how many entities that links lead to are expanded, without a link to
	// more; 0 is a page, with one.
	MaxExpanded int

	// MaxBound is how many references a request may have that writes an entity: what
	// property@odata.bind names is linked to it. 0 lets them be.
	MaxBound int

	// Linking is asked before a client's link is added or removed.
	Linking func(c *Call, l Link) error

	// Relinked is called in the transaction in which a link was added to an entity or removed
	// from it, after it; not for those that go with an entity that is removed.
	Relinked func(tx store.Tx, c Change, l StoredLink)

	// Query is asked what is wrong with how a client asks for entities, before it is
	// answered. It may change the options.
	Query func(q *Query) *odata.Error

	// Search makes of a word or a phrase of $search what finds entities by it. Default:
	// $search finds everything.
	Search func(term string) (Finds, error)

	// Changed is called in the transaction of a change, after it.
	Changed func(tx store.Tx, c Change)
}

// Finds reports whether an entity is one that is searched for.
type Finds func(r store.Reader, e *Entity) bool

// ByType returns behaviors by the names of their types. Two of one type are one.
func ByType(all []*Behavior) map[string]*Behavior {
	named := map[string]*Behavior{}
	for _, b := range all {
		named[b.Type] = named[b.Type].with(b)
	}
	return named
}

// with returns the behavior of a type together with a second one: that adds its
// operations, parts, indexes, checks, absent values, hidden and linked properties, and what follows from changes, as a
// workload does to what another one has.
func (b *Behavior) with(second *Behavior) *Behavior {
	if b == nil {
		return second
	}
	both := *b
	both.Operations = maps.Clone(b.Operations)
	if both.Operations == nil {
		both.Operations = map[string]Operation{}
	}
	maps.Copy(both.Operations, second.Operations)
	if both.Absent == nil {
		both.Absent = second.Absent
	}
	if both.Hidden == nil {
		both.Hidden = second.Hidden
	}
	both.Parts = maps.Clone(b.Parts)
	if both.Parts == nil {
		both.Parts = map[string]Part{}
	}
	maps.Copy(both.Parts, second.Parts)
	if second.Linked != nil {
		both.Linked = maps.Clone(second.Linked)
		maps.Copy(both.Linked, b.Linked)
	}
	if both.Relinked == nil {
		both.Relinked = second.Relinked
	}
	if changed := second.Changed; b.Changed != nil && changed != nil {
		both.Changed = func(tx store.Tx, c Change) { b.Changed(tx, c); changed(tx, c) }
	} else if changed != nil {
		both.Changed = changed
	}
	if check := second.Check; b.Check != nil && check != nil {
		both.Check = func(c *Call, w *Write) error {
			if err := b.Check(c, w); err != nil {
				return err
			}
			return check(c, w)
		}
	} else if check != nil {
		both.Check = check
	}
	if index := second.Index; b.Index != nil && index != nil {
		both.Index = func(w *Write) []store.Index { return append(b.Index(w), index(w)...) }
	} else if index != nil {
		both.Index = index
	}
	return &both
}

// Pages is how lists are paged where $top is the size of a page: next links go on behind
// it, with $skip or a token, to the end of the list.
type Pages struct {
	Usual, Most int
	ByToken     bool
}

// A Change is what became of an entity.
type Change struct {
	Collection string // of the entity, as the store has it
	ID         string // likewise
	Deleted    bool   // or expired

	service *Service
	now     int64
}

// Amend changes properties of an entity, at a path in the store, as a consequence of the
// change. If change returns false, it stays as it is.
func (c Change) Amend(tx store.Tx, path string, change func(properties map[string]any) bool) {
	collection, id, _ := splitPath(path)
	old, found := tx.Get(collection, id)
	if !found {
		return
	}
	properties := decode(old.JSON)
	if !change(properties) {
		return
	}
	at := place{kind: c.service.typeNamed(old.Type), collection: collection, id: id}
	if at.kind.modified {
		properties[lastModifiedDateTime] = graph.FormatTime(c.now)
	}
	w := Write{Sent: properties, Old: &old, Now: NewTimestamp(c.now), Caller: &auth.Caller{}, Seeding: true}
	c.service.writeAll(tx, &at, &w, nil)
}

// Call returns what operations do what they do with, for consequences of the change. Nobody
// has called it.
func (c Change) Call(tx store.Tx) *Call {
	return &Call{Request: &Request{Now: NewTimestamp(c.now)}, Tx: tx, service: c.service}
}

// defaultNotFound is the error of types whose behavior names none.
const defaultNotFound = "item-not-found"

// An entityType is a type with its behavior, and what follows from the two.
type entityType struct {
	*edm.Type
	behavior   *Behavior
	foreign    bool     // an entity may have what the type has not
	order      []string // of the properties
	fills      []string // what responses have in place of each that is not stored: null, [] or nothing
	shows      []bool   // whether responses have it without $select
	selected   []string // properties that a response has only if $select names them
	contains   []*edm.Property
	expanded   []odata.ExpandItem // that responses have without $expand
	alternates []string           // properties that find an entity besides its key, whatever the case of their values
	created    bool               // it has a createdDateTime
	modified   bool               // it has a lastModifiedDateTime
	orderBy    []odata.OrderKey
	followed   bool   // clients can follow what changes of it
	keyName    string // the property that is the key
	numberKey  bool   // its values are numbers
	givenKey   bool   // clients choose keys: the behavior says so, or the key is not an id (assumed)
}

var noBehavior Behavior

// typeOf is the entity type with that model, nil for nil.
func (s *entityTypes) typeOf(t *edm.Type) *entityType {
	if t == nil {
		return nil
	}
	known := s.types.Load()
	if made := (*known)[t]; made != nil {
		return made
	}
	made := s.newType(t)
	for {
		all := maps.Clone(*known)
		all[t] = made
		if s.types.CompareAndSwap(known, &all) {
			return made
		}
		known = s.types.Load()
	}
}

func (s *entityTypes) newType(t *edm.Type) *entityType {
	e := &entityType{Type: t, behavior: &noBehavior, keyName: "id", foreign: s.foreign}
	for base := t; base != nil && e.behavior == &noBehavior; base = base.Base {
		if b := s.named[base.Name]; b != nil {
			e.behavior = b
		}
	}
	e.givenKey = e.behavior.ClientKey
	if len(t.Key) == 1 && t.Key[0] != e.keyName {
		e.keyName, e.givenKey = t.Key[0], true
		kind := t.Property(e.keyName).Type().Primitive
		e.numberKey = kind != edm.String && kind != edm.Guid
	}
	if t.Kind == edm.Entity {
		e.alternates = alternates(t)
		for _, name := range e.behavior.Unique {
			if !slices.Contains(e.alternates, name) {
				e.alternates = append(e.alternates, name)
			}
		}
	}
	for base := t; base != nil; base = base.Base {
		for _, name := range graph.Expanded(base.Name) {
			e.expanded = append(e.expanded, odata.ExpandItem{Property: name})
		}
	}
	for _, p := range t.Properties() {
		if !p.Navigation && (p.SelectOnly || p.WriteOnly) {
			e.selected = append(e.selected, p.Name)
		}
		switch {
		case !p.Navigation:
			e.order = append(e.order, p.Name)
		case e.nested() != nil && p.Name == e.nested().Children:
		case p.Contained && p.Type() != nil && p.Type().Kind == edm.Entity:
			e.contains = append(e.contains, p)
		}
	}
	if own := e.behavior.Order; own != nil {
		rest := slices.DeleteFunc(e.order, func(name string) bool { return slices.Contains(own, name) })
		e.order = slices.Concat(own, rest)
	}
	e.setFills()
	if by := e.behavior.OrderBy; by != "" {
		o, err := odata.Parse("$orderby="+by, t, odata.Settings{})
		if err != nil {
			panic("BUG: " + err.Error())
		}
		e.orderBy = o.OrderBy
	}
	e.followed = hasDelta(t, s.tree.Model(), e.nested() == nil)
	e.created, e.modified = slices.Contains(e.order, createdDateTime), slices.Contains(e.order, lastModifiedDateTime)
	return e
}

// Properties that the service sets wherever a type has them.
const (
	createdDateTime      = "createdDateTime"
	lastModifiedDateTime = "lastModifiedDateTime"
	modifiedDateTime     = "modifiedDateTime"
	createdBy            = "createdBy"
	lastModifiedBy       = "lastModifiedBy"
)

// isIdentity reports whether a property says who has done something: the service sets
// createdBy and lastModifiedBy of that type. [DOC: the properties of resources]
func isIdentity(p *edm.Property) bool {
	return p != nil && !p.Navigation && !p.Collection && p.Type() != nil && p.Type().Name == "microsoft.graph.identitySet"
}

func isTime(p *edm.Property) bool {
	return p != nil && p.Type() != nil && p.Type().Primitive == edm.DateTimeOffset
}

// key reads a key as clients send it.
func (t *entityType) key(text string) (string, bool) {
	if t.behavior.Key != nil {
		return t.behavior.Key(text)
	}
	if t.numberKey {
		_, err := strconv.ParseInt(text, 10, 64)
		return text, err == nil
	}
	return text, text != ""
}

// keyIn is the key that an entity is sent with, "" if it has none.
func (t *entityType) keyIn(entity map[string]any) string {
	switch key := entity[t.keyName].(type) {
	case string:
		return key
	case json.Number:
		return key.String()
	}
	return ""
}

func (t *entityType) newKey(r *Random) string {
	if t.behavior.NewKey != nil {
		return t.behavior.NewKey(r)
	}
	if t.numberKey {
		return strconv.FormatUint(r.Uint64()>>33, 10) // as many bits as an Edm.Int32 has above zero
	}
	return r.GUID()
}

// value is the service's value of a property of an entity that is written.
func (t *entityType) value(w *Write, name string) (any, bool) {
	if t.behavior.Value != nil {
		if v, sets := t.behavior.Value(w, name); sets {
			return v, true
		}
	}
	switch {
	case name == t.keyName:
		if w.Key == single {
			return t.onlyKey(w), true
		}
		if t.numberKey {
			return json.Number(w.Key), true
		}
		return w.Key, true
	case name == createdDateTime && t.created:
		return w.Created(), true
	case name == lastModifiedDateTime && t.modified:
		return w.Modified(), true
	case name == modifiedDateTime && !w.Seeding && isTime(t.Property(name)): // DOC: as others call lastModifiedDateTime
		return w.Modified(), true
	case w.Seeding:
	case name == createdBy && isIdentity(t.Property(name)):
		if w.Old != nil {
			before := w.Before(name)
			return before, before != nil
		}
		return w.By(), true
	case name == lastModifiedBy && isIdentity(t.Property(name)):
		return w.By(), true
	}
	return nil, false
}

// onlyKey is the key of the only entity of a property: the one that it had, or that
// fixtures give it, or one that is made of its place.
func (t *entityType) onlyKey(w *Write) any {
	known := map[string]any{}
	if w.Seeding {
		known = w.Sent
	} else if w.Old != nil {
		known = decode(w.Old.JSON)
	}
	if key, _ := known[t.keyName].(string); key != "" && key != single {
		return key
	}
	if t.behavior.OnlyKey != nil {
		return t.behavior.OnlyKey(w.collection)
	}
	return uuid.NewSHA1(uuid.Nil, []byte(w.collection)).String()
}

// storedID is the id of an entity in the store: its key and, of a type that each app
// has for itself, the app. What a path can't hold is escaped.
func (t *entityType) storedID(key, app string) string { return string(t.appendID(nil, key, app)) }

func (t *entityType) appendID(b []byte, key, app string) []byte {
	b = appendEscaped(b, key)
	if t.behavior.PerApp {
		b = append(append(b, 0), app...)
	}
	return b
}

// appendEscaped appends a key without what a canonical path can't hold.
func appendEscaped(b []byte, key string) []byte {
	if strings.ContainsAny(key, "/\x00") {
		key = idEscape.Replace(key)
	}
	return append(b, key...)
}

var idEscape = strings.NewReplacer("/", "\x01", "\x00", "\x02")

// indexed is the value of an address in its index.
func (t *entityType) indexed(address, app string) string {
	if !t.behavior.PerApp {
		return address
	}
	return app + "\x00" + address
}

// IDOf is the id in the store of an entity with a key, of a type that no app has for itself.
func IDOf(key string) string { return string(appendEscaped(nil, key)) }

// KeyOf is the key in the id of an entity in the store.
func KeyOf(storedID string) string {
	key, _, _ := strings.Cut(storedID, "\x00")
	if strings.ContainsAny(key, "\x01\x02") {
		key = idUnescape.Replace(key)
	}
	return key
}

var idUnescape = strings.NewReplacer("\x01", "/", "\x02", "\x00")

// isVisible reports whether an app may see an entity.
func (t *entityType) isVisible(r *store.Record, app string) bool {
	return !t.behavior.PerApp || r.Owner == app
}

// isStored reports whether responses without options have an entity as it is stored.
func (t *entityType) isStored() bool {
	b := t.behavior
	return len(t.selected) == 0 && !t.foreign && !b.Nulls && b.Show == nil && b.Timed == nil && b.Annotate == nil && b.Tag == nil &&
		b.LastingKey == nil && b.Prefer == nil
}

// isShownAsStored reports whether what responses have of an entity is all stored, for what the
// request prefers.
func (t *entityType) isShownAsStored(r *Request) bool {
	b := t.behavior
	return !t.foreign && b.Show == nil && b.Timed == nil && b.Annotate == nil && len(t.expanded) == 0 && (b.LastingKey == nil || !r.Preferences.LastingKeys) &&
		(b.Prefer == nil || r.Preferences.Other == "")
}

// shown is an entity with what is not stored of it.
func (s *Service) shown(r *Request, e *row) map[string]any {
	entity := decode(e.JSON)
	if e.kind.foreign {
		withoutForeign(e.kind.Type, entity)
	}
	if show := e.kind.behavior.Show; show != nil {
		s.view(r, func(reader store.Reader) { show(reader, e.entityPath(), entity) })
	}
	if timed := e.kind.behavior.Timed; timed != nil {
		timed(r.Now.MS, entity)
	}
	if r.Preferences.LastingKeys && e.kind.behavior.LastingKey != nil {
		for _, name := range append([]string{"id"}, e.kind.behavior.LastingToo...) {
			if key, is := entity[name].(string); is {
				entity[name] = e.kind.shownKey(r, key)
			}
		}
	}
	if prefer := e.kind.behavior.Prefer; prefer != nil && r.Preferences.Other != "" {
		prefer(&r.Preferences, entity)
	}
	return entity
}

// shownKey is a key as the client wants to see it.
func (t *entityType) shownKey(r *Request, key string) string {
	if lasting := t.behavior.LastingKey; lasting != nil && r.Preferences.LastingKeys {
		return lasting(key)
	}
	return key
}

// lastingIndex is the index of entities by the keys that they have for life.
const lastingIndex = "\x00lasting"

// usual makes of an entity what it is without $select.
func (t *entityType) usual(entity map[string]any) {
	for _, name := range t.selected {
		delete(entity, name)
	}
	if hidden := t.behavior.Hidden; hidden != nil {
		maps.DeleteFunc(entity, func(name string, _ any) bool { return hidden(name) && t.Property(name) == nil })
	}
	if t.behavior.Nulls {
		t.complete(entity, t.Defaults())
	}
}

// complete gives an entity the properties without a value that responses have all the same.
func (t *entityType) complete(entity map[string]any, names []string) {
	for _, name := range names {
		p := t.Property(name)
		switch _, has := entity[name]; {
		case has, p == nil, p.Navigation:
		case p.Collection:
			entity[name] = []any{}
		case p.Nullable:
			entity[name] = nil
		}
	}
}

// ordered returns the properties of an entity in the type's order.
func (t *entityType) ordered(entity map[string]any) []string {
	names := make([]string, 0, len(entity))
	for _, name := range t.order {
		if _, has := entity[name]; has {
			names = append(names, name)
		}
	}
	if len(names) == len(entity) {
		return names
	}
	for _, name := range slices.Sorted(maps.Keys(entity)) {
		if !slices.Contains(t.order, name) {
			names = append(names, name)
		}
	}
	return names
}
