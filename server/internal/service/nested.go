package service

import (
	"maps"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Nested lets the entities that one other contains be a tree, as the items of a drive are.
// All are in one collection, whatever path leads to them: /drive/root is the outermost,
// and /drive/root/children are those of /drive/items that are in it. A path may name them
// by what they are called, too: /drive/root:/folder/file:
type Nested struct {
	Items    string // the navigation property of the container that has all
	Root     string // the one that has the outermost, which is there from the start
	RootKey  string // the key of the outermost
	Children string // the navigation property of an entity that has those in it
	Name     string // the property by which those in one entity differ, whatever the case
	Content  string // the stream property that makes an entity of bytes

	// ContainerKey is the key of a container that nobody has created, by its canonical path.
	ContainerKey func(collection string) string

	// Outermost returns the outermost entity, and Folder one that is created on the way to
	// another.
	Outermost func() map[string]any
	Folder    func(name string) map[string]any

	// IsFolder reports whether others can be in an entity.
	IsFolder func(entity map[string]any) bool

	// Parent returns what an entity says of where it is: the key of the one that it is in, or
	// the names that lead there.
	Parent func(entity map[string]any) (key, names string)

	// Locate tells an entity where it is: when it is written, and when one above it was. Count
	// tells it how many are in it.
	Locate func(entity map[string]any, in Folder)
	Count  func(entity map[string]any, children int)

	// Size is how large an entity is. Grow tells one that others are in by how much they have
	// grown, and Room asks whether all of a collection may do so.
	Size func(entity map[string]any) int64
	Grow func(entity map[string]any, by int64)
	Room func(r store.Reader, collection string, by int64) error

	// Describe tells an entity of its content.
	Describe func(entity map[string]any, in Folder, content []byte)

	// Replaced is told of an entity that has other bytes than before.
	Replaced func(c *Call, now, before *Entity, content []byte)

	// Special are entities with names that lead to them from the container: each is where the
	// property Specials has its key, and created when somebody asks for it.
	Specials string
	Special  func(key string) (names []string, ok bool)
	Mark     func(entity map[string]any, key string) // as a special one

	// Complete sets what the service knows of an entity that is written. The content is nil
	// if it stays as it was.
	Complete func(w *Write, in Folder, content []byte)

	// MediaType returns that of the content.
	MediaType func(entity map[string]any) string
}

// A Folder is where a nested entity is.
type Folder struct {
	Container map[string]any // what contains all of them
	Parent    map[string]any // the entity that it is in, nil of the outermost
}

// Indexes of nested entities: by the one that they are in, and by their name there.
const (
	indexParent = "nested-parent"
	indexName   = "nested-name"
)

// absent is the id of an entity that is not there, and that a PUT may create.
const absent = "\x03"

// What becomes of a name that is taken.
const (
	conflictFail    = "fail"
	conflictRename  = "rename"
	conflictReplace = "replace"
)

// conflictBehavior is the annotation that says so.
const conflictBehavior = "@microsoft.graph.conflictBehavior"

func nameIn(parent, name string) string { return parent + "\x00" + strings.ToLower(name) }

func (t *entityType) nested() *Nested {
	if t == nil {
		return nil
	}
	return t.behavior.Nested
}

// isOutermost reports whether the place is that of an entity which is there from the start.
func (p *place) isOutermost() bool {
	n := p.kind.nested()
	return n != nil && p.id == n.RootKey
}

// navigateNested follows a property that leads to nested entities, and reports whether it
// is one.
func (l *locator) navigateNested(n *resource.Node) bool {
	kind := l.service.typeOf(n.Type)
	nested := kind.nested()
	if nested == nil || len(l.steps) == 0 {
		return false
	}
	last := l.last()
	switch below := last.kind.nested() != nil; {
	case !below && n.Name == nested.Items && n.Collection:
		l.begin(n, n.Name)
		l.last().all = l.reached(n)
	case !below && n.Name == nested.Specials && n.Collection:
		all := last.path.To(nested.Items)
		l.begin(n, nested.Items)
		l.last().all, l.last().special = all, true
	case !below && n.Name == nested.Root && !n.Collection:
		all := last.path.To(nested.Items)
		if all.Node == nil {
			return false
		}
		l.begin(n, nested.Items)
		l.last().all = all
		l.key(l.last(), nested.RootKey)
	case below && n.Name == nested.Children && n.Collection && last.id > 0:
		within := string(l.canonical[last.end+1 : last.id])
		l.again(n, kind)
		l.last().within, l.last().slice = within, Slice{Index: indexParent, Value: within}
	default:
		return false
	}
	return true
}

// again goes on in the collection of the last step.
func (l *locator) again(n *resource.Node, kind *entityType) {
	last := *l.last()
	start := len(l.canonical)
	l.canonical = append(l.canonical, l.canonical[last.start:last.end]...)
	l.steps = append(l.steps, step{
		place: place{path: l.reached(n), kind: kind, all: last.all}, start: start, end: len(l.canonical),
	})
}

// enterNested follows the key of an entity that is in another, or its name.
func (l *locator) enterNested(n *resource.Node, key string) error {
	at := l.last()
	collection, within := string(l.canonical[at.start:at.end]), at.within
	id := string(appendEscaped(nil, key))
	l.read(func(r store.Reader) {
		record, found := r.Get(collection, id)
		if !found || parentOf(&record) != within {
			record, found = r.Find(collection, indexName, nameIn(within, key))
		}
		if id = record.ID; !found {
			id = absent
		}
	})
	at.path, at.within, at.slice = l.reached(n), "", Slice{}
	if id != absent {
		at.path = at.item(id)
	}
	l.canonical = append(append(l.canonical, '/'), id...)
	at.id = len(l.canonical)
	return nil
}

// A special is an entity that is created when somebody asks for it.
type special struct {
	place
	key string
}

// enterSpecial follows the key of a special entity.
func (l *locator) enterSpecial(n *resource.Node, key string) error {
	at := l.last()
	names, ok := at.kind.nested().Special(strings.ToLower(key))
	if !ok {
		return fail("special-folder-unknown")
	}
	collection, id := string(l.canonical[at.start:at.end]), at.kind.nested().RootKey
	l.read(func(r store.Reader) { id, names = follow(r, collection, id, names) })
	if len(names) > 0 {
		l.wanted = &special{place{kind: at.kind, collection: collection, within: id, names: append(names, "")},
			strings.ToLower(key)}
		id = absent
	} else {
		at.path = at.item(id)
	}
	at.special = false
	l.canonical = append(append(l.canonical, '/'), id...)
	at.id = len(l.canonical)
	return nil
}

// createSpecial creates a special entity, and those that it is in.
func (s *Service) createSpecial(r *Request, wanted *special) error {
	return s.transact(r, func(tx store.Tx) error {
		at := wanted.place
		at.within, at.names = follow(tx, at.collection, at.within, at.names) // somebody may have been faster
		if err := s.makeFolders(tx, &at, &Write{Now: r.Now, Caller: &r.Caller}); err != nil {
			return err
		}
		if record, found := tx.Get(at.collection, at.within); found {
			s.rewrite(tx, &at, record, func(entity map[string]any) { at.kind.nested().Mark(entity, wanted.key) })
		}
		return nil
	})
}

// item is the path of the entity with an id as it is rendered.
func (p *place) item(id string) resource.Path {
	if p.all.Node == nil {
		return p.path
	}
	return p.all.Entity(KeyOf(id))
}

// enterByPath follows names from an entity. Where they end at one that is not there, a PUT
// may create it.
func (l *locator) enterByPath(n *resource.Node, names string) error {
	at := l.last()
	if at.kind.nested() == nil {
		return l.enterElsewhere(n, names)
	}
	collection, id := string(l.canonical[at.start:at.end]), string(l.canonical[at.end+1:at.id])
	left := strings.Split(names, "/")
	l.read(func(r store.Reader) { id, left = follow(r, collection, id, left) })
	l.again(n, at.kind)
	at = l.last()
	if len(left) == 0 {
		at.path = at.item(id)
	} else {
		at.within, at.names = id, left
		id = absent
	}
	l.canonical = append(append(l.canonical, '/'), id...)
	at.id = len(l.canonical)
	return nil
}

// follow follows names from an entity as far as there is something, and returns those
// that are left.
func follow(r store.Reader, collection, id string, names []string) (at string, left []string) {
	for len(names) > 0 {
		record, found := r.Find(collection, indexName, nameIn(id, names[0]))
		if !found {
			break
		}
		id, names = record.ID, names[1:]
	}
	return id, names
}

// enterElsewhere follows a path to an entity that its behavior finds.
func (l *locator) enterElsewhere(n *resource.Node, names string) error {
	at := l.last()
	find := at.kind.behavior.ByPath
	collection, key := string(l.canonical[at.start:at.end]), KeyOf(string(l.canonical[at.end+1:at.id]))
	var to target
	l.read(func(r store.Reader) {
		if find == nil {
			return
		}
		if id, found := find(r, collection, key, names); found {
			to.place = place{kind: at.kind, collection: collection, id: id}
		}
	})
	l.steps = l.steps[:len(l.steps)-1] // which need not be there itself
	start := len(l.canonical)
	id := absent
	if to.kind != nil {
		id = to.id
	}
	l.canonical = append(append(append(l.canonical, collection...), '/'), id...)
	reached := place{path: l.reached(n), kind: at.kind}
	if in := at.path.CollectionPath(); to.kind != nil && in.Node != nil && in.Node.Entity() != nil {
		reached.path = in.Entity(KeyOf(id))
	}
	l.steps = append(l.steps, step{place: reached, start: start, end: start + len(collection), id: len(l.canonical)})
	return nil
}

// parentOf is the id of the entity that a nested one is in.
func parentOf(r *store.Record) string {
	for _, i := range r.Index {
		if i.Name == indexParent {
			return i.Value
		}
	}
	return ""
}

// nest puts a nested entity that is written into the one that it is to be in. A name that
// is taken there is a conflict.
func (s *Service) nest(tx store.Tx, at *place, w *Write, conflict string) error {
	n := at.kind.nested()
	if n == nil {
		return nil
	}
	w.Sent = maps.Clone(w.Sent)
	if at.id == n.RootKey {
		w.Sent[n.Name] = n.Outermost()[n.Name]
		return s.locateIn(tx, at, w)
	}
	w.parent = s.parentFor(tx, at, w)
	if !w.Seeding {
		if err := s.checkParent(tx, at, w.parent); err != nil {
			return err
		}
	}
	name, _ := w.Sent[n.Name].(string)
	if !isName(name) && !w.Seeding {
		return fail("name-invalid")
	}
	other, taken := tx.Find(at.collection, indexName, nameIn(w.parent, name))
	if taken = taken && other.ID != at.id; taken && !w.Seeding {
		switch conflict {
		case conflictRename:
			w.Sent[n.Name] = freeName(tx, at.collection, w.parent, name)
		case conflictReplace:
			w.Old, at.id = &other, other.ID
		default:
			return fail(errExists)
		}
	}
	return s.locateIn(tx, at, w)
}

// isName reports whether an entity can have a name. That one has none of these characters
// is documented with the addressing of driveItems; the error is assumed.
func isName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, `"*:<>?/\|`)
}

