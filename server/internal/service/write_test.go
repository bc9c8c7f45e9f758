package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/store"
)

// byTitle is a book that a PUT names by its title.
func byTitle() *service.Behavior {
	return &service.Behavior{Type: "microsoft.graph.book", Address: "title", Located: true,
		Value: func(w *service.Write, property string) (any, bool) { return w.Address, property == "title" }}
}

func TestAddressNeverChanges(t *testing.T) {
	t.Parallel()
	c := open(t, byTitle())
	if status, text := c.Send("PUT", "/books/Trails", `{"pages": 1}`); status != 201 {
		t.Fatal(status, text)
	}
	id := c.Get("/books")["value"].([]any)[0].(map[string]any)["id"].(string)
	if status, _ := c.Send("PUT", "/books/Trails", `{"pages": 2}`); status != 200 {
		t.Errorf("PUT again: %d", status)
	}
	c.Want("PATCH", "/books/"+id, `{"title": "Ropes"}`, 0, "key-immutable")
	if status, text := c.Send("PATCH", "/books/"+id, `{"title": "Trails", "pages": 3}`); status != 200 {
		t.Errorf("PATCH of another property: %d %s", status, text)
	}
	c.Want("POST", "/books", `{"title": "Trails"}`, 0, "already-exists")
	if status, _ := c.Send("POST", "/books", `{"title": "Ropes"}`); status != 201 {
		t.Errorf("POST: %d", status)
	}
	if got := c.List("/books", "title"); !slices.Equal(got, []string{"Trails Ropes"}) ||
		c.Get("/books/" + id)["title"] != "Trails" {
		t.Errorf("got %q", got)
	}
}

func TestEachAppHasEntitiesOfItsOwn(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true, PerApp: true})
	a, b := c.As("a"), c.As("b")
	for i, each := range []*servicetest.Client{a, a, a, b, b} {
		body := fmt.Sprintf(`{"id": "%d", "title": "%[1]d of %s"}`, i%3, each.Caller.App)
		if status, text := each.Send("POST", "/books", body); status != 201 {
			t.Fatal(status, text)
		}
	}
	if got := b.Get("/books/1")["title"]; got != "1 of b" {
		t.Errorf("b has %v", got)
	}
	b.Want("GET", "/books/2", "", 0, "item-not-found")
	for app, want := range map[string][]string{
		"a": {"0 of a 1 of a 2 of a", ""},
		"b": {"", "0 of b 1 of b"}, // the first page looked at the three of a
		"c": {"", ""},
	} {
		if got := c.As(app).List("/books", "title"); !slices.Equal(got, want) {
			t.Errorf("%s sees %q, want %q", app, got, want)
		}
	}
	b.Want("GET", "/books/$count", "", 200, "2")
	if got := b.List("/books?$orderby=title%20desc", "title"); !slices.Equal(got, []string{"1 of b 0 of b"}) {
		t.Errorf("sorted: %q", got)
	}
}

func TestEachAppHasAddressesOfItsOwn(t *testing.T) {
	t.Parallel()
	behavior := byTitle()
	behavior.PerApp = true
	c := open(t, behavior)
	for _, app := range []string{"a", "b"} {
		if status, text := c.As(app).Send("PUT", "/books/Trails", `{}`); status != 201 {
			t.Errorf("%s: %d %s", app, status, text)
		}
	}
}

func TestOnlyPropertiesAreStored(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true},
		&service.Behavior{Type: "microsoft.graph.chapter", ClientKey: true, Parent: "book"})
	c.Send("POST", "/books", `{"id": "1"}`)
	c.Send("POST", "/books/1/chapters",
		`{"id": "a", "more": {"b": 1}, "book": {"id": "2"}, "name@odata.type": "x", "@odata.type": "y"}`)
	c.Want("GET", "/books/1/chapters/a", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#books('1')/chapters/$entity","id":"a","more":{"b":1}}`)
}

func TestReplacedEntityKeepsItsCreation(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.loan", ClientKey: true})
	const context = `{"@odata.context":"https://library.example/v1/$metadata#loans/$entity","createdDateTime":"2023-11-14T22:13:20Z","id":"1",`
	c.Want("POST", "/loans", `{"id": "1"}`, 201, context+`"lastModifiedDateTime":"2023-11-14T22:13:20Z"}`)
	c.Now += 1500
	c.Want("PUT", "/loans/1", `{"createdDateTime": "2000-01-01T00:00:00Z"}`, 200,
		context+`"lastModifiedDateTime":"2023-11-14T22:13:21.5Z"}`)
	c.Now += 1500
	c.Want("PATCH", "/loans/1", `{"reader": "Adele"}`, 200,
		context+`"lastModifiedDateTime":"2023-11-14T22:13:23Z","reader":"Adele"}`)
}

func TestOnlySomeKeysAreTheClients(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book"}, &service.Behavior{Type: "microsoft.graph.chapter",
		ClientKey: true,
		Key:       func(text string) (string, bool) { return strings.ToLower(text), text != "-" }})
	c.Want("PUT", "/books/1", `{}`, 0, "item-not-found")
	c.Send("POST", "/books", `{"id": "1", "chapters": [{"id": "A"}, {"id": "-"}]}`)
	c.Want("GET", "/books/1", "", 0, "item-not-found")
	id := c.List("/books", "id")[0]
	if got := c.List("/books/"+id+"/chapters", "id")[0]; !strings.HasPrefix(got, "a ") || len(got) != len("a ")+36 {
		t.Errorf("chapters %q, want a and a new key", got)
	}
	c.Want("GET", "/books/"+id+"/chapters/-", "", 0, "item-not-found")
}

