package teams

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// findMessages finds messages by words of their text and of who has sent them, or by the terms that
// the documentation has, without those about the caller. DOC search-concept-chat-messages.md
func findMessages(query string) (service.Finds, error) { return kql.Finder(query, messageTerm) }

func messageTerm(t kql.Term) (service.Finds, error) {
	sender := func(e *service.Entity) string {
		from, _ := e.Properties["from"].(map[string]any)
		user, _ := from["user"].(map[string]any)
		name, _ := user["displayName"].(string)
		return name
	}
	switch t.Property {
	case "":
		return func(_ store.Reader, e *service.Entity) bool {
			body, _ := e.Properties["body"].(map[string]any)
			content, _ := body["content"].(string)
			return t.In(content, e.Text("subject"), sender(e))
		}, nil
	case "from":
		return func(_ store.Reader, e *service.Entity) bool { return t.In(sender(e)) }, nil
	case "hasattachment":
		return func(_ store.Reader, e *service.Entity) bool { return t.Is(len(list(e.Properties["attachments"])) > 0) }, nil
	case "mentions": // by the id of a user, without its dashes
		return func(_ store.Reader, e *service.Entity) bool {
			return slices.ContainsFunc(list(e.Properties["mentions"]), func(each any) bool {
				mention, _ := each.(map[string]any)
				mentioned, _ := mention["mentioned"].(map[string]any)
				user, _ := mentioned["user"].(map[string]any)
				id, _ := user["id"].(string)
				return id != "" && strings.ReplaceAll(id, "-", "") == strings.ReplaceAll(t.Text, "-", "")
			})
		}, nil
	case "sent":
		compare, err := t.Compare()
		return func(_ store.Reader, e *service.Entity) bool { return compare(kql.Time(e.Text("createdDateTime"))) }, err
	}
	return nil, t.Unknown()
}
