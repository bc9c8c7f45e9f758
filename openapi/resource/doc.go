// Package resource reads the paths of a service against its model, and writes them back.
//
// A path names an entity, a collection, a property, or what is done with one of
// them, segment by segment: an entity set, a key, a navigation property, a cast, a
// function. Paths that differ in the values of their keys only share a [Node]; the
// nodes of a model are one tree, which grows as paths are read. So a path that was
// read before costs a lookup for each of its segments.
//
// Goals: every spelling that OData allows (keys in parentheses or as segments,
// functions with or without their parentheses and namespace), names in any case,
// and a reason that helps where a path leads nowhere.
//
// Non-goals: query options, and what one service means by its own segments, such
// as /me.
package resource
