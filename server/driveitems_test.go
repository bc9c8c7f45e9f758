package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// monitor is what the monitor of a copy says.
func (u *uploader) monitor(url string) map[string]any {
	u.t.Helper()
	status, body := u.request("GET", url, nil)
	if status != 202 {
		u.t.Fatalf("%s: %d %v", url, status, body)
	}
	return body
}

// copy sends a copy and returns the URL of its monitor.
func (u *uploader) copy(path, body string) string {
	u.t.Helper()
	res, text := u.send("POST", path+"/copy", body)
	if res.StatusCode != 202 || len(text) > 0 || res.Header.Get("Location") == "" {
		u.t.Fatalf("%s: %s %s %s", path, res.Status, text, res.Header.Get("Location"))
	}
	return res.Header.Get("Location")
}

func TestCopiesAreMadeByTheClock(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	u.want(201, "POST", "/me/drive/root/children", `{"name": "Copies", "folder": {}}`)
	at := u.copy("/me/drive/items/01CONTOSOMAPS", `{"parentReference": {"path": "/drive/root:/Copies"}}`)
	if got := u.monitor(at); got["status"] != "inProgress" {
		t.Errorf("at once: %v", got)
	}
	u.wantNames("/me/drive/root:/Copies:/children")
	if err := u.server.Advance(time.Second); err != nil {
		t.Fatal(err)
	}
	u.wantNames("/me/drive/root:/Copies/Maps:/children", "lake.txt", "ridge.txt")
	done := u.monitor(at)
	made := u.want(200, "GET", "/me/drive/root:/Copies/Maps", "")
	if done["status"] != "completed" || done["percentageComplete"] != 100.0 || done["resourceId"] != made["id"] {
		t.Errorf("a second later: %v", done)
	}
	if made["size"] != 177.0 || made["folder"].(map[string]any)["childCount"] != 2.0 {
		t.Errorf("the copy is %v", made)
	}
	if got := u.content("/me/drive/root:/Copies/Maps/lake.txt:"); !strings.HasPrefix(got, "Around") {
		t.Errorf("the copy has %q", got)
	}
	if by := fmt.Sprint(made["createdBy"]); !strings.Contains(by, "Contoso User") {
		t.Errorf("created by %s", by)
	}
	again := u.copy("/me/drive/items/01CONTOSOMAPS", `{"parentReference": {"path": "/drive/root:/Copies"}}`)
	u.monitor(again)
	failed := u.monitor(again) // asked for a second time: done, though the clock stands still
	if failed["status"] != "failed" || failed["errorCode"] != "nameAlreadyExists" {
		t.Errorf("a name that is taken: %v", failed)
	}
	again = u.copy("/me/drive/items/01CONTOSOLAKE", `{"name": "sea.txt"}`)
	u.monitor(again)
	u.monitor(again)
	u.wantNames("/me/drive/root:/Maps:/children", "lake.txt", "ridge.txt", "sea.txt")
	for path, test := range map[string]struct {
		body   string
		status int
	}{
		"/me/drive/items/01CONTOSOLAKE/copy": {`{}`, 409},
		"/me/drive/items/nothing/copy":       {`{"name": "x"}`, 404},
		"/me/drive/items/01CONTOSOMAPS/copy": {`{"parentReference": {"id": "01CONTOSOMAPS"}}`, 400},
		"/me/drive/root/copy":                {`{"name": "x"}`, 400},
		"/me/drive/root:/Maps:/copy":         {`{"parentReference": {"id": "nothing"}}`, 404},
		"/me/drive/root:/Copies:/copy":       {`{"parentReference": {"driveId": "b!nothing", "id": "root"}}`, 404},
	} {
		u.want(test.status, "POST", path, test.body)
	}
	again = u.copy("/me/drive/items/01CONTOSOLAKE", `{"parentReference": {"driveId": "b!contoso-user", "id": "root"}}`)
	if err := u.server.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := u.monitor(again); got["status"] != "completed" {
		t.Errorf("into the root: %v", got)
	}
	u.want(200, "GET", "/me/drive/root:/lake.txt", "")
}

