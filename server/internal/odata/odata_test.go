package odata

import (
	"net/url"
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

// activityType is a type as userActivity is, with a few properties more for the
// kinds that it lacks.
func activityType() *Type {
	status := Property{Kind: Enum, Members: []string{"active", "updated", "deleted", "ignored", "unknownFutureValue"}, Type: &Type{Name: "microsoft.graph.status"}}
	imageInfo := &Type{Name: "microsoft.graph.imageInfo", Properties: map[string]Property{
		"iconUrl": {Kind: String}, "alternateText": {Kind: String}, "addImageQuery": {Kind: Boolean},
	}}
	visualInfo := &Type{Name: "microsoft.graph.visualInfo", Properties: map[string]Property{
		"displayText": {Kind: String}, "content": {}, "attribution": {Kind: Complex, Type: imageInfo},
	}}
	activity := &Type{Name: "microsoft.graph.userActivity", Properties: map[string]Property{
		"id": {Kind: String}, "status": status, "userTimezone": {Kind: String}, "contentInfo": {},
		"createdDateTime": {Kind: DateTimeOffset}, "lastModifiedDateTime": {Kind: DateTimeOffset},
		"visualElements": {Kind: Complex, Type: visualInfo},
		"flag":           {Kind: Boolean}, "size": {Kind: Int64}, "ratio": {Kind: Double}, "day": {Kind: Date},
		"tags":   {Kind: String, Collection: true},
		"images": {Kind: Complex, Type: imageInfo, Collection: true},
	}}
	item := &Type{Name: "microsoft.graph.activityHistoryItem", Properties: map[string]Property{
		"id": {Kind: Guid}, "status": status, "startedDateTime": {Kind: DateTimeOffset},
		"activeDurationSeconds": {Kind: Int32}, "activity": {Type: activity, Navigation: true},
	}}
	activity.Properties["historyItems"] = Property{Type: item, Collection: true, Navigation: true}
	return activity
}

const activityJSON = `{
	"@odata.type": "#microsoft.graph.userActivity",
	"id": "13881113971988980728", "status": "updated", "status@odata.type": "#microsoft.graph.status",
	"userTimezone": "Africa/Casablanca",
	"contentInfo": {"author": "Megan", "pages": 12, "at": "2018-02-26T18:06:19.365Z", "draft": false, "tags": ["a", 2, null]},
	"createdDateTime": "2018-02-26T18:06:19.365Z", "lastModifiedDateTime": "2018-02-26T18:06:19.365Z",
	"visualElements": {"displayText": "Contoso's news", "content": {"type": "AdaptiveCard"}, "attribution": {"iconUrl": "https://contoso.com/icon", "addImageQuery": false}},
	"flag": null, "size": 9007199254740993, "ratio": 0.1, "day": "2018-02-26",
	"tags": ["red", "green"], "images": [{"iconUrl": "a", "alternateText": "b"}, {"iconUrl": null}],
	"historyItems": [
		{"id": "390e06e2-7e5b-4133-8014-fac7ac5991af", "status": "updated", "startedDateTime": "2018-02-26T10:00:00Z", "activeDurationSeconds": 20},
		{"id": "490e06e2-7e5b-4133-8014-fac7ac5991af", "status": "active", "startedDateTime": "2018-02-26T11:00:00Z", "activeDurationSeconds": null,
			"activity": {"id": "13881113971988980728", "status": "updated"}},
		{"id": "590e06e2-7e5b-4133-8014-fac7ac5991af", "status": "deleted", "startedDateTime": "2018-02-25T11:00:00Z", "activeDurationSeconds": 5}
	]
}`

func entityOf(t testing.TB, text string) map[string]any {
	t.Helper()
	v, err := openapi.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

func mustFilter(t testing.TB, text string) *Filter {
	t.Helper()
	f, err := ParseFilter(text, activityType(), testSettings())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}

// testSettings let now() be 2018-03-01T12:30:45.678Z.
func testSettings() Settings {
	now, _ := openapi.ParseDateTime("2018-03-01T12:30:45.678Z")
	return Settings{Now: now}
}

// mustParse reads options given as name and value in turn.
func mustParse(t testing.TB, pairs ...string) *Options {
	t.Helper()
	query := ""
	for i := 0; i < len(pairs); i += 2 {
		query += pairs[i] + "=" + url.QueryEscape(pairs[i+1]) + "&"
	}
	o, err := Parse(query, activityType(), testSettings())
	if err != nil {
		t.Fatalf("%s: %v", pairs, err)
	}
	return o
}

// ParseFilter reads the text of a $filter, decoded. An error is an *Error. It
// takes whatever String gives for a filter that Parse took.
func ParseFilter(text string, t *Type, s Settings) (*Filter, error) {
	// String can be longer than the text it comes from, by spaces around
	// operators, but not twice as long.
	if len(text) > 2*maxText {
		return nil, &Error{Option: "$filter", Rule: RuleFilter, Message: "the filter is too long"}
	}
	f, err := parseFilter(text, t, s)
	if err != nil {
		err.Option = "$filter"
		return nil, err
	}
	return f, nil
}
