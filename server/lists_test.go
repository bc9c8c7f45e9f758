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
	u.want(200, "GET", "/sites/root", "")
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
