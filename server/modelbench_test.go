package server_test

import (
	"fmt"
	"regexp"
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

// BenchmarkManyMessages compares a folder of 100,000 messages with one of a hundred: a page, a page
// of its delta, and a move from it and back. The ratios should be below 1.5.
func BenchmarkManyMessages(b *testing.B) {
	filled := func(messages int) (*server.Server, string) {
		s := newServer(b, server.Config{Journal: 1})
		entities := make([]map[string]any, messages)
		for i := range entities {
			entities[i] = map[string]any{
				"subject": fmt.Sprint("Message ", i), "body": map[string]any{"contentType": "text", "content": "Take a coat."},
				"createdDateTime": fmt.Sprintf("2025-%02d-%02dT%02d:%02d:%02dZ", 1+i%12, 1+i/12%28, i/336%24, i/8064%60, i/60%60),
			}
		}
		const folder = "/users/user@contoso.com/mailFolders/archive/messages"
		if err := s.Seed(&fixtures.Document{Resources: []fixtures.Resource{{Path: folder, Entities: entities}}}); err != nil {
			b.Fatal(err)
		}
		return s, request(b, s.Client(), "POST", "/v1.0/me/mailFolders/archive/messages", `{"subject":"To move"}`)
	}
	small, smallMessage := filled(100)
	large, largeMessage := filled(100_000)
	both := func(name string, send func(s *server.Server)) {
		b.Run(name, func(b *testing.B) { compare(b, func() { send(small) }, func() { send(large) }) })
	}
	both("Page", func(s *server.Server) {
		request(b, s.Client(), "GET", "/v1.0/me/mailFolders/archive/messages?$top=50", "")
	})
	both("DeltaPage", func(s *server.Server) {
		request(b, s.Client(), "GET", "/v1.0/me/mailFolders/archive/messages/delta", "")
	})
	ids := map[*server.Server]string{small: idIn(smallMessage), large: idIn(largeMessage)}
	both("Move", func(s *server.Server) {
		for _, to := range []string{"junkemail", "archive"} {
			ids[s] = idIn(request(b, s.Client(), "POST", "/v1.0/me/messages/"+ids[s]+"/move", `{"destinationId":"`+to+`"}`))
		}
	})
}

var firstID = regexp.MustCompile(`"id":"([^"]*)"`)

// idIn is the first id in a body.
func idIn(body string) string { return firstID.FindStringSubmatch(body)[1] }
