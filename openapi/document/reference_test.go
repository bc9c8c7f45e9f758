package document

import "testing"

func TestReferencesLeadSomewhereOrAreProblems(t *testing.T) {
	t.Parallel()
	const text = `a:
  b/c: {d: [1, {e: x}]}
  "f g": {$ref: '#/a'}
good: [{$ref: '#/a/b~1c/d/1/e'}, {$ref: '#/a/f%20g'}, {$ref: '#'}, {$ref: other.yaml}, {$ref: '#/a/f%20g/b~1c'}]
bad:
  - $ref: '#/a/b~1c/d/2'
  - {$ref: "#/nowhere"}
example: {$ref: '#/nowhere'}
x-own: {$ref: '#/nowhere'}
`
	want := Problems{
		{File: "x.yaml", Line: 6, Column: 11, Message: "$ref to #/a/b~1c/d/2 leads nowhere"},
		{File: "x.yaml", Line: 7, Column: 12, Message: "$ref to #/nowhere leads nowhere"},
	}
	got := DanglingReferences("x.yaml", []byte(text))
	if got.Error() != want.Error() {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, text := range []string{"", "{", "a: &a [*a]", "- $ref: 1"} {
		if got := DanglingReferences("x.yaml", []byte(text)); len(got) > 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}
