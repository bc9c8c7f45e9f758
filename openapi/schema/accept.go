package schema

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A fastValidator is the short way to a verdict: it says yes only of values that
// jsonschema's Validate accepts, and no only of those that it rejects. Where it is
// unsure, and to explain a no, jsonschema decides. Most messages are valid, and a yes
// costs no allocation here, where jsonschema makes thirty and has to be compiled first.
// Both are made from the same document, and a fuzz test holds them together.
type fastValidator struct {
	unsure  bool // the schema says something that only jsonschema knows: never a yes
	endless bool // the schema refers to itself for the same value: never a verdict
	always  bool // it accepts anything
	never   bool // it accepts nothing

	types   typeSet
	format  func(any) bool
	enum    []any
	isConst bool             // enum is of one value, of const
	folded  *enum            // of an enum that is compared without case
	shared  *definition      // what a $ref leads to
	all     []*fastValidator // $ref and allOf
	any     []*fastValidator
	one     []*fastValidator
	not     *fastValidator
	test    *fastValidator // if; nil for none
	yes, no *fastValidator // then and else, nil for anything

	minLength, maxLength int // -1 for none
	pattern              *regexp.Regexp
	min, max             *int64 // inclusive
	above, below         *int64 // exclusive
	multiple             int64  // 0 for any

	properties             properties
	required               []string
	dependent              map[string][]string
	patterns               []patternProperty
	additional             *fastValidator // nil for anything
	memberNames            *fastValidator // nil for anything
	minMembers, maxMembers int            // -1 for none
	prefix                 []*fastValidator
	items                  *fastValidator // nil for anything
	minItems, maxItems     int            // -1 for none
	contains               *fastValidator // nil for none
	minFound, maxFound     int            // of contains, -1 for none
	unique                 bool
}

// A verdict is what is known of a value.
type verdict int8

const (
	no verdict = iota
	unsure
	yes
)

// properties are the validators of properties by name. Most objects have few, which
// are found sooner in a list than in a map.
type properties struct {
	few  []property // nil if there are many
	many map[string]*fastValidator
}

type property struct {
	name  string
	value *fastValidator
}

const fewProperties = 16

func newProperties(all map[string]*fastValidator) properties {
	if len(all) > fewProperties {
		return properties{many: all}
	}
	p := properties{few: make([]property, 0, len(all))}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p.few = append(p.few, property{name, all[name]})
	}
	return p
}

func (p *properties) find(name string) *fastValidator {
	for i := range p.few {
		if p.few[i].name == name {
			return p.few[i].value
		}
	}
	return p.many[name]
}

type patternProperty struct {
	name  *regexp.Regexp
	value *fastValidator
}

// typeSet is a set of JSON types; the empty one is all.
type typeSet uint8

const (
	typeNull typeSet = 1 << iota
	typeBoolean
	typeString
	typeInteger
	typeNumber
	typeObject
	typeArray
)

var typeBits = map[string]typeSet{
	"null": typeNull, "boolean": typeBoolean, "string": typeString, "integer": typeInteger,
	"number": typeNumber | typeInteger, "object": typeObject, "array": typeArray,
}

// A fastCompiler makes the validators of a schema and its definitions. Those that
// were made before are in seen, so that recursion ends.
type fastCompiler struct {
	defs   map[string]any
	seen   map[string]*fastValidator // by $ref
	shared *Definitions              // instead of defs
	rfc    bool                      // see Options.RFCFormats
	loose  bool                      // a oneOf is an anyOf
}

func newFastCompiler(root map[string]any, shared *Definitions, rfc, loose bool) fastCompiler {
	defs, _ := root["$defs"].(map[string]any)
	return fastCompiler{defs, map[string]*fastValidator{}, shared, rfc, loose}
}

// newSharedValidator returns the validator of a schema whose $refs lead to definitions
// that are made when a value needs them.
func newSharedValidator(root map[string]any, shared *Definitions) *fastValidator {
	return newFastCompiler(root, shared, false, false).compile(root)
}

func newFastValidator(root map[string]any, rfc bool) *fastValidator {
	return newFastCompiler(root, nil, rfc, false).compile(root)
}

// compile returns the validator of a schema. Those that were made before stay as they
// are, for others may be using them.
func (c fastCompiler) compile(node map[string]any) *fastValidator {
	before := maps.Clone(c.seen)
	f := c.node(node)
	for pointer, target := range c.seen {
		if before[pointer] == nil && target.leadsTo(target, map[*fastValidator]bool{}) {
			target.endless = true
		}
	}
	return f
}

