package server_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const trails = "/sites/contoso.sharepoint.com,2c712604-1370-44e7-a1f5-426573fda80a,2d2244c3-251a-49ea-93a8-39e1c3a060fe"

func TestItemsOfListsHaveFields(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	u.want(201, "POST", trails+"/lists", `{"displayName": "Guide books", "list": {"template": "genericList"},
		"columns": [{"name": "Author", "text": {}}, {"name": "Pages", "number": {}, "indexed": true}]}`)
	const items = trails + "/lists/Guidebooks/items"
	titles := func(query string) (all []string) {
		for _, v := range u.want(200, "GET", items+"?$expand=fields&"+query, "")["value"].([]any) {
			all = append(all, fmt.Sprint(v.(map[string]any)["fields"].(map[string]any)["Title"]))
		}
		return all
	}
	for i, title := range []string{"Lakes", "Ridges", "Huts"} {
		made := u.want(201, "POST", items, fmt.Sprintf(`{"fields": {"Title": %q, "Pages": %d, "Author": "Adele"}}`, title, 90-i))
		if made["id"] != fmt.Sprint(i+1) {
			t.Errorf("%s has the id %v", title, made["id"])
		}
	}
	if got := titles("$filter=fields/Pages%20eq%2089"); !slices.Equal(got, []string{"Ridges"}) {
		t.Errorf("filtered: %q", got)
	}
	if got := titles("$orderby=fields/Pages"); !slices.Equal(got, []string{"Huts", "Ridges", "Lakes"}) {
		t.Errorf("sorted: %q", got)
	}
	for _, query := range []string{"$filter=fields/Title%20eq%20'Huts'", "$orderby=fields/Author"} {
		refused := u.want(400, "GET", items+"?"+query, "")
		if text := fmt.Sprint(refused); !strings.Contains(text, "as it is not indexed") || code(refused) != "invalidRequest" {
			t.Errorf("%s: %v", query, refused)
		}
		res, text := u.sendWith("GET", items+"?"+query, "", "Prefer", "HonorNonIndexedQueriesWarningMayFailRandomly")
		if res.StatusCode != 200 {
			t.Errorf("%s: %s %s", query, res.Status, text)
		}
	}
	before := u.want(200, "GET", items+"/2", "")
	u.want(200, "PATCH", items+"/2/fields", `{"Title": "High ridges"}`)
	u.want(400, "PATCH", items+"/2/fields", `{"Colour": "red"}`)
	u.want(400, "POST", items, `{"fields": {"Title": "x", "Colour": "red"}}`)
	after := u.want(200, "GET", items+"/2?$expand=fields($select=Title,Pages)", "")
	fields, _ := after["fields"].(map[string]any)
	if fields["Title"] != "High ridges" || fields["Pages"] != 89.0 || fields["Author"] != nil || before["eTag"] == after["eTag"] {
		t.Errorf("%v, then %v", before, after)
	}
	whole := u.want(200, "GET", items+"/2/fields", "")
	if whole["LinkTitle"] != "High ridges" || whole["ContentType"] != "Item" || whole["id"] != "2" {
		t.Errorf("the fields are %v", whole)
	}
	page := u.want(200, "GET", items+"/delta", "")
	_, link, _ := strings.Cut(page["@odata.deltaLink"].(string), "/v1.0")
	u.want(204, "DELETE", items+"/3", "")
	u.want(200, "PATCH", items+"/1/fields", `{"Pages": 1}`)
	changes := u.want(200, "GET", link, "")["value"].([]any)
	if len(changes) != 2 || !strings.Contains(fmt.Sprint(changes), "deleted:map[state:deleted]") {
		t.Errorf("the delta says %v", changes)
	}
	if made := u.want(201, "POST", items, `{"fields": {"Title": "Springs"}}`); made["id"] != "4" {
		t.Errorf("after a deletion: %v", made)
	}
}

