package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// What these tests send is what the clients send that they are named after: methods, the spelling of
// paths, headers and bodies are those of their sources.

// A rclone is its backend for OneDrive, with a drive. It names items by the drive and their id, and
// files by the folder that they are in.
type rclone struct{ *uploader }

const rcloneDrive = "/drives/b!contoso-user"

const rcloneTimes = `"fileSystemInfo": {"createdDateTime": "2026-01-01T00:00:00Z", "lastModifiedDateTime": "2026-01-02T03:04:05Z"}`

func (r rclone) root() string {
	return r.want(200, "GET", rcloneDrive+"/root", "")["id"].(string)
}

// folder creates a folder: the annotation is one that only rclone sends.
func (r rclone) folder(in, name string) string {
	r.t.Helper()
	made := r.want(201, "POST", rcloneDrive+"/items/"+in+"/children",
		`{"name": "`+name+`", "folder": {}, "@name.conflictBehavior": "fail"}`)
	return made["id"].(string)
}

// session begins an upload. What becomes of a name that is taken rclone leaves to the service.
func (r rclone) session(in, name string) string {
	r.t.Helper()
	return r.begin(rcloneDrive+"/items/"+in+":/"+name+":", `{"item": {`+rcloneTimes+`}}`)
}

// position asks the session where it is: the client that does so sends its token to every URL.
func (r rclone) position(url string) (at int) {
	r.t.Helper()
	status, where := r.request("GET", url, nil, "Authorization", "Bearer x")
	ranges, _ := where["nextExpectedRanges"].([]any)
	if status != 200 || len(ranges) != 1 {
		r.t.Fatalf("%d %v", status, where)
	}
	if _, err := fmt.Sscanf(ranges[0].(string), "%d-", &at); err != nil {
		r.t.Fatal(err)
	}
	return at
}

// TestRcloneUploadsInChunks sends chunks of 10 MiB. The response to one is lost: rclone sends the
// chunk again, asks the session where it is, and goes on there.
func TestRcloneUploadsInChunks(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	const chunk = 10 << 20
	data := bytes.Repeat([]byte("0123456789abcdef"), (2*chunk+12345)/16+1)[:2*chunk+12345]
	in := r.folder(r.root(), "rclone")
	at := r.session(in, "big.bin")
	if status, body := r.part(at, data[:chunk], 0, len(data)); status != 202 {
		t.Fatalf("%d %v", status, body)
	}
	if status, _ := r.part(at, data[:chunk], 0, len(data)); status != 416 {
		t.Fatalf("a chunk that was sent before: %d", status)
	}
	from := r.position(at)
	if from != chunk {
		t.Fatalf("the session is at %d", from)
	}
	var status int
	var item map[string]any
	for from < len(data) {
		n := min(chunk, len(data)-from)
		status, item = r.part(at, data[from:from+n], from, len(data))
		from += n
	}
	file, _ := item["file"].(map[string]any)
	hashes, _ := file["hashes"].(map[string]any)
	if status != 201 || item["size"] != float64(len(data)) || hashes["quickXorHash"] == nil {
		t.Fatalf("%d %v", status, item)
	}
	if got := r.content("/me/drive/root:/rclone/big.bin:"); got != string(data) {
		t.Error("the bytes are others")
	}
	times, _ := item["fileSystemInfo"].(map[string]any)
	if times["lastModifiedDateTime"] != "2026-01-02T03:04:05Z" {
		t.Errorf("the times are %v", times)
	}
	at = r.session(in, "big.bin") // the file has changed
	if status, again := r.part(at, data[:5], 0, 5); status != 200 || again["id"] != item["id"] || again["size"] != 5.0 {
		t.Errorf("updated: %d %v", status, again)
	}
	at = r.session(in, "other.bin")
	if status, _ := r.request("DELETE", at, nil); status != 204 {
		t.Errorf("cancelled: %d", status)
	}
	r.wantNames("/me/drive/root:/rclone:/children", "big.bin")
}

// TestRcloneUploadsEmptyFiles puts them in one piece, and then sets their times.
func TestRcloneUploadsEmptyFiles(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	in := r.folder(r.root(), "rclone")
	if made := r.want(201, "PUT", rcloneDrive+"/items/"+in+":/none.txt:/content", ""); made["size"] != 0.0 {
		t.Errorf("%v", made)
	}
	set := r.want(200, "PATCH", rcloneDrive+"/items/"+in+":/none.txt:", `{`+rcloneTimes+`}`)
	if times, _ := set["fileSystemInfo"].(map[string]any); times["lastModifiedDateTime"] != "2026-01-02T03:04:05Z" {
		t.Errorf("the times are %v", times)
	}
}

