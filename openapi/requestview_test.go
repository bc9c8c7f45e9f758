package openapi

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
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
	if takes, needs := op.TakesBody(); !takes || !needs {
		t.Errorf("takes a body: %v, needs it: %v", takes, needs)
	}
	if got := op.RequestMedia(); !slices.Equal(got, []string{"application/json"}) {
		t.Errorf("got %v", got)
	}
	var examples []string
	for name, v := range op.RequestExamples() {
		examples = append(examples, name)
		v.(map[string]any)["startedDateTime"] = nil // the caller's to change
	}
	for _, v := range op.RequestExamples() {
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
		root := op.RequestSchema()
		if root == nil {
			continue
		}
		random := rand.New(rand.NewPCG(1, 2))
		if _, err := SampleSchema(root, random); err != nil {
			t.Errorf("%s: %v", op.ID, err)
		}
		properties := map[string]any{}
		addProperties(properties, root, root)
		if len(properties) == 0 {
			t.Errorf("%s: no properties", op.ID)
		}
		for name, p := range properties {
			if _, err := SampleSchema(SubSchema(root, p.(map[string]any)), random); err != nil {
				t.Errorf("%s %s: %v", op.ID, name, err)
			}
		}
	}
}

// addProperties adds the properties of a schema, those of an allOf too.
func addProperties(to, root, part map[string]any) {
	node := SubSchema(root, part)
	own, _ := node["properties"].(map[string]any)
	maps.Copy(to, own)
	all, _ := node["allOf"].([]any)
	for _, branch := range all {
		addProperties(to, root, branch.(map[string]any))
	}
}

func TestReadOnlyPropertiesAreMarked(t *testing.T) {
	t.Parallel()
	op, err := Embedded().Find("PUT /me/activities/{a}/historyItems/{i}")
	if err != nil {
		t.Fatal(err)
	}
	root := op.RequestSchema()
	properties := SubSchema(root, root)["properties"].(map[string]any)
	for name, want := range map[string]bool{"createdDateTime": true, "status": true, "startedDateTime": false} {
		if got, _ := properties[name].(map[string]any)["x-readOnly"].(bool); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
