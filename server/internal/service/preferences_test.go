package service_test

import (
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/service"
)

func TestPreferencesAreRead(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]service.Preferences{
		"":                                     {},
		"return=minimal":                       {Minimal: true},
		"Return = Representation, wait=10":     {Representation: true},
		"return=minimal,return=representation": {Minimal: true},
		"return=other":                         {},
		"include-unknown-enum-members":         {UnknownEnumMembers: true},
		`odata.maxpagesize="5"; respond-async`: {MaxPageSize: 5},
		"maxpagesize=5,odata.maxpagesize=6":    {MaxPageSize: 5},
		"maxpagesize=0":                        {},
		"maxpagesize=many":                     {},
		`IdType="ImmutableId"`:                 {LastingKeys: true},
		`a.b="c d", e, f.g`:                    {Other: `,a.b="c d",f.g`},
	} {
		if got := service.PreferencesOf(http.Header{"Prefer": {"x", line}}); got != want {
			t.Errorf("%s: %+v, want %+v", line, got, want)
		}
	}
}

func TestLevelOfMetadataIsThatOfFormatOrAccept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format, accept string
		want           service.Metadata
	}{
		{"", "", service.MetadataMinimal},
		{"full", "application/json;odata.metadata=none", service.MetadataFull},
		{"", "application/json;odata.metadata=none", service.MetadataNone},
		{"", "application/json;metadata=FULL", service.MetadataFull},
		{"", "text/html, application/json;odata.metadata=full;q=1", service.MetadataFull},
		{"", "application/json;odata.metadata=minimal", service.MetadataMinimal},
		{"", "application/json;odata.metadata=other", service.MetadataMinimal},
		{"", "application/json;;odata.metadata=none;=", service.MetadataMinimal},
	} {
		if got := service.MetadataOf(tt.format, http.Header{"Accept": {tt.accept}}); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

func TestTimesHaveMilliseconds(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{
		0: "1970-01-01T00:00:00Z", 1: "1970-01-01T00:00:00.001Z", 120: "1970-01-01T00:00:00.12Z",
		500: "1970-01-01T00:00:00.5Z",
		-1:  "1969-12-31T23:59:59.999Z", 1_700_000_000_000: "2023-11-14T22:13:20Z",
		253_402_300_800_000: "10000-01-01T00:00:00Z",
	} {
		got := graph.FormatTime(ms)
		if back, ok := service.ParseTime(got); got != want || ms < 253_402_300_800_000 && (!ok || back != ms) {
			t.Errorf("%d: %s, want %s; read again %d, %v", ms, got, want, back, ok)
		}
	}
	if _, ok := service.ParseTime(1); ok {
		t.Error("a number is a time")
	}
}

func TestParentsAreThoseOfPaths(t *testing.T) {
	t.Parallel()
	for collection, want := range map[string][2]string{
		"books/1/chapters": {"books", "1"}, "users/u/books/1/chapters": {"users/u/books", "1"}, "books": {}, "": {},
		"books/1": {},
	} {
		of, id, ok := service.ParentOf(collection)
		if of != want[0] || id != want[1] || ok != (want[0] != "") {
			t.Errorf("%s: %s, %s, %v", collection, of, id, ok)
		}
	}
}
