package odata

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// selection is what $select keeps, by name of property: nil keeps everything.
type selection map[string]selection

// parseSelect reads paths with commas between them.
func parseSelect(text string, t *edm.Type) (paths []string, selected selection, err *Error) {
	selected = selection{}
	at := 0
	for part := range strings.SplitSeq(text, ",") {
		if name := strings.Trim(part, " "); strings.HasPrefix(name, "@") && isAnnotation(name[1:]) {
			paths = append(paths, name)
			selected.add([]string{name})
			at += len(part) + 1
			continue
		}
		path, err := parsePath(part, at, t, true)
		if err != nil {
			return nil, nil, err
		}
		paths = append(paths, path.spelled())
		selected.add(slices.DeleteFunc(slices.Clone(path.path), isCast))
		at += len(part) + 1
	}
	return paths, selected, nil
}

// isCast reports whether a segment of a path names a type, whose properties come after it: what
// is of another type has none of them.
func isCast(segment string) bool { return strings.Contains(segment, ".") }

// isAnnotation reports whether a text is the name of one, such as
// microsoft.graph.downloadUrl.
func isAnnotation(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if !isIdentifier(part) {
			return false
		}
	}
	return strings.Contains(name, ".")
}

// parsePath reads the path of a property, with spaces around it, that begins at a
// place in an option's value. Of a selection, it may be * and lead through
// collections.
func parsePath(text string, at int, t *edm.Type, selects bool) (*expr, *Error) {
	at += len(text) - len(strings.TrimLeft(text, " "))
	text = strings.Trim(text, " ")
	e := &expr{op: opPath, of: shape{kind: kindComplex, of: t}}
	if selects && text == "*" {
		e.path = []string{text}
		return e, nil
	}
	names := strings.Split(text, "/")
	for i, name := range names {
		if to := e.of.cast(name); to != nil && i < len(names)-1 {
			e.path, e.of = append(e.path, to.Name), shape{kind: kindOf(to), of: to}
			at += len(name) + 1
			continue
		}
		if !isIdentifier(name) {
			return nil, &Error{Rule: RuleOption, Offset: at, Message: "expected the name of a property"}
		}
		if e.of.navigation && (selects || e.of.collection) {
			return nil, &Error{Rule: RuleOption, Offset: at,
				Message: e.path[len(e.path)-1] + " is related to the entity, not a part of it", Hint: "expand it"}
		}
		if selects {
			e.of.collection = false
		}
		exact, of, err := e.of.step(name)
		if err != nil {
			return nil, err.at(at, RuleOption)
		}
		e.path, e.of = append(e.path, exact), of
		at += len(name) + 1
	}
	return e, nil
}

func (s selection) add(path []string) {
	below, found := s[path[0]]
	switch {
	case found && below == nil:
		return // all of it is kept already
	case len(path) == 1:
		s[path[0]] = nil
		return
	case !found:
		below = selection{}
		s[path[0]] = below
	}
	below.add(path[1:])
}

// keeps reports whether a property, or a part of it, is selected.
func (s selection) keeps(name string) (below selection, kept bool) {
	if s == nil {
		return nil, true
	}
	if _, all := s["*"]; all {
		return nil, true
	}
	below, kept = s[name]
	return below, kept
}

// of returns the selected part of a value.
func (s selection) of(v any) any {
	if s == nil {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(s))
		for name, part := range v {
			if below, kept := s.keeps(subject(name)); kept || strings.HasPrefix(name, "@") {
				out[name] = below.of(part)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = s.of(element)
		}
		return out
	}
	return v
}

// subject returns the property that a name is about: status of status@odata.type.
func subject(name string) string {
	property, _, _ := strings.Cut(name, "@")
	return property
}
