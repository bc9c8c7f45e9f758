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
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// A variation is a change of an operation's request other than of its body's
// JSON.
type variation struct {
	name   string
	edit   func(*request)          // may be nil
	values func([]string) []string // of the path's parameters; may be nil
	want   want                    // of a valid request
	always bool                    // single requests, even where a resource could be put
	brief  bool                    // no lists, and no second DELETE: it is about the body
}

// trialsOf gives all trials of an operation.
func (r *run) trialsOf(op *openapi.Operation, random *rand.Rand) []trial {
	valid, invalid := r.bodies(op, random)
	var all []trial
	f := r.families[op.Shape()]
	puts := f != nil && f.put == op
	thorough := len(r.plainBodies(op, random)) // in number; the rest is about bodies only
	if r.verifies(op.SameBehaviorAs()) {
		valid = append(valid[:min(thorough, len(valid)):len(valid)], some(valid[min(thorough, len(valid)):])...)
		invalid = some(invalid)
	}
	for i, b := range valid {
		if puts {
			next := valid[(i+1)%len(valid)]
			all = append(all, trial{op, b.name, func(p *player) { p.lifecycle(op, b.value, next.value, variation{brief: i >= thorough}) }})
		} else if cycle := r.cycle(op, b, i >= thorough); cycle != nil {
			all = append(all, trial{op, b.name, cycle})
		} else {
			all = append(all, r.single(op, b.value, variation{name: b.name}))
		}
	}
	for _, b := range invalid {
		all = append(all, r.single(op, b.value, variation{name: b.name}))
	}
	var least, next any
	if len(valid) > 0 {
		least, next = valid[0].value, valid[len(valid)-1].value
	}
	for _, v := range r.variations(op, least, random) {
		if puts && !v.always && len(valid) > 0 && r.isValid(op, least, v) {
			all = append(all, trial{op, v.name, func(p *player) { p.lifecycle(op, least, next, v) }})
		} else {
			all = append(all, r.single(op, least, v))
		}
	}
	all = append(all, r.promises(op, least)...)
	return append(all, r.cascades(op)...)
}

// verifies tells whether an operation is among those that are verified.
func (r *run) verifies(id string) bool {
	return slices.ContainsFunc(r.operations, func(op *openapi.Operation) bool { return op.ID == id })
}

// some leaves out most of the changed bodies: an operation that answers as another
// one does gets fewer, where that other one gets them all.
func some(all []body) []body {
	var few []body
	for i := 0; i < len(all); i += 10 {
		few = append(few, all[i])
	}
	return few
}

