package edm

import (
	"fmt"
	"strings"
)

// Declarations are what a model is built from. They refer to types by qualified
// names, with a namespace or its alias.
type Declarations struct {
	Namespace string            // of most types; chosen if empty
	Aliases   map[string]string // of namespaces
	Container *TypeDeclaration  // entity sets and singletons are its properties; nil if there is none
	Types     []TypeDeclaration

	// Operations are those that are bound, and those that imports name.
	Operations []OperationDeclaration
	Imports    []ImportDeclaration
}

// A TypeDeclaration declares a Type.
type TypeDeclaration struct {
	Name          string
	Kind          Kind
	Primitive     PrimitiveKind // of a Primitive, and of an Enum's values (Int32 if Untyped)
	Base          string
	Abstract      bool
	Open          bool
	HasStream     bool
	IsFlags       bool
	Key           []string // declared here
	AlternateKeys [][]string
	Members       []Member
	Properties    []PropertyDeclaration
	Inherited     []InheritedDeclaration
	Facts         map[string]string
	Place         Place
}

// A PropertyDeclaration declares a Property.
type PropertyDeclaration struct {
	Name       string
	Type       string
	Collection bool
	Nullable   bool
	Navigation bool
	Contained  bool
	Partner    string
	Default    *string
	MaxLength  int
	Precision  int
	Scale      string
	Bindings   []Binding
	Usage
	Facts map[string]string
	Place Place
}

// Usage is how a property is used, as far as a model knows. Annotations say some of it,
// too: of a [Property] it is what either says.
type Usage struct {
	SelectOnly bool      // it is returned only if $select names it
	ReadOnly   bool      // clients do not set it
	Required   bool      // clients set it when they create an entity
	Sortable   bool      // $orderby takes it
	Searchable bool      // $search finds it
	Filter     Operators // that $filter takes with it
}

// with adds what is known besides. What is required is no longer read-only.
func (u Usage) with(more Usage) Usage {
	return Usage{
		SelectOnly: u.SelectOnly || more.SelectOnly, ReadOnly: u.ReadOnly && !more.Required || more.ReadOnly,
		Required: u.Required || more.Required, Sortable: u.Sortable || more.Sortable,
		Searchable: u.Searchable || more.Searchable, Filter: u.Filter | more.Filter,
	}
}

// An InheritedDeclaration tells how a property of a base type is used in one that
// derives from it.
type InheritedDeclaration struct {
	Name string
	Usage
	Place Place
}

// An OperationDeclaration declares an Operation.
type OperationDeclaration struct {
	Name          string // qualified
	Action        bool
	Bound         bool
	Composable    bool
	EntitySetPath string
	Params        []ParameterDeclaration
	Returns       *ReturnDeclaration
	Facts         map[string]string
	Place         Place
}

// A ParameterDeclaration declares a Parameter.
type ParameterDeclaration struct {
	Name       string
	Type       string
	Collection bool
	Nullable   bool
	Optional   bool
	Place      Place
}

// A ReturnDeclaration declares a Return.
type ReturnDeclaration struct {
	Type       string
	Collection bool
	Nullable   bool
	Place      Place
}

// An ImportDeclaration gives operations that are not bound a name in the
// container.
type ImportDeclaration struct {
	Name      string
	Operation string // qualified
	EntitySet string
	Place     Place
}

// A Place is where something is declared. The zero Place is unknown; a zero Line
// or Column is, too.
type Place struct {
	File         string
	Line, Column int
}

// String returns the place as file:line:column, without what is unknown.
func (p Place) String() string {
	var parts []string
	if p.File != "" {
		parts = append(parts, p.File)
	}
	if p.Line > 0 {
		parts = append(parts, fmt.Sprint(p.Line))
		if p.Column > 0 {
			parts = append(parts, fmt.Sprint(p.Column))
		}
	}
	return strings.Join(parts, ":")
}

// A Problem is what is wrong with a declaration.
type Problem struct {
	Place   Place
	Message string
	Hint    string // what would help, may be empty
}

// Error returns the place, the message and the hint in one line.
func (p Problem) Error() string {
	text := p.Message
	if at := p.Place.String(); at != "" {
		text = at + ": " + text
	}
	if p.Hint != "" {
		text += " (" + p.Hint + ")"
	}
	return text
}

// Problems is an error that lists all that is wrong with declarations.
type Problems []Problem

// Error returns the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}
