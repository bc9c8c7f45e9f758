package schema

import (
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Definitions are schemas that refer to each other by name, as the types of a model
// do. One is made when a value first needs it, and shared from then on by every schema
// that leads to it: a model of thousands of types costs what is asked of it. They are
// safe for concurrent use.
//
// Two more keywords are known in a definition. A discriminator is that of OpenAPI: a
// value whose property propertyName has a text in mapping is one of the definition
// named there, and of no other. An enum beside x-graphmock-enum is compared without
// case; of "flags", a text may have several members, with commas between. One of
// "type-names" is compared with case, and the "#" that members begin with may be missing.
type Definitions struct {
	options Options
	define  func(name string) map[string]any

	mu   sync.RWMutex
	made map[string]*definition
}

// NewDefinitions returns the definitions that define makes: JSON Schema 2020-12, in
// the form that FromJSON takes, and nil for a name that there is none of. A definition
// may lead to itself below a property or in items, but not for the same value.
func NewDefinitions(define func(name string) map[string]any, options Options) *Definitions {
	return &Definitions{options: options, define: define, made: map[string]*definition{}}
}

// Schema returns the schema of a document whose $refs are "#/$defs/NAME", with the name
// of a definition. The document must not be changed any more.
func (d *Definitions) Schema(document map[string]any) *Schema {
	s := &Schema{options: d.options, shared: d}
	s.translate.Do(func() { s.json, s.fast = document, newSharedValidator(document, d) })
	return s
}

// A definition is one of Definitions.
type definition struct {
	name   string
	shared *Definitions

	make  sync.Once
	node  map[string]any // nil if there is none of that name
	types *discriminator // nil if its values are of no other

	read sync.Once
	fast *fastValidator

	compile sync.Once
	program *jsonschema.Schema
	err     error

	mu      sync.Mutex
	members map[string]memberProgram // by keyword and name
}

// memberProgram is the compiled schema of some members of an object.
type memberProgram struct {
	*jsonschema.Schema
	err error
}

// get returns the definition of a name. One of a name that there is none of accepts
// nothing.
func (d *Definitions) get(name string) *definition {
	d.mu.RLock()
	found := d.made[name]
	d.mu.RUnlock()
	if found != nil {
		return found
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if found = d.made[name]; found == nil {
		found = &definition{name: strings.Clone(name), shared: d}
		d.made[found.name] = found
	}
	return found
}

// schema returns the schema, nil if there is none.
func (d *definition) schema() map[string]any {
	d.make.Do(func() {
		d.node = d.shared.define(d.name)
		d.types = newDiscriminator(d.node)
	})
	return d.node
}

const definitionsPointer = "/$defs/"

// cutDefinition splits the JSON pointer of a place in a definition.
func cutDefinition(pointer string) (name, rest string, ok bool) {
	rest, ok = strings.CutPrefix(pointer, definitionsPointer)
	if !ok {
		return "", pointer, false
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		rest, pointer = rest[i:], rest[:i]
	} else {
		rest, pointer = "", rest
	}
	return jsontext.UnescapePointer(pointer), rest, true
}

// check returns what is known of a value.
func (d *definition) check(v any) verdict {
	d = d.of(v)
	if d.schema() == nil {
		return unsure
	}
	return d.validator().check(v)
}

// of returns the definition that a value is one of by its discriminator.
func (d *definition) of(v any) *definition {
	if d.schema(); d.types == nil {
		return d
	}
	if name := d.types.of(v); name != "" && name != d.name {
		return d.shared.get(name)
	}
	return d
}

// validator returns what gives a verdict in short.
func (d *definition) validator() *fastValidator {
	d.read.Do(func() { d.fast = newSharedValidator(d.schema(), d.shared) })
	return d.fast
}

func (d *definition) compiled() (*jsonschema.Schema, error) {
	d.compile.Do(func() {
		if d.schema() == nil {
			d.err = fmt.Errorf("there is no definition %s", jsontext.Quote(d.name))
			return
		}
		program := programNode(d.node)
		if _, ok := d.node["properties"]; ok {
			for _, keyword := range []string{"properties", "patternProperties", "additionalProperties", "required"} {
				delete(program, keyword)
			}
			program[objectExtension] = d.name
		}
		d.program, d.err = d.compileAt(program)
	})
	return d.program, d.err
}

// compileAt compiles a part of the definition, so that its place is told right.
func (d *definition) compileAt(program map[string]any, path ...string) (*jsonschema.Schema, error) {
	pointer := ""
	path = append([]string{"$defs", d.name}, path...)
	for _, segment := range path {
		pointer += "/" + escapeSegment(segment)
	}
	for _, segment := range slices.Backward(path) {
		program = map[string]any{segment: program}
	}
	return compile(program, pointer, d.shared, false)
}

// member returns the program of the members that a keyword has by a name or pattern.
func (d *definition) member(keyword, name string, sub map[string]any) (*jsonschema.Schema, error) {
	place := keyword + "/" + name
	d.mu.Lock()
	defer d.mu.Unlock()
	m, ok := d.members[place]
	if !ok {
		m.Schema, m.err = d.compileAt(programNode(sub), keyword, name)
		if d.members == nil {
			d.members = map[string]memberProgram{}
		}
		d.members[place] = m
	}
	return m.Schema, m.err
}

// escapeSegment writes a name as jsonschema has it in its pointers.
func escapeSegment(name string) string { return url.PathEscape(jsontext.EscapePointer(name)) }

// maxClosure bounds the definitions of a document that is made of those of a model:
// from a type of Graph almost all others can be reached.
const maxClosure = 128

// closure returns a document with the definitions that it leads to, the nearest first.
// Those that are too far take anything.
func (d *Definitions) closure(root map[string]any) map[string]any {
	defs := map[string]any{}
	queue := []map[string]any{root}
	for len(queue) > 0 {
		node := queue[0]
		queue = queue[1:]
		for name := range references(node) {
			if defs[name] != nil {
				continue
			}
			target := d.get(name).schema()
			if len(defs) >= maxClosure || target == nil {
				target = map[string]any{}
			}
			defs[name] = target
			queue = append(queue, target)
		}
	}
	out := maps.Clone(root)
	out["$defs"] = defs
	return out
}

// references returns the names of the definitions that a schema leads to, in order.
func references(v any) iter.Seq[string] {
	return func(yield func(string) bool) { eachReference(v, yield) }
}

func eachReference(v any, yield func(string) bool) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, keyword := range slices.Sorted(maps.Keys(v)) {
			if ref, ok := v[keyword].(string); ok && keyword == "$ref" {
				if name, _, ok := cutDefinition(refPointer(ref)); ok && !yield(name) {
					return false
				}
				continue
			}
			if keyword != discriminatorKeyword && !eachReference(v[keyword], yield) {
				return false
			}
		}
	case []any:
		for _, each := range v {
			if !eachReference(each, yield) {
				return false
			}
		}
	}
	return true
}