// parts are the validators of the parts of a schema. They are made when they are asked
// for, by several goroutines.
type parts struct {
	mu            sync.Mutex
	strict, loose map[uintptr]*fastValidator // by the address of the part
	compilers     [2]fastCompiler
}

// part returns the validator of a part of the schema, which is one of the maps that
// JSON returns. If loose, a value may fit several branches of a oneOf.
func (s *Schema) part(node map[string]any, loose bool) *fastValidator {
	p := &s.parts
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.strict == nil {
		p.strict, p.loose = map[uintptr]*fastValidator{}, map[uintptr]*fastValidator{}
		p.compilers = [2]fastCompiler{
			newFastCompiler(s.json, s.shared, s.options.RFCFormats, false),
			newFastCompiler(s.json, s.shared, s.options.RFCFormats, true),
		}
	}
	known, compiler := p.strict, p.compilers[0]
	if loose {
		known, compiler = p.loose, p.compilers[1]
	}
	address := reflect.ValueOf(node).Pointer()
	if known[address] == nil {
		known[address] = compiler.compile(node)
	}
	return known[address]
}

// leadsTo reports whether checking a value by f checks the same value by target.
func (f *fastValidator) leadsTo(target *fastValidator, seen map[*fastValidator]bool) bool {
	for _, next := range slices.Concat(f.all, f.any, f.one, []*fastValidator{f.not, f.test, f.yes, f.no}) {
		if next == target {
			return true
		}
		if next != nil && !seen[next] {
			seen[next] = true
			if next.leadsTo(target, seen) {
				return true
			}
		}
	}
	return false
}

func (c fastCompiler) node(node map[string]any) *fastValidator {
	f := &fastValidator{}
	c.fill(f, node)
	return f
}

func (c fastCompiler) ref(pointer string) *fastValidator {
	if f := c.seen[pointer]; f != nil {
		return f
	}
	f := &fastValidator{endless: true} // it may be nowhere
	c.seen[pointer] = f
	name := strings.TrimPrefix(refPointer(pointer), "/$defs/")
	if node, ok := c.defs[jsontext.UnescapePointer(name)].(map[string]any); ok {
		f.endless = false
		c.fill(f, node)
	}
	return f
}

// fill reads the keywords of a schema. One that it does not know, or that has not
// the value it should, makes the validator unsure.
func (c fastCompiler) fill(f *fastValidator, node map[string]any) {
	f.minLength, f.maxLength, f.minMembers, f.maxMembers, f.minItems, f.maxItems = -1, -1, -1, -1, -1, -1
	f.minFound, f.maxFound = -1, -1
	for keyword, v := range node {
		known := c.general(f, keyword, v) || c.scalar(f, keyword, v) || c.object(f, keyword, v) || c.array(f, keyword, v)
		if !known && !isAnnotation(keyword) {
			f.unsure = true
		}
	}
	if kind, ok := node[enumKeyword]; ok && c.shared != nil {
		folded := newEnum(kind, f.enum)
		f.enum, f.folded = nil, &folded
	}
}

func isAnnotation(keyword string) bool {
	switch keyword {
	case "$defs", "$comment", "title", "description", "default", "examples", discriminatorKeyword:
		return true
	}
	return strings.HasPrefix(keyword, "x-")
}

func (c fastCompiler) general(f *fastValidator, keyword string, v any) (ok bool) {
	switch keyword {
	case "$ref":
		ref, ok := v.(string)
		if c.shared != nil {
			name, _, known := cutDefinition(refPointer(ref))
			f.shared = c.shared.get(name)
			return ok && known
		}
		f.all = append(f.all, c.ref(ref))
		return ok
	case "type":
		for _, name := range names(v) {
			f.types |= typeBits[name]
		}
		return f.types != 0
	case "enum":
		list, isList := v.([]any)
		f.enum, ok = list, isList && !f.isConst
	case "allOf":
		list, ok := c.list(v)
		for _, sub := range list { // once each: the same list at every level makes many
			if !slices.Contains(f.all, sub) {
				f.all = append(f.all, sub)
			}
		}
		return ok
	case "anyOf":
		f.any, ok = c.list(v)
	case "oneOf":
		if c.loose && f.any == nil {
			f.any, ok = c.list(v)
			return ok
		}
		f.one, ok = c.list(v)
	case "const":
		f.enum, f.isConst, ok = []any{v}, true, f.enum == nil
	case "not":
		f.not, ok = c.sub(v)
	case "if":
		f.test, ok = c.sub(v)
	case "then":
		f.yes, ok = c.sub(v)
	case "else":
		f.no, ok = c.sub(v)
	}
	return ok
}

