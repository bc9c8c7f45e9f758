package search

import (
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

// A kind is one of what can be searched for.
type kind struct {
	name        string // of the type, without its namespace
	family      string // what one request can ask for together
	permissions string // DOC; in the words of errors
	date        string // by which hits are sorted, "" for none
	shows       []string
	each        func(c *service.Call, visit func(*service.Entity) bool)
	summary     func(c *service.Call, e *service.Entity, terms []kql.Term) string
}

const fileFamily = "files"

// families are what can be asked for together. DOC search-api-overview.md
var families = map[string]string{
	"message": "message", "event": "event", "chatMessage": "chatMessage", "person": "person",
	"acronym": "answers", "bookmark": "answers", "qna": "answers",
	"drive": fileFamily, "driveItem": fileFamily, "externalItem": fileFamily, "list": fileFamily, "listItem": fileFamily,
	"site": fileFamily,
}

const (
	fileScopes = "Files.Read.All or Files.ReadWrite.All or Sites.Read.All or Sites.ReadWrite.All"
	siteScopes = "Sites.Read.All or Sites.ReadWrite.All"
)

// kinds are those that graphmock has. DOC search-api-overview.md, search-concept-messages.md,
// search-concept-files.md, search-concept-chat-messages.md have the permissions and what responses show
func kindNamed(name string) *kind {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}

var kinds = []*kind{
	{
		name: "message", family: "message", permissions: "Mail.Read or Mail.ReadWrite", date: "receivedDateTime",
		shows: strings.Fields(`createdDateTime lastModifiedDateTime receivedDateTime sentDateTime hasAttachments subject
			bodyPreview importance replyTo sender from`),
		each: mine("/messages", service.Slice{}), summary: previewOf,
	},
	{
		name: "event", family: "event", permissions: "Calendars.Read or Calendars.ReadWrite", date: "start",
		shows: strings.Fields("subject bodyPreview start end isAllDay location organizer attendees webLink"), // assumed
		each:  mine("/events", service.Slice{Index: outlook.InCalendar, Value: outlook.DefaultCalendar}), summary: previewOf,
	},
	{
		name: "chatMessage", family: "chatMessage", permissions: "Chat.Read or Chat.ReadWrite, ChannelMessage.Read.All",
		date: "createdDateTime", summary: bodyOf, each: threads,
		shows: strings.Fields(`id createdDateTime lastModifiedDateTime subject importance webUrl from channelIdentity etag chatId`),
	},
	{
		name: "driveItem", family: fileFamily, permissions: fileScopes, each: items, summary: contentOf,
		shows: strings.Fields(`size fileSystemInfo id createdBy createdDateTime lastModifiedBy lastModifiedDateTime name
			parentReference webUrl`),
	},
	{
		name: "listItem", family: fileFamily, permissions: siteScopes, each: all("microsoft.graph.listItem", "/items"), summary: none,
		shows: strings.Fields("id createdBy createdDateTime lastModifiedBy lastModifiedDateTime parentReference webUrl"),
	},
	{
		name: "list", family: fileFamily, permissions: siteScopes, each: all("microsoft.graph.list", "/lists"), summary: none,
		shows: strings.Fields("id displayName description createdDateTime lastModifiedDateTime name parentReference webUrl"),
	},
	{
		name: "site", family: fileFamily, permissions: siteScopes, each: sites, summary: none,
		shows: strings.Fields("id displayName name description createdDateTime lastModifiedDateTime webUrl"),
	},
}

func (k *kind) typeName() string { return "microsoft.graph." + k.name }

// title is how errors call a kind. OBS
func (k *kind) title() string { return strings.ToUpper(k.name[:1]) + k.name[1:] }

// isGranted reports whether permissions suffice; tokens without any may do everything.
func (k *kind) isGranted(granted []string) bool {
	for _, one := range strings.Split(k.permissions, ", ") {
		if !slices.ContainsFunc(strings.Split(one, " or "), func(name string) bool { return slices.Contains(granted, name) }) {
			return len(granted) == 0
		}
	}
	return true
}

// mine visits what is in a collection of the caller.
func mine(collection string, of service.Slice) func(*service.Call, func(*service.Entity) bool) {
	return func(c *service.Call, visit func(*service.Entity) bool) {
		c.Each("users/"+c.Caller.User.ID+collection, of, visit)
	}
}

// all visits the entities of a type in all collections with an ending.
func all(typeName, ending string) func(*service.Call, func(*service.Entity) bool) {
	return func(c *service.Call, visit func(*service.Entity) bool) {
		more := true
		for _, collection := range c.Tx.Collections("") {
			if more && strings.HasSuffix(collection, ending) && !strings.HasPrefix(collection, service.Unsaved) && canSee(c, collection) {
				c.Each(collection, service.Slice{}, func(e *service.Entity) bool {
					more = e.Type != typeName || visit(e)
					return more
				})
			}
		}
	}
}

// canSee reports whether the caller can see what is in a collection: the drives of other users are
// theirs alone, and chats and teams are those that the caller is a member of (assumed: what is
// shared one by one is left out).
func canSee(c *service.Call, collection string) bool {
	parts := strings.Split(collection, "/")
	switch {
	case c.Caller.AppOnly || len(parts) < 2:
		return true
	case parts[0] == "users":
		return parts[1] == c.Caller.User.ID
	case parts[0] == "chats", parts[0] == "teams":
		_, isMember := c.Tx.Find(parts[0]+"/"+parts[1]+"/members", "userId", c.Caller.User.ID)
		return isMember
	}
	return true
}

// sites visits all sites, those that nobody has created as well.
func sites(c *service.Call, visit func(*service.Entity) bool) {
	c.EachGiven("sites", "microsoft.graph.site", visit)
}

// items visits all items of drives but their roots.
func items(c *service.Call, visit func(*service.Entity) bool) {
	all("microsoft.graph.driveItem", "/items")(c, func(e *service.Entity) bool { return e.Properties["root"] != nil || visit(e) })
}

// threads visits the messages of chats and channels, and what replies to them.
func threads(c *service.Call, visit func(*service.Entity) bool) {
	more := true
	for _, ending := range []string{"/messages", "/replies"} {
		all("microsoft.graph.chatMessage", ending)(c, func(e *service.Entity) bool {
			more = more && (e.Properties["deletedDateTime"] != nil || visit(e))
			return more
		})
	}
}

// id is the id of a hit: of what is in a mailbox, in the form of Exchange's own. OBS
func (k *kind) id(e *service.Entity) string {
	if k.family == fileFamily {
		return e.Key()
	}
	return strings.NewReplacer("-", "/", "_", "+").Replace(e.Key())
}

// resource is what a response has of an entity: some properties, or those that are asked for. The
// fields of an item of a list are its own. DOC
func (k *kind) resource(c *service.Call, e *service.Entity, fields []string) jsontext.Object {
	entity := c.Shown(e)
	if from, is := entity["from"].(map[string]any); is && k.name == "chatMessage" { // DOC: as mail has it
		entity["from"] = sender(c, from)
	}
	names := k.shows
	if len(fields) > 0 && k.name != "listItem" {
		names = fields
	}
	resource := jsontext.Object{{Name: "@odata.type", Value: "#" + k.typeName()}}
	for _, name := range names {
		if value := entity[name]; value != nil {
			resource.Set(name, value)
		}
	}
	if of, found := c.Get(e.Path + "/fields/."); found && len(fields) > 0 && k.name == "listItem" {
		resource.Set("fields", pick(c.Shown(of), fields))
	}
	return resource
}

// pick are the properties of an entity with some names, in any case.
func pick(entity map[string]any, names []string) jsontext.Object {
	picked := jsontext.Object{}
	for _, name := range names {
		for has, value := range entity {
			if strings.EqualFold(has, name) {
				picked.Set(name, value)
			}
		}
	}
	return picked
}

// sender is who has sent a message of a chat, as mail has senders.
func sender(c *service.Call, from map[string]any) any {
	user, _ := from["user"].(map[string]any)
	id, _ := user["id"].(string)
	address := map[string]any{"name": user["displayName"]}
	if e, found := c.Get("users/" + service.IDOf(id)); found {
		address["address"] = e.Properties["mail"]
	}
	return map[string]any{"emailAddress": address}
}

func none(*service.Call, *service.Entity, []kql.Term) string { return "" }

func previewOf(_ *service.Call, e *service.Entity, _ []kql.Term) string { return e.Text("bodyPreview") }

var tags = regexp.MustCompile(`<[^>]*>`)

// summarySize is how much of a text a summary has, in bytes (assumed).
const summarySize = 200

func bodyOf(_ *service.Call, e *service.Entity, _ []kql.Term) string {
	body, _ := e.Properties["body"].(map[string]any)
	content, _ := body["content"].(string)
	return cut(strings.TrimSpace(tags.ReplaceAllString(content, "")))
}

// contentOf is the beginning of a text, with what was searched for between <c0> and </c0>, and <ddd/>
// where there is more. DOC
func contentOf(c *service.Call, e *service.Entity, terms []kql.Term) string {
	file, _ := e.Properties["file"].(map[string]any)
	media, _ := file["mimeType"].(string)
	data, _ := c.Tx.Media(e.Path + "/content")
	if !strings.HasPrefix(media, "text/") || len(data) == 0 {
		return ""
	}
	text := cut(string(data))
	more := ""
	if len(text) < len(data) {
		more = " <ddd/>"
	}
	var words []string
	for _, t := range terms {
		if word := strings.Trim(t.Text, `"*`); word != "" {
			words = append(words, regexp.QuoteMeta(word))
		}
	}
	if len(words) > 0 {
		text = regexp.MustCompile(`(?i)\b(`+strings.Join(words, "|")+`)\b`).ReplaceAllString(text, "<c0>$1</c0>")
	}
	return text + more
}

// cut is the beginning of a text, as large as a summary is.
func cut(text string) string {
	for i := range text {
		if i > summarySize {
			return text[:i]
		}
	}
	return text
}
