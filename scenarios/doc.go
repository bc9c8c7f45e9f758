// Package scenarios reads scenario files, decides which scripted response each request
// gets, and watches whether the client behaves as expected.
//
// # Goals
//
//   - One file tells a whole story about a service that misbehaves, and all play
//     the same file: a Go test, the sandbox, a test suite in any language.
//   - A file can't lie by accident: every scripted response is checked against
//     the contract when the file is loaded and again when it is sent.
//   - Nothing is folklore: what follows the last reply is written, the more
//     specific rule goes first, two rules that tie are an error, and an unknown key
//     is an error with a suggestion. All problems of a file are reported in one go,
//     each with its place.
//   - The same scenario, seed and requests give the same decisions.
//   - Ten thousand rules cost a request no more than one.
//
// # Non-goals
//
//   - Programs: there are no loops, no variables and no way to files, the
//     environment or the network. A story that needs them is a Go test.
//   - Proxying, recording, and requests that the contract does not know.
//   - Doing: this package decides, and package server carries it out on the wire.
//   - Probabilities other than by a seed.
//
// # A scenario file
//
// It is YAML, or JSON, which is YAML. scenario.schema.json describes it for
// editors.
//
//	# yaml-language-server: $schema=./scenario.schema.json
//	version: 1
//	name: throttled-then-created     # without it, the file's name
//	summary: The first upsert is throttled; the retry creates the item.
//	fixtures: [contoso]              # what the tenant has to contain
//	rules:
//	  - id: upsert                   # without it, rule-1 and so on
//	    when:
//	      request: PUT /me/activities/{activity-id}/historyItems/{item-id}
//	    reply:
//	      - throttle: { retryAfter: 2s }
//	        times: 2
//	      - from: service
//	        then: { fault: reset }
//	      - from: service
//	    after: pass
//	expect:
//	  retryAfter: honoured
//	  unused: 0
//
// With replicationDelay, such as 30s, reads see late what is written to the
// directory while the scenario plays; it needs no rules then.
//
// # When a rule matches
//
// All conditions under when have to hold; when: {} is any request.
//
//	request    a net/http pattern; names of parameters are free, structure
//	           decides; without a method, any; an operationId
//	operation  an operationId, in place of request
//	path       parameters of the path, by their names in request
//	query      query options, by name in any case
//	headers    headers, by name in any case
//	body       values of the JSON body, by JSON pointer
//	token      user (principal name or object id), app, scope
//	state      the scenario's state: "start", or what a reply has set
//
// A parameter or header that is sent more than once is matched as its values
// joined by ", ". One scope of the token has to pass; a token that is no JWT names
// none. A GUID in the path is the same in either case. Rules are matched with
// requests that keep the contract; the service rejects the others first.
//
// What a value has to be is written the same everywhere: a scalar means equals,
// a mapping has operators that all have to hold.
//
//	equals      the value; numbers are compared by value
//	not         does not pass this matcher
//	contains    a part of a text, an element of a list
//	startsWith, endsWith
//	matches     an RE2 expression, anywhere in the text
//	oneOf       one of a list
//	exists      true or false
//	gt, lt      numbers and dates
//	schema      a JSON Schema 2020-12, which can refer to itself only
//
// A value that is not there passes exists: false and not, and nothing else.
//
// # Which rule goes first
//
// The more specific rule. Rules are compared by these numbers, in this order; the
// first that differs decides, and the greater one goes first:
//
//  1. 2 for a rule that names one operation, 1 for a path without a method, 0 for
//     any request;
//  2. how many of its conditions ask for one value: a scalar, equals, or oneOf
//     with one element;
//  3. how many conditions ask for anything else;
//  4. how many conditions are about path, query, headers, body, token and state,
//     one number each, in this order.
//
// Then comes the order of the file. Two rules of one file that tie on all of
// these are a load error, unless they exclude each other: they name different
// operations, or ask one subject for values that can't be equal. Rules of several
// files may tie: those of the earlier file, and of what was scripted first, go
// first.
//
// # What it replies
//
// A reply has at most one source for the response:
//
//	from: service          the stateful service; also without any source
//	from: example          an example of the contract, by name (example: created)
//	from: schema           made up from the contract's schema, by the seed
//	status, body           or bodyFile: a file in the scenario's folder
//	error                  {status, code, message, retryAfter}; Graph's envelope
//	throttle               429 {retryAfter}
//	unauthorized           401 {reason: expired|empty|malformed|signature|
//	                       notYetValid|audience|revoked}; revoked comes with the
//	                       claims challenge of continuous access evaluation
//	forbidden, notFound, conflict, preconditionFailed, insufficientStorage
//	                       403, 404, 409, 412, 507
//	unavailable, timeout   503, 504 {retryAfter}
//
// A preset without settings may be its bare name: reply: forbidden. retryAfter is
// a duration (2s, 0.5s) or a number of seconds, {date: 30s} for a date so far ahead, or none.
//
// On top of that:
//
//	patch        a JSON Merge Patch (RFC 7396) on the body, wherever from
//	headers      sets, or with null removes
//	delay        2s, {min: 1s, max: 2s} or log-normal {median: 1s, p99: 5s}
//	fault        reset, empty, truncate, garbage, drip or hang
//	then         {fault: ...}: the same, after the service has done its part
//	notify       {drop: 1}, {duplicate: true} or {delay: 30s}: what becomes of the
//	             change notifications that the request causes
//	set          moves the scenario to a state
//	times        repeats the entry of a list
//	offContract  true allows the response to break the contract
//
// A fault with a source, or under then, is injected into the response: the write is
// committed and the client does not learn of it. A fault alone takes the place of a
// response, and the service does not see the request; only truncate and drip need a
// response, and alone they take the service's.
//
// # Sequences
//
// A single reply is given for ever. A list is a sequence, advanced by one entry
// for each request that matches, in one atomic step: parallel requests get
// different entries. after says what follows the last entry, and has to be
// written for a list, and wherever times is:
//
//	pass    the request goes on to the next matching rule, at last to the service
//	repeat  the last entry is given again
//	fail    as pass, and an expectation is not met
//
// With order: random, each request draws one of the entries by the seed, with
// times as weights; such a list has no end.
//
// # Expressions
//
// Texts in body, patch and headers may hold ${...} expressions in the language of
// github.com/expr-lang/expr. A text that is one expression becomes its result,
// of any type; "$${" stands for "${".
//
//	request.method, .url, .path, .query, .headers, .body
//	token.user, .app, .scopes
//	now          the server's clock; now + duration("10m"), now.Format("2006-01-02")
//	date(text)   a date from a text
//	uuid()       a GUID, by the seed
//	state        the scenario's state before the reply
//	fixture      the fixtures document
//
// Names of headers are in lower case: request.headers["client-request-id"];
// credentials, such as authorization, are not among them. An expression that fails
// at a request makes the response a 500 and fails the scenario.
//
// # Expectations
//
//	retryAfter: honoured  a client that was told to wait does, before its next
//	                      call to the same operation, by the server's clock
//	unused: 0             at most so many scripted replies are left over at the
//	                      end, times counted; a rule without an end has none left
//	                      once it matched
//
// # In Go
//
// Script compiles a list of Responses to the same rules:
//
//	scenarios.Script(contract, "PUT /me/activities/{id}/historyItems/{item}",
//		scenarios.Throttle(30*time.Second).Times(2), scenarios.Pass)
//
// An [Engine] plays scenarios for one server: [Engine.Decide] returns a decision for each
// request, [Engine.RequestStarted] and [Engine.ResponseSent] tell it what happens, and
// [Engine.Failures] returns what was not as expected.
package scenarios
