package openapi

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A source is a document as it is written, and the way to the files that it refers to.
type source struct {
	name string
	data []byte
	read readFile
}

// problem is one of the whole document.
func (s source) problem(message, hint string) document.Problems {
	return document.Problems{{File: s.name, Message: message, Hint: hint}}
}

var swaggerKey = regexp.MustCompile(`(?m)^\s*\{?\s*["']?swagger["']?\s*:\s*["']?([0-9.]+)`)

// swagger says what a document of an older format is.
func swagger(version string) error {
	return fmt.Errorf("this is Swagger %s; OpenAPI 3.0 and 3.1 can be read (convert it, such as with swagger2openapi)",
		version)
}

// misfit says what a file is that is no OpenAPI document at all.
func (s source) misfit() document.Problems {
	if len(bytes.TrimSpace(s.data)) == 0 {
		return s.problem("the file is empty", "an OpenAPI document begins with openapi: 3.0.3 or 3.1.0")
	}
	if bytes.Contains(s.data, []byte("openapi")) { // which is cheap, and almost always so
		return nil
	}
	if m := swaggerKey.FindSubmatch(s.data); m != nil {
		return s.problem(swagger(string(m[1])).Error(), "")
	}
	return nil
}

// faults returns what is wrong with a document that was read, each with its place. They
// are looked for a second time, in a copy that knows its places: most documents have
// none, and places cost as much as all the rest.
func (s source) faults(p *patterns) (document.Problems, error) {
	doc, err := s.load(true)
	if err != nil {
		return nil, err
	}
	relax(doc)
	var found document.Problems
	for _, err := range validateDocument(doc, p) {
		found = append(found, s.fault(doc, err))
	}
	slices.SortStableFunc(found, func(a, b document.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	return slices.CompactFunc(found, func(a, b document.Problem) bool {
		return a.Line > 0 && a.Line == b.Line && a.Column == b.Column && a.File == b.File && a.Hint == b.Hint
	}), nil
}

// relax takes away what validation would object to, and the specification does not:
// keywords of schemas that it has no word for and path items among the components, from
// 3.1 on; and texts that are there, but empty. Such a copy is for validation only.
func relax(doc *openapi3.T) {
	if doc.IsOpenAPI31OrLater() {
		if doc.Components != nil {
			delete(doc.Components.Extensions, "pathItems")
		}
		_ = doc.WalkSchemas(func(_ string, ref *openapi3.SchemaRef) error {
			if ref != nil && ref.Value != nil {
				for name := range ref.Value.Extensions {
					if !strings.HasPrefix(name, "x-") {
						delete(ref.Value.Extensions, name)
					}
				}
			}
			return nil
		})
	}
	fill := func(text *string, o *openapi3.Origin, field string) {
		if *text == "" && isWritten(o, field) {
			*text = "empty"
		}
	}
	if doc.Info != nil {
		fill(&doc.Info.Title, doc.Info.Origin, "title")
		fill(&doc.Info.Version, doc.Info.Origin, "version")
	}
	for _, server := range doc.Servers {
		fill(&server.URL, server.Origin, "url")
		for _, variable := range server.Variables {
			fill(&variable.Default, variable.Origin, "default")
		}
	}
}

func isWritten(o *openapi3.Origin, field string) bool {
	if o == nil {
		return false
	}
	_, ok := o.Fields.Lookup(field)
	return ok
}

// fault words what validation says of a document.
func (s source) fault(doc *openapi3.T, err error) document.Problem {
	where, leaf, place := "", err, (*openapi3.Origin)(nil)
	path, method := "", ""
	for next := err; next != nil; next = errors.Unwrap(next) {
		switch e := next.(type) {
		case *openapi3.PathValidationError:
			path, where = e.Path, e.Path
			if item := doc.Paths.Value(path); item != nil {
				place = cmp.Or(item.Origin, place)
			}
		case *openapi3.OperationValidationError:
			method, where = e.Method, e.Method+" "+path
			if item := doc.Paths.Value(path); item != nil && item.GetOperation(e.Method) != nil {
				place = cmp.Or(item.GetOperation(e.Method).Origin, place)
			}
		case *openapi3.ComponentValidationError:
			where = e.Section + " " + e.Name
		case *openapi3.SectionValidationError:
			where = e.Section
		}
		place = cmp.Or(originOf(next), place)
		leaf = next
	}
	first, _, _ := strings.Cut(leaf.Error(), "\n")
	p := document.Problem{File: s.name, Message: strings.TrimPrefix(where+": "+first, ": ")}
	if place != nil && place.Key != nil {
		p.Line, p.Column = place.Key.Line, place.Key.Column
		if place.Key.File != "" {
			p.File = place.Key.File
		}
	}
	explainFault(&p, where, err, doc, path, method)
	return p
}

// originOf returns the place that an error has for itself.
func originOf(err error) *openapi3.Origin {
	v := reflect.Indirect(reflect.ValueOf(err))
	if v.Kind() != reflect.Struct {
		return nil
	}
	field := v.FieldByName("Origin")
	if !field.IsValid() {
		return nil
	}
	o, _ := field.Interface().(*openapi3.Origin)
	return o
}

// explainFault words the faults that people make, where validation's own words are about
// its program.
func explainFault(p *document.Problem, where string, err error, doc *openapi3.T, path, method string) {
	say := func(message, hint string) {
		p.Message, p.Hint = strings.TrimPrefix(where+": "+message, ": "), hint
	}
	var (
		required *openapi3.RequiredFieldError
		extra    *openapi3.ExtraSiblingFieldsError
		params   *openapi3.PathParametersError
		kind     *openapi3.SchemaTypeError
		value    *openapi3.SchemaValueError
	)
	switch {
	case errors.As(err, &params):
		var messages []string
		for _, name := range params.Missing {
			if strings.Contains(params.Path, "{"+name+"}") {
				messages = append(messages, fmt.Sprintf("path parameter %q is not declared", name))
			} else {
				messages = append(messages, fmt.Sprintf("parameter %q is not in the path", name))
			}
		}
		where = strings.TrimSpace(cmp.Or(method, params.Method) + " " + cmp.Or(path, params.Path))
		say(strings.Join(messages, "; "), "every {name} of a path has one parameter that is in: path, and is required")
	case errors.As(err, &extra):
		say("unknown key "+strings.Join(quoteAll(extra.Fields), ", "), "keys of one's own begin with x-")
	case errors.As(err, &kind):
		say(fmt.Sprintf("unknown type %q", kind.Type), "types are string, number, integer, boolean, array and object")
	case errors.As(err, &value):
		say("the "+value.ValueKind+" is not as its schema says", "")
	case errors.As(err, &required):
		say(required.Field+" is missing", "")
	}
}

func quoteAll(texts []string) []string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return quoted
}

// loadProblems words why a document can't be read: all that is wrong with the types of
// its values, all references that lead nowhere, else what the parser says.
func (s source) loadProblems(err error) error {
	if isFileError(err) {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if found := s.typeProblems(err.Error()); len(found) > 0 {
		return found
	}
	if found := document.DanglingReferences(s.name, s.data); len(found) > 0 {
		return found
	}
	message := err.Error()
	for _, prefix := range []string{"failed to unmarshal data: ", "json error: ", "yaml error: ", "yaml: ",
		"construct errors: "} {
		message = strings.TrimPrefix(message, prefix)
	}
	p := document.Problem{File: s.name, Message: message}
	if m := atLine.FindStringSubmatch(message); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Column = max(1, atoi(m[2]))
		p.Message = "this is no YAML: " + strings.TrimSpace(m[3])
	}
	return document.Problems{p}
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

var (
	atLine    = regexp.MustCompile(`(?s)line (\d+)(?:, column (\d+))?: (.*)`)
	wrongType = regexp.MustCompile(
		"line (\\d+): cannot (?:unmarshal|construct) !!(\\w+)[^\n]*? into (\\[\\]interface \\{\\}|\\S+?)(?: field \"([^\"]+)\")?(?: in (\\S+))?(?:\n|$)")
	yamlTypes = map[string]string{
		"str": "a text", "int": "a number", "float": "a number", "bool": "a truth value", "map": "a mapping",
		"seq": "a list", "null": "nothing", "timestamp": "a date",
	}
)

// typeProblems reads what the YAML parser says of values that are not of the type that a
// field has.
func (s source) typeProblems(text string) document.Problems {
	var found document.Problems
	for _, m := range wrongType.FindAllStringSubmatch(text, -1) {
		line, got := atoi(m[1]), cmp.Or(yamlTypes[m[2]], m[2])
		pointer := m[5]
		if m[4] != "" {
			pointer = strings.TrimSuffix(m[5], "/") + "/" + m[4]
		}
		p := document.Problem{File: s.name, Line: line, Column: s.column(line, jsontext.LastSegment(pointer)),
			Message: strings.TrimPrefix(pointer+": expected "+wantedType(m[3])+", not "+got, ": ")}
		if m[3] == "string" {
			p.Hint = "put quotes around it"
		}
		found = append(found, p)
	}
	return found
}

// wantedType words the type of a field.
func wantedType(field string) string {
	switch {
	case field == "string":
		return "a text"
	case field == "bool":
		return "a truth value"
	case strings.HasPrefix(field, "[]"):
		return "a list"
	case strings.HasPrefix(field, "int"), strings.HasPrefix(field, "uint"), strings.HasPrefix(field, "float"):
		return "a number"
	}
	return "a mapping"
}

// column returns where the value of a key begins in a line.
func (s source) column(line int, key string) int {
	lines := bytes.SplitN(s.data, []byte("\n"), line+1)
	if line < 1 || line > len(lines) || key == "" {
		return 1
	}
	i := bytes.Index(lines[line-1], []byte(key))
	if i < 0 {
		return 1
	}
	text := string(lines[line-1])
	after := strings.TrimLeft(text[i+len(key):], `"': `)
	return len([]rune(text[:len(text)-len(after)])) + 1
}
