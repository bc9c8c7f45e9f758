package edm

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/internal/blocktext"
)

// Parse reads the text of a model, checks it, and returns the model. The types
// may be in any order. The error is a [Problems].
func Parse(file, source string) (*Model, error) {
	p := parser{file: file}
	d := p.document(source)
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return Build(d)
}

// parser reads text and collects what is wrong with it.
type parser struct {
	file      string
	namespace string
	line      int // of what is read, 0 if unknown
	problems  Problems
}

// block is what the text says of a type.
type block struct {
	TypeDeclaration
	operations []OperationDeclaration
	imports    []ImportDeclaration
	refined    []PropertyDeclaration // of this type or inherited, as another text has them
}

// maxProblems bounds how many problems are listed.
const maxProblems = 100

func (p *parser) place(column int) Place { return Place{p.file, p.line, column} }

func (p *parser) fail(column int, hint, format string, args ...any) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, Problem{p.place(column), fmt.Sprintf(format, args...), hint})
	}
}

// document reads a whole text.
func (p *parser) document(source string) Declarations {
	d := Declarations{Aliases: map[string]string{}}
	for line := 1; source != ""; {
		end := blocktext.End(source, 0)
		p.line = line
		p.declare(&d, source[:end])
		line += strings.Count(source[:end], "\n")
		source = source[end:]
	}
	return d
}

// declare reads one block, or a line of the header.
func (p *parser) declare(d *Declarations, source string) {
	w := words{rest: blocktext.FirstLine(source)}
	switch word := w.next(); {
	case word == "" || word[0] == '#':
		w = words{}
	case word == "namespace":
		d.Namespace = w.next()
		p.namespace = d.Namespace
	case word == "alias":
		p.alias(d, &w)
	default:
		p.declareType(d, p.block(source))
		return
	}
	p.end(&w)
	if _, indented, _ := strings.Cut(source, "\n"); indented != "" {
		p.line++
		p.fail(1, "entity, complex, enum, primitive or container come before their members",
			"an indented line without a type")
	}
}

func (p *parser) alias(d *Declarations, w *words) {
	alias := w.next()
	if _, twice := d.Aliases[alias]; twice {
		p.fail(w.column, "", "alias %q is declared twice", alias)
	}
	d.Aliases[alias] = w.next()
}

// end checks that a line has no more words.
func (p *parser) end(w *words) {
	if extra := w.next(); extra != "" {
		p.fail(w.column, "", "unexpected %q", extra)
	}
}

func (p *parser) declareType(d *Declarations, b block) {
	d.Operations = append(d.Operations, b.operations...)
	if b.Kind != Container {
		d.Types = append(d.Types, b.TypeDeclaration)
		return
	}
	if d.Container != nil {
		p.problems = append(p.problems, Problem{b.Place, "a second container", "a model has one"})
		return
	}
	d.Container, d.Imports = &b.TypeDeclaration, b.imports
}

// block reads the text of a type.
func (p *parser) block(source string) block {
	line := blocktext.FirstLine(source)
	b := p.head(line)
	for source = source[len(line):]; source != ""; source = source[len(line):] {
		source = source[1:]
		line = blocktext.FirstLine(source)
		p.line += min(p.line, 1)
		if line != "" {
			p.member(&b, line)
		}
	}
	return b
}

// head reads the first line of a block.
func (p *parser) head(line string) block {
	w := words{rest: line}
	b := block{}
	word := w.next()
	b.Place = p.place(w.column)
	switch word {
	case "entity":
		b.Kind = Entity
	case "complex":
		b.Kind = Complex
	case "enum":
		b.Kind = Enum
	case "container":
		b.Kind = Container
	case "primitive":
		b.Kind = Primitive
	default:
		p.fail(w.column, "entity, complex, enum, primitive or container", "unknown kind of type %q", word)
	}
	b.Name = absolute(p.namespace, w.next())
	for word := w.next(); word != ""; word = w.next() {
		p.headWord(&b, &w, word)
	}
	return b
}

func (p *parser) headWord(b *block, w *words, word string) {
	switch key, value, _ := strings.Cut(word, "="); key {
	case ":":
		b.Base = absolute(p.namespace, w.next())
	case "abstract":
		b.Abstract = true
	case "open":
		b.Open = true
	case "stream":
		b.HasStream = true
	case "flags":
		b.IsFlags = true
	case "of":
		b.Primitive = p.primitive(w, value)
	default:
		p.fact(&b.Facts, w, word, "abstract, open, stream, flags, of=TYPE")
	}
}

