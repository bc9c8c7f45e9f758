package openapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/regular"
	"github.com/graphmock/graphmock/openapi/schema"
)

// maxDocument bounds an OpenAPI document that a user brings: the largest public
// ones (Graph's whole document, in YAML) have about 40 MB.
const maxDocument = 64 << 20

// LoadFile reads an OpenAPI 3.0 or 3.1 document, YAML or JSON. Its $refs may
// name other files below the document's folder, and nothing else. The error of a
// document that is not valid is document.Problems: all of them, each with its place.
func LoadFile(file string) (*Contract, error) { return loadFile(file, false) }

// LoadFaulty is LoadFile for a document that need not be valid, as long as a contract
// can be made of it; Contract.Faults says what is wrong with it.
func LoadFaulty(file string) (*Contract, error) { return loadFile(file, true) }

func loadFile(file string, lenient bool) (*Contract, error) {
	data, err := regular.Read(file, maxDocument)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	read := int64(len(data)) // of all files
	return parse(source{file, data, func(u *url.URL) ([]byte, error) {
		if u.Scheme != "" || u.Host != "" {
			return nil, fmt.Errorf("$ref to %s: only files below the document's folder can be read", u)
		}
		data, err := regular.ReadFS(root.FS(), path.Clean(u.Path), maxDocument-read)
		read += int64(len(data))
		if p := new(fs.PathError); errors.As(err, &p) {
			err = fmt.Errorf("$ref to %s: %w", u, p.Err) // callers take a path for the document's own
		}
		return data, err
	}}, lenient)
}

// Parse reads an OpenAPI 3.0 or 3.1 document that refers to no other file. The
// name appears in errors.
func Parse(name string, data []byte) (*Contract, error) {
	return parse(source{name, data, refuseFiles}, false)
}

type readFile func(*url.URL) ([]byte, error)

func refuseFiles(u *url.URL) ([]byte, error) {
	return nil, fmt.Errorf("$ref to %s: this document can't refer to other files", u)
}

func parse(s source, lenient bool) (*Contract, error) {
	if found := s.misfit(); found != nil {
		return nil, found
	}
	doc, err := s.load(false)
	if err != nil {
		return nil, s.loadProblems(err)
	}
	var p patterns
	var faults document.Problems
	if len(validateDocument(doc, &p)) > 0 {
		if faults, err = s.faults(&p); err != nil {
			return nil, s.loadProblems(err)
		}
		if len(faults) > 0 && !lenient {
			return nil, faults
		}
	}
	c, err := contractOrFault(doc, s.data, len(faults) > 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	c.unchecked, c.faults = p.unchecked, faults
	return c, nil
}

// contractOrFault makes a contract of a document. Where that has faults, what making it
// stumbles over is one of them.
func contractOrFault(doc *openapi3.T, data []byte, faulty bool) (c *Contract, err error) {
	if faulty {
		if doc.Info == nil {
			doc.Info = &openapi3.Info{}
		}
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("its faults are too grave to serve it: %v", r)
			}
		}()
	}
	return contractOf(doc, data, Models{})
}

// buildEmbedded is parse for the document that comes with graphmock: a program
// should answer soon after its start, so it is validated while the contract is
// made of it. No other can be, for only a valid document makes a contract.
func buildEmbedded(name string, data []byte, m Models) (*Contract, error) {
	doc, err := source{name, data, refuseFiles}.load(false)
	if err != nil {
		return nil, err
	}
	validated := make(chan error, 1)
	go func() { validated <- errors.Join(validateDocument(doc, new(patterns))...) }()
	c, err := contractOf(doc, data, m)
	if err == nil {
		c.source = data
	}
	return c, cmp.Or(<-validated, err)
}

// load reads the document and what it refers to; with places, each value knows where it
// stands.
func (s source) load(places bool) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.IncludeOrigin = places
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, u *url.URL) ([]byte, error) {
		data, err := s.read(u)
		if err != nil {
			return nil, fileError{err}
		}
		return data, nil
	}
	doc, err := s.decode(loader)
	if err != nil {
		return nil, err
	}
	if v, ok := doc.Extensions["swagger"]; ok && doc.OpenAPI == "" {
		return nil, fileError{swagger(fmt.Sprint(v))}
	}
	if v := doc.OpenAPI + "."; !strings.HasPrefix(v, "3.0.") && !strings.HasPrefix(v, "3.1.") {
		return nil, fileError{fmt.Errorf("openapi: %q is not a version that can be read; OpenAPI 3.0 and 3.1 are",
			doc.OpenAPI)}
	}
	for path, item := range doc.Paths.Map() {
		if item == nil { // an empty one
			doc.Paths.Set(path, &openapi3.PathItem{})
		}
	}
	return doc, nil
}

