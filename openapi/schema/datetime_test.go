package schema

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestParseDateTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		ms   int64
	}{
		{"1970-01-01T00:00:00Z", 0},
		{"1969-12-31T23:59:59.999Z", -1},
		{"1970-01-01T00:00:00.001Z", 1},
		{"1970-01-01T00:00:00.0019999Z", 1},
		{"1970-01-01T01:30:00+01:30", 0},
		{"1969-12-31T20:00:00-04:00", 0},
		{"2018-02-26T20:28:22.14Z", 1519676902140},
		{"2015-02-11T20:54:04.3457274+00:00", 1423688044345},
		{"2000-02-29T00:00:00Z", 951782400000},
		{"0001-01-01T00:00:00Z", -62135596800000},
		{"9999-12-31T23:59:59.999Z", 253402300799999},
		{"9999-12-31T23:59:59.999999999999-14:00", 253402351199999},
	}
	for _, tt := range tests {
		if ms, ok := ParseDateTime(tt.text); !ok || ms != tt.ms {
			t.Errorf("%s: got %d, %v, want %d", tt.text, ms, ok, tt.ms)
		}
	}
}

func TestParseDateTimeRejectsWhatIsNoInstant(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "Z", "2018", "2018-02-26", "2018-02-26T20:28:22", "2018-02-26T20:28Z", "2018-02-26 20:28:22Z",
		"2018-02-26t20:28:22Z", "2018-02-26T20:28:22z", "2018-02-26T20:28:22,5Z", "2018-02-26T20:28:22.Z",
		"2018-02-26T20:28:22.1234567890123Z", "2018-02-26T20:28:22+0100", "2018-02-26T20:28:22+1:00",
		"2018-02-26T20:28:22+14:01", "2018-02-26T20:28:22+01:60", "2018-02-26T20:28:22+0a:00",
		"2018-02-26T20:28:22 01:00",
		"2018-02-26T20:28:22ZZ", "2018-02-26T24:00:00Z", "2018-02-26T20:60:00Z", "2018-02-26T20:28:60Z",
		"2018-00-26T20:28:22Z", "2018-13-26T20:28:22Z", "2018-02-00T20:28:22Z", "2018-02-29T20:28:22Z",
		"2016-02-30T20:28:22Z",
		"1900-02-29T00:00:00Z", "2018-04-31T00:00:00Z", "0000-01-01T00:00:00Z", "+2018-02-26T20:28:22Z",
		"２018-02-26T20:28:22Z",
	} {
		if ms, ok := ParseDateTime(text); ok {
			t.Errorf("%q is %d", text, ms)
		}
	}
}

// TestParseDateTimeReadsWhatTheTimePackageWrites draws instants of all years.
func TestParseDateTimeReadsWhatTheTimePackageWrites(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	first, last := time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)
	for range 10_000 {
		want := first.UnixMilli() + random.Int64N(last.UnixMilli()-first.UnixMilli())
		zone := time.FixedZone("", 60*(random.IntN(2*14*60+1)-14*60))
		text := time.UnixMilli(want).In(zone).Format("2006-01-02T15:04:05.000Z07:00")
		if ms, ok := ParseDateTime(text); !ok || ms != want {
			t.Fatalf("%s: got %d, %v, want %d", text, ms, ok, want)
		}
	}
}

func TestParseDateTimeDoesNotAllocate(t *testing.T) {
	if allocations := testing.AllocsPerRun(100,
		func() { ParseDateTime("2015-02-11T20:54:04.3457274+00:00") }); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}