// A discriminator tells the definitions of a family apart.
type discriminator struct {
	property string
	names    map[string]string // of definitions, by what the property says
}

func newDiscriminator(node map[string]any) *discriminator {
	said, ok := node[discriminatorKeyword].(map[string]any)
	if !ok {
		return nil
	}
	d := &discriminator{names: map[string]string{}}
	d.property, _ = said["propertyName"].(string)
	mapping, _ := said["mapping"].(map[string]any)
	for text, ref := range mapping {
		ref, _ := ref.(string)
		d.names[text], _, _ = cutDefinition(refPointer(ref))
	}
	return d
}

// of returns the name of the definition that a value says it is one of, "" if it says
// none that is known.
func (d *discriminator) of(v any) string {
	var said any
	switch v := v.(type) {
	case map[string]any:
		said = v[d.property]
	case jsontext.Object:
		if i := slices.IndexFunc(v, func(m jsontext.Member) bool { return m.Name == d.property }); i >= 0 {
			said = v[i].Value
		}
	}
	text, _ := said.(string)
	return d.names[text]
}

// Keywords of definitions.
const (
	discriminatorKeyword = "discriminator"
	enumKeyword          = "x-graphmock-enum"
	anyCase              = "ignore-case" // compared without case
	flags                = "flags"       // several, with commas between
	typeNames            = "type-names"  // a "#" in front may be missing
)

// programNode writes a schema for jsonschema: what it does not know is said by keywords
// of extensions, which hold the pointer of what they stand for.
func programNode(node map[string]any) map[string]any {
	out := make(map[string]any, len(node))
	for keyword, v := range node {
		switch keyword {
		case "$ref":
			out[refExtension] = v
		case "enum":
			if kind, ok := node[enumKeyword]; ok {
				out[enumExtension] = []any{kind, v}
				continue
			}
			out[keyword] = v
		case "properties", "patternProperties", "dependentSchemas":
			out[keyword] = programNodes(v)
		case "allOf", "anyOf", "oneOf", "prefixItems":
			list, _ := v.([]any)
			each := make([]any, len(list))
			for i, sub := range list {
				each[i] = programValue(sub)
			}
			out[keyword] = each
		case "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames":
			out[keyword] = programValue(v)
		default:
			if !isAnnotation(keyword) {
				out[keyword] = v
			}
		}
	}
	return out
}

func programValue(v any) any {
	if node, ok := v.(map[string]any); ok {
		return programNode(node)
	}
	return v
}

