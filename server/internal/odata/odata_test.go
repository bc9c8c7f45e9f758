package odata

import (
	"net/url"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// activityModel has types as those of user activities are, with a few properties
// more for the kinds that they lack.
const activityModel = `namespace microsoft.graph
entity userActivity
 key id
 prop id String
 prop status status
 prop userTimezone String
 prop contentInfo Json
 prop createdDateTime DateTimeOffset
 prop lastModifiedDateTime DateTimeOffset
 prop visualElements visualInfo
 prop flag Boolean
 prop size Int64
 prop ratio Double
 prop day Date
 prop tags String*
 prop images imageInfo*
 nav historyItems activityHistoryItem*
entity activityHistoryItem
 key id
 prop id Guid
 prop status status
 prop startedDateTime DateTimeOffset
 prop activeDurationSeconds Int32
 nav activity userActivity
complex visualInfo
 prop displayText String
 prop content Untyped
 prop attribution imageInfo
complex imageInfo
 prop iconUrl String
 prop alternateText String
 prop addImageQuery Boolean
complex Json
enum status
 active 0
 updated 1
 deleted 2
 ignored 3
 unknownFutureValue 4
`

// activityType is made once: filters of one type can be compared by reflect.DeepEqual.
var activityType = sync.OnceValue(func() *edm.Type { return typeOf(activityModel, "microsoft.graph.userActivity") })

// typeOf returns a type of the text of a model.
func typeOf(model, name string) *edm.Type {
	m, err := edm.Parse("test", model)
	if err != nil {
		panic(err)
	}
	return m.Type(name)
}

const activityJSON = `{
	"@odata.type": "#microsoft.graph.userActivity",
	"id": "13881113971988980728", "status": "updated", "status@odata.type": "#microsoft.graph.status",
	"userTimezone": "Africa/Casablanca",
	"contentInfo": {"author": "Megan", "pages": 12, "at": "2018-02-26T18:06:19.365Z", "draft": false,
		"tags": ["a", 2, null]},
	"createdDateTime": "2018-02-26T18:06:19.365Z", "lastModifiedDateTime": "2018-02-26T18:06:19.365Z",
	"visualElements": {"displayText": "Contoso's news", "content": {"type": "AdaptiveCard"},
		"attribution": {"iconUrl": "https://contoso.com/signpost", "addImageQuery": false}},
	"flag": null, "size": 9007199254740993, "ratio": 0.1, "day": "2018-02-26",
	"tags": ["red", "green"], "images": [{"iconUrl": "a", "alternateText": "b"}, {"iconUrl": null}],
	"historyItems": [
		{"id": "390e06e2-7e5b-4133-8014-fac7ac5991af", "status": "updated", "startedDateTime": "2018-02-26T10:00:00Z",
			"activeDurationSeconds": 20},
		{"id": "490e06e2-7e5b-4133-8014-fac7ac5991af", "status": "active", "startedDateTime": "2018-02-26T11:00:00Z",
			"activeDurationSeconds": null, "activity": {"id": "13881113971988980728", "status": "updated"}},
		{"id": "590e06e2-7e5b-4133-8014-fac7ac5991af", "status": "deleted", "startedDateTime": "2018-02-25T11:00:00Z",
			"activeDurationSeconds": 5}
	]
}`

func entityOf(t testing.TB, text string) map[string]any {
	t.Helper()
	v, err := jsontext.Decode([]byte(text))
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
	now, _ := schema.ParseDateTime("2018-03-01T12:30:45.678Z")
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

// ParseFilter reads the text of a $filter, decoded. An error is an *Error. It accepts
// every String of a filter that Parse accepted.
func ParseFilter(text string, t *edm.Type, s Settings) (*Filter, error) {
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
