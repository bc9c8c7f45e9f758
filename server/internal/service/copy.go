package service

import (
	"maps"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Copy puts a copy of an entity into a collection, with all that it contains, and returns
// it. Changes are laid on top of its properties; nil takes one away. Without an id among
// them the copy gets a new one.
func (c *Call) Copy(e *Entity, collection string, changes map[string]any) (*Entity, error) {
	properties := maps.Clone(e.Properties)
	delete(properties, "id")
	maps.Copy(properties, changes)
	for name, value := range properties {
		if value == nil {
			delete(properties, name)
		}
	}
	made := c.Create(collection, e.Type, properties)
	return made, c.copyBelow(e.Path, made.Path)
}

// MoveAs is [Call.Copy] for an entity that is gone from where it was.
func (c *Call) MoveAs(e *Entity, collection string, changes map[string]any) (*Entity, error) {
	moved, err := c.Copy(e, collection, changes)
	if err == nil && moved.Path != e.Path {
		c.Delete(e.Path)
	}
	return moved, err
}

// copyBelow copies what is below one path to another: entities, links and bytes.
func (c *Call) copyBelow(from, to string) error {
	for _, collection := range c.Tx.Collections(from + "/") {
		copied := to + collection[len(from):]
		var at store.Cursor
		for all, more := c.Tx.Snapshot(collection), true; more; {
			var page []store.Record
			page, at, more = all.Page(c.Tx, at, everyPage)
			for _, r := range page {
				c.service.putCopy(c.Tx, copied, r)
			}
		}
		links := c.Tx.Links(collection)
		targets, _, _ := links.Page(c.Tx, store.Cursor{}, max(links.Len(), 1))
		for _, target := range targets {
			c.Tx.Link(copied, target)
		}
	}
	for _, path := range c.Tx.MediaPaths(from + "/") {
		data, _ := c.Tx.Media(path)
		if c.Tx.PutMedia(to+path[len(from):], data) != nil {
			return fail(graph.ErrorStorage)
		}
	}
	return nil
}

// putCopy puts a record into another collection, for clients that follow that one as well.
func (s *Service) putCopy(tx store.Tx, collection string, r store.Record) {
	r.Index = withoutChanged(r.Index)
	if kind := s.typeNamed(r.Type); kind != nil && kind.followed {
		r.Index = append(r.Index, store.Index{Name: changedIndex, Rank: tx.Next()})
	}
	tx.Put(collection, r)
}

// CopyBelow puts copies of all that one entity contains below another.
func (c *Call) CopyBelow(from, to *Entity) error { return c.copyBelow(from.Path, to.Path) }

// FindLasting returns the entity of a collection that has a key for life: see
// [Behavior.LastingKey].
func (c *Call) FindLasting(collection, key string) (*Entity, bool) {
	return c.Find(collection, lastingIndex, key)
}

// Read returns the entity at a path in the store.
func Read(r store.Reader, path string) (*Entity, bool) {
	collection, id, _ := splitPath(path)
	record, found := r.Get(collection, id)
	if !found {
		return nil, false
	}
	return &Entity{Path: path, Type: record.Type, Properties: decode(record.JSON), Record: record}, true
}
