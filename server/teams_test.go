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

func TestMessagesOfTeamsAreTold(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	const weather = "teams/02bd9fd6-8f93-4758-87c3-1fb73740a315/channels/19:weather@thread.tacv2/messages"
	subscribe(t, s, weather, receiverURL, "created,updated")
	subscribe(t, s, "/chats/getAllMessages", receiverURL, "created")
	_, message := sent(t, s, "POST", "/"+weather, `{"body": {"content": "Fog"}}`)
	sent(t, s, "POST", "/"+weather+"/"+message["id"].(string)+"/setReaction", `{"reactionType": "like"}`)
	_, chat := sent(t, s, "POST", "/chats", `{"chatType": "oneOnOne", "members": [
		{"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"], "user@odata.bind": "https://graph.microsoft.com/v1.0/me"},
		{"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"],
			"user@odata.bind": "https://graph.microsoft.com/v1.0/users('adele@contoso.com')"}]}`)
	sent(t, s, "POST", "/chats/"+chat["id"].(string)+"/messages", `{"body": {"content": "Hello"}}`)
	if got := strings.Join(r.got(), " "); got != "created updated created" {
		t.Errorf("told %q", got)
	}
	if len(r.values) > 0 {
		if got := r.values[0]["resource"]; got != "teams('02bd9fd6-8f93-4758-87c3-1fb73740a315')/channels('19:weather@thread.tacv2')/messages('"+
			message["id"].(string)+"')" {
			t.Errorf("resource %s", got)
		}
	}
}
