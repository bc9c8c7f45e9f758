package schema

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// samplesOf makes up many values for a JSON Schema.
func samplesOf(t *testing.T, document string) []any {
	t.Helper()
	s := FromJSON(decodeTest(t, document).(map[string]any), Options{})
	var all []any
	for seed := range uint64(50) {
		v, err := s.Sample(t.Context(), rand.New(rand.NewPCG(seed, 7)))
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		all = append(all, v)
	}
	return all
}

func TestSampledNumbersAreWithinTheirBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		document  string
		low, high float64
	}{
		{`{"type": "integer"}`, 0, 100},
		{`{"type": "integer", "minimum": 500}`, 500, 600},
		{`{"type": "integer", "maximum": -3}`, -103, -3},
		{`{"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}`, 4, 4},
		{`{"type": "integer", "minimum": 0.5, "maximum": 1.5}`, 1, 1},
		{`{"type": "number", "minimum": 0.25, "maximum": 0.75}`, 0.5, 0.5},
		{`{"type": "number", "minimum": 0, "maximum": 1000000}`, 0, 1001},
		{`{"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 20}`, 14, 14},
		{`{"minimum": 2, "maximum": 3}`, 2, 3},
	}
	for _, tt := range tests {
		for _, v := range samplesOf(t, tt.document) {
			n, ok := v.(json.Number)
			if f, err := n.Float64(); !ok || err != nil || f < tt.low || f > tt.high {
				t.Errorf("%s: got %v, want %v to %v", tt.document, v, tt.low, tt.high)
			}
		}
	}
}

func TestSamplesDifferWhereTheyMay(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		`{"type": "integer"}`, `{"type": "boolean"}`, `{"type": "string"}`, `{"enum": ["a", "b"]}`,
		`{"type": "string", "format": "uuid"}`,
		`{"type": "string", "format": "date-time"}`, `{"anyOf": [{"const": 1}, {"const": 2}]}`,
		`{"type": "string", "pattern": "^(a|b)$"}`,
	} {
		seen := map[any]bool{}
		for _, v := range samplesOf(t, document) {
			seen[v] = true
		}
		if len(seen) < 2 {
			t.Errorf("%s: always %v", document, seen)
		}
	}
}

func TestSampledTextsAreOfTheirLength(t *testing.T) {
	t.Parallel()
	for document, bounds := range map[string][2]int{
		`{"type": "string", "minLength": 40, "maxLength": 41}`:    {40, 41},
		`{"type": "string", "maxLength": 2}`:                      {0, 2},
		`{"type": "string", "maxLength": 0}`:                      {0, 0},
		`{"type": "string", "minLength": 4096}`:                   {4096, 4096 + 10},
		`{"type": "string"}`:                                      {1, 20},
		`{"minLength": 1}`:                                        {1, 20},
		`{"type": ["null", "string"], "minLength": 1}`:            {1, 20},
		`{"type": "string", "format": "unknown", "maxLength": 5}`: {1, 5},
	} {
		for _, v := range samplesOf(t, document) {
			if text, ok := v.(string); !ok || len(text) < bounds[0] || len(text) > bounds[1] {
				t.Errorf("%s: got %q", document, v)
			}
		}
	}
}

// TestSampledTextsMatchTheirPattern reads what it writes with package regexp.
func TestSampledTextsMatchTheirPattern(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		`^$`, `^abc$`, `^[A-Z]{2}-[0-9]{4}(a|b)+$`, `^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`, `^.x?y*z+$`, `a|b|c`,
		`^[^a-z]$`, `^[\x{e9}]$`,
		`^\d+\s\w$`, `^(?i)yes$`, `^(?:ab){3,}$`,
	} {
		text, err := json.Marshal(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range samplesOf(t, `{"type": "string", "pattern": `+string(text)+`}`) {
			if s, _ := v.(string); !regexp.MustCompile(pattern).MatchString(s) {
				t.Errorf("%s: got %q", pattern, v)
			}
		}
	}
}

func TestFormatAndPatternAreBothKept(t *testing.T) {
	t.Parallel()
	for _, v := range samplesOf(t, `{"type": "string", "format": "uri", "pattern": "^https://"}`) {
		if s, _ := v.(string); !strings.HasPrefix(s, "https://www.contoso.com/") {
			t.Errorf("got %v", v)
		}
	}
}

// TestSampledHostsAreReserved: no sample leads to somebody (RFC 2606, RFC 5737).
func TestSampledHostsAreReserved(t *testing.T) {
	t.Parallel()
	for format, suffix := range map[string]string{"email": "@contoso.com", "hostname": ".contoso.com",
		"ipv4": "192.0.2.1", "ipv6": "2001:db8::1"} {
		for _, v := range samplesOf(t, `{"type": "string", "format": "`+format+`"}`) {
			if s, _ := v.(string); !strings.HasSuffix(s, suffix) {
				t.Errorf("%s: got %v", format, v)
			}
		}
	}
}
