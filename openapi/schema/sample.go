package schema

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A sample is bounded as a whole, whatever its schema asks for.
const (
	maxSampleValues = 20_000  // made for it, those included that were dropped again
	maxSampleBytes  = 1 << 20 // of its texts
	maxDepth        = 16      // of values in each other, and of schemas that refer to each other
)

// sampleTries is how often a value is drawn anew when a keyword that drawing does
// not know, such as not, rejects it.
const sampleTries = 8

var (
	errEndless  = errors.New("the schema contains itself without end")
	errTooLarge = fmt.Errorf("a sample has at most %d values and %d bytes of text, and the schema wants more",
		maxSampleValues, maxSampleBytes)
)

// Sample makes up a value that fits the schema: an object has every required
// property, and of the others those that are neither objects nor arrays. The same
// source gives the same sample. The error says what can't be made up, or that the
// context is done.
//
// Of a oneOf whose branches can't be told apart, so that no value fits exactly one,
// a sample fits several.
func (s *Schema) Sample(ctx context.Context, random *rand.Rand) (any, error) {
	return s.sample(ctx, random, false)
}

// Example returns a value as the document shows it: the example of the schema, or of
// what it is made of, as far as it fits; the default; the first value of an enum, and
// the first branch of a union. What is left is made up as by Sample.
func (s *Schema) Example(ctx context.Context, random *rand.Rand) (any, error) {
	return s.sample(ctx, random, true)
}

func (s *Schema) sample(ctx context.Context, random *rand.Rand, shown bool) (any, error) {
	root := s.document()
	g := sampler{schema: s, ctx: ctx, random: random, shown: shown, values: maxSampleValues, bytes: maxSampleBytes}
	var problems []Problem
	for range sampleTries {
		v, err := g.value([]map[string]any{root}, nil, 0)
		if err != nil {
			if broken := s.Compile(); broken != nil {
				return nil, broken
			}
			return nil, err
		}
		if problems, err = s.Validate(v); err != nil || len(problems) == 0 {
			return v, err
		}
		if g.ambiguous && !slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule != "oneOf" }) {
			return v, nil
		}
	}
	return nil, noneFits(problems[0].Pointer + " " + problems[0].Message)
}

func noneFits(why string) error { return errors.New("no sample fits the schema: " + why) }

// A sampler makes up values for a translated schema.
type sampler struct {
	schema *Schema
	ctx    context.Context
	random *rand.Rand
	shown  bool // what the document shows goes first

	values, bytes int      // how many may still be made
	refs          []string // that led to the value being made
	ambiguous     bool     // a value fits several branches of a oneOf
}

// spend counts what is made. Its error ends the sample.
func (g *sampler) spend(values, bytes int) error {
	if values > g.values || bytes > g.bytes {
		g.values, g.bytes = 0, 0
		return errTooLarge
	}
	g.values -= values
	g.bytes -= bytes
	if g.values%64 == 0 {
		return g.ctx.Err()
	}
	return nil
}

// isFinal reports whether an error ends the sample: another branch won't help.
func (g *sampler) isFinal(err error) bool {
	return errors.Is(err, errTooLarge) || err != nil && g.ctx.Err() != nil
}

// value makes up a value that fits all of nodes. The hints are values that an example
// of an object around it has there.
func (g *sampler) value(nodes []map[string]any, hints []any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errEndless
	}
	if err := g.spend(1, 0); err != nil {
		return nil, err
	}
	defer func(n int) { g.refs = g.refs[:n] }(len(g.refs))
	all := conjunction{hints: hints}
	for _, node := range nodes {
		if err := g.unfold(&all, node); err != nil {
			return nil, err
		}
	}
	s := search{sampler: g, wanted: nodes, depth: depth}
	v, err := s.branch(all)
	switch {
	case err == nil || g.isFinal(err):
		return v, err
	case s.overlaps:
		g.ambiguous = true
		return s.overlap, nil
	}
	return nil, err
}

