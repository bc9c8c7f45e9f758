package odata

import (
	"cmp"
	"encoding/json"
	"math"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/schema"
)

// value is the result of an expression. Its kind says which fields count: Double stands
// for every number, DateTimeOffset for every point in time.
type value struct {
	kind   valueKind
	text   string // String, Guid (lower case) and Enum
	number number
	at     instant
	truth  bool
	raw    any // untyped: to be read as what it is compared with
}

func nothing() value            { return value{kind: null} }
func textOf(s string) value     { return value{kind: kindString, text: s} }
func truthOf(b bool) value      { return value{kind: kindBoolean, truth: b} }
func instantOf(i instant) value { return value{kind: kindDateTimeOffset, at: i} }

// read returns a JSON value as a value of a kind, null if it is not of that kind.
func read(v any, kind valueKind) value {
	switch v := v.(type) {
	case string:
		return readText(v, kind)
	case json.Number:
		if n, ok := parseNumber(string(v)); ok && kind.isNumber() {
			return value{kind: kindDouble, number: n}
		}
	case bool:
		if kind == kindBoolean {
			return truthOf(v)
		}
	case map[string]any, []any:
		if kind == kindComplex {
			return value{kind: kindComplex}
		}
	}
	if kind == kindUntyped && v != nil {
		return value{kind: kindUntyped, raw: v}
	}
	return nothing()
}

func readText(text string, kind valueKind) value {
	switch kind {
	case kindUntyped:
		return value{kind: kindUntyped, raw: text}
	case kindString, kindEnum:
		return value{kind: kind, text: text}
	case kindGuid:
		return value{kind: kindGuid, text: strings.ToLower(text)}
	case kindDateTimeOffset:
		if at, ok := parseInstant(text); ok {
			return instantOf(at)
		}
	case kindDate:
		if at, ok := parseDate(text); ok {
			return instantOf(at)
		}
	}
	return nothing()
}

// natural returns the kind of a JSON value where no kind is expected.
func natural(v any) valueKind {
	switch v.(type) {
	case string:
		return kindString
	case json.Number:
		return kindDouble
	case bool:
		return kindBoolean
	case nil:
		return null
	}
	return kindComplex
}

// as returns an untyped value as one of a kind; others stay.
func (v value) as(kind valueKind) value {
	switch {
	case v.kind != kindUntyped:
		return v
	case kind == kindUntyped || kind == null:
		return read(v.raw, natural(v.raw))
	}
	return read(v.raw, kind)
}

// compareValues orders two values of one kind; ok is false for others, null
// included. Members of an enumeration are ordered by value.
func compareValues(a, b value, members []edm.Member) (order int, ok bool) {
	a, b = a.as(b.kind), b.as(a.kind)
	switch {
	case a.kind == kindGuid && b.kind == kindString:
		b.text, b.kind = strings.ToLower(b.text), kindGuid
	case a.kind == kindString && b.kind == kindGuid:
		a.text, a.kind = strings.ToLower(a.text), kindGuid
	}
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case kindString, kindGuid:
		return strings.Compare(a.text, b.text), true
	case kindEnum:
		return compareMembers(a.text, b.text, members), true
	case kindDouble:
		return a.number.compare(b.number), true
	case kindDateTimeOffset:
		return a.at.compare(b.at), true
	case kindBoolean:
		return cmp.Compare(asInt(a.truth), asInt(b.truth)), true
	}
	return 0, false
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// instant is a point in time, with all digits that OData allows: milliseconds
// since 1970 and the picoseconds after them.
type instant struct {
	ms   int64
	pico int32
}

func (i instant) compare(j instant) int {
	return cmp.Or(cmp.Compare(i.ms, j.ms), cmp.Compare(i.pico, j.pico))
}

// parseInstant reads a value of an entity, in the form that the contract wants.
func parseInstant(text string) (i instant, ok bool) {
	if i.ms, ok = schema.ParseDateTime(text); !ok {
		return instant{}, false
	}
	const seconds = len("0000-00-00T00:00:00")
	if text[seconds] != '.' {
		return i, true
	}
	fraction := text[seconds+1:]
	unit := int32(1e8)
	for at := 3; at < runOf(fraction, isDigit); at++ {
		i.pico += unit * int32(fraction[at]-'0')
		unit /= 10
	}
	return i, true
}

