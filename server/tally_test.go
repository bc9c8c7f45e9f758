package server_test

import (
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// TestFirstIsTheEarliestExchange counts two exchanges in the order in which two
// goroutines may come to it, which is not that of the journal.
func TestFirstIsTheEarliestExchange(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	body := openapi.Violation{Operation: "op", Side: openapi.RequestSide, In: openapi.InBody, Rule: "required", Pointer: "/a"}
	line := openapi.Violation{Side: openapi.RequestSide, In: openapi.InPath, Rule: "path-unknown", Pointer: "/b"}
	for _, e := range []server.Exchange{
		{ID: 5, Method: "PUT", Path: "/b"}, {ID: 3, Method: "PUT", Path: "/b"}, {ID: 7, Method: "PUT", Path: "/b"},
	} {
		e.Violations = []openapi.Violation{body, line}
		server.Count(s, &e)
	}
	v := s.Verdict()
	if len(v.Violations) != 2 || len(v.Unmatched) != 1 {
		t.Fatalf("got %+v", v)
	}
	for _, g := range v.Violations {
		if g.Count != 3 || g.First != 3 {
			t.Errorf("%s: %d exchanges, the first %d; want 3, the first 3", g.Rule, g.Count, g.First)
		}
	}
	if u := v.Unmatched[0]; u.Count != 3 || u.First != 3 {
		t.Errorf("unmatched: %d exchanges, the first %d; want 3, the first 3", u.Count, u.First)
	}
}

// TestGroupNamesThePlaceOfItsFirstExchange has violations of one group at two
// paths.
func TestGroupNamesThePlaceOfItsFirstExchange(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	v := openapi.Violation{Operation: "op", Side: openapi.RequestSide, In: openapi.InBody, Rule: "required", Pointer: "/a"}
	server.Count(s, &server.Exchange{ID: 2, Method: "PUT", Path: "/later", Violations: []openapi.Violation{v}})
	server.Count(s, &server.Exchange{ID: 1, Method: "PUT", Path: "/first", Violations: []openapi.Violation{v}})
	if got := s.Verdict().Violations[0].Where; got != "PUT /first" {
		t.Errorf("the group is at %q, want PUT /first", got)
	}
}
