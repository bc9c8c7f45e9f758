package scenarios

import (
	"testing"
	"time"
)

func TestRepliesSayWhatBecomesOfNotifications(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Notify{
		"{ drop: 2 }":                       {Drop: 2},
		"{ duplicate: true, delay: 1m30s }": {Duplicate: true, Delay: 90 * time.Second},
	} {
		s := parse(t, `rules: [{ when: {}, reply: { notify: `+text+` } }]`)
		if got := s.rules[0].replies[0].notify; got != want {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}
