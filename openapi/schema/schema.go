// Package schema checks JSON values against one schema, as one side of an exchange
// sends them, and makes up values that fit it.
//
// A schema comes from an OpenAPI document, by New, or is given as JSON Schema
// 2020-12, by FromJSON. It is translated when it is first asked something, and
// compiled when a value is first wrong: most never are.
package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Side is the half of an exchange that a schema is for.
type Side string

const (
	Request  Side = "request"
	Response Side = "response"
)

// Options say how a schema is meant. The zero value is plain JSON Schema.
type Options struct {
	// Side makes a schema more tolerant: a request need not have the properties
	// that only the service sets (readOnly), a response not those that it never
	// tells (writeOnly). Their types are checked on both sides.
	Side Side

	// OData schemas accept annotations: members with an '@' in their name.
	OData bool

	// OpenAPI30 schemas have nullable, and exclusiveMinimum as a boolean.
	OpenAPI30 bool

	// RFCFormats are dates and whole numbers as RFC 3339 and JSON Schema have them:
	// with leap seconds, lower-case t and z, offsets up to 23:59, 1.0 for 1. Without it
	// they are those of OData's types.
	RFCFormats bool
}

// A Schema describes JSON values for one side of an exchange. It is immutable and
// may be used by several goroutines at once.
type Schema struct {
	options Options
	shared  *Definitions // what its $refs lead to, nil if they stay within its $defs

	translate sync.Once
	source    *openapi3.SchemaRef // until it is translated
	json      map[string]any
	fast      *fastValidator
	closed    sync.Once
	closure   map[string]any // json with the definitions that it leads to

	compile sync.Once
	program *jsonschema.Schema
	err     error

	parts parts
}

// New returns the schema that an OpenAPI document has at ref.
func New(ref *openapi3.SchemaRef, options Options) *Schema {
	return &Schema{options: options, source: ref}
}

// FromJSON returns the schema that a JSON Schema 2020-12 document describes. Its
// $refs stay within its $defs, and it must not be changed any more. The extensions
// are those that JSON documents.
func FromJSON(document map[string]any, options Options) *Schema {
	s := &Schema{options: options}
	s.translate.Do(func() { s.json, s.fast = document, newFastValidator(document, options.RFCFormats) })
	return s
}

// Own returns the schema as JSON does, without what its $refs lead to.
func (s *Schema) Own() map[string]any { return s.document() }

// JSON returns the schema as JSON Schema 2020-12. The keywords type and required
// have a []string; $refs stay within $defs. What JSON Schema has no word for is
// said by extensions: x-readOnly, x-writeOnly and x-deprecated are true or absent,
// x-graphmock-set-by is client, server or client-or-server, x-graphmock-evidence
// and x-graphmock-source tell how the rule is known (in x-graphmock-closed, why there
// are no other properties), x-graphmock-type names the type that a schema is a part of.
// A property with x-graphmock-navigation leads to entities of their own, and a branch
// with x-graphmock-unusual is made up only if no other fits. An x-discriminator has the
// property that tells the branches of a union apart, and the value that it has in each.
// Of a schema that has its definitions from Definitions, those that are far take
// anything. It must not be changed.
func (s *Schema) JSON() map[string]any {
	if s.shared == nil {
		return s.document()
	}
	s.closed.Do(func() { s.closure = s.shared.closure(s.json) })
	return s.closure
}

// document returns the schema as JSON Schema, without shared definitions.
func (s *Schema) document() map[string]any {
	s.translate.Do(func() {
		s.json = translate(s.source, s.options)
		s.fast, s.source = newFastValidator(s.json, s.options.RFCFormats), nil
	})
	return s.json
}

// Compile returns an error if the schema is broken, so that no value can be
// checked against it.
func (s *Schema) Compile() error {
	_, err := s.compiled()
	return err
}

const schemaURL = "contract:///schema.json"

func (s *Schema) compiled() (*jsonschema.Schema, error) {
	s.compile.Do(func() {
		document := s.document()
		if s.shared != nil {
			document = programNode(document)
		}
		s.program, s.err = compile(document, "", s.shared, s.options.RFCFormats)
	})
	return s.program, s.err
}

// compile compiles the schema at a JSON pointer of a document.
func compile(document map[string]any, pointer string, shared *Definitions, rfc bool) (_ *jsonschema.Schema, err error) {
	defer func() { // jsonschema panics on some malformed numbers
		if r := recover(); r != nil {
			err = fmt.Errorf("schema can't be compiled: %v", r)
		}
	}()
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	for name, check := range formats {
		c.Formats[name] = check
	}
	for name, check := range rfcFormats {
		if rfc {
			c.Formats[name] = check
		}
	}
	c.LoadURL = nil // $refs stay inside
	if err := c.AddResource(schemaURL, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	if shared != nil {
		c.Draft = jsonschema.Draft7 // all that they need, and much quicker to compile
		c.RegisterExtension("definitions", nil, extension{shared})
	}
	program, err := c.Compile(schemaURL + "#" + pointer)
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), schemaURL, ""))
	}
	return program, nil
}

// Part returns a part of a schema with the definitions of its root, so that it can
// stand alone; a $ref at its top is followed.
func Part(root, part map[string]any) map[string]any {
	for range maxDepth {
		ref, _ := part["$ref"].(string)
		if ref == "" {
			break
		}
		part = nodeAt(root, refPointer(ref))
	}
	alone := map[string]any{}
	maps.Copy(alone, part)
	alone["$defs"] = root["$defs"]
	return alone
}
