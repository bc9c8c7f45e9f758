package calendar

import (
	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// findEvents finds events by words of their subject, body and place and of who comes, or by
// properties (assumed: no page lists them; these are what Outlook's search box has).
func findEvents(query string) (service.Finds, error) { return kql.Finder(query, eventTerm) }

func eventTerm(t kql.Term) (service.Finds, error) {
	texts := map[string]func(*service.Entity) []string{
		"subject":   func(e *service.Entity) []string { return []string{e.Text("subject")} },
		"body":      func(e *service.Entity) []string { return []string{e.Text("bodyPreview"), member(e, "body", "content")} },
		"location":  func(e *service.Entity) []string { return []string{member(e, "location", "displayName")} },
		"organizer": func(e *service.Entity) []string { return names(e.Properties["organizer"]) },
		"attendees": func(e *service.Entity) (all []string) {
			list, _ := e.Properties["attendees"].([]any)
			for _, each := range list {
				all = append(all, names(each)...)
			}
			return all
		},
	}
	of, known := texts[t.Property]
	if t.Property != "" && !known {
		return nil, t.Unknown()
	}
	return func(_ store.Reader, e *service.Entity) bool {
		if t.Property != "" {
			return t.In(of(e)...)
		}
		var all []string
		for _, of := range texts {
			all = append(all, of(e)...)
		}
		return t.In(all...)
	}, nil
}

// member is a text in a property that is an object.
func member(e *service.Entity, property, name string) string {
	object, _ := e.Properties[property].(map[string]any)
	text, _ := object[name].(string)
	return text
}

// names are the name and the address of a recipient.
func names(recipient any) []string {
	object, _ := recipient.(map[string]any)
	email, _ := object["emailAddress"].(map[string]any)
	name, _ := email["name"].(string)
	address, _ := email["address"].(string)
	return []string{name, address}
}
