package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/store"
)

// archive is a small service of files with pages.
const archive = `namespace microsoft.graph
container Archive
 set files file
 set users user
 one me user
entity file
 key id
 prop id String
 prop title String?
 prop words String?
 nav pages page* contained
 action copy() -> file?
 action move(to String?) -> file?
 action count() -> Int32?
entity page
 key id
 prop id String
 prop text String?
 function* delta() -> page*
entity user
 key id
 prop id String
`

func openArchive(t testing.TB, more ...*service.Behavior) *servicetest.Client {
	t.Helper()
	m, err := edm.Parse("archive", archive)
	if err != nil {
		t.Fatal(err)
	}
	return servicetest.NewClient(t, resource.NewTree(m), more...)
}

// files have keys such as "red-2": the part before the number lasts.
func files() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.file", ClientKey: true, OrderBy: "title",
		Alias: func(text string) (string, bool) { return "red-1", strings.EqualFold(text, "first") },
		Missing: func(_, key string) string {
			if strings.Contains(key, "-") {
				return "item-not-found"
			}
			return "key-immutable"
		},
		LastingKey: func(key string) string {
			colour, _, _ := strings.Cut(key, "-")
			return colour
		},
		Check: func(c *service.Call, w *service.Write) error {
			if w.Sent["title"] == "bad" {
				return service.Fail("already-exists")
			}
			return nil
		},
		Read: func(raw []byte) (map[string]any, error) {
			if len(raw) == 0 {
				return nil, service.Fail("body-empty")
			}
			return map[string]any{"words": string(raw)}, nil
		},
		Prefer: func(p *service.Preferences, file map[string]any) (applied []string) {
			if p.Preference("archive.case") != "upper" {
				return nil
			}
			if title, has := file["title"].(string); has {
				file["title"] = strings.ToUpper(title)
			}
			return []string{"archive.case=upper"}
		},
		Content: func(r store.Reader, e *service.Entity) ([]byte, string) {
			return []byte("<" + e.Text("title") + ">"), "text/title"
		},
		Operations: map[string]service.Operation{
			"copy": func(c *service.Call) (service.Result, error) {
				file, err := c.Bound()
				if err != nil {
					return service.Result{}, err
				}
				copied, err := c.Copy(file, c.Collection(), map[string]any{"id": "blue-1", "words": nil})
				return service.Result{Entity: copied}, err
			},
			"move": func(c *service.Call) (service.Result, error) {
				file, err := c.Bound()
				if err != nil {
					return service.Result{}, err
				}
				moved, err := c.MoveAs(file, c.Collection(), map[string]any{"id": c.Text("To")})
				return service.Result{Entity: moved}, err
			},
		},
	}
}