// TestRcloneWaitsForCopies asks the monitor until the copy is there, reads it by its path, and sets
// its times. References have empty texts where rclone has nothing to say.
func TestRcloneWaitsForCopies(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	res, text := r.sendWith("POST", rcloneDrive+"/items/01CONTOSOLAKE/copy?@microsoft.graph.conflictBehavior=replace",
		`{"parentReference": {"driveId": "b!contoso-user", "id": "01CONTOSOMAPS", "path": "", "driveType": ""}, "name": "lake copy.txt"}`,
		"Prefer", "respond-async")
	if res.StatusCode != 202 || res.Header.Get("Location") == "" {
		t.Fatalf("%s %s", res.Status, text)
	}
	var status map[string]any
	for range 5 {
		if _, status = r.request("GET", res.Header.Get("Location"), nil); status["status"] == "completed" || status["status"] == "failed" {
			break
		}
		if err := r.server.Advance(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	made := r.want(200, "GET", rcloneDrive+"/items/01CONTOSOMAPS:/lake%20copy.txt:", "")
	if status["status"] != "completed" || status["resourceId"] != made["id"] {
		t.Fatalf("%v, and %v", status, made)
	}
	r.want(200, "PATCH", rcloneDrive+"/items/01CONTOSOMAPS:/lake%20copy.txt:", `{`+rcloneTimes+`}`)
	r.wantNames("/me/drive/root:/Maps:/children", "lake copy.txt", "lake.txt", "ridge.txt")
}

// TestRcloneMovesFilesAndFolders patches name, parent and times at once.
func TestRcloneMovesFilesAndFolders(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	in := r.folder(r.root(), "rclone")
	for _, id := range []string{"01CONTOSOLAKE", "01CONTOSOMAPS"} {
		moved := r.want(200, "PATCH", rcloneDrive+"/items/"+id, `{"parentReference": {"driveId": "b!contoso-user", "id": "`+in+
			`", "path": "", "driveType": ""}, "name": "moved `+id+`", `+rcloneTimes+`}`)
		parent, _ := moved["parentReference"].(map[string]any)
		times, _ := moved["fileSystemInfo"].(map[string]any)
		if moved["name"] != "moved "+id || parent["id"] != in || times["lastModifiedDateTime"] != "2026-01-02T03:04:05Z" {
			t.Errorf("%v", moved)
		}
	}
	r.wantNames("/me/drive/root:/rclone:/children", "moved 01CONTOSOLAKE", "moved 01CONTOSOMAPS")
}

// TestRcloneListsADriveByDelta counts on folders before what is in them, also after moves.
func TestRcloneListsADriveByDelta(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	root := r.root()
	old, inner := r.folder(root, "old"), ""
	inner = r.folder(old, "inner")
	r.want(201, "PUT", rcloneDrive+"/items/"+inner+":/a.txt:/content", "a")
	latest := r.folder(root, "latest")
	r.want(200, "PATCH", rcloneDrive+"/items/"+old, `{"parentReference": {"driveId": "b!contoso-user", "id": "`+latest+`"}}`)
	known := map[string]bool{root: true}
	var names []string
	for next := rcloneDrive + "/root/delta?%24top=1000"; next != ""; {
		page := r.want(200, "GET", next, "")
		for _, v := range page["value"].([]any) {
			item := v.(map[string]any)
			parent, _ := item["parentReference"].(map[string]any)
			if item["id"] != root && !known[fmt.Sprint(parent["id"])] {
				t.Errorf("%v comes before what it is in", item["name"])
			}
			if item["folder"] != nil {
				known[item["id"].(string)] = true
			}
			names = append(names, item["name"].(string))
		}
		link, _ := page["@odata.nextLink"].(string)
		_, next, _ = strings.Cut(link, "/v1.0")
	}
	if slices.Sort(names); !slices.Contains(names, "a.txt") || !slices.Contains(names, "lake.txt") {
		t.Errorf("the drive has %q", names)
	}
}

// TestRcloneNoticesChanges takes the token out of the delta link, and writes a link with it.
func TestRcloneNoticesChanges(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	token := func(page map[string]any) string {
		u, err := url.Parse(page["@odata.deltaLink"].(string))
		if err != nil || u.Query().Get("token") == "" {
			t.Fatalf("%v: %v", page, err)
		}
		return url.QueryEscape(u.Query().Get("token"))
	}
	at := token(r.want(200, "GET", rcloneDrive+"/root/delta?token=latest", ""))
	r.want(200, "PATCH", rcloneDrive+"/items/01CONTOSOLAKE", `{"name": "pond.txt"}`)
	page := r.want(200, "GET", rcloneDrive+"/root/delta?token="+at, "")
	var paths []string
	for _, v := range page["value"].([]any) {
		item := v.(map[string]any)
		parent, _ := item["parentReference"].(map[string]any)
		paths = append(paths, fmt.Sprint(parent["path"], "/", item["name"]))
	}
	if !slices.Equal(paths, []string{"/drives/b!contoso-user/root:/Maps/pond.txt"}) {
		t.Errorf("changed: %q", paths)
	}
	if page = r.want(200, "GET", rcloneDrive+"/root/delta?token="+token(page), ""); len(page["value"].([]any)) > 0 {
		t.Errorf("changed once more: %v", page)
	}
}

// TestRcloneDownloadsWithoutItsToken goes where the redirect leads, with another option at the end
// of the query, and for a part.
func TestRcloneDownloadsWithoutItsToken(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	res, _ := send(t, r.server, "GET", "/v1.0"+rcloneDrive+"/items/01CONTOSOLAKE/content?AVOverride=1", nil)
	at := res.Request.Response.Header.Get("Location")
	if at == "" {
		t.Fatalf("%s leads nowhere", res.Status)
	}
	part, text := sendURL(t, r.client, "GET", at+"&AVOverride=1", nil, "Range", "bytes=7-15", "Prefer", "forceInfectedDownload")
	if part.StatusCode != 206 || text != "the lake:" {
		t.Errorf("%s %q", part.Status, text)
	}
}

// TestRcloneCleansUp removes all versions of a file but the present one, and files for good.
func TestRcloneCleansUp(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	const item = rcloneDrive + "/items/01CONTOSOLAKE"
	r.want(200, "PUT", item+"/content", "new")
	all, _ := r.want(200, "GET", item+"/versions", "")["value"].([]any)
	if len(all) != 2 {
		t.Fatalf("the versions are %v", all)
	}
	r.want(204, "DELETE", item+"/versions/"+all[1].(map[string]any)["id"].(string), "")
	if all, _ = r.want(200, "GET", item+"/versions", "")["value"].([]any); len(all) != 1 {
		t.Errorf("the versions are %v", all)
	}
	r.want(204, "POST", item+"/permanentDelete", "")
	r.want(404, "GET", item, "")
	quota, _ := r.want(200, "GET", rcloneDrive, "")["quota"].(map[string]any)
	if quota["total"] == nil || quota["used"] == nil || quota["remaining"] == nil || quota["deleted"] != 0.0 {
		t.Errorf("the quota is %v", quota)
	}
}

// TestRcloneMakesDirectLinks cuts the link of a file into segments: of a drive of a user there are
// eight, of a library six or seven.
func TestRcloneMakesDirectLinks(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	r.want(201, "PUT", trails+"/drive/root:/a.txt:/content", "of a library")
	library := r.want(200, "GET", trails+"/drive", "")["id"].(string)
	file := r.want(200, "GET", "/drives/"+library+"/root:/a.txt", "")["id"].(string)
	for item, want := range map[string]string{
		rcloneDrive + "/items/01CONTOSOLAKE":    "https://contoso-my.sharepoint.com/:t:/g/personal/user_contoso_com/",
		"/drives/" + library + "/items/" + file: "https://contoso.sharepoint.com/:t:/s/trails/",
		rcloneDrive + "/root:/Maps/ridge.txt:":  "https://contoso-my.sharepoint.com/:t:/g/personal/user_contoso_com/",
		rcloneDrive + "/items/01CONTOSOMAPS":    "https://contoso-my.sharepoint.com/:f:/g/personal/user_contoso_com/",
	} {
		made := r.want(201, "POST", item+"/createLink", `{"type": "view", "scope": "anonymous", "expirationDateTime": "2026-12-01T00:00:00Z"}`)
		link, _ := made["link"].(map[string]any)
		if at, _ := link["webUrl"].(string); !strings.HasPrefix(at, want) || strings.Count(at, "/") != strings.Count(want, "/") {
			t.Errorf("%s: %v, want %s", item, link, want)
		}
	}
}

// TestRcloneWritesPermissions invites, changes the role, and takes it back.
func TestRcloneWritesPermissions(t *testing.T) {
	t.Parallel()
	r := rclone{newUploader(t)}
	const item = rcloneDrive + "/items/01CONTOSOLAKE"
	made, _ := r.want(200, "POST", item+"/invite",
		`{"recipients": [{"email": "adele@contoso.com"}], "requireSignIn": true, "roles": ["read"]}`)["value"].([]any)
	if len(made) != 1 {
		t.Fatalf("%v", made)
	}
	id := made[0].(map[string]any)["id"].(string)
	if set := r.want(200, "PATCH", item+"/permissions/"+id, `{"roles": ["write"]}`); fmt.Sprint(set["roles"]) != "[write]" {
		t.Errorf("%v", set)
	}
	r.want(204, "DELETE", item+"/permissions/"+id, "")
}

// TestLargeFileUploadTaskOfTheSDKs: the tasks of Go and JavaScript send slices of multiples of
// 320 KiB, ask for the state of the session to resume, and cancel it by DELETE.
func TestLargeFileUploadTaskOfTheSDKs(t *testing.T) {
	t.Parallel()
	for name, slice := range map[string]int{"Go": 5 << 20, "JavaScript": 320 << 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUploader(t)
			data := bytes.Repeat([]byte(name+" "), (slice+1000)/len(name)+1)
			at := u.begin("/me/drive/root:/up/"+name+".bin:",
				`{"item": {"@microsoft.graph.conflictBehavior": "rename", "name": "`+name+`.bin"}}`)
			for from := 0; from < len(data); {
				end := min(from+slice, len(data))
				status, body := u.request("PUT", at, data[from:end], "Content-Range",
					fmt.Sprintf("bytes %d-%d/%d", from, end-1, len(data)), "Content-Type", "application/octet-stream")
				if end == len(data) {
					if status != 201 || body["id"] == nil {
						t.Fatalf("%d %v", status, body)
					}
					break
				}
				if status != 202 {
					t.Fatalf("%d %v", status, body)
				}
				_, state := u.request("GET", at, nil, "Accept", "application/json") // resume
				if state["expirationDateTime"] == nil || state["nextExpectedRanges"] == nil {
					t.Fatalf("%v", state)
				}
				fmt.Sscanf(state["nextExpectedRanges"].([]any)[0].(string), "%d-", &from)
			}
			cancelled := u.begin("/me/drive/root:/up/other.bin:", "{}")
			if status, _ := u.request("DELETE", cancelled, nil); status != 204 {
				t.Errorf("cancelled: %d", status)
			}
		})
	}
}

