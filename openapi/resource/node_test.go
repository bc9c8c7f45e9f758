package resource

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
)

// kept counts the nodes that can be reached from n, n left out.
func kept(n *Node) int {
	count := 0
	for _, in := range []*nodes{&n.children, &n.called} {
		if all := in.Load(); all != nil {
			for _, child := range *all {
				count += 1 + kept(child)
			}
		}
	}
	return count
}

func TestUnknownNamesAndKeysLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	known := []string{"/orders/1/lines(orderId='a',number=2)/note", "/orders(code='x')",
		"/orders/near(at='x',within=5)/1", "/clear", "/home", "/orders/1/total"}
	for _, path := range known {
		parse(t, tree, path)
	}
	before, scopes := tree.nodes.Load(), count(tree)
	for i := range 500 {
		for _, path := range []string{
			"/x%d", "/orders/x%d", "/orders('%d')", "/orders(code='%d')", "/orders(x%d='1')",
			"/orders/near(at='%d',within=%[1]d)/%[1]d",
			"/orders/near(x%d='1')", "/orders/1/x%d", "/orders/1/shop.x%d", "/home/x%d.wing", "/orders/$x%d",
			"/orders/x%d('1')",
			"/orders/1/total/x%d", "/%%zz%d", "/orders(%d", "/orders/near%d(at='x')", "/Orders/NEAR(AT='%d',Within=1)",
		} {
			tree.Parse(fmt.Sprintf(path, i))
			tree.Resolve(fmt.Sprintf(path, i))
		}
	}
	if after := tree.nodes.Load(); after != before || count(tree) != scopes {
		t.Errorf("%d nodes and %d scopes grew to %d and %d", before, scopes, after, count(tree))
	}
	if all := kept(tree.Root()); int64(all) != before {
		t.Errorf("%d nodes are kept, %d were counted", all, before)
	}
}

// count is the number of scopes.
func count(tree *Tree) (scopes int) {
	tree.scopes.Range(func(any, any) bool { scopes++; return true })
	return scopes
}

func TestSpellingsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	parse(t, tree, "/orders/1/shop.near(at='x')")
	before := tree.nodes.Load()
	for _, path := range []string{
		"/ORDERS/1/shop.near(at='x')", "/oRders/1/S.NEAR(AT='x')", "/orders(1)/SHOP.near( at = 'x' )",
		"/orders(id='1')/s.near(at=@p)",
		"/ORDERS", "/Orders('2')",
	} {
		parse(t, tree, path)
	}
	if after := tree.nodes.Load(); after != before {
		t.Errorf("%d nodes grew to %d", before, after)
	}
}

func TestATreeIsBounded(t *testing.T) {
	t.Parallel()
	tree := NewTree(graph.Model())
	tree.limit = 20
	first := parse(t, tree, "/users/1/messages/2")
	deep := "/me" + strings.Repeat("/manager/microsoft.graph.user", 20)
	for range 3 {
		p := parse(t, tree, deep+"/messages/1/attachments/2/$value")
		if p.Kind != Value || !slices.Equal(p.Values, []string{"1", "2"}) || !strings.HasSuffix(p.Template(),
			"/messages/{}/attachments/{}/$value") {
			t.Errorf("got %s %q", p.Template(), p.Values)
		}
		sameTemplate(t, tree, deep+"/GRAPH.sendmail()")
		sameTemplate(t, tree, deep+"/drive/root/search(q='x')")
	}
	if nodes := tree.nodes.Load(); nodes != 20 || kept(tree.Root()) != 20 {
		t.Errorf("%d nodes are counted, %d kept", nodes, kept(tree.Root()))
	}
	if again := parse(t, tree, "/users/1/messages/2"); again.Node != first.Node {
		t.Error("a node that was there is another")
	}
}

// sameTemplate checks that a path without a kept node is read alike each time.
func sameTemplate(t *testing.T, tree *Tree, path string) {
	t.Helper()
	if a, b := parse(t, tree, path), parse(t, tree, path); a.Template() != b.Template() || a.Keys != b.Keys ||
		a.Kind != b.Kind {
		t.Errorf("%s is %s and %s", path, a.Template(), b.Template())
	}
}

func TestATreeIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	tree := NewTree(graph.Model())
	paths := append(slices.Clone(somePaths), "/applications(appId='x')", "/ME/messages", "/me/graph.sendmail",
		"/groups/1/members/graph.user/2")
	found := make([][]*Node, 8)
	var group sync.WaitGroup
	for worker := range found {
		group.Go(func() {
			for i := range paths {
				p, _ := tree.Parse(paths[(i+worker*3)%len(paths)])
				found[worker] = append(found[worker], p.Node)
			}
		})
	}
	group.Wait()
	for worker, nodes := range found {
		for i, n := range nodes {
			if first := found[0][(i+worker*3)%len(paths)]; n != first {
				t.Errorf("%s is two nodes", paths[(i+worker*3)%len(paths)])
			}
		}
	}
	if all := kept(tree.Root()); int64(all) != tree.nodes.Load() {
		t.Errorf("%d nodes are kept, %d were counted", all, tree.nodes.Load())
	}
}

func TestOfNodesMadeAtTheSameTimeTheFirstCounts(t *testing.T) {
	t.Parallel()
	root := smallTree(t).Root()
	first, second := root.child(Action, "x", nil, false), root.child(Action, "x", nil, false)
	if root.keep(&root.children, "x", first) != first || root.keep(&root.children, "x", second) != first {
		t.Error("a node that was kept was replaced")
	}
	if nodes := root.tree.nodes.Load(); nodes != 1 {
		t.Errorf("%d nodes are counted, want 1", nodes)
	}
}

func TestConcurrentGrowthKeepsTheBound(t *testing.T) {
	t.Parallel()
	tree := NewTree(graph.Model())
	tree.limit = 50
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for _, path := range somePaths {
				tree.Parse(path)
			}
		})
	}
	group.Wait()
	if all := kept(tree.Root()); all != 50 || tree.nodes.Load() != 50 {
		t.Errorf("%d nodes are kept, %d counted, want 50", all, tree.nodes.Load())
	}
}

func TestNodesTellTheirDeclarations(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	order := parse(t, tree, "/orders/1")
	if p := order.Child("PLACE").Property; p == nil || p.Name != "place" || !p.Navigation {
		t.Errorf("got property %v", p)
	}
	if o := parse(t, tree, "/orders/near(at='x',within=1)").Overloads; len(o) != 1 ||
		o[0].QualifiedName() != "shop.near" || len(o[0].Params) != 3 {
		t.Errorf("got overloads %v", o)
	}
	if o := order.Child("near").Overloads; len(o) != 1 || o[0].Namespace != "shop.depot" {
		t.Errorf("got overloads %v", o)
	}
	if tree.Root().Parent != nil || order.Parent.Parent != tree.Root() {
		t.Error("the parents are wrong")
	}
	if order.Node.Entity() != nil || order.Child("address").Entity() != nil || order.Child("tags").Entity() != nil ||
		tree.Root().Entity() != nil {
		t.Error("no collection, and has entities")
	}
	for _, name := range []string{"", "()", "{}", "$", "$x", "lines()", "near(at", "near(at,within", "(code",
		"near(at='x')", "."} {
		for _, n := range []*Node{tree.Root(), order.Parent, order.Node} {
			if child := n.Child(name); child != nil {
				t.Errorf("%s has the child %q: %s", n.Template(), name, child.Template())
			}
		}
	}
}
