package service

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/spell"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Defaults returns a [Behavior.Value] that gives properties of a new entity a value
// where the client sends none.
func Defaults(values map[string]any) func(w *Write, property string) (any, bool) {
	return func(w *Write, property string) (any, bool) {
		value, has := values[property]
		return value, has && w.Sent[property] == nil
	}
}

// Seed puts an entity of fixtures into a collection, with those that it contains.
// One that has its key or its address is replaced. Fixtures may say what otherwise
// only the service sets.
func (s *Service) Seed(tx store.Tx, caller *auth.Caller, collection string, body map[string]any, now *Timestamp) error {
	_, err := s.SeedEntity(tx, caller, collection, body, now)
	return err
}

// SeedEntity is Seed, and returns the path of the entity in the store. What it refers to by
// property@odata.bind is left to SeedReference: it may not be there yet.
func (s *Service) SeedEntity(
	tx store.Tx, caller *auth.Caller, collection string, body map[string]any, now *Timestamp,
) (entity string, err error) {
	path, bad := s.config.Tree.Parse(collection)
	if bad != nil {
		return "", fmt.Errorf("%s: %w", collection, bad)
	}
	var at target
	if err := (&locator{within: tx}).locate(s, path, caller, &at); err != nil {
		return "", s.nothingAt(tx, caller, path, collection)
	}
	w := &Write{Sent: body, Now: now, Caller: caller, Seeding: true}
	switch {
	case at.kind == nil, at.id != "" && at.id != single && !at.isOutermost() && path.Kind != resource.ByPath:
		return "", fmt.Errorf("%s is not a collection of entities", collection)
	case len(at.names) > 0:
		err = s.seedByPath(tx, &at, w)
	case at.id == absent:
		return "", s.nothingAt(tx, caller, path, collection)
	default:
		err = s.seed(tx, &at, w)
	}
	return at.entityPath(), err
}

// Has reports whether there is an entity at a path.
func (s *Service) Has(r store.Tx, caller *auth.Caller, at string) bool {
	path, bad := s.config.Tree.Parse(at)
	var entity target
	if bad != nil || (&locator{within: r}).locate(s, path, caller, &entity) != nil {
		return false
	}
	_, found := entity.find(r)
	return found
}

// A Misplaced error is about fixtures that name what is not there.
type Misplaced struct{ Message, Hint string }

func (m *Misplaced) Error() string {
	if m.Hint == "" {
		return m.Message
	}
	return m.Message + "; " + m.Hint
}

// UnknownUser is the error about an unknown user, with the one who was probably meant: known
// are names as they are written, by those in lower case.
func UnknownUser(name string, known map[string]string) error {
	names := map[string]string{}
	for fold, shown := range known {
		local, _, _ := strings.Cut(fold, "@")
		names[fold], names[local] = shown, shown
	}
	message := "there is no user " + strconv.Quote(name)
	local, _, _ := strings.Cut(strings.ToLower(name), "@")
	for _, text := range []string{strings.ToLower(name), local} {
		if meant := spell.Nearest(text, slices.Values(slices.Sorted(maps.Keys(names)))); meant != "" {
			return &Misplaced{message, "did you mean " + names[meant] + "?"}
		}
	}
	return &Misplaced{message, "list the user under users"}
}

// nothingAt tells which entity on the way of a path is not there.
func (s *Service) nothingAt(tx store.Tx, caller *auth.Caller, path resource.Path, text string) error {
	for at := path; at.Node != nil && at.Kind != resource.Root; at = at.Above() {
		if at.Kind != resource.Key {
			continue
		}
		var entity target
		if err := (&locator{within: tx}).locate(s, at, caller, &entity); err == nil {
			if _, found := entity.find(tx); found {
				break
			}
		}
		text = shownPath(at)
		path = at
	}
	return &Misplaced{"there is no " + text, s.nearest(tx, caller, path)}
}

