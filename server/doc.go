// Package server responds as Microsoft Graph does: it takes requests, checks them
// against a contract, responds from a tenant in memory, and keeps a journal of
// every exchange.
//
// # The life of a request
//
// A request goes through one list of Echo middleware, which server.go holds in
// this order; each step is one file.
//
//	recover bug         respond to a panic of a step as to a bug
//	decode              read the body: decompress it, bound it
//	route               find the operation that the contract has for the request line
//	authenticate        find out who calls: user, app, scopes
//	notify started      tell the scenarios of the call
//	throttle            count the calls, where there are limits
//	validate            check parameters and body against the contract
//	script              let the scenarios decide what becomes of it
//	serve               let the stateful service respond
//	apply overrides     make the script's changes to the response
//	check response      check the response against the contract as well
//	fail batch fault    make a status of a fault, in a batch
//	record              write the exchange into the journal
//
// A step that refuses a request responds in Graph's own words; the steps after it
// up to serve are then left out, the last four never are. The response is sent
// when all is recorded, so a client that has it finds it in the journal, which
// keeps the last exchanges, and in the verdict, which counts them all. It is sent
// to an outlet: a socket, a client in process, or the response of a batch.
//
// The requests of a $batch go through the whole list as well, one after the other,
// while the batch itself is at serve.
//
// The tid of a token names its tenant. Each tenant is a Server of its own behind the same
// sockets: with state, journal, verdict, rules, clock and random source.
//
// Requests under /_graphmock/ take another way, by package control, and those of clients
// that sign in another one, by package entra.
package server
