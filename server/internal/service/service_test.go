package service_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// library is a small service: nothing of Graph but the place where users are.
const library = `namespace microsoft.graph
container Library
 set books book
 set users user
 one me user
entity book
 key id
 prop createdDateTime DateTimeOffset
 prop id String
 prop pages Int32?
 prop title String?
 nav chapters chapter* contained
 function* newest() -> book*
entity chapter
 key id
 prop id String
 prop name String?
 nav book book?
entity user
 key id
 prop id String
 nav shelves book* contained
`

const now = 1_700_000_000_000

// A client sends requests to a service.
type client struct {
	t       testing.TB
	service *service.Service
	tree    *resource.Tree
	caller  auth.Caller
}

func open(t testing.TB, behaviors ...*service.Behavior) *client {
	t.Helper()
	m, err := edm.Parse("library", library)
	if err != nil {
		t.Fatal(err)
	}
	tree := resource.NewTree(m)
	s := service.New(service.Config{
		Tree: tree, Store: store.NewMemory(store.Options{}), Behaviors: behaviors, PageSize: 3,
		Random: service.NewRandom(1),
	})
	user := auth.NewUser("u1", "adele@contoso.com", "Adele")
	return &client{t, s, tree, auth.Caller{Tenant: "t", User: user, App: "app"}}
}

// send sends a request and returns the status and the body as JSON; of an error its
// id.
func (c *client) send(method, target, body string) (int, string) {
	c.t.Helper()
	path, query, _ := strings.Cut(target, "?")
	p, bad := c.tree.Parse(path)
	if bad != nil {
		c.t.Fatalf("%s: %v", target, bad)
	}
	r := &service.Request{
		Method: method, Path: p, Root: service.Root{Scheme: "https", Host: "library.example", Path: "/v1"},
		RawQuery: query, Metadata: service.MetadataMinimal, Caller: c.caller, Now: service.NewTimestamp(now),
	}
	if query != "" {
		o, err := odata.Parse(query, p.Type, odata.Settings{})
		if err != nil {
			c.t.Fatal(err)
		}
		if r.Query = o; o.SkipToken != "" {
			if r.Page, err = c.service.ReadSkipToken(o.SkipToken); err != nil {
				c.t.Fatal(err)
			}
			r.Query, _ = odata.Parse(r.Page.Query, p.Type, odata.Settings{})
		}
	}
	if body != "" {
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&r.Body); err != nil {
			c.t.Fatal(err)
		}
	}
	res, ok := c.service.Serve(r)
	switch {
	case !ok:
		return 0, "not served"
	case res.Error != "":
		return 0, res.Error
	}
	return res.Status, string(res.Body)
}

func (c *client) want(method, target, body string, status int, want string) {
	c.t.Helper()
	if got, text := c.send(method, target, body); got != status || text != want {
		c.t.Errorf("%s %s:\ngot  %d %s\nwant %d %s", method, target, got, text, status, want)
	}
}

func TestLifeOfAnEntity(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	const context = `{"@odata.context":"https://library.example/v1/$metadata#books/$entity",`
	const created = `"createdDateTime":"2023-11-14T22:13:20Z","id":"1",`
	c.want("POST", "/books", `{"id": "1", "title": "Trails", "note@odata.type": "x"}`, 201,
		context+created+`"title":"Trails"}`)
	c.want("POST", "/books", `{"id": "1"}`, 0, "already-exists")
	c.want("GET", "/books/1", "", 200, context+created+`"title":"Trails"}`)
	c.want("GET", "/BOOKS('1')", "", 200, context+created+`"title":"Trails"}`)
	c.want("PATCH", "/books/1", `{"pages": 7}`, 200, context+created+`"pages":7,"title":"Trails"}`)
	c.want("PUT", "/books/1", `{"title": "Ropes"}`, 200, context+created+`"title":"Ropes"}`)
	c.want("GET", "/books/$count", "", 200, "1")
	c.want("DELETE", "/books/1", "", 204, "")
	c.want("GET", "/books/1", "", 0, "item-not-found")
	c.want("PATCH", "/books/1", `{}`, 0, "item-not-found")
	c.want("DELETE", "/books/1", "", 0, "item-not-found")
}

func TestContainedEntitiesGoWithTheirs(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true},
		&service.Behavior{Type: "microsoft.graph.chapter", ClientKey: true, Parent: "book"})
	_, text := c.send("POST", "/books",
		`{"id": "1", "chapters": [{"id": "a", "name": "One"}, {"id": "b"}, {"id": "a", "name": "Again"}]}`)
	if !strings.HasSuffix(text, `"chapters":[{"id":"b"},{"id":"a","name":"Again"}]}`) {
		t.Error(text)
	}
	c.want("GET", "/books/1/chapters/a", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#books('1')/chapters/$entity","id":"a","name":"Again"}`)
	c.want("POST", "/books/2/chapters", `{}`, 0, "item-not-found")
	if _, text := c.send("GET", "/books/1/chapters/a/book?$select=id",
		""); text != `{"@odata.context":"https://library.example/v1/$metadata#books(id)/$entity","id":"1"}` {
		t.Error(text)
	}
	_, text = c.send("GET", "/books?$expand=chapters($select=id;$top=1)&$select=id", "")
	if !strings.Contains(text, `"value":[{"id":"1","chapters":[{"id":"b"}]}]`) {
		t.Error(text)
	}
	c.want("DELETE", "/books/1", "", 204, "")
	c.want("POST", "/books", `{"id": "1"}`, 201,
		`{"@odata.context":"https://library.example/v1/$metadata#books/$entity",`+
			`"createdDateTime":"2023-11-14T22:13:20Z","id":"1"}`)
	c.want("GET", "/books/1/chapters/$count", "", 200, "0")
}

func TestListsGoOnInTheirOrder(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	for i := range 8 {
		c.send("POST", "/books", fmt.Sprintf(`{"id": "%d", "pages": %d}`, 9-i, i))
	}
	for query, want := range map[string]string{
		"$select=id":                                "98765432",
		"$select=id&$orderby=pages desc":            "23456789",
		"$select=id&$filter=pages gt 4":             "432",
		"$select=id&$top=4&$skip=1":                 "8765",
		"$select=id&$filter=pages lt 6&$orderby=id": "456789",
		"$select=id&$count=true&$top=1":             "9",
	} {
		got, pages := "", 0
		for target := "/books?" + strings.ReplaceAll(query, " ", "%20"); target != ""; pages++ {
			status, text := c.send("GET", target, "")
			var page struct {
				Next  string              `json:"@odata.nextLink"`
				Value []map[string]string `json:"value"`
			}
			if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK ||
				len(page.Value) > 3 {
				t.Fatalf("%s: %d %s %v", target, status, text, err)
			}
			for _, each := range page.Value {
				got += each["id"]
			}
			target = strings.TrimPrefix(page.Next, "https://library.example/v1")
		}
		if got != want || pages > 3 {
			t.Errorf("%s: %s in %d pages, want %s", query, got, pages, want)
		}
	}
}

func TestOthersAreNotTheCaller(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	c.want("POST", "/me/shelves", `{"id": "1"}`, 201,
		`{"@odata.context":"https://library.example/v1/$metadata#users('adele%40contoso.com')/shelves/$entity",`+
			`"createdDateTime":"2023-11-14T22:13:20Z","id":"1"}`)
	c.want("GET", "/users/ADELE%40contoso.com/shelves/$count", "", 200, "1")
	c.want("GET", "/users/alex@contoso.com/shelves/$count", "", 0, "other-user")
}
