package server_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/workload"
)

// A bodyMaker makes up the bodies of requests by the types of a model: right ones, with
// properties of every kind, entities in entities and links.
type bodyMaker struct {
	*rand.Rand
	model *edm.Model
}

// body is one for an operation, nil if it takes none.
func (m bodyMaker) body(method string, n *resource.Node) map[string]any {
	switch {
	case method == "GET" || method == "DELETE" || n.Kind == resource.Function:
		return nil
	case n.Kind == resource.Ref:
		return map[string]any{"@odata.id": m.link()}
	case n.Kind == resource.Action:
		arguments := map[string]any{}
		for _, p := range n.Overloads[0].Params[boundParams(n.Overloads[0]):] {
			if t := p.Type(); !p.Optional || m.IntN(2) == 0 {
				arguments[p.Name] = m.many(p.Collection, func() any { return m.value(t, 2) })
			}
		}
		return arguments
	case n.Type == nil || n.Type.Kind != edm.Entity && n.Type.Kind != edm.Complex:
		return nil
	}
	if n.Type.Abstract && len(m.concrete(n.Type)) == 0 {
		return nil // v1.0 has nothing that derives from it
	}
	return m.object(n.Type, 3, method == "POST")
}

// concrete are the types that derive from one and may be made.
func (m bodyMaker) concrete(t *edm.Type) []*edm.Type {
	return slices.DeleteFunc(m.model.Derived(t), func(d *edm.Type) bool { return d.Abstract })
}

func boundParams(o *edm.Operation) int {
	if o.Bound {
		return 1
	}
	return 0
}

func (m bodyMaker) link() string {
	return "https://graph.microsoft.com/v1.0/" + []string{"users/adele@contoso.com", "directoryObjects/x", "groups/1"}[m.IntN(3)]
}

// object is an entity or a complex value of a type, or of one that derives from it.
func (m bodyMaker) object(t *edm.Type, depth int, create bool) map[string]any {
	out := map[string]any{}
	if concrete := m.concrete(t); len(concrete) > 0 && (t.Abstract || m.IntN(4) == 0) {
		t = concrete[m.IntN(len(concrete))]
		out["@odata.type"] = "#" + t.Name
	}
	for _, p := range t.Properties() {
		needed := create && p.Required
		if p.ReadOnly || !needed && (p.Name == "id" || m.IntN(len(t.Properties())) > 5) {
			continue
		}
		if !p.Navigation {
			out[p.Name] = m.property(p, depth)
			continue
		}
		switch {
		case depth < 1:
		case p.Contained || m.IntN(2) == 0:
			out[p.Name] = m.many(p.Collection, func() any { return m.object(p.Type(), depth-2, create) })
		default:
			out[p.Name+"@odata.bind"] = m.many(p.Collection, func() any { return m.link() })
		}
	}
	if t.Name != "microsoft.graph.entity" && m.IntN(8) == 0 {
		out["@odata.etag"] = `W/"1"`
	}
	return out
}

// many is a list of what one makes, if it is to be one.
func (m bodyMaker) many(list bool, one func() any) any {
	if !list {
		return one()
	}
	all := make([]any, m.IntN(3))
	for i := range all {
		all[i] = one()
	}
	return all
}

func (m bodyMaker) property(p *edm.Property, depth int) any {
	if p.Nullable && !p.Collection && m.IntN(8) == 0 {
		return nil
	}
	v := m.many(p.Collection, func() any { return m.value(p.Type(), depth) })
	if text, ok := v.(string); ok && p.MaxLength > 0 && len(text) > p.MaxLength {
		v = text[:p.MaxLength]
	}
	return v
}

func (m bodyMaker) pick(values ...any) any { return values[m.IntN(len(values))] }

