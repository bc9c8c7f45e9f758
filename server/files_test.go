package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// A filesClient sends requests about files, below /v1.0.
type filesClient struct {
	t      *testing.T
	server *server.Server
}

// newFilesClient returns a client of contoso, whose responses keep the contract.
func newFilesClient(t *testing.T) *filesClient {
	return &filesClient{t, newServer(t, server.Config{Now: now, Observe: func(e server.Exchange) {
		for _, v := range e.Violations {
			if v.Side == openapi.ResponseSide || e.Status < 400 {
				t.Errorf("%s %s: %s", e.Method, e.Path, v)
			}
		}
	}})}
}

// do sends a request, and returns its status and what is in its body.
func (c *filesClient) do(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	res, text := c.send(method, path, body)
	var value map[string]any
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &value); err != nil {
			c.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return res.StatusCode, value
}

func (c *filesClient) send(method, path, body string) (*http.Response, []byte) {
	c.t.Helper()
	if strings.HasSuffix(path, "/content") || strings.Contains(path, "/content?") {
		return send(c.t, c.server, method, "/v1.0"+path, strings.NewReader(body), "Content-Type", "text/plain")
	}
	if body == "" {
		return send(c.t, c.server, method, "/v1.0"+path, nil)
	}
	return send(c.t, c.server, method, "/v1.0"+path, strings.NewReader(body))
}

// want sends a request that is answered with a status, and returns what is in its body.
func (c *filesClient) want(status int, method, path, body string) map[string]any {
	c.t.Helper()
	got, value := c.do(method, path, body)
	if got != status {
		c.t.Errorf("%s %s: %d, want %d: %v", method, path, got, status, value)
	}
	return value
}

// names lists what is in a folder.
func (c *filesClient) names(path string) []string {
	c.t.Helper()
	var names []string
	list, _ := c.want(200, "GET", path, "")["value"].([]any)
	for _, each := range list {
		names = append(names, each.(map[string]any)["name"].(string))
	}
	slices.Sort(names)
	return names
}

func (c *filesClient) wantNames(path string, want ...string) {
	c.t.Helper()
	if got := c.names(path); !slices.Equal(got, want) {
		c.t.Errorf("%s has %q, want %q", path, got, want)
	}
}

func TestFilesAreFoundByTheirPath(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	lake := c.want(200, "GET", "/me/drive/root:/Maps/lake.txt", "")
	for _, path := range []string{
		"/me/drive/root:/Maps/lake.txt:", "/me/drive/root:/maps/LAKE.TXT", "/me/drive/root%3A/Maps/lake%2Etxt%3A",
		"/me/drive/items/root:/Maps/lake.txt:", "/me/drive/items/root%3A%2FMaps%2Flake.txt%3A",
		"/me/drive/items/01CONTOSOMAPS:/lake.txt:", "/me/drive/items/01CONTOSOLAKE", "/me/drive/items('01CONTOSOLAKE')",
		"/me/drive/items/01CONTOSOMAPS/children/01CONTOSOLAKE", "/me/drive/items/01CONTOSOMAPS/children/lake.txt",
		"/me/drive/root:/Maps:/children/01CONTOSOLAKE", "/users/user@contoso.com/drive/root:/Maps/lake.txt:",
		"/drives/b!contoso-user/root:/Maps/lake.txt", "/drives/b!contoso-user/items/01CONTOSOLAKE",
		"/me/drives/b!contoso-user/items/root:/Maps:/children/01CONTOSOLAKE",
	} {
		got := c.want(200, "GET", path, "")
		if got["id"] != "01CONTOSOLAKE" || got["name"] != lake["name"] || got["eTag"] != lake["eTag"] {
			t.Errorf("%s: %v", path, got)
		}
	}
	for _, path := range []string{
		"/me/drive/root:/Maps/sea.txt", "/me/drive/root:/Maps/lake.txt/deeper", "/me/drive/root:/Maps/sea:/children",
		"/me/drive/items/01CONTOSOPLAN:/a", "/me/drive/items/nothing:/a", "/me/drive/root:/nothing:/content",
		"/me/drive/root/children/01CONTOSOLAKE", "/drives/b!other/root:/Maps",
		"/drives/b!dXNlcnMvbm9ib2R5L2RyaXZl/root:/Maps",
		"/drives/b!Li4/root", "/sites/contoso.sharepoint.com:/sites/none", "/sites/none:/sites/trails",
	} {
		if got := c.want(404, "GET", path, ""); fmt.Sprint(got["error"].(map[string]any)["code"]) != "itemNotFound" {
			t.Errorf("%s: %v", path, got)
		}
	}
	for _, path := range []string{"/me/drive/root:/a/../b", "/me/drive/root:/a/%2E%2E/b", "/me/drive/root:/a:b/c"} {
		c.want(400, "GET", path, "")
	}
}

