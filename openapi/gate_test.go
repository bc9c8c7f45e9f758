package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// schemasOf are the contract's named schemas, both sides, in a fixed order.
func schemasOf(c *Contract) []*schema {
	var all []*schema
	for _, name := range slices.Sorted(maps.Keys(c.schemas)) {
		pair := c.schemas[name]
		all = append(all, pair[0], pair[1])
	}
	return all
}

// FuzzGate: a gate takes nothing that jsonschema rejects, and judge has
// something to say about exactly those values.
func FuzzGate(f *testing.F) {
	var all []*schema
	for _, c := range []*Contract{
		Embedded(),
		parseTest(f, schemaDocument("3.0.3", "x-graphmock-odata: true", schemas30)),
		parseTest(f, schemaDocument("3.1.0", "", schemas31)),
	} {
		all = append(all, schemasOf(c)...)
	}
	for i := range all {
		f.Add(uint8(i), []byte(seedRequest))
		f.Add(uint8(i), []byte{byte(i), 7, 30, 1, 99, 4, 5, 200, 17})
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		s := all[int(which)%len(all)]
		program, err := s.compiled()
		if err != nil {
			t.Fatal(err)
		}
		v, syntax := jsontext.Decode(data)
		if syntax != nil {
			v = (&valueMaker{data: data}).value(4)
		}
		valid := program.Validate(v) == nil
		if s.gate.takes(v) && !valid {
			t.Fatalf("the gate takes %s, though %v", show(v), program.Validate(v))
		}
		if s.gate.takes(v) != s.gate.takes(ordered(v)) {
			t.Fatalf("%s is another thing as an Object", show(v))
		}
		found, err := s.judge(v)
		if err != nil || valid != (len(found) == 0) {
			t.Fatalf("valid is %v, judge says %v, %v", valid, found, err)
		}
		for _, v := range found {
			if v.Rule == "" || v.Message == "" || v.Pointer != "" && v.Pointer[0] != '/' {
				t.Fatalf("got %+v", v)
			}
		}
	})
}

// A valueMaker makes JSON values of bytes, out of words that schemas use.
type valueMaker struct{ data []byte }

func (m *valueMaker) next(n int) int {
	if len(m.data) == 0 {
		return 0
	}
	b := m.data[0]
	m.data = m.data[1:]
	return int(b) % n
}

var (
	someNames = []string{
		"id", "name", "secret", "a", "b", "x-b", "kind", "onlyA", "card", "address", "zip/code", "propertyNames", "@odata.type",
		"startedDateTime", "lastActiveDateTime", "activeDurationSeconds", "status", "userTimezone", "activity", "historyItems",
		"activitySourceHost", "activationUrl", "visualElements", "displayText", "attribution", "iconUrl", "error", "code", "value",
	}
	someTexts = []string{
		"", "a", "ab", "abcd", "on", "updated", "2018-02-26T20:28:22.14Z", "2018-02-31T20:28:22Z", "https://contoso.com", "#fff",
		"390e06e2-7e5b-4133-8014-fac7ac991af7", "#microsoft.graph.userActivity", "\u00fc\u20ac",
	}
	someNumbers = []json.Number{"0", "-0", "1", "1.0", "1e0", "2", "4.999", "5", "0.07", "0.075", "2147483648", "9223372036854775808", "1e400", "-1e-400"}
)

func (m *valueMaker) value(depth int) any {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch m.next(kinds) {
	case 0:
		return nil
	case 1:
		return m.next(2) == 0
	case 2, 3:
		return someTexts[m.next(len(someTexts))]
	case 4:
		return someNumbers[m.next(len(someNumbers))]
	case 5:
		list := make([]any, m.next(5))
		for i := range list {
			list[i] = m.value(depth - 1)
		}
		return list
	}
	object := map[string]any{}
	for range m.next(8) {
		object[someNames[m.next(len(someNames))]] = m.value(depth - 1)
	}
	return object
}

func TestGateTakesTheSeedRequestWithoutAllocating(t *testing.T) {
	s := Embedded().schemas["microsoft.graph.activityHistoryItem"][0]
	if _, err := s.compiled(); err != nil {
		t.Fatal(err)
	}
	v := decodeTest(t, seedRequest)
	if allocations := testing.AllocsPerRun(100, func() {
		if !s.gate.takes(v) {
			t.Fatal("not accepted")
		}
	}); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// ordered is v with its objects as Objects.
func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := jsontext.Object{}
		for name, member := range v {
			o.Set(name, ordered(member))
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = ordered(e)
		}
		return list
	}
	return v
}

// TestBoundsHoldForPlainSchemas has schemas that a gate knows whole, so that
// jsonschema never sees what it takes.
func TestBoundsHoldForPlainSchemas(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", `
List: {type: array, minItems: 2, maxItems: 3, items: {type: string}}
Text: {type: string, minLength: 2, maxLength: 3}
Object: {type: object, minProperties: 2, maxProperties: 3}
Number: {type: number, minimum: 2, maximum: 3}
`))
	checkJudgements(t, c, []judgement{
		{"List", RequestSide, `["a"]`, []string{" minItems: fewer items than the minimum of 2"}},
		{"List", RequestSide, `["a","b"]`, nil},
		{"List", RequestSide, `["a","b","c"]`, nil},
		{"List", RequestSide, `["a","b","c","d"]`, []string{" maxItems: more items than the maximum of 3"}},
		{"Text", RequestSide, `"é"`, []string{" minLength: shorter than the minimum length 2"}},
		{"Text", RequestSide, `"éé"`, nil},
		{"Text", RequestSide, `"ééé"`, nil},
		{"Text", RequestSide, `"éééé"`, []string{" maxLength: longer than the maximum length 3"}},
		{"Object", RequestSide, `{"a":1}`, []string{" minProperties: fewer properties than the minimum of 2"}},
		{"Object", RequestSide, `{"a":1,"b":2}`, nil},
		{"Object", RequestSide, `{"a":1,"b":2,"c":3}`, nil},
		{"Object", RequestSide, `{"a":1,"b":2,"c":3,"d":4}`, []string{" maxProperties: more properties than the maximum of 3"}},
		{"Number", RequestSide, `1.9`, []string{" minimum: 1.9 is below the minimum 2"}},
		{"Number", RequestSide, `2`, nil},
		{"Number", RequestSide, `3`, nil},
		{"Number", RequestSide, `3.1`, []string{" maximum: 3.1 is above the maximum 3"}},
	})
}
