// Package resource reads the paths of a service against its model, and writes them back.
//
// A path names an entity, a collection, a property, or what is done with one of
// them, segment by segment: an entity set, a key, a navigation property, a cast, a
// function. Paths that differ only in their keys and arguments share a [Node]; the
// nodes of a model are one tree, which grows as paths are read. So a path that was
// read before costs a lookup for each of its segments.
//
// A tree keeps a node only for what the model has, and only up to a bound: names
// that the model does not have, keys and arguments leave nothing behind.
//
// Goals: every spelling that OData allows (keys in parentheses or as segments,
// alternate keys by name, functions with or without parentheses and namespace),
// names in any case, and a reason that helps where a path leads nowhere.
//
// What a service means beside OData it says by [Options]: entities that names lead to, as
// files are found by root:/folder/file:, and paths without a cast.
//
// Non-goals: query options, and what one service means by a name, such as /me.
package resource
