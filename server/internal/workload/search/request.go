package search

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/service"
)

func itoa(n int) string { return strconv.Itoa(n) }

// read reads the only request of a query. DOC: several are of no use to the types that graphmock
// has, as those of files may be in one request only, and the others in none beside it
func read(c *service.Call) (*request, error) {
	all, _ := c.Parameter("requests").([]any)
	if len(all) == 0 {
		return nil, invalid("requests required")
	}
	if len(all) > 1 {
		return nil, invalid(several(all))
	}
	sent, _ := all[0].(map[string]any)
	r := &request{size: usualSize}
	if err := r.readTypes(c, sent); err != nil {
		return nil, err
	}
	if err := r.readQuery(sent); err != nil {
		return nil, err
	}
	if err := r.readPage(sent); err != nil {
		return nil, err
	}
	if err := r.readRest(c, sent); err != nil {
		return nil, err
	}
	return r, r.readSort(sent)
}

func invalid(reason string) error {
	return service.Fail("search-request-invalid", "{reason}", reason, service.Why, reason)
}

func badEntity(reason string) error { return invalid("EntityRequest Invalid (" + reason + ")") }

// several is what is wrong with several requests. DOC search-concept-multiplerequest
func several(requests []any) string {
	seen := map[string]bool{}
	for _, each := range requests {
		sent, _ := each.(map[string]any)
		for _, name := range texts(sent["entityTypes"]) {
			if seen[name] {
				return "Entity types must not be duplicates in multiple entity requests"
			}
			seen[name] = true
		}
	}
	return "File entity types can only appear in one entity request"
}

// readTypes reads what is searched for.
func (r *request) readTypes(c *service.Call, sent map[string]any) error {
	names := texts(sent["entityTypes"])
	if len(names) == 0 {
		return badEntity("entityTypes required")
	}
	for _, name := range names {
		name = strings.TrimPrefix(name, "microsoft.graph.")
		if family := families[families[name]]; family != families[families[strings.TrimPrefix(names[0], "microsoft.graph.")]] {
			return badEntity("Invalid entity type combination") // OBS
		}
	}
	for _, name := range names {
		name = strings.TrimPrefix(name, "microsoft.graph.")
		k := kindNamed(name)
		if k == nil {
			return kql.Unsupported("the entity type", name)
		}
		if slices.Contains(r.kinds, k) {
			continue
		}
		if c.Caller.AppOnly && k.family != fileFamily {
			return service.Fail("search-app-only", "{type}", k.title())
		}
		if !k.isGranted(c.Caller.Granted) {
			return service.Fail("search-permission", "{type}", k.title(), "{reason}", k.permissions,
				"{id}", strings.Join(c.Caller.Granted, ", "))
		}
		r.kinds = append(r.kinds, k)
	}
	return nil
}

// readQuery reads the words, and the template that they stand in. DOC search-concept-query-template.md
func (r *request) readQuery(sent map[string]any) error {
	of, _ := sent["query"].(map[string]any)
	text, _ := of["queryString"].(string)
	if strings.TrimSpace(text) == "" {
		return badEntity("searchRequest -> query is invalid (queryString required)") // OBS
	}
	r.query = text
	template, _ := of["queryTemplate"].(string)
	switch rest := strings.ReplaceAll(template, "{searchTerms}", ""); {
	case template == "":
	case r.kinds[0].family != fileFamily:
		return badEntity("Query template is not supported for " + r.kinds[0].title())
	case strings.ContainsAny(rest, "{}"):
		return kql.Unsupported("the variables of the queryTemplate", template)
	default:
		r.query = strings.ReplaceAll(template, "{searchTerms}", text)
	}
	return nil
}

// readPage reads from and size. DOC search-api-overview.md
func (r *request) readPage(sent map[string]any) error {
	number := func(name string, usual int) (n int) {
		if text, is := sent[name].(json.Number); is {
			if n, err := strconv.Atoi(text.String()); err == nil {
				return n
			}
			return -1
		}
		return usual
	}
	most := maxSize
	if r.kinds[0].family != fileFamily {
		most = mailboxSize
	}
	r.from, r.size = number("from", 0), number("size", usualSize)
	switch {
	case r.size > most:
		return service.Fail("search-page-size", "{id}", itoa(most))
	case r.from < 0, r.size < 0:
		return badEntity("from and size must not be negative")
	}
	r.fields = texts(sent["fields"])
	return nil
}

// notSupported are the properties of a request that would be ignored.
var notSupported = []string{"aggregations", "aggregationFilters", "collapseProperties", "resultTemplateOptions"}

// readRest reads what is only right or wrong.
func (r *request) readRest(c *service.Call, sent map[string]any) error {
	region, _ := sent["region"].(string)
	switch {
	case c.Caller.AppOnly && region == "": // OBS
		return invalid("Region is required when request with application permission.")
	case !c.Caller.AppOnly && region != "": // OBS
		return invalid("Region is not supported when request with delegated permission.")
	case !isNothing(sent["contentSources"]): // OBS
		return badEntity("Content Source is required only for ExternalItem")
	}
	for _, name := range notSupported {
		if !isNothing(sent[name]) {
			return kql.Unsupported("the option", name)
		}
	}
	alteration, _ := sent["queryAlterationOptions"].(map[string]any)
	for name, value := range alteration {
		if value == true {
			return kql.Unsupported("the option", name)
		}
	}
	return nil
}

func isNothing(value any) bool {
	switch value := value.(type) {
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return value == nil
}

// sortable are the properties that hits can be sorted by, by the names that Graph and the index
// have for them (assumed: which of the others can be depends on the schema of the tenant).
var sortable = map[string]string{
	"name": "name", "filename": "name", "title": "displayName", "displayname": "displayName", "size": "size",
	"created": "createdDateTime", "createddatetime": "createdDateTime", "weburl": "webUrl", "path": "webUrl",
	"lastmodifiedtime": "lastModifiedDateTime", "lastmodifieddatetime": "lastModifiedDateTime", "write": "lastModifiedDateTime",
}

// readSort reads in which order hits are to be. DOC search-concept-sort.md
func (r *request) readSort(sent map[string]any) error {
	all, _ := sent["sortProperties"].([]any)
	if len(all) > 0 && r.kinds[0].family != fileFamily {
		return badEntity("Don't support sort for " + r.kinds[0].title()) // OBS
	}
	if len(all) > 5 {
		return badEntity("At most 5 sort properties are supported")
	}
	for _, each := range all {
		of, _ := each.(map[string]any)
		name, _ := of["name"].(string)
		property := sortable[strings.ToLower(name)]
		if property == "" {
			return kql.Unsupported("the sort property", name)
		}
		r.sort = append(r.sort, order{property, of["isDescending"] == true})
	}
	return nil
}

func texts(value any) (all []string) {
	list, _ := value.([]any)
	for _, each := range list {
		if text, is := each.(string); is {
			all = append(all, text)
		}
	}
	return all
}
