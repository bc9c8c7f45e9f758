package files_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/files"
)

// A naiveItem is an item of a drive as the reference has it.
type naiveItem struct {
	name, parent string
	folder       bool
	content      string
}

// A naiveDrive is what a drive should have, by id.
type naiveDrive map[string]naiveItem

func (d naiveDrive) path(id string) string {
	if d[id].parent == "" {
		return ""
	}
	return d.path(d[id].parent) + "/" + d[id].name
}

// taken is the item in a folder that has a name, whatever its case.
func (d naiveDrive) taken(parent, name, but string) string {
	for id, item := range d {
		if id != but && item.parent == parent && strings.EqualFold(item.name, name) {
			return id
		}
	}
	return ""
}

func (d naiveDrive) within(id, folder string) bool {
	for ; id != ""; id = d[id].parent {
		if id == folder {
			return true
		}
	}
	return false
}

// text is what is compared of an item: of a folder, how many are in it, and of both the size.
func (d naiveDrive) text(id string) string {
	children, size := 0, 0
	for each, other := range d {
		if other.parent == id {
			children++
		}
		if d.within(each, id) {
			size += len(other.content)
		}
	}
	return fmt.Sprintf("%s in %s, folder %t with %d, %d bytes", d[id].name, d[id].parent, d[id].folder, children, size)
}

func (d naiveDrive) that(is func(naiveItem) bool) servicetest.Known {
	known := servicetest.Known{}
	for id, item := range d {
		if is(item) {
			known[id] = d.text(id)
		}
	}
	return known
}

func itemText(e map[string]any) string {
	in, _ := e["parentReference"].(map[string]any)
	parent, _ := in["id"].(string)
	name := e["name"]
	if e["root"] != nil {
		name, parent = "", ""
	}
	folder, isFolder := e["folder"].(map[string]any)
	children := json.Number("0")
	if isFolder {
		children = folder["childCount"].(json.Number)
	}
	return fmt.Sprintf("%v in %s, folder %t with %v, %v bytes", name, parent, isFolder, children, e["size"])
}

// places are what a delta is compared by: whether it tells of folders in which something has
// changed, Graph does not say.
func places(of servicetest.Known) servicetest.Known {
	all := servicetest.Known{}
	for id, text := range of {
		all[id], _, _ = strings.Cut(text, " with")
	}
	return all
}

// drives are a client's requests about a drive.
type drives struct {
	*servicetest.Client
	t *testing.T
	r *rand.Rand
}

// put sends content to a path.
func (k *drives) put(path, content string) (status int, item map[string]any) {
	status, text := k.SendRaw("PUT", path+":/content", []byte(content))
	if status == 0 {
		return 0, map[string]any{"error": text}
	}
	return status, k.Decode(text)
}

// upload sends content in parts, each of them once more at times, and asks where it is.
func (k *drives) upload(path, content string) (status int, item map[string]any) {
	session := k.Must(200, "POST", path+":/createUploadSession",
		`{"item": {"@microsoft.graph.conflictBehavior": "replace"}}`)
	send := func(method, ranges string, data []byte) service.Response {
		u, err := url.Parse(session["uploadUrl"].(string))
		if err != nil {
			k.t.Fatal(err)
		}
		return k.Service.Transfer(&service.Request{Method: method, URLQuery: u.RawQuery, Raw: data, Caller: k.Caller,
			Header: http.Header{"Content-Range": {ranges}}, Now: service.NewTimestamp(k.Now), Metadata: k.Metadata,
			Root: service.Root{Scheme: "https", Host: "library.example", Path: "/v1"}})
	}
	put := func(at, end int) service.Response {
		return send("PUT", fmt.Sprintf("bytes %d-%d/%d", at, end-1, len(content)), []byte(content[at:end]))
	}
	const multiple = 320 << 10
	for at := 0; ; {
		end := min(at+multiple*(1+k.r.IntN(2)), len(content))
		res := put(at, end)
		if end == len(content) {
			if res.Error != "" {
				k.t.Fatalf("%s: %s", path, res.Error)
			}
			return res.Status, k.Decode(string(res.Body))
		}
		if k.r.IntN(2) == 0 { // the response was lost
			if again := put(at, end); again.Error != "upload-overlap" {
				k.t.Fatalf("a part sent twice: %d %s", again.Status, again.Error)
			}
			res = send("GET", "", nil)
		}
		if want := fmt.Sprintf(`["%d-%d"]`, end, len(content)-1); !bytes.Contains(res.Body, []byte(want)) {
			k.t.Fatalf("at %d of %d: %s", end, len(content), res.Body)
		}
		at = end
	}
}

// random returns bytes that parts of are not alike.
func (k *drives) random(n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(k.r.Uint32()), byte(n)}).Read(b)
	return string(b)
}

