package replay_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/replay"
)

func TestRemovalsOfWhatIsStillMetWait(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		recording string
		last      []int
	}{
		"nothing meets it":                  {"DELETE /a/1 204, GET /a/2 200, GET /a 200", nil},
		"it is read afterwards":             {"DELETE /a/1 204, GET /A/1 200, GET /a 200", []int{0}},
		"it is gone, as the service says":   {"DELETE /a/1 204, GET /a/1 404", nil},
		"the removal failed":                {"DELETE /a/1 403, GET /a/1 200", nil},
		"what it contains is read":          {"DELETE /a/1 204, PATCH /a/1/b/2 200", []int{0}},
		"it is created anew":                {"DELETE /a/1 204, POST /a 201, GET /a/1 200", nil},
		"it is put anew":                    {"DELETE /a/1 204, PUT /a/1 201, GET /a/1 200", nil},
		"it is replaced":                    {"DELETE /a/1 204, PUT /a/1 200", []int{0}},
		"a link is made anew":               {"DELETE /a/1/$ref 204, POST /a/$ref 204, DELETE /a/1/$ref 204", nil},
		"an only link is made anew":         {"DELETE /u/m/$ref 204, PUT /u/m/$ref 204, GET /u/m 200", nil},
		"what leads to it is read":          {"DELETE /a/1/$ref 204, GET /a/1 200", []int{0}},
		"the inner before the outer":        {"DELETE /a/1 204, DELETE /a/1/b/2 204, GET /a/1/b/2 200", []int{1, 0}},
		"a group before its team":           {"DELETE /v/groups/1 204, DELETE /v/teams/1/channels/2 204, GET /v/teams/1/channels/2 200", []int{1, 0}},
		"an outer one waits for the inner":  {"DELETE /a/1/b/2 204, DELETE /a/1 204, POST /a 201, GET /a/1/b/2 200", []int{0, 1}},
		"a list has it":                     {"DELETE /a/1/$ref 204, GET /a 200 1", []int{0}},
		"a list has another":                {"DELETE /a/1/$ref 204, GET /a 200 2", nil},
		"one that is removed twice is gone": {"DELETE /a/1 204, DELETE /a/1 204", nil},
	} {
		var o replay.Order
		for i, line := range strings.Split(test.recording, ", ") {
			fields := strings.Fields(line)
			status := map[string]int{"200": 200, "201": 201, "204": 204, "403": 403, "404": 404}[fields[2]]
			x := &replay.Exchange{Method: fields[0], Path: fields[1], Status: status}
			if len(fields) > 3 {
				x.Answer = []byte(`{"value":[{"id":"` + fields[3] + `"}]}`)
			}
			o.Read(i, x)
		}
		o.End()
		if got := o.Held(); !slices.Equal(got, test.last) {
			t.Errorf("%s: %v wait, want %v", name, got, test.last)
		}
	}
}
