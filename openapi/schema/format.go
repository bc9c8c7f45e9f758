package schema

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
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
	"int64":     onNumber(func(s string) bool { _, err := strconv.ParseInt(s, 10, 64); return err == nil }),
	"ipv4":      onString(isIPv4),
	"ipv6":      onString(isIPv6),
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

// formatCheck returns the check of a format, nil if it has none.
func formatCheck(name string) func(any) bool {
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

// formatHints say what a format wants, for messages.
var formatHints = map[string]string{
	"date-time": "like 2018-02-26T20:28:22.14Z, with a zone",
	"date":      "like 2018-02-26",
	"uuid":      "like 390e06e2-7e5b-4133-8014-fac7ac991af7",
	"int32":     "a whole number from -2147483648 to 2147483647, without a fraction or exponent",
	"int64":     "a whole number of 64 bits, without a fraction or exponent",
	"uri":       "an absolute URI",
}
