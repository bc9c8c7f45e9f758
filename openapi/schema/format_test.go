package schema

import (
	"encoding/json"
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format, value string
		want          bool
	}{
		{"date-time", "2015-02-11T20:54:04.3457274+00:00", true},
		{"date-time", "2018-02-26T20:28:22Z", true},
		{"date-time", "2018-02-26T20:28:22.1Z", true},
		{"date-time", "0001-01-01T00:00:00Z", true},
		{"date-time", "9999-12-31T23:59:59.999999999999Z", true},
		{"date-time", "2020-02-29T00:00:00-00:00", true},
		{"date-time", "2018-02-26T20:28:22+14:00", true},
		{"date-time", "2018-02-26T20:28:22-14:00", true},
		{"date-time", "2018-02-26T20:28:22+05:45", true},
		{"date-time", "2018-02-26T20:28:22.123456789012Z", true},
		{"date-time", "2018-02-26T20:28:22.123456789012+01:00", true},
		{"date-time", "", false},
		{"date-time", "2018-02-26", false},
		{"date-time", "2018-02-26T20:28:22", false},
		{"date-time", "2018-02-26T20:28:22.14", false},
		{"date-time", "2018-02-26T20:28Z", false},
		{"date-time", "2018-02-26t20:28:22Z", false},
		{"date-time", "2018-02-26T20:28:22z", false},
		{"date-time", "2018-02-26 20:28:22Z", false},
		{"date-time", " 2018-02-26T20:28:22Z", false},
		{"date-time", "2018-02-26T20:28:22Z ", false},
		{"date-time", "2018-02-31T20:28:22Z", false},
		{"date-time", "2019-02-29T20:28:22Z", false},
		{"date-time", "1900-02-29T20:28:22Z", false},
		{"date-time", "2018-13-01T20:28:22Z", false},
		{"date-time", "2018-00-01T20:28:22Z", false},
		{"date-time", "0000-01-01T00:00:00Z", false},
		{"date-time", "10000-01-01T00:00:00Z", false},
		{"date-time", "-001-01-01T00:00:00Z", false},
		{"date-time", "2018-02-26T24:00:00Z", false},
		{"date-time", "2018-02-26T20:60:00Z", false},
		{"date-time", "2016-12-31T23:59:60Z", false}, // OData has no leap seconds
		{"date-time", "2018-02-26T2:28:22.11Z", false},
		{"date-time", "2018-02-26T20:28:22.Z", false},
		{"date-time", "2018-02-26T20:28:22,5Z", false},
		{"date-time", "2018-02-26T20:28:22.1234567890123Z", false},
		{"date-time", "2018-02-26T20:28:22.1234567890123+01:00", false},
		{"date-time", "2018-02-26T20:28:22+14:01", false},
		{"date-time", "2018-02-26T20:28:22-23:00", false},
		{"date-time", "2018-02-26T20:28:22+99:99", false},
		{"date-time", "2018-02-26T20:28:22+13:60", false},
		{"date-time", "2018-02-26T20:28:22+0100", false},
		{"date-time", "2018-02-26T20:28:22+01", false},
		{"date-time", "2018-02-26T20:28:22+1:00", false},
		{"date-time", "2018-02-26T20:28:22+-1:00", false},
		{"date-time", "2018-02-26T20:28:22Z+01:00", false},
		{"date-time", "２018-02-26T20:28:22Z", false},

		{"int64-or-text", "-9223372036854775808", true},
		{"int64-or-text", "9223372036854775808", false},
		{"int64-or-text", "+1", false},
		{"int64-or-text", "1.0", false},
		{"int64-or-text", "", false},
		{"decimal", "-12.50", true},
		{"decimal", "1e3", true},
		{"decimal", "12,5", false},
		{"decimal", " 1", false},
		{"decimal", "INF", false},
		{"decimal", "\"1\"", false},
		{"double", "INF", true},
		{"double", "-INF", true},
		{"double", "NaN", true},
		{"double", "1.5", false},
		{"double", "Infinity", false},
		{"time-span", "PT1H30M", true},
		{"time-span", "P1DT12H", true},
		{"time-span", "-P2D", true},
		{"time-span", "PT0.5S", true},
		{"time-span", "PT36H", true},
		{"time-span", "P", false},
		{"time-span", "PT", false},
		{"time-span", "P1DT", false},
		{"time-span", "1H", false},
		{"time-span", "PT1.5H", false},
		{"time-span", "PT30M1H", false},
		{"time-span", "P1Y2M3W4D", true},
		{"time-span", "P1M", true},
		{"time-span", "P1D1Y", false},
		{"time-span", "P1D1D", false},
		{"time-span", "PT1.S", false},
		{"time-span", "P1YT", false},
		{"time-span", "P2W", true},
		{"time-span", "PT1h", false},
		{"time-span", "01:30:00", false},
		{"time-of-day", "16:30:00", true},
		{"time-of-day", "16:30", true},
		{"time-of-day", "08:00:00.0000000", true},
		{"time-of-day", "24:00:00", false},
		{"time-of-day", "8:00:00", false},
		{"time-of-day", "16:30:00Z", false},
		{"time-of-day", "", false},
		{"base64url", "", true},
		{"base64url", "aGVsbG8=", true},
		{"base64url", "aGVsbG8", true},
		{"base64url", "-_-_", true},
		{"base64url", "+/+/", true},
		{"base64url", "aGVsb", false},
		{"base64url", "aGVsbG8==", false},
		{"base64url", "====", false},
		{"base64url", "aGVs bG8=", false},
		{"base64url", "binary data", false},

		{"date", "2018-02-26", true},
		{"date", "2018-02-31", false},
		{"date", "0000-01-01", false},
		{"date", "2018-2-26", false},
		{"date", "2018-02-26T00:00:00Z", false},
		{"date", "", false},

		{"uuid", "390e06e2-7e5b-4133-8014-fac7ac991af7", true},
		{"uuid", "390E06E2-7E5B-4133-8014-FAC7AC991AF7", true},
		{"uuid", "00000000-0000-0000-0000-000000000000", true},
		{"uuid", "390e06e27e5b41338014fac7ac991af7", false},
		{"uuid", "{390e06e2-7e5b-4133-8014-fac7ac991af7}", false},
		{"uuid", "390e06e2-7e5b-4133-8014-fac7ac991af", false},
		{"uuid", "390e06e2-7e5b-4133-8014-fac7ac991af70", false},
		{"uuid", "390e06e2-7e5b-4133-8014fac7-ac991af7", false},
		{"uuid", "390e06e2-7e5b-4133-8014-fac7ac991ag7", false},
		{"uuid", "urn:uuid:390e06e2-7e5b-4133-8014-fac", false},
		{"uuid", "", false},

		{"uri", "https://contoso.com/a?b#c", true},
		{"uri", "contoso-app://trail/1", true},
		{"uri", "urn:x", true},
		{"uri", "/trail?208", false},
		{"uri", "contoso.com", false},
		{"uri", "", false},

		{"ipv4", "192.0.2.1", true},
		{"ipv4", "192.0.2.256", false},
		{"ipv4", "192.0.2.01", false},
		{"ipv4", "2001:db8::1", false},
		{"ipv6", "2001:db8::1", true},
		{"ipv6", "fe80::1%eth0", false},
		{"ipv6", "192.0.2.1", false},
	}
	for _, tt := range tests {
		if got := formatCheck(tt.format, false)(tt.value); got != tt.want {
			t.Errorf("%s %q: got %v, want %v", tt.format, tt.value, got, tt.want)
		}
	}
}

