package server_test

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

func TestChatsSurviveASavedState(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	ask := func(method, path, body string) string {
		_, answer := send(t, s, method, "/v1.0"+path, strings.NewReader(body), "Content-Type", "application/json")
		return string(answer)
	}
	ask("POST", "/chats", `{"chatType": "group", "topic": "Ropes", "members": [
		{"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"], "user@odata.bind": "https://graph.microsoft.com/v1.0/me"},
		{"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"],
			"user@odata.bind": "https://graph.microsoft.com/v1.0/users('adele@contoso.com')"}]}`)
	before := ask("GET", "/me/chats", "")
	if !strings.Contains(before, "Ropes") {
		t.Fatal(before)
	}
	state := s.State()
	if err := s.SetState(state); err != nil {
		t.Fatal(err)
	}
	if after := ask("GET", "/me/chats", ""); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
	if teams := ask("GET", "/me/joinedTeams", ""); !strings.Contains(teams, "Trail crew") {
		t.Errorf("joined: %s", teams)
	}
}
