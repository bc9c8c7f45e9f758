package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

func TestGuidanceSaysWhatIsCertain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, server.Config{PageSize: 5})
		get := func(path string, header ...string) {
			t.Helper()
			req, _ := http.NewRequest("GET", graph+"/v1.0"+path, nil)
			req.Header = http.Header{"Authorization": {"Bearer x"}, "Client-Request-Id": header}
			if len(header) == 0 {
				req.Header.Del("Client-Request-Id")
			}
			res, err := s.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
		}
		rules := func() []string {
			var all []string
			for _, g := range s.Verdict().Guidance {
				all = append(all, strings.TrimPrefix(g.Rule, "guidance-")+" "+g.Operation)
			}
			return all
		}
		get("/me/messages?$select=subject", "a")
		get("/users/adele@contoso.com", "a")
		get("/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/threads", "a") // with few properties
		get("/me/messages?$top=nonsense", "a")                           // a violation is none
		if got := rules(); len(got) != 0 {
			t.Errorf("a client that does all right is told %q", got)
		}
		get("/me/messages")
		get("/me/messages?$top=5&$select=subject&$skip=5", "a")
		if err := s.Script("GET /me/todo/lists", scenarios.Throttle(30*time.Second), scenarios.Pass, scenarios.Throttle(30*time.Second)); err != nil {
			t.Fatal(err)
		}
		get("/me/todo/lists", "a")
		get("/me/todo/lists", "a") // too early
		get("/me/todo/lists", "a")
		time.Sleep(30 * time.Second) // the bubble's
		get("/me/todo/lists", "a")
		want := []string{"client-request-id ", "select GET /me/messages", "next-link GET /me/messages", "retry-after GET /me/todo/lists"}
		v := s.Verdict()
		if got := rules(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, g := range v.Guidance {
			if g.Count != 1 || g.Where == "" || g.First == 0 {
				t.Errorf("got %+v", g)
			}
		}
		if len(v.Violations) != 1 {
			t.Errorf("there are %+v", v.Violations)
		}
	})
}