// decode reads the document itself: JSON without a YAML parser, if it needs no places.
func (s source) decode(loader *openapi3.Loader) (*openapi3.T, error) {
	doc := &openapi3.T{}
	isJSON := bytes.HasPrefix(bytes.TrimLeft(s.data, " \t\r\n"), []byte("{"))
	if isJSON && !loader.IncludeOrigin && document.DecodeJSON(s.data, doc) {
		return doc, loader.ResolveRefsIn(doc, nil)
	}
	return loader.LoadFromData(s.data)
}

// fileError is one that says itself what is wrong with a file.
type fileError struct{ error }

func (e fileError) Unwrap() error { return e.error }

func isFileError(err error) bool {
	var e fileError
	return errors.As(err, &e)
}

// validateDocument leaves examples to our own schemas, which are stricter, and paths that
// differ only in the names of their parameters to the router: large documents
// have some, with a method each, and serve well.
func validateDocument(doc *openapi3.T, p *patterns) []error {
	options := []openapi3.ValidationOption{
		openapi3.DisableExamplesValidation(),
		openapi3.SetRegexCompiler(p.compile), openapi3.EnableMultiError(),
	}
	if doc.IsOpenAPI31OrLater() {
		options = append(options, openapi3.IsOpenAPI31OrLater())
	}
	ctx := openapi3.WithValidationOptions(context.Background(), options...)
	first, twins := partTwins(doc.Paths)
	some := *doc
	some.Paths = first
	found := allErrors(some.Validate(ctx, options...))
	for _, twin := range twins {
		found = append(found, allErrors(twin.Validate(ctx, options...))...)
	}
	return found
}

func allErrors(err error) []error {
	var all openapi3.MultiError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &all):
		return all
	}
	return []error{err}
}

// partTwins parts paths into those that differ in more than the names of their
// parameters, and the rest, one by one.
func partTwins(paths *openapi3.Paths) (first *openapi3.Paths, twins []*openapi3.Paths) {
	if paths == nil {
		return nil, nil
	}
	seen := map[string]bool{}
	first = openapi3.NewPathsWithCapacity(paths.Len())
	first.Extensions, first.Origin = paths.Extensions, paths.Origin
	for _, path := range paths.Keys() {
		item := paths.Value(path)
		if shape := pathShape(path); seen[shape] {
			twins = append(twins, openapi3.NewPaths(openapi3.WithPath(path, item)))
		} else {
			seen[shape] = true
			first.Set(path, item)
		}
	}
	return first, twins
}

// contractOf makes a contract of a valid document.
func contractOf(doc *openapi3.T, data []byte, m Models) (*Contract, error) {
	sum := sha256.Sum256(data)
	b := builder{
		doc:       doc,
		models:    m,
		shared:    map[schemaKey]*schema.Schema{},
		responses: map[*openapi3.Response]*response{},
		Contract: &Contract{
			title: doc.Info.Title, version: doc.Info.Version, hash: hex.EncodeToString(sum[:]),
			rules: map[string]*Behaviour{}, schemas: map[string]sides{},
		},
	}
	return b.build()
}

// builder turns kin-openapi's document into a Contract; nothing of kin-openapi
// leaves it but the schemas that are still to be compiled.
type builder struct {
	*Contract
	doc    *openapi3.T
	shared map[schemaKey]*schema.Schema

	responses map[*openapi3.Response]*response
	models    Models
}

type schemaKey struct {
	value *openapi3.Schema
	side  Side
}

func (b *builder) build() (*Contract, error) {
	if err := b.serviceRoots(); err != nil {
		return nil, err
	}
	if err := b.readBehaviours("", b.doc.Extensions); err != nil {
		return nil, err
	}
	b.readCredentials()
	paths := b.doc.Paths.Map()
	ids := map[string]*Operation{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path]
		operations := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			op, err := b.operation(path, method, item, operations[method])
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			if other := ids[op.ID]; other != nil {
				return nil, fmt.Errorf("%s %s: operationId %q is that of %s, too", method, path, op.ID, other.Pattern())
			}
			ids[op.ID] = op
			b.operations = append(b.operations, op)
			if err := b.router.add(op); err != nil {
				return nil, err
			}
		}
	}
	b.model = modelLater(b.doc.Components)
	b.versions = b.models.versions(b.Contract)
	b.transferRoutes, b.transfers = newTransfers(b.Contract)
	if b.doc.Components != nil {
		for name, ref := range b.doc.Components.Schemas {
			if ref.Ref == "" { // so that violations can tell its name
				ref = &openapi3.SchemaRef{Ref: "#/components/schemas/" + name, Value: ref.Value}
			}
			b.schemas[name] = sides{b.schema(ref, RequestSide), b.schema(ref, ResponseSide)}
		}
	}
	for i := range b.behaviours {
		if row := &b.behaviours[i]; row.Operation == "" || row.Code != "" {
			b.rules[b.behaviours[i].ID] = &b.behaviours[i]
		}
	}
	return b.Contract, nil
}

