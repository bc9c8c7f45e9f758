package files

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// maxFound bounds what a search answers, and the lists of recent and shared items: a page.
const maxFound = 200

// search answers the items in whose name, or in whose text, words begin as all of q do (DOC
// driveitem-search; that letters count in any case is assumed). Bound to a drive it looks at
// all items, else at those in a folder.
func search(c *service.Call) (service.Result, error) {
	bound, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	collection, under := c.Collection(), bound.Record.ID
	if bound.Type == "microsoft.graph.drive" {
		collection, under = bound.Path+"/items", rootKey
	}
	var all []service.Finds
	for _, word := range strings.Fields(c.Argument("q")) {
		finds, err := itemTerm(kql.Term{Text: strings.Trim(word, `"*`) + "*"})
		if err != nil {
			return service.Result{}, err
		}
		all = append(all, finds)
	}
	found := []*service.Entity{}
	c.Each(collection, service.Slice{}, func(e *service.Entity) bool {
		if e.Record.ID != under && (under == rootKey || isBelow(c, e, under)) &&
			!slices.ContainsFunc(all, func(finds service.Finds) bool { return !finds(c.Tx, e) }) {
			found = append(found, e)
		}
		return len(found) < maxFound
	})
	return service.Result{Entities: found, Context: "Collection(driveItem)"}, nil
}

// findItems and the others find what is in SharePoint by words of names and texts, or by
// properties. DOC search-concept-files.md
func findItems(query string) (service.Finds, error) { return kql.Finder(query, itemTerm) }
func findSites(query string) (service.Finds, error) { return kql.Finder(query, termOf(siteTexts)) }
func findLists(query string) (service.Finds, error) { return kql.Finder(query, termOf(listTexts)) }
func findListItems(query string) (service.Finds, error) {
	return kql.Finder(query, termOf(listItemTexts))
}

func itemTerm(t kql.Term) (service.Finds, error) { return termOf(itemTexts)(t) }

func siteTexts(_ store.Reader, e *service.Entity) []string {
	return []string{e.Text("displayName"), e.Text("name"), e.Text("description"), e.Text("webUrl")}
}

func listTexts(_ store.Reader, e *service.Entity) []string {
	return []string{e.Text("displayName"), e.Text("name"), e.Text("description")}
}

// itemTexts are the name of an item, and what is in it if it is a text.
func itemTexts(r store.Reader, e *service.Entity) []string {
	return []string{e.Text("name"), e.Text("description"), textIn(r, e)}
}

// textIn is what is in a file, if it is a text of no great size.
func textIn(r store.Reader, e *service.Entity) string {
	if !strings.HasPrefix(mediaType(e.Properties), "text/") || sizeOf(e.Properties) >= 1<<20 {
		return ""
	}
	data, _ := r.Media(e.Path + "/content")
	return string(data)
}

func listItemTexts(r store.Reader, e *service.Entity) (all []string) {
	fields, _ := service.Read(r, e.Path+"/fields/.")
	for _, value := range propertiesOf(fields) {
		all = append(all, text(value))
	}
	return all
}

// termOf returns what finds entities by a term, which stands in some texts if it restricts no
// property. Properties have the names that queries and those that Graph has for them.
func termOf(texts func(store.Reader, *service.Entity) []string) func(kql.Term) (service.Finds, error) {
	return func(t kql.Term) (service.Finds, error) {
		of := func(texts func(e *service.Entity) []string) service.Finds {
			return func(_ store.Reader, e *service.Entity) bool { return t.In(texts(e)...) }
		}
		switch t.Property {
		case "":
			return func(r store.Reader, e *service.Entity) bool { return t.In(texts(r, e)...) }, nil
		case "title":
			return func(r store.Reader, e *service.Entity) bool {
				fields, _ := service.Read(r, e.Path+"/fields/.")
				return t.In(e.Text("displayName"), e.Text("name"), text(propertiesOf(fields)["Title"]))
			}, nil
		case "name", "filename", "description":
			name := strings.TrimPrefix(t.Property, "file")
			return of(func(e *service.Entity) []string { return []string{e.Text(name)} }), nil
		case "filetype", "fileextension":
			return of(func(e *service.Entity) []string { return []string{strings.TrimPrefix(path.Ext(e.Text("name")), ".")} }), nil
		case "path":
			return func(_ store.Reader, e *service.Entity) bool {
				return strings.HasPrefix(strings.ToLower(e.Text("webUrl")), strings.ToLower(strings.TrimRight(t.Text, "*/")))
			}, nil
		case "author", "createdby":
			return of(func(e *service.Entity) []string { return whoIn(e, "createdBy") }), nil
		case "editor", "modifiedby", "lastmodifiedby":
			return of(func(e *service.Entity) []string { return whoIn(e, "lastModifiedBy") }), nil
		case "isdocument":
			return func(_ store.Reader, e *service.Entity) bool { return t.Is(isFile(e.Properties)) }, nil
		case "contentclass":
			return func(_ store.Reader, e *service.Entity) bool { return strings.EqualFold(t.Text, contentClass(e)) }, nil
		case "created", "createddatetime":
			return timeTerm(t, "createdDateTime")
		case "lastmodifiedtime", "lastmodifieddatetime", "modified", "write":
			return timeTerm(t, "lastModifiedDateTime")
		case "size":
			compare, err := t.Compare()
			return func(_ store.Reader, e *service.Entity) bool { return compare(sizeOf(e.Properties)) }, err
		}
		return nil, t.Unknown()
	}
}

func timeTerm(t kql.Term, property string) (service.Finds, error) {
	compare, err := t.Compare()
	return func(_ store.Reader, e *service.Entity) bool { return compare(kql.Time(e.Text(property))) }, err
}

// whoIn are the names of the user whom a property has.
func whoIn(e *service.Entity, property string) []string {
	set, _ := e.Properties[property].(map[string]any)
	user, _ := set["user"].(map[string]any)
	return []string{text(user["displayName"]), text(user["email"]), text(user["id"])}
}

// contentClass is what the index of SharePoint calls what an entity is. DOC
func contentClass(e *service.Entity) string {
	switch e.Type {
	case siteType:
		return "STS_Site"
	case "microsoft.graph.list":
		if info, _ := e.Properties["list"].(map[string]any); info["template"] == "documentLibrary" {
			return "STS_List_DocumentLibrary"
		}
		return "STS_List_GenericList"
	case driveItem:
		return "STS_ListItem_DocumentLibrary"
	}
	return "STS_ListItem_GenericList"
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
