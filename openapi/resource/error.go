package resource

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/spell"
)

// An Error says which segment of a path leads nowhere.
type Error struct {
	Segment string // decoded
	At      *Node  // as far as the path was understood
	Message string

	hint string
}

// Error returns the message and the hint in one line.
func (e *Error) Error() string {
	if hint := e.Hint(); hint != "" {
		return e.Message + " (" + hint + ")"
	}
	return e.Message
}

// Hint returns what would help, such as the nearest name. It may be empty.
func (e *Error) Hint() string {
	if e.hint != "" || e.Segment == "" || e.At.scope == nil {
		return e.hint
	}
	name, _, _ := strings.Cut(strings.TrimSuffix(e.Segment, ":"), "(")
	return spell.DidYouMean(name, e.At.following(strings.Contains(name, ".")))
}

func tooLong(at *Node) *Error {
	return &Error{At: at, Message: fmt.Sprintf("the path has more than %d segments", maxSegments)}
}

func badEscape(at *Node, segment string) *Error {
	return &Error{Segment: segment, At: at, Message: fmt.Sprintf("the segment %q is escaped wrongly", segment),
		hint: "a percent sign is written as %25"}
}

func badName(at *Node, name string) *Error {
	return &Error{Segment: name, At: at, Message: fmt.Sprintf("%q can't be a name below %s", name, at.place()),
		hint: "a path stands between two colons, as in root:/folder/file:/content"}
}

func emptySegment(at *Node) *Error {
	return &Error{At: at, Message: "the path has an empty segment below " + at.place()}
}

// unknown is the error of a segment that is no name below a node, which has no keys.
func unknown(at *Node, segment string) *Error {
	message := fmt.Sprintf("%s has no %s %q", at.place(), at.expected(), segment)
	if at.scope == nil {
		message = fmt.Sprintf("%q stands below %s, which nothing can follow", segment, at.place())
	}
	e := &Error{Segment: segment, At: at, Message: message}
	if strings.Contains(segment, "(") && !strings.HasSuffix(segment, ")") {
		e.hint = "the parenthesis is not closed"
	}
	return e
}

// place names a node in a message.
func (n *Node) place() string {
	if n.Kind == Root {
		return "the service"
	}
	return n.Template()
}

// expected names what may follow a node.
func (n *Node) expected() string {
	switch {
	case n.Kind == Root:
		return "entity set, singleton or function"
	case n.Collection:
		return "operation or derived type"
	}
	return "property, operation or derived type"
}

// needsNames is the error of a key that is made of several properties.
func needsNames(collection *Node, segment string) *Error {
	names := string(appendNames(nil, collection.Type.Key))
	return &Error{Segment: segment, At: collection, hint: "write it as " + names,
		Message: fmt.Sprintf("the key of %s has %d properties", collection.place(), len(collection.Type.Key))}
}

func badArguments(at *Node, segment string) *Error {
	return &Error{Segment: segment, At: at, Message: fmt.Sprintf("the parentheses of %q can't be read", segment),
		hint: "write a key as ('id'), arguments as (name='value',other=1), and a quote in a text twice"}
}

// badCall is the error of parentheses that the name before them can't have.
func badCall(at *Node, segment string) *Error {
	name, inner, _ := cutCall(segment)
	m := at.find(name)
	e := &Error{Segment: segment, At: at}
	switch {
	case m.operations != nil:
		e.Message = fmt.Sprintf("%s does not take the arguments (%s)", m.name, inner)
		e.hint = "it takes " + strings.Join(m.signatures(), " or ")
	case at.member(m).hasEntities():
		e.Message = fmt.Sprintf("%s has no entity with the key (%s)", at.member(m).Template(), inner)
		e.hint = "the keys are " + strings.Join(keysOf(at.member(m).Type), " or ")
	default:
		e.Message = fmt.Sprintf("%s is no function and has no keys", at.member(m).Template())
		e.hint = "leave out the parentheses"
	}
	return e
}

// signatures returns the parameters of each operation, such as (from,to).
func (m *member) signatures() []string {
	var all []string
	for _, o := range m.operations {
		var names []string
		for _, p := range unbound(o) {
			names = append(names, p.Name)
		}
		if o.Action {
			names = nil
		}
		all = append(all, "("+strings.Join(names, ",")+")")
	}
	return all
}

// keysOf returns the keys of a type, such as (id) and (appId).
func keysOf(t *edm.Type) []string {
	var all []string
	for _, names := range slices.Concat([][]string{t.Key}, t.AlternateKeys) {
		all = append(all, "("+strings.Join(names, ",")+")")
	}
	return all
}