func TestFoldersListWhatIsInThem(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	for _, path := range []string{
		"/me/drive/root/children", "/me/drive/items/root/children", "/me/drive/root:/:/children",
		"/drives/b!contoso-user/root/children", "/me/drive/root/children?$orderby=name",
	} {
		c.wantNames(path, "Maps", "Plan of the season.docx")
	}
	for _, path := range []string{
		"/me/drive/root:/Maps:/children", "/me/drive/items/01CONTOSOMAPS/children",
		"/me/drive/items/root:/Maps:/children",
	} {
		c.wantNames(path, "lake.txt", "ridge.txt")
	}
	c.wantNames("/me/drive/root:/Maps:/children?$filter=name%20eq%20'lake.txt'", "lake.txt")
	if _, n := c.send("GET", "/me/drive/root:/Maps:/children/$count", ""); string(n) != "2" {
		t.Errorf("$count is %s", n)
	}
	maps := c.want(200, "GET", "/me/drive/root:/Maps?$expand=children", "")
	if list, _ := maps["children"].([]any); len(list) != 2 {
		t.Errorf("expanded: %v", maps)
	}
}

func TestContentIsPutByPath(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	const path = "/me/drive/root:/Reports/2026/q1.txt"
	made := c.want(201, "PUT", path+":/content", "first")
	again := c.want(200, "PUT", path+":/content", "the second")
	if made["id"] != again["id"] || made["size"] != 5.0 || again["size"] != 10.0 || made["cTag"] == again["cTag"] ||
		made["eTag"] == again["eTag"] || made["folder"] != nil || again["name"] != "q1.txt" {
		t.Errorf("%v, then %v", made, again)
	}
	if file, _ := made["file"].(map[string]any); file["mimeType"] != "text/plain" {
		t.Errorf("file is %v", made["file"])
	}
	if by, _ := json.Marshal(again["lastModifiedBy"]); !strings.Contains(string(by), `"displayName":"Contoso User"`) {
		t.Errorf("lastModifiedBy is %s", by)
	}
	res, text := c.send("GET", "/me/drive/items/"+made["id"].(string)+"/content", "")
	if string(text) != "the second" || res.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%s of %s", text, res.Header.Get("Content-Type"))
	}
	c.wantNames("/me/drive/root/children", "Maps", "Plan of the season.docx", "Reports")
	c.wantNames("/me/drive/root:/Reports:/children", "2026")
	c.wantNames("/me/drive/root:/Reports/2026:/children", "q1.txt")
	folder := c.want(200, "GET", "/me/drive/root:/Reports/2026", "")
	in, _ := made["parentReference"].(map[string]any)
	if in["id"] != folder["id"] || in["driveId"] != "b!contoso-user" || in["name"] != "2026" ||
		in["path"] != "/drives/b!contoso-user/root:/Reports/2026" {
		t.Errorf("parentReference is %v", in)
	}
	if n := folder["folder"].(map[string]any)["childCount"]; n != 1.0 {
		t.Errorf("childCount is %v", n)
	}
	if root := c.want(200, "GET", "/me/drive/root", ""); root["folder"].(map[string]any)["childCount"] != 3.0 {
		t.Errorf("the root is %v", root)
	}
	if url, _ := made["webUrl"].(string); !strings.HasSuffix(url, "/Reports/2026/q1.txt") {
		t.Errorf("webUrl is %s", url)
	}
	res, _ = c.send("PUT", "/me/drive/items/root:/new%20one.bin:/content", "x")
	at := res.Header.Get("Location")
	if _, below, _ := strings.Cut(at, "/v1.0"); res.StatusCode != 201 || below == "" {
		t.Errorf("%s, at %q", res.Status, at)
	} else if got := c.want(200, "GET", below, ""); got["name"] != "new one.bin" {
		t.Errorf("%s is %v", at, got)
	}
	c.want(400, "PUT", "/me/drive/root:/Maps:/content", "x")
	c.want(400, "PUT", "/me/drive/root/content", "x")
	c.want(400, "PUT", "/me/drive/root:/Maps/lake.txt/below:/content", "x")
	c.want(404, "PUT", "/me/drive/items/nothing/content", "x")
	c.want(404, "PUT", "/me/drive/items/nothing:/a.txt:/content", "x")
}