// TestOneDriveLargeFileUploadTaskCommits: where the name was taken meanwhile, and where the commit
// was deferred, the SDK for JavaScript puts the session's URL to where the file is to be.
func TestOneDriveLargeFileUploadTaskCommits(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	commit := func(at, name, session string) map[string]any {
		body, _ := json.Marshal(map[string]any{
			"name": name, "@microsoft.graph.conflictBehavior": "rename", "@microsoft.graph.sourceUrl": session,
		})
		return u.want(201, "PUT", "/me/drive/root:"+at, string(body))
	}
	session := u.begin("/me/drive/root:/Documents/50%25.bin:",
		`{"item": {"@microsoft.graph.conflictBehavior": "fail", "name": "50%.bin", "description": "half"}}`)
	if status, body := u.part(session, bytes.Repeat([]byte("a"), step), 0, step+3); status != 202 {
		t.Fatalf("%d %v", status, body)
	}
	u.want(201, "PUT", "/me/drive/root:/Documents/50%25.bin:/content", "faster")
	if status, body := u.part(session, []byte("end"), step, step+3); status != 409 || code(body) != "nameAlreadyExists" {
		t.Fatalf("a name that is taken: %d %v", status, body)
	}
	if made := commit("/Documents/50%25.bin", "50%.bin", session); made["name"] != "50% 1.bin" || made["size"] != float64(step+3) ||
		made["description"] != "half" {
		t.Errorf("redirected: %v", made)
	}
	if got := u.content("/me/drive/root:/Documents/50%25%201.bin:"); len(got) != step+3 || !strings.HasSuffix(got, "aend") {
		t.Errorf("it has %d bytes", len(got))
	}
	session = u.begin("/me/drive/root:/late.bin:",
		`{"item": {"@microsoft.graph.conflictBehavior": "rename", "name": "late.bin"}, "deferCommit": true}`)
	if status, body := u.part(session, []byte("abc"), 0, 3); status != 202 || len(body["nextExpectedRanges"].([]any)) > 0 {
		t.Fatalf("deferred: %d %v", status, body)
	}
	u.want(404, "GET", "/me/drive/root:/late.bin", "")
	if made := commit("/late.bin", "late.bin", session); made["name"] != "late.bin" || made["size"] != 3.0 {
		t.Errorf("committed: %v", made)
	}
	for name, body := range map[string]string{"used": session, "of nobody": "https://contoso-my.sharepoint.com/x?tempauth=1"} {
		if status, got := u.do("PUT", "/me/drive/root:/again.bin", `{"@microsoft.graph.sourceUrl": "`+body+`"}`); status != 404 {
			t.Errorf("a session that is %s: %d %v", name, status, got)
		}
	}
}

