package edm

import "strings"

// Operators are operators and functions of $filter. The zero value is none.
type Operators uint16

// The operators and functions of $filter that models name. AnyOperator is all of
// them: a property can be filtered by, and it is not known how.
const (
	Eq Operators = 1 << iota
	Ne
	Gt
	Ge
	Lt
	Le
	In
	Not
	StartsWith
	EndsWith
	Contains
	AnyOperator = 1<<iota - Eq
)

// operatorNames are the names of the operators, in their order.
func operatorNames() [11]string {
	return [...]string{"eq", "ne", "gt", "ge", "lt", "le", "in", "not", "startswith", "endswith", "contains"}
}

// ParseOperator returns the operator or function with a name, such as startswith, in
// any case: none if there is no such name.
func ParseOperator(name string) Operators {
	for i, known := range operatorNames() {
		if strings.EqualFold(name, known) {
			return 1 << i
		}
	}
	return 0
}

// Has reports whether all of those are among the operators.
func (o Operators) Has(those Operators) bool { return o&those == those }

// String returns the names with commas between them, any for all of them.
func (o Operators) String() string {
	if o == AnyOperator {
		return anyOperator
	}
	var names []string
	for i, name := range operatorNames() {
		if o.Has(1 << i) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// anyOperator is how AnyOperator is written.
const anyOperator = "any"

// parseOperators is the reverse of String.
func parseOperators(text string) (o Operators, ok bool) {
	if text == anyOperator {
		return AnyOperator, true
	}
	for name := range strings.SplitSeq(text, ",") {
		operator := ParseOperator(name)
		if operator == 0 || o.Has(operator) {
			return 0, false
		}
		o |= operator
	}
	return o, true
}