// parseDate reads a date without a time, as its midnight in UTC.
func parseDate(text string) (instant, bool) {
	if len(text) != len("0000-00-00") {
		return instant{}, false
	}
	return parseInstant(text + "T00:00:00Z")
}

// parseTime reads a date of a filter, with or without a time: as parseInstant
// does, but OData lets T and Z be lower case and the seconds be missing.
func parseTime(text string) (i instant, kind valueKind, ok bool) {
	if i, ok = parseDate(text); ok {
		return i, kindDate, true
	}
	const minutes = len("0000-00-00T00:00")
	text = strings.ToUpper(text)
	if len(text) > minutes && text[minutes] != ':' {
		text = text[:minutes] + ":00" + text[minutes:]
	}
	i, ok = parseInstant(text)
	return i, kindDateTimeOffset, ok
}

// number is a decimal of any size: 0.digits times ten to the power of point.
type number struct {
	negative bool
	digits   string // neither begins nor ends with 0; may hold a dot, which does not count
	point    int
}

// maxExponent keeps sums of exponents far from overflowing. Larger ones count as
// this.
const maxExponent = 1 << 30

// parseNumber reads a JSON number, to which OData adds leading zeros.
func parseNumber(text string) (n number, ok bool) {
	text, n.negative = strings.CutPrefix(text, "-")
	mantissa, power, hasPower := cutPower(text)
	whole, fraction, hasFraction := strings.Cut(mantissa, ".")
	if !areDigits(whole) || hasFraction && !areDigits(fraction) {
		return number{}, false
	}
	exponent := 0
	if hasPower {
		if exponent, ok = parseExponent(power); !ok {
			return number{}, false
		}
	}
	n.digits = strings.TrimLeft(mantissa, "0")
	n.point = len(whole) - (len(mantissa) - len(n.digits))
	if n.point <= 0 { // 0.001
		significant := strings.TrimLeft(fraction, "0")
		n.digits, n.point = significant, len(significant)-len(fraction)
	}
	if hasFraction {
		n.digits = strings.TrimSuffix(strings.TrimRight(n.digits, "0"), ".")
	}
	if !strings.Contains(n.digits, ".") {
		n.digits = strings.TrimRight(n.digits, "0")
	}
	if n.digits == "" {
		return number{}, true
	}
	n.point += exponent
	return n, true
}

func cutPower(text string) (mantissa, power string, found bool) {
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

func areDigits(text string) bool { return text != "" && runOf(text, isDigit) == len(text) }

func parseExponent(text string) (exponent int, ok bool) {
	sign := 1
	if text != "" && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	for i := range len(text) {
		exponent = min(maxExponent, 10*exponent+int(text[i]-'0'))
	}
	return sign * exponent, areDigits(text)
}

func (n number) compare(m number) int {
	if n.negative != m.negative {
		return asInt(m.negative) - asInt(n.negative)
	}
	order := n.compareSize(m)
	if n.negative {
		return -order
	}
	return order
}

func (n number) compareSize(m number) int {
	if n.digits == "" || m.digits == "" {
		return cmp.Compare(len(n.digits), len(m.digits))
	}
	return cmp.Or(cmp.Compare(n.point, m.point), compareDigits(n.digits, m.digits))
}

func compareDigits(a, b string) int {
	for {
		a, b = strings.TrimPrefix(a, "."), strings.TrimPrefix(b, ".")
		if a == "" || b == "" {
			return cmp.Compare(len(a), len(b))
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
}

// int returns the number without its fraction, or the nearest that Int32 has.
func (n number) int() int {
	digits, i := strings.Replace(n.digits, ".", "", 1), 0
	for at := 0; at < n.point && i < math.MaxInt32; at++ {
		if i *= 10; at < len(digits) {
			i += int(digits[at] - '0')
		}
	}
	i = min(i, math.MaxInt32)
	if n.negative {
		return -i
	}
	return i
}
