package spell

import (
	"slices"
	"strings"
	"testing"
)

func TestNearestForgivesATypingError(t *testing.T) {
	t.Parallel()
	candidates := []string{"activities", "users", "historyItems", "me", "reply"}
	for name, want := range map[string]string{
		"activites": "activities", "acitvities": "activities", "ACTIVITIES": "activities",
		"historyItem": "historyItems",
		"repli":       "reply", "users": "users", "mee": "me", "m": "", "": "", "groups": "",
		"activitiesactivities":    "",
		strings.Repeat("x", 1000): "",
	} {
		if got := Nearest(name, slices.Values(candidates)); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDidYouMeanIsSilentOnWhatIsRight(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"repli": `did you mean "reply"?`, "reply": "", "groups": ""} {
		if got := DidYouMean(name, slices.Values([]string{"reply", "users"})); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDistanceCountsEdits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 5, 0}, {"abc", "abc", 5, 0}, {"abc", "abd", 5, 1}, {"abc", "ab", 5, 1}, {"abc", "xabc", 5, 1},
		{"abc", "acb", 5, 1}, {"abcd", "badc", 5, 2}, {"kitten", "sitting", 5, 3}, {"kitten", "sitting", 2, 2},
		{"a", "abcdef", 3, 3},
	}
	for _, tt := range tests {
		if got := Distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("%q and %q: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := Distance(tt.b, tt.a, tt.limit); got != tt.want {
			t.Errorf("%q and %q: got %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}
