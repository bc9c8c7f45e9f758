package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const metadata = `<Edmx xmlns="http://docs.oasis-open.org/odata/ns/edmx"><DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="microsoft.graph">
<EntityType Name="user"><Key><PropertyRef Name="id"/></Key>
<Annotation Term="Org.OData.Core.V1.Revisions"><Collection><Record><PropertyValue Property="Description" String="deprecated, sorry"/></Record></Collection></Annotation>
<Property Name="id" Type="Edm.String" Nullable="false"><Annotation Term="Org.OData.Core.V1.LongDescription" String="prose"/><Annotation Term="Org.OData.Core.V1.Computed"/></Property>
</EntityType></Schema></DataServices></Edmx>`

func TestTextHasFactsOnly(t *testing.T) {
	t.Parallel()
	text, err := generate("m.xml", []byte(metadata), "here")
	if err != nil {
		t.Fatal(err)
	}
	const want = header0 + "namespace microsoft.graph\nentity user\n key id\n prop id String Core.Computed=true\n"
	if text != want {
		t.Errorf("%s", text)
	}
}

const header0 = "# The model of Microsoft Graph, facts only. Package edm tells how to read it.\n# Source: here\n# Written by \"task model\" and not by hand.\n"

// TestModelIsWhatTheCommandWrites writes the model again and compares bytes. The
// metadata is not part of the project: it is looked for in the folder that
// GRAPHMOCK_SHARED names, or the one named shared next to the checkout.
func TestModelIsWhatTheCommandWrites(t *testing.T) {
	t.Parallel()
	model, err := os.ReadFile(filepath.Join("..", "..", "v1.0.model"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(model), sourceLine)
	source, _, found := strings.Cut(rest, "\n")
	if !found || !strings.HasPrefix(string(model), header(source)) {
		t.Errorf("the model begins with\n%.300s", model)
	}
	folder := cmp.Or(os.Getenv("GRAPHMOCK_SHARED"), filepath.Join("..", "..", "..", "..", "..", "shared"))
	data, err := os.ReadFile(filepath.Join(folder, "graph", "v1.0.csdl"))
	if err != nil {
		t.Logf("only the header is checked: %v", err)
		return
	}
	text, err := generate("v1.0.csdl", data, source)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(model) {
		t.Error("the command writes another text: run task model")
	}
}
