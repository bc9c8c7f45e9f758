package graph

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/internal/blocktext"
	"github.com/graphmock/graphmock/openapi/resource"
)

// maxPermissions is how large the text may be: it is a part of every binary.
const maxPermissions = 400 << 10

// TestPermissionsForOperations has the least privileged ones of users; of apps alone.
func TestPermissionsForOperations(t *testing.T) {
	t.Parallel()
	const twoNeeded = "AppRoleAssignment.ReadWrite.All+Application.Read.All"
	for operation, want := range map[string]string{
		"GET /me":                        "User.Read; ",
		"GET /me/messages":               "Mail.ReadBasic; Mail.ReadBasic.All",
		"POST /me/sendMail":              "Mail.Send; Mail.Send",
		"GET /users":                     "User.ReadBasic.All; User.ReadBasic.All",
		"POST /users":                    "User.ReadWrite.All; User.ReadWrite.All",
		"GET /users/$count":              "User.ReadBasic.All; User.ReadBasic.All",
		"GET /me/drive/items/{}/content": "Files.Read; Files.ReadWrite.All",
		"GET /applications/{}":           "Application.Read.All; Application.Read.All",
		"GET /applications(appId={})":    "Application.Read.All; Application.Read.All",
		"GET /groups/{}/members":         "GroupMember.ReadBasic.All; GroupMember.ReadBasic.All",
		"DELETE /groups/{}/members/{}":   "GroupMember.ReadWrite.All; GroupMember.ReadWrite.All",
		"POST /me/activities/{}":         "-; -",
		"GET /no/such/path":              "-; -",
		"GET":                            "-; -",
		"GET /groups/{}/members/$ref/":   "-; -",
		"POST /servicePrincipals/{}/appRoleAssignments":                                   twoNeeded + "; " + twoNeeded,
		"GET /groups/{}/members/microsoft.graph.user/$count":                              "GroupMember.ReadBasic.All; GroupMember.ReadBasic.All",
		"DELETE /groups/{}/members/{}/$ref":                                               "GroupMember.ReadWrite.All; GroupMember.ReadWrite.All",
		"GET /sites/{}/pages/{}/microsoft.graph.sitePage/canvasLayout/horizontalSections": "Sites.Read.All; Sites.Read.All",
		"GET /reports/getTeamsUserActivityCounts(period={})":                              "Reports.Read.All; Reports.Read.All",
		"GET /me/drive/root/delta(token={})":                                              "Files.Read; ",
		"GET /me/drive/root/workbook/worksheets":                                          "Files.ReadWrite; ",
		"GET /me/drive/root:/{}:/content":                                                 "Files.Read; Files.ReadWrite.All",
		"GET /me/drive/items/{}:/{}:/content":                                             "Files.Read; Files.ReadWrite.All",
		"GET /sites/{}:/{}:":                                                              "Sites.Read.All; Sites.Read.All",
	} {
		method, template, _ := strings.Cut(operation, " ")
		p, ok := PermissionsFor(method, template)
		got := strings.Join(p.Delegated.Least(), " ") + "; " + strings.Join(p.Application.Least(), " ")
		if !ok {
			got = "-; -"
		}
		if got != want {
			t.Errorf("%s: %s", operation, got)
		}
	}
}

func TestWhatSuffices(t *testing.T) {
	t.Parallel()
	for operation, c := range map[string]struct {
		has  string
		want bool
	}{
		"GET /me/messages":  {"Mail.ReadWrite", true},
		"POST /me/messages": {"Mail.Read Mail.Send", false},
		"GET /me":           {"", false},
		"GET /users/{}":     {"openid Directory.Read.All", true},
		"POST /servicePrincipals/{}/appRoleAssignments":      {"AppRoleAssignment.ReadWrite.All", false},
		"DELETE /servicePrincipals/{}/appRoleAssignments/{}": {"AppRoleAssignment.ReadWrite.All", true},
	} {
		method, template, _ := strings.Cut(operation, " ")
		p, ok := PermissionsFor(method, template)
		has := strings.Fields(c.has)
		got := p.Delegated.Suffice(func(name string) bool { return slices.Contains(has, name) })
		if !ok || got != c.want {
			t.Errorf("%s with %q: %v, of %v", operation, c.has, got, p.Delegated)
		}
	}
	both := Grants{{Name: "A", With: []string{"B", "C"}}}
	for has, want := range map[string]bool{"A": false, "B": false, "A C": true, "B A": true, "B C": false} {
		if both.Suffice(func(name string) bool { return slices.Contains(strings.Fields(has), name) }) != want {
			t.Errorf("A with one of B and C: %s is %v", has, !want)
		}
	}
	if (Grants{}).Suffice(func(string) bool { return true }) {
		t.Error("where there is no access, nothing is enough")
	}
}