// parentFor is the id of the entity that one is to be in: where the path says, or the
// entity itself, or where it was, or the outermost.
func (s *Service) parentFor(tx store.Tx, at *place, w *Write) string {
	n := at.kind.nested()
	if at.within != "" {
		return at.within
	}
	if key, names := n.Parent(w.Sent); key != "" {
		key, _ = at.kind.key(key)
		return string(appendEscaped(nil, key))
	} else if names != "" {
		id, left := follow(tx, at.collection, n.RootKey, strings.Split(names, "/"))
		if len(left) > 0 {
			return absent
		}
		return id
	}
	if w.Old != nil && parentOf(w.Old) != "" {
		return parentOf(w.Old)
	}
	return n.RootKey
}

// checkParent finds a parent that is not there, that nothing can be in, or that is the
// entity itself or in it.
func (s *Service) checkParent(r store.Reader, at *place, parent string) error {
	n := at.kind.nested()
	record, found := r.Get(at.collection, parent)
	switch {
	case parent == n.RootKey:
		return nil
	case !found:
		return (&place{path: at.path, kind: at.kind, id: parent}).missing()
	case !n.IsFolder(decode(record.JSON)):
		return fail("not-a-folder")
	}
	for id := parent; id != "" && id != n.RootKey; {
		if id == at.id {
			return fail("folder-in-itself")
		}
		above, _ := r.Get(at.collection, id)
		id = parentOf(&above)
	}
	return nil
}

