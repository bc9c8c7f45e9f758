package server

import (
	"sync"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
)

// A kind is a type of entity that the service has: how it is called, how it is
// written, and what query options may say of it.
type kind struct {
	name       string   // in microsoft.graph
	order      []string // of the properties in answers
	typed      bool     // entities in lists begin with their @odata.type
	expandable string   // the navigation property that $expand may name
	options    *edm.Type
}

// kinds are the types of user activities, as the contract refines Graph's model.
var kinds = sync.OnceValue(func() (k struct{ activity, item *kind }) {
	contract, err := openapi.Embedded().Model()
	if err != nil {
		panic("BUG: the types of the embedded contract: " + err.Error())
	}
	model := edm.Refined(graph.Model(), contract)
	activity, item := model.Type("microsoft.graph.userActivity"), model.Type("microsoft.graph.activityHistoryItem")
	k.activity = &kind{"userActivity", activityOrder, true, "historyItems", activity}
	k.item = &kind{"activityHistoryItem", historyItemOrder, false, "activity", item}
	return k
})

// kindOf is the type that an operation's query options are about, nil if the
// service does not know it.
func kindOf(op *openapi.Operation) *kind {
	switch resource, _ := op.Resource(); resource {
	case activitiesPath, activityPath, activitiesPath + countPath, itemPath + "/activity":
		return kinds().activity
	case itemsPath, itemPath, itemsPath + countPath:
		return kinds().item
	default:
		if isRecent(resource) {
			return kinds().activity
		}
	}
	return nil
}

// Shapes of the resources, as Operation.Resource gives them.
const (
	activitiesPath = "/activities"
	activityPath   = "/activities/{}"
	itemsPath      = "/activities/{}/historyitems"
	itemPath       = "/activities/{}/historyitems/{}"
	countPath      = "/$count"
)

// isRecent tells whether a resource is the function recent, however the contract
// spells it.
func isRecent(resource string) bool {
	switch resource {
	case "/activities/recent", "/activities/recent()", "/activities/microsoft.graph.recent()", "/activities/microsoft.graph.recent":
		return true
	}
	return false
}
