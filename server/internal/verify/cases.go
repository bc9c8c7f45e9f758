package verify

import (
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// A variation is a change of an operation's request other than of its body's
// JSON.
type variation struct {
	name   string
	edit   func(*request)          // may be nil
	values func([]string) []string // of the path's parameters; may be nil
	expect expectation             // of a valid request
	always bool                    // single requests, even where a resource could be put
	brief  bool                    // no lists, and no second DELETE: it is about the body
}

// casesOf returns all test cases of an operation.
func (r *run) casesOf(op *openapi.Operation, random *rand.Rand) []testCase {
	valid, invalid := r.bodies(op, random)
	var all []testCase
	f := r.families[op.Shape()]
	puts := f != nil && f.put == op
	thorough := len(r.plainBodies(op, random)) // in number; the rest is about bodies only
	if r.isVerified(op.SameBehaviorAs()) {
		valid = append(valid[:min(thorough, len(valid)):len(valid)], everyTenth(valid[min(thorough, len(valid)):])...)
		invalid = everyTenth(invalid)
	}
	for i, b := range valid {
		if puts {
			next := valid[(i+1)%len(valid)]
			all = append(all,
				testCase{op, b.name, func(s *session) {
					s.runPut(op, b.value, next.value,
						variation{brief: i >= thorough})
				}})
		} else if cycle := r.sequence(op, b, i >= thorough); cycle != nil {
			all = append(all, testCase{op, b.name, cycle})
		} else {
			all = append(all, r.singleRequest(op, b.value, variation{name: b.name}))
		}
	}
	for _, b := range invalid {
		all = append(all, r.singleRequest(op, b.value, variation{name: b.name}))
	}
	var smallest, next any
	if len(valid) > 0 {
		smallest, next = valid[0].value, valid[len(valid)-1].value
	}
	for _, v := range r.variations(op, smallest, random) {
		if puts && !v.always && len(valid) > 0 && r.isValid(op, smallest, v) {
			all = append(all, testCase{op, v.name, func(s *session) { s.runPut(op, smallest, next, v) }})
		} else {
			all = append(all, r.singleRequest(op, smallest, v))
		}
	}
	all = append(all, r.behaviourCases(op, smallest)...)
	return append(all, r.cascadeCases(op)...)
}

// isVerified reports whether an operation is among those that are verified.
func (r *run) isVerified(id string) bool {
	return slices.ContainsFunc(r.operations, func(op *openapi.Operation) bool { return op.ID == id })
}

// everyTenth leaves out most of the changed bodies: an operation that behaves as
// another one does gets fewer, where that other one gets them all.
func everyTenth(all []body) []body {
	var few []body
	for i := 0; i < len(all); i += 10 {
		few = append(few, all[i])
	}
	return few
}

// bodies returns the bodies of an operation by what the contract says of them.
func (r *run) bodies(op *openapi.Operation, random *rand.Rand) (valid, invalid []body) {
	meaning := r.hasOwnErrors(op)
	defer func() {
		if op.Method == "PATCH" {
			valid = withoutKeys(op.RequestBody().Schema(), valid)
		}
		if meaning {
			valid = slices.DeleteFunc(valid, func(b body) bool { return !strings.HasPrefix(b.name, "example ") })
		}
	}()
	values := r.values(op)
	for _, b := range r.bodiesOf(op, random) {
		q := r.request(op, values)
		q.setValue(b.value)
		if len(r.violations(op, &q)) == 0 {
			valid = append(valid, b)
		} else {
			invalid = append(invalid, b)
		}
	}
	return valid, invalid
}

func (r *run) isValid(op *openapi.Operation, body any, v variation) bool {
	q := r.vary(op, r.values(op), body, v)
	return len(r.violations(op, &q)) == 0
}

func (r *run) vary(op *openapi.Operation, values []string, body any, v variation) request {
	if v.values != nil {
		values = v.values(slices.Clone(values))
	}
	q := r.request(op, values)
	if body != nil {
		q.setValue(body)
	}
	if v.edit != nil {
		v.edit(&q)
	}
	return q
}

// singleRequest returns a test case of one request, and of what has to be there
// before it and gone after it.
func (r *run) singleRequest(op *openapi.Operation, body any, v variation) testCase {
	return testCase{op, cmp.Or(v.name, "as it is"), func(s *session) {
		f := r.families[op.Shape()]
		values := r.values(op)
		var made map[string]any // what is there before it
		switch {
		case f != nil && f.put == op:
			values[len(values)-1] = s.freshKey(op)
		case f.isCreatable() && v.values == nil && r.isValid(op, body, v):
			own, ok := s.create(f, values[:len(values)-1])
			if !ok && (r.odata || len(s.failures) > 0) {
				return
			}
			if !ok {
				break // its address is not known: values that are made up have to do
			}
			values = own
			made, _ = s.steps[len(s.steps)-1].response.value.(map[string]any)
			if f.delete != nil && f.delete != op {
				defer func() { s.send("clean up", f.delete, r.request(f.delete, values), expectation{}) }()
			}
		}
		if op.Method == "POST" && body != nil && r.isValid(op, body, v) {
			body = r.withFreshKeys(op.RequestBody().Schema(), body, s.random)
		}
		res := s.send("", op, r.vary(op, values, body, v), v.expect)
		switch {
		case res == nil || f == nil:
		case f.put == op:
			s.remove(f, values)
		case f.get == op && made != nil && v.edit == nil && r.odata:
			s.checkSame(made, res)
		}
		if inside := r.families[strings.TrimSuffix(op.Shape(), "/")+"/{}"]; res != nil && inside != nil &&
			inside.post == op && inside.delete != nil {
			if address, ok := r.address(inside, append(values, idOf(res, ""))); ok {
				s.send("clean up", inside.delete, r.request(inside.delete, address), expectation{})
			}
		}
	}}
}

// variations returns the changes that are worth making to an operation's request.
func (r *run) variations(op *openapi.Operation, smallest any, random *rand.Rand) []variation {
	all := []variation{}
	if !op.RequestBody().Accepted {
		all = append(all, variation{name: "as it is"})
	}
	all = append(all, r.varyToken(op)...)
	all = append(all, r.varyRequestLine(op)...)
	if smallest != nil {
		all = append(all, r.varyMedia(op, smallest)...)
	}
	all = append(all, r.varyHeaders(op)...)
	if op.RequestBody().Accepted && r.hasBehaviour(ruleMinimal) && slices.Contains(slices.Collect(op.Statuses()), 204) {
		all = append(all, variation{name: "Prefer: return=minimal", always: true,
			expect: expectation{[]int{204}, ruleMinimal},
			edit:   func(q *request) { q.header.Set("Prefer", "return=minimal") }})
	}
	all = append(all, r.varyQuery(op, random)...)
	return append(all, r.varyPath(op, random)...)
}

// varyToken leaves out what says who calls: the token, and all keys.
func (r *run) varyToken(op *openapi.Operation) []variation {
	if op.Security().AllowsWithoutToken("", nil) {
		return nil
	}
	no := func(q *request) {
		q.token = false
		for _, k := range op.Security().Keys() {
			setParameter(q, openapi.Parameter{In: k.In, Name: k.Name}, nil)
		}
	}
	all := []variation{{name: "no token", edit: no}}
	if r.hasBehaviour("token-empty") {
		for _, h := range []string{"Basic dXNlcjpwYXNzd29yZA==", "Bearer", ""} {
			all = append(all, variation{name: "Authorization: " + h, edit: func(q *request) {
				q.token = false
				q.header.Set("Authorization", h)
			}})
		}
	}
	return all
}

// varyRequestLine changes the request line to others that mean nothing, or the
// same.
func (r *run) varyRequestLine(op *openapi.Operation) []variation {
	all := []variation{
		{name: "unknown segment after the path",
			edit: func(q *request) { q.path = strings.TrimSuffix(q.path, "/") + "/" + unknownName }},
		{name: "misspelt segment", edit: func(q *request) { q.path = misspellName(op, q.path) }},
	}
	for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
		all = append(all, variation{name: "method " + method, always: true,
			edit: func(q *request) { q.method = method }})
	}
	all = slices.DeleteFunc(all, func(v variation) bool { // what another operation has is another operation's
		q := r.vary(op, r.values(op), nil, v)
		_, wrong := r.Contract.Route(q.method, r.base+q.path)
		return wrong == nil
	})
	if r.hasBehaviour("trailing-slash") {
		all = append(all, variation{name: "a slash at the end", edit: func(q *request) { q.path += "/" }})
	}
	if r.hasBehaviour("resource-name-case") {
		all = append(all, variation{name: "resource names in capitals",
			edit: func(q *request) { q.path = upperCaseNames(op, q.path) }})
	}
	return all
}