func TestNamesThatAreTaken(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	c.want(201, "POST", "/me/drive/root/children", `{"name": "A", "folder": {}}`)
	c.want(409, "POST", "/me/drive/root/children", `{"name": "a", "folder": {}}`)
	c.want(409, "POST", "/me/drive/root/children",
		`{"name": "A", "folder": {}, "@microsoft.graph.conflictBehavior": "fail"}`)
	renamed := c.want(201, "POST", "/me/drive/root/children",
		`{"name": "A", "folder": {}, "@microsoft.graph.conflictBehavior": "rename"}`)
	if renamed["name"] != "A 1" || renamed["@microsoft.graph.conflictBehavior"] != nil {
		t.Errorf("%v", renamed)
	}
	c.want(201, "PUT", "/me/drive/root:/a.txt:/content", "1")
	c.want(409, "PUT", "/me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=fail", "2")
	renamed = c.want(201, "PUT", "/me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=rename", "3")
	if renamed["name"] != "a 1.txt" {
		t.Errorf("%v", renamed)
	}
	c.want(200, "PUT", "/me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=replace", "4")
	c.want(409, "PATCH", "/me/drive/root:/a.txt", `{"name": "A 1.txt"}`)
	c.want(200, "PATCH", "/me/drive/root:/a.txt", `{"name": "A.TXT"}`)
	for _, name := range []string{"", ".", "..", "a/b", "a:b", "a*", "a?", "<", ">", "|", `\\`, `\"`} {
		c.want(400, "POST", "/me/drive/root/children", `{"name": "`+name+`", "folder": {}}`)
	}
	c.want(400, "POST", "/me/drive/root/children", `{"folder": {}}`)
	c.wantNames("/me/drive/root/children", "A", "A 1", "A.TXT", "Maps", "Plan of the season.docx", "a 1.txt")
}

func TestItemsAreRenamedMovedAndDeleted(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	c.want(201, "PUT", "/me/drive/root:/a/b/c.txt:/content", "c")
	moved := c.want(200, "PATCH", "/me/drive/root:/a/b", `{"name": "d"}`)
	c.want(404, "GET", "/me/drive/root:/a/b/c.txt", "")
	in := c.want(200, "GET", "/me/drive/root:/a/d/c.txt", "")["parentReference"].(map[string]any)
	if in["name"] != "d" || in["path"] != "/drives/b!contoso-user/root:/a/d" {
		t.Errorf("%v", in)
	}
	maps := c.want(200, "GET", "/me/drive/root:/Maps", "")
	c.want(200, "PATCH", "/me/drive/items/"+moved["id"].(string),
		`{"parentReference": {"id": "`+maps["id"].(string)+`"}}`)
	c.wantNames("/me/drive/root:/a:/children")
	c.wantNames("/me/drive/root:/Maps:/children", "d", "lake.txt", "ridge.txt")
	c.want(200, "GET", "/me/drive/root:/Maps/d/c.txt", "")
	for path, children := range map[string]float64{"a": 0, "Maps": 3, "Maps/d": 1} {
		folder := c.want(200, "GET", "/me/drive/root:/"+path, "")["folder"].(map[string]any)
		if folder["childCount"] != children {
			t.Errorf("%s: %v", path, folder)
		}
	}
	c.want(200, "PATCH", "/me/drive/root:/Maps/d/c.txt", `{"parentReference": {"path": "/drive/root:/a"}}`)
	if _, text := c.send("GET", "/me/drive/root:/a/c.txt:/content", ""); string(text) != "c" {
		t.Errorf("the content is %s", text)
	}
	c.want(400, "PATCH", "/me/drive/root:/Maps", `{"parentReference": {"id": "`+moved["id"].(string)+`"}}`)
	c.want(400, "PATCH", "/me/drive/root:/Maps", `{"parentReference": {"id": "`+maps["id"].(string)+`"}}`)
	c.want(400, "PATCH", "/me/drive/root:/Maps", `{"parentReference": {"id": "01CONTOSOPLAN"}}`)
	c.want(404, "PATCH", "/me/drive/root:/Maps", `{"parentReference": {"id": "nothing"}}`)
	c.want(404, "PATCH", "/me/drive/root:/Maps", `{"parentReference": {"path": "/drive/root:/nothing"}}`)
	c.want(204, "DELETE", "/me/drive/root:/Maps", "")
	c.want(404, "GET", "/me/drive/items/01CONTOSOLAKE", "")
	c.want(404, "GET", "/me/drive/items/"+moved["id"].(string), "")
	c.want(404, "DELETE", "/me/drive/root:/Maps", "")
	c.wantNames("/me/drive/root/children", "Plan of the season.docx", "a")
	if status, _ := c.do("DELETE", "/me/drive/root", ""); status != 403 {
		t.Errorf("the root: %d", status)
	}
}

