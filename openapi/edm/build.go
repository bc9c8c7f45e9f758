package edm

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Build checks declarations and makes a model of them: names resolve, no type
// derives from itself, properties are declared once, and the entities of every
// set have a key. The error is a [Problems].
//
// Unbound operations count only if an import names them.
func Build(d Declarations) (*Model, error) {
	b := builder{d: d.clone(), types: map[string]*TypeDeclaration{}, declared: map[string]map[string]int{}}
	b.names()
	b.chooseNamespace()
	b.references()
	if len(b.problems) == 0 {
		b.inheritance()
	}
	if len(b.problems) == 0 {
		b.members()
		b.container()
	}
	if len(b.problems) > 0 {
		slices.SortStableFunc(b.problems, func(x, y Problem) int {
			return cmp.Or(cmp.Compare(x.Place.Line, y.Place.Line), cmp.Compare(x.Place.Column, y.Place.Column))
		})
		return nil, b.problems
	}
	return Embedded(format(b.d)), nil
}

// clone copies what a builder changes: names, and whether values may be null.
func (d Declarations) clone() Declarations {
	d.Types = slices.Clone(d.Types)
	for i := range d.Types {
		d.Types[i].Properties = slices.Clone(d.Types[i].Properties)
	}
	if d.Container != nil {
		container := *d.Container
		container.Properties = slices.Clone(container.Properties)
		d.Container = &container
	}
	d.Operations = slices.Clone(d.Operations)
	for i := range d.Operations {
		o := &d.Operations[i]
		o.Params = slices.Clone(o.Params)
		if o.Returns != nil {
			returns := *o.Returns
			o.Returns = &returns
		}
	}
	d.Imports = slices.Clone(d.Imports)
	return d
}

type builder struct {
	d        Declarations
	types    map[string]*TypeDeclaration // by whole name, the container too
	declared map[string]map[string]int   // by type, where in it the first property of a name is
	problems Problems
}

func (b *builder) fail(at Place, hint, format string, args ...any) {
	if len(b.problems) < maxProblems {
		b.problems = append(b.problems, Problem{at, fmt.Sprintf(format, args...), hint})
	}
}

// names collects the types by name.
func (b *builder) names() {
	for _, alias := range slices.Sorted(maps.Keys(b.d.Aliases)) {
		b.path(Place{}, "alias", alias)
		b.path(Place{}, "namespace", b.d.Aliases[alias])
	}
	if b.d.Container != nil {
		b.name(b.d.Container)
	}
	for i := range b.d.Types {
		b.name(&b.d.Types[i])
	}
}

func (b *builder) name(t *TypeDeclaration) {
	t.Name = b.canonical(t.Name)
	b.path(t.Place, "name", t.Name)
	if namespace, _ := cutName(t.Name); namespace == "" || namespace == "Edm" {
		b.fail(t.Place, "such as microsoft.graph.user", "%q is no qualified name of a type", t.Name)
	}
	if first, twice := b.types[t.Name]; twice {
		b.fail(t.Place, hintFirst(first.Place), "%s is declared twice", t.Name)
		return
	}
	b.types[t.Name] = t
	declared := map[string]int{}
	for i, p := range slices.Backward(t.Properties) {
		declared[p.Name] = i
	}
	b.declared[t.Name] = declared
}

func hintFirst(at Place) string {
	if at.Line == 0 {
		return ""
	}
	return "first at " + at.String()
}

// identifier checks a name without dots.
func (b *builder) identifier(at Place, what, name string) {
	if !isIdentifier(name) {
		b.fail(at, "letters, digits and _ are possible", "%q is no %s", name, what)
	}
}

// path checks a name with dots.
func (b *builder) path(at Place, what, name string) {
	for part := range strings.SplitSeq(name, ".") {
		if !isIdentifier(part) {
			b.fail(at, "letters, digits, _ and dots are possible", "%q is no %s", name, what)
			return
		}
	}
}

// maxName is how long OData lets a name be.
const maxName = 128