func (p *parser) primitive(w *words, name string) PrimitiveKind {
	kind, ok := parsePrimitive(name)
	if !ok {
		p.fail(w.column, "such as Int32", "unknown primitive type %q", name)
	}
	return kind
}

// fact reads key=value.
func (p *parser) fact(facts *map[string]string, w *words, word, known string) {
	key, value, ok := strings.Cut(word, "=")
	if !ok || key == "" || value == "" {
		p.fail(w.column, known+" or key=value", "unknown word %q", word)
		return
	}
	if *facts == nil {
		*facts = map[string]string{}
	}
	if _, twice := (*facts)[key]; twice {
		p.fail(w.column, "", "%s is said twice", key)
	}
	(*facts)[key] = value
}

// member reads an indented line.
func (p *parser) member(b *block, line string) {
	w := words{rest: line}
	word := w.next()
	column := w.column
	if b.Kind == Enum {
		p.value(b, &w, word)
		return
	}
	switch word {
	case "key":
		b.Key = strings.Split(w.next(), ",")
	case "altkey":
		b.AlternateKeys = append(b.AlternateKeys, strings.Split(w.next(), ","))
	case "prop", "nav", "set", "one":
		b.Properties = append(b.Properties, p.property(&w, word, column))
	case "inherited":
		b.Inherited = append(b.Inherited, p.inherited(&w, column))
	case "bind":
		p.bind(b, &w)
	case "action", "action*", "function", "function*":
		b.operations = append(b.operations, p.operation(b, &w, word))
	case "import":
		at := p.place(column)
		b.imports = append(b.imports, ImportDeclaration{w.next(), absolute(p.namespace, w.next()), w.next(), at})
	default:
		p.fail(column, "key, altkey, inherited, prop, nav, set, one, bind, action, function or import",
			"unknown kind of member %q", word)
		return
	}
	p.end(&w)
}

func (p *parser) value(b *block, w *words, name string) {
	column := w.column
	n, err := strconv.ParseInt(w.next(), 10, 64)
	if err != nil || w.next() != "" {
		p.fail(column, "a name and a number", "broken member %q", name)
	}
	b.Members = append(b.Members, Member{name, n})
}

func (p *parser) bind(b *block, w *words) {
	if len(b.Properties) == 0 {
		p.fail(w.column, "it stands below a set or one", "bind of nothing")
		return
	}
	last := &b.Properties[len(b.Properties)-1]
	last.Bindings = append(last.Bindings, Binding{w.next(), w.next()})
}

func (p *parser) property(w *words, word string, column int) PropertyDeclaration {
	d := PropertyDeclaration{Name: w.next(), Navigation: word != "prop", Place: p.place(column)}
	d.Type, d.Collection, d.Nullable = p.reference(w, w.next())
	d.Collection = d.Collection || word == "set"
	for word := w.next(); word != ""; word = w.next() {
		p.propertyWord(&d, w, word)
	}
	return d
}

func (p *parser) propertyWord(d *PropertyDeclaration, w *words, word string) {
	switch key, value, _ := strings.Cut(word, "="); key {
	case "contained":
		d.Contained = true
	case "partner":
		d.Partner = value
	case "scale":
		d.Scale = value
	case "maxlength":
		d.MaxLength = p.number(w, value)
	case "precision":
		d.Precision = p.number(w, value)
	case "default":
		d.Default = p.quoted(w, value)
	default:
		if !p.usageWord(&d.Usage, w, word) {
			p.fact(&d.Facts, w, word, "contained, partner=, default=, maxlength=, precision=, scale=, "+usageWords)
		}
	}
}

func (p *parser) inherited(w *words, column int) InheritedDeclaration {
	d := InheritedDeclaration{Name: w.next(), Place: p.place(column)}
	for word := w.next(); word != ""; word = w.next() {
		if !p.usageWord(&d.Usage, w, word) {
			p.fail(w.column, usageWords, "unknown word %q", word)
		}
	}
	return d
}

// usageWords are the words that usageWord reads.
const usageWords = "selectonly, readonly, required, sortable, searchable, filter="