func TestNumberFormats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format string
		value  json.Number
		want   bool
	}{
		{"int32", "0", true},
		{"int32", "-0", true},
		{"int32", "2147483647", true},
		{"int32", "-2147483648", true},
		{"int32", "2147483648", false},
		{"int32", "-2147483649", false},
		{"int32", "1.0", false},
		{"int32", "1e3", false},
		{"int64", "9223372036854775807", true},
		{"int64", "-9223372036854775808", true},
		{"int64", "9223372036854775808", false},
		{"int64", "1.5", false},
	}
	for _, tt := range tests {
		if got := formatCheck(tt.format, false)(tt.value); got != tt.want {
			t.Errorf("%s %s: got %v, want %v", tt.format, tt.value, got, tt.want)
		}
	}
}

func TestFormatsLeaveOtherTypesAlone(t *testing.T) {
	t.Parallel()
	for name, check := range formats {
		other := any("text")
		if name != "int32" && name != "int64" {
			other = json.Number("1")
		}
		for _, v := range []any{nil, true, map[string]any{}, []any{}, other} {
			if !check(v) {
				t.Errorf("%s rejects %#v", name, v)
			}
		}
	}
	if formatCheck("no such format", false) != nil {
		t.Error("an unknown format has a check")
	}
}

// FuzzParseDateTime: what it takes, time.Parse reads as the same moment.
func FuzzParseDateTime(f *testing.F) {
	for _, s := range []string{
		"2015-02-11T20:54:04.3457274+00:00", "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59.999999999999Z",
		"2016-02-29T00:00:00.1+05:30", "1900-02-29T00:00:00Z", "1969-12-31T23:59:59.999Z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ms, ok := ParseDateTime(s)
		if !ok {
			return
		}
		want, err := time.Parse(time.RFC3339, s)
		if err != nil || want.UnixMilli() != ms {
			t.Errorf("%q is %d, time.Parse says %d, %v", s, ms, want.UnixMilli(), err)
		}
	})
}

// TestFormatsAreThoseOfTheirRFCs outside of OData, whose types are narrower.
func TestFormatsAreThoseOfTheirRFCs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format, value string
		rfc, odata    bool
	}{
		{"date-time", `"2016-12-31T23:59:60Z"`, true, false},
		{"date-time", `"2020-02-29t08:30:06.283185z"`, true, false},
		{"date-time", `"2020-12-31T15:59:59+18:00"`, true, false},
		{"date-time", `"2020-02-29T08:30:06Z"`, true, true},
		{"date-time", `"2021-02-29T08:30:06Z"`, false, false},
		{"date-time", `"2016-12-31T22:59:60Z"`, false, false},
		{"date-time", `"2020-02-29T08:30:06+24:00"`, false, false},
		{"date-time", `"2020-02-29T08:30:06"`, false, false},
		{"date", `"2020-02-29"`, true, true}, {"date", `"2021-02-29"`, false, false},
		{"int32", `1.0`, true, false}, {"int32", `1.5`, false, false}, {"int32", `2147483648`, false, false},
		{"int32", `-2147483648`, true, true}, {"int64", `1e3`, true, false}, {"int64", `9223372036854775807`, true, true},
		{"int64", `9223372036854775808`, false, false}, {"int64", `1e300`, false, false},
	} {
		for _, rfc := range []bool{true, false} {
			s := FromJSON(map[string]any{"format": tt.format}, Options{RFCFormats: rfc})
			found, err := s.Validate(decodeTest(t, tt.value))
			want := tt.odata
			if rfc {
				want = tt.rfc
			}
			if err != nil || (len(found) == 0) != want {
				t.Errorf("%s %s, by its RFC %v: %v, %v", tt.format, tt.value, rfc, found, err)
			}
		}
	}
}