// freeName returns a name that nothing in an entity has: with a number before its ending,
// as on Graph.
func freeName(r store.Reader, collection, parent, name string) string {
	ending := path.Ext(name)
	for i := 1; ; i++ {
		free := strings.TrimSuffix(name, ending) + " " + strconv.Itoa(i) + ending
		if _, taken := r.Find(collection, indexName, nameIn(parent, free)); !taken {
			return free
		}
	}
}

// locateIn tells an entity that is written where it is.
func (s *Service) locateIn(r store.Reader, at *place, w *Write) error {
	n := at.kind.nested()
	w.Key = KeyOf(at.id)
	in := s.folder(r, n, at.collection, w.parent)
	n.Locate(w.Sent, in)
	n.Complete(w, in, w.content)
	return nil
}

// folder is where the entities in another are.
func (s *Service) folder(r store.Reader, n *Nested, collection, parent string) Folder {
	of, _, _ := splitPath(collection)
	f := Folder{Container: map[string]any{"id": n.ContainerKey(strings.TrimSuffix(of, "/"+single))}}
	if container, id, ok := splitPath(of); ok {
		if record, found := r.Get(container, id); found {
			f.Container = decode(record.JSON)
		}
	}
	if record, found := r.Get(collection, parent); found {
		f.Parent = decode(record.JSON)
	} else if parent == n.RootKey {
		f.Parent = n.Outermost()
		f.Parent["id"] = n.RootKey
	}
	return f
}

