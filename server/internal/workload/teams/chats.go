package teams

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

func chat() *service.Behavior {
	return &service.Behavior{
		Type: chatType, LatestFirst: true,
		Pages:  &service.Pages{Usual: 20, Most: 50, ByToken: true}, // DOC chat-list
		NewKey: func(r *service.Random) string { return "19:" + hexOf(r) + "@thread.v2" },
		Order: []string{"id", "topic", "createdDateTime", "lastUpdatedDateTime", "chatType", "webUrl", "tenantId",
			"onlineMeetingInfo", "viewpoint"}, // REC
		Value: func(w *service.Write, name string) (any, bool) {
			if name == "lastUpdatedDateTime" { // OBS: messages don't move it
				return w.Seeded(name, w.Modified()), true
			}
			return service.Defaults(map[string]any{
				"topic": nil, "onlineMeetingInfo": nil, "viewpoint": map[string]any{
					"isHidden": false, "lastMessageReadDateTime": "0001-01-01T00:00:00Z",
				},
			})(w, name)
		},
		Show: func(r store.Reader, path string, chat map[string]any) {
			chat["tenantId"] = tenantOf(r)
			chat["webUrl"] = "https://teams.microsoft.com/l/chat/" + url.QueryEscape(keyOf(path)) + "/0?tenantId=" + tenantOf(r)
		},
		Create: createChat, Query: checkChats,
		Operations: map[string]service.Operation{
			"getAllMessages": allMessages(), "completeMigration": completeMigration, "sendActivityNotification": nothing,
			"markChatReadForUser":   viewed("lastMessageReadDateTime", func(c *service.Call) any { return c.Now.Text }),
			"markChatUnreadForUser": viewed("lastMessageReadDateTime", unreadSince),
			"hideForUser":           viewed("isHidden", func(*service.Call) any { return true }),
			"unhideForUser":         viewed("isHidden", func(*service.Call) any { return false }),
		},
	}
}

func unreadSince(c *service.Call) any {
	if since := c.Parameter("lastMessageReadDateTime"); since != nil {
		return since
	}
	return "0001-01-01T00:00:00Z"
}

// viewed changes how a user sees a chat (assumed: how all do).
func viewed(name string, value func(*service.Call) any) service.Operation {
	return func(c *service.Call) (service.Result, error) {
		e, err := c.Bound()
		if err != nil {
			return service.Result{}, err
		}
		view, _ := e.Properties["viewpoint"].(map[string]any)
		if view = maps.Clone(view); view == nil {
			view = map[string]any{}
		}
		view[name] = value(c)
		e.Properties["viewpoint"] = view
		c.Put(e)
		return service.Result{}, nil
	}
}

// createChat makes a chat: 201. One of two whom there is one of already is that one. DOC chat-post
func createChat(c *service.Call) (service.Result, error) {
	kind := textIn(c.Body, "chatType")
	if kind != "oneOnOne" && kind != "group" {
		return service.Result{}, service.Fail("chat-type-invalid", "{id}", kind)
	}
	roles := map[string][]any{}
	for _, each := range list(c.Body["members"]) {
		body, _ := each.(map[string]any)
		user, as, err := memberOf(c, body)
		if err != nil {
			return service.Result{}, err
		}
		roles[user] = as
	}
	_, isIn := roles["users/"+c.Caller.User.ID]
	if !isIn && !c.Caller.AppOnly || len(roles) == 0 || kind == "oneOnOne" && len(roles) != 2 {
		return service.Result{}, service.Fail("chat-members-invalid")
	}
	users := slices.Sorted(maps.Keys(roles))
	properties := map[string]any{"chatType": kind, "topic": c.Body["topic"]}
	if kind == "oneOnOne" {
		id := "19:" + keyOf(users[0]) + "_" + keyOf(users[1]) + "@unq.gbl.spaces" // DOC
		if e, found := c.Get("chats/" + id); found {
			return service.Result{Status: http.StatusCreated, Entity: e}, nil
		}
		properties["id"], properties["topic"] = id, nil
	}
	made := c.Create("chats", chatType, properties)
	for _, user := range users {
		putMember(c, made.Path, user, roles[user])
	}
	return service.Result{Status: http.StatusCreated, Entity: made}, nil
}

// checkChats refuses orders that lists of chats don't have. CODE
func checkChats(q *service.Query) *odata.Error {
	for _, key := range q.Options.OrderBy {
		if key.Path != "lastMessagePreview/createdDateTime" || !key.Descending {
			return wrong("$orderby", "QueryOptions to order by '"+key.Path+"' is not supported.")
		}
	}
	return tooMany(q)
}