// misspellName adds a letter to the last fixed segment of a path.
func misspellName(op *openapi.Operation, path string) string {
	return mapNames(op, path, func(name string, last bool) string {
		if last {
			return name + "x"
		}
		return name
	})
}

func upperCaseNames(op *openapi.Operation, path string) string {
	return mapNames(op, path, func(name string, _ bool) string { return strings.ToUpper(name) })
}

// mapNames changes the fixed segments of an operation's path.
func mapNames(op *openapi.Operation, path string, change func(name string, last bool) string) string {
	template, segments := strings.Split(op.Path, "/"), strings.Split(path, "/")
	last := -1
	for i, s := range template {
		if s != "" && !strings.Contains(s, "{") {
			last = i
		}
	}
	for i := range min(len(template), len(segments)) {
		if template[i] != "" && !strings.Contains(template[i], "{") {
			segments[i] = change(segments[i], i == last)
		}
	}
	return strings.Join(segments, "/")
}

// varyMedia changes how the body is announced, and its bytes.
func (r *run) varyMedia(op *openapi.Operation, smallest any) []variation {
	odata := r.odata
	var all []variation
	types := []string{"", "text/plain", "application/xml", "application/json; charset=utf-8"}
	if odata {
		types = append(types, "APPLICATION/JSON", "application/json;odata.metadata=minimal",
			"application/json; charset=iso-8859-1", "json", ";")
	}
	for _, t := range types {
		all = append(all, variation{name: "Content-Type: " + t, edit: func(q *request) {
			q.header.Del("Content-Type")
			if t != "" {
				q.header.Set("Content-Type", t)
			}
		}})
	}
	for _, b := range brokenBodies(smallest) {
		if !b.strict || odata {
			all = append(all, variation{name: b.name, edit: func(q *request) { q.value, q.body = nil, b.bytes }})
		}
	}
	if r.hasBehaviour("content-encoding-unknown") {
		all = append(all,
			variation{name: "compressed body", edit: func(q *request) { q.compressed = true }},
			variation{name: "Content-Encoding: br", edit: func(q *request) { q.header.Set("Content-Encoding", "br") }},
			variation{name: "Content-Encoding: gzip without",
				edit: func(q *request) { q.header.Set("Content-Encoding", "gzip") }})
	}
	return all
}