// nestedIndex enters an entity into the indexes of its parent and its name.
func (w *Write) nestedIndex() []store.Index {
	n := w.kind.nested()
	if w.Record.ID == n.RootKey {
		return nil
	}
	name, _ := w.Sent[n.Name].(string)
	return []store.Index{{Name: indexParent, Value: w.parent}, {Name: indexName, Value: nameIn(w.parent, name)}}
}

// spread tells others of an entity that was written: the one that it is in, the one that
// it was in, and those in it.
func (s *Service) spread(tx store.Tx, at *place, w *Write) {
	s.recount(tx, at, w.parent, w)
	moved := w.Old == nil
	if w.Old != nil {
		before := parentOf(w.Old)
		moved = before != w.parent || decode(w.Old.JSON)[at.kind.nested().Name] != w.Sent[at.kind.nested().Name]
		if before != w.parent {
			s.recount(tx, at, before, w)
		}
	}
	if moved {
		s.relocate(tx, at, at.id, w.Old == nil || w.isMoved())
	}
	size := at.kind.nested().Size
	if w.Old != nil {
		s.grow(tx, at, parentOf(w.Old), -size(decode(w.Old.JSON)))
	}
	s.grow(tx, at, w.parent, size(w.Sent)+s.growAtLast(tx, at, w))
}

