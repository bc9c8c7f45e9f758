package service_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// library is a small service: nothing of Graph but the place where users are.
const library = `namespace microsoft.graph
container Library
 set books book
 set loans loan
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
entity loan
 key id
 prop createdDateTime DateTimeOffset
 prop id String
 prop lastModifiedDateTime DateTimeOffset
 prop reader String?
 nav notes chapter* contained
entity novel : book
 prop author String?
entity user
 key id
 nav desk loan? contained
 prop id String
 nav shelves book* contained
`

// open returns a client of a library.
func open(t testing.TB, behaviors ...*service.Behavior) *servicetest.Client {
	t.Helper()
	m, err := edm.Parse("library", library)
	if err != nil {
		t.Fatal(err)
	}
	return servicetest.NewClient(t, resource.NewTree(m), behaviors...)
}

func TestLifeOfAnEntity(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	const context = `{"@odata.context":"https://library.example/v1/$metadata#books/$entity",`
	const created = `"createdDateTime":"2023-11-14T22:13:20Z","id":"1",`
	c.Want("POST", "/books", `{"id": "1", "title": "Trails", "note@odata.type": "x"}`, 201,
		context+created+`"title":"Trails"}`)
	c.Want("POST", "/books", `{"id": "1"}`, 0, "already-exists")
	c.Want("GET", "/books/1", "", 200, context+created+`"title":"Trails"}`)
	c.Want("GET", "/BOOKS('1')", "", 200, context+created+`"title":"Trails"}`)
	c.Want("PATCH", "/books/1", `{"pages": 7}`, 200, context+created+`"pages":7,"title":"Trails"}`)
	c.Want("PUT", "/books/1", `{"title": "Ropes"}`, 200, context+created+`"title":"Ropes"}`)
	c.Want("GET", "/books/$count", "", 200, "1")
	c.Want("DELETE", "/books/1", "", 204, "")
	c.Want("GET", "/books/1", "", 0, "item-not-found")
	c.Want("PATCH", "/books/1", `{}`, 0, "item-not-found")
	c.Want("DELETE", "/books/1", "", 0, "item-not-found")
}

func TestContainedEntitiesGoWithTheirs(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true},
		&service.Behavior{Type: "microsoft.graph.chapter", ClientKey: true, Parent: "book"})
	_, text := c.Send("POST", "/books",
		`{"id": "1", "chapters": [{"id": "a", "name": "One"}, {"id": "b"}, {"id": "a", "name": "Again"}]}`)
	if !strings.HasSuffix(text, `"chapters":[{"id":"b"},{"id":"a","name":"Again"}]}`) {
		t.Error(text)
	}
	c.Want("GET", "/books/1/chapters/a", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#books('1')/chapters/$entity","id":"a","name":"Again"}`)
	c.Want("POST", "/books/2/chapters", `{}`, 0, "item-not-found")
	if _, text := c.Send("GET", "/books/1/chapters/a/book?$select=id",
		""); text != `{"@odata.context":"https://library.example/v1/$metadata#books(id)/$entity","id":"1"}` {
		t.Error(text)
	}
	_, text = c.Send("GET", "/books?$expand=chapters($select=id;$top=1)&$select=id", "")
	if !strings.Contains(text, `"value":[{"id":"1","chapters":[{"id":"b"}]}]`) {
		t.Error(text)
	}
	c.Want("DELETE", "/books/1", "", 204, "")
	c.Want("POST", "/books", `{"id": "1"}`, 201,
		`{"@odata.context":"https://library.example/v1/$metadata#books/$entity",`+
			`"createdDateTime":"2023-11-14T22:13:20Z","id":"1"}`)
	c.Want("GET", "/books/1/chapters/$count", "", 200, "0")
}

func TestListsGoOnInTheirOrder(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	for i := range 8 {
		c.Send("POST", "/books", fmt.Sprintf(`{"id": "%d", "pages": %d}`, 9-i, i))
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
			status, text := c.Send("GET", target, "")
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
			target = page.Next
		}
		if got != want || pages > 3 {
			t.Errorf("%s: %s in %d pages, want %s", query, got, pages, want)
		}
	}
}

func TestOthersAreNotTheCaller(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true, Private: true})
	c.Want("POST", "/me/shelves", `{"id": "1"}`, 201,
		`{"@odata.context":"https://library.example/v1/$metadata#users('u1')/shelves/$entity",`+
			`"createdDateTime":"2023-11-14T22:13:20Z","id":"1"}`)
	c.Want("GET", "/users/ADELE%40contoso.com/shelves/$count", "", 200, "1")
	c.Want("GET", "/users/alex@contoso.com/shelves/$count", "", 0, "other-user")
}
