package service_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/store"
)

// post is a small service of people with letters in boxes.
const post = `namespace microsoft.graph
container Post
 set users user
 one me user
entity box
 key id
 prop id String
 prop label String?
 prop boxId String?
 prop letterCount Int32?
 nav boxes box* contained
 nav letters letter* contained
entity letter
 key id
 prop id String
 prop boxId String?
 prop stamp String?
 prop text String?
 action move(to String?) -> letter?
 function* delta() -> letter*
 function* longest() -> String?
entity desk
 key id
 prop id String
 prop label String?
entity user
 key id
 prop id String
 nav desk desk? contained
 nav boxes box* contained
 nav letters letter* contained
`

// inBox is the index of letters and boxes by the box that they are in.
const inBox = "boxId"

func openPost(t testing.TB) *servicetest.Client {
	t.Helper()
	m, err := edm.Parse("post", post)
	if err != nil {
		t.Fatal(err)
	}
	index := func(w *service.Write) []store.Index {
		in, _ := w.Property(inBox).(string)
		return []store.Index{{Name: inBox, Value: in, Rank: w.Record.Rank}}
	}
	value := func(otherwise string) func(w *service.Write, name string) (any, bool) {
		return func(w *service.Write, name string) (any, bool) {
			switch {
			case name == "stamp":
				return "s" + strconv.FormatUint(w.Version(), 10), true
			case name != inBox:
				return nil, false
			case w.Slice.Value != "":
				return w.Slice.Value, true
			case w.Sent[inBox] == nil:
				return otherwise, true
			}
			return nil, false
		}
	}
	return servicetest.NewClient(t, resource.NewTree(m),
		&service.Behavior{
			Type: "microsoft.graph.box", Value: value("top"), Index: index, Top: &service.Slice{Index: inBox, Value: "top"},
			Initial: []map[string]any{{"id": "desk", "label": "Desk"}, {"id": "drawer", "label": "Drawer"}},
			Parts: map[string]service.Part{
				"boxes":   {Of: "boxes", Index: inBox},
				"letters": {Of: "letters", Index: inBox},
			},
			Show: func(r store.Reader, path string, entity map[string]any) {
				owner, _, _ := strings.Cut(path, "/boxes/")
				entity["letterCount"] = r.SnapshotIndex(owner+"/letters", inBox, entity["id"].(string)).Len()
			},
		},
		&service.Behavior{
			Type: "microsoft.graph.letter", Value: value("desk"), Index: index, ClientKey: true,
			Tag: func(r *store.Record) string { return fmt.Sprintf(`W/"%d"`, r.Version) },
			Operations: map[string]service.Operation{
				"move": func(c *service.Call) (service.Result, error) {
					letter, err := c.Bound()
					if err != nil {
						return service.Result{}, err
					}
					to, _ := c.Body["to"].(string)
					c.Settle(c.Owner()+"/boxes", "microsoft.graph.box")
					if _, found := c.Get(c.Owner() + "/boxes/" + to); !found {
						return service.Result{}, service.Fail("item-not-found")
					}
					letter.Properties[inBox] = to
					return service.Result{Status: 201, Entity: c.Put(letter)}, nil
				},
				"longest": func(c *service.Call) (service.Result, error) {
					longest := ""
					c.Each(c.Collection(), service.Slice{}, func(e *service.Entity) bool {
						if text := e.Text("text"); len(text) > len(longest) {
							longest = text
						}
						return true
					})
					return service.Result{Value: longest}, nil
				},
			},
		})
}

func TestCollectionsHaveWhatTheyBeginWith(t *testing.T) {
	t.Parallel()
	c := openPost(t)
	if got := c.List("/me/boxes", "label"); !slices.Equal(got, []string{"Desk Drawer"}) {
		t.Errorf("got %q", got)
	}
	if got := c.Get("/me/boxes/drawer")["label"]; got != "Drawer" {
		t.Errorf("got %v", got)
	}
	c.Want("GET", "/users/nobody/boxes", "", 0, "object-not-found")
	c.Want("GET", "/users/nobody/boxes/desk", "", 0, "object-not-found")
}