// growAtLast tells an entity of fixtures how large those are that came before it and are in
// it.
func (s *Service) growAtLast(tx store.Tx, at *place, w *Write) (by int64) {
	if w.Old != nil || !w.Seeding {
		return 0
	}
	inside(tx, at.collection, at.id, func(r *store.Record) { by += at.kind.nested().Size(decode(r.JSON)) })
	if by > 0 {
		s.rewrite(tx, at, w.Record, func(entity map[string]any) { at.kind.nested().Grow(entity, by) })
	}
	return by
}

// grow tells an entity, and those above it, by how much what is in it has grown.
func (s *Service) grow(tx store.Tx, at *place, id string, by int64) {
	for id != "" && by != 0 {
		record, found := tx.Get(at.collection, id)
		if !found {
			return
		}
		s.rewrite(tx, at, record, func(entity map[string]any) { at.kind.nested().Grow(entity, by) })
		id = parentOf(&record)
	}
}

// inside calls visit for each entity in another.
func inside(tx store.Tx, collection, id string, visit func(*store.Record)) {
	all := tx.SnapshotIndex(collection, indexParent, id)
	var after store.Cursor
	for more := all.Len() > 0; more; {
		var page []store.Record
		page, after, more = all.Page(tx, after, everyPage)
		for i := range page {
			visit(&page[i])
		}
	}
}

// recount tells an entity how many are in it.
func (s *Service) recount(tx store.Tx, at *place, id string, w *Write) {
	n := at.kind.nested()
	if id == "" {
		return
	}
	record, found := tx.Get(at.collection, id)
	if !found && id == n.RootKey {
		root := *at
		root.id = id
		first := Write{Key: id, Sent: n.Outermost(), Now: w.Now, Caller: w.Caller}
		_ = s.nest(tx, &root, &first, "")
		first.write(tx, root)
		record, found = first.Record, true
	}
	if !found {
		return
	}
	s.rewrite(tx, at, record, func(entity map[string]any) {
		n.Count(entity, tx.SnapshotIndex(at.collection, indexParent, id).Len())
	})
}

// relocate tells the entities in another where they are now. After a move they come behind it, so
// that clients meet those first which others are in, as rclone counts on.
func (s *Service) relocate(tx store.Tx, at *place, id string, moved bool) {
	n := at.kind.nested()
	inside(tx, at.collection, id, func(r *store.Record) {
		in := s.folder(tx, n, at.collection, id)
		if moved {
			r.Rank = tx.Next()
		}
		s.rewrite(tx, at, *r, func(entity map[string]any) { n.Locate(entity, in) })
		s.relocate(tx, at, r.ID, moved)
	})
}

// rewrite changes an entity where its client has not.
func (s *Service) rewrite(tx store.Tx, at *place, r store.Record, change func(map[string]any)) {
	entity := decode(r.JSON)
	change(entity)
	var ordered jsontext.Object
	for _, name := range at.kind.ordered(entity) {
		ordered.Set(name, entity[name])
	}
	r.JSON = jsontext.Append(nil, ordered)
	tx.Put(at.collection, r)
}

// deleteNested removes an entity, and all that are in it.
func (s *Service) deleteNested(tx store.Tx, at *place, w *Write) error {
	if at.isOutermost() {
		return fail("item-protected")
	}
	record, found := tx.Get(at.collection, at.id)
	if !found {
		return at.missing()
	}
	s.deleteInside(tx, at, at.id, w)
	s.remove(tx, at.collection, at.id, w.Now.MS)
	s.recount(tx, at, parentOf(&record), w)
	s.grow(tx, at, parentOf(&record), -at.kind.nested().Size(decode(record.JSON)))
	return nil
}

