package schema

import (
	"encoding/json"
	"slices"
	"testing"
)

// TestValuesAreShortenedToTheirFirstProblems checks how much of a value is explained.
func TestValuesAreShortenedToTheirFirstProblems(t *testing.T) {
	t.Parallel()
	d := parseTest(t, Options{}, `
list: {type: array, items: {type: string}}
lists: {type: array, items: {$ref: '#/components/schemas/list'}}
`)
	right := slices.Repeat([]any{"x"}, 300_000)
	wrong := slices.Repeat([]any{json.Number("1")}, 300_000)
	for _, test := range []struct {
		schema  string
		value   []any
		longest int // list that is left
	}{
		{"list", wrong[:9_000], 9_000}, // not that many values
		{"list", wrong, 100},
		{"list", append(slices.Clone(right[:99]), wrong...), 100},
		{"list", append(slices.Clone(right), wrong...), 300_001},
		{"lists", slices.Repeat([]any{wrong[:500]}, 500), 10},
		{"lists", []any{right, wrong}, 100},
	} {
		s := d[test.schema][Request]
		if s.document(); s.fast.accepts(test.value) {
			t.Fatal("the value is right")
		}
		short, isCut := s.shortened(test.value)
		if n := longestList(short); n != test.longest || isCut != (len(test.value) != 9_000) {
			t.Errorf("%s of %d: the longest list has %d elements, cut %v; want %d", test.schema, len(test.value), n, isCut,
				test.longest)
		}
	}
}