// TestRandomDrive does what clients do with a drive at random. What is where, what is in files and
// what deltas tell is what a naive drive has.
func TestRandomDrive(t *testing.T) {
	servicetest.Random(t, 12_000, func(t *testing.T, r *rand.Rand, steps int) {
		k := &drives{servicetest.NewClient(t, openapi.Embedded().Tree(), files.Behaviors()...), t, r}
		root := k.Get("/me/drive/root")["id"].(string)
		d := naiveDrive{root: {folder: true}}
		first := k.Must(201, "POST", "/me/drive/root/children", `{"name": "first", "folder": {}}`)
		d[first["id"].(string)] = naiveItem{name: "first", parent: root, folder: true}
		delta := servicetest.Follower{Link: "/me/drive/root/delta"}
		pick := func(folder bool) string {
			ids := map[string]bool{}
			for id, item := range d {
				if item.folder && folder || !folder && id != root {
					ids[id] = true
				}
			}
			return servicetest.AnyOf(r, ids)
		}
		for step := range steps {
			k.Now += r.Int64N(3000)
			in, id := pick(true), pick(false)
			name := []string{"a", "B", "c.txt", "C.TXT", "d", "e.bin"}[r.IntN(6)]
			taken, path := d.taken(in, name, ""), "/me/drive/items/"+in
			switch kind := r.IntN(24); {
			case kind < 4 && len(d) < 20:
				body := `{"name": "` + name + `", "folder": {}, "@microsoft.graph.conflictBehavior": "fail"}`
				if taken != "" {
					k.Refused("already-exists", "POST", path+"/children", body)
					break
				}
				d[k.Must(201, "POST", path+"/children", body)["id"].(string)] = naiveItem{name: name, parent: in, folder: true}
			case kind < 12 && (taken == "" && len(d) < 20 || taken != "" && !d[taken].folder):
				content, put := k.random(1+r.IntN(50)), k.put
				if r.IntN(40) == 0 {
					content, put = k.random(1+r.IntN(1<<20)), k.upload
				}
				status, got := put(path+":/"+name, content)
				if want := map[bool]int{true: 201, false: 200}[taken == ""]; status != want {
					t.Fatalf("step %d: %s: %d %v, want %d", step, name, status, got, want)
				}
				if taken != "" {
					name = d[taken].name
				}
				d[got["id"].(string)] = naiveItem{name: name, parent: in, content: content}
				if text, want := itemText(got), d.text(got["id"].(string)); text != want {
					t.Fatalf("step %d: %s, want %s", step, text, want)
				}
			case kind < 16 && id != "":
				body := `{"name": "` + name + `", "parentReference": {"id": "` + in + `"}}`
				status, text := k.Send("PATCH", "/me/drive/items/"+id, body)
				if can := !d.within(in, id) && d.taken(in, name, id) == ""; (status == 200) != can {
					t.Fatalf("step %d: %s to %s/%s: %d %s", step, d.path(id), d.path(in), name, status, text)
				} else if can {
					d[id] = naiveItem{name, in, d[id].folder, d[id].content}
				}
			case kind == 16 && id != "":
				k.Must(204, "DELETE", "/me/drive/items/"+id, "")
				gone := map[string]bool{}
				for each := range d {
					gone[each] = d.within(each, id)
				}
				maps.DeleteFunc(d, func(each string, _ naiveItem) bool { return gone[each] })
				k.Must(0, "GET", "/me/drive/items/"+id, "")
			case kind < 20 && id != "":
				segments := strings.Split(d.path(id), "/")
				for i := range segments {
					segments[i] = url.PathEscape(segments[i])
				}
				if got := itemText(k.Get("/me/drive/root:" + strings.Join(segments, "/"))); got != d.text(id) {
					t.Fatalf("step %d: %s, want %s", step, got, d.text(id))
				}
			default:
				what := fmt.Sprint("step ", step, ": ")
				inside := d.that(func(item naiveItem) bool { return item.parent == in })
				k.Same(what+"children", k.Known(path+"/children", itemText), inside)
				all := d.that(func(naiveItem) bool { return true })
				k.Same(what+"delta", places(delta.Follow(k.Client, itemText)), places(all))
				for _, id := range slices.Sorted(maps.Keys(d)) {
					if !d[id].folder && r.IntN(8) == 0 {
						k.Same(what+"content", servicetest.Known{id: k.content(id)}, servicetest.Known{id: d[id].content})
					}
				}
			}
		}
	})
}

// content is what a download has.
func (k *drives) content(id string) string {
	res, _ := k.Serve("GET", "/me/drive/items/"+id+"/content", "")
	u, err := url.Parse(res.Location)
	if err != nil {
		k.t.Fatal(err)
	}
	got := k.Service.Transfer(&service.Request{Method: "GET", URLQuery: u.RawQuery, Caller: k.Caller,
		Header: http.Header{}, Now: service.NewTimestamp(k.Now),
		Root: service.Root{Scheme: "https", Host: "library.example", Path: "/v1"}})
	if got.Error != "" {
		k.t.Fatalf("%s: %s", res.Location, got.Error)
	}
	return string(got.Body)
}
