package openapi

import (
	"errors"
	"strings"
	"testing"
)

func TestAPatternMayBeAnIDOrAPathAlone(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"me.activities.PutHistoryItem":                "PUT /me/activities/{activity-id}/historyItems/{item-id}",
		"/me/activities":                              "GET /me/activities, POST /me/activities",
		"/v1.0/me/activities/":                        "GET /me/activities, POST /me/activities",
		"GET /me/activities":                          "GET /me/activities",
		"/me/activities/{activity}/historyItems/{id}": "DELETE GET PATCH PUT",
	} {
		all, err := Embedded().FindAll(pattern)
		var patterns, methods []string
		for _, op := range all {
			patterns, methods = append(patterns, op.Pattern()), append(methods, op.Method)
		}
		if err != nil || strings.Join(patterns, ", ") != want && strings.Join(methods, " ") != want {
			t.Errorf("%s: %v, error %v, want %s", pattern, patterns, err, want)
		}
	}
}

func TestWhatIsNoPatternSaysWhatToWrite(t *testing.T) {
	t.Parallel()
	const upsert = "PUT /me/activities/{activity-id}/historyItems/{item-id}"
	for pattern, want := range map[string]string{
		"PUT https://graph.microsoft.com/v1.0/me/activities/1": `contract (leave the host out: "PUT /v1.0/me/activities/1")`,
		"https://graph.microsoft.com/v1.0/me":                  `(leave the host out: "/v1.0/me")`,
		"GET /me/activities?$top=2":                            `contract (leave the query out: "GET /me/activities")`,
		"PUT /me/activities/1/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7": `contract (a pattern names its ` +
			`parameters: "` + upsert + `")`,
		"me.activities.PutHistoryItems": `; nearest is "me.activities.PutHistoryItem"`,
		"putHistoryItem":                `; nearest is "me.activities.PutHistoryItem"`,
		"":                              `pattern "" fits no operation of the contract`,
		"qqqqqqqqqqqqqqqqqqqqqqqqqqqqq": `fits no operation of the contract`,
	} {
		_, err := Embedded().FindAll(pattern)
		if e := new(PatternError); !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
		if _, one := Embedded().Find(pattern); one == nil || one.Error() != err.Error() {
			t.Errorf("%s: Find says %v, FindAll %v", pattern, one, err)
		}
	}
}