func TestVersionsOfFiles(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const path = "/me/drive/items/01CONTOSOLAKE"
	versions := func() (all []string) {
		for _, v := range u.want(200, "GET", path+"/versions", "")["value"].([]any) {
			all = append(all, fmt.Sprint(v.(map[string]any)["id"], " ", v.(map[string]any)["size"]))
		}
		return all
	}
	if got := versions(); !slices.Equal(got, []string{"1.0 85"}) {
		t.Errorf("at first: %q", got)
	}
	u.want(200, "PUT", path+"/content", "second")
	u.want(200, "PUT", path+"/content", "third!!")
	if got := versions(); !slices.Equal(got, []string{"3.0 7", "2.0 6", "1.0 85"}) {
		t.Errorf("later: %q", got)
	}
	for version, want := range map[string]string{"1.0": "Around", "2.0": "second", "3.0": "third!!"} {
		if got := u.content(path + "/versions/" + version); !strings.HasPrefix(got, want) {
			t.Errorf("%s has %q", version, got)
		}
	}
	for _, v := range u.want(200, "GET", path+"/versions", "")["value"].([]any) {
		version := v.(map[string]any)
		res, text := fetchURL(t, u.client, version["@microsoft.graph.downloadUrl"].(string))
		if res.StatusCode != 200 || float64(len(text)) != version["size"] {
			t.Errorf("%v: %s %q", version, res.Status, text)
		}
	}
	u.want(204, "POST", path+"/versions/1.0/restoreVersion", "")
	if got := u.content(path); !strings.HasPrefix(got, "Around") {
		t.Errorf("restored: %q", got)
	}
	if got := versions(); len(got) != 4 || got[0] != "4.0 85" {
		t.Errorf("restored: %q", got)
	}
	u.want(400, "POST", path+"/versions/4.0/restoreVersion", "")
	u.want(404, "GET", path+"/versions/9.0", "")
	if got := u.want(200, "GET", path+"?$expand=versions", ""); len(got["versions"].([]any)) != 4 {
		t.Errorf("expanded: %v", got)
	}
}

func TestDeletedItemsAreRestored(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	u.want(204, "DELETE", "/me/drive/items/01CONTOSOMAPS", "")
	u.want(404, "GET", "/me/drive/items/01CONTOSOLAKE", "")
	quota := u.want(200, "GET", "/me/drive", "")["quota"].(map[string]any)
	if quota["deleted"] != 177.0 || quota["used"] != 799.0 || quota["state"] != "normal" {
		t.Errorf("the quota is %v", quota)
	}
	restored := u.want(200, "POST", "/me/drive/items/01CONTOSOMAPS/restore", `{"name": "Old maps"}`)
	if restored["id"] != "01CONTOSOMAPS" || restored["name"] != "Old maps" || restored["size"] != 177.0 {
		t.Errorf("%v", restored)
	}
	u.wantNames("/me/drive/root:/Old maps:/children", "lake.txt", "ridge.txt")
	if got := u.content("/me/drive/items/01CONTOSOLAKE"); !strings.HasPrefix(got, "Around") {
		t.Errorf("restored with %q", got)
	}
	u.want(404, "POST", "/me/drive/items/01CONTOSOMAPS/restore", "{}")
	u.want(204, "POST", "/me/drive/items/01CONTOSORIDGE/permanentDelete", "")
	u.want(404, "POST", "/me/drive/items/01CONTOSORIDGE/restore", "{}")
	u.want(403, "DELETE", "/me/drive/root", "")
}

func TestSpecialFoldersAreCreatedOnDemand(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	u.want(201, "PUT", "/me/drive/special/approot:/settings/a.json:/content", "{}")
	docs := u.want(200, "GET", "/me/drive/special/documents", "")
	if docs["name"] != "Documents" || docs["specialFolder"].(map[string]any)["name"] != "documents" {
		t.Errorf("%v", docs)
	}
	if again := u.want(200, "GET", "/me/drive/special/documents", ""); again["id"] != docs["id"] {
		t.Errorf("another one: %v", again)
	}
	u.wantNames("/me/drive/special/cameraroll/children")
	u.wantNames("/me/drive/special/photos/children", "Camera Roll")
	u.wantNames("/me/drive/root/children", "Apps", "Documents", "Maps", "Pictures", "Plan of the season.docx")
	u.begin("/me/drive/special/music:/a.mp3:", "")
	u.want(400, "GET", "/me/drive/special/recyclebin", "")
}

