package mail

import (
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const searchFolderType = "microsoft.graph.mailSearchFolder"

// A search folder shows the messages of other folders that its filterQuery finds, at the time that it
// is asked (DOC mailsearchfolder.md).

// filterOf is the query of a search folder.
func filterOf(folder map[string]any) (*odata.Filter, error) {
	query, _ := folder["filterQuery"].(string)
	if query == "" {
		return nil, nil
	}
	o, err := odata.Parse("$filter="+url.QueryEscape(query), graph.Model().Type(messageType), odata.Settings{})
	if err != nil {
		return nil, err
	}
	return o.Filter, nil
}

// checkSearchFolder refuses a query that has no meaning (OBS mail-searchfolder-add).
func checkSearchFolder(c *service.Call, w *service.Write) error {
	if _, err := filterOf(w.Sent); err != nil {
		message := err.Error()
		if wrong, is := err.(*odata.Error); is {
			message = wrong.Message
		}
		return service.Fail("mail-search-folder-filter", "{reason}", message)
	}
	return checkFolder(c, w)
}

// found lists what a search folder shows, and leaves other folders to the collection.
func found(v *service.View) (service.Rows, error) {
	mailbox := strings.TrimSuffix(v.Collection, messageSet)
	if v.Slice.Index != parentFolder || v.Reader.Len(mailbox+folderSet) <= len(wellKnownFolders) {
		return nil, nil
	}
	folder, is := service.Read(v.Reader, mailbox+folderSet+"/"+service.IDOf(v.Slice.Value))
	if !is || folder.Type != searchFolderType {
		return nil, nil
	}
	return messagesFound(v.Reader, mailbox, folder.Properties), nil
}

// messagesFound are the messages of a mailbox that a search folder shows.
func messagesFound(r store.Reader, mailbox string, folder map[string]any) messageRows {
	rows := messageRows{collection: mailbox + messageSet}
	filter, err := filterOf(folder)
	if err != nil {
		return rows // of fixtures
	}
	sources := sourcesOf(r, mailbox, folder)
	var at store.Cursor
	for all, more := r.Snapshot(rows.collection), true; more; {
		var page []store.Record
		page, at, more = all.Page(r, at, 1000)
		for i := range page {
			if sources[indexed(&page[i], parentFolder)] && (filter == nil || filter.Matches(service.Decode(&page[i]))) {
				rows.ids = append(rows.ids, page[i].ID)
			}
		}
	}
	return rows
}

// sourcesOf are the folders that a search folder looks into.
func sourcesOf(r store.Reader, mailbox string, folder map[string]any) map[string]bool {
	in := map[string]bool{}
	list, _ := folder["sourceFolderIds"].([]any)
	for _, each := range list {
		if id, _ := each.(string); id != "" {
			in[folderIn(id)] = true
		}
	}
	if folder["includeNestedFolders"] != true {
		return in
	}
	page, _, _ := r.Snapshot(mailbox+folderSet).Page(r, store.Cursor{}, max(r.Len(mailbox+folderSet), 1))
	for grown := true; grown; {
		grown = false
		for i := range page {
			if id := service.KeyOf(page[i].ID); !in[id] && in[indexed(&page[i], parentFolder)] {
				in[id], grown = true, true
			}
		}
	}
	return in
}

// messageRows are messages by their ids.
type messageRows struct {
	collection string
	ids        []string
}

func (m messageRows) Len() int { return len(m.ids) }

func (m messageRows) Row(r store.Reader, i int) (store.Record, bool) {
	return r.Get(m.collection, m.ids[i])
}

// unread is how many of them were not read.
func (m messageRows) unread(r store.Reader) int {
	return len(slices.DeleteFunc(slices.Clone(m.ids), func(id string) bool {
		record, is := r.Get(m.collection, id)
		return !is || service.Decode(&record)["isRead"] == true
	}))
}
