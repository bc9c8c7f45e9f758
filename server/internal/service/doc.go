// Package service answers a resource path from model and store: it lists, reads,
// creates, replaces, changes and deletes entities of any type.
//
// What a type does beyond its model is a [Behavior]; a nil field of it is the
// model's default. A request goes through four steps:
//
//	locate   where in the store the path leads, and whether all above it is there
//	operate  get, list, count, create, upsert, update or delete, in one transaction
//	project  $select and $expand
//	render   metadata level, context, preferences
//
// Goals: a new behaviour is one file, one fixture and one script; nothing here
// knows a type of Graph.
//
// Non-goals: whether a request is allowed and well-formed, which the contract says
// before a request comes here.
package service
