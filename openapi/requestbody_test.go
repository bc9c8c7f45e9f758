package openapi

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi/schema"
)

func TestRequestsOfAnOperationCanBeSeen(t *testing.T) {
	t.Parallel()
	op, err := Embedded().Find("PUT /users/{u}/activities/{a}/historyItems/{i}")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for p := range op.Parameters() {
		names = append(names, p.In+" "+p.Name)
		if len(p.Examples) != 1 || p.Schema["type"] == nil || !p.Required {
			t.Errorf("got %+v", p)
		}
	}
	if want := []string{"path user-id", "path activity-id", "path item-id"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	if b := op.RequestBody(); !b.Accepted || !b.Required {
		t.Errorf("takes a body: %v, needs it: %v", b.Accepted, b.Required)
	}
	var examples []string
	for name, v := range op.RequestBody().Examples() {
		examples = append(examples, name)
		v.(map[string]any)["startedDateTime"] = nil // the caller's to change
	}
	for _, v := range op.RequestBody().Examples() {
		if v.(map[string]any)["startedDateTime"] == nil {
			t.Error("a change of an example is seen by others")
		}
	}
	if !slices.Equal(examples, []string{"minimal", "seed"}) {
		t.Errorf("got %v", examples)
	}
}

func TestOperationsHaveTheBehaviourOfTheirNamesakes(t *testing.T) {
	t.Parallel()
	ids := func(pattern string) (all []string) {
		op, err := Embedded().Find(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for b := range op.Behaviours() {
			all = append(all, b.ID)
		}
		return all
	}
	mine, users := ids("PUT /me/activities/{a}"), ids("PUT /users/{u}/activities/{a}")
	if len(mine) == 0 || !slices.Equal(mine, users) {
		t.Errorf("got %v and %v", mine, users)
	}
	if b, ok := Embedded().Behaviour("token-empty"); !ok || b.Status != 401 {
		t.Errorf("got %+v, %v", b, ok)
	}
	if _, ok := Embedded().Behaviour("history-created"); ok {
		t.Error("a row of one operation is not all operations'")
	}
}

func TestPartsOfRequestSchemasHaveSamples(t *testing.T) {
	t.Parallel()
	for op := range Embedded().Operations() {
		root := op.RequestBody().Schema()
		if root == nil {
			continue
		}
		random := rand.New(rand.NewPCG(1, 2))
		if _, err := schema.FromJSON(root, schema.Options{}).Sample(t.Context(), random); err != nil {
			t.Errorf("%s: %v", op.ID, err)
		}
		properties := propertiesIn(root, root)
		if len(properties) == 0 {
			t.Errorf("%s: no properties", op.ID)
		}
		for name, p := range properties {
			if _, err := schema.FromJSON(schema.Part(root, p.(map[string]any)), schema.Options{}).Sample(t.Context(), random); err != nil {
				t.Errorf("%s %s: %v", op.ID, name, err)
			}
		}
	}
}

// propertiesIn are the properties of a part of a schema, and of all that it is
// made of.
func propertiesIn(root, part map[string]any) map[string]any {
	part = schema.Part(root, part)
	all := map[string]any{}
	branches, _ := part["allOf"].([]any)
	for _, branch := range branches {
		maps.Copy(all, propertiesIn(root, branch.(map[string]any)))
	}
	own, _ := part["properties"].(map[string]any)
	maps.Copy(all, own)
	return all
}

// TestPropertiesSayWhatVerifyHasToKnow: which ones are keys that a client picks,
// and after which date an entity is gone.
func TestPropertiesSayWhatVerifyHasToKnow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ pattern, name, extension string }{
		{"POST /me/activities", "appActivityId", "x-graphmock-key"},
		{"POST /me/activities/{a}/historyItems", "id", "x-graphmock-key"},
		{"PUT /me/activities/{a}/historyItems/{i}", "expirationDateTime", "x-graphmock-expiry"},
	} {
		op, err := Embedded().Find(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		root := op.RequestBody().Schema()
		for name, p := range propertiesIn(root, root) {
			if got := p.(map[string]any)[test.extension] != nil; got != (name == test.name) {
				t.Errorf("%s %s: %s: %v", test.pattern, name, test.extension, got)
			}
		}
	}
}

func TestMediaOfAnswersCanBeSeen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern string
		status  int
		want    []string
	}{
		{"GET /me/activities/$count", 200, []string{"text/plain"}},
		{"GET /me/activities", 200, []string{"application/json"}},
		{"DELETE /me/activities/{a}", 204, nil},
		{"DELETE /me/activities/{a}", 299, nil},
	} {
		op, err := Embedded().Find(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := op.Response(test.status).Media(); !slices.Equal(got, test.want) {
			t.Errorf("%s %d: got %v, want %v", test.pattern, test.status, got, test.want)
		}
	}
}

func TestReadOnlyPropertiesAreMarked(t *testing.T) {
	t.Parallel()
	op, err := Embedded().Find("PUT /me/activities/{a}/historyItems/{i}")
	if err != nil {
		t.Fatal(err)
	}
	root := op.RequestBody().Schema()
	properties := schema.Part(root, root)["properties"].(map[string]any)
	for name, want := range map[string]bool{"createdDateTime": true, "status": true, "startedDateTime": false} {
		if got, _ := properties[name].(map[string]any)["x-readOnly"].(bool); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