func TestSitesAreFound(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for path, want := range map[string]int{"/sites?search=trails": 1, "/sites?search=nothing": 0, "/sites?search=*": 3} {
		if n := len(u.want(200, "GET", path, "")["value"].([]any)); n != want {
			t.Errorf("%s: %d", path, n)
		}
	}
	for _, path := range []string{"/sites/root", "/sites/contoso.sharepoint.com", "/sites/root/drives", "/sites/root:/sites/trails"} {
		u.want(200, "GET", path, "")
	}
	malformed := u.want(400, "GET", "/sites/contoso.sharepoint.com,1,2", "")
	if code(malformed) != "invalidRequest" || !strings.Contains(fmt.Sprint(malformed), "site collection id is not valid") {
		t.Errorf("%v", malformed)
	}
	u.want(404, "GET", "/sites/contoso.sharepoint.com,2c712604-1370-44e7-a1f5-426573fda80a,2c712604-1370-44e7-a1f5-426573fda80a", "")
	for _, path := range []string{"/lists/Huts", "/lists/huts/items"} {
		u.want(200, "GET", trails+path, "")
	}
	u.want(404, "GET", trails+"/lists/none", "")
	u.want(201, "PUT", trails+"/drive/root:/a.txt:/content", "of a library")
	if drive := u.want(200, "GET", trails+"/drive", ""); drive["driveType"] != "documentLibrary" {
		t.Errorf("%v", drive)
	}
}

func decoded(t *testing.T, text []byte) (value map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

func TestListsHaveColumns(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const list = trails + "/lists/Books"
	u.want(201, "POST", trails+"/lists", `{"displayName": "Books", "columns": [{"name": "Pages", "number": {"minimum": 1}},
		{"displayName": "Read on", "dateTime": {}}, {"name": "Lent", "boolean": {}}, {"name": "Kind", "choice": {"choices": ["map"]}},
		{"name": "Reader", "personOrGroup": {}}, {"name": "Price", "currency": {"locale": "de-de"}},
		{"name": "Notes", "text": {"allowMultipleLines": true}}]}`)
	var names []string
	for _, v := range u.want(200, "GET", list+"/columns", "")["value"].([]any) {
		column := v.(map[string]any)
		names = append(names, column["name"].(string))
		if column["id"] == nil || column["indexed"] != false || column["displayName"] == "" {
			t.Errorf("%v", column)
		}
	}
	for _, want := range []string{"Title", "ID", "Created", "Pages", "Read_x0020_on", "Kind"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no column %s among %q", want, names)
		}
	}
	for body, want := range map[string]int{
		`{"name": "pages", "text": {}}`: 409, `{"text": {}}`: 400,
	} {
		u.want(want, "POST", list+"/columns", body)
	}
	made := u.want(201, "POST", list+"/columns", `{"name": "Shelf", "text": {"maxLength": 10}, "indexed": true}`)
	if text, _ := made["text"].(map[string]any); text["maxLength"] != 10.0 || text["allowMultipleLines"] != false {
		t.Errorf("the new column is %v", made)
	}
	u.want(200, "PATCH", list+"/columns/"+made["id"].(string), `{"description": "Where it stands"}`)
	u.want(204, "DELETE", list+"/columns/"+made["id"].(string), "")
	u.want(400, "DELETE", list+"/columns/fa564e0f-0c70-4ab9-b863-0177e6ddd247", "")
	for fields, want := range map[string]int{
		`{"Pages": 12, "Read_x0020_on": "2026-01-02T00:00:00Z", "Lent": true, "Kind": "book", "ReaderLookupId": "3", "Price": 2.5}`: 201,
		`{"Pages": "twelve"}`: 400, `{"Pages": 0}`: 400, `{"Read_x0020_on": "yesterday"}`: 400, `{"Lent": "no"}`: 400,
		`{"Price": "2.5"}`: 400, `{"Title": "` + strings.Repeat("x", 256) + `"}`: 400, `{"Shelf": "A"}`: 400, `{"Title": 1}`: 400,
		`{"Notes": "` + strings.Repeat("x", 256) + `"}`: 201, `{"Pages": null}`: 201,
	} {
		u.want(want, "POST", list+"/items", `{"fields": `+fields+`}`)
	}
	u.want(200, "PATCH", list+"/columns/fa564e0f-0c70-4ab9-b863-0177e6ddd247", `{"indexed": true}`)
	u.want(200, "GET", list+"/items?$expand=fields&$filter=fields/Title%20eq%20'x'", "")
	if types := u.want(200, "GET", list+"/contentTypes", "")["value"].([]any); len(types) != 1 {
		t.Errorf("the content types are %v", types)
	}
}

