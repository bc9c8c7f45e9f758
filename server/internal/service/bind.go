package service

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Link is one that a client adds to a navigation property, or removes.
type Link struct {
	Owner, Target *Entity
	Property      string
	Removed       bool
}

// bind is what follows a property's name in that of the references that a body has for it.
const bind = "@odata.bind"

// references are those of a body for one property.
type references struct {
	property *edm.Property
	urls     []string
}

// referencesOf reads the references of a body, as far as the type follows them.
func (t *entityType) referencesOf(body map[string]any) (all []references, err error) {
	most := t.behavior.MaxBound
	if most == 0 {
		return nil, nil
	}
	n := 0
	for _, name := range slices.Sorted(maps.Keys(body)) {
		name, is := strings.CutSuffix(name, bind)
		p := t.Property(name)
		if !is || p == nil || !p.Navigation || p.Contained {
			continue
		}
		of := references{property: p}
		switch value := body[name+bind].(type) {
		case string:
			of.urls = append(of.urls, value)
		case []any:
			for _, each := range value {
				url, _ := each.(string)
				of.urls = append(of.urls, url)
			}
		}
		n += len(of.urls)
		all = append(all, of)
	}
	if n > most {
		return nil, fail("too-many-references", "{id}", strconv.Itoa(most))
	}
	return all, nil
}

// bind links what a body refers to: all of it, or the transaction fails.
func (s *Service) bind(tx store.Tx, r *Request, at *target, all []references) error {
	if len(all) == 0 {
		return nil
	}
	c := &Call{Request: r, Tx: tx, service: s, at: *at}
	owner, found := c.Get(c.at.entityPath())
	if !found {
		panic("BUG: references of what is not there: " + c.at.entityPath())
	}
	for _, of := range all {
		for _, url := range of.urls {
			to, err := c.existing(url)
			if err != nil {
				return err
			}
			if err := c.link(owner, owner.Path+"/"+of.property.Name, of.property, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// existing is the entity that a URL names.
func (c *Call) existing(url string) (*Entity, error) {
	t, err := c.locateURL(url)
	if err != nil {
		return nil, err
	}
	to, found := c.Get(t.entityPath())
	if !found {
		return nil, t.missing()
	}
	return to, nil
}

// link adds a link to those of a property. One with one link loses the one that it had.
func (c *Call) link(owner *Entity, links string, p *edm.Property, to *Entity) error {
	if err := c.allowed(Link{Owner: owner, Target: to, Property: p.Name}); err != nil {
		return err
	}
	if !p.Collection {
		for _, old := range c.service.targets(c.Tx, links) {
			c.Tx.Unlink(links, old)
		}
	}
	if !c.Relink(StoredLink{links, to.Path}) {
		return fail("link-exists", "{property}", p.Name)
	}
	return nil
}

// Relink adds a link, and reports whether it was not there.
func (c *Call) Relink(l StoredLink) bool {
	to, found := c.Get(l.Target)
	if !found || !c.Tx.Link(l.Collection, l.Target) {
		return false
	}
	c.service.relinked(c.Tx, l, to.Type, "", c.Now.MS)
	return true
}

// Unlink removes a link, and reports whether it was there.
func (c *Call) Unlink(l StoredLink) bool {
	to, found := c.Get(l.Target)
	if !found || !c.Tx.Unlink(l.Collection, l.Target) {
		return false
	}
	c.service.relinked(c.Tx, l, to.Type, unlinked, c.Now.MS)
	return true
}

// allowed asks the owner's behavior about a link.
func (c *Call) allowed(l Link) error {
	kind := c.service.typeNamed(l.Owner.Type)
	if kind == nil || kind.behavior.Linking == nil {
		return nil
	}
	return kind.behavior.Linking(c, l)
}

// Move puts an entity into another collection, with all that is below it. It returns the
// entity, and the links that it or what is below it had with others: they are gone.
func (c *Call) Move(from, collection string) (e *Entity, links []StoredLink) {
	of, id, _ := splitPath(from)
	record, found := c.Tx.Get(of, id)
	if !found {
		return nil, nil
	}
	to, below := collection+"/"+id, from+"/"
	for _, each := range c.Tx.Referrers(from) {
		links = append(links, StoredLink{each, from})
	}
	var records []located
	for _, path := range c.Tx.Collections(below) {
		for _, target := range c.storedLinks(path) {
			links = append(links, StoredLink{path, target})
		}
		var at store.Cursor
		for more, all := true, c.Tx.Snapshot(path); more; {
			var page []store.Record
			page, at, more = all.Page(c.Tx, at, everyPage)
			for _, each := range page {
				records = append(records, located{each, path})
			}
		}
	}
	media := map[string][]byte{}
	for _, path := range append(c.Tx.MediaPaths(below), from) {
		if data, has := c.Tx.Media(path); has {
			media[to+strings.TrimPrefix(path, from)] = data
		}
	}
	c.service.remove(c.Tx, of, id, c.Now.MS)
	record.Index = withoutChanged(record.Index)
	c.Tx.Put(collection, record)
	for _, each := range records {
		c.Tx.Put(to+strings.TrimPrefix(each.collection, from), each.Record)
	}
	for path, data := range media {
		if c.Tx.PutMedia(path, data) != nil {
			panic("BUG: media that were there have no room")
		}
	}
	e, _ = c.Get(to)
	return e, links
}

// A StoredLink is one between two paths in the store.
type StoredLink struct{ Collection, Target string }

func (c *Call) storedLinks(collection string) []string {
	all := c.Tx.Links(collection)
	targets, _, _ := all.Page(c.Tx, store.Cursor{}, max(all.Len(), 1))
	return targets
}
