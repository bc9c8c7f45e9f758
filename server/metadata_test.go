package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
	msgraph "github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server"
)

// widgets is metadata with types that Graph's own has, fewer properties of them, and a set
// that Graph has not.
const widgets = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="microsoft.graph" Alias="graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
 <EntityType Name="entity" Abstract="true"><Key><PropertyRef Name="id"/></Key>
  <Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>
 <EntityType Name="widget" BaseType="graph.entity">
  <Property Name="displayName" Type="Edm.String"/><Property Name="size" Type="graph.extent"/></EntityType>
 <EntityType Name="roundWidget" BaseType="graph.widget"><Property Name="radius" Type="Edm.Double"/></EntityType>
 <ComplexType Name="extent"><Property Name="width" Type="Edm.Int32"/>EXTENT</ComplexType>
 <EntityContainer Name="GraphService"><EntitySet Name="widgets" EntityType="graph.widget"/>MORE</EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`

// metadataFile returns a file with text of metadata.
func metadataFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "metadata.xml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// modelledServer returns a server whose models are those of metadata; an empty text is none.
func modelledServer(t *testing.T, v1, beta string) *server.Server {
	t.Helper()
	var models openapi.Models
	var err error
	if v1 != "" {
		if models.V1, err = openapi.LoadMetadata(metadataFile(t, v1)); err != nil {
			t.Fatal(err)
		}
	}
	if beta != "" {
		if models.Beta, err = openapi.LoadMetadata(metadataFile(t, beta)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := openapi.EmbeddedWith(models)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Contract: c})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMetadataOfAUserIsServedInsteadOfGraphs(t *testing.T) {
	t.Parallel()
	s := modelledServer(t, strings.NewReplacer("MORE", "", "EXTENT", "").Replace(widgets), "")
	made, _ := send(t, s, "POST", "/v1.0/widgets", strings.NewReader(`{"displayName":"one","size":{"width":7}}`))
	if made.StatusCode != http.StatusCreated {
		t.Errorf("a widget: %d", made.StatusCode)
	}
	for path, want := range map[string]int{
		"/v1.0/widgets": 200, "/beta/widgets": 200, "/v1.0/widgets?$filter=displayName%20eq%20'one'": 200,
		"/v1.0/users": 400, "/v1.0/me/messages": 400, "/v1.0/$metadata": 200, "/v1.0/": 200,
	} {
		if got, text := send(t, s, "GET", path, nil); got.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", path, got.StatusCode, want, text)
		}
	}
	wrong := strings.NewReader(`{"size":{"width":"wide"}}`)
	if refused, _ := send(t, s, "POST", "/v1.0/widgets", wrong); refused.StatusCode != 400 {
		t.Errorf("a text for a number: %d", refused.StatusCode)
	}
	if _, text := send(t, s, "GET", "/v1.0/$metadata", nil); !strings.Contains(string(text), `Name="roundWidget"`) ||
		strings.Contains(string(text), `Name="message"`) {
		t.Error("$metadata is not that of the file")
	}
}

func TestBetaHasAModelOfItsOwnOverTheSameTenant(t *testing.T) {
	t.Parallel()
	v1 := strings.NewReplacer("MORE", "", "EXTENT", "").Replace(widgets)
	v1 = strings.Replace(v1, `<EntityType Name="roundWidget" BaseType="graph.widget"><Property Name="radius" Type="Edm.Double"/></EntityType>`,
		"", 1)
	beta := strings.NewReplacer("MORE", `<EntitySet Name="gadgets" EntityType="graph.widget"/>`,
		"EXTENT", `<Property Name="depth" Type="Edm.Int32"/>`).Replace(widgets)
	beta = strings.Replace(beta, `<Property Name="displayName"`, `<Property Name="mood" Type="Edm.String"/><Property Name="displayName"`, 1)
	s := modelledServer(t, v1, beta)
	made, text := send(t, s, "POST", "/beta/widgets", strings.NewReader(`{"@odata.type":"#microsoft.graph.roundWidget",`+
		`"displayName":"one","mood":"good","radius":2,"size":{"width":7,"depth":8}}`))
	if made.StatusCode != http.StatusCreated {
		t.Fatalf("a widget of beta: %d %s", made.StatusCode, text)
	}
	_, place, _ := strings.Cut(made.Header.Get("Location"), "/beta")
	_, full := send(t, s, "GET", "/beta"+place, nil)
	for _, part := range []string{`"mood":"good"`, `"radius":2`, `"depth":8`, "roundWidget"} {
		if !strings.Contains(string(full), part) {
			t.Errorf("beta lacks %s: %s", part, full)
		}
	}
	for _, path := range []string{"/v1.0" + place, "/v1.0/widgets"} {
		_, less := send(t, s, "GET", path, nil)
		if !strings.Contains(string(less), `"width":7`) || strings.Contains(string(less), "mood") || strings.Contains(string(less), "radius") ||
			strings.Contains(string(less), "depth") || strings.Contains(string(less), "roundWidget") {
			t.Errorf("%s: %s", path, less)
		}
	}
	if got, _ := send(t, s, "GET", "/v1.0/gadgets", nil); got.StatusCode != 400 {
		t.Errorf("v1.0 has what only beta has: %d", got.StatusCode)
	}
	if got, _ := send(t, s, "GET", "/beta/gadgets", nil); got.StatusCode != 200 {
		t.Errorf("beta has not what it has: %d", got.StatusCode)
	}
	if v := s.Verdict(); !v.Clean && len(v.Violations) != 1 { // the path of beta in v1.0
		t.Errorf("%+v", v.Violations)
	}
}

func TestGraphsOwnMetadataIsServedAsTheEmbeddedModelIs(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	if err := csdl.Write(&text, msgraph.Model()); err != nil {
		t.Fatal(err)
	}
	s, embedded := modelledServer(t, text.String(), ""), newServer(t, server.Config{})
	for _, path := range []string{"/v1.0/users", "/v1.0/me", "/v1.0/me/messages?$top=2", "/v1.0/groups", "/v1.0/me/drive/root/children",
		"/v1.0/me/messages?$filter=size%20gt%201", "/v1.0/users?$orderby=jobTitle"} {
		got, gotText := send(t, s, "GET", path, nil)
		want, wantText := send(t, embedded, "GET", path, nil)
		if got.StatusCode != want.StatusCode || len(gotText) != len(wantText) {
			t.Errorf("%s: %d %s\nwant %d %s", path, got.StatusCode, gotText, want.StatusCode, wantText)
		}
	}
}
