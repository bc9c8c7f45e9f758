package odata

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// expr is a node of the syntax tree.
type expr struct {
	op   op
	of   shape // of the result
	args []*expr

	text     string   // of a literal as it was sent, else the name of a function or a variable
	value    value    // of a literal
	path     []string // of a path: names of properties
	variable int      // of a path: the lambda that its variable is of, from 1; 0 is the entity
	depth    int      // levels of the tree from here

	declared, wanted *edm.Type // of isof
}

type op uint8

const (
	opLiteral op = iota
	opPath
	opLength // path/$count
	opCall
	opAny // args: a path, and the condition unless it is any()
	opAll
	opNot
	opIn // args: what is looked for, then literals
	opIsOf
	opHas
	opGT
	opGE
	opLT
	opLE
	opEQ
	opNE
	opAnd // two or more args
	opOr
)

// word returns an operator as it is written.
func (o op) word() string {
	return [...]string{opAny: "any", opAll: "all", opNot: "not", opIn: "in", opHas: "has",
		opGT: "gt", opGE: "ge", opLT: "lt", opLE: "le",
		opEQ: "eq", opNE: "ne", opAnd: "and", opOr: "or"}[o]
}

// binding returns how tightly an operator binds: OData's order of precedence.
func (o op) binding() int {
	switch o {
	case opOr:
		return 1
	case opAnd:
		return 2
	case opEQ, opNE:
		return 3
	case opGT, opGE, opLT, opLE, opIn, opHas:
		return 4
	case opNot:
		return 5
	}
	return 6
}

// spelled returns a path as it is written.
func (e *expr) spelled() string {
	path := strings.Join(e.path, "/")
	if e.variable > 0 && path != "" {
		return e.text + "/" + path
	}
	return e.text + path
}

// is reports whether an expression can stand where a kind is expected.
func (e *expr) is(kind valueKind) bool {
	if e.of.collection {
		return false
	}
	switch k := e.of.kind; {
	case k == kind || k == kindUntyped || k == null:
		return true
	case kind == kindDateTimeOffset:
		return k == kindDate
	case kind == kindInt64:
		return k == kindInt32
	case kind == kindString: // ids are Edm.String in Graph's metadata, even those that are GUIDs
		return k == kindGuid && e.op != opLiteral
	}
	return false
}
