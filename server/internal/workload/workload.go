// Package workload lists what Graph does beyond its model: a package for each
// workload.
package workload

import (
	"slices"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/workload/activities"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

// All returns the behaviors of all workloads.
func All() []*service.Behavior {
	return slices.Concat(
		activities.Behaviors(),
		todo.Behaviors(),
	)
}