// bodies gives the bodies of an operation by what the contract says of them.
func (r *run) bodies(op *openapi.Operation, random *rand.Rand) (valid, invalid []body) {
	meaning := r.judgesMeaning(op)
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

// single sends one request, and what has to be there before it and gone after it.
func (r *run) single(op *openapi.Operation, body any, v variation) trial {
	return trial{op, cmp.Or(v.name, "as it is"), func(p *player) {
		f := r.families[op.Shape()]
		values := r.values(op)
		var made map[string]any // what is there before it
		switch {
		case f != nil && f.put == op:
			values[len(values)-1] = p.freshKey(op)
		case f.creates() && v.values == nil && r.isValid(op, body, v):
			own, ok := p.create(f, values[:len(values)-1])
			if !ok {
				return
			}
			values = own
			made, _ = p.steps[len(p.steps)-1].answer.value.(map[string]any)
			if f.delete != nil && f.delete != op {
				defer func() { p.send("clean up", f.delete, r.request(f.delete, values), want{}) }()
			}
		}
		if op.Method == "POST" && body != nil && r.isValid(op, body, v) {
			body = anew(op.RequestBody().Schema(), body, p.random)
		}
		a := p.send("", op, r.vary(op, values, body, v), v.want)
		switch {
		case a == nil || f == nil:
		case f.put == op:
			p.remove(f, values)
		case f.get == op && made != nil && v.edit == nil && r.odata:
			p.same(made, a)
		}
		if inside := r.families[strings.TrimSuffix(op.Shape(), "/")+"/{}"]; a != nil && inside != nil && inside.post == op && inside.delete != nil {
			if id := idOf(a, ""); id != "" {
				p.send("clean up", inside.delete, r.request(inside.delete, append(values, id)), want{})
			}
		}
	}}
}

// variations gives the changes that are worth making to an operation's request.
func (r *run) variations(op *openapi.Operation, least any, random *rand.Rand) []variation {
	all := []variation{}
	if !op.RequestBody().Accepted {
		all = append(all, variation{name: "as it is"})
	}
	all = append(all, r.tokens(op)...)
	all = append(all, r.lines(op)...)
	if least != nil {
		all = append(all, r.media(op, least)...)
	}
	all = append(all, r.headers(op)...)
	if op.RequestBody().Accepted && r.has(ruleMinimal) && slices.Contains(slices.Collect(op.Statuses()), 204) {
		all = append(all, variation{name: "Prefer: return=minimal", always: true, want: want{[]int{204}, ruleMinimal},
			edit: func(q *request) { q.header.Set("Prefer", "return=minimal") }})
	}
	all = append(all, r.queries(op, random)...)
	return append(all, r.paths(op, random)...)
}

// tokens leaves the token out.
func (r *run) tokens(op *openapi.Operation) []variation {
	if !op.Security().RequiresToken() {
		return nil
	}
	no := func(q *request) { q.token = false }
	all := []variation{{name: "no token", edit: no}}
	if r.has("token-empty") {
		for _, h := range []string{"Basic dXNlcjpwYXNzd29yZA==", "Bearer", ""} {
			all = append(all, variation{name: "Authorization: " + h, edit: func(q *request) {
				q.token = false
				q.header.Set("Authorization", h)
			}})
		}
	}
	return all
}

// lines changes the request line to others that mean nothing, or the same.
func (r *run) lines(op *openapi.Operation) []variation {
	all := []variation{
		{name: "unknown segment after the path", edit: func(q *request) { q.path = strings.TrimSuffix(q.path, "/") + "/" + unknownName }},
		{name: "misspelt segment", edit: func(q *request) { q.path = misspell(op, q.path) }},
	}
	for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
		all = append(all, variation{name: "method " + method, always: true, edit: func(q *request) { q.method = method }})
	}
	all = slices.DeleteFunc(all, func(v variation) bool { // what another operation has is another operation's
		q := r.vary(op, r.values(op), nil, v)
		_, wrong := r.Contract.Route(q.method, r.base+q.path)
		return wrong == nil
	})
	if r.has("trailing-slash") {
		all = append(all, variation{name: "a slash at the end", edit: func(q *request) { q.path += "/" }})
	}
	if r.has("resource-name-case") {
		all = append(all, variation{name: "resource names in capitals", edit: func(q *request) { q.path = shout(op, q.path) }})
	}
	return all
}

// misspell adds a letter to the last fixed segment of a path.
func misspell(op *openapi.Operation, path string) string {
	return onNames(op, path, func(name string, last bool) string {
		if last {
			return name + "x"
		}
		return name
	})
}

func shout(op *openapi.Operation, path string) string {
	return onNames(op, path, func(name string, _ bool) string { return strings.ToUpper(name) })
}

