package scenarios

import (
	"maps"
	"net/http"
	"testing"
)

func TestExpressionsSeeNoCredentials(t *testing.T) {
	t.Parallel()
	x := &Exchange{Header: http.Header{"Authorization": {"a"}, "Proxy-Authorization": {"b"}, "Cookie": {"c"}, "cookie": {"d"}, "X-Trace": {"e", "f"}}}
	env, err := newEnvironment(x, nil, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"x-trace": "e, f"}; !maps.Equal(env.Request.Headers, want) {
		t.Errorf("got %v, want %v", env.Request.Headers, want)
	}
}
