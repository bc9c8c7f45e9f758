package odata

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// The oracle makes random filters as text, together with a second and simpler
// way to evaluate them: closures over nil, bool, string, *big.Rat and time.Time.

// phrase is an expression of the oracle.
type phrase struct {
	text    string
	binding int // 1 or, 2 and, 3 equality, 4 relation, 5 not, 6 anything else
	eval    func(names map[string]any) any
}

type oracle struct {
	*rand.Rand
	variables []string // of lambdas around, innermost last
}

func (o *oracle) pick(list ...string) string { return list[o.IntN(len(list))] }

// shout changes the case of a word, which must not matter.
func (o *oracle) shout(word string) string {
	return o.pick(word, word, strings.ToUpper(word), strings.ToUpper(word[:1])+word[1:])
}

func (o *oracle) space() string { return o.pick("", "", " ", "\t ") }

// in writes an operand that must bind at least so tightly, with parentheses where
// they are needed and sometimes where they are not.
func (o *oracle) in(p phrase, least int) string {
	if p.binding < least || o.IntN(8) == 0 {
		return "(" + o.space() + p.text + o.space() + ")"
	}
	return p.text
}

func (o *oracle) condition(depth int) phrase {
	if depth == 0 {
		return o.flag()
	}
	switch o.IntN(9) {
	case 0, 1:
		return o.joined(depth)
	case 2:
		p := o.condition(depth - 1)
		return phrase{o.shout("not") + " " + o.in(p, 5), 5, func(n map[string]any) any {
			if b, ok := p.eval(n).(bool); ok {
				return !b
			}
			return nil
		}}
	case 3:
		return o.among(depth)
	case 4:
		if len(o.variables) < 3 {
			return o.lambda(depth)
		}
		return o.comparison(depth)
	case 5:
		a, b := o.words(depth-1), o.words(depth-1)
		name := o.pick("contains", "startswith", "endswith")
		does := map[string]func(a, b string) bool{
			"contains": strings.Contains, "startswith": strings.HasPrefix, "endswith": strings.HasSuffix,
		}[name]
		return o.function(name, func(args []any) any { return does(args[0].(string), args[1].(string)) }, a, b)
	}
	return o.comparison(depth)
}

// root is the start of a path: the entity or a variable.
func (o *oracle) root() string {
	if i := o.IntN(len(o.variables) + 1); i > 0 {
		return o.variables[i-1] + "/"
	}
	return ""
}

func (o *oracle) path(name string) phrase {
	root := o.root()
	return phrase{root + o.shout(name), 6, func(names map[string]any) any {
		entity := names[root].(map[string]any)
		switch v := entity[name].(type) {
		case json.Number:
			n, _ := new(big.Rat).SetString(string(v))
			return n
		case string:
			if at, err := time.Parse(time.RFC3339, v); err == nil {
				return at
			}
			return v
		default:
			return v
		}
	}}
}

func literal(text string, v any) phrase {
	return phrase{text, 6, func(map[string]any) any { return v }}
}

func (o *oracle) flag() phrase {
	if o.IntN(3) > 0 {
		return o.path("flag")
	}
	text := o.pick("true", "false", "null")
	return literal(o.shout(text), map[string]any{"true": true, "false": false, "null": nil}[text])
}

func (o *oracle) words(depth int) phrase {
	if depth > 0 && o.IntN(2) == 0 {
		a := o.words(depth - 1)
		switch o.IntN(4) {
		case 0:
			return o.function("concat", func(args []any) any { return args[0].(string) + args[1].(string) }, a,
				o.words(depth-1))
		case 1:
			return o.function("toupper", func(args []any) any { return strings.ToUpper(args[0].(string)) }, a)
		case 2:
			return o.function("substring", func(args []any) any {
				runes := []rune(args[0].(string))
				from, _ := args[1].(*big.Rat).Float64()
				return string(runes[min(len(runes), max(0, int(from))):])
			}, a, o.whole())
		}
		return o.function("trim", func(args []any) any { return strings.TrimSpace(args[0].(string)) }, a)
	}
	if o.IntN(2) == 0 {
		return o.path("word")
	}
	v := o.pick("", "a", "b", "ab", "it's", " é ", "B")
	return literal("'"+strings.ReplaceAll(v, "'", "''")+"'", v)
}