// scalar reads the keywords for texts and numbers.
func (c fastCompiler) scalar(f *fastValidator, keyword string, v any) (ok bool) {
	switch keyword {
	case "format":
		name, ok := v.(string)
		f.format = formatCheck(name, c.rfc)
		return ok
	case "pattern":
		f.pattern, ok = compiled(v)
	case "minimum":
		f.min, ok = limit(v)
	case "maximum":
		f.max, ok = limit(v)
	case "exclusiveMinimum":
		f.above, ok = limit(v)
	case "exclusiveMaximum":
		f.below, ok = limit(v)
	case "multipleOf":
		var n *int64
		if n, ok = limit(v); ok && *n > 0 {
			f.multiple = *n
		}
		return ok && f.multiple > 0
	case "minLength":
		f.minLength, ok = count(v)
	case "maxLength":
		f.maxLength, ok = count(v)
	}
	return ok
}

func (c fastCompiler) object(f *fastValidator, keyword string, v any) (ok bool) {
	switch keyword {
	case "properties":
		return c.properties(f, v)
	case "patternProperties":
		return c.patternProperties(f, v)
	case "additionalProperties":
		f.additional, ok = c.sub(v)
	case "required":
		f.required = names(v)
		return f.required != nil
	case "minProperties":
		f.minMembers, ok = count(v)
	case "maxProperties":
		f.maxMembers, ok = count(v)
	case "propertyNames":
		f.memberNames, ok = c.sub(v)
	case "dependentRequired":
		lists, isMap := v.(map[string]any)
		f.dependent, ok = make(map[string][]string, len(lists)), isMap
		for name, list := range lists {
			f.dependent[name] = names(list)
		}
	}
	return ok
}

func (c fastCompiler) properties(f *fastValidator, v any) bool {
	schemas, ok := v.(map[string]any)
	all := make(map[string]*fastValidator, len(schemas))
	for name, sub := range schemas {
		value, valid := c.sub(sub)
		ok = ok && valid
		all[name] = value
	}
	f.properties = newProperties(all)
	return ok
}

func (c fastCompiler) patternProperties(f *fastValidator, v any) bool {
	schemas, ok := v.(map[string]any)
	for pattern, sub := range schemas {
		name, compiles := compiled(pattern)
		value, valid := c.sub(sub)
		ok = ok && compiles && valid
		if compiles {
			f.patterns = append(f.patterns, patternProperty{name, value})
		}
	}
	return ok
}

func (c fastCompiler) array(f *fastValidator, keyword string, v any) (ok bool) {
	switch keyword {
	case "items":
		f.items, ok = c.sub(v)
	case "minItems":
		f.minItems, ok = count(v)
	case "maxItems":
		f.maxItems, ok = count(v)
	case "prefixItems":
		f.prefix, ok = c.list(v)
	case "contains":
		f.contains, ok = c.sub(v)
	case "minContains":
		f.minFound, ok = count(v)
	case "maxContains":
		f.maxFound, ok = count(v)
	case "uniqueItems":
		f.unique, ok = v.(bool)
	}
	return ok
}

// sub returns the validator of a schema that may be a boolean.
func (c fastCompiler) sub(v any) (_ *fastValidator, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && len(v) == 1 && c.shared == nil {
			return c.ref(ref), true
		}
		return c.node(v), true
	case bool:
		return &fastValidator{always: v, never: !v}, true
	}
	return &fastValidator{endless: true}, false
}

func (c fastCompiler) list(v any) (list []*fastValidator, ok bool) {
	schemas, ok := v.([]any)
	for _, sub := range schemas {
		f, valid := c.sub(sub)
		ok = ok && valid
		list = append(list, f)
	}
	return list, ok
}

// limit reads the bound of a number; it knows whole ones.
func limit(v any) (*int64, bool) {
	f, ok := float(v)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return nil, false
	}
	n := int64(f)
	return &n, true
}

// count reads the bound of a length.
func count(v any) (int, bool) {
	n, ok := limit(v)
	if !ok || *n < 0 || *n > math.MaxInt32 {
		return -1, false
	}
	return int(*n), true
}

func compiled(v any) (*regexp.Regexp, bool) {
	pattern, ok := v.(string)
	if !ok {
		return nil, false
	}
	r, err := regexp.Compile(pattern)
	return r, err == nil
}

// accepts reports whether the value is surely valid.
func (f *fastValidator) accepts(v any) bool { return f.check(v) == yes }

