package resource

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
)

// graphTree is shared by tests that don't count its nodes.
var graphTree = sync.OnceValue(func() *Tree { return NewTreeWith(graph.Model(), graphOptions()) })

// graphOptions are what Graph means beside OData.
func graphOptions() Options {
	return Options{ByPath: graph.ByPath(), Dynamic: graph.AnyName(), Uncast: graph.IsDocumented}
}

// small has what Graph has not, or seldom: a key of two properties, names that mean
// two things, operations of two namespaces, a function that is not composable.
const small = `namespace shop
alias s shop
alias self shop.depot
container Service
 set lines line
 set orders order
 one home place
 import findOrders findOrders orders
 import clear clear
 function findOrders(state String, top Int32 optional) -> order* composable
 action clear()
complex address
 prop street String
complex homeAddress : address
 prop floor Int32
entity depot.wing : place
 prop name String?
entity line
 key orderId,number
 prop note String?
 prop number Int32
 prop orderId String
entity order
 key id
 altkey code
 altkey region,serial
 prop address address?
 prop addresses address*
 prop code String?
 prop id String
 prop picture Stream?
 prop region String?
 prop serial Int32?
 prop State String?
 prop state Int32?
 prop tags String*
 nav lines line* contained
 nav links order*
 nav place place?
 action cancel(reason String)
 function State() -> String
 function* cheapest() -> order
 function* near(at String, within Int32 optional) -> order* composable
 function .shop.depot.near(at String) -> depot.wing*
 function near(at String) -> order
 function total() -> Int32
entity place
 key id
 prop id String
`

func smallTree(t testing.TB) *Tree {
	t.Helper()
	m, err := edm.Parse("small", small)
	if err != nil {
		t.Fatal(err)
	}
	return NewTree(m)
}

func parse(t testing.TB, tree *Tree, path string) Path {
	t.Helper()
	p, err := tree.Parse(path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return p
}

// A reading is what a path means.
type reading struct {
	path, template string
	kind           Kind
	of             string // the type, with * for a collection
	values         []string
}

// check reads a path and compares.
func (want reading) check(t *testing.T, tree *Tree) {
	t.Helper()
	p, err := tree.Parse(want.path)
	if err != nil {
		t.Errorf("%s: %v", want.path, err)
		return
	}
	got := reading{want.path, p.Template(), p.Kind, typeOf(p.Node), p.Values}
	if got.template != want.template || got.kind != want.kind || got.of != want.of || !slices.Equal(got.values,
		want.values) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if p.Keys != len(p.Values) {
		t.Errorf("%s: %d values of a node that has %d", want.path, len(p.Values), p.Keys)
	}
}

func typeOf(n *Node) string {
	if n.Type == nil {
		return ""
	}
	name := strings.TrimPrefix(n.Type.Name, "microsoft.graph.")
	if n.Collection {
		name += "*"
	}
	return name
}
