package resource

import (
	"strings"
	"testing"
)

// TestEntitiesAreFoundByNames: what stands between colons leads from an entity to another.
func TestEntitiesAreFoundByNames(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"/me/drive/root:/a/b.txt:/content", "/me/drive/root:/{}:/content", Property, "Edm.Stream", []string{"a/b.txt"}},
		{"/me/drive/root:/a/b.txt", "/me/drive/root:/{}:", ByPath, "driveItem", []string{"a/b.txt"}},
		{"/me/drive/root:/a/b.txt:", "/me/drive/root:/{}:", ByPath, "driveItem", []string{"a/b.txt"}},
		{"/me/drive/root:/a/b.txt/", "/me/drive/root:/{}:", ByPath, "driveItem", []string{"a/b.txt"}},
		{"/drives/d/root:/a:/children", "/drives/{}/root:/{}:/children", Navigation, "driveItem*", []string{"d", "a"}},
		{"/drives/d/root:/a:/children/c", "/drives/{}/root:/{}:/children/{}", Key, "driveItem", []string{"d", "a", "c"}},
		{"/me/drive/items/x:/a", "/me/drive/items/{}:/{}:", ByPath, "driveItem", []string{"x", "a"}},
		{"/me/drive/items('x'):/a", "/me/drive/items/{}:/{}:", ByPath, "driveItem", []string{"x", "a"}},
		{"/me/drive/special/approot:/a:/content", "/me/drive/special/{}:/{}:/content", Property, "Edm.Stream",
			[]string{"approot", "a"}},
		{"/me/drive/root:/a%20b%25/%C3%BC%27.txt", "/me/drive/root:/{}:", ByPath, "driveItem", []string{"a b%/ü'.txt"}},
		{"/me/drive/root%3A/a/b%3A/content", "/me/drive/root:/{}:/content", Property, "Edm.Stream", []string{"a/b"}},
		{"/me/drive/root%3A%2Fa%2Fb%3A/content", "/me/drive/root:/{}:/content", Property, "Edm.Stream", []string{"a/b"}},
		{"/me/drive/items/root%3A%2Fa/b:/children", "/me/drive/items/{}:/{}:/children", Navigation, "driveItem*",
			[]string{"root", "a/b"}},
		{"/me/drive/root:/{path}:/children", "/me/drive/root:/{}:/children", Navigation, "driveItem*", []string{"{path}"}},
		{"/me/drive/root:/:/children", "/me/drive/root/children", Navigation, "driveItem*", nil},
		{"/me/drive/root:", "/me/drive/root", Navigation, "driveItem", nil},
		{"/me/drive/root:/", "/me/drive/root", Navigation, "driveItem", nil},
		{"/sites/contoso.com:/teams/a", "/sites/{}:/{}:", ByPath, "site", []string{"contoso.com", "teams/a"}},
		{"/sites/contoso.com:/teams/a:/lists/b", "/sites/{}:/{}:/lists/{}", Key, "list",
			[]string{"contoso.com", "teams/a", "b"}},
		{"/sites/contoso.com:/teams/a:/drive/root:/b:/content", "/sites/{}:/{}:/drive/root:/{}:/content", Property,
			"Edm.Stream", []string{"contoso.com", "teams/a", "b"}},
		{"/ME/Drive/ROOT:/A/B", "/me/drive/root:/{}:", ByPath, "driveItem", []string{"A/B"}},
		{"/me/drive/root:/a.xlsx:/workbook/worksheets('s')/range(address='A1')",
			"/me/drive/root:/{}:/workbook/worksheets/{}/range(address={})", Function, "workbookRange",
			[]string{"a.xlsx", "s", "A1"}},
	} {
		want.check(t, graphTree())
	}
	for path, want := range map[string]string{
		"/me/drive:/a":               `/me has no property, operation or derived type "drive:"`,
		"/me/drive/root:/a/../b":     `".." can't be a name below /me/drive/root (a path stands between two colons`,
		"/me/drive/root:/a:b/c":      `"a:b" can't be a name`,
		"/me/drive/root:/a//b":       `the path has an empty segment below /me/drive/root`,
		"/me/drive/root:/a:/childen": `/me/drive/root:/{}: has no property, operation or derived type "childen" (did you mean "children"?)`,
		"/me/drive/rot:/a":           `/me/drive has no property, operation or derived type "rot:" (did you mean "root"?)`,
	} {
		if err := fails(t, graphTree(), path); !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if p := parse(t, graphTree(), "/chats/19:a@thread.v2/messages/1:"); p.Template() != "/chats/{}/messages/{}" ||
		p.Values[1] != "1:" {
		t.Errorf("a key that ends in a colon is %s %q", p.Template(), p.Values)
	}
}