// shownPath is a path as people write it.
func shownPath(p resource.Path) string {
	if text, err := url.PathUnescape(p.URL()); err == nil {
		return text
	}
	return p.URL()
}

// maxNamed bounds the entities that are looked at for one that was probably meant.
const maxNamed = 2000

// nearest returns a hint about the entity that was probably meant by the path of one that is not
// there: by its key, or by one of its names.
func (s *Service) nearest(tx store.Tx, caller *auth.Caller, path resource.Path) string {
	var all target
	if path.Kind != resource.Key || (&locator{within: tx}).locate(s, path.CollectionPath(), caller, &all) != nil {
		return ""
	}
	keys, names := map[string]string{}, []string{}
	records, _, _ := all.slice.snapshot(tx, all.collection).Page(tx, store.Cursor{}, maxNamed)
	for i := range records {
		key, entity := KeyOf(records[i].ID), decode(records[i].JSON)
		for _, name := range []any{key, entity["userPrincipalName"], entity["mail"], entity["displayName"], entity["name"], entity["subject"]} {
			text, _ := name.(string)
			user, _, _ := strings.Cut(text, "@")
			for _, text := range []string{text, user} {
				if text != "" && keys[text] == "" {
					keys[text] = key
					names = append(names, text)
				}
			}
		}
	}
	meant := spell.Nearest(path.Values[len(path.Values)-1], slices.Values(names))
	switch key := keys[meant]; {
	case meant == "":
		return ""
	case key == meant, strings.Contains(meant, "@"): // by which it can be named as well
		return "did you mean " + shownPath(path.Sibling(meant)) + "?"
	default:
		return "did you mean " + shownPath(path.Sibling(key)) + ", which is " + strconv.Quote(meant) + "?"
	}
}

// SeedReference adds a link of fixtures that stands in an entity, whose path in the store is given:
// by property@odata.bind, to a URL. What Graph has and the service does not is let be.
func (s *Service) SeedReference(tx store.Tx, caller *auth.Caller, entity, property, reference string, now int64) error {
	record, found := Read(tx, entity)
	if !found {
		return nil // another one has taken its place
	}
	p := s.typeNamed(record.Type).Property(property)
	if p == nil || !p.Navigation || p.Contained {
		return &Misplaced{property + " holds its entities itself", "write them there, or below a path of their own"}
	}
	to := graph.CutRoot(reference)
	path, bad := s.config.Tree.Parse(to)
	if bad != nil || path.Collection || path.Type == nil || path.Type.Kind != edm.Entity {
		return &Misplaced{reference + " is not the URL of an entity", "such as https://graph.microsoft.com/v1.0/users/ID"}
	}
	if !s.Serves(path) {
		return nil
	}
	return s.seedLink(tx, caller, StoredLink{Collection: entity + "/" + p.Name}, path, to, now)
}

func (s *Service) seedLink(tx store.Tx, caller *auth.Caller, link StoredLink, path resource.Path, to string, now int64) error {
	var end target
	if err := (&locator{within: tx}).locate(s, path, caller, &end); err != nil {
		return s.nothingAt(tx, caller, path, to)
	}
	if _, found := end.find(tx); !found {
		return s.nothingAt(tx, caller, path, to)
	}
	link.Target = end.entityPath()
	tx.Link(link.Collection, link.Target)
	owner, _, _ := splitPath(link.Collection)
	if b := s.ownerBehavior(tx, owner); b.Relinked != nil {
		collection, id, _ := splitPath(owner)
		b.Relinked(tx, Change{Collection: collection, ID: id, service: s, now: now}, link)
	}
	return nil
}

// seedByPath is seed for a nested entity that names lead to.
func (s *Service) seedByPath(tx store.Tx, at *target, w *Write) error {
	if err := at.check(tx); err != nil {
		return err
	}
	if err := s.makeFolders(tx, &at.place, w); err != nil {
		return err
	}
	w.Sent = maps.Clone(w.Sent)
	w.Sent[at.kind.nested().Name] = at.names[len(at.names)-1]
	at.id, at.names = "", nil
	return s.seed(tx, at, w)
}

