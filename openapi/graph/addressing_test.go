package graph

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestWhatIsOnlyShownIsNotCreatedThere holds the names against the table of permissions.
func TestWhatIsOnlyShownIsNotCreatedThere(t *testing.T) {
	t.Parallel()
	reads, creates := map[string]int{}, map[string]int{}
	for line := range strings.SplitSeq(v1Permissions, "\n") {
		path, id, _ := strings.Cut(line, " ")
		name := path[strings.LastIndexByte(path, '/')+1:]
		if !strings.HasPrefix(line, "/") || shownOnly[name] == "" {
			continue
		}
		methods := permissionText(v1Permissions).methods(id)
		if slices.Contains(methods, http.MethodGet) {
			reads[name]++
		}
		if slices.Contains(methods, http.MethodPost) {
			creates[name]++
		}
	}
	for name := range shownOnly {
		if reads[name] == 0 {
			t.Errorf("the table does not have %s", name)
		}
	}
	if len(creates) != 1 || creates["calendarView"] != 1 { // of bookings, which are no events
		t.Errorf("POST is there of %v", creates)
	}
}