// TestPageIteratorsOfTheSDKs follow next links to the end, and a delta link from there. Headers of
// the first request are not sent again.
func TestPageIteratorsOfTheSDKs(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for i := range 7 {
		u.want(201, "PUT", fmt.Sprintf("/me/drive/root:/many/%d.txt:/content", i), "x")
	}
	for start, want := range map[string]int{
		"/me/drive/root:/many:/children?$top=3": 7, "/me/drive/root/delta?$top=3": 13, "/users?$top=2": 8, "/users/delta": 8,
	} {
		seen, pages, next := map[string]bool{}, 0, start
		headers := []string{"Prefer", "odata.maxpagesize=3"}
		for next != "" {
			res, text := u.sendWith("GET", next, "", headers...)
			headers = nil
			if res.StatusCode != 200 {
				t.Fatalf("%s: %s %s", next, res.Status, text)
			}
			page := decoded(t, text)
			for _, v := range page["value"].([]any) {
				id := v.(map[string]any)["id"].(string)
				if seen[id] {
					t.Errorf("%s comes twice", id)
				}
				seen[id] = true
			}
			pages++
			link, _ := page["@odata.nextLink"].(string)
			_, next, _ = strings.Cut(link, "/v1.0")
			if next == "" && strings.Contains(start, "delta") && page["@odata.deltaLink"] == nil {
				t.Error("the last page has no delta link")
			}
		}
		if len(seen) != want || pages < 2 && strings.Contains(start, "top") {
			t.Errorf("%s: %d in %d pages, want %d", start, len(seen), pages, want)
		}
	}
}

