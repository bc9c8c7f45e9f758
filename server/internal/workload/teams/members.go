package teams

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

func member() *service.Behavior {
	return &service.Behavior{
		Type: memberType, NotFound: "thread-not-found", Typed: true,
		Order: []string{"id", "roles", "displayName", "visibleHistoryStartDateTime", "userId", "email", "tenantId"}, // REC
		Value: service.Defaults(map[string]any{
			"roles": []any{}, "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
		}),
		Index: func(w *service.Write) []store.Index {
			user, _ := w.Property("userId").(string)
			return []store.Index{{Name: byUser, Value: strings.ToLower(user)}}
		},
		Show: showMember, Changed: memberChanged, Create: addMember, Check: checkMember, Remove: removeMember,
		Operations: map[string]service.Operation{"add": addMembers, "remove": removeMembers},
	}
}

// showMember tells who a member is.
func showMember(r store.Reader, path string, member map[string]any) {
	user, _ := member["userId"].(string)
	e, found := service.Read(r, "users/"+strings.ToLower(user))
	if !found {
		return
	}
	for name, of := range map[string]string{"displayName": "displayName", "email": "mail"} {
		if member[name] == nil {
			member[name] = e.Properties[of]
		}
	}
	member["tenantId"] = tenantOf(r)
}

// byUser is the index of members by their users.
const byUser = "userId"

// memberChanged links a team or a chat to who is in it: so it is found what somebody has joined.
func memberChanged(tx store.Tx, c service.Change) {
	user := text(tx, c.Collection+"/"+c.ID, "userId")
	if thread := threadOf(c.Collection); !c.Deleted && user != "" && strings.Count(thread, "/") == 1 {
		tx.Link(service.Unsaved+thread, "users/"+strings.ToLower(user))
	}
}

// joined returns the function that leads from a user to the teams or chats where the user is a
// member.
func joined(set string) func(store.Reader, string) []string {
	return func(r store.Reader, user string) (all []string) {
		for _, links := range r.Referrers(user) {
			thread, is := strings.CutPrefix(links, service.Unsaved+set)
			if _, stays := r.Find(set+thread+"/members", byUser, keyOf(user)); is && stays {
				all = append(all, set+thread)
			}
		}
		return all
	}
}

// memberOf reads who is to be a member, as what. CODE: clients in all languages send
// user@odata.bind
func memberOf(c *service.Call, body map[string]any) (user string, roles []any, err error) {
	for _, role := range list(body["roles"]) {
		if name, _ := role.(string); name != "owner" && name != "guest" {
			return "", nil, service.Fail("member-role-invalid", "{id}", name)
		}
	}
	bound, _ := body["user@odata.bind"].(string)
	if bound == "" {
		return "", nil, service.Fail("member-user-missing")
	}
	if user, err = c.Locate(bound); err != nil {
		return "", nil, err
	}
	if _, found := c.Get(user); !found && user != "users/"+c.Caller.User.ID || !strings.HasPrefix(user, "users/") {
		return "", nil, service.Fail("team-user-unknown", "{id}", keyOf(user))
	}
	return user, list(body["roles"]), nil
}

// memberKey is the id of a member. REC, decoded
func memberKey(r store.Reader, thread, user string) string {
	kind, id := "1", keyOf(thread)
	switch {
	case strings.HasPrefix(thread, "chats/"):
		kind = "0"
	case !strings.Contains(thread, "/channels/"):
		id = text(r, thread, "internalId")
	}
	return encoded("0##" + kind + "##" + tenantOf(r) + "##" + id + "##" + keyOf(user))
}

// putMember makes a user a member of what has a path, or changes its roles.
func putMember(c *service.Call, thread, user string, roles []any) *service.Entity {
	key := memberKey(c.Tx, thread, user)
	properties := map[string]any{"id": key, "userId": keyOf(user), "roles": slices.Concat([]any{}, roles)}
	if e, found := c.Get(thread + "/members/" + strings.ReplaceAll(key, "/", "\x01")); found {
		e.Properties["roles"] = properties["roles"]
		return c.Put(e)
	}
	return c.Create(thread+"/members", personType, properties)
}

// threadOf is the path of what a collection of members is of.
func threadOf(collection string) string { return strings.TrimSuffix(collection, "/members") }

// teamGroup is the path of the group whose members are those of a thread, "" where it has its own.
func teamGroup(thread string) string {
	if id, is := strings.CutPrefix(thread, "teams/"); is && !strings.Contains(id, "/") {
		return "groups/" + id
	}
	return ""
}

// addMember adds a member: 201. Who is one already stays one (assumed). DOC team-post-members
func addMember(c *service.Call) (service.Result, error) {
	e, err := add(c, c.Body)
	if err != nil {
		return service.Result{}, err
	}
	return service.Result{Status: http.StatusCreated, Entity: e}, nil
}

func add(c *service.Call, body map[string]any) (*service.Entity, error) {
	thread := threadOf(c.Collection())
	user, roles, err := memberOf(c, body)
	if err != nil {
		return nil, err
	}
	if text(c.Tx, thread, "chatType") == "oneOnOne" {
		return nil, service.Fail("member-of-pair")
	}
	group := teamGroup(thread)
	if group == "" {
		e := putMember(c, thread, user, roles)
		if from, is := body["visibleHistoryStartDateTime"].(string); is {
			e.Properties["visibleHistoryStartDateTime"] = from
			e = c.Put(e)
		}
		return e, nil
	}
	if slices.Contains(roles, any("owner")) {
		c.Relink(service.StoredLink{Collection: group + "/owners", Target: user})
	}
	c.Relink(service.StoredLink{Collection: group + "/members", Target: user})
	return putMember(c, thread, user, rolesIn(c.Tx, group, user)), nil
}

