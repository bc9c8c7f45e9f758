// Package servicetest sends requests to a service, for the tests of it and of the
// behaviors of workloads.
package servicetest

import (
	"cmp"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Start is when clients begin: 2023-11-14T22:13:20Z in milliseconds since 1970.
const Start = 1_700_000_000_000

// PageSize is how many entities a page has at most.
const PageSize = 3

// Origin is where clients reach the service.
const Origin = "https://library.example/v1"

// A Client sends requests to a service of its own. What its requests have in common
// may be changed between two of them.
type Client struct {
	Service     *service.Service
	Store       store.Store
	Caller      auth.Caller
	Now         int64 // in milliseconds since 1970
	Preferences service.Preferences
	Metadata    service.Metadata
	HasNoBody   bool
	IfMatch     string // the header of the requests that follow
	IfNoneMatch string // likewise
	Eventual    bool   // likewise: ConsistencyLevel: eventual

	t    testing.TB
	tree *resource.Tree
}

// NewClient returns a client of an empty service.
func NewClient(t testing.TB, tree *resource.Tree, behaviors ...*service.Behavior) *Client {
	c := &Client{t: t, tree: tree, Now: Start, Metadata: service.MetadataMinimal}
	c.Store = store.NewMemory(store.Options{Expired: func(tx store.Tx, collection string, r store.Record) {
		c.Service.Expired(tx, collection, &r)
	}})
	c.Service = service.New(service.Config{
		Tree: tree, Store: c.Store, Behaviors: behaviors, PageSize: PageSize, Random: service.NewRandom(1),
	})
	c.Caller = auth.Caller{Tenant: "t", User: auth.NewUser("u1", "adele@contoso.com", "Adele"), App: "app"}
	return c
}

// As returns a client of the same service that calls through another app.
func (c *Client) As(app string) *Client {
	other := *c
	other.Caller.App = app
	return &other
}

// Serve sends a request; the target begins below the service root or, as next links
// do, with Origin.
func (c *Client) Serve(method, target, body string) (res service.Response, ok bool) {
	c.t.Helper()
	path, query, _ := strings.Cut(strings.TrimPrefix(target, Origin), "?")
	p, bad := c.tree.Parse(path)
	if bad != nil {
		c.t.Fatalf("%s: %v", target, bad)
	}
	r := &service.Request{
		Method: method, Path: p, Root: service.Root{Scheme: "https", Host: "library.example", Path: "/v1"},
		RawQuery: query, SentQuery: query, URLQuery: query, Preferences: c.Preferences, Metadata: c.Metadata,
		Caller: c.Caller, Now: service.NewTimestamp(c.Now), HasNoBody: c.HasNoBody,
		IfMatch: c.IfMatch, IfNoneMatch: c.IfNoneMatch, Eventual: c.Eventual,
	}
	if query != "" {
		c.setQuery(r)
	}
	switch {
	case p.Kind == resource.Value || p.Kind == resource.Property && p.Type.Primitive == edm.Stream:
		r.Raw = []byte(body)
	case body != "":
		r.Body = c.Decode(body)
	}
	return c.Service.Serve(r)
}

// setQuery reads the query of a request, or that of the page that it continues.
func (c *Client) setQuery(r *service.Request) {
	c.t.Helper()
	o, err := odata.Parse(r.RawQuery, r.Path.Type, odata.Settings{WithoutDollar: true})
	token := ""
	if err == nil {
		token = cmp.Or(o.SkipToken, strings.TrimPrefix(o.DeltaToken, service.LatestDelta))
	}
	if token != "" {
		if r.Page, err = c.Service.ReadSkipToken(token); err == nil {
			o, err = odata.Parse(r.Page.Query, r.Path.Type, odata.Settings{WithoutDollar: true})
		}
	}
	if err != nil {
		c.t.Fatalf("%s: %v", r.RawQuery, err)
	}
	r.Query = o
}

// Decode returns a JSON object.
func (c *Client) Decode(text string) map[string]any {
	c.t.Helper()
	v, err := jsontext.Decode([]byte(text))
	if err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	return v.(map[string]any)
}

// Send sends a request and returns the status and the body as JSON; of an error 0
// and its id.
func (c *Client) Send(method, target, body string) (status int, text string) {
	c.t.Helper()
	switch res, ok := c.Serve(method, target, body); {
	case !ok:
		return 0, "not served"
	case res.Error != "":
		return 0, res.Error
	default:
		return res.Status, string(res.Body)
	}
}

// Want sends a request and fails the test if it has another response.
func (c *Client) Want(method, target, body string, status int, want string) {
	c.t.Helper()
	if got, text := c.Send(method, target, body); got != status || text != want {
		c.t.Errorf("%s %s:\ngot  %d %s\nwant %d %s", method, target, got, text, status, want)
	}
}

// Get returns an entity, or what there is in place of a list.
func (c *Client) Get(target string) map[string]any {
	c.t.Helper()
	status, text := c.Send("GET", target, "")
	if status != 200 {
		c.t.Fatalf("GET %s: %d %s", target, status, text)
	}
	return c.Decode(text)
}

// List returns a property of the entities of a list, over all its pages: one text
// for each page, with a space between two entities.
func (c *Client) List(target, property string) (pages []string) {
	c.t.Helper()
	for next := true; next; {
		page := c.Get(target)
		var values []string
		for _, each := range page["value"].([]any) {
			v, _ := each.(map[string]any)[property].(string)
			values = append(values, v)
		}
		pages = append(pages, strings.Join(values, " "))
		target, next = page["@odata.nextLink"].(string)
	}
	return pages
}

// View returns the JSON of an entity as the store has it.
func View(c *Client, collection, id string, text *string) error {
	return c.Store.View(c.Caller.Tenant, c.Now, func(r store.Reader) error {
		record, _ := r.Get(collection, id)
		*text = string(record.JSON)
		return nil
	})
}

// Seed puts an entity of fixtures into a collection.
func (c *Client) Seed(collection, entity string) error {
	return c.Store.Update(c.Caller.Tenant, c.Now, func(tx store.Tx) error {
		return c.Service.Seed(tx, &c.Caller, collection, c.Decode(entity), service.NewTimestamp(c.Now))
	})
}

// SendRaw is Send for a body that is not JSON.
func (c *Client) SendRaw(method, target string, body []byte) (status int, text string) {
	c.t.Helper()
	p, bad := c.tree.Parse(target)
	if bad != nil {
		c.t.Fatalf("%s: %v", target, bad)
	}
	res, ok := c.Service.Serve(&service.Request{
		Method: method, Path: p, Root: service.Root{Scheme: "https", Host: "library.example", Path: "/v1"}, Raw: body,
		Preferences: c.Preferences, Metadata: c.Metadata, Caller: c.Caller, Now: service.NewTimestamp(c.Now),
	})
	switch {
	case !ok:
		return 0, "not served"
	case res.Error != "":
		return 0, res.Error
	}
	return res.Status, string(res.Body)
}
