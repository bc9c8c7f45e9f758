package callsite

import (
	"runtime"
	"testing"
)

func TestSiteIsTheNearestLineOfATest(t *testing.T) {
	t.Parallel()
	const sdk, modules = "github.com/microsoft/kiota-http-go", "/home/a/go/pkg/mod/"
	frame := func(function, file string) runtime.Frame {
		return runtime.Frame{Function: function, File: file, Line: 7}
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
		stack     []runtime.Frame
		line, via string
	}{
		"a test":             {[]runtime.Frame{test, runner}, "sync_test.go:7", ""},
		"code under test":    {[]runtime.Frame{client, test, runner}, "sync_test.go:7", "client.go:7"},
		"code alone":         {[]runtime.Frame{client, exit}, "client.go:7", ""},
		"through an SDK":     {[]runtime.Frame{middleware, client, test, runner}, "sync_test.go:7", "client.go:7"},
		"through a vendored": {[]runtime.Frame{vendored, test, runner}, "sync_test.go:7", ""},
		"built with -trimpath": {[]runtime.Frame{frame(sdk+".Do", sdk+"@v1.5.4/a.go"), test, runner},
			"sync_test.go:7", ""},
		"a goroutine of an SDK":          {[]runtime.Frame{middleware, exit}, "pipeline.go:7", ""},
		"a goroutine of net's":           {[]runtime.Frame{proxy}, "", ""},
		"below a RoundTripper":           {[]runtime.Frame{retry, client, test, runner}, "sync_test.go:7", "retry.go:7"},
		"through a package of one's own": {[]runtime.Frame{facade, test, runner}, "sync_test.go:7", ""},
		"nowhere":                        {nil, "", ""},
	} {
		if got := Of(tt.stack, "example.com/mock/mocktest"); got != (Site{tt.line, tt.via}) {
			t.Errorf("%s: %q, want %q", name, got, Site{tt.line, tt.via})
		}
	}
}

func TestFilesAreRelativeToTheirModule(t *testing.T) {
	t.Parallel()
	modules := []string{"example.com/sync/tools", "example.com/sync"}
	for _, tt := range []struct{ function, file, want string }{
		{"example.com/sync.TestA", "/src/sync/a_test.go", "a_test.go:7"},
		{"example.com/sync_test.TestA", "/src/sync/a_test.go", "a_test.go:7"},
		{"example.com/sync/in/activities.TestA.func1", "/src/s/in/activities/a_test.go", "in/activities/a_test.go:7"},
		{"example.com/sync/activities_test.(*suite).TestA", "/src/s/activities/a_test.go", "activities/a_test.go:7"},
		{"example.com/sync/api_test.TestA", "/src/s/api_test/a_test.go", "api_test/a_test.go:7"},
		{"example.com/sync/api_test.TestA", "example.com/sync/api/a_test.go", "api/a_test.go:7"}, // -trimpath
		{"example.com/sync/tools/x.TestA", "/src/sync/tools/x/a_test.go", "x/a_test.go:7"},
		{"example.com/syncer/x.TestA", "/src/x/a_test.go", "a_test.go:7"},
		{"command-line-arguments.TestA", "/src/sync/a_test.go", "a_test.go:7"},
	} {
		frame := runtime.Frame{Function: tt.function, File: tt.file, Line: 7}
		if got := place(frame, modules); got != tt.want {
			t.Errorf("%s in %s: %s, want %s", tt.function, tt.file, got, tt.want)
		}
	}
}

func TestStackBeginsAtItsCaller(t *testing.T) {
	t.Parallel()
	if got := Of(Stack()).Line; got == "" || got[:len("server/internal/callsite/callsite_test.go:")] !=
		"server/internal/callsite/callsite_test.go:" {
		t.Errorf("got %q", got)
	}
}
