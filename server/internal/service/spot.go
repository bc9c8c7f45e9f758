package service

import (
	"cmp"

	"github.com/graphmock/graphmock/openapi/resource"
)

// A Spot is where a nested entity is, or is to be.
type Spot struct {
	Collection string   `json:"c"` // of all of them, in the store
	ID         string   `json:"i"` // in the store, "" of one that is not there
	In         string   `json:"p"` // the id of the entity that Names lead from
	Names      []string `json:"n"`
	ByPath     bool     `json:"b"` // it was named by its path
}

// Spot is where the entity is that the operation is bound to: a path may name one that is not
// there yet.
func (c *Call) Spot() (s Spot, err error) {
	s, err = c.spot()
	s.ByPath = c.Path.Above().Kind == resource.ByPath
	return s, err
}

func (c *Call) spot() (s Spot, err error) {
	if err := c.at.check(c.Tx); err != nil {
		return s, err
	}
	s = Spot{Collection: c.at.collection, In: c.at.within, Names: c.at.names}
	if c.at.id != absent {
		if _, err := c.Bound(); err != nil {
			return s, err
		}
		s.ID = c.at.id
	} else if len(s.Names) == 0 {
		return s, c.at.missing()
	}
	return s, nil
}

// PutContent makes an entity of bytes where it is to be, or replaces those that it has. Of
// its other properties some are given.
func (c *Call) PutContent(typeName string, s Spot, data []byte, with map[string]any, conflict string) (e *Entity,
	created bool, err error) {
	at := place{kind: c.service.typeOf(c.service.model.Type(typeName)), collection: s.Collection,
		id: cmp.Or(s.ID, absent), within: s.In, names: s.Names}
	w := Write{Now: c.Now, Caller: &c.Caller}
	if err := c.service.writeContent(c.Tx, &at, &w, data, conflict, with); err != nil {
		return nil, false, err
	}
	e, _ = c.Get(at.entityPath())
	return e, w.Old == nil, nil
}

// FindNested returns the entity with a name in another one.
func (c *Call) FindNested(collection, in, name string) (*Entity, bool) {
	return c.Find(collection, indexName, nameIn(in, name))
}

// ParentOf is the id of the entity that a nested one is in.
func (e *Entity) ParentOf() string { return parentOf(&e.Record) }

// EachNested calls visit for each entity in another, by its id, until it returns false.
func (c *Call) EachNested(collection, in string, visit func(*Entity) bool) {
	c.Each(collection, Slice{Index: indexParent, Value: in}, visit)
}

// FreeName returns a name that nothing in an entity has.
func (c *Call) FreeName(collection, in, name string) string {
	return freeName(c.Tx, collection, in, name)
}
