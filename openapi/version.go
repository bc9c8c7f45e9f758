package openapi

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/regular"
	"github.com/graphmock/graphmock/openapi/resource"
)

// Models are models of Microsoft Graph in place of the embedded one. The zero value has
// none: the embedded one is that of all service roots.
type Models struct {
	V1   *edm.Model // nil is the embedded one
	Beta *edm.Model // of /beta; nil is that of all others
}

// maxMetadata bounds a $metadata document: that of Graph's beta has about 6 MB.
const maxMetadata = 64 << 20

// LoadMetadata reads a $metadata document, CSDL XML as Graph itself serves it, for Models.
// The error of one that is broken is document.Problems: all of them, each with its place.
//
// What the documentation says beside the metadata is not lost: where names of types and
// properties agree, it is known of them how the embedded model has them used (which are
// returned by default, read-only, required, filterable).
func LoadMetadata(file string) (*edm.Model, error) {
	data, err := regular.Read(file, maxMetadata)
	if err != nil {
		return nil, err
	}
	name := filepath.ToSlash(file)
	m, err := csdl.Read(name, data)
	if err == nil && m.Container() == nil {
		err = edm.Problems{{Place: edm.Place{File: name}, Message: "the metadata has no EntityContainer",
			Hint: "take all of what GET /v1.0/$metadata of Graph answers"}}
	}
	var found edm.Problems
	if errors.As(err, &found) {
		problems := make(document.Problems, len(found))
		for i, p := range found {
			problems[i] = document.Problem{
				File: p.Place.File, Line: p.Place.Line, Column: p.Place.Column, Message: p.Message, Hint: p.Hint,
			}
		}
		return nil, problems
	}
	if err != nil {
		return nil, err
	}
	return edm.Informed(m, graph.Model()), nil
}

// EmbeddedWith is Embedded with other models of Graph. It is made anew at each call.
func EmbeddedWith(m Models) (*Contract, error) {
	if m == (Models{}) {
		return embedded()
	}
	c, err := buildEmbedded("graph.yaml", graphYAML, m)
	if err != nil {
		return nil, fmt.Errorf("the embedded contract with these models: %w", err)
	}
	return c, nil
}

// IsEmbeddedModel reports whether the models of all service roots are the embedded one.
func (c *Contract) IsEmbeddedModel() bool {
	return len(c.versions) == 1 && c.versions[0].model == nil
}

// A version is the model behind service roots, and what is made of it on demand.
type version struct {
	contract *Contract
	base     string // the only root that it is of; "" of all that no other is of
	model    *edm.Model

	tree     func() *resource.Tree
	bodies   func() *bodyTypes // of the tree's model
	metadata func() ([]byte, error)
	roots    rootOperations
	derived  derivations
}

// versionOf returns the one of a service root.
func (c *Contract) versionOf(base string) *version {
	for _, v := range c.versions[1:] {
		if v.base == base {
			return v
		}
	}
	return c.versions[0]
}

// bodies returns the types that the bodies of the operation have by the model.
func (op *Operation) bodies() *bodyTypes {
	if op.version == nil {
		return op.contract.versions[0].bodies()
	}
	return op.version.bodies()
}

const betaBase = "/beta"

func (m Models) versions(c *Contract) []*version {
	all := []*version{newVersion(c, "", m.V1)}
	if m.Beta != nil {
		all = append(all, newVersion(c, betaBase, m.Beta))
	}
	return all
}

func newVersion(c *Contract, base string, model *edm.Model) *version {
	v := &version{contract: c, base: base, model: model}
	v.tree = sync.OnceValue(v.makeTree)
	v.bodies = sync.OnceValue(func() *bodyTypes { return newBodyTypes(v.tree().Model()) })
	v.metadata = sync.OnceValues(v.writeMetadata)
	v.roots = newRootOperations(v)
	return v
}

func (v *version) makeTree() *resource.Tree {
	model := v.model
	if model == nil {
		model = graph.Model()
	}
	if own, err := v.contract.Model(); err == nil {
		model = edm.Refined(model, own)
	}
	return resource.NewTreeWith(model, resource.Options{
		ByPath: graph.ByPath(), Dynamic: graph.AnyName(), Uncast: graph.IsDocumented,
	})
}
