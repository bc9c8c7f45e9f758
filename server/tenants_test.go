package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// Tenants beside the default one.
const (
	fabrikam = "0f1e2d3c-4b5a-4968-8776-655443322110"
	tailspin = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d"
)

// as sends a request with a token of a tenant and returns the response's status and body.
func as(t testing.TB, s *server.Server, tenant, line, body string) (status int, text string) {
	t.Helper()
	token, err := s.Token(server.TokenOptions{Tenant: tenant})
	if err != nil {
		t.Fatal(err)
	}
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequest(method, "https://graph.microsoft.com/v1.0"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body == "" {
		req.Body, req.ContentLength = http.NoBody, 0
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

func TestTenantsKnowNothingOfEachOther(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	if status, text := as(t, s, fabrikam, "POST /me/messages", `{"subject": "Only Fabrikam's"}`); status != 201 {
		t.Fatal(status, text)
	}
	if status, text := as(t, s, strings.ToUpper(fabrikam), "POST /me/messages", `{"sbject": "x"}`); status != 400 {
		t.Error(status, text)
	}
	for tenant, want := range map[string]bool{fabrikam: true, tailspin: false, "": false} {
		_, text := as(t, s, tenant, "GET /me/messages?$top=100", "")
		if got := strings.Contains(text, "Only Fabrikam's"); got != want || !strings.Contains(text, "The bridge at the mill") {
			t.Errorf("%s: %s", tenant, text)
		}
	}
	own, _ := s.Requests("")
	if v := s.Verdict(); len(own) != 1 || !v.Clean {
		t.Errorf("the default tenant has %d requests and %+v", len(own), v.Violations)
	}
	other, err := s.Tenant(fabrikam)
	if err != nil {
		t.Fatal(err)
	}
	if list, _ := other.Requests(""); len(list) != 3 || list[0].Tenant != fabrikam || other.Verdict().Clean {
		t.Errorf("Fabrikam has %+v", list)
	}
	v, kept, violating := s.Everything()
	if len(kept) != 5 || len(violating) != 1 || v.Clean || len(v.Violations) != 1 ||
		v.Violations[0].First != violating[0].ID || v.Coverage.Operations == nil {
		t.Errorf("in all: %d requests, %+v, %+v", len(kept), violating, v.Violations)
	}
	seen := map[int64]bool{}
	for _, e := range kept {
		if seen[e.ID] {
			t.Errorf("two exchanges have the id %d", e.ID)
		}
		seen[e.ID] = true
	}
	if err := other.Reset(); err != nil {
		t.Fatal(err)
	}
	if _, text := as(t, s, fabrikam, "GET /me/messages?$top=100", ""); strings.Contains(text, "Only Fabrikam's") {
		t.Error("a reset did nothing")
	}
	if list := s.TakeAllViolating(); len(list) != 0 {
		t.Errorf("after it there are %+v", list)
	}
}

func TestControlOfTenants(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	ask := func(method, path string) (int, string) {
		t.Helper()
		res, text := send(t, s, method, control+path, nil)
		return res.StatusCode, string(text)
	}
	if status, text := ask("GET", "/verdict?tenant="+fabrikam); status != 404 || !strings.Contains(text, "there is no tenant") {
		t.Errorf("before there is one: %d %s", status, text)
	}
	if status, text := ask("POST", "/reset?tenant=x"); status != 404 || !strings.Contains(text, "expected a GUID") {
		t.Errorf("no id: %d %s", status, text)
	}
	if status, text := ask("GET", "/requests?tenant="); status != 400 {
		t.Errorf("an empty one: %d %s", status, text)
	}
	if status, text := ask("POST", "/reset?tenant="+fabrikam); status != 200 {
		t.Errorf("a new one: %d %s", status, text)
	}
	as(t, s, fabrikam, "GET /me", "")
	if status, text := ask("GET", "/requests?limit=5&tenant="+strings.ToUpper(fabrikam)); status != 200 ||
		strings.Count(text, `"GET"`) != 1 {
		t.Errorf("requests: %d %s", status, text)
	}
	if _, text := ask("GET", "/requests"); strings.TrimSpace(text) != "[]" {
		t.Errorf("the default tenant has %s", text)
	}
	var all []server.TenantInfo
	_, text := ask("GET", "/tenants")
	if err := json.Unmarshal([]byte(text), &all); err != nil || len(all) != 2 || !all[0].Default || all[1].ID != fabrikam ||
		all[1].Requests != 1 {
		t.Errorf("tenants: %s", text)
	}
	if status, text := ask("DELETE", "/tenants/"+tailspin); status != 404 {
		t.Errorf("one that is not there: %d %s", status, text)
	}
	if status, text := ask("DELETE", "/tenants/"+all[0].ID); status != 404 {
		t.Errorf("the default one: %d %s", status, text)
	}
	if status, text := ask("DELETE", "/tenants/"+fabrikam); status != 200 || strings.Contains(text, fabrikam) {
		t.Errorf("forgotten: %d %s", status, text)
	}
}

func TestTenantsAreBounded(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var notes []string
	s := newServer(t, server.Config{MaxTenants: 2, Observe: func(e server.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		if e.Note != "" {
			notes = append(notes, e.Note)
		}
	}})
	id := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
	for _, n := range []int{1, 2, 1, 3} {
		as(t, s, id(n), "GET /me", "")
	}
	list := s.Tenants()
	if len(list) != 3 || list[1].ID != id(1) || list[2].ID != id(3) {
		t.Errorf("there are %+v", list)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], id(2)) {
		t.Errorf("it was said that %q", notes)
	}
	strict := newServer(t, server.Config{Auth: server.AuthStrict})
	forged := "eyJhbGciOiJub25lIn0.eyJ0aWQiOiIwZjFlMmQzYy00YjVhLTQ5NjgtODc3Ni02NTU0NDMzMjIxMTAifQ."
	if res := callWith(t, strict, "GET /me", forged); res.StatusCode != 401 || len(strict.Tenants()) != 1 {
		t.Errorf("a forged token: %s, and there are %+v", res.Status, strict.Tenants())
	}
}

// TestSuitesSideBySide: each has a tenant, and none meets another's.
func TestSuitesSideBySide(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	const suites, requests = 200, 50
	var all sync.WaitGroup
	for n := range suites {
		all.Go(func() {
			id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
			for i := range requests {
				as(t, s, id, "POST /me/messages", fmt.Sprintf(`{"subject": "%d of %d"}`, i, n))
			}
		})
	}
	all.Wait()
	for n := range suites {
		tenant, err := s.Tenant(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
		if err != nil {
			t.Fatal(err)
		}
		list, _ := tenant.Requests("POST /me/messages")
		_, text := as(t, s, tenant.Tenants()[0].ID, "GET /me/messages?$top=200", "")
		if len(list) != requests || !tenant.Verdict().Clean || strings.Count(text, fmt.Sprintf(` of %d"`, n)) < requests {
			t.Errorf("suite %d: %d requests, %v", n, len(list), tenant.Verdict().Violations)
		}
		for other := range suites {
			if other != n && strings.Contains(text, fmt.Sprintf(`"0 of %d"`, other)) {
				t.Errorf("suite %d sees what is of %d", n, other)
			}
		}
	}
}

func TestRulesCanBeForOneTenant(t *testing.T) {
	t.Parallel()
	scenario, err := scenarios.Parse("one.yaml", []byte(`version: 1
name: one
rules:
  - when: { request: GET /me, tenant: `+fabrikam+` }
    reply: forbidden
  - when: { request: GET /me/messages, token: { user: user@contoso.com }, tenant: { not: `+fabrikam+` } }
    reply: { status: 200, body: { value: [{ subject: "of ${token.tenant}" }] } }
`), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Scenarios: []*scenarios.Scenario{scenario}})
	for line, want := range map[string][2]int{"GET /me": {403, 200}, "GET /me/messages": {200, 200}} {
		for i, tenant := range []string{fabrikam, tailspin} {
			status, text := as(t, s, tenant, line, "")
			if status != want[i] || strings.Contains(text, "of "+tailspin) != (line == "GET /me/messages" && i == 1) {
				t.Errorf("%s of %s: %d %s", line, tenant, status, text)
			}
		}
	}
}
