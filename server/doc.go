// Package server answers as Microsoft Graph does: it takes requests, checks them
// against a contract, answers from an in-memory tenant, and keeps a journal of
// every exchange.
//
// # The life of a request
//
// A request goes through one list of Echo middleware, which server.go holds in
// this order; each step is one file.
//
//	decode        read the body: decompress it, bound it
//	route         find the operation that the contract has for the request line
//	authenticate  find out who calls: user, app, scopes
//	announce      tell the scenarios that somebody calls
//	validate      check parameters and body against the contract
//	script        let the scenarios decide what becomes of it
//	serve         let the stateful service answer
//	retouch       make the script's changes to the answer
//	check answer  check the answer against the contract as well
//	record        write the exchange into the journal
//
// A step that can say no answers in Graph's own words; the steps after it up to
// serve are then passed over, the last three never are. The answer is written
// when all is recorded, so whoever has an answer finds it in the journal, which
// keeps the last exchanges, and in the verdict, which counts them all.
//
// Requests under /_graphmock/ take another way: control.go has their routes,
// guard.go says who may send them.
package server