// SeedMissing is Seed for an entity that is left as it is if its key is taken.
func (s *Service) SeedMissing(tx store.Tx, caller *auth.Caller, collection string, body map[string]any,
	now *Timestamp) error {
	id, _ := body["id"].(string)
	if _, taken := tx.Get(strings.TrimPrefix(collection, "/"), string(appendEscaped(nil, id))); taken {
		return nil
	}
	return s.Seed(tx, caller, collection, body, now)
}

func (s *Service) seed(tx store.Tx, at *target, w *Write) error {
	at.kind = s.derivedKind(at.kind, w.Sent)
	kind := at.kind
	at.settle(s, tx, Write{Now: w.Now, Caller: w.Caller})
	if err := at.check(tx); err != nil {
		return err
	}
	w.Slice = at.slice
	id := kind.keyIn(w.Sent)
	key, ok := kind.key(id)
	if id != "" && !ok {
		return fmt.Errorf("id %q can't be one of a %s", id, kind.ShortName())
	}
	if err := s.checkChildKeys(kind, w.Sent); err != nil {
		return err
	}
	children := s.childrenOf(kind, w.Sent, true)
	if name := kind.behavior.Address; name != "" {
		w.Address, _ = w.Sent[name].(string)
		if old, found := tx.Find(at.collection, name, kind.indexed(w.Address, w.Caller.App)); found {
			key = KeyOf(old.ID)
		}
	}
	if at.id != "" {
		key = KeyOf(at.id)
	}
	if key == "" {
		at.id = s.freeID(tx, &at.place, w.Caller.App)
	} else {
		at.id = kind.storedID(key, w.Caller.App)
	}
	if old, found := tx.Get(at.collection, at.id); found {
		w.Old = s.replaced(tx, &at.place, &old, w)
	}
	if err := s.nest(tx, &at.place, w, ""); err != nil {
		return err
	}
	s.writeAll(tx, &at.place, w, children)
	return nil
}

// SeedLink adds a link of fixtures: from a path that ends in $ref, to an entity.
func (s *Service) SeedLink(tx store.Tx, caller *auth.Caller, from, to string, now int64) error {
	path, bad := s.config.Tree.Parse(from)
	if bad != nil {
		return fmt.Errorf("%s: %w", from, bad)
	}
	var owner target
	property := path.Above()
	if err := (&locator{within: tx}).locate(s, property.Above(), caller, &owner); err != nil {
		return s.nothingAt(tx, caller, property.Above(), shownPath(property.Above()))
	}
	if _, found := owner.find(tx); !found && property.Above().Kind == resource.Key { // others are there from the start
		return s.nothingAt(tx, caller, property.Above(), shownPath(property.Above()))
	}
	toPath, bad := s.config.Tree.Parse(to)
	if bad != nil {
		return fmt.Errorf("%s: %w", to, bad)
	}
	return s.seedLink(tx, caller, StoredLink{Collection: owner.entityPath() + "/" + nameBelow(property.Node)}, toPath, to, now)
}

// SeedMedia sets the bytes of fixtures at a path.
func (s *Service) SeedMedia(tx store.Tx, caller *auth.Caller, at string, data []byte, now *Timestamp) error {
	path, bad := s.config.Tree.Parse(at)
	if bad != nil {
		return fmt.Errorf("%s: %w", at, bad)
	}
	var owner target
	if err := (&locator{within: tx}).locate(s, path.Above(), caller, &owner); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if n := owner.kind.nested(); n != nil && path.Name == n.Content && len(owner.names) > 0 {
		return s.writeContent(tx, &owner.place, &Write{Now: now, Caller: caller}, data, "", nil)
	}
	if n := owner.kind.nested(); n != nil && path.Name == n.Content {
		s.describe(tx, &owner.place, data)
	}
	return tx.PutMedia(owner.entityPath()+"/"+path.Name, data)
}

