package openapi

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/schema"
)

// A RequestBody is what an operation says about the body of its requests. The zero
// value is that of an operation that takes none.
type RequestBody struct {
	Accepted bool // the operation takes a body
	Required bool // and needs one
	content  content
}

// RequestBody returns what the operation says about the body of its requests.
func (op *Operation) RequestBody() RequestBody {
	if op.body == nil {
		return RequestBody{}
	}
	return RequestBody{Accepted: true, Required: op.required, content: *op.body}
}

// NewEntity returns the body of a request that creates an entity, with all that its
// service asks for, also where the service is the one to say so: of a POST to a collection
// by Graph's model. Of others it is RequestBody.
func (op *Operation) NewEntity() RequestBody {
	n := op.Node()
	if !op.derived || op.Method != http.MethodPost || op.body == nil || n == nil || n.Type == nil || n.Type.Kind != edm.Entity ||
		n.Kind == resource.Action || n.Kind == resource.Ref {
		return op.RequestBody()
	}
	return RequestBody{Accepted: true, Required: true, content: jsonContent(op.bodies().newEntity(n.Type))}
}

// Shown returns what responses may show of the entities at the operation's path, as if it
// were the body: members that enumerations have got since, and properties of derived
// types, are allowed there. Of what is no entity of Graph's model it is RequestBody.
func (op *Operation) Shown() RequestBody {
	n := op.Node()
	if !op.derived || op.body == nil || n == nil || n.Type == nil || n.Type.Kind != edm.Entity {
		return op.RequestBody()
	}
	return RequestBody{Accepted: true, Required: true, content: jsonContent(op.bodies().shown(n.Type))}
}

// Examples returns the JSON examples, by name, decoded as jsontext.Decode does; they
// are the caller's to change. Where a media type has none, those of its schema are its.
func (b RequestBody) Examples() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i := range b.content {
			m := &b.content[i]
			if !m.json {
				continue
			}
			for _, e := range m.shown() {
				if v, ok := plain(e.value); ok && !yield(e.name, v) {
					return
				}
			}
		}
	}
}

// shown returns the examples of a media type, or else of its schema.
func (m *mediaType) shown() []namedExample {
	if len(m.examples) > 0 || m.schema == nil {
		return m.examples
	}
	var all []namedExample
	for i, v := range m.schema.Examples() {
		all = append(all, namedExample{fmt.Sprintf("schema %d", i+1), v})
	}
	return all
}

// Schema returns the schema of JSON, as schema.Schema.JSON does: nil if the operation
// takes no JSON or anything goes. It must not be changed.
func (b RequestBody) Schema() map[string]any {
	if s := b.content.schema(); s != nil {
		return s.JSON()
	}
	return nil
}

// TypeAt returns the JSON type that the body has at a JSON pointer, as
// Contract.TypeAt does.
func (b RequestBody) TypeAt(pointer string) string { return b.content.typeAt(pointer) }

// Validate returns every way in which a JSON value is not what the operation takes.
func (b RequestBody) Validate(v any) ([]Violation, error) {
	s := b.content.schema()
	if s == nil {
		return nil, nil
	}
	problems, err := s.Validate(v)
	return violations(RequestSide, problems), err
}

// UnknownAt returns the first segment of a JSON pointer that a body can't have, with
// the names that it could have there. It is empty where the schema is open.
func (b RequestBody) UnknownAt(pointer string) (segment string, known []string) {
	if s := b.content.schema(); s != nil {
		return s.UnknownAt(pointer)
	}
	return "", nil
}

// schema returns the schema of JSON, nil if there is none.
func (c content) schema() *schema.Schema {
	for _, m := range c {
		if m.json && m.schema != nil {
			return m.schema
		}
	}
	return nil
}

func (c content) typeAt(pointer string) string {
	if s := c.schema(); s != nil {
		return s.TypeAt(pointer)
	}
	return ""
}

// Prune takes out of an object what the operation does not take: every member that a
// violation points to, a list with an element of it. It returns how many there were;
// ok is false if the rest breaks the contract all the same. Members that are missing do
// not count.
func (b RequestBody) Prune(object map[string]any) (removed int, ok bool) {
	for range maxPruned {
		found, err := b.Validate(object)
		if err != nil {
			return removed, false
		}
		found = slices.DeleteFunc(found, func(v Violation) bool { return v.Rule == "required" })
		if len(found) == 0 {
			return removed, true
		}
		for _, v := range found {
			if removeAt(object, v.Pointer) {
				removed++
			}
		}
	}
	return removed, false
}

// maxPruned is how often an object is looked at: each time some of what is wrong is told.
const maxPruned = 50

// removeAt removes what a JSON pointer leads to, or the list that has it.
func removeAt(object map[string]any, pointer string) bool {
	var at any = object
	in, name := object, ""
	for segment := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		of, isObject := at.(map[string]any)
		if !isObject {
			break
		}
		in, name = of, jsontext.UnescapePointer(segment)
		at = of[name]
	}
	_, has := in[name]
	delete(in, name)
	return has
}

// Complete adds the members that an object lacks and that the operation asks for, as
// a sample has them.
func (b RequestBody) Complete(ctx context.Context, object map[string]any, random *rand.Rand) {
	s := b.content.schema()
	if s == nil {
		return
	}
	found, err := b.Validate(object)
	if err != nil || !slices.ContainsFunc(found, func(v Violation) bool { return v.Rule == "required" }) {
		return
	}
	sample, err := s.Example(ctx, random)
	members, isObject := sample.(map[string]any)
	if err != nil || !isObject {
		return
	}
	for _, v := range found {
		name := v.Property()
		if v.Rule == "required" && strings.Count(v.Pointer, "/") == 1 && members[name] != nil {
			object[name] = members[name]
		}
	}
}
