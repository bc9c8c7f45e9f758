package scenarios

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// equal compares JSON values; numbers by their value, so that 1, 1.0 and 1e0 are
// equal.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && (a == b || equalNumbers(a, b))
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			if w, ok := b[name]; !ok || !equal(v, w) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

func equalNumbers(a, b json.Number) bool {
	x, okX := rational(a)
	y, okY := rational(b)
	return okX && okY && x.Cmp(y) == 0
}

// rational returns a number's exact value. Numbers come from jsontext.Decode, which
// bounds their length and exponent.
func rational(n json.Number) (*big.Rat, bool) {
	return new(big.Rat).SetString(string(n))
}

// compare orders two values that are both numbers, or both dates. A text is a
// number where it is compared with one: parameters and headers are texts.
func compare(v, bound any) (order int, ok bool) {
	if n, isNumber := bound.(json.Number); isNumber {
		if text, isText := v.(string); isText {
			v, _ = jsontext.Decode([]byte(text))
		}
		m, isNumber := v.(json.Number)
		if !isNumber {
			return 0, false
		}
		return compareNumbers(m, n)
	}
	x, okX := dateOf(v)
	y, okY := dateOf(bound)
	return x.Compare(y), okX && okY
}

func compareNumbers(a, b json.Number) (int, bool) {
	x, errX := strconv.ParseInt(string(a), 10, 64)
	y, errY := strconv.ParseInt(string(b), 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y), true
	}
	p, okP := rational(a)
	q, okQ := rational(b)
	if !okP || !okQ {
		return 0, false
	}
	return p.Cmp(q), true
}

// dateOf reads a date-time as Graph and a date as HTTP writes it.
func dateOf(v any) (time.Time, bool) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, time.RFC1123} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// encode writes v as compact JSON; < > & stay as they are, as Graph leaves them.
func encode(v any) ([]byte, error) { return jsontext.Marshal(v) }

// show returns a value for a message, cut where it gets long.
func show(v any) string {
	const most = 80
	text, err := encode(v)
	if err != nil {
		return "a value"
	}
	if len(text) > most {
		return strings.ToValidUTF8(string(text[:most]), "") + "..."
	}
	return string(text)
}
