package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

func TestWhatIsOfOthersOrOfNothingIsNotFound(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	for collection, want := range map[string]string{"/users/alex@contoso.com/shelves": "object-not-found",
		"/books/9/chapters": "item-not-found"} {
		for _, line := range []string{"GET ", "GET /$count", "POST ", "GET /1", "PUT /1", "PATCH /1", "DELETE /1"} {
			method, below, _ := strings.Cut(line, " ")
			c.Want(method, collection+below, `{}`, 0, want)
		}
	}
}

func TestUsersAreNamedAsTheirClientDoes(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	for collection, want := range map[string]string{
		"/me/shelves":                        "/me/shelves/",
		"/users/ADELE@contoso.com/shelves":   "/users/adele%40contoso.com/shelves/",
		"/users('u1')/shelves":               "/users/adele%40contoso.com/shelves/",
		"/users/me-token-to-replace/shelves": "/users/adele%40contoso.com/shelves/",
	} {
		res, _ := c.Serve("POST", collection, `{"title": "Trails"}`)
		if _, id, _ := strings.Cut(string(res.Body), `"id":"`); res.Location != servicetest.Origin+want+id[:36] {
			t.Errorf("%s: Location %s", collection, res.Location)
		}
	}
	c.Want("GET", "/me/shelves/$count", "", 200, "8")
}

func TestCastsLeadToTheSameEntities(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	if status, text := c.Send("POST", "/books/1/microsoft.graph.novel/chapters", `{"id": "a"}`); status != 201 {
		t.Fatal(status, text)
	}
	if got := c.List("/books/1/chapters", "id"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("chapters %q", got)
	}
}

func TestSingleEntitiesHaveNoKey(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.loan", ClientKey: true, Optional: true})
	c.Want("GET", "/me/desk", "", 0, "object-not-found")
	for _, want := range []int{201, 200} {
		if status, text := c.Send("PUT", "/me/desk", `{"reader": "Adele"}`); status != want {
			t.Errorf("%d %s, want %d", status, text, want)
		}
	}
	if got := c.Get("/users/u1/desk")["reader"]; got != "Adele" {
		t.Errorf("got %v", got)
	}
	c.Send("POST", "/me/desk/notes", `{"name": "a"}`)
	c.Send("PUT", "/me/desk", `{"notes": [{"name": "b"}]}`)
	c.Want("GET", "/me/desk/notes/$count", "", 200, "2")
	c.Want("DELETE", "/me/desk", "", 204, "")
	c.Want("GET", "/me/desk/notes/$count", "", 200, "0")
}

func TestOtherEntityTypesAreNotServed(t *testing.T) {
	t.Parallel()
	m, err := edm.Parse("library", library)
	if err != nil {
		t.Fatal(err)
	}
	tree := resource.NewTree(m)
	s := servicetest.NewClient(t, tree, &service.Behavior{Type: "microsoft.graph.book"}).Service
	for path, want := range map[string]bool{"/books": true, "/books/1/chapters": false, "/me/shelves/1": true,
		"/loans": false, "/me": false} {
		p, bad := tree.Parse(path)
		if bad != nil {
			t.Fatal(bad)
		}
		if got := s.Serves(p); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestChildrenOfAPatchReplaceTheirs(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	_, text := c.Send("PATCH", "/books/0", `{"chapters": [{"id": "1", "name": "One"}, {"id": "9"}]}`)
	if !strings.HasSuffix(text, `"pages":0,"chapters":[{"id":"1","name":"One"},{"id":"9"}]}`) {
		t.Error(text)
	}
	if got := c.List("/books/0/chapters", "id"); !slices.Equal(got, []string{"0 1 2", "3 9"}) {
		t.Errorf("chapters %q", got)
	}
}

func TestEqualSeedsGiveEqualKeys(t *testing.T) {
	t.Parallel()
	a, b := service.NewRandom(7), service.NewRandom(7)
	if x, y := a.GUID(), b.GUID(); x != y || x[14] != '4' {
		t.Errorf("%s and %s", x, y)
	}
	before := a.Restart(service.NewRandom(8))
	if x, y := a.Uint64(), service.NewRandom(8).Uint64(); x != y {
		t.Errorf("restarted: %d, want %d", x, y)
	}
	if x, y := before.Uint64(), b.Uint64(); x != y {
		t.Errorf("as before: %d, want %d", x, y)
	}
}