// describe tells an entity of fixtures of its content, if they don't.
func (s *Service) describe(tx store.Tx, at *place, content []byte) {
	record, found := tx.Get(at.collection, at.id)
	if !found {
		return
	}
	n := at.kind.nested()
	before := n.Size(decode(record.JSON))
	s.rewrite(tx, at, record, func(entity map[string]any) {
		n.Describe(entity, s.folder(tx, n, at.collection, parentOf(&record)), content)
	})
	s.grow(tx, at, parentOf(&record), int64(len(content))-before)
}

// Links calls visit for each property of a tenant that has links of its own, by its
// canonical path.
func (s *Service) Links(tenant string, now int64, visit func(links string, targets []string)) {
	s.viewAll(tenant, now, func(r store.Reader) {
		for _, path := range r.Collections("") {
			if strings.HasPrefix(path, removedPrefix) {
				continue
			}
			if all := r.Links(path); all.Len() > 0 {
				targets, _, _ := all.Page(r, store.Cursor{}, all.Len())
				visit(path, targets)
			}
		}
	})
}

// Media calls visit for all bytes that a tenant has, by their canonical paths.
func (s *Service) Media(tenant string, now int64, visit func(path string, data []byte)) {
	s.viewAll(tenant, now, func(r store.Reader) {
		for _, path := range r.MediaPaths("") {
			if strings.HasPrefix(path, removedPrefix) {
				continue
			}
			data, _ := r.Media(path)
			visit(path, data)
		}
	})
}

func (s *Service) viewAll(tenant string, now int64, read func(store.Reader)) {
	err := s.config.Store.View(tenant, now, func(r store.Reader) error {
		read(r)
		return nil
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
}

// checkChildKeys finds an entity in a body whose key can't be one.
func (s *Service) checkChildKeys(kind *entityType, sent map[string]any) error {
	for _, p := range kind.contains {
		list, _ := sent[p.Name].([]any)
		for _, v := range list {
			body, _ := v.(map[string]any)
			id := s.typeOf(p.Type()).keyIn(body)
			if _, ok := s.typeOf(p.Type()).key(id); id != "" && !ok {
				return fmt.Errorf("%s: id %q can't be one of a %s", p.Name, id, p.Type().ShortName())
			}
		}
	}
	return nil
}

// replaced is what an entity of fixtures replaces. One that has its key under
// another address gives way.
func (s *Service) replaced(tx store.Tx, at *place, old *store.Record, w *Write) *store.Record {
	name := at.kind.behavior.Address
	if name == "" {
		return old
	}
	same, found := tx.Find(at.collection, name, at.kind.indexed(w.Address, w.Caller.App))
	if found && same.ID == old.ID {
		return old
	}
	tx.Delete(at.collection, old.ID)
	return nil
}

// Entities calls visit for each entity of a tenant: collection by collection, in
// their orders.
func (s *Service) Entities(tenant string, now int64, visit func(collection string, record *store.Record)) {
	s.viewAll(tenant, now, func(r store.Reader) {
		for _, collection := range r.Collections("") {
			if strings.HasPrefix(collection, removedPrefix) {
				continue
			}
			var at store.Cursor
			for more, all := true, r.Snapshot(collection); more; {
				var page []store.Record
				page, at, more = all.Page(r, at, everyPage)
				for i := range page {
					visit(collection, &page[i])
				}
			}
		}
	})
}

// Expired tells the behavior of a type that an entity has expired: the store calls it.
func (s *Service) Expired(tx store.Tx, collection string, r *store.Record) {
	if collection == jobs {
		s.doJob(tx, r)
		return
	}
	if b := s.named[r.Type]; b != nil && b.Changed != nil {
		b.Changed(tx, Change{Collection: collection, ID: r.ID, Deleted: true, service: s, now: r.Expires})
	}
}