// selectOfAbraunegg is what the OneDrive client for Linux selects, without a $.
const selectOfAbraunegg = "?select=id,name,eTag,cTag,deleted,file,folder,root,fileSystemInfo,remoteItem,parentReference,size," +
	"createdBy,lastModifiedBy,package"

// TestAbraunegg: the OneDrive client for Linux escapes the slashes of paths, ends paths with one, and
// prefers a feature.
func TestAbraunegg(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	root := u.want(200, "GET", "/drives/b!contoso-user/root", "")["id"].(string)
	if got := u.want(200, "GET", "/drives/b!contoso-user/?select=quota", ""); got["quota"] == nil || got["id"] != nil {
		t.Errorf("the quota is %v", got)
	}
	for path, name := range map[string]string{
		"/me/drive/root/": "root", "/me/drive/root:/Maps%2Flake.txt:/": "lake.txt",
		"/drives/b!contoso-user/root:/Maps%2Flake.txt:": "lake.txt", "/drives/b!contoso-user/items/01CONTOSOLAKE": "lake.txt",
	} {
		got := u.want(200, "GET", path+selectOfAbraunegg, "")
		if got["name"] != name || got["fileSystemInfo"] == nil || got["webUrl"] != nil {
			t.Errorf("%s: %v", path, got)
		}
	}
	for _, path := range []string{"/delta", "/children"} {
		res, text := u.sendWith("GET", "/drives/b!contoso-user/items/"+root+path+selectOfAbraunegg, "",
			"Prefer", "Include-Feature=AddToOneDrive")
		if res.StatusCode != 200 {
			t.Errorf("%s: %s %s", path, res.Status, text)
		}
	}
	u.wantNames("/drives/b!contoso-user/root/search(q='lake')", "lake.txt")
	u.wantNames("/drives/b!contoso-user/root/search(q='it''s%20%2F')")
	lake := u.want(200, "GET", "/me/drive/items/01CONTOSOLAKE", "")
	for tag, want := range map[string]int{lake["eTag"].(string): 200, `"{D4CFF963-0000-0000-0000-CA850C0F82A5},1"`: 412} {
		res, text := u.sendWith("PATCH", "/drives/b!contoso-user/items/01CONTOSOLAKE",
			`{"fileSystemInfo": {"lastModifiedDateTime": "2026-01-02T00:00:00Z"}}`, "If-Match", tag)
		if res.StatusCode != want {
			t.Errorf("If-Match %s: %s %s", tag, res.Status, text)
		}
	}
	session := u.begin("/drives/b!contoso-user/items/"+root+":/1%20%23.bin:",
		`{"item": {"@microsoft.graph.conflictBehavior": "replace", "fileSystemInfo": {"lastModifiedDateTime": "2026-01-02T00:00:00Z"}}}`)
	if status, state := u.request("GET", session, nil); status != 200 || fmt.Sprint(state["nextExpectedRanges"]) != "[0-]" {
		t.Errorf("%d %v", status, state)
	}
	if status, made := u.part(session, []byte("abc"), 0, 3); status != 201 || made["name"] != "1 #.bin" {
		t.Errorf("%d %v", status, made)
	}
	u.want(200, "GET", "/sites?search=*", "")
}

