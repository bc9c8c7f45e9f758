package resource

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
)

// FuzzParse reads any path: it does not panic, what is read is read back, and a
// path leaves behind no more nodes than it has segments, and only once.
func FuzzParse(f *testing.F) {
	for _, path := range somePaths {
		f.Add(path)
	}
	for _, path := range []string{
		"", "/", "//", "/%", "/users('", "/users('')", "/users(')", "/users()", "/users(=)", "/users(a=,)",
		"/users(id='@x')/{}", "/me/$ref/$ref",
		"/reports/getEmailActivityCounts(period='@p')", "/reports/getEmailActivityCounts(period=('')", "/users/%2F%28",
		"/users/\xff", "/me/(",
		"/Users/..", "/users(..)", "/users/graph.delta()", "/users/delta('x')", "/users('delta(x)')",
		"/groups/1/members/graph.", "/groups/1/members/.",
		"/me/drive/root:/a/b.txt:/content", "/me/drive/root:", "/me/drive/root:/", "/me/drive/root:/:/children",
		"/me/drive/items/a:/b:/c:/d", "/me/drive/items('a:')", "/me/drive/items('a:/b')", "/me/drive/root:/a:b/..",
		"/me/drive/root%3A%2Fa%2Fb%3A/content", "/me/drive/root:/a%2Fb/%3A/%2E", "/me/drive/root:/a//b:/content",
		"/sites/contoso.com:/a/b:/lists", "/sites/a:/b:/sites/c:/d", "/me/drive/items/1/thumbnails/0/c1x2/content",
		"/me/drive/items/1/thumbnails/0/:", "/me/drive/items/1/thumbnails/0/%2F", "/me/drive/items/:/a", "/me/drive/items/1:/::",
		"/deviceAppManagement/mobileApps/1/contentVersions/2/files", "/deviceAppManagement/managedAppPolicies/1/assign",
	} {
		f.Add(path)
	}
	model := graph.Model()
	f.Fuzz(func(t *testing.T, path string) {
		tree := NewTreeWith(model, graphOptions())
		p, err := tree.Parse(path)
		if p.Keys != len(p.Values) {
			t.Fatalf("%d values of a node that has %d", len(p.Values), p.Keys)
		}
		nodes := tree.nodes.Load()
		if nodes > int64(strings.Count(path, "/"))*2+2 { // a collection and its entity may stand in one segment
			t.Fatalf("%d nodes are kept", nodes)
		}
		if err != nil {
			if err.Error() == "" || err.At == nil || err.At != p.Node && err.At.Parent != p.Node {
				t.Fatalf("broken error %v", err)
			}
		}
		asURL, asOData := write(p)
		for _, written := range []string{asURL, asOData} {
			q, err := tree.Parse(written)
			if err != nil || q.Node != p.Node || !slices.Equal(q.Values, p.Values) {
				t.Fatalf("%s %q is written as %s and read as %s %q: %v", p.Template(), p.Values, written,
					q.Template(), q.Values,
					err)
			}
		}
		if n := tree.Resolve(p.Template()); n != p.Node {
			t.Fatalf("the template %s is another node", p.Template())
		}
		if after := tree.nodes.Load(); after != nodes {
			t.Fatalf("%d nodes grew to %d", nodes, after)
		}
	})
}
