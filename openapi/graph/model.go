package graph

import (
	_ "embed"
	"sync"

	"github.com/graphmock/graphmock/openapi/edm"
)

// v1 is the model of Graph v1.0, written by the command in internal/model. Its
// first lines name the source.
//
//go:embed v1.0.model
var v1 string

// Model returns the model of Graph v1.0. A type is read when it is first asked
// for.
func Model() *edm.Model { return model() }

var model = sync.OnceValue(func() *edm.Model { return edm.Embedded(v1) })