func programNodes(v any) any {
	nodes, _ := v.(map[string]any)
	out := make(map[string]any, len(nodes))
	for name, sub := range nodes {
		out[name] = programValue(sub)
	}
	return out
}

// Keywords of extensions of jsonschema.
const (
	refExtension    = "x-graphmock-program-ref"
	enumExtension   = "x-graphmock-program-enum"
	objectExtension = "x-graphmock-program-object"
)

// An extension reads keywords that are not jsonschema's own.
type extension struct{ shared *Definitions }

// Compile is what jsonschema calls for each schema.
func (e extension) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	if ref, ok := m[refExtension].(string); ok {
		name, _, _ := cutDefinition(refPointer(ref))
		return programRef{e.shared, name}, nil
	}
	if name, ok := m[objectExtension].(string); ok {
		return programObject{e.shared.get(name)}, nil
	}
	if said, ok := m[enumExtension].([]any); ok {
		members, _ := said[1].([]any)
		return newEnum(said[0], members), nil
	}
	return nil, nil
}

// programRef is a $ref to a definition, which is compiled when a value needs it.
type programRef struct {
	shared *Definitions
	name   string
}

// Validate is what jsonschema calls for each value.
func (r programRef) Validate(ctx jsonschema.ValidationContext, v any) error {
	program, err := r.shared.get(r.name).of(v).compiled()
	if err != nil {
		return ctx.Error("$ref", "%v", err)
	}
	if err := ctx.Validate(program, "$ref", v, ""); err != nil {
		return jsonschema.ValidationError{}.Group(ctx.Error("$ref", "is not a %s", r.name), err)
	}
	return nil
}

// programObject is what a definition says of the members of an object. A type has many,
// and a value few that are wrong: only their schemas are compiled.
type programObject struct{ *definition }

// Validate is what jsonschema calls for each value.
func (o programObject) Validate(ctx jsonschema.ValidationContext, v any) error {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	var wrong []error
	lacks := func(name string) bool { _, has := object[name]; return !has }
	if slices.ContainsFunc(names(o.node["required"]), lacks) {
		wrong = append(wrong, ctx.Error("required", "a member is missing"))
	}
	if o.node["additionalProperties"] == false {
		for range unknownKeys(o.node, object) {
			wrong = append(wrong, ctx.Error("additionalProperties", "a member is unknown"))
			break
		}
	}
	known, _ := o.node["properties"].(map[string]any)
	patterns, _ := o.node["patternProperties"].(map[string]any)
	short := o.validator()
	for name, member := range object {
		if p := short.properties.find(name); p != nil && p.check(member) != yes {
			wrong = o.appendWrong(wrong, ctx, "properties", name, known[name], name, member)
		}
		for _, p := range short.patterns {
			if p.name.MatchString(name) && p.value.check(member) != yes {
				by := p.name.String()
				wrong = o.appendWrong(wrong, ctx, "patternProperties", by, patterns[by], name, member)
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return jsonschema.ValidationError{}.Group(ctx.Error("properties", "members are wrong"), wrong...)
}

// appendWrong appends what is wrong with a member, which a keyword has by a name or
// pattern.
func (o programObject) appendWrong(wrong []error, ctx jsonschema.ValidationContext,
	keyword, by string, sub any, name string, member any,
) []error {
	node, _ := nodeOf(sub)
	program, err := o.member(keyword, by, node)
	place := keyword + "/" + escapeSegment(by)
	if err != nil {
		return append(wrong, ctx.Error(place, "%v", err))
	}
	if err := ctx.Validate(program, place, member, escapeSegment(name)); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}

// An enum is one that is not compared as JSON Schema does.
type enum struct {
	members []any
	kind    any // one of the values of enumKeyword
}

func newEnum(kind any, members []any) enum { return enum{members, kind} }

// Validate is what jsonschema calls for each value.
func (e enum) Validate(ctx jsonschema.ValidationContext, v any) error {
	if e.has(v) {
		return nil
	}
	return ctx.Error("enum", "no member")
}

func (e enum) has(v any) bool {
	text, ok := v.(string)
	if !ok {
		return slices.Contains(e.members, v)
	}
	switch e.kind {
	case typeNames:
		return slices.ContainsFunc(e.members, func(m any) bool { return m == text || m == "#"+text })
	case anyCase:
		return e.hasMember(text)
	}
	for part := range strings.SplitSeq(text, ",") {
		if !e.hasMember(strings.TrimSpace(part)) {
			return false
		}
	}
	return true
}

func (e enum) hasMember(text string) bool {
	return slices.ContainsFunc(e.members, func(m any) bool {
		member, ok := m.(string)
		return ok && strings.EqualFold(member, text)
	})
}