func TestPartsShowWhatIsInThem(t *testing.T) {
	t.Parallel()
	c := openPost(t)
	for _, line := range []string{
		`/me/letters {"id": "a"}`,
		`/me/boxes/drawer/letters {"id": "b"}`,
		`/me/boxes/drawer/boxes {"label": "Hidden"}`,
	} {
		target, body, _ := strings.Cut(line, " ")
		if status, text := c.Send("POST", target, body); status != 201 {
			t.Fatal(line, status, text)
		}
	}
	for target, want := range map[string]string{
		"/me/letters":              "a b",
		"/me/boxes/desk/letters":   "a",
		"/me/boxes/drawer/letters": "b",
	} {
		if got := c.List(target, "id"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	if got := c.List("/me/boxes", "label"); !slices.Equal(got, []string{"Desk Drawer"}) {
		t.Errorf("the top has %q", got)
	}
	if got := c.List("/me/boxes/drawer/boxes", "label"); !slices.Equal(got, []string{"Hidden"}) {
		t.Errorf("the drawer has %q", got)
	}
	if got := fmt.Sprint(c.Get("/me/boxes/drawer")["letterCount"]); got != "1" {
		t.Errorf("the drawer has %s letters", got)
	}
	if got := c.Get("/me/boxes/drawer/letters/b")["boxId"]; got != "drawer" {
		t.Errorf("the letter is in %v", got)
	}
	c.Want("GET", "/me/boxes/desk/letters/b", "", 0, "object-not-found")
	c.Want("PATCH", "/me/boxes/desk/letters/b", `{"text": "x"}`, 0, "object-not-found")
	c.Want("DELETE", "/me/boxes/desk/letters/b", "", 0, "object-not-found")
	c.Want("GET", "/me/boxes/shelf/letters", "", 0, "object-not-found")
}

func TestOperationsOfBehaviors(t *testing.T) {
	t.Parallel()
	c := openPost(t)
	c.Send("POST", "/me/letters", `{"id": "a", "text": "long"}`)
	c.Send("POST", "/me/letters", `{"id": "b", "text": "longer"}`)
	status, text := c.Send("POST", "/me/letters/a/move", `{"to": "drawer"}`)
	moved := c.Decode(text)
	if status != 201 || moved["boxId"] != "drawer" || moved["@odata.etag"] != `W/"2"` || moved["stamp"] != "s2" {
		t.Errorf("%d %s", status, text)
	}
	if got := c.List("/me/boxes/drawer/letters", "id"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the drawer has %q", got)
	}
	c.Want("POST", "/me/letters/a/move", `{"to": "shelf"}`, 0, "item-not-found")
	c.Want("POST", "/me/letters/c/move", `{"to": "desk"}`, 0, "object-not-found")
	c.Want("GET", "/me/letters/longest()", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#Edm.String","value":"longer"}`)
}

func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	c := openPost(t)
	if _, text := c.Send("POST", "/me/letters", `{"id": "a"}`); c.Decode(text)["@odata.etag"] != `W/"1"` {
		t.Errorf("a new letter: %s", text)
	}
	if got := c.Get("/me/letters?$select=text")["value"].([]any)[0].(map[string]any)["@odata.etag"]; got != `W/"1"` {
		t.Errorf("a list has the tag %v", got)
	}
	c.IfMatch = `W/"7"`
	for _, method := range []string{"PATCH", "PUT", "DELETE"} {
		c.Want(method, "/me/letters/a", `{"text": "x"}`, 0, "precondition-failed")
	}
	for _, tag := range []string{`W/"1"`, `"2"`, `W/"9", W/"3"`, "*", ""} {
		c.IfMatch = tag
		if status, text := c.Send("PATCH", "/me/letters/a", `{"text": "x"}`); status != 200 {
			t.Errorf("If-Match: %s: %d %s", tag, status, text)
		}
	}
	c.IfMatch, c.IfNoneMatch = "", `W/"6"`
	c.Want("GET", "/me/letters/a", "", 304, "")
	c.IfNoneMatch = `W/"5"`
	if status, _ := c.Send("GET", "/me/letters/a", ""); status != 200 {
		t.Errorf("another tag: %d", status)
	}
}

// A follower keeps what a delta has told of a collection: the texts of letters by id.
type follower struct {
	target string // of its next request
	known  map[string]string
}

// follow reads a round of a delta to its end.
func (f *follower) follow(c *servicetest.Client) {
	for {
		page := c.Get(f.target)
		for _, each := range page["value"].([]any) {
			item := each.(map[string]any)
			id := item["id"].(string)
			if item["@removed"] != nil {
				delete(f.known, id)
				continue
			}
			text, _ := item["text"].(string)
			f.known[id] = text
		}
		if link, more := page["@odata.nextLink"].(string); more {
			f.target = link
			continue
		}
		f.target = page["@odata.deltaLink"].(string)
		return
	}
}

// TestDeltasTellOfAllChanges writes at random, and two clients follow: of all letters,
// and of those in one box.
func TestDeltasTellOfAllChanges(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	c := openPost(t)
	all := &follower{"/me/letters/delta()", map[string]string{}}
	desk := &follower{"/me/boxes/desk/letters/delta", map[string]string{}}
	for step := range 2000 {
		id := strconv.Itoa(random.IntN(12))
		switch random.IntN(6) {
		case 0:
			c.Send("POST", "/me/letters", `{"id": "`+id+`"}`)
		case 1:
			c.Send("POST", "/me/boxes/drawer/letters", `{"id": "`+id+`"}`)
		case 2:
			c.Send("PATCH", "/me/letters/"+id, `{"text": "`+strconv.Itoa(step)+`"}`)
		case 3:
			c.Send("DELETE", "/me/letters/"+id, "")
		case 4:
			all.follow(c)
			want := map[string]string{}
			for next := "/me/letters"; next != ""; {
				page := c.Get(next)
				for _, each := range page["value"].([]any) {
					text, _ := each.(map[string]any)["text"].(string)
					want[each.(map[string]any)["id"].(string)] = text
				}
				next, _ = page["@odata.nextLink"].(string)
			}
			if !maps.Equal(all.known, want) {
				t.Fatalf("seed %d, step %d: a client knows %v of %v", seed, step, all.known, want)
			}
		case 5:
			desk.follow(c)
			want := strings.Fields(strings.Join(c.List("/me/boxes/desk/letters", "id"), " "))
			if got := slices.Sorted(maps.Keys(desk.known)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Fatalf("seed %d, step %d: a client knows %q of %q", seed, step, got, want)
			}
		}
	}
}

func TestDeltaTokens(t *testing.T) {
	t.Parallel()
	c := openPost(t)
	c.Send("POST", "/me/letters", `{"id": "a"}`)
	now := &follower{"/me/letters/delta?$deltatoken=latest", map[string]string{}}
	if now.follow(c); len(now.known) != 0 {
		t.Errorf("from now on there is %v", now.known)
	}
	c.Send("POST", "/me/letters", `{"id": "b"}`)
	link := now.target
	if now.follow(c); !slices.Equal(slices.Collect(maps.Keys(now.known)), []string{"b"}) {
		t.Errorf("there is %v", now.known)
	}
	selected := c.Get("/me/letters/delta?$select=text")
	first := selected["value"].([]any)[0].(map[string]any)
	if _, has := first["stamp"]; has || len(first) != 2 || first["id"] != "a" { // the tag can't be left out
		t.Errorf("selected: %v", first)
	}
	c.Send("PATCH", "/me/letters/a", `{"text": "x"}`)
	if later := c.Get(selected["@odata.deltaLink"].(string))["value"].([]any)[0].(map[string]any); later["stamp"] != nil ||
		later["text"] != "x" {
		t.Errorf("later: %v", later)
	}
	c.Now += 7*24*60*60*1000 + 1
	c.Want("GET", link, "", 0, "delta-gone")
}

// TestTheOnlyEntityOfAPropertyKeepsItsKey: it is shown with one before it was written.
func TestTheOnlyEntityOfAPropertyKeepsItsKey(t *testing.T) {
	t.Parallel()
	c := openPost(t)
	before := c.Get("/me/desk")["id"]
	c.Send("PATCH", "/me/desk", `{"label": "Oak"}`)
	if after := c.Get("/me/desk"); after["id"] != before || after["label"] != "Oak" {
		t.Errorf("%v, then %v", before, after)
	}
}

func serviceTime(ms int64) *service.Timestamp { return service.NewTimestamp(ms) }

// TestResponsesAreTheSameWhetherOrNotAllIsDecoded: with metadata of another level they are put
// together in another way.
func TestResponsesAreTheSameWhetherOrNotAllIsDecoded(t *testing.T) {
	t.Parallel()
	m, err := edm.Parse("forms", `namespace microsoft.graph
container Forms
 set forms form
entity form open
 key id
 prop a String?
 prop b String?*
 prop c Int32
 prop id String
 prop secret String? selectonly
 prop z String?
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, behavior := range []service.Behavior{
		{}, {Nulls: true}, {Nulls: true, Tag: func(r *store.Record) string { return "1" }},
		{Nulls: true, Hidden: func(name string) bool { return name == "more" }},
	} {
		behavior.Type, behavior.ClientKey = "microsoft.graph.form", true
		c := servicetest.NewClient(t, resource.NewTree(m), &behavior)
		for i, body := range []string{
			`{"c": 0}`, `{"a": "x", "secret": "s"}`, `{"z": "]}\\\",", "c": 7, "b": ["é"]}`, `{"more": true, "another": null, "b": []}`,
		} {
			if status, text := c.Send("POST", "/forms", strings.Replace(body, "{", fmt.Sprintf(`{"id": "%d",`, i), 1)); status != 201 {
				t.Fatal(status, text)
			}
		}
		quick := map[string]map[string]any{}
		for _, level := range []service.Metadata{service.MetadataMinimal, service.MetadataNone} {
			c.Metadata = level
			for _, each := range c.Get("/forms")["value"].([]any) {
				entity := each.(map[string]any)
				id := entity["id"].(string)
				one := c.Get("/forms/" + id)
				delete(one, "@odata.context")
				if !reflect.DeepEqual(one, entity) {
					t.Errorf("%+v: alone %v, in a list %v", behavior, one, entity)
				}
				delete(entity, "@odata.etag")
				if level == service.MetadataMinimal {
					quick[id] = entity
				} else if !reflect.DeepEqual(quick[id], entity) {
					t.Errorf("%+v: %v, want %v", behavior, quick[id], entity)
				}
			}
		}
		if len(quick) == 0 {
			t.Error("there are no forms")
		}
	}
}