func TestItemsAreSearched(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for path, want := range map[string][]string{
		"/me/drive/root/search(q='LAKE')":                    {"lake.txt"},
		"/me/drive/search(q='maps')":                         {"Maps"},
		"/me/drive/root/search(q='ropes')":                   {"ridge.txt"},
		"/me/drive/items/01CONTOSOMAPS/search(q='kilometr')": {"lake.txt", "ridge.txt"},
		"/me/drive/root/search(q='nothing')":                 nil,
		"/me/drive/recent()":                                 {"Plan of the season.docx", "lake.txt", "ridge.txt"},
	} {
		if got := u.names(path); !slices.Equal(got, want) {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestThumbnailsAreDrawn(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	u.want(201, "PUT", "/me/drive/root:/a.png:/content", "not really a picture")
	sets := u.want(200, "GET", "/me/drive/root:/a.png:/thumbnails", "")["value"].([]any)
	if len(sets) != 1 {
		t.Fatalf("%v", sets)
	}
	large := sets[0].(map[string]any)["large"].(map[string]any)
	res, text := fetchURL(t, u.client, large["url"].(string))
	if large["width"] != 800.0 || res.StatusCode != 200 || !strings.HasPrefix(text, "\x89PNG") {
		t.Errorf("%v: %s", large, res.Status)
	}
	for _, path := range []string{"0/small/content", "0/c300x400/content", "0/c300x400_crop/content"} {
		if res, text := u.send("GET", "/me/drive/root:/a.png:/thumbnails/"+path, ""); res.StatusCode != 200 ||
			!strings.HasPrefix(string(text), "\x89PNG") {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if got := u.want(200, "GET", "/me/drive/root:/Maps/lake.txt:/thumbnails", "")["value"].([]any); len(got) != 0 {
		t.Errorf("of a text: %v", got)
	}
	if got := u.want(200, "GET", "/me/drive/root/children?$expand=thumbnails", "")["value"].([]any); len(got) != 3 {
		t.Errorf("%v", got)
	}
}

func TestConditionsNameTagsOfItems(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	item := u.want(200, "GET", "/me/drive/items/01CONTOSOLAKE", "")
	eTag, cTag := item["eTag"].(string), item["cTag"].(string)
	do := func(method, path, body, name, value string) (int, map[string]any) {
		res, text := u.sendWith(method, path, body, name, value)
		var got map[string]any
		if len(text) > 0 && json.Unmarshal(text, &got) != nil {
			t.Fatalf("%s: %s", res.Status, text)
		}
		return res.StatusCode, got
	}
	const path = "/me/drive/items/01CONTOSOLAKE"
	for _, test := range []struct {
		method, body, name, value string
		status                    int
	}{
		{"GET", "", "If-None-Match", eTag, 304},
		{"GET", "", "If-None-Match", cTag, 304},
		{"GET", "", "If-None-Match", `"{X},1"`, 200},
		{"PATCH", `{"name": "a.txt"}`, "If-Match", `"{X},1"`, 412},
		{"PATCH", `{"name": "a.txt"}`, "If-Match", cTag, 200},
		{"PATCH", `{"name": "b.txt"}`, "If-Match", eTag, 412},
		{"PATCH", `{"name": "b.txt"}`, "If-Match", "*", 200},
		{"DELETE", "", "If-Match", eTag, 412},
	} {
		if got, body := do(test.method, path, test.body, test.name, test.value); got != test.status ||
			got == 412 && code(body) != "resourceModified entityTagDoesNotMatch" {
			t.Errorf("%s %s: %d %v", test.method, test.value, got, body)
		}
	}
	if got, _ := do("PUT", path+"/content", "new", "If-Match", eTag); got != 412 {
		t.Errorf("content: %d", got)
	}
}

func TestUsersHaveTheirDriveAmongTheirDrives(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for _, path := range []string{"/me", "/users/adele@contoso.com"} {
		drives := u.want(200, "GET", path+"/drives", "")["value"].([]any)
		drive := u.want(200, "GET", path+"/drive", "")
		if len(drives) != 1 || drives[0].(map[string]any)["id"] != drive["id"] || drive["driveType"] != "business" {
			t.Errorf("%s: %v, and %v", path, drives, drive)
		}
		u.want(200, "GET", path+"/drives/"+drive["id"].(string)+"/root/children", "")
	}
}

// TestWritersOfOneFolder writes to a folder from many goroutines: names stay unique, and counts right.
func TestWritersOfOneFolder(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	u.want(201, "POST", "/me/drive/root/children", `{"name": "All", "folder": {}}`)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			switch i % 3 {
			case 0:
				u.want(201, "POST", "/me/drive/root:/All:/children",
					`{"name": "Same", "folder": {}, "@microsoft.graph.conflictBehavior": "rename"}`)
			case 1:
				u.want(201, "PUT", "/me/drive/root:/All/same.txt:/content?@microsoft.graph.conflictBehavior=rename", "12345")
			case 2:
				u.want(201, "PUT", fmt.Sprintf("/me/drive/root:/All/%d.txt:/content", i), "1234567")
				u.want(204, "DELETE", fmt.Sprintf("/me/drive/root:/All/%d.txt", i), "")
			}
		})
	}
	wg.Wait()
	names := u.names("/me/drive/root:/All:/children")
	if len(names) != 43 || len(slices.Compact(slices.Clone(names))) != 43 {
		t.Errorf("%d names: %q", len(names), names)
	}
	all := u.want(200, "GET", "/me/drive/root:/All", "")
	if all["folder"].(map[string]any)["childCount"] != 43.0 || all["size"] != 105.0 {
		t.Errorf("the folder is %v", all)
	}
}

// A modelItem is an item in the naive reference.
type modelItem struct {
	name, parent, content string
	folder                bool
}

// model is what a drive should have, by id.
type model map[string]modelItem

func (m model) path(id string) string {
	item, ok := m[id]
	if !ok {
		return ""
	}
	return m.path(item.parent) + "/" + item.name
}

func (m model) taken(parent, name, but string) bool {
	for id, item := range m {
		if id != but && item.parent == parent && strings.EqualFold(item.name, name) {
			return true
		}
	}
	return false
}

func (m model) within(id, folder string) bool {
	for id != "" {
		if id == folder {
			return true
		}
		id = m[id].parent
	}
	return false
}

// paths are those of all items, with what is in the files.
func (m model) paths() (all []string) {
	for id, item := range m {
		all = append(all, m.path(id)+" "+item.content)
	}
	slices.Sort(all)
	return all
}

// TestDriveAgainstAModel does what clients do with a drive at random, and follows it by delta.
func TestDriveAgainstAModel(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	u := newUploader(t)
	m, followed := model{}, model{}
	root := u.want(200, "GET", "/me/drive/root", "")["id"].(string)
	m[root] = modelItem{folder: true}
	next := "/me/drive/root/delta"
	follow := func() {
		for {
			page := u.want(200, "GET", next, "")
			for _, v := range page["value"].([]any) {
				item := v.(map[string]any)
				id := item["id"].(string)
				if item["deleted"] != nil {
					delete(followed, id)
					continue
				}
				in, _ := item["parentReference"].(map[string]any)
				parent, _ := in["id"].(string)
				known := modelItem{name: item["name"].(string), parent: parent, folder: item["folder"] != nil}
				if item["root"] != nil {
					known.name, known.parent = "", ""
				} else if item["file"] != nil {
					known.content = fmt.Sprint(item["size"])
				}
				followed[id] = known
			}
			link, _ := page["@odata.nextLink"].(string)
			if link == "" {
				link = page["@odata.deltaLink"].(string)
			}
			_, next, _ = strings.Cut(link, "/v1.0")
			if page["@odata.nextLink"] == nil {
				return
			}
		}
	}
	for _, v := range u.want(200, "GET", "/me/drive/root/children", "")["value"].([]any) {
		u.want(204, "DELETE", "/me/drive/items/"+v.(map[string]any)["id"].(string), "")
	}
	pick := func(folder bool) string {
		ids := slices.Sorted(maps.Keys(m))
		ids = slices.DeleteFunc(ids, func(id string) bool { return folder && !m[id].folder || !folder && id == root })
		if len(ids) == 0 {
			return ""
		}
		return ids[random.IntN(len(ids))]
	}
	name := func() string { return []string{"a", "B", "c.txt", "C.TXT", "d", "e.bin"}[random.IntN(6)] }
	for step := range 600 {
		parent, id, n := pick(true), pick(false), name()
		switch random.IntN(6) {
		case 0: // a folder
			status, got := u.do("POST", "/me/drive/items/"+parent+"/children", `{"name": "`+n+`", "folder": {}}`)
			if taken := m.taken(parent, n, ""); status == 201 == taken {
				t.Fatalf("step %d: folder %s: %d %v", step, n, status, got)
			} else if !taken {
				m[got["id"].(string)] = modelItem{name: n, parent: parent, folder: true}
			}
		case 1, 2: // a file
			content := strings.Repeat("x", 1+random.IntN(50))
			status, got := u.do("PUT", "/me/drive/items/"+parent+":/"+n+":/content", content)
			switch {
			case status/100 == 2:
				id := got["id"].(string)
				if old, there := m[id]; there {
					n = old.name
				}
				m[id] = modelItem{name: n, parent: parent, content: fmt.Sprint(float64(len(content)))}
			case !m.taken(parent, n, ""):
				t.Fatalf("step %d: file %s: %d %v", step, n, status, got)
			}
		case 3: // a move
			if id == "" {
				continue
			}
			status, got := u.do("PATCH", "/me/drive/items/"+id, `{"name": "`+n+`", "parentReference": {"id": "`+parent+`"}}`)
			allowed := !m.within(parent, id) && !m.taken(parent, n, id)
			if status == 200 != allowed {
				t.Fatalf("step %d: %s to %s/%s: %d %v", step, m.path(id), m.path(parent), n, status, got)
			} else if allowed {
				moved := m[id]
				moved.name, moved.parent = n, parent
				m[id] = moved
			}
		case 4: // a deletion
			if id == "" || random.IntN(2) > 0 {
				continue
			}
			u.want(204, "DELETE", "/me/drive/items/"+id, "")
			doomed := map[string]bool{}
			for each := range m {
				doomed[each] = m.within(each, id)
			}
			maps.DeleteFunc(m, func(each string, _ modelItem) bool { return doomed[each] })
		case 5:
			if step%7 > 0 {
				continue
			}
			follow()
			if got, want := followed.paths(), m.paths(); !slices.Equal(got, want) {
				t.Fatalf("step %d: the delta says\n%q, want\n%q", step, got, want)
			}
		}
	}
	follow()
	if got, want := followed.paths(), m.paths(); !slices.Equal(got, want) {
		t.Fatalf("the delta says\n%q, want\n%q", got, want)
	}
	for id, item := range m {
		got := u.want(200, "GET", "/me/drive/root:"+m.path(id), "")
		children, size := 0.0, 0
		for _, other := range m {
			if other.parent == id {
				children++
			}
		}
		for each, other := range m {
			if m.within(each, id) && !other.folder {
				n := 0
				fmt.Sscan(other.content, &n)
				size += n
			}
		}
		if item.folder && got["folder"].(map[string]any)["childCount"] != children || got["size"] != float64(size) {
			t.Errorf("%s: %v, want %v children and %d bytes", m.path(id), got, children, size)
		}
	}
}

func TestDeltaOfADriveFromNowOn(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for _, path := range []string{"/me/drive/root/delta?token=latest", "/me/drive/root/delta(token='latest')"} {
		page := u.want(200, "GET", path, "")
		if len(page["value"].([]any)) != 0 {
			t.Errorf("%s: %v", path, page)
		}
		_, link, _ := strings.Cut(page["@odata.deltaLink"].(string), "/v1.0")
		u.want(200, "PUT", "/me/drive/items/01CONTOSOLAKE/content", "changed by "+path)
		if got := u.names(link); !slices.Equal(got, []string{"lake.txt"}) {
			t.Errorf("%s: %q", link, got)
		}
		_, token, _ := strings.Cut(link, "token=")
		if got := u.names("/me/drive/root/delta(token='" + token + "')"); !slices.Equal(got, []string{"lake.txt"}) {
			t.Errorf("as a function: %q", got)
		}
	}
	below := u.want(200, "GET", "/me/drive/items/01CONTOSOMAPS/delta", "")
	if n := len(below["value"].([]any)); n != 3 {
		t.Errorf("a folder has %d: %v", n, below)
	}
	_, link, _ := strings.Cut(below["@odata.deltaLink"].(string), "/v1.0")
	u.want(200, "PATCH", "/me/drive/items/01CONTOSORIDGE", `{"parentReference": {"id": "root"}}`)
	u.want(201, "PUT", "/me/drive/root:/elsewhere.txt:/content", "x")
	list := u.want(200, "GET", link, "")["value"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["deleted"] == nil {
		t.Errorf("an item that was moved away: %v", list)
	}
}

func (c *filesClient) sendWith(method, path, body string, headers ...string) (*http.Response, []byte) {
	c.t.Helper()
	if strings.HasSuffix(path, "/content") {
		headers = append(headers, "Content-Type", "text/plain")
	}
	if body == "" {
		return send(c.t, c.server, method, "/v1.0"+path, nil, headers...)
	}
	return send(c.t, c.server, method, "/v1.0"+path, strings.NewReader(body), headers...)
}
