package service_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/store"
)

// openShelf returns a client of a library with four books in each of three places:
// one more than a page has.
func openShelf(t testing.TB) *servicetest.Client {
	t.Helper()
	c := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true},
		&service.Behavior{Type: "microsoft.graph.chapter", ClientKey: true, Parent: "book"})
	for i := range 4 {
		body := fmt.Sprintf(`{"id": "%d", "pages": %d}`, i, i)
		c.Send("POST", "/books", body)
		c.Send("POST", "/me/shelves", body)
		c.Send("POST", "/books/0/chapters", body)
	}
	return c
}

// nextLink returns that of the first page of a list.
func nextLink(c *servicetest.Client, target string) string {
	return c.Get(target)["@odata.nextLink"].(string)
}

// tokenError returns the error that a link has, empty if it has a page.
func tokenError(t testing.TB, c *servicetest.Client, link string) string {
	t.Helper()
	res, ok := c.Serve("GET", link, "")
	if !ok || (res.Error == "skiptoken-invalid") != (res.Invalid != nil) {
		t.Fatalf("%s: %+v", link, res)
	}
	return res.Error
}

func TestTokensAreSigned(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	_, token, _ := strings.Cut(nextLink(c, "/books"), "$skiptoken=")
	if _, err := c.Service.ReadSkipToken(token); err != nil {
		t.Fatal(err)
	}
	data, _ := base64.RawURLEncoding.DecodeString(token)
	for _, i := range []int{0, len(data) / 2, len(data) - 1} {
		changed := slices.Clone(data)
		changed[i] ^= 1
		if p, err :=
			c.Service.ReadSkipToken(base64.RawURLEncoding.EncodeToString(changed)); err != service.ErrTokenForged {
			t.Errorf("byte %d is changed: %+v, %v", i, p, err)
		}
	}
	for _, forged := range []string{"", "!", "e30", c.Service.SignToken("no JSON")} {
		if p, err := c.Service.ReadSkipToken(forged); err != service.ErrTokenForged {
			t.Errorf("%q: %+v, %v", forged, p, err)
		}
	}
}