// onNames changes the fixed segments of an operation's path.
func onNames(op *openapi.Operation, path string, change func(name string, last bool) string) string {
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

// media changes how the body is announced, and its bytes.
func (r *run) media(op *openapi.Operation, least any) []variation {
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
	for _, b := range brokenTexts(least) {
		if !b.strict || odata {
			all = append(all, variation{name: b.name, edit: func(q *request) { q.value, q.body = nil, b.bytes }})
		}
	}
	if r.has("content-encoding-unknown") {
		all = append(all,
			variation{name: "compressed body", edit: func(q *request) { q.packed = true }},
			variation{name: "Content-Encoding: br", edit: func(q *request) { q.header.Set("Content-Encoding", "br") }},
			variation{name: "Content-Encoding: gzip without", edit: func(q *request) { q.header.Set("Content-Encoding", "gzip") }})
	}
	return all
}

// headers changes the headers that every request may have.
func (r *run) headers(op *openapi.Operation) []variation {
	var all []variation
	if r.has("client-request-id") {
		all = append(all,
			variation{name: "no client-request-id", edit: func(q *request) { q.header["Client-Request-Id"] = nil }},
			variation{name: "a client-request-id that is no GUID", edit: func(q *request) { q.header.Set("Client-Request-Id", "verify 1") }})
	}
	if r.odata {
		for _, accept := range []string{"application/json", "*/*", "application/json;odata.metadata=minimal"} {
			all = append(all, variation{name: "Accept: " + accept, edit: func(q *request) { q.header.Set("Accept", accept) }})
		}
	}
	return all
}

// queries gives each query and header parameter values at its edges, and options
// that the operation does not have.
func (r *run) queries(op *openapi.Operation, random *rand.Rand) []variation {
	var all []variation
	if r.odata {
		for _, query := range []string{"$" + unknownName + "=1", unknownName + "=1"} {
			all = append(all, variation{name: "query " + query, edit: func(q *request) { q.query = join(q.query, query) }})
		}
	}
	for p := range op.Parameters() {
		if p.In != openapi.InQuery && p.In != openapi.InHeader || p.Schema == nil {
			continue
		}
		if p.Required {
			all = append(all, variation{name: "without " + p.In + " " + p.Name, edit: func(q *request) { setParameter(q, p, nil) }})
		}
		for _, text := range r.parameterTexts(p, random) {
			all = append(all, variation{name: p.In + " " + p.Name + "=" + cut(text), edit: func(q *request) { setParameter(q, p, &text) }})
		}
	}
	return all
}

// parameterTexts are values for a parameter. What a text without a form means,
// only examples know: nobody could guess a filter.
func (r *run) parameterTexts(p openapi.Parameter, random *rand.Rand) []string {
	var texts []string
	for _, e := range p.Examples {
		texts = append(texts, parameterText(e))
	}
	f := facetsOf(p.Schema, p.Schema)
	if f.isFree() {
		return texts
	}
	for _, c := range candidatesFor(p.Schema, p.Schema, random) {
		switch v := c.value.(type) {
		case map[string]any, []any, nil:
		case json.Number:
			if !f.may("number") && isWrittenOddly(v) {
				continue
			}
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

// isWrittenOddly tells a whole number such as 1.0 or 1e3: JSON has it among the
// integers, but no standard makes a service read it so in the text of a parameter.
func isWrittenOddly(n json.Number) bool {
	v, err := n.Float64()
	return err == nil && v == math.Trunc(v) && strings.ContainsAny(n.String(), ".eE")
}

// isPlain tells whether a header can carry a text as it is.
func isPlain(text string) bool {
	return strings.TrimSpace(text) == text && strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// setParameter gives a request's parameter a value, or takes it away.
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

func join(query, more string) string {
	if query == "" {
		return more
	}
	return query + "&" + more
}

// pathTexts are keys that are hard to carry in a path.
var pathTexts = []string{
	"/trail?%s", "a b %s", "Ünïcode-⚓-%s", "100%%25-%s", "it's %s", "%s#;=&+,$@!*()", "%s.json", `"%s"`, "a:%s",
}

// paths gives each path parameter values at its edges, and those that nothing has.
func (r *run) paths(op *openapi.Operation, random *rand.Rand) []variation {
	f := r.families[op.Shape()]
	names := pathNames(op)
	var all []variation
	for i, name := range names {
		p := pathParameter(op, name)
		put := f != nil && f.put == op && i == len(names)-1
		shape := facetsOf(p.Schema, p.Schema)
		for _, text := range r.parameterTexts(p, random) {
			v := variation{name: "path " + name + "=" + cut(text), always: true, values: func(values []string) []string {
				values[i] = text
				return values
			}}
			if text == "." || text == ".." || r.isValid(op, validBody(r, op), v) {
				continue // what it would find there, nobody knows
			}
			all = append(all, v)
		}
		switch known := i < len(prefixes(op)) && r.families[prefixes(op)[i].shape].creates(); {
		case put && r.odata && shape.isFree():
			for _, text := range pathTexts {
				all = append(all, variation{name: "key like " + strings.ReplaceAll(text, "%s", "1"), values: func(values []string) []string {
					values[i] = strings.ReplaceAll(strings.ReplaceAll(text, "%s", values[i]), "%%", "%")
					return values
				}})
			}
		case known && !put && r.odata:
			key := keyLike(p, random)
			all = append(all, variation{name: "nothing has this " + name, always: true, want: want{[]int{404}, ruleNotFound},
				values: func(values []string) []string { values[i] = key; return values }})
		}
	}
	return all
}

func validBody(r *run, op *openapi.Operation) any {
	v, _ := r.leastBody(op)
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
