package schema_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

func ExampleSchema_Validate() {
	s := schema.FromJSON(map[string]any{
		"type":     []string{"object"},
		"required": []string{"displayName"},
		"properties": map[string]any{
			"displayName": map[string]any{"type": []string{"string"}, "minLength": uint64(1)},
			"color":       map[string]any{"enum": []any{"blue", "green"}},
		},
		"additionalProperties": false,
	}, schema.Options{})
	v, err := jsontext.Decode([]byte(`{"displayname": "", "color": "blu"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	problems, broken := s.Validate(v)
	if broken != nil {
		fmt.Println(broken)
		return
	}
	for _, p := range problems {
		fmt.Println(strings.TrimSuffix(p.Pointer+": "+p.Message+"; "+p.Hint, "; "))
	}
	// Output:
	// /color: "blu" is not one of blue, green; did you mean "blue"?
	// /displayName: required property is missing
	// /displayname: unknown property; did you mean "displayName"?
}

func ExampleSchema_Sample() {
	s := schema.FromJSON(map[string]any{
		"type": []string{"object"},
		"properties": map[string]any{"count": map[string]any{"type": []string{"integer"}, "minimum": 5.0,
			"maximum": 5.0}},
	}, schema.Options{})
	v, err := s.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)))
	fmt.Println(v, err)
	// Output: map[count:5] <nil>
}
