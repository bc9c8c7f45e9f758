package schema

import (
	"encoding/json"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// formats are the formats that are asserted, by name. A check accepts every value of
// another type than its own. Formats that are neither here nor known to jsonschema
// are annotations, as JSON Schema says.
var formats = map[string]func(any) bool{
	"date-time": onString(isDateTime),
	"date":      onString(isDate),
	"uuid":      onString(IsGUID),
	"uri":       onString(isURI),
	"int32":     onNumber(func(s string) bool { _, err := strconv.ParseInt(s, 10, 32); return err == nil }),
	"int64":     onNumber(isInt64),
	"ipv4":      onString(isIPv4),
	"ipv6":      onString(isIPv6),

	// The forms that OData's primitive types have in JSON.
	"int64-or-text": onNumberOrString(isInt64),
	"decimal":       onString(isDecimal),
	"double":        onString(isNumberName),
	"time-span":     onString(isTimeSpan),
	"time-of-day":   onString(isTimeOfDay),
	"base64url":     onString(isBase64),
}

func onString(check func(string) bool) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return !ok || check(s)
	}
}

func onNumber(check func(string) bool) func(any) bool {
	return func(v any) bool {
		n, ok := v.(json.Number)
		return !ok || check(string(n))
	}
}

// onNumberOrString is for numbers that may be sent as text, so that no reader rounds
// them.
func onNumberOrString(check func(string) bool) func(any) bool {
	number, text := onNumber(check), onString(check)
	return func(v any) bool { return number(v) && text(v) }
}

// rfcFormats are those of Options.RFCFormats that differ.
var rfcFormats = map[string]func(any) bool{
	"date-time": jsonschema.Formats["date-time"],
	"date":      jsonschema.Formats["date"],
	"int32":     onNumber(func(s string) bool { return isWhole(s, 1<<31) }),
	"int64":     onNumber(func(s string) bool { return isInt64(s) || isWhole(s, 1<<53) }),
}

// isWhole reports whether a number is whole, however it is written, and from -limit up to
// limit.
func isWhole(s string, limit float64) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && f == math.Trunc(f) && -limit <= f && f < limit
}

// formatCheck returns the check of a format, nil if it has none.
func formatCheck(name string, rfc bool) func(any) bool {
	if check := rfcFormats[name]; check != nil && rfc {
		return check
	}
	if check := formats[name]; check != nil {
		return check
	}
	return jsonschema.Formats[name]
}

func isDateTime(s string) bool {
	_, ok := ParseDateTime(s)
	return ok
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && s[:4] != "0000"
}

// IsGUID reports whether s is a GUID with dashes and without braces, in either case.
func IsGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for _, i := range []int{8, 13, 18, 23} {
		if s[i] != '-' {
			return false
		}
	}
	return isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:])
}

// isHex reports whether s has hexadecimal digits only.
func isHex(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20 // in lower case, if it is a letter
		if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs()
}

func isInt64(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil && s[0] != '+'
}

// isDecimal reports whether a text is a number as JSON writes it.
func isDecimal(s string) bool {
	v, err := jsontext.Decode([]byte(s))
	n, ok := v.(json.Number)
	return err == nil && ok && string(n) == s
}

// isNumberName reports whether a text is a number that JSON has no other way to write.
func isNumberName(s string) bool { return s == "INF" || s == "-INF" || s == "NaN" }

// isTimeSpan reports whether s is an ISO 8601 duration, which may be negative:
// P1DT12H, -PT15M, PT0.5S. OData has none of years, months and weeks, and Graph's
// documents do: P1Y, P2W.
func isTimeSpan(s string) bool {
	s, ok := strings.CutPrefix(strings.TrimPrefix(s, "-"), "P")
	if !ok {
		return false
	}
	days, clock, timed := strings.Cut(s, "T")
	return (days != "" || timed) && areUnits(days, "YMWD") && (!timed || clock != "" && areUnits(clock, "HMS"))
}

// areUnits reports whether s is numbers with units, each at most once and in order. The
// number of seconds may have a fraction.
func areUnits(s, units string) bool {
	for s != "" {
		end := strings.IndexAny(s, units)
		if end < 0 {
			return false
		}
		whole, fraction, pointed := strings.Cut(s[:end], ".")
		if !isDigits(whole) || pointed && (s[end] != 'S' || !isDigits(fraction)) {
			return false
		}
		_, units, _ = strings.Cut(units, s[end:end+1])
		s = s[end+1:]
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 12
}

// isTimeOfDay reports whether s is a time without a date and a zone. Seconds may be
// left out.
func isTimeOfDay(s string) bool {
	if len(s) == len("00:00") {
		s += ":00"
	}
	_, ok := ParseDateTime("2000-01-01T" + s + "Z")
	return ok
}

// isBase64 reports whether s is base64 in either of its two alphabets, with or without
// its padding.
func isBase64(s string) bool {
	text := strings.TrimRight(s, "=")
	if padding := len(s) - len(text); padding > 2 || padding > 0 && len(s)%4 != 0 {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9':
		case c == '+' || c == '/' || c == '-' || c == '_':
		default:
			return false
		}
	}
	return len(text)%4 != 1
}

// formatHints say what a format wants, for messages.
var formatHints = map[string]string{
	"date-time": "like 2018-02-26T20:28:22.14Z, with a zone",
	"date":      "like 2018-02-26",
	"uuid":      "like 390e06e2-7e5b-4133-8014-fac7ac991af7",
	"int32":     "a whole number from -2147483648 to 2147483647, without a fraction or exponent",
	"int64":     "a whole number of 64 bits, without a fraction or exponent",
	"uri":       "an absolute URI",

	"int64-or-text": "a whole number of 64 bits, or its text",
	"decimal":       "a number, or its text",
	"double":        "a number, or one of INF, -INF, NaN",
	"time-span":     "an ISO 8601 duration, like PT1H30M or P2D",
	"time-of-day":   "like 16:30:00, without a date and a zone",
	"base64url":     "base64, like Z3JhcGg=",
}