// value is one of a type.
func (m bodyMaker) value(t *edm.Type, depth int) any {
	switch {
	case t.Name == "microsoft.graph.Json":
		return m.pick("x", json.Number("1"), map[string]any{"a": []any{true}})
	case t.Kind == edm.Enum:
		names := []string{t.Members[m.IntN(len(t.Members))].Name}
		if t.IsFlags && m.IntN(2) == 0 {
			names = append(names, t.Members[m.IntN(len(t.Members))].Name)
		}
		return strings.Join(names, ",")
	case t.Kind == edm.Complex && depth < 1:
		if t.Abstract {
			return m.object(t, 0, false)
		}
		return map[string]any{}
	case t.Kind == edm.Complex, t.Kind == edm.Entity:
		return m.object(t, depth-1, false)
	}
	switch t.Primitive {
	case edm.Boolean:
		return m.IntN(2) == 0
	case edm.Byte, edm.Int16, edm.Int32, edm.SByte:
		return json.Number([]string{"0", "1", "100"}[m.IntN(3)])
	case edm.Int64:
		return m.pick(json.Number("9007199254740993"), "-1", json.Number("0"))
	case edm.Decimal, edm.Double, edm.Single:
		return m.pick(json.Number("1.5"), json.Number("-2"), json.Number("1e3"))
	case edm.Guid:
		return "f7a5e8e6-0d0a-4a5e-8f5f-0123456789ab"
	case edm.Date:
		return m.pick("2026-02-28", "1999-12-31")
	case edm.DateTimeOffset:
		return m.pick("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123+02:00")
	case edm.TimeOfDay:
		return m.pick("16:30:00", "00:00:00.0000000")
	case edm.Duration:
		return m.pick("PT1H30M", "P2D", "-PT15M")
	case edm.Binary, edm.Stream:
		return m.pick("Z3JhcGg=", "Z3JhcGg", "")
	case edm.Untyped:
		return m.pick("x", json.Number("1"))
	}
	return m.pick("text", "", "äöü 漢字 🙂", `a "quote" \`, strings.Repeat("long ", 60))
}

// spoil changes a body somewhere.
func (m bodyMaker) spoil(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && m.IntN(5) > 0 {
			v = maps.Clone(v)
			name := slices.Sorted(maps.Keys(v))[m.IntN(len(v))]
			switch m.IntN(5) {
			case 0:
				v[name+"x"] = v[name]
				delete(v, name)
			case 1:
				v["@odata.type"] = m.wrong()
			case 2:
				v[name+"@odata.bind"] = m.wrong()
			default:
				v[name] = m.spoil(v[name])
			}
			return v
		}
	case []any:
		if len(v) > 0 && m.IntN(5) > 0 {
			v = slices.Clone(v)
			i := m.IntN(len(v))
			v[i] = m.spoil(v[i])
			return v
		}
	}
	return m.wrong()
}

func (m bodyMaker) wrong() any {
	return m.pick(nil, true, "", "x", json.Number("1"), json.Number("-1e400"), []any{}, []any{nil}, map[string]any{},
		map[string]any{"@odata.type": "#x"}, map[string]any{"@odata.id": "users/1"}, map[string]any{"value": []any{nil}},
		"#microsoft.graph.user", strings.Repeat("x", 5000))
}

// drawPath draws a path of the model where something may be written.
func drawPath(random *rand.Rand, c *openapi.Contract) string {
	path, n := "", c.Tree().Root()
	for range 1 + random.IntN(6) {
		if n.Collection {
			if n.Entity() == nil {
				break
			}
			path += "/" + []string{"key-1", "adele@contoso.com", "11111111-2222-4333-8444-555555555555"}[random.IntN(3)]
		} else {
			all := n.Type.Properties()
			if len(all) == 0 {
				break
			}
			path += "/" + all[random.IntN(len(all))].Name
		}
		read, bad := c.Tree().Parse(path)
		if bad != nil || read.Type == nil {
			break
		}
		if n = read.Node; n.Type.Kind != edm.Entity && n.Type.Kind != edm.Complex {
			break
		}
	}
	if actions := actionsAt(n); len(actions) > 0 && random.IntN(3) == 0 {
		path += "/microsoft.graph." + actions[random.IntN(len(actions))].Name
	} else if random.IntN(8) == 0 {
		path += "/$ref"
	}
	return path
}

func actionsAt(n *resource.Node) []*edm.Operation {
	var all []*edm.Operation
	if n.Type == nil || n.Parent == nil {
		return nil
	}
	for o := range n.Type.AllOperations() {
		if o.Action && o.Bound && o.Params[0].Collection == n.Collection && o.Namespace == "microsoft.graph" {
			all = append(all, o)
		}
	}
	return all
}

// walkSeed is where a walk begins: at $GRAPHMOCK_WALK, a whole number, or at 1.
func walkSeed(t *testing.T) uint64 {
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("GRAPHMOCK_WALK"), "1"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("GRAPHMOCK_WALK=%d", seed)
	return seed
}

// TestBodiesOfEveryTypeAreAnswered sends bodies of all types: a right one is never refused by
// the contract, a spoiled one never ends in a bug, and no response breaks the contract.
func TestBodiesOfEveryTypeAreAnswered(t *testing.T) {
	t.Parallel()
	seed := walkSeed(t)
	var mu sync.Mutex
	var last server.Exchange
	s := newServer(t, server.Config{Observe: func(e server.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		last = e
	}})
	c := openapi.Embedded()
	m := bodyMaker{rand.New(rand.NewPCG(seed, 1)), c.Tree().Model()}
	sent, made := 0, ""
	for failed := 0; sent < 3000 && failed < 10; {
		path := drawPath(m.Rand, c)
		method := []string{"POST", "POST", "PATCH", "PUT"}[m.IntN(4)]
		if made != "" { // an entity that there is
			path, method, made = made, []string{"PATCH", "PATCH", "PUT"}[m.IntN(3)], ""
			if res, answer := send(t, s, "GET", "/v1.0"+path, nil); res.StatusCode >= 500 {
				t.Errorf("GET %s: %s %s", path, res.Status, answer)
			}
		}
		match, refused := c.Route(method, "/v1.0"+path)
		if refused != nil || !match.Operation.IsDerived() {
			continue
		}
		node := match.Resource().Node
		body := m.body(method, node)
		if body == nil {
			continue
		}
		sent++
		right := m.IntN(3) > 0
		var value any = body
		if !right {
			value = m.spoil(m.spoil(body))
		}
		text := jsontext.Append(nil, value)
		res, answer := send(t, s, method, "/v1.0"+path, bytes.NewReader(text))
		if res.StatusCode >= 500 && res.Header.Get("Graphmock-Unsupported") == "" {
			failed++
			t.Errorf("%s %s %s: %s %s", method, path, text, res.Status, answer)
		}
		if _, at, ok := strings.Cut(followed(res.Header.Get("Location")), "/v1.0/"); ok && res.StatusCode == 201 {
			made = "/" + at
		}
		mu.Lock()
		for _, v := range last.Violations {
			_, ofWorkload := workload.RuleOf(v.Rule) // which no schema says
			if v.Side == openapi.ResponseSide || right && v.In == openapi.InBody && !ofWorkload {
				failed++
				t.Errorf("%s %s %s: %d: %s", method, path, text, res.StatusCode, v)
			}
		}
		mu.Unlock()
	}
}

// followed is a Location as a URL that leads to what it names: those of the directory don't.
func followed(location string) string {
	_, at, ofDirectory := strings.Cut(location, "/directoryObjects/")
	id, kind, _ := strings.Cut(at, "/Microsoft.DirectoryServices.")
	if !ofDirectory || kind == "" {
		return location
	}
	return "/v1.0/" + strings.ToLower(kind[:1]) + kind[1:] + "s/" + id
}
