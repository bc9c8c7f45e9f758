package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// callWith sends a request with a token of its own.
func callWith(t *testing.T, s *server.Server, line, token string) *http.Response {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequest(method, "https://graph.microsoft.com/v1.0"+path, strings.NewReader(`{"subject":"Rain"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	if method == "GET" {
		req.Header.Del("Content-Type")
		req.Body, req.ContentLength = http.NoBody, 0
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res
}

func TestPermissionsThatWereNeeded(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	token := func(o server.TokenOptions) string {
		text, err := s.Token(o)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	user := token(server.TokenOptions{Scopes: []string{"Mail.ReadWrite", "Sites.Read.All", "openid"}})
	for _, line := range []string{"GET /me/messages", "GET /me/messages", "POST /me/messages"} {
		if res := callWith(t, s, line, user); res.StatusCode >= 300 {
			t.Errorf("%s: %s", line, res.Status)
		}
	}
	if res := callWith(t, s, "GET /groups", user); res.StatusCode != 403 {
		t.Errorf("groups: %s", res.Status)
	}
	callWith(t, s, "GET /users", token(server.TokenOptions{AppOnly: true}))
	p := s.Permissions()
	for what, got := range map[string][]string{
		"Group.ReadBasic.All Mail.ReadWrite": p.Delegated, // what reads less than it writes is left out
		"User.ReadBasic.All":                 p.Application,
		"Sites.Read.All":                     p.Beyond,
	} {
		if strings.Join(got, " ") != what {
			t.Errorf("got %q, want %s", got, what)
		}
	}
	var lines []string
	for _, o := range p.Operations {
		lines = append(lines, fmt.Sprint(o.Operation, " ", o.Requests))
	}
	if want := []string{"GET /groups 1", "GET /me/messages 2", "POST /me/messages 1", "GET /users 1"}; !slices.Equal(lines, want) {
		t.Errorf("got %q", lines)
	}
	var answered struct {
		Delegated []string `json:"delegated"`
	}
	if _, text := send(t, s, "GET", control+"/permissions", nil); json.Unmarshal(text, &answered) != nil ||
		!slices.Equal(answered.Delegated, p.Delegated) {
		t.Errorf("the endpoint says %s", text)
	}
	v := s.Verdict()
	if v.Bound([]string{"mail.readwrite", "User.Read.All"}); v.Clean || len(v.Failures) != 1 ||
		v.Failures[0].Operation != "GET /groups" {
		t.Errorf("bound: %+v", v.Failures)
	}
	s.Reset()
	if p := s.Permissions(); len(p.Operations)+len(p.Beyond) > 0 {
		t.Errorf("after a reset: %+v", p)
	}
}
