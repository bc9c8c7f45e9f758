package teams

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

func message() *service.Behavior {
	return &service.Behavior{
		Type: messageType, NotFound: "thread-not-found", LatestFirst: true, Quiet: true,
		Pages: &service.Pages{Usual: 20, Most: maxTop, ByToken: true}, // DOC channel-list-messages
		Order: []string{"id", "replyToId", "etag", "messageType", "createdDateTime", "lastModifiedDateTime",
			"lastEditedDateTime", "deletedDateTime", "subject", "summary", "chatId", "importance", "locale", "webUrl",
			"channelIdentity", "policyViolation", "eventDetail", "from", "body", "attachments", "mentions",
			"reactions"}, // REC
		Value: messageValue, Show: showMessage, Create: postMessage, Check: checkMessage, Query: checkMessages, Search: findMessages,
		Operations: map[string]service.Operation{
			"softDelete":     changed(func(c *service.Call, m map[string]any) { m["deletedDateTime"] = c.Now.Text }),
			"undoSoftDelete": changed(func(c *service.Call, m map[string]any) { m["deletedDateTime"] = nil }),
			"setReaction":    changed(setReaction), "unsetReaction": changed(unsetReaction),
		},
	}
}

// A thread is where a message is.
type thread struct{ team, channel, chat, parent string }

// threadIn reads the path of a collection of messages.
func threadIn(collection string) (t thread) {
	parts := strings.Split(collection, "/")
	key := func(i int) string {
		if i < len(parts) {
			return service.KeyOf(parts[i])
		}
		return ""
	}
	at := 2
	if parts[0] == "chats" {
		t.chat = key(1)
	} else {
		t.team, t.channel, at = key(1), key(3), 4
	}
	if len(parts) > at+2 && parts[at+2] == "replies" {
		t.parent = key(at + 1)
	}
	return t
}