// serviceRoots reads the paths of the document's servers. A document whose
// servers are Graph's is read by OData's rules.
func (b *builder) serviceRoots() error {
	b.odata, _ = b.doc.Extensions["x-graphmock-odata"].(bool)
	var bases []string
	for _, s := range b.doc.Servers {
		address := s.URL
		for name, v := range s.Variables {
			address = strings.ReplaceAll(address, "{"+name+"}", v.Default)
		}
		if isBareHost(address) {
			address = "//" + address
		}
		u, err := url.Parse(address)
		if err != nil {
			return fmt.Errorf("servers: %w", err)
		}
		b.odata = b.odata || graph.IsHost(u.Hostname())
		bases = append(bases, strings.TrimSuffix(rootedPath(u.Path), "/"))
		b.origins.add(s)
	}
	if len(bases) == 0 {
		bases = []string{""}
	}
	b.router.bases = bases
	b.router.sortBases()
	b.router.fold, b.graphErrors, b.derives = b.odata, b.odata, b.odata
	return nil
}

// isBareHost reports whether the address of a server begins with a host's name, without a
// scheme: api.example.com/v1. By the letter, that is a folder.
func isBareHost(address string) bool {
	return bareHost.MatchString(address)
}

var bareHost = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(/|$)`)

// rootedPath returns the path of a server, which may be relative to that of the document:
// it is served at the root.
func rootedPath(p string) string {
	if p == "" {
		return ""
	}
	return path.Clean("/" + p)
}

func (b *builder) operation(
	path, method string, item *openapi3.PathItem, source *openapi3.Operation,
) (*Operation, error) {
	op := &Operation{
		ID: source.OperationID, Method: method, Path: path, contract: b.Contract, shape: pathShape(path),
		responses: map[string]*response{}, statuses: map[int]*response{},
	}
	if op.ID == "" {
		op.ID = op.Pattern()
	}
	op.resource, op.ofUser = resourceOf(op.shape)
	op.action = method + " " + op.resource
	for _, segment := range splitPath(path) {
		_, params := templateParts(segment)
		op.params = append(op.params, params...)
	}
	op.like, _ = source.Extensions["x-graphmock-behaviour-of"].(string)
	op.security = b.security(source)
	for _, list := range []openapi3.Parameters{source.Parameters, item.Parameters} {
		for _, ref := range list {
			b.parameter(op, ref.Value)
		}
	}
	_, pageable := source.Extensions["x-ms-pageable"]
	_, caps := op.Option("$top")
	op.isList = b.odata && method == "GET" && (pageable || caps)
	if source.RequestBody != nil {
		op.required = source.RequestBody.Value.Required
		body := b.content(source.RequestBody.Value.Content, RequestSide)
		op.body = &body
	}
	for status, ref := range source.Responses.Map() {
		op.responses[strings.ToUpper(status)] = b.response(ref.Value)
		if n, err := strconv.Atoi(status); err == nil {
			op.statuses[n] = b.response(ref.Value)
		}
	}
	op.bodiless = op.succeedsWithoutBody()
	if err := b.readKey(op, source.Extensions); err != nil {
		return nil, err
	}
	return op, b.readBehaviours(op.ID, source.Extensions)
}

func (op *Operation) succeedsWithoutBody() bool {
	some := false
	for status, r := range op.responses {
		if strings.HasPrefix(status, "2") {
			if some = true; len(r.content) > 0 {
				return false
			}
		}
	}
	return some
}

func (b *builder) parameter(op *Operation, source *openapi3.Parameter) {
	p := parameter{
		name: source.Name, in: source.In, required: source.Required, separator: separator(source), lastValid: &memo{},
		isPlain: true,
	}
	if p.in == InHeader {
		p.name = http.CanonicalHeaderKey(p.name)
	}
	if slices.ContainsFunc(op.parameters, func(q parameter) bool { return q.name == p.name && q.in == p.in }) {
		return // the operation's own goes before the path's
	}
	if p.in == InHeader && isReservedHeader(p.name) {
		return
	}
	if method, err := source.SerializationMethod(); err == nil {
		p.style, p.explode = method.Style, method.Explode
	}
	p.emptyIsOK = source.AllowEmptyValue && p.in == InQuery
	if spreads := p.in == inCookie && p.explode && typeOf(source.Schema, nil) == "object"; !spreads {
		b.setType(&p, source.Schema, RequestSide)
	}
	if media := source.Content.Get("application/json"); source.Schema == nil && media != nil && media.Schema != nil {
		b.setType(&p, media.Schema, RequestSide)
		p.media, p.isPlain = true, false
	}
	p.isPlain = p.isPlain && styleMark(p.style) == ""
	p.ignored, _ = source.Extensions["x-graphmock-ignored"].(bool)
	names, _ := source.Extensions["x-graphmock-properties"].([]any)
	for _, name := range names {
		p.properties = append(p.properties, fmt.Sprint(name))
	}
	p.examples = parameterExamples(source)
	op.parameters = append(op.parameters, p)
}

// parameterExamples are a parameter's examples: its own, and the named ones.
func parameterExamples(source *openapi3.Parameter) []any {
	all := []any{source.Example}
	for _, name := range slices.Sorted(maps.Keys(source.Examples)) {
		if e := source.Examples[name]; e.Value != nil {
			all = append(all, e.Value.Value)
		}
	}
	return slices.DeleteFunc(all, func(v any) bool { return v == nil })
}

// separator is what stands between the items of an array within one value, "" if
// each item is a value of its own.
func separator(source *openapi3.Parameter) string {
	method, err := source.SerializationMethod()
	switch {
	case err == nil && source.In == InQuery && method.Explode:
		return ""
	case err == nil && method.Style == openapi3.SerializationSpaceDelimited:
		return " "
	case err == nil && method.Style == openapi3.SerializationPipeDelimited:
		return "|"
	}
	return ","
}

func (b *builder) setType(p *parameter, ref *openapi3.SchemaRef, side Side) {
	if ref == nil || ref.Value == nil {
		return
	}
	p.schema, p.kind, p.shape = b.schema(ref, side), typeOf(ref, nil), shapeOf(ref)
	if p.kind == "" && len(p.shape.types) == 1 {
		p.kind = p.shape.types[0]
	}
	p.isPlain, p.memberNames = p.shape.isPlain(), memberNames(p.schema)
	if ref.Value.Items != nil {
		p.items = typeOf(ref.Value.Items, nil)
	}
}

// isReservedHeader reports whether OpenAPI describes a header of requests elsewhere
// and wants it ignored among the parameters. The name is in canonical form.
func isReservedHeader(name string) bool {
	switch name {
	case "Accept", "Authorization", "Content-Type":
		return true
	}
	return false
}

// typeOf is the type that the text of a parameter is read as: the first but null
// that the schema or one of its branches names. Schemas around it are those that
// led here.
func typeOf(ref *openapi3.SchemaRef, around []*openapi3.Schema) string {
	if ref == nil || ref.Value == nil || len(around) > 8 || slices.Contains(around, ref.Value) {
		return ""
	}
	for _, t := range ref.Value.Type.Slice() {
		if t != "null" {
			return t
		}
	}
	for _, v := range append(slices.Clone(ref.Value.Enum), ref.Value.Const) {
		if _, isText := v.(string); isText {
			return "string"
		}
	}
	for _, branches := range []openapi3.SchemaRefs{ref.Value.AllOf, ref.Value.AnyOf, ref.Value.OneOf} {
		for _, branch := range branches {
			if t := typeOf(branch, append(around, ref.Value)); t != "" {
				return t
			}
		}
	}
	return ""
}

// response returns the one response for a place of the document: operations share
// most of theirs.
func (b *builder) response(source *openapi3.Response) *response {
	if r := b.responses[source]; r != nil {
		return r
	}
	r := &response{content: b.content(source.Content, ResponseSide)}
	b.responses[source] = r
	for _, name := range slices.Sorted(maps.Keys(source.Headers)) {
		if strings.EqualFold(name, "Content-Type") {
			continue // described by content
		}
		h := source.Headers[name].Value
		p := parameter{name: http.CanonicalHeaderKey(name), in: InHeader, required: h.Required, separator: ",",
			lastValid: &memo{}, isPlain: true}
		b.setType(&p, h.Schema, ResponseSide)
		p.examples = parameterExamples(&h.Parameter)
		r.headers = append(r.headers, p)
	}
	return r
}

func (b *builder) content(source openapi3.Content, side Side) content {
	var c content
	ranges := func(name string) int { return strings.Count(name, "*") } // the specific go first
	for _, name := range slices.SortedFunc(maps.Keys(source), func(a, b string) int {
		return cmp.Or(ranges(a)-ranges(b), strings.Compare(a, b))
	}) {
		media := source[name]
		base, _, err := mime.ParseMediaType(name)
		if err != nil {
			base = strings.ToLower(name)
		}
		m := mediaType{name: base, isRange: strings.HasSuffix(base, "/*"), json: jsontext.IsMediaType(base), lastValid: &memo{}}
		if media == nil { // written as null
			media = &openapi3.MediaType{}
		}
		if media.Schema != nil {
			m.schema, m.kind = b.schema(media.Schema, side), typeOf(media.Schema, nil)
		}
		if media.Example != nil {
			m.examples = append(m.examples, namedExample{"example", media.Example})
		}
		for _, example := range slices.Sorted(maps.Keys(media.Examples)) {
			if ref := media.Examples[example]; ref.Value != nil && ref.Value.Value != nil {
				m.examples = append(m.examples, namedExample{example, ref.Value.Value})
			}
		}
		m.json = m.json || m.showsJSON()
		c = append(c, m)
	}
	return c
}

// schema returns the one schema for a place of the document and a side.
func (b *builder) schema(ref *openapi3.SchemaRef, side Side) *schema.Schema {
	key := schemaKey{ref.Value, side}
	if s := b.shared[key]; s != nil {
		return s
	}
	s := schema.New(ref, schema.Options{
		Side: schema.Side(side), OData: b.odata, OpenAPI30: strings.HasPrefix(b.doc.OpenAPI, "3.0"),
		RFCFormats: !b.odata,
	})
	b.shared[key] = s
	return s
}

func (b *builder) readKey(op *Operation, extensions map[string]any) error {
	v, ok := extensions["x-graphmock-key"]
	if !ok {
		return nil
	}
	var key struct{ Parameter, Property string }
	if err := convert(v, &key); err != nil || key.Parameter == "" || key.Property == "" {
		return errors.New("x-graphmock-key: expected {parameter: NAME, property: NAME}")
	}
	if !slices.Contains(op.params, key.Parameter) {
		return fmt.Errorf("x-graphmock-key: the path has no parameter %q", key.Parameter)
	}
	op.key = &keyRule{key.Parameter, key.Property}
	return nil
}

func (b *builder) readBehaviours(operation string, extensions map[string]any) error {
	v, ok := extensions["x-graphmock-behaviour"]
	if !ok {
		return nil
	}
	rows, ok := v.([]any)
	if !ok {
		return errors.New("x-graphmock-behaviour: expected a list")
	}
	for i, v := range rows {
		row, err := behaviourOf(v)
		if err != nil {
			name := strconv.Itoa(i + 1)
			if row.ID != "" {
				name = strconv.Quote(row.ID)
			}
			return fmt.Errorf("x-graphmock-behaviour: row %s: %w", name, err)
		}
		row.Operation = operation
		b.behaviours = append(b.behaviours, row)
	}
	return nil
}

// behaviourOf reads a row. There are a hundred in a contract, and they are read
// at every start: so not by way of JSON.
func behaviourOf(v any) (row Behaviour, err error) {
	m, ok := v.(map[string]any)
	if !ok {
		return row, errors.New("expected a mapping")
	}
	texts := map[string]*string{
		"id": &row.ID, "case": &row.Case, "code": &row.Code, "message": &row.Message, "answer": &row.Answer,
		"evidence": (*string)(&row.Evidence), "source": &row.Source,
	}
	wrong := "" // of several, the first
	for name, v := range m {
		field := texts[name]
		switch v := v.(type) {
		case string:
			if field != nil {
				*field = v
				continue
			}
		case int, float64, uint64:
			if name == "status" {
				row.Status, err = strconv.Atoi(fmt.Sprint(v))
				if err == nil {
					continue
				}
			}
		}
		if wrong == "" || name < wrong {
			wrong = name
		}
	}
	if wrong != "" {
		return row, fmt.Errorf("key %q is unknown, or its value of the wrong type", wrong)
	}
	switch row.Evidence {
	case Documented, Observed, Assumed:
		return row, nil
	}
	return row, fmt.Errorf("evidence is %q, not documented, observed or assumed", row.Evidence)
}

// convert reads an extension's value into out; unknown keys are errors.
func convert(v, out any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	return d.Decode(out)
}
