package odata

// A Use is how a filter uses a property of the entity.
type Use struct {
	Property string // the first name of its path, "" where an operator is about a whole condition
	Operator string // eq, in, not, startswith, any, ..., or $count of a collection
}

// Uses returns what a filter does with which properties.
func (f *Filter) Uses() []Use {
	if f == nil {
		return nil
	}
	u := uses{}
	u.visit(f.root)
	return u.all
}

type uses struct {
	all     []Use
	lambdas []string // the properties that their variables stand for
}

// property is the one that an expression is about, "" if it is about none.
func (u *uses) property(e *expr) string {
	switch e.op {
	case opPath, opLength:
		if e.op == opLength {
			e = e.args[0]
		}
		if e.variable > 0 && e.variable <= len(u.lambdas) {
			return u.lambdas[e.variable-1]
		}
		return firstProperty(e.path)
	case opCall:
		for _, arg := range e.args {
			if name := u.property(arg); name != "" {
				return name
			}
		}
	}
	return ""
}

func (u *uses) add(e *expr, operator string) {
	for _, arg := range e.args {
		if name := u.property(arg); name != "" {
			u.all = append(u.all, Use{Property: name, Operator: operator})
			return
		}
	}
}

func (u *uses) visit(e *expr) {
	switch e.op {
	case opPath:
		u.all = append(u.all, Use{Property: u.property(e), Operator: "eq"}) // a Boolean by itself
		return
	case opCall:
		u.add(e, e.text)
	case opNot:
		u.all = append(u.all, Use{Operator: "not"})
	case opEQ, opNE, opGT, opGE, opLT, opLE, opIn:
		u.add(e, e.op.word())
	case opAny, opAll:
		u.lambdas = append(u.lambdas, u.property(e.args[0]))
		defer func() { u.lambdas = u.lambdas[:len(u.lambdas)-1] }()
		if len(e.args) == 1 {
			u.add(e, e.op.word())
			return
		}
		u.visit(e.args[1])
		return
	}
	for _, arg := range e.args {
		switch arg.op {
		case opLength:
			u.all = append(u.all, Use{Property: u.property(arg), Operator: "$count"})
		case opPath:
			if e.op == opAnd || e.op == opOr || e.op == opNot {
				u.visit(arg)
			}
		case opLiteral:
		default:
			u.visit(arg)
		}
	}
}