// A search looks for a value of one place, branch by branch of the unions there.
type search struct {
	*sampler
	wanted []map[string]any
	depth  int

	overlaps bool // a value fits but for a oneOf of which it fits several branches
	overlap  any
}

// branch resolves the first choice of a conjunction, then the next; without any, it
// makes up a value.
func (s *search) branch(all conjunction) (any, error) {
	if len(all.choices) == 0 {
		return s.build(all)
	}
	options := s.order(all.choices[0])
	all.choices = all.choices[1:]
	var first error
	for _, option := range options {
		next := all.clone()
		v, err := any(nil), error(nil)
		for _, node := range option.nodes {
			if err = s.unfold(&next, node); err != nil {
				break
			}
		}
		if err == nil {
			v, err = s.branch(next)
		}
		if err == nil || s.isFinal(err) {
			return v, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// build makes up a value of each type that fits, until one does.
func (s *search) build(all conjunction) (any, error) {
	n := len(s.refs)
	s.refs = append(s.refs, all.refs...)
	defer func() { s.refs = s.refs[:n] }()

	fixed, isFixed := all.fixedValues()
	if s.shown {
		for _, v := range all.examples() {
			if ok, err := s.take(v); ok || err != nil {
				return v, err
			}
		}
	}
	if isFixed {
		return s.oneOf(fixed)
	}
	kinds := all.kinds()
	if len(kinds) == 0 {
		return nil, noneFits("its parts want different types")
	}
	var first error
	for _, kind := range kinds {
		for try := range sampleTries {
			v, err := s.ofKind(kind, all, try)
			if err == nil {
				var ok bool
				if ok, err = s.take(v); ok {
					return v, nil
				}
			}
			if s.isFinal(err) {
				return nil, err
			}
			if first == nil {
				first = err
			}
			if err != nil { // another try won't help
				break
			}
		}
	}
	if first == nil {
		first = noneFits("something forbids what the rest allows")
	}
	return nil, first
}

// take reports whether a value is one that is looked for, or at least not known to be
// none.
func (s *search) take(v any) (bool, error) {
	if err := s.spend(1, 0); err != nil {
		return false, err
	}
	if !s.ambiguous && s.fits(s.wanted, v, false) {
		return true, nil
	}
	if !s.fits(s.wanted, v, true) {
		return false, nil
	}
	if s.ambiguous {
		return true, nil
	}
	if !s.overlaps {
		s.overlaps, s.overlap = true, v
	}
	return false, nil
}

// fits reports whether no node surely rejects a value. If loose, a value may fit
// several branches of a oneOf.
func (g *sampler) fits(nodes []map[string]any, v any, loose bool) bool {
	return !slices.ContainsFunc(nodes, func(node map[string]any) bool {
		return g.schema.part(node, loose).check(v) == no
	})
}

// oneOf returns one of a few values.
func (s *search) oneOf(values []any) (any, error) {
	start := 0
	if !s.shown && len(values) > 0 {
		start = s.random.IntN(len(values))
	}
	for i := range values {
		v := values[(start+i)%len(values)]
		if err := s.spend(0, 16); err != nil {
			return nil, err
		}
		value, err := jsontext.ValueOf(v)
		if err != nil {
			continue
		}
		if ok, err := s.take(value); ok || err != nil {
			return value, err
		}
	}
	return nil, noneFits("something forbids every value of its enum")
}

// order returns the options of a choice as they are tried: from one that is drawn, or
// from the first; those that lead back to where the sample is, and null, last.
func (s *search) order(options []option) []option {
	start := 0
	if !s.shown && len(options) > 0 {
		start = s.random.IntN(len(options))
	}
	rank := func(o option) int {
		switch {
		case o.isNull():
			return 1
		case s.recurs(o.nodes, maxDepth):
			return 2
		case o.last:
			return 3
		}
		return 0
	}
	ordered := slices.Concat(options[start:], options[:start])
	slices.SortStableFunc(ordered, func(a, b option) int { return rank(a) - rank(b) })
	return ordered
}

// recurs reports whether schemas refer to one that the sample is already inside of.
func (g *sampler) recurs(nodes []map[string]any, depth int) bool {
	if depth == 0 {
		return true
	}
	for _, node := range nodes {
		if ref, _ := node["$ref"].(string); ref != "" && slices.Contains(g.refs, ref) {
			return true
		}
		if list := nodesOf(node["allOf"]); len(list) > 0 && g.recurs(list, depth-1) {
			return true
		}
		for _, keyword := range []string{"anyOf", "oneOf"} {
			list := nodesOf(node[keyword])
			if len(list) > 0 && !slices.ContainsFunc(list, func(n map[string]any) bool {
				return !g.recurs([]map[string]any{n}, depth-1)
			}) {
				return true
			}
		}
	}
	return false
}

// ofKind makes up a value of one JSON type. Later tries are made otherwise.
func (s *search) ofKind(kind string, all conjunction, try int) (any, error) {
	switch kind {
	case "object":
		return s.object(all, s.depth, try)
	case "array":
		return s.array(all, s.depth)
	case "integer", "number":
		return s.number(all, kind, try)
	case "boolean":
		if try == 0 {
			return s.random.IntN(2) == 1, nil
		}
		return try%2 == 1, nil
	case "null":
		return nil, nil
	}
	return s.text(all, try)
}

// object makes up an object. Later tries have the required properties only, the last one
// all that are declared.
func (g *sampler) object(all conjunction, depth, try int) (any, error) {
	low, high := all.atLeast("minProperties"), all.atMost("maxProperties")
	if low > g.values {
		return nil, fmt.Errorf("an object of at least %d properties is larger than a sample gets", low)
	}
	required := all.required()
	hints := all.exampleObjects()
	out := map[string]any{}
	for _, name := range required {
		nodes, allowed := all.member(name)
		if !allowed {
			return nil, fmt.Errorf("property %s: required, and not allowed", jsontext.Quote(name))
		}
		v, err := g.value(nodes, members(hints, name), depth+1)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", jsontext.Quote(name), err)
		}
		out[name] = v
	}
	declared := all.declared()
	add := func(name string, isWanted func([]map[string]any, []any) bool) error {
		nodes, allowed := all.member(name)
		given := members(hints, name)
		if _, has := out[name]; has || !allowed || !isWanted(nodes, given) {
			return nil
		}
		v, err := g.value(nodes, given, depth+1)
		if err == nil {
			out[name] = v
		}
		if g.isFinal(err) {
			return err
		}
		return nil
	}
	always := func([]map[string]any, []any) bool { return true }
	wanted := g.isWorthwhile
	if try == sampleTries-1 {
		wanted = always
	}
	if try < sampleTries/2 || try == sampleTries-1 {
		for _, name := range declared {
			if len(out) >= high || all.calls(name) {
				continue
			}
			if err := add(name, wanted); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range declared {
		if len(out) >= low {
			break
		}
		if err := add(name, always); err != nil {
			return nil, err
		}
	}
	for tries := 0; len(out) < low && tries < 8*low+8; tries++ {
		name, err := g.name(all, depth, tries)
		if err != nil {
			return nil, err
		}
		if err := add(name, always); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// isWorthwhile reports whether a property that need not be there is worth making
// up: it is a scalar with a type, or the document shows one.
func (g *sampler) isWorthwhile(nodes []map[string]any, hints []any) bool {
	all := conjunction{hints: hints}
	for _, node := range nodes {
		if g.unfold(&all, node) != nil {
			return false
		}
	}
	if g.schema.options.Side == Response && all.has(writeOnly, true) {
		return false
	}
	if g.shown && len(all.examples()) > 0 {
		return true
	}
	return g.isPlain(all, maxDepth)
}

// isPlain reports whether a value is a scalar, whatever branch is taken.
func (g *sampler) isPlain(all conjunction, depth int) bool {
	typed := false
	if fixed, ok := all.fixedValues(); ok {
		return !slices.ContainsFunc(fixed, isNested)
	}
	if all.isTyped() {
		kinds := all.kinds()
		if len(kinds) == 0 || kinds[0] == "object" || kinds[0] == "array" {
			return false
		}
		typed = true
	}
	for _, choice := range all.choices {
		for _, option := range choice {
			branch := conjunction{}
			for _, node := range option.nodes {
				if depth == 0 || g.unfold(&branch, node) != nil {
					return false
				}
			}
			if len(branch.nodes) == 0 && len(branch.choices) == 0 || typed && !branch.isTyped() {
				continue
			}
			if !g.isPlain(branch, depth-1) {
				return false
			}
			typed = true
		}
	}
	return typed
}

func isNested(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// name makes up the name of a property that is not declared.
func (g *sampler) name(all conjunction, depth, try int) (string, error) {
	if patterns := all.namePatterns(); len(patterns) > 0 && try%2 == 0 {
		return g.matching(patterns[try/2%len(patterns)], 0)
	}
	if nodes := all.under("propertyNames"); len(nodes) > 0 {
		v, err := g.value(nodes, nil, depth+1)
		if text, ok := v.(string); ok || err != nil {
			return text, err
		}
	}
	if try < len(sampleWords) {
		return g.word(), nil
	}
	return fmt.Sprint(g.word(), try), nil
}

// array makes up an array: of one element, if it may be, and otherwise as short as it
// can be. Where its elements lead back to where the sample is, it is empty.
func (g *sampler) array(all conjunction, depth int) (any, error) {
	low, high := all.atLeast("minItems"), all.atMost("maxItems")
	prefix, found := all.prefixes(), all.atLeast("minContains")
	contains := all.under("contains")
	if len(contains) > 0 && !all.has("minContains", 0.0) {
		found = max(found, 1)
	} else {
		found = 0
	}
	if max(low, found) > g.values {
		return nil, fmt.Errorf("a list of at least %d elements is longer than a sample gets", max(low, found))
	}
	count := max(low, len(prefix), found)
	if count == 0 && !g.recurs(all.element(0), maxDepth) {
		count = 1
	}
	count = min(count, high)
	unique := all.has("uniqueItems", true)
	if unique { // what checks them compares each with each
		if err := g.spend(count*count/200, 0); err != nil {
			return nil, err
		}
	}
	list := make([]any, 0, count)
	seen := map[string]bool{}
	for i := range count {
		nodes := all.element(i)
		if i >= count-found {
			nodes = slices.Concat(nodes, contains)
		}
		v, err := g.element(nodes, depth, unique, seen)
		switch {
		case g.isFinal(err):
			return nil, err
		case err != nil && i >= low && found == 0:
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("items: %w", err)
		}
		list = append(list, v)
	}
	return list, nil
}

// element makes up an element of an array, one that is not there yet if they have to be
// unique.
func (g *sampler) element(nodes []map[string]any, depth int, unique bool, seen map[string]bool) (any, error) {
	const tries = 100
	for range tries {
		v, err := g.value(nodes, nil, depth+1)
		if err != nil || !unique {
			return v, err
		}
		if text := string(jsontext.Append(nil, v)); !seen[text] {
			seen[text] = true
			return v, nil
		}
		if g.shown { // once; then the rest differs
			defer func() { g.shown = true }()
			g.shown = false
		}
	}
	return nil, errors.New("there are too few values that differ")
}

// members returns the values that objects have for a name.
func members(objects []map[string]any, name string) []any {
	var values []any
	for _, object := range objects {
		if v, ok := object[name]; ok {
			values = append(values, v)
		}
	}
	return values
}

// sortedKeys returns the names of a map of schemas.
func sortedKeys(v any) []string {
	m, _ := v.(map[string]any)
	return slices.Sorted(maps.Keys(m))
}