func isIdentifier(s string) bool {
	for i, c := range s {
		if c != '_' && !unicode.IsLetter(c) &&
			(i == 0 || !unicode.Is(unicode.Mn, c) && !unicode.IsDigit(c) && c != '-') {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

// chooseNamespace takes the namespace of most types, the first in order of those.
func (b *builder) chooseNamespace() {
	if b.d.Namespace != "" {
		b.path(Place{}, "namespace", b.d.Namespace)
		return
	}
	count := map[string]int{}
	for name := range b.types {
		namespace, _ := cutName(name)
		count[namespace]++
	}
	for _, namespace := range slices.Sorted(maps.Keys(count)) {
		if count[namespace] > count[b.d.Namespace] {
			b.d.Namespace = namespace
		}
	}
}

// canonical returns a name with its namespace instead of an alias.
func (b *builder) canonical(name string) string {
	namespace, short := cutName(name)
	if whole, ok := b.d.Aliases[namespace]; ok {
		return whole + "." + short
	}
	return name
}

// resolve makes the name of a type whole, and returns its declaration: nil for a
// primitive type, and for a missing one, which is a problem.
func (b *builder) resolve(at Place, name *string) *TypeDeclaration {
	*name = b.canonical(*name)
	if primitive, ok := strings.CutPrefix(*name, "Edm."); ok {
		if _, ok := parsePrimitive(primitive); !ok {
			b.fail(at, "", "unknown primitive type %q", *name)
		}
		return nil
	}
	t := b.types[*name]
	if t == nil || t.Kind == Container {
		b.fail(at, b.suggest(*name), "unknown type %q", *name)
		return nil
	}
	return t
}

// suggest names a type of another namespace, or the aliases if that is unknown.
func (b *builder) suggest(name string) string {
	namespace, short := cutName(name)
	if len(b.problems) >= maxProblems {
		return ""
	}
	known := false
	for _, other := range slices.Sorted(maps.Keys(b.types)) {
		in, same := cutName(other)
		known = known || in == namespace
		if strings.EqualFold(same, short) {
			return fmt.Sprintf("did you mean %q?", other)
		}
	}
	if known || len(b.d.Aliases) == 0 {
		return ""
	}
	return "aliases are " + strings.Join(slices.Sorted(maps.Keys(b.d.Aliases)), ", ")
}

// references makes all names of types whole.
func (b *builder) references() {
	for _, name := range slices.Sorted(maps.Keys(b.types)) {
		t := b.types[name]
		if t.Base != "" {
			b.base(t)
		}
		for i := range t.Properties {
			b.propertyType(&t.Properties[i])
		}
	}
	imported := map[string]bool{}
	for i := range b.d.Imports {
		b.d.Imports[i].Operation = b.canonical(b.d.Imports[i].Operation)
		imported[b.d.Imports[i].Operation] = true
	}
	for i := range b.d.Operations {
		b.operation(&b.d.Operations[i])
	}
	b.d.Operations = slices.DeleteFunc(b.d.Operations, func(o OperationDeclaration) bool {
		return !o.Bound && !imported[o.Name]
	})
}

func (b *builder) base(t *TypeDeclaration) {
	base := b.resolve(t.Place, &t.Base)
	switch {
	case base != nil && base.Kind != t.Kind:
		b.fail(t.Place, "", "%s is %s, its base type %s is %s", t.Name, t.Kind, base.Name, base.Kind)
	case t.Kind != Entity && t.Kind != Complex, strings.HasPrefix(t.Base, "Edm."):
		b.fail(t.Place, "only entity and complex types derive from others, and of their kind",
			"%s can't have a base type", t.Name)
	}
}

func (b *builder) propertyType(p *PropertyDeclaration) {
	known := len(b.problems)
	t := b.resolve(p.Place, &p.Type)
	if len(b.problems) > known {
		return
	}
	entity := t != nil && t.Kind == Entity
	if p.Navigation != entity {
		b.fail(p.Place, "navigation leads to entities, other properties have values",
			"%s can't have the type %s", p.Name, p.Type)
	}
	if p.Contained && !p.Navigation {
		b.fail(p.Place, "", "%s is contained and no navigation property", p.Name)
	}
	p.Nullable = p.Nullable && !(entity && p.Collection)
}

func (b *builder) operation(o *OperationDeclaration) {
	o.Name = b.canonical(o.Name)
	b.path(o.Place, "name of an operation", o.Name)
	if namespace, _ := cutName(o.Name); namespace == "" {
		b.fail(o.Place, "such as microsoft.graph.delta", "%q is no qualified name", o.Name)
	}
	seen := map[string]bool{}
	for i := range o.Params {
		p := &o.Params[i]
		b.identifier(p.Place, "name of a parameter", p.Name)
		if seen[p.Name] {
			b.fail(p.Place, "", "parameter %s is declared twice", p.Name)
		}
		seen[p.Name] = true
		b.value(p.Place, &p.Type, p.Collection, &p.Nullable)
	}
	if r := o.Returns; r != nil {
		b.value(r.Place, &r.Type, r.Collection, &r.Nullable)
	} else if !o.Action {
		b.fail(o.Place, "", "function %s returns nothing", o.Name)
	}
	b.words(o.Place, o.EntitySetPath)
	b.facts(o.Place, o.Facts)
	if o.Bound {
		b.binding(o)
	}
}

// value resolves the type of a parameter or of what an operation returns.
func (b *builder) value(at Place, name *string, collection bool, nullable *bool) {
	if t := b.resolve(at, name); t != nil && t.Kind == Entity && collection {
		*nullable = false
	}
}

// binding checks what an operation is bound to.
func (b *builder) binding(o *OperationDeclaration) {
	if len(o.Params) == 0 {
		b.fail(o.Place, "its first parameter is what it is bound to", "%s is bound and has no parameters", o.Name)
		return
	}
	o.Params[0].Nullable, o.Params[0].Optional = false, false
	if strings.HasPrefix(o.Params[0].Type, "Edm.") {
		b.fail(o.Place, "bind it to a type that the model declares", "%s is bound to a primitive type", o.Name)
	}
}

// maxAncestors bounds how deep inheritance goes.
const maxAncestors = 64

// inheritance checks that no type derives from itself.
func (b *builder) inheritance() {
	depth := map[string]int{"": 0}
	for _, name := range slices.Sorted(maps.Keys(b.types)) {
		path := b.ancestors(name, depth)
		for _, at := range slices.Backward(path) {
			depth[at] = depth[b.types[at].Base] + 1
		}
		if depth[name] > maxAncestors {
			b.fail(b.types[name].Place, "", "%s has more than %d base types", name, maxAncestors)
		}
	}
}

// ancestors returns a type and its base types, up to one whose depth is known.
func (b *builder) ancestors(name string, depth map[string]int) (path []string) {
	for at := name; len(path) <= maxAncestors; at = b.types[at].Base {
		if _, known := depth[at]; known {
			break
		}
		if slices.Contains(path, at) {
			b.fail(b.types[at].Place, "", "%s derives from itself", at)
			break
		}
		path = append(path, at)
	}
	return path
}

// members checks what types hold.
func (b *builder) members() {
	for _, name := range slices.Sorted(maps.Keys(b.types)) {
		t := b.types[name]
		b.facts(t.Place, t.Facts)
		b.enum(t)
		for i := range t.Properties {
			b.property(t, i)
		}
		b.inherited(t)
		b.keys(t)
	}
}

func (b *builder) enum(t *TypeDeclaration) {
	if t.Kind == Primitive && t.Primitive == Untyped {
		b.fail(t.Place, "", "%s has no primitive type", t.Name)
	}
	if t.Kind == Enum && t.Primitive != Untyped && !t.Primitive.IsInteger() {
		b.fail(t.Place, "they are Byte, SByte, Int16, Int32 or Int64", "the values of %s are no integers", t.Name)
	}
	seen := map[string]bool{}
	for _, m := range t.Members {
		b.identifier(t.Place, "name of a member", m.Name)
		if seen[m.Name] {
			b.fail(t.Place, "", "%s has two members %s", t.Name, m.Name)
		}
		seen[m.Name] = true
	}
}

// property checks one that is declared by t.
func (b *builder) property(t *TypeDeclaration, i int) {
	p := t.Properties[i]
	b.identifier(p.Place, "name of a property", p.Name)
	b.words(p.Place, p.Partner, p.Scale)
	b.facts(p.Place, p.Facts)
	for _, binding := range p.Bindings {
		b.words(p.Place, binding.Path, binding.Target)
	}
	if first := b.declared[t.Name][p.Name]; first != i {
		b.fail(p.Place, hintFirst(t.Properties[first].Place), "%s has two properties %s", t.Name, p.Name)
	}
	if b.has(b.types[t.Base], p.Name) {
		b.fail(p.Place, "", "%s has the property %s from its base type, too", t.Name, p.Name)
	}
}

// inherited checks that what t tells of properties of its base types is of such.
func (b *builder) inherited(t *TypeDeclaration) {
	seen := map[string]bool{}
	for _, i := range t.Inherited {
		if !b.has(b.types[t.Base], i.Name) {
			b.fail(i.Place, "", "%s has no property %q from a base type", t.Name, i.Name)
		}
		if seen[i.Name] {
			b.fail(i.Place, "", "%s tells of %s twice", t.Name, i.Name)
		}
		seen[i.Name] = true
	}
}

// has reports whether a type or one of its bases has a property.
func (b *builder) has(t *TypeDeclaration, name string) bool {
	for ; t != nil; t = b.types[t.Base] {
		if _, ok := b.declared[t.Name][name]; ok {
			return true
		}
	}
	return false
}

// keys checks that the properties of the key are there: it may go into a complex
// property by a path. Those of other keys may be missing, as they are in Graph.
func (b *builder) keys(t *TypeDeclaration) {
	for _, path := range slices.Concat(t.AlternateKeys...) {
		b.part(t, path)
	}
	for _, path := range t.Key {
		b.part(t, path)
		if name, _, _ := strings.Cut(path, "/"); !b.has(t, name) {
			b.fail(t.Place, "", "%s has the key %q, which is no property", t.Name, path)
		}
	}
}

// part checks that the name of a key property can stand in a text.
func (b *builder) part(t *TypeDeclaration, path string) {
	if !isWord(path) || path == "" || strings.ContainsAny(path, `",`) {
		b.fail(t.Place, "", "%s has the key %q, which is no name or path", t.Name, path)
	}
}

// container checks that it has entities only, that what is in sets has a key, that bindings
// lead to sets, and that imports lead to operations.
func (b *builder) container() {
	if b.d.Container == nil {
		return
	}
	for _, p := range b.d.Container.Properties {
		if !p.Navigation {
			b.fail(p.Place, "write set or one", "%s is in the container, and is no entity set or singleton", p.Name)
		}
		if p.Collection && !b.hasKey(b.types[p.Type]) {
			b.fail(p.Place, "", "the entities of %s have no key: %s declares none", p.Name, p.Type)
		}
		for _, binding := range p.Bindings {
			first, _, _ := strings.Cut(binding.Target, "/")
			if !b.has(b.d.Container, first) {
				b.fail(p.Place, "", "%s binds %s to %s, which the container does not have", p.Name,
					binding.Path, binding.Target)
			}
		}
	}
	unbound := map[string]bool{}
	for _, o := range b.d.Operations {
		unbound[o.Name] = unbound[o.Name] || !o.Bound
	}
	for _, i := range b.d.Imports {
		b.identifier(i.Place, "name of an import", i.Name)
		b.words(i.Place, i.EntitySet)
		if !unbound[i.Operation] {
			b.fail(i.Place, "", "%s imports %s, which is no unbound operation", i.Name, i.Operation)
		}
	}
}

func (b *builder) hasKey(t *TypeDeclaration) bool {
	for ; t != nil; t = b.types[t.Base] {
		if len(t.Key) > 0 {
			return true
		}
	}
	return false
}

// words checks that values can stand in a text as they are.
func (b *builder) words(at Place, values ...string) {
	for _, v := range values {
		if !isWord(v) || strings.Contains(v, `"`) {
			b.fail(at, "", "%q is no name or path", v)
		}
	}
}

// facts checks that they can stand in a text.
func (b *builder) facts(at Place, facts map[string]string) {
	for _, term := range slices.Sorted(maps.Keys(facts)) {
		if term == "" || !isWord(term) || strings.ContainsAny(term, `="`) || facts[term] == "" || !isWord(facts[term]) {
			b.fail(at, "facts are JSON without spaces between values", "broken fact %s=%s", term, facts[term])
		}
	}
}

// isWord reports whether a text is read as one word, or is empty.
func isWord(s string) bool {
	return wordLength(s) == len(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
