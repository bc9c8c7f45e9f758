package odata

import "fmt"

// Rules that an Error may be about.
const (
	RuleFilter          = "filter-invalid"            // Graph: Invalid filter clause
	RuleUnknownProperty = "unknown-query-property"    // the message is Graph's own
	RuleUnknownSelected = "unknown-selected-property" // the same, of $select and $expand
	RuleExpand          = "expand-not-supported"      // the message is Graph's own
	RuleUnknownOption   = "unknown-query-option"      // an option with $ that OData does not know
	RuleTwice           = "query-option-twice"        // an option sent more than once
	RuleOption          = "query-option-invalid"      // any other broken option
)

// selectFailed begins what Graph says of a property in $select and $expand that is not there.
const selectFailed = "Parsing OData Select and Expand failed: "

// An Error says what is wrong with an option.
type Error struct {
	Option  string // in its canonical spelling, such as $filter; an unknown one as sent
	Offset  int    // in bytes, in the decoded value
	Value   string // of the option, decoded
	Rule    string
	Message string
	Hint    string // what would help, if that is known
}

// Error returns the error in one line.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s:%d: %s", e.Option, e.Offset, e.Message)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// at adds the offset and the rule to an error about a part of an option.
func (e *Error) at(offset int, rule string) *Error {
	e.Offset = offset
	if e.Rule == "" {
		e.Rule = rule
	}
	return e
}