// TestEachDriveHasItsOwnFiles: those of users, groups and sites, which are found by their
// ids, too.
func TestEachDriveHasItsOwnFiles(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	drives := []string{
		"/users/adele@contoso.com/drive", "/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/drive", "/me/drive",
		"/sites/contoso.sharepoint.com:/sites/trails:/drive",
	}
	for i, drive := range drives {
		c.want(201, "PUT", drive+"/root:/file.txt:/content", strings.Repeat("x", i+1))
	}
	for i, drive := range drives {
		id, _ := c.want(200, "GET", drive, "")["id"].(string)
		for _, path := range []string{drive, "/drives/" + id} {
			if got := c.want(200, "GET", path+"/root:/file.txt", ""); got["size"] != float64(i+1) {
				t.Errorf("%s: %v", path, got)
			}
		}
	}
}

func TestSitesAreFoundByTheirPath(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	const id = "contoso.sharepoint.com,2c712604-1370-44e7-a1f5-426573fda80a,2d2244c3-251a-49ea-93a8-39e1c3a060fe"
	for _, path := range []string{
		"/sites/contoso.sharepoint.com:/sites/trails", "/sites/contoso.sharepoint.com:/sites/Trails:",
		"/sites/contoso.sharepoint.com%3A/sites%2Ftrails%3A",
	} {
		if got := c.want(200, "GET", path, ""); got["id"] != id {
			t.Errorf("%s: %v", path, got)
		}
	}
	c.wantNames("/sites/contoso.sharepoint.com:/sites/trails:/lists", "Huts")
	c.want(404, "GET", "/sites/contoso.sharepoint.com:/sites/none:/lists", "")
}

func TestFilesSurviveASavedState(t *testing.T) {
	t.Parallel()
	c := newFilesClient(t)
	c.want(201, "PUT", "/me/drive/root:/a/b/c.txt:/content", "c")
	c.want(200, "PATCH", "/me/drive/root:/Maps/lake.txt", `{"parentReference": {"path": "/drive/root:/a/b"}}`)
	before := c.want(200, "GET", "/me/drive/root:/a/b:/children", "")
	if err := c.server.SetState(c.server.State()); err != nil {
		t.Fatal(err)
	}
	after := c.want(200, "GET", "/me/drive/root:/a/b:/children", "")
	if fmt.Sprint(before["value"]) != fmt.Sprint(after["value"]) {
		t.Errorf("%v\nbecame\n%v", before["value"], after["value"])
	}
	if _, text := c.send("GET", "/me/drive/root:/a/b/c.txt:/content", ""); string(text) != "c" {
		t.Errorf("the content is %s", text)
	}
	c.wantNames("/me/drive/root:/Maps:/children", "ridge.txt")
}