func TestNamesThatStandForKeys(t *testing.T) {
	t.Parallel()
	c := openArchive(t, files())
	c.Send("POST", "/files", `{"id": "red-1", "title": "a"}`)
	c.Want("GET", "/files/FIRST/pages", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#files('FIRST')/pages","value":[]}`)
	c.Want("GET", "/files/red-2", "", 0, "item-not-found")
	c.Want("GET", "/files/other", "", 0, "key-immutable")
}

func TestChecksRefuseWrites(t *testing.T) {
	t.Parallel()
	c := openArchive(t, files())
	c.Want("POST", "/files", `{"id": "red-1", "title": "bad"}`, 0, "already-exists")
	c.Send("POST", "/files", `{"id": "red-1", "title": "good"}`)
	c.Want("PATCH", "/files/red-1", `{"title": "bad"}`, 0, "already-exists")
	if got := c.List("/files", "title"); !slices.Equal(got, []string{"good"}) {
		t.Errorf("there is %q", got)
	}
}

func TestListsHaveTheirOwnOrder(t *testing.T) {
	t.Parallel()
	c := openArchive(t, files())
	for _, title := range []string{"c", "a", "d", "b"} {
		c.Send("POST", "/files", `{"id": "`+title+`-1", "title": "`+title+`"}`)
	}
	if got := c.List("/files", "title"); !slices.Equal(got, []string{"a b c", "d"}) {
		t.Errorf("got %q", got)
	}
	if got := c.List("/files?$orderby=title%20desc", "title"); !slices.Equal(got, []string{"d c b", "a"}) {
		t.Errorf("got %q", got)
	}
}

func TestMovedEntitiesKeepWhatTheyContain(t *testing.T) {
	t.Parallel()
	c := openArchive(t, files())
	c.Send("POST", "/files", `{"id": "red-1", "title": "a", "words": "w"}`)
	c.Send("POST", "/files/red-1/pages", `{"text": "one"}`)
	before := c.Get("/files/red-1/pages/delta")["@odata.deltaLink"].(string)
	if got := c.Get("/files/red"); got["id"] != "red-1" {
		t.Errorf("the lasting key leads to %v", got)
	}
	if status, text := c.Send("POST", "/files/red/move", `{"to": "red-2"}`); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	c.Want("GET", "/files/red-1", "", 0, "item-not-found")
	c.Want("GET", "/files/red-1/pages", "", 0, "item-not-found")
	if got := c.List("/files/red-2/pages", "text"); !slices.Equal(got, []string{"one"}) {
		t.Errorf("the pages are %q", got)
	}
	c.Preferences.LastingKeys = true
	if got := c.Get("/files/red"); got["id"] != "red" || got["title"] != "a" || got["words"] != "w" {
		t.Errorf("moved: %v", got)
	}
	c.Send("POST", "/files/red/copy", "")
	if got := c.Get("/files/blue"); got["title"] != "a" || got["words"] != nil {
		t.Errorf("copied: %v", got)
	}
	if got := c.List("/files/blue/pages", "text"); !slices.Equal(got, []string{"one"}) {
		t.Errorf("the pages of the copy are %q", got)
	}
	c.Want("GET", strings.TrimPrefix(before, servicetest.Origin), "", 0, "item-not-found")
}

func TestPreferencesOfWorkloads(t *testing.T) {
	t.Parallel()
	c := openArchive(t, files())
	c.Send("POST", "/files", `{"id": "red-1", "title": "a"}`)
	c.Preferences.Other = `,other.thing=1,archive.case="upper"`
	res, _ := c.Serve("GET", "/files/red-1", "")
	if got := c.Decode(string(res.Body))["title"]; got != "A" || !slices.Equal(res.Applied, []string{"archive.case=upper"}) {
		t.Errorf("got %v, applied %q", got, res.Applied)
	}
	res, _ = c.Serve("GET", "/files?$select=title", "")
	if !strings.Contains(string(res.Body), `"A"`) || !slices.Equal(res.Applied, []string{"archive.case=upper"}) {
		t.Errorf("got %s, applied %q", res.Body, res.Applied)
	}
}

func TestContentThatIsMadeOfAnEntity(t *testing.T) {
	t.Parallel()
	c := openArchive(t, files())
	c.Send("POST", "/files", `{"id": "red-1", "title": "a"}`)
	if res, _ := c.Serve("GET", "/files/red-1/$value", ""); string(res.Body) != "<a>" || res.ContentType != "text/title" {
		t.Errorf("got %s of %s", res.Body, res.ContentType)
	}
}

func TestPagesThatGoOnWithSkip(t *testing.T) {
	t.Parallel()
	b := files()
	b.OrderBy, b.Pages = "", &service.Pages{Usual: 2, Most: 4}
	c := openArchive(t, b)
	for _, key := range strings.Split("abcdefghi", "") {
		c.Send("POST", "/files", `{"id": "`+key+`-1", "title": "`+key+`"}`)
	}
	for target, want := range map[string][]string{
		"/files":                                 {"a b", "c d", "e f", "g h", "i"},
		"/files?$top=4":                          {"a b c d", "e f g h", "i"},
		"/files?$top=9&$skip=3":                  {"d e f g", "h i"},
		"/files?$top=3&$filter=title%20gt%20'b'": {"c d e", "f g h", "i"},
	} {
		if got := c.List(target, "title"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestSecondBehaviorsAddOperations(t *testing.T) {
	t.Parallel()
	second := &service.Behavior{
		Type: "microsoft.graph.file",
		Operations: map[string]service.Operation{"count": func(c *service.Call) (service.Result, error) {
			_, found := c.Find(c.Collection(), "length", "1")
			return service.Result{Value: found}, nil
		}},
		Index: func(w *service.Write) []store.Index {
			title, _ := w.Property("title").(string)
			return []store.Index{{Name: "length", Value: strings.Repeat("1", len(title))}}
		},
	}
	c := openArchive(t, files(), second)
	c.Send("POST", "/files", `{"id": "red-1", "title": "a"}`)
	if _, text := c.Send("POST", "/files/red-1/count", ""); !strings.Contains(text, "true") {
		t.Errorf("got %s", text)
	}
	if status, text := c.Send("POST", "/files/red-1/copy", ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
}
