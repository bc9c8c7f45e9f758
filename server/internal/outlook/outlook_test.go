package outlook_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

func TestIDsOfOccurrencesTellTheEventAndTheDay(t *testing.T) {
	t.Parallel()
	day := int(time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	made := outlook.NewItemID(service.NewRandom(1))
	for _, event := range []string{made, "AAMkAGEvent01=", "x", "a/b c"} {
		id := outlook.OccurrenceID(event, day)
		if got, on, ok := outlook.OccurrenceOf(id); got != event || on != day || !ok {
			t.Errorf("%s: it is of %s on %d", event, got, on)
		}
		if !strings.HasPrefix(id, made[:40]) || strings.ContainsAny(id, "/+") {
			t.Errorf("%s: its occurrence is %s", event, id)
		}
	}
	// as recorded: 51, 8 bytes and the ticks of the day
	if b, _ := base64.URLEncoding.DecodeString(outlook.OccurrenceID(made, day)); !strings.Contains(string(b),
		"\x51\x00\x08\x08\xde\xf0\xf2\x29\x5e\x80\x00\x46\x00") {
		t.Errorf("it has % x", b)
	}
	for _, id := range []string{"", made, "AAMkAGEvent01=", outlook.FolderID(0x10d), outlook.OccurrenceID(made, day)[4:]} {
		if event, _, ok := outlook.OccurrenceOf(id); ok {
			t.Errorf("%s is an occurrence of %s", id, event)
		}
	}
}