// TestPermissionsAreWhole reads everything: blocks are in order and used, paths are those
// of the model, permissions have names.
func TestPermissionsAreWhole(t *testing.T) {
	t.Parallel()
	if len(v1Permissions) > maxPermissions {
		t.Errorf("%d bytes", len(v1Permissions))
	}
	tree := resource.NewTree(Model())
	used := map[string]bool{}
	var names []string
	for at := 0; at < len(v1Permissions); {
		end := blocktext.End(v1Permissions, at)
		block := v1Permissions[at:end]
		at = end
		name := firstWord(block)
		names = append(names, name)
		switch {
		case name == "#":
		case name[0] == '/':
			_, id, _ := strings.Cut(blocktext.FirstLine(block), " ")
			used[id] = true
			if !isPath(tree, name) {
				t.Errorf("%s is no path of the model", name)
			}
		case !used[name]:
			t.Errorf("block %s is not used", name)
		}
	}
	if !slices.IsSorted(names) {
		t.Error("the blocks are not in the order of their names")
	}
	for _, name := range names {
		if name[0] != '/' {
			continue
		}
		known := 0
		for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
			p, ok := PermissionsFor(method, name)
			if !ok {
				continue
			}
			known++
			for _, grants := range []Grants{p.Delegated, p.Application} {
				if len(grants) > 0 && len(grants.Least()) == 0 {
					t.Errorf("%s %s: none of %v is the least", method, name, grants)
				}
			}
			if len(p.Delegated)+len(p.Application) == 0 {
				t.Errorf("%s %s: nobody has access", method, name)
			}
		}
		if known == 0 {
			t.Errorf("nothing is known of %s", name)
		}
	}
	if len(names) < 4000 {
		t.Errorf("%d blocks", len(names))
	}
}

// isPath reports whether a template is one of the model, as it spells them. Casts may
// be left out.
func isPath(tree *resource.Tree, template string) bool {
	at := tree.Root()
	for segment := range strings.SplitSeq(strings.TrimPrefix(template, "/"), "/") {
		above := []string{at.Template()}
		if at.Type != nil {
			for _, t := range Model().Derived(at.Type) {
				above = append(above, at.Template()+"/"+t.Name)
			}
		}
		i := slices.IndexFunc(above, func(path string) bool { return tree.Resolve(path+"/"+segment) != nil })
		if i < 0 {
			return false
		}
		at = tree.Resolve(above[i] + "/" + segment)
		if at.Template() != above[i]+"/"+segment {
			return false
		}
	}
	return true
}

func TestPermissionNames(t *testing.T) {
	t.Parallel()
	names := PermissionNames()
	if !slices.IsSorted(names) || len(names) < 500 || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%d names", len(names))
	}
	for _, name := range names {
		if strings.ContainsAny(name, "+<|, ") || !strings.Contains(name, ".") {
			t.Errorf("%q is no permission", name)
		}
	}
	for _, name := range []string{"User.Read", "Mail.ReadWrite", "Directory.Read.All", "Group.ReadWrite.All"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is missing", name)
		}
	}
}

func FuzzPermissions(f *testing.F) {
	f.Add("/a id\nid\n GET,POST both A < B+C|D\n PUT delegated\n", "GET", "/a")
	f.Add("# x\n/a\n/b b\nb\n GET\n  \n", "GET", "/b")
	f.Add("\n/a /a\n GET application < <\n", "GET", "/a")
	f.Fuzz(func(t *testing.T, text, method, template string) {
		p, ok := permissionText(text).find(method, template)
		if !ok && len(p.Delegated)+len(p.Application) > 0 {
			t.Errorf("%+v, and not known", p)
		}
		for _, grants := range []Grants{p.Delegated, p.Application} {
			grants.Suffice(func(string) bool { return false })
			if len(grants.Least()) > len(grants) {
				t.Errorf("%v", grants)
			}
		}
		permissionText(text).names()
		PermissionsFor(method, template)
	})
}

// BenchmarkPermissions is what is paid to find those of one operation.
func BenchmarkPermissions(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := PermissionsFor("GET", "/me/messages/{}"); !ok {
			b.Fatal("it is missing")
		}
	}
}