// rolesIn are those of a user in a team, as the group has it.
func rolesIn(r store.Reader, group, user string) []any {
	if r.Linked(group+"/owners", user) {
		return []any{"owner"}
	}
	return []any{}
}

// groupRelinked lets the members of a team follow those of its group. DOC: they are the same
func groupRelinked(tx store.Tx, c service.Change, l service.StoredLink) {
	thread := "teams/" + c.ID
	if _, is := tx.Get("teams", c.ID); !is || !strings.HasPrefix(l.Target, "users/") {
		return
	}
	group, call := "groups/"+c.ID, c.Call(tx)
	switch property := l.Collection[strings.LastIndexByte(l.Collection, '/')+1:]; {
	case property != "members" && property != "owners":
	case tx.Linked(group+"/members", l.Target) || tx.Linked(group+"/owners", l.Target):
		putMember(call, thread, l.Target, rolesIn(tx, group, l.Target))
	default:
		call.Delete(thread + "/members/" + strings.ReplaceAll(memberKey(tx, thread, l.Target), "/", "\x01"))
	}
}

// checkMember lets the owners of a group follow the roles of the members of its team.
func checkMember(c *service.Call, w *service.Write) error {
	roles := list(w.Sent["roles"])
	for _, role := range roles {
		if name, _ := role.(string); name != "owner" && name != "guest" {
			return service.Fail("member-role-invalid", "{id}", name)
		}
	}
	group, user := teamGroup(threadOf(c.Collection())), "users/"+textIn(w.Sent, "userId")
	link := service.StoredLink{Collection: group + "/owners", Target: user}
	switch owns := slices.Contains(roles, any("owner")); {
	case group == "":
	case owns:
		c.Relink(link)
	case isLastOwner(c, link):
		return service.Fail("last-owner")
	default:
		c.Unlink(link)
	}
	return nil
}

func isLastOwner(c *service.Call, l service.StoredLink) bool {
	return c.Tx.Linked(l.Collection, l.Target) && len(c.Links(strings.TrimSuffix(l.Collection, "/owners"), "owners")) == 1
}

// removeMember takes a member of a team from its group, too. DOC team-delete-members
func removeMember(c *service.Call) (done bool, err error) {
	e, err := c.Bound()
	if err != nil {
		return false, err
	}
	return true, remove(c, e)
}

func remove(c *service.Call, e *service.Entity) error {
	thread := threadOf(e.Path[:strings.LastIndexByte(e.Path, '/')])
	group, user := teamGroup(thread), "users/"+e.Text("userId")
	switch {
	case text(c.Tx, thread, "chatType") == "oneOnOne":
		return service.Fail("member-of-pair")
	case group != "" && isLastOwner(c, service.StoredLink{Collection: group + "/owners", Target: user}):
		return service.Fail("last-owner")
	case group != "":
		c.Unlink(service.StoredLink{Collection: group + "/owners", Target: user})
		c.Unlink(service.StoredLink{Collection: group + "/members", Target: user})
	}
	c.Delete(e.Path)
	return nil
}

// addMembers adds several members, and says of each what became of it. DOC
// conversationmembers-add
func addMembers(c *service.Call) (service.Result, error) {
	return eachOf(c, func(body map[string]any) error {
		_, err := add(c, body)
		return err
	})
}

// removeMembers removes several: 204, or 207 with what became of each if some stay. DOC
// conversationmember-remove
func removeMembers(c *service.Call) (service.Result, error) {
	all, err := eachOf(c, func(body map[string]any) error {
		user, _, err := memberOf(c, body)
		if err != nil {
			return err
		}
		thread := threadOf(c.Collection())
		e, found := c.Get(thread + "/members/" + strings.ReplaceAll(memberKey(c.Tx, thread, user), "/", "\x01"))
		if !found {
			return service.Fail("team-user-unknown", "{id}", keyOf(user))
		}
		return remove(c, e)
	})
	stays := func(result any) bool { return result.(map[string]any)["error"] != nil }
	if results, _ := all.Value.([]any); err != nil || !slices.ContainsFunc(results, stays) {
		return service.Result{}, err
	}
	all.Status = http.StatusMultiStatus
	return all, nil
}

func eachOf(c *service.Call, do func(body map[string]any) error) (service.Result, error) {
	results := []any{}
	for _, each := range list(c.Parameter("values")) {
		body, _ := each.(map[string]any)
		result := map[string]any{"@odata.type": "#" + personType + "Result", "userId": nil, "error": nil}
		if user, err := c.Locate(textIn(body, "user@odata.bind")); err == nil {
			result["userId"] = keyOf(user)
		}
		if err := do(body); err != nil {
			code, message := service.CodeOf(err)
			result["error"] = map[string]any{"code": code, "message": message}
		}
		results = append(results, result)
	}
	return service.Result{Value: results}, nil
}

func textIn(body map[string]any, name string) string {
	value, _ := body[name].(string)
	return value
}

// number is a whole number as bodies have it.
func number(value any) string {
	switch n := value.(type) {
	case json.Number:
		return n.String()
	case string:
		return n
	}
	return ""
}
