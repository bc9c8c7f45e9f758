package odata

import "strings"

// String returns the filter in canonical form: the same for filters that differ only in
// spaces, needless parentheses and the case of names. It is read as the same filter.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	var b strings.Builder
	f.root.write(&b)
	return b.String()
}

func (e *expr) write(b *strings.Builder) {
	switch e.op {
	case opLiteral:
		b.WriteString(e.text)
	case opPath:
		b.WriteString(e.spelled())
	case opLength:
		e.args[0].write(b)
		b.WriteString("/$count")
	case opCall:
		b.WriteString(e.text)
		writeList(b, e.args)
	case opAny, opAll:
		e.writeLambda(b)
	case opIsOf:
		b.WriteString("isof(")
		for _, path := range e.args {
			path.write(b)
			b.WriteByte(',')
		}
		b.WriteString(e.text + ")")
	case opNot:
		b.WriteString("not ")
		e.args[0].writeIn(b, opNot.binding())
	case opIn:
		e.args[0].writeIn(b, opIn.binding())
		b.WriteString(" in ")
		writeList(b, e.args[1:])
	default:
		e.writeBetween(b)
	}
}

// writeIn writes an operand, in parentheses if it binds less tightly than it
// must.
func (e *expr) writeIn(b *strings.Builder, least int) {
	if e.op.binding() >= least {
		e.write(b)
		return
	}
	b.WriteByte('(')
	e.write(b)
	b.WriteByte(')')
}

func writeList(b *strings.Builder, list []*expr) {
	b.WriteByte('(')
	for i, e := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		e.write(b)
	}
	b.WriteByte(')')
}

func (e *expr) writeLambda(b *strings.Builder) {
	e.args[0].write(b)
	b.WriteString("/" + e.op.word() + "(")
	if len(e.args) > 1 {
		b.WriteString(e.text + ":")
		e.args[1].write(b)
	}
	b.WriteByte(')')
}

// writeBetween writes operands with their operator between them. Comparisons
// group from the left, and and or hold all their operands at once.
func (e *expr) writeBetween(b *strings.Builder) {
	least := e.op.binding()
	for i, arg := range e.args {
		if i > 0 {
			b.WriteString(" " + e.op.word() + " ")
		}
		if i > 0 || e.op == opAnd || e.op == opOr {
			arg.writeIn(b, least+1)
		} else {
			arg.writeIn(b, least)
		}
	}
}
