package mail

import (
	"slices"

	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// findMessages finds messages by words of their sender, subject and body, or by properties. DOC
// search-query-parameter.md
func findMessages(query string) (service.Finds, error) { return kql.Finder(query, messageTerm) }

// people are the properties of messages that have people, by what queries call them. DOC
var people = map[string][]string{
	"from": {"from"}, "to": {"toRecipients"}, "cc": {"ccRecipients"}, "bcc": {"bccRecipients"},
	"recipients":   {"toRecipients", "ccRecipients", "bccRecipients"},
	"participants": {"from", "toRecipients", "ccRecipients", "bccRecipients"},
}

func messageTerm(t kql.Term) (service.Finds, error) {
	of := func(texts func(message map[string]any) []string) service.Finds {
		return func(_ store.Reader, e *service.Entity) bool { return t.In(texts(e.Properties)...) }
	}
	body := func(message map[string]any) string {
		is, _ := message["body"].(map[string]any)
		return textOf(is)
	}
	switch t.Property {
	case "":
		return of(func(m map[string]any) []string {
			subject, _ := m["subject"].(string)
			return append(namesIn(m, "from"), subject, body(m))
		}), nil
	case "subject", "importance":
		return of(func(m map[string]any) []string { text, _ := m[t.Property].(string); return []string{text} }), nil
	case "body":
		return of(func(m map[string]any) []string { return []string{body(m)} }), nil
	case "from", "to", "cc", "bcc", "recipients", "participants":
		return of(func(m map[string]any) []string { return namesIn(m, people[t.Property]...) }), nil
	case "kind":
		return func(_ store.Reader, e *service.Entity) bool {
			return t.In(map[bool]string{true: "email", false: "meetings"}[e.Type == messageType])
		}, nil
	case "hasattachment", "hasattachments":
		return func(_ store.Reader, e *service.Entity) bool { return t.Is(e.Properties["hasAttachments"] == true) }, nil
	case "isread":
		return func(_ store.Reader, e *service.Entity) bool { return t.Is(e.Properties["isRead"] == true) }, nil
	case "attachment":
		return func(r store.Reader, e *service.Entity) bool {
			var names []string
			page, _, _ := r.Snapshot(e.Path+attachmentSet).Page(r, store.Cursor{}, 1000)
			for i := range page {
				name, _ := service.Decode(&page[i])["name"].(string)
				names = append(names, name)
			}
			return t.In(names...)
		}, nil
	case "received", "sent":
		compare, err := t.Compare()
		return func(_ store.Reader, e *service.Entity) bool {
			return compare(kql.Time(e.Text(t.Property + "DateTime")))
		}, err
	}
	return nil, t.Unknown()
}

// namesIn are the names and addresses that properties of a message have.
func namesIn(message map[string]any, properties ...string) (all []string) {
	for _, name := range properties {
		list, isList := message[name].([]any)
		if !isList {
			list = []any{message[name]}
		}
		for _, each := range list {
			recipient, _ := each.(map[string]any)
			email, _ := recipient["emailAddress"].(map[string]any)
			for _, of := range []string{"name", "address"} {
				text, _ := email[of].(string)
				all = append(all, text)
			}
		}
	}
	return slices.DeleteFunc(all, func(text string) bool { return text == "" })
}
