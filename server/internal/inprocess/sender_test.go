package inprocess

import (
	"runtime"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/server/internal/callsite"
)

func TestSenderIsAboveTheTransport(t *testing.T) {
	t.Parallel()
	const inprocess = "github.com/graphmock/graphmock/server/internal/inprocess"
	frame := func(function, file string) runtime.Frame {
		return runtime.Frame{Function: function, File: file, Line: 7}
	}
	sent := []runtime.Frame{
		frame("github.com/graphmock/graphmock/server.(*exchange).record", "/m/server/record.go"),
		frame(inprocess+".(*Transport).RoundTrip", "/m/server/internal/inprocess/transport.go"),
		frame("net/http.(*Client).Do", "/usr/local/go/src/net/http/client.go"),
	}
	client := frame("example.com/sync/activities.(*Client).RecordView", "/src/sync/activities/client.go")
	facade := frame("example.com/mock/mocktest.(*Server).Do", "/m/mocktest/do.go")
	test := frame("example.com/sync/activities_test.TestSync", "/src/sync/activities/sync_test.go")
	transport := &Transport{Own: []string{"example.com/mock/mocktest"}}
	for name, stack := range map[string][]runtime.Frame{
		"once":                                 {test},
		"through a package of Own":             {facade, test},
		"by the handling of another":           append(append([]runtime.Frame{client}, sent...), test),
		"by a test of the transport's package": {frame(inprocess+".TestA", "/m/server/internal/inprocess/a_test.go"), test},
	} {
		if got := transport.senderIn(slices.Concat(sent, stack)); got != (callsite.Site{Line: "sync_test.go:7"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := (&ResponseWriter{transport: transport}).Sender(); got != (callsite.Site{}) { // nothing was sent
		t.Errorf("without a request: %q", got)
	}
}
