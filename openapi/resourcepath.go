package openapi

import (
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
)

// Graph is the tree of the resources of Microsoft Graph: the paths of its model.
func Graph() *resource.Tree { return graphTree() }

var graphTree = sync.OnceValue(func() *resource.Tree { return resource.NewTree(graph.Model()) })

// Resource is what the path of a request is about by Graph's model. It has no node if
// the model does not have the path.
func (m Match) Resource() resource.Path {
	if m.Operation == nil {
		return resource.Path{}
	}
	return m.Operation.Node().Path(m.values)
}

// Node is the place of the operation's path in Graph's model, nil if it has none.
func (op *Operation) Node() *resource.Node {
	op.resolve.Do(func() {
		path := op.Path
		for _, version := range []string{"/v1.0/", "/beta/"} { // of contracts that have it in their paths
			if strings.HasPrefix(strings.ToLower(path), version) {
				path = path[len(version)-1:]
			}
		}
		op.node = Graph().Resolve(path)
	})
	return op.node
}
