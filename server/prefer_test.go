package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

func TestEnumMembersArePreferredOfReadsAndWritesAlike(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	items := strings.TrimSuffix(seedPath, "/")
	for _, each := range []struct{ method, target, body, want string }{
		{"PUT", seedPath + seedItem, seedBody, "include-unknown-enum-members"},
		{"GET", seedPath + seedItem, "", "include-unknown-enum-members"},
		{"GET", seedPath + seedItem + "?$select=status", "", "include-unknown-enum-members"},
		{"GET", items, "", "include-unknown-enum-members, odata.maxpagesize=7"},
		{"GET", "/v1.0/me/activities/recent", "", "include-unknown-enum-members, odata.maxpagesize=7"},
		{"GET", items + "/$count", "", ""},
		{"GET", seedPath + strings.Replace(seedItem, "3", "4", 1), "", ""},
		{"DELETE", seedPath + seedItem, "", ""},
	} {
		res, answer := send(t, s, each.method, each.target, strings.NewReader(each.body),
			"Prefer", "include-unknown-enum-members, odata.maxpagesize=7")
		if got := strings.Join(res.Header.Values("Preference-Applied"), ", "); got != each.want {
			t.Errorf("%s %s: %s, applied %q, want %q\n%s", each.method, each.target, res.Status, got, each.want, answer)
		}
	}
	if res, _ := send(t, s, "GET", items, nil); res.StatusCode != http.StatusOK ||
		res.Header.Get("Preference-Applied") != "" {
		t.Errorf("nothing was preferred, but applied: %s %v", res.Status, res.Header)
	}
}

// OData's maxpagesize is that of each collection in an answer.
func TestPreferredPageSizeIsOfExpandedListsToo(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	for _, target := range []string{
		"/v1.0/me/activities?$filter=lastModifiedDateTime gt 2000-01-01&$expand=historyItems",
		"/v1.0/me/activities/recent?$expand=historyItems",
		"/v1.0/me/activities/" + l.id + "?$expand=historyItems",
		"/v1.0/me/activities/" + l.id + "?$expand=historyItems($expand=activity($expand=historyItems))",
	} {
		answer, h := l.get(strings.ReplaceAll(target, " ", "%20"), "Prefer", "odata.maxpagesize=2")
		if got := h.Values("Preference-Applied"); !slices.Equal(got, []string{"odata.maxpagesize=2"}) {
			t.Errorf("%s: applied %q", target, got)
		}
		if n := longestList(answer); n > 2 {
			t.Errorf("%s: a list has %d entities", target, n)
		}
	}
	answersKeepTheContract(t, l.Server)
}

// longestList is how many elements the longest array in a value has.
func longestList(v any) (longest int) {
	switch v := v.(type) {
	case []any:
		longest = len(v)
		for _, each := range v {
			longest = max(longest, longestList(each))
		}
	case map[string]any:
		for _, each := range v {
			longest = max(longest, longestList(each))
		}
	}
	return longest
}
