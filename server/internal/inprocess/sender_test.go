package inprocess

import (
	"runtime"
	"slices"
	"testing"
)

func TestSenderIsTheNearestCodeOfTheUsers(t *testing.T) {
	t.Parallel()
	const sdk, modules, inprocess = "github.com/microsoft/kiota-http-go", "/home/a/go/pkg/mod/",
		"github.com/graphmock/graphmock/server/internal/inprocess"
	own := []string{"example.com/mock/mocktest"}
	frame := func(function, file string) runtime.Frame {
		return runtime.Frame{Function: function, File: file, Line: 7}
	}
	sent := []runtime.Frame{
		frame("github.com/graphmock/graphmock/server.(*exchange).record", "/m/server/record.go"),
		frame("github.com/labstack/echo/v4.(*Echo).ServeHTTP", modules+"github.com/labstack/echo/v4@v4.16.0/echo.go"),
		frame(inprocess+".(*Transport).RoundTrip", "/m/server/internal/inprocess/transport.go"),
		frame("net/http.(*Client).Do", "/usr/local/go/src/net/http/client.go"),
	}
	middleware := frame(sdk+".(*customTransport).RoundTrip", modules+sdk+"@v1.5.4/pipeline.go")
	client := frame("example.com/sync/activities.(*Client).RecordView", "/src/sync/activities/client.go")
	test := frame("example.com/sync/activities_test.TestSync", "/src/sync/activities/sync_test.go")
	vendored := frame(sdk+".Do", "/src/sync/vendor/"+sdk+"/a.go")
	retry := frame("example.com/sync/retry.(*Transport).RoundTrip", "/src/sync/retry/retry.go")
	facade := frame("example.com/mock/mocktest.(*Server).Do", "/m/mocktest/do.go")
	proxy := frame("net/http/httputil.(*ReverseProxy).ServeHTTP", "/usr/local/go/src/net/http/httputil/a.go")
	exit := frame("runtime.goexit", "/usr/local/go/src/runtime/asm.s")
	runner := frame("testing.tRunner", "/usr/local/go/src/testing/testing.go")
	for name, tt := range map[string]struct {
		stack []runtime.Frame
		want  string
	}{
		"a test":             {[]runtime.Frame{test, runner}, "sync_test.go:7"},
		"code under test":    {[]runtime.Frame{client, test, runner}, "client.go:7"},
		"through an SDK":     {[]runtime.Frame{middleware, client, test, runner}, "client.go:7"},
		"through a vendored": {[]runtime.Frame{vendored, test, runner}, "sync_test.go:7"},
		"built with -trimpath": {[]runtime.Frame{frame(sdk+".Do", sdk+"@v1.5.4/a.go"), test, runner},
			"sync_test.go:7"},
		"a goroutine of an SDK": {[]runtime.Frame{middleware, exit}, "pipeline.go:7"},
		"a goroutine of net's":  {[]runtime.Frame{proxy}, ""},

		"below a RoundTripper of its own": {[]runtime.Frame{retry, client, test, runner}, "retry.go:7"},
		"through a package of one's own":  {[]runtime.Frame{facade, test, runner}, "sync_test.go:7"},
		"sent by what is sent":            {append(append([]runtime.Frame{client}, sent...), test), "sync_test.go:7"},
	} {
		if got := senderIn(own, slices.Values(slices.Concat(sent, tt.stack))); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := (&ResponseWriter{transport: &Transport{}}).Sender(); got != "" { // nothing was sent
		t.Errorf("without a request: %q", got)
	}
}