func TestKeysMayHaveSlashes(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	c.Send("POST", "/books", `{"id": "a/b"}`)
	if got := c.Get("/books/a%2Fb")["id"]; got != "a/b" {
		t.Errorf("got %v", got)
	}
	if got := c.List("/books?$expand=chapters", "id"); got[0] != "a/b" {
		t.Errorf("the list has %q", got)
	}
}

func TestBehaviorIsToldOfChanges(t *testing.T) {
	t.Parallel()
	var told []string
	c := open(t, &service.Behavior{
		Type: "microsoft.graph.book", ClientKey: true,
		Value: func(w *service.Write, property string) (any, bool) {
			if property == "pages" {
				w.ExpireAt(servicetest.Start + 1000)
			}
			return nil, false
		},
		Changed: func(tx store.Tx, c service.Change) {
			_, found := tx.Get(c.Collection, c.ID)
			told = append(told, fmt.Sprintf("%s/%s deleted %v %v", c.Collection, c.ID, c.Deleted, !found))
		},
	})
	c.Send("PUT", "/books/1", `{}`)
	c.Send("PATCH", "/books/1", `{}`)
	c.Send("DELETE", "/books/1", "")
	c.Send("POST", "/books", `{"id": "2"}`)
	c.Now += 999
	c.Want("GET", "/books/$count", "", 200, "1")
	c.Now++
	c.Want("GET", "/books/$count", "", 200, "0")
	want := []string{
		"books/1 deleted false false", "books/1 deleted false false", "books/1 deleted true true",
		"books/2 deleted false false", "books/2 deleted true true",
	}
	if !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
}

func TestExpiryAtTheBeginningOfTimeIsOne(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true,
		Value: func(w *service.Write, _ string) (any, bool) {
			w.ExpireAt(0)
			return nil, false
		}})
	c.Send("PUT", "/books/1", `{}`)
	c.Want("GET", "/books/1", "", 0, "item-not-found")
}

func TestResponsesToWritesAreAsPreferred(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		hasNoBody       bool
		preferences     service.Preferences
		metadata        service.Metadata
		status, updated int
		body            string // of the creation
		applied         []string
	}{
		"as usual": {status: 201, updated: 200,
			body: `{"@odata.context":"https://library.example/v1/$metadata#loans/$entity",` + loan},
		"minimal": {preferences: service.Preferences{Minimal: true, UnknownEnumMembers: true}, status: 204,
			updated: 204,
			applied: []string{"include-unknown-enum-members", "return=minimal"}},
		"representation": {preferences: service.Preferences{Representation: true}, metadata: service.MetadataNone,
			status: 201, updated: 200, body: `{` + loan, applied: []string{"return=representation"}},
		"full metadata": {metadata: service.MetadataFull, status: 201, updated: 200,
			body: `{"@odata.context":"https://library.example/v1/$metadata#loans/$entity",` +
				`"@odata.type":"#microsoft.graph.loan",` +
				`"@odata.id":"loans('1')","@odata.editLink":"loans('1')",` + loan},
		"an operation without a body": {hasNoBody: true, preferences: service.Preferences{Representation: true},
			status: 204, updated: 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, &service.Behavior{Type: "microsoft.graph.loan", ClientKey: true})
			c.HasNoBody, c.Preferences = tt.hasNoBody, tt.preferences
			if tt.metadata != "" {
				c.Metadata = tt.metadata
			}
			created, _ := c.Serve("POST", "/loans", `{"id": "1"}`)
			if created.Status != tt.status || string(created.Body) != tt.body ||
				created.Location != servicetest.Origin+"/loans/1" ||
				!slices.Equal(created.Applied, tt.applied) || (created.ContentType == "") != (tt.body == "") {
				t.Errorf("got %+v with the body\n%s\nwant %+v", created, created.Body, tt)
			}
			if updated, _ := c.Serve("PATCH", "/loans/1", `{}`); updated.Status != tt.updated ||
				updated.Location != "" {
				t.Errorf("updated: %+v", updated)
			}
		})
	}
}

// loan is a new loan, without its opening brace.
const loan = `"createdDateTime":"2023-11-14T22:13:20Z","id":"1","lastModifiedDateTime":"2023-11-14T22:13:20Z"}`

func TestEntitiesHaveTheLevelOfMetadataThatWasAskedFor(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.loan", ClientKey: true, Typed: true, ListContext: "loans"})
	c.Send("POST", "/loans", `{"id": "1"}`)
	const context = `{"@odata.context":"https://library.example/v1/$metadata#loans`
	const full = `"@odata.type":"#microsoft.graph.loan","@odata.id":"loans('1')","@odata.editLink":"loans('1')",` + loan
	for metadata, want := range map[service.Metadata]struct{ entity, list string }{
		service.MetadataMinimal: {context + `/$entity",` + loan,
			context + `","value":[{"@odata.type":"#microsoft.graph.loan",` + loan + `]}`},
		service.MetadataNone: {`{` + loan, `{"value":[{` + loan + `]}`},
		service.MetadataFull: {context + `/$entity",` + full, context + `","value":[{` + full + `]}`},
	} {
		c.Metadata = metadata
		c.Want("GET", "/loans/1", "", 200, want.entity)
		c.Want("GET", "/loans", "", 200, want.list)
	}
}

func TestWhatIsNotServedIsTold(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	for _, line := range []string{"DELETE /books", "PATCH /books", "POST /books/1", "GET /books/newest()"} {
		method, target, _ := strings.Cut(line, " ")
		c.Want(method, target, `{}`, 0, "not served")
	}
}
