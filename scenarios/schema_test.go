package scenarios

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/graphmock/graphmock/openapi/document"
)

func compiledSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	const url = "https://github.com/graphmock/graphmock/scenarios/scenario.schema.json"
	if err := c.AddResource(url, bytes.NewReader(Schema())); err != nil {
		t.Fatal(err)
	}
	c.ExtractAnnotations = true
	s, err := c.Compile(url)
	if err != nil {
		t.Fatalf("%#v", err)
	}
	return s
}

func TestLibraryIsValidByTheSchema(t *testing.T) {
	t.Parallel()
	s := compiledSchema(t)
	names, err := fs.Glob(Library(), "*.yaml")
	if err != nil || len(names) != 15 {
		t.Fatalf("library has %d files, %v", len(names), err)
	}
	for _, name := range names {
		node, problems := document.Load(Library(), name)
		v, more := node.Value(nil)
		if err := append(problems, more...).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

// Some mistakes only the loader can see: those that need the contract, another
// rule or another file.
var beyondTheSchema = map[string]string{
	"ties.yaml":                          "compares rules",
	"duplicate-id.yaml":                  "compares rules",
	"unknown-state.yaml":                 "compares rules",
	"unknown-operation.yaml":             "needs the contract",
	"unknown-pattern.yaml":               "needs the contract",
	"unknown-parameter.yaml":             "needs the contract",
	"unknown-option.yaml":                "needs the contract",
	"unknown-body-property.yaml":         "needs the contract",
	"unknown-example.yaml":               "needs the contract",
	"off-contract-body.yaml":             "needs the contract",
	"off-contract-status.yaml":           "needs the contract",
	"off-contract-header.yaml":           "needs the contract",
	"off-contract-patch.yaml":            "needs the contract",
	"bad-expression.yaml":                "compiles expressions",
	"unclosed-expression.yaml":           "compiles expressions",
	"expression-in-condition.yaml":       "looks into texts",
	"after-single.yaml":                  "asks for after by the shape of reply",
	"body-file-outside.yaml":             "reads files",
	"body-file-missing.yaml":             "reads files",
	"bad-regexp.yaml":                    "compiles regular expressions",
	"bad-bound.yaml":                     "reads dates",
	"bad-schema.yaml":                    "compiles schemas",
	"max-below-min.yaml":                 "compares durations",
	"times-without-after.yaml":           "asks for after by the shape of reply",
	"operation-by-last-part.yaml":        "needs the contract",
	"pattern-with-host.yaml":             "needs the contract",
	"pattern-with-host-and-options.yaml": "needs the contract",
	"pattern-with-ids.yaml":              "needs the contract",
	"pattern-with-options.yaml":          "needs the contract",
	"yaml-alias.yaml":                    "YAML itself",
	"yaml-date.yaml":                     "YAML itself",
	"yaml-comment.yaml":                  "YAML itself",
	"yaml-octal.yaml":                    "YAML itself",
	"yaml-duplicate-key.yaml":            "YAML itself",
	"random-with-after.yaml":             "asks for after by the order",
	"header-name.yaml":                   "knows what HTTP can carry",
	"empty-reply.yaml":                   "a reply that only repeats nothing",
	"service-with-patch-of-204.yaml":     "needs the contract",
}

// The schema is for editors, the loader for messages: a file that one rejects,
// the other has to, unless it can't see the mistake.
func TestSchemaAndLoaderAgree(t *testing.T) {
	t.Parallel()
	s := compiledSchema(t)
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		node, problems := document.Parse(name, data)
		v, more := node.Value(nil)
		valid := len(problems)+len(more) == 0 && s.Validate(v) == nil
		why := beyondTheSchema[name]
		if why == "" && valid {
			t.Errorf("%s: the schema takes what the loader rejects", name)
		}
		if why != "" && len(problems)+len(more) == 0 && !valid {
			t.Errorf("%s: the schema sees the mistake by now: %v", name, s.Validate(v))
		}
		seen[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(beyondTheSchema)) {
		if !seen[name] {
			t.Errorf("%s is listed, but not there", name)
		}
	}
}

// An editor shows what it is told: every key has to be described.
func TestEveryKeyOfTheSchemaIsDescribed(t *testing.T) {
	t.Parallel()
	seen := map[*jsonschema.Schema]bool{}
	var walk func(path string, s *jsonschema.Schema)
	walk = func(path string, s *jsonschema.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		walk(path, s.Ref)
		for _, list := range [][]*jsonschema.Schema{s.OneOf, s.AnyOf} {
			for _, branch := range list {
				walk(path, branch)
			}
		}
		walk(path, s.Items2020)
		if each, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
			walk(path+"/*", each)
		}
		for name, p := range s.Properties {
			if p.Description == "" && (p.Ref == nil || p.Ref.Description == "") {
				t.Errorf("%s/%s has no description", path, name)
			}
			walk(path+"/"+name, p)
		}
	}
	walk("", compiledSchema(t))
	if len(seen) < 60 {
		t.Errorf("only %d schemas were found", len(seen))
	}
}