// TestPythonO365: without a word on conflicts it overwrites, by an upload with an empty body as well;
// its monitor of a copy wants to know resourceId.
func TestPythonO365(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const item = "/drives/b!contoso-user/items/"
	for _, want := range []int{201, 200} {
		session := u.begin(item+"01CONTOSOMAPS:/notes.bin:", "{}")
		if status, body := u.request("PUT", session, []byte("abc"), "Content-Type", "application/octet-stream",
			"Content-Range", "bytes 0-2/3"); status != want {
			t.Errorf("%d %v, want %d", status, body, want)
		}
	}
	u.want(200, "GET", item+"01CONTOSOLAKE/thumbnails?select=large", "")
	u.want(200, "GET", "/me/drive/sharedWithMe?allowexternal=False&$top=25", "")
	u.want(200, "GET", "/me/drive/recent?$top=25", "")
	u.want(200, "GET", "/me/drive/special/documents", "")
	u.want(200, "GET", item+"01CONTOSOLAKE/versions/1.0", "")
	monitor := u.copy(item+"01CONTOSOLAKE", `{"name": "copy.txt"}`)
	var status map[string]any
	for range 3 {
		if _, status = u.request("GET", monitor, nil); status["resourceId"] != nil {
			break
		}
	}
	if got := u.want(200, "GET", item+fmt.Sprint(status["resourceId"]), ""); got["name"] != "copy.txt" {
		t.Errorf("%v: %v", status, got)
	}
}

// TestPnPjsUploads: it names what it uploads twice, and cancels with a body.
func TestPnPjsUploads(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	session := u.begin("/me/drive/items/01CONTOSOMAPS:/pnp.bin:",
		`{"item": {"name": "pnp.bin", "@microsoft.graph.conflictBehavior": "rename"}}`)
	if status, state := u.request("GET", session, nil); status != 200 {
		t.Errorf("%d %v", status, state)
	}
	if status, _ := u.request("DELETE", session, []byte("null"), "Content-Type", "application/json"); status != http.StatusNoContent {
		t.Errorf("cancelled: %d", status)
	}
}

// TestCopiesThatNobodyWaitsForAreTold: deltas have what the clock has made, and receivers of change
// notifications get to know of it.
func TestCopiesThatNobodyWaitsForAreTold(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	r := &receiver{}
	if err := u.server.Handle(receiverURL, r); err != nil {
		t.Fatal(err)
	}
	u.want(201, "POST", "/subscriptions", subscription("me/drive/root", receiverURL, "updated"))
	page := u.want(200, "GET", "/me/drive/root/delta?token=latest", "")
	u.copy("/me/drive/items/01CONTOSOLAKE", `{"name": "copy.txt"}`)
	if got := r.got(); len(got) > 0 {
		t.Errorf("before it is made: %q", got)
	}
	if err := u.server.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := r.got(); len(got) == 0 {
		t.Error("nobody was told")
	}
	_, link, _ := strings.Cut(page["@odata.deltaLink"].(string), "/v1.0")
	u.wantNames(link, "copy.txt")
	told := len(r.got())
	if u.want(200, "GET", "/me/drive", ""); len(r.got()) != told {
		t.Errorf("told again: %d, then %d", told, len(r.got()))
	}
}