func (o *oracle) whole() phrase {
	text := o.pick("-1", "0", "1", "2", "007", "9007199254740993")
	n, _ := new(big.Rat).SetString(text)
	return literal(text, n)
}

func (o *oracle) numbers(depth int) phrase {
	if depth > 0 && o.IntN(3) == 0 {
		a := o.words(depth - 1)
		if o.IntN(2) == 0 {
			return o.function("length",
				func(args []any) any { return big.NewRat(int64(len([]rune(args[0].(string)))), 1) }, a)
		}
		return o.function("indexof", func(args []any) any {
			before, _, found := strings.Cut(args[0].(string), args[1].(string))
			if !found {
				return big.NewRat(-1, 1)
			}
			return big.NewRat(int64(len([]rune(before))), 1)
		}, a, o.words(depth-1))
	}
	switch o.IntN(3) {
	case 0:
		return o.path("size")
	case 1:
		return o.whole()
	}
	text := o.pick("1.0", "0.50", "5e-1", "-0.0", "2E0", "90071992547409930e-1", "1e2", "100", "-1.5")
	n, _ := new(big.Rat).SetString(text)
	return literal(text, n)
}

func (o *oracle) times(depth int) phrase {
	if depth > 0 && o.IntN(4) == 0 {
		return o.function("date", func(args []any) any { return args[0].(time.Time).UTC().Truncate(24 * time.Hour) },
			o.times(depth-1))
	}
	if o.IntN(2) == 0 {
		return o.path("time")
	}
	text := o.pick("2018-02-26T18:06:19.365Z", "2018-02-26T19:06:19.3650001+01:00", "2018-02-26T00:00:00Z",
		"2018-02-27T00:00:00.000000001-01:30")
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return literal(text, at)
}

// function is a call that is null if an argument is.
func (o *oracle) function(name string, does func(args []any) any, args ...phrase) phrase {
	var texts []string
	for _, arg := range args {
		texts = append(texts, o.space()+arg.text+o.space())
	}
	return phrase{o.shout(name) + "(" + strings.Join(texts, ",") + ")", 6, func(names map[string]any) any {
		var values []any
		for _, arg := range args {
			values = append(values, arg.eval(names))
		}
		if slices.Contains(values, nil) {
			return nil
		}
		return does(values)
	}}
}

func (o *oracle) joined(depth int) phrase {
	and := o.IntN(2) == 0
	word, binding := "or", 1
	if and {
		word, binding = "and", 2
	}
	a, b := o.condition(depth-1), o.condition(depth-1)
	text := o.in(a, binding) + " " + o.shout(word) + " " + o.in(b, binding)
	return phrase{text, binding, func(names map[string]any) any {
		x, y := a.eval(names), b.eval(names)
		switch {
		case x == !and || y == !and:
			return !and
		case x == nil || y == nil:
			return nil
		}
		return and
	}}
}

// operand is of any kind, the same for the same number.
func (o *oracle) operand(kind, depth int) phrase {
	switch kind {
	case 0:
		return o.words(depth)
	case 1:
		return o.numbers(depth)
	case 2:
		return o.times(depth)
	}
	return o.condition(depth)
}

func (o *oracle) comparison(depth int) phrase {
	kind := o.IntN(4)
	a, b := o.operand(kind, depth-1), o.operand(kind, depth-1)
	word, binding := o.pick("eq", "ne", "gt", "ge", "lt", "le"), 4
	if word == "eq" || word == "ne" {
		binding = 3
	}
	text := o.in(a, binding) + " " + o.shout(word) + " " + o.in(b, binding+1)
	return phrase{text, binding, func(names map[string]any) any {
		return holds(word, a.eval(names), b.eval(names))
	}}
}