// varyHeaders changes the headers that every request may have.
func (r *run) varyHeaders(op *openapi.Operation) []variation {
	var all []variation
	if r.hasBehaviour("client-request-id") {
		all = append(all,
			variation{name: "no client-request-id", edit: func(q *request) { q.header["Client-Request-Id"] = nil }},
			variation{name: "a client-request-id that is no GUID",
				edit: func(q *request) { q.header.Set("Client-Request-Id", "verify 1") }})
	}
	if r.odata {
		for _, accept := range []string{"application/json", "*/*", "application/json;odata.metadata=minimal"} {
			all = append(all, variation{name: "Accept: " + accept,
				edit: func(q *request) { q.header.Set("Accept", accept) }})
		}
	}
	return all
}

// varyQuery sets each query and header parameter to values at its edges, and adds
// options that the operation does not have.
func (r *run) varyQuery(op *openapi.Operation, random *rand.Rand) []variation {
	var all []variation
	if r.odata {
		for _, query := range []string{"$" + unknownName + "=1", unknownName + "=1"} {
			all = append(all, variation{name: "query " + query,
				edit: func(q *request) { q.query = joinQuery(q.query, query) }})
		}
	}
	for p := range op.Parameters() {
		if p.In != openapi.InQuery && p.In != openapi.InHeader || p.Schema == nil {
			continue
		}
		if p.Required {
			all = append(all, variation{name: "without " + p.In + " " + p.Name,
				edit: func(q *request) { setParameter(q, p, nil) }})
		}
		for _, text := range r.parameterTexts(p, random, !r.isNewParameter(p)) {
			v := variation{name: p.In + " " + p.Name + "=" + truncate(text),
				edit: func(q *request) { setParameter(q, p, &text) }}
			if r.odata && !isCount(p.Name, text) && r.isValid(op, validBody(r, op), v) {
				continue // Graph's own documents allow pages that Graph refuses
			}
			all = append(all, v)
		}
	}
	return all
}

// isCount reports whether the value of an option that counts entities is one that Graph
// takes. Other options are.
func isCount(option, text string) bool {
	n, err := strconv.Atoi(text)
	switch option {
	case "$top":
		return err == nil && n >= 1 && n <= 999
	case "$skip":
		return err == nil && n >= 0 && n <= math.MaxInt32
	}
	return true
}

