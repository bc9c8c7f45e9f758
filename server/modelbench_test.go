package server_test

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server"
)

// BenchmarkModel compares requests for what Graph's model alone tells of with the upsert of a
// history item. The ratios should be below 1.5.
func BenchmarkModel(b *testing.B) {
	s := newServer(b, server.Config{Journal: 1})
	c, n := s.Client(), 0
	for name, send := range map[string]func(){
		"CreateMessage": func() {
			request(b, c, "POST", "/v1.0/me/messages", `{"subject":"Rain","body":{"contentType":"text","content":"Take a coat."}}`)
		},
		"GetUser":   func() { request(b, c, "GET", "/v1.0/users/adele@contoso.com", "") },
		"ListUsers": func() { request(b, c, "GET", "/v1.0/users?$top=5", "") },
		"PatchGroup": func() {
			n++
			request(b, c, "PATCH", "/v1.0/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315", fmt.Sprintf(`{"description":"%d"}`, n))
		},
	} {
		b.Run(name, func(b *testing.B) {
			compare(b, func() { upsert(b, c, graph, seedItem) }, send)
		})
	}
}

// BenchmarkMillionUsers compares a tenant of a million users with one of a thousand. The ratios
// should be below 1.2.
func BenchmarkMillionUsers(b *testing.B) {
	filled := func(users int) *server.Server {
		s := newServer(b, server.Config{Journal: 1})
		var entities []map[string]any
		for i := range users {
			entities = append(entities, map[string]any{
				"id": guidOf(uint64(i)), "displayName": fmt.Sprint("User ", i), "userPrincipalName": fmt.Sprintf("user%d@contoso.com", i),
			})
		}
		if err := s.Seed(&fixtures.Document{Resources: []fixtures.Resource{{Path: "/users", Entities: entities}}}); err != nil {
			b.Fatal(err)
		}
		return s
	}
	small, large := filled(1000).Client(), filled(1_000_000).Client()
	n := 0
	b.Run("Get", func(b *testing.B) {
		get := "/v1.0/users/" + guidOf(500)
		compare(b, func() { request(b, small, "GET", get, "") }, func() { request(b, large, "GET", get, "") })
	})
	b.Run("Create", func(b *testing.B) {
		body := func() string {
			n++
			return fmt.Sprintf(`{"accountEnabled":true,"displayName":"New","mailNickname":"n%d","userPrincipalName":"n%[1]d@contoso.com",`+
				`"passwordProfile":{"password":"Xw7!kdk2"}}`, n)
		}
		compare(b, func() { request(b, small, "POST", "/v1.0/users", body()) }, func() { request(b, large, "POST", "/v1.0/users", body()) })
	})
}
