package graph_test

import (
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
)

func TestWhatIsExpandedAlwaysIsInTheModel(t *testing.T) {
	t.Parallel()
	types := 0
	for typ := range graph.Model().Types() {
		names := graph.Expanded(typ.Name)
		if len(names) > 0 {
			types++
		}
		for _, name := range names {
			p := typ.Property(name)
			if p == nil || !p.Navigation || typ.Base != nil && typ.Base.Property(name) != nil {
				t.Errorf("%s has no navigation property %s of its own", typ.Name, name)
			}
		}
	}
	if types != 35 {
		t.Errorf("%d types of the table are in the model, want 35", types)
	}
	if graph.Expanded("contoso.approval") != nil {
		t.Error("a type of another namespace is expanded")
	}
}
