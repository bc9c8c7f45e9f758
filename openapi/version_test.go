package openapi

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
	"github.com/graphmock/graphmock/openapi/graph"
)

// metadataOf writes Graph's own model to a file, with a part of it replaced.
func metadataOf(t *testing.T, old, with string) string {
	t.Helper()
	var b bytes.Buffer
	if err := csdl.Write(&b, graph.Model()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "metadata.xml")
	if err := os.WriteFile(file, bytes.Replace(b.Bytes(), []byte(old), []byte(with), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestMetadataKnowsWhatTheDocumentationSaysBesides(t *testing.T) {
	t.Parallel()
	m, err := LoadMetadata(metadataOf(t, `<Property Name="aboutMe"`, `<Property Name="jobWish" Type="Edm.String"/><Property Name="aboutMe"`))
	if err != nil {
		t.Fatal(err)
	}
	user, own := m.Type("microsoft.graph.user"), graph.Model().Type("microsoft.graph.user")
	if len(user.Properties()) != len(own.Properties())+1 {
		t.Errorf("%d properties", len(user.Properties()))
	}
	for _, p := range own.Properties() {
		if got := user.Property(p.Name); got.Usage != p.Usage || len(got.Facts) != len(p.Facts) {
			t.Errorf("%s: %+v %v, want %+v %v", p.Name, got.Usage, got.Facts, p.Usage, p.Facts)
		}
	}
	if p := user.Property("jobWish"); p.SelectOnly || p.ReadOnly {
		t.Errorf("of %s nothing is known: %+v", p.Name, p.Usage)
	}
}

func TestBrokenMetadataTellsItsPlaces(t *testing.T) {
	t.Parallel()
	file := metadataOf(t, `Type="Edm.Boolean"`, `Type="Edm.Bool"`)
	_, err := LoadMetadata(file)
	var problems document.Problems
	if !errors.As(err, &problems) || problems[0].File != filepath.ToSlash(file) || problems[0].Line < 10 || problems[0].Column < 2 {
		t.Errorf("%v", err)
	}
	if _, err := LoadMetadata(filepath.Join(t.TempDir(), "none.xml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// idOrRule is the operation of a request line, or the rule that it breaks.
func idOrRule(c *Contract, method, path string) string {
	m, v := c.Route(method, path)
	if v != nil {
		return v.Rule
	}
	return m.Operation.ID
}

func TestDocumentsAreServedBesideGraph(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	spec := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte("openapi: 3.0.3\ninfo: { title: "+name+", version: '1' }\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	responses := "responses: { '200': { description: ok } }"
	shop := spec("shop", "servers: [{ url: /shop }]\npaths: { /orders: { get: { "+responses+" } } }")
	users := spec("users", "servers: [{ url: https://graph.microsoft.com/v1.0 }]\npaths: { /users: { get: { operationId: mine, "+
		responses+" } }, /me/activities: { get: { operationId: mine.too, "+responses+" } } }")
	both, err := Sources{Specs: []string{shop, users}}.Load()
	if err != nil {
		t.Fatal(err)
	}
	only, err := Sources{Specs: []string{shop, users}, Only: true}.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ method, path, both, only string }{
		{"GET", "/shop/orders", "GET /orders", "GET /orders"},
		{"GET", "/v1.0/users", "mine", "mine"},
		{"POST", "/v1.0/users", "CreateUsers", "method-not-allowed"},
		{"GET", "/beta/users", "ListUsers", "invalid-version"},
		{"GET", "/v1.0/me/activities", "mine.too", "mine.too"},
		{"PUT", "/v1.0/me/activities/1", "me.PutActivity", "unknown-segment"},
		{"GET", "/v1.0/me/messages", "me.ListMessages", "unknown-segment"},
		{"GET", "/v1.0/me/massages", "unknown-segment", "unknown-segment"},
		{"GET", "/shop/carts", "unknown-segment", "unknown-segment"},
		{"GET", "/nowhere", "invalid-version", "invalid-version"},
	} {
		if got := idOrRule(both, c.method, c.path); got != c.both {
			t.Errorf("%s %s: %s, want %s", c.method, c.path, got, c.both)
		}
		if got := idOrRule(only, c.method, c.path); got != c.only {
			t.Errorf("%s %s, nothing else: %s, want %s", c.method, c.path, got, c.only)
		}
	}
	if op, err := both.Find("GET /v1.0/me/activities"); err != nil || op.ID != "mine.too" {
		t.Errorf("%v %v", op, err)
	}
	if op, err := both.Find("GET /users"); err != nil || op.ID != "mine" || op.Node() == nil || op.Node().Tree() != both.Tree() {
		t.Errorf("%v %v", op, err)
	}
	if op, err := both.Find("DELETE /users/{id}"); err != nil || !op.IsDerived() {
		t.Errorf("%v %v", op, err)
	}
}