// usageWord reads how a property is used. It reports whether the word tells of it.
func (p *parser) usageWord(u *Usage, w *words, word string) bool {
	switch key, value, _ := strings.Cut(word, "="); key {
	case "selectonly":
		u.SelectOnly = true
	case "readonly":
		u.ReadOnly = true
	case "required":
		u.Required = true
	case "sortable":
		u.Sortable = true
	case "searchable":
		u.Searchable = true
	case "filter":
		var ok bool
		if u.Filter, ok = parseOperators(value); !ok {
			p.fail(w.column, "such as eq,ne,startswith, or any", "broken operators %q", value)
		}
	default:
		return false
	}
	return true
}

func (p *parser) number(w *words, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		p.fail(w.column, "a number above 0", "broken number %q", text)
	}
	return n
}

func (p *parser) quoted(w *words, text string) *string {
	var s string
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		p.fail(w.column, `it is quoted, as in default="x"`, "broken text %s", text)
	}
	return &s
}

// reference reads the name of a type with what follows it.
func (p *parser) reference(w *words, word string) (name string, collection, nullable bool) {
	name, collection = strings.CutSuffix(word, "*")
	name, nullable = strings.CutSuffix(name, "?")
	if name == "" {
		p.fail(w.column, "", "a type is missing")
	}
	return absolute(p.namespace, name), collection, nullable
}

// operation reads what follows action or function.
func (p *parser) operation(b *block, w *words, word string) OperationDeclaration {
	kind, collection := strings.CutSuffix(word, "*")
	d := OperationDeclaration{Action: kind == "action", Bound: b.Kind != Container, Place: p.place(w.column)}
	name, params, ok := w.call()
	if !ok {
		p.fail(w.column, "NAME(PARAMETER TYPE, ...)", "parentheses are missing")
		return d
	}
	d.Name = absolute(p.namespace, name)
	if d.Bound {
		d.Params = append(d.Params, ParameterDeclaration{
			Name: bindingParameter, Type: b.Name, Collection: collection, Place: d.Place,
		})
	}
	for param := range strings.SplitSeq(params, ", ") {
		if param != "" {
			d.Params = append(d.Params, p.parameter(w.column, param))
		}
	}
	for word := w.next(); word != ""; word = w.next() {
		p.operationWord(&d, w, word)
	}
	return d
}

// bindingParameter is the usual name of the first parameter of bound operations.
const bindingParameter = "bindingParameter"

func (p *parser) operationWord(d *OperationDeclaration, w *words, word string) {
	switch key, value, _ := strings.Cut(word, "="); key {
	case "->":
		d.Returns = &ReturnDeclaration{Place: p.place(w.column)}
		d.Returns.Type, d.Returns.Collection, d.Returns.Nullable = p.reference(w, w.next())
	case "composable":
		d.Composable = true
	case "path":
		d.EntitySetPath = value
	case "binding":
		if d.Bound {
			d.Params[0].Name = value
		}
	default:
		p.fact(&d.Facts, w, word, "-> TYPE, composable, path=, binding=")
	}
}

func (p *parser) parameter(column int, source string) ParameterDeclaration {
	w := words{rest: source}
	d := ParameterDeclaration{Name: w.next(), Place: p.place(column)}
	d.Type, d.Collection, d.Nullable = p.reference(&w, w.next())
	switch word := w.next(); word {
	case "":
	case "optional":
		d.Optional = true
	default:
		p.fail(column, "optional", "unknown word %q", word)
	}
	return d
}

// words cuts a line at its spaces; those between quotes do not count.
type words struct {
	rest   string
	column int // of the last word, from 1
	end    int
}

// next returns the next word, "" at the end.
func (w *words) next() string {
	w.skipSpaces()
	n := wordLength(w.rest)
	return w.take(n)
}

// call returns a name and what stands in the parentheses after it.
func (w *words) call() (name, params string, ok bool) {
	w.skipSpaces()
	open := strings.IndexByte(w.rest, '(')
	end := strings.IndexByte(w.rest, ')')
	if open < 0 || end < open {
		return "", "", false
	}
	all := w.take(end + 1)
	return all[:open], all[open+1 : end], true
}

func (w *words) skipSpaces() {
	trimmed := strings.TrimLeft(w.rest, " ")
	w.end += len(w.rest) - len(trimmed)
	w.rest = trimmed
}

func (w *words) take(n int) string {
	word := w.rest[:n]
	w.rest = w.rest[n:]
	w.column = w.end + 1
	w.end += n
	return word
}

// wordLength returns how long the first word is.
func wordLength(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			quoted = !quoted
		case '\\':
			if quoted {
				i++
			}
		case ' ':
			if !quoted {
				return i
			}
		}
	}
	return len(s)
}
