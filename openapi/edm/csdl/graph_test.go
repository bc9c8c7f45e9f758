package csdl_test

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm/csdl"
)

// shared returns a file that is not part of the project: from the folder that
// GRAPHMOCK_SHARED names, or the one named shared next to the checkout. ok is
// false if it is not there.
func shared(t *testing.T, name string) (data []byte, ok bool) {
	t.Helper()
	folder := cmp.Or(os.Getenv("GRAPHMOCK_SHARED"), filepath.Join("..", "..", "..", "..", "shared"))
	data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		t.Logf("without %s, this test checks less: %v", name, err)
	}
	return data, err == nil
}

func TestMetadataOfGraph(t *testing.T) {
	t.Parallel()
	data, ok := shared(t, "graph/v1.0.csdl")
	if !ok {
		data = []byte(small)
	}
	m, err := csdl.Read("v1.0.csdl", data)
	if err != nil {
		t.Fatal(err)
	}
	var written bytes.Buffer
	if err := csdl.Write(&written, m); err != nil {
		t.Fatal(err)
	}
	again, err := csdl.Read("written", written.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if again.Text() != m.Text() {
		t.Error("the model that was written is another")
	}
	user := m.Type("graph.user")
	if me := m.Container().Property("me"); me.Type() != user || user.Base != m.Type("microsoft.graph.directoryObject") {
		t.Errorf("me is %s", me.TypeName())
	}
	if a, b := m.Type("self.alert"), m.Type("graph.alert"); a == nil || a == b ||
		a.Name != "microsoft.graph.security.alert" {
		t.Errorf("self.alert is %v", a)
	}
}
