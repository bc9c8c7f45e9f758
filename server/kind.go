package server

import (
	"sync"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/odata"
)

// A kind is a type of entity that the service has: how it is called, how it is
// written, and what query options may say of it.
type kind struct {
	name       string   // in microsoft.graph
	order      []string // of the properties in answers
	typed      bool     // entities in lists begin with their @odata.type
	expandable string   // the navigation property that $expand may name
	options    *odata.Type
}

// kinds are the types of user activities. Their properties are those of the
// contract; a test compares them.
var kinds = sync.OnceValue(func() (k struct{ activity, item *kind }) {
	text := odata.Property{Kind: odata.String}
	date := odata.Property{Kind: odata.DateTimeOffset}
	image := &odata.Type{Name: "microsoft.graph.imageInfo", Properties: map[string]odata.Property{
		"iconUrl": text, "alternateText": text, "alternativeText": text, "addImageQuery": {Kind: odata.Boolean},
	}}
	visual := &odata.Type{Name: "microsoft.graph.visualInfo", Properties: map[string]odata.Property{
		"displayText": {Kind: odata.String}, "description": text, "backgroundColor": text, "content": {},
		"attribution": {Kind: odata.Complex, Type: image},
	}}
	status := odata.Property{
		Kind: odata.Enum, Type: &odata.Type{Name: "microsoft.graph.status"},
		Members: []string{"active", "updated", "deleted", "ignored", "unknownFutureValue"},
	}
	activity := &odata.Type{Name: "microsoft.graph.userActivity"}
	item := &odata.Type{Name: "microsoft.graph.activityHistoryItem"}
	activity.Properties = map[string]odata.Property{
		"id": {Kind: odata.String}, "appActivityId": {Kind: odata.String}, "activitySourceHost": {Kind: odata.String},
		"activationUrl": {Kind: odata.String}, "visualElements": {Kind: odata.Complex, Type: visual},
		"appDisplayName": text, "contentUrl": text, "fallbackUrl": text, "userTimezone": text, "contentInfo": {},
		"createdDateTime": date, "lastModifiedDateTime": date, "expirationDateTime": date, "status": status,
		"historyItems": {Kind: odata.Complex, Type: item, Collection: true, Navigation: true},
	}
	item.Properties = map[string]odata.Property{
		"id": {Kind: odata.Guid}, "startedDateTime": {Kind: odata.DateTimeOffset}, "lastActiveDateTime": date,
		"expirationDateTime": date, "createdDateTime": date, "lastModifiedDateTime": date, "userTimezone": text,
		"activeDurationSeconds": {Kind: odata.Int32}, "status": status,
		"activity": {Kind: odata.Complex, Type: activity, Navigation: true},
	}
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
