package service

import (
	"slices"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// setFills works out what responses have of an entity without $select: see [entityType.usual].
func (t *entityType) setFills() {
	t.fills, t.shows = make([]string, len(t.order)), make([]bool, len(t.order))
	defaults := t.Defaults()
	for i, name := range t.order {
		p := t.Property(name)
		t.shows[i] = !slices.Contains(t.selected, name)
		switch {
		case !t.behavior.Nulls || !slices.Contains(defaults, name) || p == nil || p.Navigation:
		case p.Collection:
			t.fills[i] = "[]"
		case p.Nullable:
			t.fills[i] = "null"
		}
	}
}

// closed ends an object, whose last member may have a comma after it.
func closed(b []byte) []byte {
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}')
}

// appendUsual appends the members of an entity as responses have them without options: what
// project does, without decoding what is stored. What is stored is in the type's order.
func (e *row) appendUsual(b []byte) []byte {
	t, start := e.kind, len(b)
	if tag := t.behavior.Tag; tag != nil {
		b = jsontext.AppendString(append(b, `"@odata.etag":`...), tag(&e.Record))
	}
	appendName := func(name string) {
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(jsontext.AppendString(b, name), ':')
	}
	next := 0 // in the order
	fill := func(upTo int) {
		for ; next < upTo; next++ {
			if text := t.fills[next]; text != "" {
				appendName(t.order[next])
				b = append(b, text...)
			}
		}
	}
	for name, value := range jsontext.Members(e.JSON) {
		at := -1
		for i := next; i < len(t.order); i++ {
			if t.order[i] == string(name) {
				at = i
				break
			}
		}
		switch {
		case at >= 0 && t.shows[at]:
			fill(at)
			next++
		case at >= 0:
			continue
		default: // what the order does not have comes last
			fill(len(t.order))
			if hidden := t.behavior.Hidden; slices.Contains(t.selected, string(name)) ||
				hidden != nil && hidden(string(name)) && t.Property(string(name)) == nil {
				continue
			}
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(append(append(append(b, '"'), name...), `":`...), value...)
	}
	fill(len(t.order))
	return b
}