func holds(word string, a, b any) bool {
	if a == nil || b == nil {
		return word == "eq" && a == b || word == "ne" && a != b
	}
	order := 0
	switch a := a.(type) {
	case string:
		order = strings.Compare(a, b.(string))
	case *big.Rat:
		order = a.Cmp(b.(*big.Rat))
	case time.Time:
		order = a.Compare(b.(time.Time))
	case bool:
		if a != b.(bool) {
			order = -1
			if a {
				order = 1
			}
		}
	}
	return map[string]bool{"eq": order == 0, "ne": order != 0, "gt": order > 0, "ge": order >= 0, "lt": order < 0,
		"le": order <= 0}[word]
}

func (o *oracle) among(depth int) phrase {
	a := o.numbers(depth - 1)
	var list []phrase
	var texts []string
	for range 1 + o.IntN(3) {
		p := o.whole()
		if o.IntN(4) == 0 {
			p = literal("null", nil)
		}
		list, texts = append(list, p), append(texts, p.text)
	}
	return phrase{o.in(a, 4) + " " + o.shout("in") + o.space() + "(" + strings.Join(texts, o.space()+",") + ")", 4,
		func(names map[string]any) any {
			return slices.ContainsFunc(list, func(p phrase) bool { return holds("eq", a.eval(names), p.eval(nil)) })
		}}
}

func (o *oracle) lambda(depth int) phrase {
	root := ""
	if len(o.variables) > 0 {
		root = o.variables[len(o.variables)-1] + "/"
	}
	variable := fmt.Sprintf("v%d", len(o.variables))
	o.variables = append(o.variables, variable)
	body := o.condition(depth - 1)
	o.variables = o.variables[:len(o.variables)-1]
	all := o.IntN(2) == 0
	word := "any"
	if all {
		word = "all"
	}
	return phrase{root + "children/" + o.shout(word) + "(" + variable + ":" + o.space() + body.text + ")", 6,
		func(names map[string]any) any {
			children, _ := names[root].(map[string]any)["children"].([]any)
			for _, child := range children {
				names[variable+"/"] = child
				if (body.eval(names) == true) != all {
					return !all
				}
			}
			return all
		}}
}

func (o *oracle) entity(depth int) map[string]any {
	entity := map[string]any{}
	for name, values := range map[string][]any{
		"flag": {true, false, nil},
		"word": {"", "a", "B", "it's", " é ", nil},
		"size": {json.Number("0"), json.Number("1.5"), json.Number("2"), json.Number("9007199254740993"),
			json.Number("1E2"), nil},
		"time": {"2018-02-26T18:06:19.365Z", "2018-02-26T00:00:00Z", "2018-02-27T01:30:00Z", nil},
	} {
		if i := o.IntN(len(values) + 1); i < len(values) {
			entity[name] = values[i]
		}
	}
	if depth > 0 && o.IntN(5) > 0 {
		children := []any{}
		for range o.IntN(3) {
			children = append(children, o.entity(depth-1))
		}
		entity["children"] = children
	}
	return entity
}

func TestFiltersAgreeWithASecondImplementation(t *testing.T) {
	t.Parallel()
	of := typeOf("namespace a\ncomplex node\n prop flag Boolean\n prop word String\n prop size Double\n prop time "+
		"DateTimeOffset\n prop children node*\n", "a.node")
	matches := 0
	for seed := range uint64(2_000) {
		o := &oracle{Rand: rand.New(rand.NewPCG(seed, 0))}
		p := o.condition(1 + o.IntN(5))
		f, err := ParseFilter(p.text, of, Settings{})
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, p.text, err)
		}
		again, err := ParseFilter(f.String(), of, Settings{})
		if err != nil || !reflect.DeepEqual(f, again) {
			t.Fatalf("seed %d: %s is another filter than %s: %v", seed, f, p.text, err)
		}
		for range 4 {
			entity := o.entity(3)
			want := p.eval(map[string]any{"": entity}) == true
			if got := f.Matches(entity); got != want {
				text, _ := json.Marshal(entity)
				t.Fatalf("seed %d: %s\nof %s: got %v, want %v", seed, p.text, text, got, want)
			}
			matches += asInt(want)
		}
	}
	if matches < 1_000 || matches > 7_000 {
		t.Errorf("%d of 8,000 match: the filters are too easy", matches)
	}
}
