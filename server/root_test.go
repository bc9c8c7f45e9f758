package server_test

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm/csdl"
	msgraph "github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server"
)

// The service root says what there is to clients without a token, too.
func TestRootTellsWhatThereIs(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	for _, root := range []string{"/v1.0", "/beta/"} {
		res, text := send(t, s, "GET", root, nil, "Authorization", "")
		v, err := jsontext.Decode(text)
		if res.StatusCode != 200 || err != nil {
			t.Fatalf("%s: %s %s", root, res.Status, text)
		}
		document := v.(map[string]any)
		if want := "/" + strings.Trim(root, "/") + "/$metadata"; !strings.HasSuffix(document["@odata.context"].(string), want) {
			t.Errorf("%s: %v, want %s", root, document["@odata.context"], want)
		}
		kinds := map[any]any{}
		for _, set := range document["value"].([]any) {
			kinds[set.(map[string]any)["name"]] = set.(map[string]any)["kind"]
		}
		if kinds["users"] != "EntitySet" || kinds["me"] != "Singleton" || len(kinds) < 50 {
			t.Errorf("%s: %v", root, kinds)
		}
	}
	res, text := send(t, s, "GET", "/v1.0/$metadata", nil, "Authorization", "")
	m, err := csdl.Read("metadata", text)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/xml" || err != nil {
		t.Fatalf("%s %s: %v", res.Status, res.Header.Get("Content-Type"), err)
	}
	if got, want := m.Type("microsoft.graph.message"), msgraph.Model().Type("microsoft.graph.message"); got == nil ||
		len(got.Properties()) != len(want.Properties()) {
		t.Errorf("message is %+v, want %+v", got, want)
	}
	if v := s.Violating(); len(v) != 0 {
		t.Errorf("violations: %+v", v)
	}
}
