// Package workload lists what Graph does beyond its model: a package for each
// workload.
package workload

import (
	"slices"
	"sync"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/workload/activities"
	"github.com/graphmock/graphmock/server/internal/workload/calendar"
	"github.com/graphmock/graphmock/server/internal/workload/contacts"
	"github.com/graphmock/graphmock/server/internal/workload/directory"
	"github.com/graphmock/graphmock/server/internal/workload/external"
	"github.com/graphmock/graphmock/server/internal/workload/files"
	"github.com/graphmock/graphmock/server/internal/workload/mail"
	"github.com/graphmock/graphmock/server/internal/workload/meetings"
	"github.com/graphmock/graphmock/server/internal/workload/photos"
	"github.com/graphmock/graphmock/server/internal/workload/planner"
	"github.com/graphmock/graphmock/server/internal/workload/presence"
	"github.com/graphmock/graphmock/server/internal/workload/search"
	"github.com/graphmock/graphmock/server/internal/workload/subscriptions"
	"github.com/graphmock/graphmock/server/internal/workload/teams"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

// All returns the behaviors of all workloads. All servers share them: they must not be
// changed.
func All() []*service.Behavior { return all() }

var all = sync.OnceValue(func() []*service.Behavior {
	return slices.Concat(
		activities.Behaviors(),
		directory.Behaviors(), // first of those that add to users and groups
		mail.Behaviors(),
		calendar.Behaviors(),
		contacts.Behaviors(),
		external.Behaviors(),
		files.Behaviors(),
		meetings.Behaviors(),
		photos.Behaviors(),
		planner.Behaviors(),
		presence.Behaviors(),
		search.Behaviors(),
		subscriptions.Behaviors(),
		teams.Behaviors(),
		todo.Behaviors(),
	)
})
