package resource

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// write returns a path as a URL has it, and as @odata.id has it.
func write(p Path) (asURL, asOData string) {
	var b, o []byte
	for n, values := range p.Segments() {
		b, o = AppendURL(b, n, values...), AppendOData(o, n, values...)
	}
	return string(b), string(o)
}

func TestPathsAreWritten(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ path, asURL, asOData string }{
		{"/", "", ""},
		{"/ME/", "/me", "/me"},
		{"/users('1')/Activities/2", "/users/1/activities/2", "/users('1')/activities('2')"},
		{"/users/it's", "/users/it%27s", "/users('it%27%27s')"},
		{"/users('a%2Fb')", "/users/a%2Fb", "/users('a%2Fb')"},
		{"/users('delta')/mail", "/users('delta')/mail", "/users('delta')/mail"},
		{"/users('Delta()')", "/users('Delta%28%29')", "/users('Delta%28%29')"},
		{"/users('graph.delta(x)')", "/users('graph.delta%28x%29')", "/users('graph.delta%28x%29')"},
		{"/users('$count')", "/users('%24count')", "/users('%24count')"},
		{"/users('..')", "/users('..')", "/users('..')"},
		{"/users/a(b)", "/users/a%28b%29", "/users('a%28b%29')"},
		{"/users/graph.delta()", "/users/delta", "/users/delta"},
		{"/groups/1/members/graph.user/$count", "/groups/1/members/microsoft.graph.user/$count",
			"/groups('1')/members/microsoft.graph.user/$count"},
		{"/groups('1')/members/2/$REF", "/groups/1/members/2/$ref", "/groups('1')/members('2')/$ref"},
		{"/applications(APPID='x y')/owners", "/applications(appId='x%20y')/owners",
			"/applications(appId='x%20y')/owners"},
		{"/applications(appId=@a)", "/applications(appId=@a)", "/applications(appId=@a)"},
		{"/reports/getEmailActivityCounts(period='D7')", "/reports/getEmailActivityCounts(period='D7')",
			"/reports/getEmailActivityCounts(period='D7')"},
		{"/reports/getEmailActivityUserDetail(date='2018-03-05')",
			"/reports/getEmailActivityUserDetail(date=2018-03-05)",
			"/reports/getEmailActivityUserDetail(date=2018-03-05)"},
		{"/me/drive/items/1/workbook/worksheets/2/Cell(column=6,row=5)",
			"/me/drive/items/1/workbook/worksheets/2/cell(row=5,column=6)",
			"/me/drive/items('1')/workbook/worksheets('2')/cell(row=5,column=6)"},
	} {
		asURL, asOData := write(parse(t, graphTree(), row.path))
		if asURL != row.asURL || asOData != row.asOData {
			t.Errorf("%s:\ngot  %s and %s\nwant %s and %s", row.path, asURL, asOData, row.asURL, row.asOData)
		}
		sameReading(t, graphTree(), asURL, row.path)
		sameReading(t, graphTree(), asOData, row.path)
	}
}

func TestEveryKeyIsReadBack(t *testing.T) {
	t.Parallel()
	keys := []string{
		"1", "it's", "'", "''", "'a'", "a/b", "/", "%", "%2F", "$count", "$", ".", "..", "...", "delta", "DELTA",
		"delta()",
		"delta(", "(",
		"()", "('1')", "delta('x')", "microsoft.graph.delta", "Graph.Delta()", "graph.user", "microsoft.graph.group",
		"{}",
		"{id}", "@p", "a=b", "a,b", " ",
		"ü", "\x00", "\xff", "a?b#c", "a+b", "getByIds", strings.Repeat("k", 300), strings.Repeat("delta.", 60),
	}
	for _, collection := range []string{"/users", "/groups/1/members", "/groups/1/members/microsoft.graph.user"} {
		at := parse(t, graphTree(), collection)
		for _, key := range keys {
			p := at.Entity(key)
			asURL, asOData := write(p)
			for _, written := range []string{asURL, asOData} {
				if got := parse(t, graphTree(), written); got.Node != p.Node || !slices.Equal(got.Values, p.Values) {
					t.Errorf("%s of %q is read as %s %q", written, key, got.Template(), got.Values)
				}
				if u, err := url.Parse(written); err != nil || strings.HasSuffix(u.Path, "/.") ||
					strings.HasSuffix(u.Path, "/..") {
					t.Errorf("%q is written as %s", key, written)
				}
			}
		}
	}
}

func TestSegmentsHaveTheirValues(t *testing.T) {
	t.Parallel()
	var got []string
	p := parse(t, smallTree(t), "/orders(region='n',serial=4)/lines(number=2,orderId='a')/note")
	for n, values := range p.Segments() {
		got = append(got, fmt.Sprint(n.Name, values))
	}
	want := []string{"orders[]", "{}[n 4]", "lines[]", "{}[a 2]", "note[]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for n := range p.Segments() {
		if n.Name != "orders" {
			t.Error("the loop goes on after its end:", n.Name)
		}
		break
	}
	for range (Path{}).Segments() {
		t.Error("a path without a node has segments")
	}
}