// check returns what is known of a value. What one keyword rejects is invalid, whatever
// the others are unsure of.
func (f *fastValidator) check(v any) verdict {
	switch {
	case f.always:
		return yes
	case f.never:
		return no
	case f.endless:
		return unsure
	}
	known := yes
	if f.unsure {
		known = unsure
	}
	if f.types != 0 {
		known = min(known, f.checkType(v))
	}
	if f.format != nil && !f.format(v) || f.folded != nil && !f.folded.has(v) {
		return no
	}
	if len(f.enum) > 0 && known > no {
		known = min(known, inEnum(f.enum, v))
	}
	if f.shared != nil && known > no {
		known = min(known, f.shared.check(v))
	}
	for _, sub := range f.all {
		if known == no {
			return no
		}
		known = min(known, sub.check(v))
	}
	if known > no && f.composed() {
		known = min(known, f.checkComposed(v))
	}
	if known == no {
		return no
	}
	switch v := v.(type) {
	case string:
		return min(known, f.checkString(v))
	case json.Number:
		return min(known, f.checkNumber(v))
	case map[string]any:
		return min(known, f.checkMap(v))
	case jsontext.Object:
		return min(known, f.checkObject(v))
	case []any:
		return min(known, f.checkArray(v))
	}
	return known
}

func (f *fastValidator) composed() bool {
	return f.any != nil || f.one != nil || f.not != nil || f.test != nil
}

// checkComposed checks what other schemas say of the same value.
func (f *fastValidator) checkComposed(v any) verdict {
	known := yes
	if f.any != nil {
		best := no
		for _, sub := range f.any {
			if best = max(best, sub.check(v)); best == yes {
				break
			}
		}
		known = best
	}
	if f.one != nil && known > no {
		known = min(known, exactlyOne(f.one, v))
	}
	if f.not != nil && known > no {
		known = min(known, yes-f.not.check(v))
	}
	if f.test != nil && known > no {
		known = min(known, f.checkCondition(v))
	}
	return known
}

// exactlyOne checks oneOf.
func exactlyOne(list []*fastValidator, v any) verdict {
	valid, open := 0, 0
	for _, sub := range list {
		switch sub.check(v) {
		case yes:
			if valid++; valid > 1 {
				return no
			}
		case unsure:
			open++
		}
	}
	switch {
	case open > 0:
		return unsure
	case valid == 1:
		return yes
	}
	return no
}

// checkCondition checks if, then and else.
func (f *fastValidator) checkCondition(v any) verdict {
	then, otherwise := yes, yes
	if f.yes != nil {
		then = f.yes.check(v)
	}
	if f.no != nil {
		otherwise = f.no.check(v)
	}
	switch f.test.check(v) {
	case yes:
		return then
	case no:
		return otherwise
	}
	if then == otherwise {
		return then
	}
	return unsure
}

func (f *fastValidator) checkType(v any) verdict {
	kind := typeOfValue(v)
	switch {
	case f.types&kind != 0:
		return yes
	case kind == typeNumber && f.types&typeInteger != 0:
		return unsure // such as 1.0
	case kind == 0:
		return unsure
	}
	return no
}

func typeOfValue(v any) typeSet {
	switch v := v.(type) {
	case nil:
		return typeNull
	case bool:
		return typeBoolean
	case string:
		return typeString
	case json.Number:
		if _, whole := wholeNumber(v); whole {
			return typeInteger
		}
		return typeNumber
	case map[string]any, jsontext.Object:
		return typeObject
	case []any:
		return typeArray
	}
	return 0
}

// wholeNumber reads a number that is written as a plain 64-bit integer.
func wholeNumber(n json.Number) (int64, bool) {
	i, err := strconv.ParseInt(string(n), 10, 64)
	return i, err == nil
}

// inEnum reports whether v is a value of an enum. It knows texts, truth values, null and
// whole numbers.
func inEnum(enum []any, v any) verdict {
	known := no
	for _, e := range enum {
		if known = max(known, sameValue(e, v)); known == yes {
			return yes
		}
	}
	return known
}

func sameValue(e, v any) verdict {
	switch e := e.(type) {
	case nil:
		return verdictOf(v == nil)
	case string:
		s, ok := v.(string)
		return verdictOf(ok && s == e)
	case bool:
		b, ok := v.(bool)
		return verdictOf(ok && b == e)
	}
	switch v := v.(type) {
	case nil, string, bool:
		return no
	case json.Number:
		f, isNumber := float(e)
		if n, whole := wholeNumber(v); isNumber && whole && math.Abs(f) < 1<<53 {
			return verdictOf(float64(n) == f)
		}
	}
	return unsure
}