// isNewParameter is isNew for a parameter: documents have the same in many operations.
func (r *run) isNewParameter(p openapi.Parameter) bool {
	return r.isFirst(planned{p.In, p.Name, hashOf(p.Schema, p.Schema)})
}

// parameterTexts are values for a parameter, few of one that was tried elsewhere. What a
// text without a form means, such as a filter, only examples know.
func (r *run) parameterTexts(p openapi.Parameter, random *rand.Rand, known bool) []string {
	var texts []string
	for _, e := range p.Examples {
		texts = append(texts, parameterText(e))
	}
	f := schemaFactsOf(p.Schema, p.Schema)
	if f.isFreeForm() {
		return texts
	}
	candidates := r.candidatesFor
	if known {
		candidates = r.fewCandidatesFor
	}
	for _, c := range candidates(p.Schema, p.Schema, random) {
		switch v := c.value.(type) {
		case map[string]any, []any, nil:
		case json.Number:
			texts = append(texts, v.String())
		default:
			if text := parameterText(v); text != "" && (p.In == openapi.InQuery || isPlain(text)) {
				texts = append(texts, text)
			}
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// isWrittenOddly reports whether a whole number is written such as 1.0 or 1e3: JSON
// Schema has it among the integers, but few services read it as one, and none has to in
// the text of a parameter.
func isWrittenOddly(n json.Number) bool {
	v, err := n.Float64()
	return err == nil && v == math.Trunc(v) && strings.ContainsAny(n.String(), ".eE")
}

// isPlain reports whether a header can carry a text as it is.
func isPlain(text string) bool {
	return strings.TrimSpace(text) == text &&
		strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// setParameter sets a request's parameter, or removes it if text is nil.
func setParameter(q *request, p openapi.Parameter, text *string) {
	if p.In == openapi.InHeader {
		q.header.Del(p.Name)
		if text != nil {
			q.header.Set(p.Name, *text)
		}
		return
	}
	if p.In == "cookie" {
		q.header.Del("Cookie")
		if text != nil {
			q.header.Set("Cookie", p.Name+"="+*text)
		}
		return
	}
	var rest []string
	for part := range strings.SplitSeq(q.query, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && name != url.QueryEscape(p.Name) {
			rest = append(rest, part)
		}
	}
	if text != nil {
		rest = append(rest, url.QueryEscape(p.Name)+"="+url.QueryEscape(*text))
	}
	q.query = strings.Join(rest, "&")
}

func joinQuery(query, more string) string {
	if query == "" {
		return more
	}
	return query + "&" + more
}

// pathTexts are keys that are hard to carry in a path.
var pathTexts = []string{
	"/trail?%s", "a b %s", "Ünïcode-⚓-%s", "100%%25-%s", "it's %s", "%s#;=&+,$@!*()", "%s.json", `"%s"`, "a:%s",
}

// varyPath sets each path parameter to values at its edges, and to those that
// nothing has.
func (r *run) varyPath(op *openapi.Operation, random *rand.Rand) []variation {
	f := r.families[op.Shape()]
	names := pathNames(op)
	var all []variation
	for i, name := range names {
		p := pathParameter(op, name)
		put := f != nil && f.put == op && i == len(names)-1
		shape := schemaFactsOf(p.Schema, p.Schema)
		for _, text := range r.parameterTexts(p, random, !r.isNewParameter(p)) {
			v := variation{name: "path " + name + "=" + truncate(text), always: true,
				values: func(values []string) []string {
					values[i] = text
					return values
				}}
			if text == "." || text == ".." || r.isValid(op, validBody(r, op), v) {
				continue // the response to it is not known
			}
			all = append(all, v)
		}
		switch known := i < len(prefixes(op)) && r.families[prefixes(op)[i].shape].isCreatable(); {
		case put && r.odata && shape.isFreeForm():
			for _, text := range pathTexts {
				all = append(all, variation{name: "key like " + strings.ReplaceAll(text, "%s", "1"),
					values: func(values []string) []string {
						values[i] = strings.ReplaceAll(strings.ReplaceAll(text, "%s", values[i]), "%%", "%")
						return values
					}})
			}
		case known && !put && r.odata && !r.hasOwnErrors(op):
			key := r.newKey(p, random)
			all = append(all, variation{name: "nothing has this " + name, always: true,
				expect: expectation{[]int{404}, ruleNotFound},
				values: func(values []string) []string { values[i] = key; return values }})
		}
	}
	return all
}

func validBody(r *run, op *openapi.Operation) any {
	v, _ := r.smallestBody(op)
	return v
}

// sortedMap ranges over a map in the order of its keys.
func sortedMap[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