func TestTokenIsOfItsListAndCaller(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	const other = "skiptoken-invalid"
	books, shelves := nextLink(c, "/books"), nextLink(c, "/me/shelves")
	_, token, _ := strings.Cut(books, "?")
	byAnother := *c
	byAnother.Caller.User = auth.NewUser("u2", "alex@contoso.com", "Alex")
	ofAnother := *c
	ofAnother.Caller.Tenant = "other"
	for name, tt := range map[string]struct {
		client     *servicetest.Client
		link, want string
	}{
		"books":             {c, books, ""},
		"shelves":           {c, shelves, ""},
		"another spelling":  {c, "/BOOKS?" + token, ""},
		"another list":      {c, "/me/shelves?" + token, other},
		"a list below":      {c, "/books/0/chapters?" + token, other},
		"another app":       {c.As("other"), books, other},
		"another user":      {&byAnother, books, other},
		"another tenant":    {&ofAnother, books, other},
		"nothing above it":  {c, "/books/9/chapters?" + token, "item-not-found"},
		"a path of another": {c, "/users/alex@contoso.com/shelves?" + token, "object-not-found"},
	} {
		if got := tokenError(t, tt.client, tt.link); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestNextLinkIsKeptForAnHour(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	const hour = 60 * 60 * 1000
	link := nextLink(c, "/books")
	for i, each := range []struct {
		after int64
		want  string
	}{{hour, ""}, {hour, ""}, {hour + 1, "skiptoken-expired"}} {
		c.Now += each.after
		if got := tokenError(t, c, link); got != each.want {
			t.Errorf("%d: %q, want %q", i, got, each.want)
		}
	}
}

func TestListsThatAreKeptAreBounded(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	const most = 1000
	read, unread := nextLink(c, "/books"), nextLink(c, "/books")
	for range most - 2 {
		c.Get("/books")
	}
	if got := tokenError(t, c, read); got != "" {
		t.Errorf("of %d lists: %s", most, got)
	}
	c.Get("/me/shelves")
	c.Get("/me/shelves")
	last := nextLink(c, "/me/shelves")
	if got := tokenError(t, c, unread); got != "skiptoken-expired" {
		t.Errorf("the list that was not read for the longest time: %q", got)
	}
	if got := tokenError(t, c, read) + tokenError(t, c, last); got != "" {
		t.Errorf("lists that were read: %q", got)
	}
	c.Service.Reset()
	if got := tokenError(t, c, last); got != "skiptoken-expired" {
		t.Errorf("after a reset: %q", got)
	}
}

func TestPageSizeIsPreferred(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	for preferred, want := range map[int][]string{0: {"0 1 2", "3"}, 2: {"0 1", "2 3"}, 100: {"0 1 2", "3"}} {
		c.Preferences.MaxPageSize = preferred
		if got := c.List("/books", "id"); !slices.Equal(got, want) {
			t.Errorf("%d: %q, want %q", preferred, got, want)
		}
		var applied []string
		if preferred > 0 {
			applied = []string{fmt.Sprintf("odata.maxpagesize=%d", min(preferred, servicetest.PageSize))}
		}
		if res, _ := c.Serve("GET", "/books", ""); !slices.Equal(res.Applied, applied) {
			t.Errorf("%d: applied %q, want %q", preferred, res.Applied, applied)
		}
	}
}

func TestExpandedListsGoOnAsTheirOwn(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	book := c.Get("/books/0?$expand=chapters($count=true;$select=id)")
	if n := fmt.Sprint(book["chapters@odata.count"]); n != "4" {
		t.Errorf("%s chapters", n)
	}
	link, _ := book["chapters@odata.nextLink"].(string)
	if got := c.List(link, "id"); !strings.HasPrefix(link, servicetest.Origin+"/books/0/chapters?") ||
		!slices.Equal(got, []string{"3"}) {
		t.Errorf("%s goes on with %q", link, got)
	}
}

func TestEntityIsExpandedInWhatItContains(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	c.Want("GET", "/books/0/chapters?$top=1&$expand=book($select=pages)", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#books('0')/chapters","value":[{"id":"0","pages":0,`+
			`"book":{"pages":0}}]}`)
	withoutParent := open(t, &service.Behavior{Type: "microsoft.graph.book", ClientKey: true})
	withoutParent.Send("POST", "/books", `{"id": "1", "chapters": [{}]}`)
	_, text := withoutParent.Send("GET", "/books/1/chapters?$select=name&$expand=book", "")
	if !strings.HasSuffix(text, `"value":[{"book":null}]}`) {
		t.Error(text)
	}
}

func TestFunctionsListAnIndex(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{
		Type: "microsoft.graph.book", ClientKey: true, Functions: map[string]string{"newest": "new"},
		Changed: func(tx store.Tx, c service.Change) {
			if c.ID != "1" && !c.Deleted {
				tx.Reindex(c.Collection, c.ID, []store.Index{{Name: "new", Rank: -tx.Next()}})
			}
		},
	})
	for i := range 6 {
		c.Send("POST", "/books", fmt.Sprintf(`{"id": "%d", "pages": %[1]d}`, i))
	}
	for target, want := range map[string][]string{
		"/books/newest()":                       {"5 4 3", "2 0"},
		"/books/newest?$filter=pages%20lt%204":  {"3 2 0"},
		"/books/newest()?$orderby=pages&$top=2": {"0 2"},
	} {
		if got := c.List(target, "id"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	link := nextLink(c, "/books/newest()")
	_, token, _ := strings.Cut(link, "?")
	if got := tokenError(t, c, "/books?"+token); got != "skiptoken-invalid" {
		t.Errorf("the token of a function is good for its collection: %q", got)
	}
	c.Send("DELETE", "/books/2", "")
	if got := c.List(link, "id"); !slices.Equal(got, []string{"0"}) {
		t.Errorf("the list goes on with %q", got)
	}
}

func TestLatestAreFoundByTheirTime(t *testing.T) {
	t.Parallel()
	c := open(t, &service.Behavior{Type: "microsoft.graph.loan", ClientKey: true, LatestFirst: true})
	for i := range 5 {
		c.Now = servicetest.Start + int64(i)*1000
		c.Send("POST", "/loans", fmt.Sprintf(`{"id": "%d"}`, i))
	}
	const at = "lastModifiedDateTime%20"
	for query, want := range map[string][]string{
		"":                               {"4 3 2", "1 0"},
		at + "ge%202023-11-14T22:13:22Z": {"4 3 2"},
		at + "lt%202023-11-14T22:13:22Z": {"1 0"},
		at + "eq%202023-11-14T22:13:22Z": {"2"},
		"not(" + at + "eq%20" + "2000-01-01T00:00:00Z)":                              {"4 3 2", "1 0"},
		at + "gt%202023-11-14T22:13:22Z%20and%20" + at + "lt%202023-11-14T22:13:21Z": {""},
		at + "gt%202023-11-14T22:13:22Z%20and%20id%20ne%20'4'":                       {"3"},
	} {
		target := "/loans"
		if query != "" {
			target += "?$filter=" + query
		}
		if got := c.List(target, "id"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestSortedListShowsThePresent(t *testing.T) {
	t.Parallel()
	c := openShelf(t)
	c.Send("PATCH", "/books/2", `{"pages": null}`)
	link := nextLink(c, "/books?$orderby=pages%20desc&$select=id,pages") // 3 1 0, then 2
	c.Send("PATCH", "/books/2", `{"pages": 99}`)
	_, text := c.Send("GET", link, "")
	if !strings.HasSuffix(text, `"value":[{"id":"2","pages":99}]}`) {
		t.Error(text)
	}
	c.Send("DELETE", "/books/2", "")
	if got := c.List(link, "id"); !slices.Equal(got, []string{""}) {
		t.Errorf("what is gone is listed: %q", got)
	}
}