// TestOpenTypesHavePropertiesOfAnyName: their names are values.
func TestOpenTypesHavePropertiesOfAnyName(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"/me/drive/items/1/thumbnails/0/large", "/me/drive/items/{}/thumbnails/{}/large", Property, "thumbnail",
			[]string{"1", "0"}},
		{"/me/drive/items/1/thumbnails/0/c300x400_crop", "/me/drive/items/{}/thumbnails/{}/{}", Dynamic, "thumbnail",
			[]string{"1", "0", "c300x400_crop"}},
		{"/me/drive/items/1/thumbnails/0/c300x400/content", "/me/drive/items/{}/thumbnails/{}/{}/content", Property,
			"Edm.Stream", []string{"1", "0", "c300x400"}},
	} {
		want.check(t, graphTree())
	}
	fails(t, NewTree(graphTree().Model()), "/me/drive/items/1/thumbnails/0/c300x400")
}

// TestDerivedTypesWithoutACast: Graph's table of permissions has some members of derived
// types without the cast before them; others need it.
func TestDerivedTypesWithoutACast(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"/deviceAppManagement/mobileApps/1/contentVersions", "/deviceAppManagement/mobileApps/{}/contentVersions",
			Navigation, "mobileAppContent*", []string{"1"}},
		{"/deviceAppManagement/mobileApps/1/contentVersions/2/files",
			"/deviceAppManagement/mobileApps/{}/contentVersions/{}/files", Navigation, "mobileAppContentFile*",
			[]string{"1", "2"}},
		{"/deviceAppManagement/managedAppPolicies/1/ASSIGN", "/deviceAppManagement/managedAppPolicies/{}/assign", Action, "",
			[]string{"1"}},
	} {
		want.check(t, graphTree())
	}
	for _, path := range []string{
		"/directoryObjects/1/mail", "/directoryObjects/1/manager", "/me/messages/1/event", "/groups/1/owners/2/messages",
	} {
		fails(t, graphTree(), path)
	}
	fails(t, NewTree(graphTree().Model()), "/deviceAppManagement/mobileApps/1/contentVersions")
}

// TestTemplatesWithPaths: patterns name the path as they like, and so do requests.
func TestTemplatesWithPaths(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"/me/drive/root:/{path}:/content":         "/me/drive/root:/{}:/content",
		"/me/drive/root:/{item-path}":             "/me/drive/root:/{}:",
		"/me/drive/root:/a/b/c.txt:/children":     "/me/drive/root:/{}:/children",
		"/drives/{id}/items/{item}:/{path}:":      "/drives/{}/items/{}:/{}:",
		"/sites/{host}:/{path}:/lists/{list}":     "/sites/{}:/{}:/lists/{}",
		"/me/drive/items/{id}/thumbnails/{a}/{b}": "/me/drive/items/{}/thumbnails/{}/{}",
	} {
		if n := graphTree().Resolve(template); n == nil || n.Template() != want {
			t.Errorf("%s is %v", template, n)
		}
	}
	for _, template := range []string{"/me:/{path}", "/me/drive/root:/{path}:/nothing", "/me/messages/{id}:/{path}"} {
		if n := graphTree().Resolve(template); n != nil {
			t.Errorf("%s is %s", template, n.Template())
		}
	}
}
