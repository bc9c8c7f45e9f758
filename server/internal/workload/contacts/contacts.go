// Package contacts is what Exchange does with contacts and their folders beyond its model.
//
// A mailbox has all its contacts in one collection and all their folders in another one; what
// is in a folder is found by an index. The default folder, which all others are in, is there
// from the start and in no list.
//
// Rules say in brackets where they come from: REC was recorded, OBS is a real response
// that somebody quoted, DOC is documented.
package contacts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Behaviors returns those of contacts and their folders.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{contacts(), folders()}
}

// parentFolder is the property that tells the folder of a contact or a folder, and the index
// of what is in it.
const parentFolder = "parentFolderId"

// contactOrder is the order of a contact's properties (DOC user-list-contacts).
var contactOrder = strings.Fields(`id createdDateTime lastModifiedDateTime changeKey categories parentFolderId birthday fileAs
	displayName givenName initials middleName nickName surname title yomiGivenName yomiSurname yomiCompanyName generation
	imAddresses jobTitle companyName department officeLocation profession businessHomePage assistantName manager homePhones
	mobilePhone businessPhones spouseName personalNotes children emailAddresses primaryEmailAddress secondaryEmailAddress
	tertiaryEmailAddress homeAddress businessAddress otherAddress`)

func contacts() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.contact", NewKey: outlook.NewItemID,
		LastingKey: outlook.ImmutableID, Order: contactOrder, Nulls: true,
		Tag: func(r *store.Record) string {
			return `W/"` + outlook.ContactChangeKey(service.KeyOf(r.ID), r.Version) + `"`
		},
		Tagged: &service.Tagged{Mismatch: "mail-conflict"},
		Pages:  &service.Pages{Usual: 10, Most: 1000},                 // OBS microsoft-graph-docs#12653
		Top:    &service.Slice{Index: parentFolder, Value: defaultID}, // DOC user-list-contacts
		Value:  contactValue, Index: inFolder, Check: checkContact, Query: checkQuery,
		Joined:     outlook.Extended,
		Operations: map[string]service.Operation{"permanentDelete": outlook.Purging(remove)},
	}
}

// contactDefaults are what a contact has of which nobody said anything (REC).
var contactDefaults = service.Defaults(map[string]any{
	"categories": []any{}, "fileAs": "", "homeAddress": map[string]any{}, "businessAddress": map[string]any{},
	"otherAddress": map[string]any{},
})

func contactValue(w *service.Write, name string) (any, bool) {
	switch name {
	case "createdDateTime":
		return graph.FormatSeconds(w.Record.Created), true // REC COR, as messages
	case "lastModifiedDateTime":
		return graph.FormatSeconds(w.Record.Modified), true
	case "changeKey":
		return outlook.ContactChangeKey(w.Key, w.Version()), true
	case parentFolder:
		return folderOf(w), true
	case "displayName":
		if name := displayName(w); name != "" {
			return name, true
		}
	case "birthday":
		if date, _, _ := strings.Cut(textOf(w.Sent[name]), "T"); date != "" {
			return date + "T11:59:00Z", true // REC
		}
	case "emailAddresses":
		all, _ := w.Sent[name].([]any)
		return withNames(all), len(all) > 0
	}
	if i, is := addressAt[name]; is {
		all, _ := w.Property("emailAddresses").([]any)
		if i < len(all) {
			return all[i], true
		}
		return nil, true
	}
	return contactDefaults(w, name)
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

// displayName is made of the names of a contact that was sent without it, and follows them as
// long as it is (REC; assumed of changes).
func displayName(w *service.Write) string {
	sent := textOf(w.Sent["displayName"])
	if sent != "" && (w.Old == nil || sent != textOf(w.Before("displayName"))) {
		return sent
	}
	if w.Old != nil && sent != fullName(service.Decode(w.Old)) {
		return sent
	}
	return fullName(w.Sent)
}

func fullName(contact map[string]any) string {
	var names []string
	for _, name := range []string{"givenName", "middleName", "surname"} {
		if text := textOf(contact[name]); text != "" {
			names = append(names, text)
		}
	}
	return strings.Join(names, " ")
}

// withNames are addresses that all have a name: the address itself if there is no other
// (assumed; attendees have it so).
func withNames(list []any) []any {
	named := make([]any, len(list))
	for i, each := range list {
		one, _ := each.(map[string]any)
		if named[i] = each; one["name"] == nil && one["address"] != nil {
			named[i] = map[string]any{"name": one["address"], "address": one["address"]}
		}
	}
	return named
}

// addressAt are properties for single addresses, by their place among all.
var addressAt = map[string]int{"primaryEmailAddress": 0, "secondaryEmailAddress": 1, "tertiaryEmailAddress": 2}

// folderOf is the folder of a contact: where it is, or its path says, or the default one.
func folderOf(w *service.Write) string {
	switch before := textOf(w.Before(parentFolder)); {
	case before != "":
		return before
	case w.Slice.Index == parentFolder && w.Slice.Value != "":
		return w.Slice.Value
	}
	if seeded := textOf(w.Seeded(parentFolder, defaultID)); !outlook.IsFolder(seeded, 0x010e) {
		return seeded
	}
	return defaultID // that of recorded contacts is in another mailbox
}

func inFolder(w *service.Write) []store.Index {
	return []store.Index{{Name: parentFolder, Value: textOf(w.Property(parentFolder)), Rank: w.Record.Rank}}
}

// checkContact takes single addresses for those of the list.
func checkContact(c *service.Call, w *service.Write) error {
	all, _ := w.Sent["emailAddresses"].([]any)
	changed := false
	for name, i := range addressAt {
		if one := c.Body[name]; one != nil && i <= len(all) {
			all, changed = append(all[:i:i], append([]any{one}, all[min(i+1, len(all)):]...)...), true
		}
	}
	if changed {
		w.Sent["emailAddresses"] = all
	}
	return nil
}

// named matches a filter by the name of a variable, such as a/name.
var named = regexp.MustCompile(`\b\w+/name\b`)

// checkQuery refuses options that a delta does not take (OBS), and filters by the names of addresses (DOC
// user-list-contacts.md).
func checkQuery(q *service.Query) *odata.Error {
	if q.Path.Name == "delta" && (q.Options.Top != nil || q.Options.Skip != nil || len(q.Options.OrderBy) > 0 ||
		q.Options.Filter != nil || q.Options.Search != "") {
		return wrong("$top", "contacts-delta-option", "a delta of contacts takes only $select")
	}
	if f := q.Options.Filter; f != nil && slices.Contains(f.Properties(), "emailAddresses") && named.MatchString(f.String()) {
		return wrong("$filter", "contacts-filter", "contacts are found by the address of emailAddresses alone")
	}
	return nil
}

func wrong(option, rule, message string) *odata.Error {
	return &odata.Error{Option: option, Rule: rule, Message: message}
}

func remove(c *service.Call) (service.Result, error) {
	contact, err := c.Bound()
	if err == nil {
		c.Delete(contact.Path)
	}
	return service.Result{}, err
}
