package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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

const crew = "/teams/02bd9fd6-8f93-4758-87c3-1fb73740a315"

// TestTeamsComeBackWithTheirGroups: with channels, messages and members.
func TestTeamsComeBackWithTheirGroups(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	channels := func() string {
		_, got := sent(t, s, "GET", crew+"/channels?$select=displayName", "")
		return fmt.Sprint(got["value"])
	}
	members := func() string {
		_, got := sent(t, s, "GET", crew+"/members", "")
		var names []string
		for _, v := range got["value"].([]any) {
			names = append(names, fmt.Sprint(v.(map[string]any)["displayName"], v.(map[string]any)["roles"]))
		}
		slices.Sort(names)
		return fmt.Sprint(names)
	}
	before, who := channels(), members()
	group := strings.TrimPrefix(crew, "/teams/")
	if status, got := sent(t, s, "DELETE", "/groups/"+group, ""); status != 204 {
		t.Fatalf("%d %v", status, got)
	}
	if status, _ := sent(t, s, "GET", crew, ""); status != 404 {
		t.Errorf("without its group: %d", status)
	}
	if status, got := sent(t, s, "POST", "/directory/deletedItems/"+group+"/restore", ""); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	if status, got := sent(t, s, "GET", crew, ""); status != 200 || got["displayName"] != "Trail crew" {
		t.Errorf("%d %v", status, got)
	}
	if after := channels(); after != before || !strings.Contains(after, "Weather") {
		t.Errorf("the channels are %s, and were %s", after, before)
	}
	if after := members(); after != who {
		t.Errorf("the members are %s, and were %s", after, who)
	}
	if _, got := sent(t, s, "GET", crew+"/channels/19:weather@thread.tacv2/messages", ""); len(got["value"].([]any)) != 2 {
		t.Errorf("the messages are %v", got)
	}
	if _, got := sent(t, s, "GET", "/me/joinedTeams", ""); !strings.Contains(fmt.Sprint(got), "Trail crew") {
		t.Errorf("joined: %v", got)
	}
	if status, got := sent(t, s, "POST", crew+"/channels/19:weather@thread.tacv2/messages", `{"body": {"content": "Sun"}}`); status != 201 {
		t.Errorf("a message: %d %v", status, got)
	}
}

func TestOperationsOfTeamsSayWhenToAsk(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	res, text := send(t, s, "POST", "/v1.0/teams", strings.NewReader(`{"displayName": "Ropes",
		"template@odata.bind": "https://graph.microsoft.com/v1.0/teamsTemplates('standard')"}`))
	if res.StatusCode != 202 || res.Header.Get("Retry-After") != "2" {
		t.Fatalf("%s %v %s", res.Status, res.Header, text)
	}
	at := "/v1.0" + res.Header.Get("Location")
	for _, want := range []struct{ after, wait, status string }{
		{"0s", "2", "notStarted"}, {"600ms", "2", "inProgress"}, {"1s", "1", "inProgress"}, {"1s", "", "succeeded"},
	} {
		by, _ := time.ParseDuration(want.after)
		if err := s.Advance(by); err != nil {
			t.Fatal(err)
		}
		res, text := send(t, s, "GET", at, nil)
		if got := res.Header.Get("Retry-After"); got != want.wait || !strings.Contains(string(text), want.status) {
			t.Errorf("after %s more: Retry-After %q, want %q: %s", want.after, got, want.wait, text)
		}
	}
}

func TestArchivedTeamsAreReadOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	const weather = crew + "/channels/19:weather@thread.tacv2"
	writes := []struct{ method, path, body string }{
		{"POST", weather + "/messages", `{"body": {"content": "Fog"}}`},
		{"POST", weather + "/messages/1770000000001/replies", `{"body": {"content": "Fog"}}`},
		{"PATCH", weather + "/messages/1770000000001", `{"body": {"content": "Fog"}}`},
		{"POST", weather + "/messages/1770000000001/setReaction", `{"reactionType": "like"}`},
		{"PATCH", weather, `{"description": "Of the ridge"}`},
		{"POST", crew + "/channels", `{"displayName": "Tools"}`},
	}
	if status, _ := sent(t, s, "POST", crew+"/archive", ""); status != 202 {
		t.Fatal(status)
	}
	for _, w := range writes {
		if status, got := sent(t, s, w.method, w.path, w.body); status != 403 {
			t.Errorf("archived: %s %s: %d %v", w.method, w.path, status, got)
		}
	}
	if status, _ := sent(t, s, "GET", weather+"/messages", ""); status != 200 {
		t.Errorf("read: %d", status)
	}
	sent(t, s, "POST", crew+"/unarchive", "")
	for _, w := range writes {
		if status, got := sent(t, s, w.method, w.path, w.body); status/100 != 2 {
			t.Errorf("unarchived: %s %s: %d %v", w.method, w.path, status, got)
		}
	}
	if status, got := sent(t, s, "POST", weather+"/messages/1770000000001/setReaction", `{}`); status != 400 {
		t.Errorf("no reaction: %d %v", status, got)
	}
}

// TestFunctionsThatListHavePages: getAllMessages goes on to its end, as searches do.
func TestFunctionsThatListHavePages(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const weather = crew + "/channels/19:weather@thread.tacv2/messages"
	for i := range 3 {
		made := u.want(201, "POST", weather, fmt.Sprintf(`{"body": {"content": "%d"}}`, i))
		u.want(201, "POST", weather+"/"+made["id"].(string)+"/replies", `{"body": {"content": "yes"}}`)
		u.want(201, "PUT", fmt.Sprintf("/me/drive/root:/many/%d.txt:/content", i), "x")
	}
	for start, want := range map[string]int{
		crew + "/channels/getAllMessages?$top=3":             8,
		crew + "/channels/getAllMessages?$top=2&$select=id":  8,
		"/me/drive/root/search(q='txt')?$top=2&$select=name": 5,
	} {
		seen, pages := 0, 0
		for next := start; next != ""; pages++ {
			page := u.want(200, "GET", next, "")
			for _, v := range page["value"].([]any) {
				seen++
				if strings.Contains(start, "$select") && len(v.(map[string]any)) > 2 {
					t.Errorf("%s: %v", next, v)
				}
			}
			link, _ := page["@odata.nextLink"].(string)
			_, next, _ = strings.Cut(link, "/v1.0")
		}
		if seen != want || pages != (want+2)/3 && pages != (want+1)/2 {
			t.Errorf("%s: %d in %d pages, want %d", start, seen, pages, want)
		}
	}
}
