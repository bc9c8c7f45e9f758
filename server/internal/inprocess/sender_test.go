package inprocess

import (
	"runtime"
	"slices"
	"testing"
)

func TestSenderIsTheNearestCodeOfTheUsers(t *testing.T) {
	t.Parallel()
	const sdk, cache = "github.com/microsoft/kiota-http-go", "/home/a/go/pkg/mod/github.com/microsoft/kiota-http-go@v1.5.4/"
	own := []string{"example.com/mock/mocktest"}
	frame := func(function, file string) runtime.Frame {
		return runtime.Frame{Function: function, File: file, Line: 7}
	}
	sent := []runtime.Frame{
		frame("github.com/graphmock/graphmock/server.(*exchange).record", "/m/server/record.go"),
		frame("github.com/labstack/echo/v4.(*Echo).ServeHTTP", "/home/a/go/pkg/mod/github.com/labstack/echo/v4@v4.16.0/echo.go"),
		frame("github.com/graphmock/graphmock/server/internal/inprocess.(*Transport).RoundTrip", "/m/server/internal/inprocess/transport.go"),
		frame("net/http.(*Client).Do", "/usr/local/go/src/net/http/client.go"),
	}
	middleware := frame(sdk+".(*customTransport).RoundTrip", cache+"pipeline.go")
	client := frame("example.com/sync/activities.(*Client).RecordView", "/src/sync/activities/client.go")
	test := frame("example.com/sync/activities_test.TestSync", "/src/sync/activities/sync_test.go")
	runner := frame("testing.tRunner", "/usr/local/go/src/testing/testing.go")
	for name, tt := range map[string]struct {
		stack []runtime.Frame
		want  string
	}{
		"a test":                {[]runtime.Frame{test, runner}, "sync_test.go:7"},
		"code under test":       {[]runtime.Frame{client, test, runner}, "client.go:7"},
		"through an SDK":        {[]runtime.Frame{middleware, client, test, runner}, "client.go:7"},
		"through a vendored":    {[]runtime.Frame{frame(sdk+".Do", "/src/sync/vendor/"+sdk+"/a.go"), test, runner}, "sync_test.go:7"},
		"built with -trimpath":  {[]runtime.Frame{frame(sdk+".Do", sdk+"@v1.5.4/a.go"), test, runner}, "sync_test.go:7"},
		"a goroutine of an SDK": {[]runtime.Frame{middleware, frame("runtime.goexit", "/usr/local/go/src/runtime/asm.s")}, "pipeline.go:7"},
		"a goroutine of net's":  {[]runtime.Frame{frame("net/http/httputil.(*ReverseProxy).ServeHTTP", "/usr/local/go/src/net/http/httputil/a.go")}, ""},
		"below a RoundTripper of its own": {[]runtime.Frame{
			frame("example.com/sync/retry.(*Transport).RoundTrip", "/src/sync/retry/retry.go"), client, test, runner}, "retry.go:7"},
		"through a package of one's own": {[]runtime.Frame{frame("example.com/mock/mocktest.(*Server).Do", "/m/mocktest/do.go"), test, runner},
			"sync_test.go:7"},
		"sent by what is sent": {slices.Concat([]runtime.Frame{client}, sent, []runtime.Frame{test, runner}), "sync_test.go:7"},
	} {
		if got := senderIn(own, slices.Values(slices.Concat(sent, tt.stack))); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := (&ResponseWriter{transport: &Transport{}}).Sender(); got != "" { // nothing was sent
		t.Errorf("without a request: %q", got)
	}
}