func TestArgumentsHaveTheirNames(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	for path, want := range map[string]map[string]string{
		"/findOrders(top=3,state='new')":       {"state": "new", "top": "3"},
		"/findOrders(state='new')":             {"state": "new"},
		"/orders/1/shop.near(AT='x')":          {"at": "x"},
		"/orders/1/total":                      {},
		"/orders/1":                            {},
		"/orders(code='c')":                    {"code": "c"},
		"/findOrders(state='new')/1/id":        {},
		"/orders/1/lines(number=2,orderId=@o)": {"orderId": "@o", "number": "2"},
	} {
		if got := maps.Collect(parse(t, tree, path).Arguments()); !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

func TestPathsLeadToOthers(t *testing.T) {
	t.Parallel()
	tree := graphTree()
	p := parse(t, tree, "/users/1/messages/2")
	for _, row := range []struct {
		name, want string
		got        Path
	}{
		{"CollectionPath", "/users/1/messages", p.CollectionPath()},
		{"Above", "/users/1/messages", p.Above()},
		{"Above twice", "/users/1", p.Above().Above()},
		{"Above thrice", "/users", p.Above().Above().Above()},
		{"Sibling", "/users/1/messages/3", p.Sibling("3")},
		{"To", "/users/1/messages/2/attachments", p.To("attachments")},
		{"Entity", "/users/1/messages/2/attachments/4", p.To("attachments").Entity("4")},
		{"CollectionPath of a collection", "/users/1/messages", p.Above().CollectionPath()},
		{"CollectionPath of a single entity", "/me/manager", parse(t, tree, "/me/manager").CollectionPath()},
		{"CollectionPath of an alternate key", "/applications",
			parse(t, tree, "/applications(appId='x')").CollectionPath()},
		{"Sibling of an alternate key", "/applications/2", parse(t, tree, "/applications(appId='x')").Sibling("2")},
		{"Above a count", "/users", parse(t, tree, "/users/$count").Above()},
		{"Above a function", "/reports", parse(t, tree, "/reports/getEmailActivityCounts(period='D7')").Above()},
	} {
		if got, _ := write(row.got); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
	for name, got := range map[string]Path{
		"To nothing": p.To("none"), "Entity of an entity": p.Entity("1"), "two keys": p.Above().Entity("1", "2"),
		"no key":         p.Above().Entity(),
		"above the root": parse(t, tree, "/").Above(),
	} {
		if got.Node != nil {
			t.Errorf("%s is %s", name, got.Template())
		}
	}
	if !slices.Equal(p.Values, []string{"1", "2"}) {
		t.Error("the path itself was changed:", p.Values)
	}
}

func TestPathsDoNotShareValues(t *testing.T) {
	t.Parallel()
	p := parse(t, graphTree(), "/users/1/messages")
	a, b := p.Entity("a"), p.Entity("b")
	c := p.To("delta")
	if a.Values[1] != "a" || b.Values[1] != "b" || len(c.Values) != 1 {
		t.Errorf("got %q, %q and %q", a.Values, b.Values, c.Values)
	}
	if cap(p.Values) != len(p.Values) {
		t.Error("there is room behind the values: appending to two copies of a path would mix them")
	}
}

func TestNodesTakeValuesOfURLs(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	for _, row := range []struct {
		template     string
		values, want []string
	}{
		{"/orders/{id}", []string{"'1'"}, []string{"'1'"}}, // a key, not an argument
		{"/orders/{id}/near(at={at})", []string{"'1'", "'it''s'"}, []string{"'1'", "it's"}},
		{"/orders/{id}/near(at='{at}')", []string{"1", "it's"}, []string{"1", "it's"}},
		{"/findOrders(state={s},top={t})/{id}", []string{"'a'", "2", "'b'"}, []string{"a", "2", "'b'"}},
		{"/orders(code='{c}')", []string{"x"}, []string{"x"}},
	} {
		values := slices.Clone(row.values)
		p := tree.Resolve(row.template).Path(values)
		if p.Node == nil || !slices.Equal(p.Values, row.want) {
			t.Errorf("%s: got %q, want %q", row.template, p.Values, row.want)
		}
		if !slices.Equal(values, row.values) {
			t.Errorf("%s: the caller's values were changed", row.template)
		}
	}
	if p := tree.Resolve("/orders/{id}").Path(nil); p.Node != nil {
		t.Error("a key is missing:", p.Template())
	}
	if p := (*Node)(nil).Path(nil); p.Node != nil {
		t.Error("no node has a path")
	}
}

// It does not run in parallel: other tests would count.
func TestSegmentsAllocateNothing(t *testing.T) {
	p := parse(t, graphTree(), "/users/1/mailFolders/2/messages/3/attachments/4")
	b := make([]byte, 0, 200)
	allocated := testing.AllocsPerRun(100, func() {
		b = b[:0]
		for n, values := range p.Segments() {
			b = AppendURL(b, n, values...)
		}
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}
