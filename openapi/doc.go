// Package openapi says what the messages of a service must be, by its OpenAPI
// document: it finds the operation of a request, and checks requests and responses
// against what the operation promises.
//
// A Contract is a document that was read, by Embedded, LoadFile or Parse. Route
// finds the Operation of a method and a path; CheckRequest and CheckResponse return
// the Violations of a message, as data. What an operation promises can also be read
// from the Operation, and made up: Operation.RequestBody and Operation.Response
// have examples and samples.
//
// Beside OpenAPI's own words a document may have extensions. Those that begin with
// x-graphmock- say what the service does beyond them (x-graphmock-behaviour), how
// each rule is known (x-graphmock-evidence, x-graphmock-source), and who sets a
// property (x-graphmock-set-by).
package openapi