func messageValue(w *service.Write, name string) (any, bool) {
	in := threadIn(w.Collection())
	switch name {
	case "etag": // REC
		return strconv.FormatInt(w.Record.Modified, 10), true
	case "replyToId":
		return orNil(in.parent), true
	case "chatId":
		return orNil(in.chat), true
	case "channelIdentity":
		if in.channel == "" {
			return nil, true
		}
		return map[string]any{"teamId": in.team, "channelId": in.channel}, true
	case "lastEditedDateTime":
		if w.Old != nil && !w.Seeding {
			return w.Now.Text, true
		}
	case "body":
		if body, is := w.Sent[name].(map[string]any); is && body["contentType"] == nil { // REC
			return map[string]any{"contentType": "text", "content": body["content"]}, true
		}
	}
	return service.Defaults(map[string]any{
		"messageType": "message", "importance": "normal", "locale": "en-us", "subject": nil, "summary": nil, "from": nil,
		"attachments": []any{}, "mentions": []any{}, "reactions": []any{}, "deletedDateTime": nil, "lastEditedDateTime": nil,
		"policyViolation": nil, "eventDetail": nil, "webUrl": nil,
	})(w, name)
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// showMessage hides what was deleted (assumed: it is kept, as it can be brought back), and says
// where a message of a channel is shown. REC
func showMessage(r store.Reader, path string, message map[string]any) {
	if message["deletedDateTime"] != nil {
		message["body"] = map[string]any{"contentType": "html", "content": ""}
		message["attachments"] = []any{}
	}
	in, id := threadIn(path[:strings.LastIndexByte(path, '/')]), keyOf(path)
	if in.channel == "" {
		return
	}
	parent := in.parent
	if parent == "" {
		parent = id
	}
	message["webUrl"] = "https://teams.microsoft.com/l/message/" + url.QueryEscape(in.channel) + "/" + id + "?groupId=" +
		in.team + "&tenantId=" + tenantOf(r) + "&createdTime=" + id + "&parentMessageId=" + parent
}

// postMessage posts a message or a reply: 201. DOC chatmessage-post
func postMessage(c *service.Call) (service.Result, error) {
	collection := c.Collection()
	in := threadIn(collection)
	at := "chats/" + in.chat
	if in.channel != "" {
		at = "teams/" + in.team + "/channels/" + in.channel
	}
	if isArchived(c.Tx, at) {
		return service.Result{}, service.Fail("team-is-archived")
	}
	isImported := text(c.Tx, at, "migrationMode") == "inProgress"
	if c.Caller.AppOnly && !isImported { // OBS
		return service.Result{}, service.Fail("message-import-only")
	}
	properties := maps.Clone(c.Body)
	if err := checkBody(properties); err != nil {
		return service.Result{}, err
	}
	ms := c.Now.MS
	if when, sent := service.ParseTime(properties["createdDateTime"]); sent && isImported {
		ms = when
	}
	for { // REC: the id is the time
		if _, taken := c.Tx.Get(collection, strconv.FormatInt(ms, 10)); !taken {
			break
		}
		ms++
	}
	id := strconv.FormatInt(ms, 10)
	properties["id"], properties["createdDateTime"] = id, graph.FormatTime(ms)
	for _, name := range []string{"lastModifiedDateTime", "lastEditedDateTime", "deletedDateTime", "reactions", "replies"} {
		delete(properties, name)
	}
	if !isImported || properties["from"] == nil {
		properties["from"] = sender(c)
	}
	hostContents(properties, collection+"/"+id)
	made := c.Create(collection, messageType, properties)
	if in.chat != "" {
		preview := map[string]any{"id": id, "isDeleted": false, "eventDetail": nil}
		for _, name := range []string{"createdDateTime", "messageType", "body", "from"} {
			preview[name] = made.Properties[name]
		}
		c.Put(&service.Entity{Path: at + "/lastMessagePreview/.", Type: previewType, Properties: preview})
	}
	return service.Result{Status: http.StatusCreated, Entity: made}, nil
}

// isArchived reports whether nobody can write into a channel any more: it is archived, or its team.
func isArchived(r store.Reader, channel string) bool {
	team, _, isChannel := strings.Cut(channel, "/channels")
	if !isChannel {
		return false
	}
	for _, path := range []string{team, channel} {
		if e, found := service.Read(r, path); found && e.Properties["isArchived"] == true {
			return true
		}
	}
	return false
}

// sender is who posts a message. REC
func sender(c *service.Call) map[string]any {
	from := map[string]any{"application": nil, "device": nil, "user": nil}
	if c.Caller.AppOnly {
		from["application"] = map[string]any{"id": c.Caller.App, "displayName": nil, "applicationIdentityType": "bot"}
		return from
	}
	user := c.Caller.User
	from["user"] = map[string]any{"@odata.type": "#microsoft.graph.teamworkUserIdentity", "id": user.ID,
		"displayName": user.DisplayName, "userIdentityType": "aadUser", "tenantId": tenantOf(c.Tx)}
	return from
}

// checkBody refuses a message without a body, and mentions that its text does not mark. OBS
func checkBody(message map[string]any) error {
	body, _ := message["body"].(map[string]any)
	content, isText := body["content"].(string)
	if !isText || content == "" && len(list(message["attachments"])) == 0 {
		return service.Fail("message-body-missing")
	}
	for _, each := range list(message["mentions"]) {
		mention, _ := each.(map[string]any)
		id := number(mention["id"])
		if !strings.Contains(content, `<at id="`+id+`">`) && !strings.Contains(content, `<at id='`+id+`'>`) {
			return service.Fail("message-mention-unmarked", "{id}", id)
		}
	}
	return nil
}

func checkMessage(c *service.Call, w *service.Write) error {
	if channel, _, _ := strings.Cut(c.Collection(), "/messages"); isArchived(c.Tx, channel) {
		return service.Fail("team-is-archived")
	}
	return checkBody(w.Sent)
}

// hostContents gives the images that come with a message ids, under which its text has them then.
// DOC chatmessage-post, example 5
func hostContents(message map[string]any, path string) {
	contents := list(message["hostedContents"])
	if len(contents) == 0 {
		return
	}
	body := maps.Clone(message["body"].(map[string]any))
	content, _ := body["content"].(string)
	stored := make([]any, len(contents))
	for i, each := range contents {
		sent, _ := each.(map[string]any)
		id := encoded("id=" + strconv.Itoa(i) + ",type=1," + path)
		temporary := textIn(sent, "@microsoft.graph.temporaryId")
		content = strings.ReplaceAll(content, "../hostedContents/"+temporary+"/$value",
			"https://graph.microsoft.com/v1.0/"+path+"/hostedContents/"+id+"/$value")
		stored[i] = map[string]any{"id": id, "contentBytes": sent["contentBytes"], "contentType": sent["contentType"]}
	}
	body["content"] = content
	message["body"], message["hostedContents"] = body, stored
}

// hostedContent is an image in a message. DOC chatmessagehostedcontent-get: its bytes are its
// $value alone
func hostedContent() *service.Behavior {
	return &service.Behavior{
		Type: prefix + "chatMessageHostedContent", NotFound: "thread-not-found", Order: []string{"id", "contentBytes", "contentType"},
		Show: func(_ store.Reader, _ string, content map[string]any) {
			content["contentBytes"], content["contentType"] = nil, nil
		},
		Content: func(_ store.Reader, e *service.Entity) ([]byte, string) {
			data, err := base64.StdEncoding.DecodeString(e.Text("contentBytes"))
			if err != nil || len(data) == 0 {
				return nil, ""
			}
			return data, cmp.Or(e.Text("contentType"), "application/octet-stream")
		},
	}
}

// changed returns an action that changes a message: 204.
func changed(change func(c *service.Call, message map[string]any)) service.Operation {
	return func(c *service.Call) (service.Result, error) {
		e, err := c.Bound()
		if err != nil {
			return service.Result{}, err
		}
		if channel, _, _ := strings.Cut(c.Collection(), "/messages"); isArchived(c.Tx, channel) {
			return service.Result{}, service.Fail("team-is-archived")
		}
		if strings.HasSuffix(c.Path.Name, "etReaction") && c.Text("reactionType") == "" {
			return service.Result{}, service.Fail("reaction-missing")
		}
		change(c, e.Properties)
		c.Put(e)
		return service.Result{}, nil
	}
}

// isReaction reports whether a reaction is that of the caller, of the kind that the action names.
func isReaction(c *service.Call, reaction any) bool {
	of, _ := reaction.(map[string]any)
	by, _ := of["user"].(map[string]any)
	user, _ := by["user"].(map[string]any)
	return of["reactionType"] == c.Text("reactionType") && user["id"] == c.Caller.User.ID
}

// setReaction adds a reaction of the caller's; one of a kind is enough. DOC chatmessage-setreaction
func setReaction(c *service.Call, message map[string]any) {
	all := list(message["reactions"])
	if slices.ContainsFunc(all, func(r any) bool { return isReaction(c, r) }) {
		return
	}
	message["reactions"] = append(slices.Clone(all), map[string]any{
		"reactionType": c.Text("reactionType"), "displayName": nil, "reactionContentUrl": nil, "createdDateTime": c.Now.Text,
		"user": map[string]any{"application": nil, "device": nil, "user": map[string]any{
			"@odata.type": "#microsoft.graph.teamworkUserIdentity", "id": c.Caller.User.ID, "displayName": nil,
			"userIdentityType": "aadUser",
		}},
	})
}

func unsetReaction(c *service.Call, message map[string]any) {
	message["reactions"] = slices.DeleteFunc(slices.Clone(list(message["reactions"])), func(r any) bool { return isReaction(c, r) })
}

// allMessages lists the messages of all channels of a team, or of all chats, with their replies.
// DOC channel-getallmessages, chats-getallmessages
func allMessages() service.Operation {
	return func(c *service.Call) (service.Result, error) {
		var threads []string
		if user, is := strings.CutSuffix(c.Collection(), "/chats"); is {
			threads = c.Links(user, "chats")
		} else {
			threads = paths(c.Tx, c.Collection())
		}
		all := []*service.Entity{}
		var collect func(collection string)
		collect = func(collection string) {
			c.Each(collection, service.Slice{}, func(e *service.Entity) bool {
				all = append(all, e)
				collect(e.Path + "/replies")
				return true
			})
		}
		for _, path := range threads {
			collect(path + "/messages")
		}
		return service.Result{Entities: all, Context: "Collection(chatMessage)"}, nil
	}
}

// maxTop is the highest $top.
const maxTop = 50

// checkMessages refuses how messages can't be asked for. Those of channels have $top and $expand
// alone (OBS); those of chats are sorted by two times, latest first (CODE).
func checkMessages(q *service.Query) *odata.Error {
	template := q.Path.Template()
	ofChannel := strings.Contains(template, "/channels/") || strings.Contains(template, "/primaryChannel/")
	ofAll := strings.Contains(template, "/getAllMessages")
	if q.IsDelta() && !ofAll && (!ofChannel || strings.Contains(template, "/replies/")) {
		return q.Untracked() // OBS: neither chats nor replies have changes
	}
	if !q.Path.Node.Collection || q.IsDelta() || q.Path.Name == "getAllMessages" {
		return nil
	}
	o := q.Options
	if ofChannel {
		name := ""
		switch {
		case o.Filter != nil:
			name = "Filter"
		case len(o.OrderBy) > 0:
			name = "OrderBy"
		case o.Skip != nil:
			name = "Skip"
		case o.Search != "":
			name = "Search"
		default:
			return tooMany(q)
		}
		return wrong("$"+strings.ToLower(name), "The query specified in the URI is not valid. Query option '"+name+
			"' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or "+
			"QueryValidationSettings.")
	}
	for _, use := range o.Filter.Uses() {
		if !slices.Contains(chatFilters[use.Property], use.Operator) {
			return wrong("$filter", "Invalid filter clause")
		}
	}
	for _, key := range o.OrderBy {
		name := strings.ToUpper(key.Path[:1]) + key.Path[1:]
		switch {
		case key.Path != "createdDateTime" && key.Path != "lastModifiedDateTime":
			return wrong("$orderby", "QueryOptions to order by '"+name+"' is not supported.")
		case !key.Descending:
			return wrong("$orderby", "QueryOptions to order by '"+name+"' in 'Ascending' direction is not supported.")
		}
	}
	return tooMany(q)
}

// chatFilters are by what, and how, the messages of chats can be filtered. DOC chat-list-messages.md;
// what else there is to say is CODE
var chatFilters = map[string][]string{"lastModifiedDateTime": {"gt", "lt"}, "createdDateTime": {"lt"}}

// tooMany refuses a $top above the limit. OBS
func tooMany(q *service.Query) *odata.Error {
	if top := q.Options.Top; top != nil && *top > maxTop {
		return wrong("$top", "The query specified in the URI is not valid. The limit of '"+strconv.Itoa(maxTop)+
			"' for Top query has been exceeded. The value from the incoming request is '"+strconv.Itoa(*top)+"'.")
	}
	return nil
}

func wrong(option, message string) *odata.Error {
	return &odata.Error{Option: option, Rule: queryOption, Message: message}
}

// queryOption is the error about an option that messages and chats don't have.
const queryOption = "teams-query-option"
