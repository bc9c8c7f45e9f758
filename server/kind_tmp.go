package server

import (
	"sync"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/server/internal/odata"
)

type kind struct{ options *odata.Type }

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
	k.activity = &kind{activity}
	k.item = &kind{item}
	return k
})

func optionsOf(t *edm.Type) *odata.Type {
	switch t.Name {
	case "microsoft.graph.userActivity":
		return kinds().activity.options
	case "microsoft.graph.activityHistoryItem":
		return kinds().item.options
	}
	return nil
}
