package odata

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// Matches reports whether an entity meets the condition.
func (f *Filter) Matches(entity map[string]any) bool {
	if f == nil {
		return true
	}
	v := scope{entity: entity, now: f.now, ignoresCase: f.ignoresCase}
	return f.root.eval(&v).isTrue()
}

// scope holds what names stand for.
type scope struct {
	entity    any
	variables [maxLambdas]any
	now       instant

	ignoresCase bool
}

// seen is a value as it is compared.
func (v *scope) seen(of value) value {
	if v.ignoresCase && of.kind == kindString {
		of.text = strings.ToLower(of.text)
	}
	return of
}

func (v value) isTrue() bool {
	v = v.as(kindBoolean)
	return v.kind == kindBoolean && v.truth
}

func (v value) isFalse() bool {
	v = v.as(kindBoolean)
	return v.kind == kindBoolean && !v.truth
}

func (e *expr) eval(v *scope) value {
	switch e.op {
	case opLiteral:
		return v.seen(e.value)
	case opPath:
		return v.seen(read(e.reach(v), e.of.kind))
	case opLength:
		list, _ := e.args[0].reach(v).([]any)
		return wholeNumber(len(list))
	case opCall:
		return v.seen(e.invoke(v))
	case opAny, opAll:
		return truthOf(e.evalLambda(v))
	case opNot:
		return e.args[0].eval(v).negated()
	case opAnd, opOr:
		return e.evalJoined(v)
	case opIn:
		return truthOf(e.evalIn(v))
	case opIsOf:
		return truthOf(e.evalIsOf(v))
	case opHas:
		return truthOf(e.evalHas(v))
	}
	return truthOf(e.evalComparison(v))
}

// reach returns the value at the end of a path, nil if the path ends early.
func (e *expr) reach(v *scope) any {
	at := v.entity
	if e.variable > 0 {
		at = v.variables[e.variable-1]
	}
	return follow(at, e.path)
}

func follow(at any, path []string) any {
	for _, name := range path {
		if strings.Contains(name, ".") { // a cast, which other types lack the properties of
			continue
		}
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

// evalLambda evaluates the condition for each element. An unknown condition is not true.
func (e *expr) evalLambda(v *scope) bool {
	list, _ := e.args[0].reach(v).([]any)
	if len(e.args) == 1 {
		return len(list) > 0
	}
	depth := e.args[0].variable // the path's is the innermost around
	for _, element := range list {
		v.variables[depth] = element
		if e.args[1].eval(v).isTrue() == (e.op == opAny) {
			return e.op == opAny
		}
	}
	return e.op == opAll
}

func (v value) negated() value {
	switch {
	case v.isTrue():
		return truthOf(false)
	case v.isFalse():
		return truthOf(true)
	}
	return nothing()
}

// evalJoined evaluates and, which false decides, and or, which true decides; otherwise
// null makes the result null.
func (e *expr) evalJoined(v *scope) value {
	result := truthOf(e.op == opAnd)
	for _, arg := range e.args {
		switch a := arg.eval(v); {
		case e.op == opAnd && a.isFalse():
			return truthOf(false)
		case e.op == opOr && a.isTrue():
			return truthOf(true)
		case !a.isTrue() && !a.isFalse():
			result = nothing()
		}
	}
	return result
}

func (e *expr) evalIn(v *scope) bool {
	left := e.args[0].eval(v)
	for _, arg := range e.args[1:] {
		if equal(left, arg.eval(v), e.args[0].of.members()) {
			return true
		}
	}
	return false
}

func equal(a, b value, members []edm.Member) bool {
	if a.kind == null || b.kind == null {
		return a.kind == b.kind
	}
	order, ok := compareValues(a, b, members)
	return ok && order == 0
}

// evalIsOf reports whether the entity, or the object at the end of a path, is of a type.
// One that does not say what it is is what is declared.
func (e *expr) evalIsOf(v *scope) bool {
	at, of := v.entity, e.declared
	if len(e.args) > 0 {
		at = e.args[0].reach(v)
	} else if e.variable > 0 {
		at = v.variables[e.variable-1]
	}
	object, is := at.(map[string]any)
	if !is {
		return false
	}
	if name, _ := object[odataType].(string); name != "" {
		of = of.As(strings.TrimPrefix(name, "#"))
	}
	return of != nil && of.Is(e.wanted)
}

const odataType = "@odata.type"

// evalHas reports whether a value has a member of an enumeration among its own.
func (e *expr) evalHas(v *scope) bool {
	left, right := e.args[0].eval(v), e.args[1].eval(v)
	if left.kind == null || right.kind == null {
		return false
	}
	for name := range strings.SplitSeq(left.text, ",") {
		if strings.TrimSpace(name) == right.text {
			return true
		}
	}
	return false
}

func (e *expr) evalComparison(v *scope) bool {
	left, right, members := e.args[0].eval(v), e.args[1].eval(v), e.args[0].of.members()
	switch e.op {
	case opEQ:
		return equal(left, right, members)
	case opNE:
		return !equal(left, right, members)
	}
	order, ok := compareValues(left, right, members)
	switch e.op {
	case opGT:
		return ok && order > 0
	case opGE:
		return ok && order >= 0
	case opLT:
		return ok && order < 0
	case opLE:
		return ok && order <= 0
	}
	panic("BUG: no comparison " + e.op.word())
}
