package openapi

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/resource"
)

// Tree is the tree of the resources of Microsoft Graph: the paths of its model, whose
// types the contract refines where it has them.
func (c *Contract) Tree() *resource.Tree { return c.versions[0].tree() }

// Trees are the trees of all models that service roots have: that of Tree first.
func (c *Contract) Trees() []*resource.Tree {
	all := make([]*resource.Tree, len(c.versions))
	for i, v := range c.versions {
		all[i] = v.tree()
	}
	return all
}

// Resource is what the path of a request is about by Graph's model. It has no node if
// the model does not have the path.
func (m Match) Resource() resource.Path {
	n := m.node
	if n == nil && m.Operation != nil {
		n = m.Operation.Node()
	}
	return n.Path(m.values)
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
		op.node = op.contract.Tree().Resolve(path)
	})
	return op.node
}
