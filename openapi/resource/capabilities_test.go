package resource

import (
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
)

// TestCapabilitiesOfPaths: what Graph's metadata says of a set, a navigation property or
// a type holds for every path that leads to its entities.
func TestCapabilitiesOfPaths(t *testing.T) {
	t.Parallel()
	tree := NewTree(graph.Model())
	countable := func(c edm.Capabilities) edm.Support { return c.Countable }
	tracked := func(c edm.Capabilities) edm.Support { return c.ChangeTracking }
	for path, c := range map[string]struct {
		of   func(edm.Capabilities) edm.Support
		want edm.Support
	}{
		"/subscriptions":        {countable, edm.Unsupported},
		"/subscriptions/{}":     {countable, edm.Unsupported},
		"/subscriptions/$count": {countable, edm.Unsupported},
		"/users":                {countable, edm.Unsaid},
		"/me/messages":          {countable, edm.Unsaid},
		"/directoryObjects":     {countable, edm.Supported},
		"/directoryObjects/{}/microsoft.graph.user": {countable, edm.Supported},
		"/applications/{}":                          {func(c edm.Capabilities) edm.Support { return c.Upsertable }, edm.Supported},
		"/users/delta":                              {tracked, edm.Supported},
		"/users/{}/employeeExperience":              {countable, edm.Unsaid},
		"/employeeExperience":                       {countable, edm.Unsupported},
		"/users/{}/chats/getAllMessages":            {tracked, edm.Supported},
		"/users/{}/sendMail":                        {countable, edm.Unsaid},
		"/me/messages/{}":                           {func(c edm.Capabilities) edm.Support { return c.Expandable }, edm.Unsaid},
		"":                                          {countable, edm.Unsaid},
	} {
		n := tree.Resolve(path)
		if n == nil {
			t.Fatalf("%s is no path", path)
		}
		if got := c.of(n.Capabilities()); got != c.want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if tree.Resolve("/me/messages").Property.Capabilities().Expandable != edm.Unsupported {
		t.Error("users can be read with their messages")
	}
	if got := tree.Resolve("/groups").Capabilities().NonExpandable; len(got) != 1 || got[0] != "onPremisesSyncBehavior" {
		t.Errorf("%v", got)
	}
}