func verdictOf(ok bool) verdict {
	if ok {
		return yes
	}
	return no
}

func (f *fastValidator) checkString(v string) verdict {
	if f.minLength >= 0 || f.maxLength >= 0 {
		n := utf8.RuneCountInString(v)
		if n < f.minLength || f.maxLength >= 0 && n > f.maxLength {
			return no
		}
	}
	return verdictOf(f.pattern == nil || f.pattern.MatchString(v))
}

func (f *fastValidator) checkNumber(v json.Number) verdict {
	if f.min == nil && f.max == nil && f.above == nil && f.below == nil && f.multiple == 0 {
		return yes
	}
	n, whole := wholeNumber(v)
	if !whole {
		return unsure
	}
	return verdictOf((f.min == nil || n >= *f.min) && (f.max == nil || n <= *f.max) &&
		(f.above == nil || n > *f.above) && (f.below == nil || n < *f.below) &&
		(f.multiple == 0 || n%f.multiple == 0))
}

func (f *fastValidator) acceptsSize(members int) bool {
	return members >= f.minMembers && (f.maxMembers < 0 || members <= f.maxMembers)
}

func (f *fastValidator) checkMap(v map[string]any) verdict {
	if !f.acceptsSize(len(v)) {
		return no
	}
	for _, name := range f.required {
		if _, ok := v[name]; !ok {
			return no
		}
	}
	for name, list := range f.dependent {
		if _, ok := v[name]; ok && slices.ContainsFunc(list, func(other string) bool { _, ok := v[other]; return !ok }) {
			return no
		}
	}
	known := yes
	for name, member := range v {
		if known = min(known, f.checkMember(name, member)); known == no {
			return no
		}
	}
	return known
}

func (f *fastValidator) checkObject(v jsontext.Object) verdict {
	if !f.acceptsSize(len(v)) {
		return no
	}
	for _, name := range f.required {
		if !v.Has(name) {
			return no
		}
	}
	for name, list := range f.dependent {
		if v.Has(name) && slices.ContainsFunc(list, func(other string) bool { return !v.Has(other) }) {
			return no
		}
	}
	known := yes
	for _, m := range v {
		if known = min(known, f.checkMember(m.Name, m.Value)); known == no {
			return no
		}
	}
	return known
}

func (f *fastValidator) checkMember(name string, v any) verdict {
	p := f.properties.find(name)
	declared, known := p != nil, yes
	if declared {
		known = p.check(v)
	}
	if f.memberNames != nil {
		known = min(known, f.memberNames.check(name))
	}
	for _, pattern := range f.patterns {
		if declared && pattern.value.always {
			continue // nothing more is asked of it
		}
		if pattern.name.MatchString(name) {
			declared = true
			known = min(known, pattern.value.check(v))
		}
	}
	if declared || f.additional == nil {
		return known
	}
	return min(known, f.additional.check(v))
}

func (f *fastValidator) checkArray(v []any) verdict {
	if len(v) < f.minItems || f.maxItems >= 0 && len(v) > f.maxItems {
		return no
	}
	known := yes
	for i, e := range v {
		sub := f.items
		if i < len(f.prefix) {
			sub = f.prefix[i]
		}
		if sub == nil {
			continue
		}
		if known = min(known, sub.check(e)); known == no {
			return no
		}
	}
	if f.contains != nil {
		known = min(known, f.checkContains(v))
	}
	if f.unique && len(v) > 1 {
		known = min(known, checkUnique(v))
	}
	return known
}

// checkContains counts the elements that contains speaks about.
func (f *fastValidator) checkContains(v []any) verdict {
	valid, open := 0, 0
	for _, e := range v {
		switch f.contains.check(e) {
		case yes:
			valid++
		case unsure:
			open++
		}
	}
	low := f.minFound
	if low < 0 {
		low = 1
	}
	switch {
	case valid+open < low || f.maxFound >= 0 && valid > f.maxFound:
		return no
	case valid < low || f.maxFound >= 0 && valid+open > f.maxFound:
		return unsure
	}
	return yes
}

// checkUnique knows short lists of texts, which most are.
func checkUnique(v []any) verdict {
	const few = 16
	if len(v) > few {
		return unsure
	}
	for i, e := range v {
		if _, ok := e.(string); !ok {
			return unsure
		}
		if slices.Contains(v[:i], e) {
			return no
		}
	}
	return yes
}