// TestAColumnIsAddedToAContentType: DOC contenttype-post-columns
func TestAColumnIsAddedToAContentType(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	source := u.want(201, "POST", trails+"/columns", `{"name": "Height", "number": {"minimum": 0}}`)["id"].(string)
	kind := trails + "/contentTypes/" + u.want(201, "POST", trails+"/contentTypes", `{"name": "Hut", "base": {"id": "0x01"}}`)["id"].(string)
	add := func(id string) string {
		return `{"sourceColumn@odata.bind": "https://graph.microsoft.com/v1.0` + trails + `/columns/` + id + `"}`
	}
	added := u.want(200, "POST", kind+"/columns", add(source))
	if number, _ := added["number"].(map[string]any); added["id"] != source || added["name"] != "Height" || number["minimum"] != 0.0 {
		t.Errorf("the column is %v", added)
	}
	if got := u.want(200, "GET", kind+"/columns/"+source, "")["name"]; got != "Height" {
		t.Errorf("its name is %v", got)
	}
	u.want(409, "POST", kind+"/columns", add(source))
	u.want(404, "POST", kind+"/columns", add("00000000-0000-4000-8000-000000000000"))
}

func TestListsAreNamedByTheService(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	made := u.want(201, "POST", trails+"/lists", `{"displayName": "Huts 2"}`)
	if made["webUrl"] != "https://contoso.sharepoint.com/sites/trails/Lists/Huts2" || made["eTag"] == nil ||
		made["parentReference"].(map[string]any)["siteId"] != strings.TrimPrefix(trails, "/sites/") {
		t.Errorf("%v", made)
	}
	for body, want := range map[string]int{`{"name": "x", "displayName": "x"}`: 400, `{"list": {}}`: 400, `{"displayName": "huts"}`: 409} {
		u.want(want, "POST", trails+"/lists", body)
	}
	if got := u.want(404, "GET", trails+"/lists/none", ""); !strings.Contains(fmt.Sprint(got), "The specified list was not found") {
		t.Errorf("%v", got)
	}
	item := u.want(201, "POST", trails+"/lists/Huts2/items", `{}`)
	if item["webUrl"] != "https://contoso.sharepoint.com/sites/trails/Lists/Huts2/1_.000" {
		t.Errorf("%v", item)
	}
	for _, path := range []string{trails + "/lists", trails + "/lists/Huts/items", "/me/drive/root/children", "/sites"} {
		if got := u.want(400, "GET", path+"?$skip=1", ""); code(got) != "invalidRequest" {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestItemsOfListsHaveVersions(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const item = trails + "/lists/Huts/items/3"
	u.want(201, "POST", trails+"/lists/Huts/items", `{"fields": {"Title": "One", "Beds": 4}}`)
	versions := func() (all []string) {
		for _, v := range u.want(200, "GET", item+"/versions?$expand=fields", "")["value"].([]any) {
			version := v.(map[string]any)
			all = append(all, fmt.Sprint(version["id"], " ", version["fields"].(map[string]any)["Title"]))
		}
		return all
	}
	if got := versions(); !slices.Equal(got, []string{"1.0 One"}) {
		t.Errorf("of a new one: %q", got)
	}
	tag := u.want(200, "GET", item, "")["eTag"].(string)
	for _, header := range []string{`"other,1"`, tag} {
		res, text := u.sendWith("PATCH", item+"/fields", `{"Title": "Two"}`, "If-Match", header)
		if want := map[bool]int{true: 200, false: 412}[header == tag]; res.StatusCode != want {
			t.Errorf("If-Match %s: %s %s", header, res.Status, text)
		}
	}
	u.want(200, "PATCH", item, `{"fields": {"Title": "Three"}}`)
	if got := versions(); !slices.Equal(got, []string{"3.0 Three", "2.0 Two", "1.0 One"}) {
		t.Errorf("after changes: %q", got)
	}
	u.want(204, "POST", item+"/versions/2.0/restoreVersion", "")
	u.want(400, "POST", item+"/versions/4.0/restoreVersion", "")
	u.want(404, "POST", item+"/versions/9.0/restoreVersion", "")
	if got := versions(); !slices.Equal(got, []string{"4.0 Two", "3.0 Three", "2.0 Two", "1.0 One"}) {
		t.Errorf("restored: %q", got)
	}
	if fields := u.want(200, "GET", item+"/versions/1.0/fields", ""); fields["Title"] != "One" || fields["Beds"] != 4.0 {
		t.Errorf("the first one has %v", fields)
	}
}
