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

// seed puts entities of fixtures into a collection.
func seed(c *servicetest.Client, collection string, bodies ...string) error {
	return c.Store.Update(c.Caller.Tenant, c.Now, func(tx store.Tx) error {
		for _, body := range bodies {
			if err := c.Service.Seed(tx, &c.Caller, collection, c.Decode(body),
				service.NewTimestamp(c.Now)); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestFixturesSayWhatOnlyTheServiceSets(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.loan"})
	err := seed(c, "/loans",
		`{"id": "1", "createdDateTime": "2020-01-01T00:00:00Z"}`,
		`{"id": "2", "createdDateTime": "2020-01-01T00:00:00Z", "lastModifiedDateTime": "2021-01-01T00:00:00.25Z"}`,
		`{"id": "3"}`, `{"id": "1", "reader": "Adele"}`)
	if err != nil {
		t.Fatal(err)
	}
	_, text := c.Send("GET", "/loans", "")
	_, text, _ = strings.Cut(text, `"value":`)
	const at = "2023-11-14T22:13:20Z"
	want := `[{"createdDateTime":"` + at + `","id":"1","lastModifiedDateTime":"` + at + `","reader":"Adele"},` +
		`{"createdDateTime":"2020-01-01T00:00:00Z","id":"2","lastModifiedDateTime":"2021-01-01T00:00:00.25Z"},` +
		`{"createdDateTime":"` + at + `","id":"3","lastModifiedDateTime":"` + at + `"}]}`
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestFixturesReplaceWhatHasTheirKeyOrAddress(t *testing.T) {
	t.Parallel()
	c := open(t, byTitle(), &service.Behavior{Type: "microsoft.graph.chapter", ClientKey: true})
	err := seed(c, "/books", `{"id": "1", "title": "Trails", "chapters": [{"id": "a"}]}`,
		`{"id": "2", "title": "Ropes"}`,
		`{"title": "Trails", "pages": 5}`,  // its key is 1
		`{"id": "2", "title": "Hammocks"}`, // another one, of which no address is left
		`{"title": "Ropes"}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.List("/books", "title"); !slices.Equal(got, []string{"Trails Hammocks Ropes"}) {
		t.Errorf("got %q", got)
	}
	if book := c.Get("/books/1?$expand=chapters"); fmt.Sprint(book["pages"]) != "5" ||
		len(book["chapters"].([]any)) != 1 {
		t.Errorf("got %v", book)
	}
}

func TestBrokenFixturesAreErrors(t *testing.T) {
	t.Parallel()
	lower := func(text string) (string, bool) { return text, text == strings.ToLower(text) }
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", Key: lower},
		&service.Behavior{Type: "microsoft.graph.chapter", Key: lower})
	for _, tt := range []struct{ collection, body, want string }{
		{"/nothing", `{}`, "/nothing: "},
		{"/users/alex@contoso.com/shelves", `{}`, "object-not-found"},
		{"/books/1", `{}`, "not a collection"},
		{"/books", `{"id": "A"}`, `"A" can't be one of a book`},
		{"/books", `{"chapters": [{"id": "a"}, {"id": "B"}]}`, `chapters: id "B" can't be one of a chapter`},
		{"/books/1/chapters", `{}`, "item-not-found"},
	} {
		if err := seed(c, tt.collection, tt.body); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: %v, want %s", tt.collection, tt.body, err, tt.want)
		}
	}
}

func TestEntitiesAreAllOfATenant(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	var got []string
	c.Service.Entities(c.Caller.Tenant, c.Now, func(collection string, r *store.Record) {
		got = append(got, collection+"/"+r.ID)
	})
	var want []string
	for _, collection := range []string{"books", "books/0/chapters", "users/u1/shelves"} {
		for i := range 4 {
			want = append(want, fmt.Sprintf("%s/%d", collection, i))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestDefaultsStandWhereTheClientSendsNone(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.loan", ClientKey: true,
		Value: service.Defaults(map[string]any{"reader": "Adele"})})
	for body, want := range map[string]string{`{"id": "1"}`: "Adele", `{"id": "2", "reader": "Alex"}`: "Alex",
		`{"id": "3", "reader": null}`: "Adele"} {
		_, text := c.Send("POST", "/loans", body)
		if got := c.Decode(text)["reader"]; got != want {
			t.Errorf("%s: %v, want %s", body, got, want)
		}
	}
}
