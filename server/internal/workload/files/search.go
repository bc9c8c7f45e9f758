package files

import (
	"cmp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// maxFound bounds what a search answers, and the lists of recent and shared items: a page.
const maxFound = 200

// search answers the items in whose name, or in whose text, all words stand (DOC
// driveitem-search; that letters count in any case is assumed). Bound to a drive it looks at
// all items, else at those in a folder.
func search(c *service.Call) (service.Result, error) {
	words := strings.Fields(strings.ToLower(c.Argument("q")))
	bound, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	collection, under := c.Collection(), bound.Record.ID
	if bound.Type == "microsoft.graph.drive" {
		collection, under = bound.Path+"/items", rootKey
	}
	found := []*service.Entity{}
	c.Each(collection, service.Slice{}, func(e *service.Entity) bool {
		if e.Record.ID != under && matches(c, e, words) && (under == rootKey || isBelow(c, e, under)) {
			found = append(found, e)
		}
		return len(found) < maxFound
	})
	return service.Result{Entities: found, Context: "Collection(driveItem)"}, nil
}

func matches(c *service.Call, e *service.Entity, words []string) bool {
	name := strings.ToLower(e.Text("name"))
	content := ""
	if strings.HasPrefix(mediaType(e.Properties), "text/") && sizeOf(e.Properties) < 1<<20 {
		data, _ := c.Tx.Media(e.Path + "/content")
		content = strings.ToLower(string(data))
	}
	for _, word := range words {
		word = strings.Trim(word, `"*`)
		if !strings.Contains(name, word) && !strings.Contains(content, word) {
			return false
		}
	}
	return true
}

// isBelow reports whether an item is in a folder, at any depth.
func isBelow(c *service.Call, e *service.Entity, folder string) bool {
	for id := e.ParentOf(); id != ""; {
		if id == folder {
			return true
		}
		above, found := c.Get(service.CollectionOf(e.Path) + "/" + id)
		if !found {
			return false
		}
		id = above.ParentOf()
	}
	return false
}

// recent answers the files of a drive, those that were changed last first (DOC drive-recent; that
// nothing else counts is assumed).
func recent(c *service.Call) (service.Result, error) {
	bound, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	found := []*service.Entity{}
	c.Each(bound.Path+"/items", service.Slice{}, func(e *service.Entity) bool {
		if isFile(e.Properties) {
			found = append(found, e)
		}
		return true
	})
	slices.SortStableFunc(found, func(a, b *service.Entity) int { return cmp.Compare(b.Record.Modified, a.Record.Modified) })
	return service.Result{Entities: found[:min(len(found), maxFound)], Context: "Collection(driveItem)"}, nil
}
