package openapi

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
)

// Tree is the tree of the resources of Microsoft Graph: the paths of its model, whose
// types the contract refines where it has them.
func (c *Contract) Tree() *resource.Tree { return c.tree() }

func (c *Contract) makeTree() *resource.Tree {
	model := graph.Model()
	if own, err := c.Model(); err == nil {
		model = edm.Refined(model, own)
	}
	return resource.NewTree(model)
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

// Unserved returns the template of an escaped path, such as /me/drive/root:/{path}, if
// Graph has it although Route found no operation: then the violation is none of the
// client's.
func (c *Contract) Unserved(v *Violation, escapedPath string) (template string, ok bool) {
	_, rest, ok := c.router.cutBase(escapedPath)
	if !ok || !c.odata || v.Rule != ruleUnknownSegment {
		return "", false
	}
	rest = strings.TrimSuffix(rest, "/")
	if p, err := c.Tree().Parse(rest); err == nil {
		return p.Template(), true
	}
	// the path of a file, as in /me/drive/root:/reports/q1.xlsx
	item, _, isFile := strings.Cut(rest+"/", ":/")
	if p, err := c.Tree().Parse(item); isFile && err == nil && p.Type != nil && p.Type.ShortName() == "driveItem" {
		return p.Template() + ":/{path}", true
	}
	return "", false
}