func (s *Service) deleteInside(tx store.Tx, at *place, id string, w *Write) {
	inside(tx, at.collection, id, func(r *store.Record) {
		s.deleteInside(tx, at, r.ID, w)
		s.remove(tx, at.collection, r.ID, w.Now.MS)
	})
}

// putContent makes an entity of bytes, or replaces those that it has: 201 or 200. Those
// that names lead to are created on the way.
func (s *Service) putContent(r *Request, at *target) Response {
	var w Write
	err := s.transact(r, func(tx store.Tx) error {
		if err := at.check(tx); err != nil {
			return err
		}
		to := at.place
		w = Write{Now: r.Now, Caller: &r.Caller}
		if old, found := tx.Get(to.collection, to.id); found {
			if err := r.checkTag(to.kind, &old); err != nil {
				return err
			}
		}
		err := s.writeContent(tx, &to, &w, r.Raw, r.Conflict, nil)
		at.id, at.path = to.id, to.path
		return err
	})
	if err != nil {
		return failed(err)
	}
	status := http.StatusOK
	if w.Old == nil {
		status = http.StatusCreated
	}
	return s.written(r, status, at.place, &w, nil, w.Old == nil)
}

// writeContent writes an entity with bytes. Of its other properties some are given.
func (s *Service) writeContent(tx store.Tx, at *place, w *Write, data []byte, conflict string, with map[string]any) error {
	n := at.kind.nested()
	old, found := tx.Get(at.collection, at.id)
	switch {
	case found && n.IsFolder(decode(old.JSON)), at.isOutermost():
		return fail("not-a-file")
	case found && conflict == conflictFail:
		return fail(errExists)
	case found && conflict == conflictRename:
		at.within, at.names = parentOf(&old), []string{decode(old.JSON)[n.Name].(string)}
	case found:
		w.Old, w.Sent = &old, decode(old.JSON)
	case len(at.names) == 0:
		return at.missing()
	}
	if w.Old == nil {
		if err := s.makeFolders(tx, at, w); err != nil {
			return err
		}
		w.Sent = map[string]any{n.Name: at.names[len(at.names)-1]}
		at.id = s.freeID(tx, at, w.Caller.App)
	}
	maps.Copy(w.Sent, with)
	if w.content = data; data == nil {
		w.content = []byte{}
	}
	if err := n.Room(tx, at.collection, int64(len(data))-n.Size(w.Sent)); err != nil {
		return err
	}
	if err := s.nest(tx, at, w, conflict); err != nil {
		return err
	}
	s.writeAll(tx, at, w, nil)
	at.path = at.item(at.id)
	if w.Old != nil && n.Replaced != nil {
		c := &Call{Request: &Request{Caller: *w.Caller, Now: w.Now}, Tx: tx, service: s, at: target{place: *at}}
		e, _ := c.Get(at.entityPath())
		before, _ := tx.Media(at.entityPath() + "/" + n.Content)
		n.Replaced(c, e, &Entity{Path: e.Path, Type: e.Type, Properties: decode(w.Old.JSON), Record: *w.Old}, before)
	}
	if tx.PutMedia(at.entityPath()+"/"+n.Content, w.content) != nil {
		return fail(graph.ErrorStorage)
	}
	return nil
}

// makeFolders creates what the names before the last one lead to, if it is not there.
func (s *Service) makeFolders(tx store.Tx, at *place, w *Write) error {
	n := at.kind.nested()
	for len(at.names) > 1 {
		folder := *at
		folder.names = nil
		folder.id = s.freeID(tx, &folder, w.Caller.App)
		made := Write{Sent: n.Folder(at.names[0]), Now: w.Now, Caller: w.Caller}
		if err := s.nest(tx, &folder, &made, ""); err != nil {
			return err
		}
		s.writeAll(tx, &folder, &made, nil)
		at.within, at.names = folder.id, at.names[1:]
	}
	return nil
}
