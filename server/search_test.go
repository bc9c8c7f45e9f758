package server_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// searched posts a request of a search, and returns the container of its hits.
func (u *uploader) searched(request string) map[string]any {
	u.t.Helper()
	res := u.want(200, "POST", "/search/query", `{"requests": [`+request+`]}`)
	all := res["value"].([]any)[0].(map[string]any)["hitsContainers"].([]any)
	return all[0].(map[string]any)
}

// named are the names of what was found.
func named(container map[string]any) (all []string) {
	hits, _ := container["hits"].([]any)
	for _, each := range hits {
		resource := each.(map[string]any)["resource"].(map[string]any)
		for _, name := range []string{"subject", "displayName", "name", "id"} {
			if text, is := resource[name].(string); is {
				all = append(all, text)
				break
			}
		}
	}
	return all
}

func TestSearchFindsWhatTheTenantHas(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for _, subject := range []string{"Zebra one", "Zebra two", "zebras"} {
		u.want(201, "POST", "/me/messages", `{"subject": "`+subject+`", "body": {"content": "striped"}}`)
	}
	u.want(201, "PUT", "/me/drive/root:/zebra.txt:/content", "black and white")
	u.want(201, "PUT", "/users/adele@contoso.com/drive/root:/zebra.txt:/content", "of another user")
	u.want(201, "PUT", "/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/drive/root:/zebra-crew.md:/content", "of a group")
	u.want(201, "POST", trails+"/lists/Huts/items", `{"fields": {"Title": "Zebra hut"}}`)
	u.want(201, "POST", "/me/events", `{"subject": "Zebra crossing", "start": {"dateTime": "2026-03-01T10:00:00", "timeZone": "UTC"},
		"end": {"dateTime": "2026-03-01T11:00:00", "timeZone": "UTC"}, "location": {"displayName": "Zoo"}}`)
	for _, test := range []struct{ kind, query, want string }{
		{"message", "zebra", "Zebra one,Zebra two"},
		{"message", "zebra*", "Zebra one,Zebra two,zebras"},
		{"message", "subject:two body:striped", "Zebra two"},
		{"message", "zebra NOT two", "Zebra one"},
		{"message", "from:adele bridge hasAttachment:true", "The bridge at the mill"},
		{"message", "received>=2026-02-01 received<2026-02-02", "The bridge at the mill"},
		{"event", "zoo", "Zebra crossing"},
		{"event", "subject:zebra location:zoo", "Zebra crossing"},
		{"driveItem", "zebra", "zebra-crew.md,zebra.txt"},
		{"driveItem", "white", "zebra.txt"},
		{"driveItem", "zebra filetype:md", "zebra-crew.md"},
		{"driveItem", "zebra size<12", "zebra-crew.md"},
		{"driveItem", "maps isDocument:false", "Maps"},
		{"listItem", "zebra", "3"},
		{"list", "hut*", "Huts"},
		{"site", "trails", "Trails"},
		{"site", `path:"https://contoso.sharepoint.com/sites/trails"`, "Trails"},
		{"chatMessage", "from:diego fog", "1770000000001"},
	} {
		got := named(u.searched(fmt.Sprintf(`{"entityTypes": [%q], "query": {"queryString": %q}}`, test.kind, test.query)))
		slices.Sort(got)
		if strings.Join(got, ",") != test.want {
			t.Errorf("%s %s: %q", test.kind, test.query, got)
		}
	}
	pages := []string{}
	for from := range 3 {
		page := u.searched(fmt.Sprintf(`{"entityTypes": ["driveItem", "listItem"], "query": {"queryString": "zebra"}, "from": %d, "size": 1,
			"sortProperties": [{"name": "name"}]}`, from))
		if page["total"] != 3.0 || page["moreResultsAvailable"] != (from < 2) {
			t.Errorf("from %d: %v", from, page)
		}
		pages = append(pages, named(page)...)
	}
	if strings.Join(pages, ",") != "3,zebra-crew.md,zebra.txt" {
		t.Errorf("pages: %q", pages)
	}
	template := u.searched(`{"entityTypes": ["driveItem"], "query": {"queryString": "zebra", "queryTemplate": "({searchTerms}) filetype:txt"}}`)
	if got := named(template); !slices.Equal(got, []string{"zebra.txt"}) {
		t.Errorf("a template: %q", got)
	}
}

func TestSearchesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	with := func(kind, more string) string {
		return `{"requests": [{"entityTypes": ["` + kind + `"], "query": {"queryString": "a"}` + more + `}]}`
	}
	const invalid = "SearchRequest Invalid ("
	for body, want := range map[string]string{
		with("message", `, "size": 26`):                                      "The maximum allowed page size is 25",
		with("driveItem", `, "size": 1001`):                                  "The maximum allowed page size is 1000",
		with("message", `, "from": -1`):                                      invalid + "EntityRequest Invalid (from and size must not be negative))",
		with("message", `, "sortProperties": [{"name": "subject"}]`):         invalid + "EntityRequest Invalid (Don't support sort for Message))",
		with("driveItem", `, "contentSources": ["/external/connections/a"]`): invalid + "EntityRequest Invalid (Content Source is required only for ExternalItem))",
		with("driveItem", `, "region": "NAM"`):                               invalid + "Region is not supported when request with delegated permission.)",
		`{"requests": []}`:                                                   invalid + "requests required)",
		`{"requests": [{"entityTypes": ["site"], "query": {"queryString": "a"}}, {"entityTypes": ["list"], "query": {"queryString": "a"}}]}`: invalid +
			"File entity types can only appear in one entity request)",
		`{"requests": [{"entityTypes": ["driveItem"], "query": {"queryString": "` + strings.Repeat("(", 5000) + `"}}]}`: "The query is too long: the maximum allowed length is 4096.",
	} {
		got := u.want(400, "POST", "/search/query", body)
		if message := got["error"].(map[string]any)["message"]; message != want {
			t.Errorf("%.100s: %v", body, message)
		}
	}
	for body, want := range map[string]string{
		with("drive", ""):        `the entity type "drive"`,
		with("externalItem", ""): `the entity type "externalItem"`,
		with("driveItem", `, "collapseProperties": [{"fields": ["a"], "limit": 1}]`):           `the option "collapseProperties"`,
		with("driveItem", `, "queryAlterationOptions": {"enableSuggestion": true}`):            `the option "enableSuggestion"`,
		with("driveItem", `, "sortProperties": [{"name": "Refinable\nString00"}]`):             `the sort property "Refinable\nString00"`,
		`{"requests": [{"entityTypes": ["listItem"], "query": {"queryString": "A:b"}}]}`:       `the property "a"`,
		`{"requests": [{"entityTypes": ["driveItem"], "query": {"queryString": "a NEAR b"}}]}`: `the operator "NEAR"`,
	} {
		res, text := u.send("POST", "/search/query", body)
		if got := res.Header.Get("Graphmock-Unsupported"); res.StatusCode != 501 || got != "POST /search/query: "+want {
			t.Errorf("%s: %s %s %s", body, res.Status, got, text)
		}
	}
}

// TestSearchesOfWhatIsExpandedAreChecked: as those of the list itself.
func TestSearchesOfWhatIsExpandedAreChecked(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for search, want := range map[string]int{"size:1": 501, "from:adele": 200} {
		for _, path := range []string{"/me/mailFolders", "/me/mailFolders/inbox"} {
			u.want(want, "GET", path+"?$expand=messages($search=%22"+search+"%22)", "")
		}
	}
}

// TestAppsSearchFilesOfARegion: an app by itself names a region, sees all drives, and no mail.
func TestAppsSearchFilesOfARegion(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	u.want(201, "PUT", "/users/adele@contoso.com/drive/root:/zebra.txt:/content", "of another user")
	search := func(options server.TokenOptions, kind, more string) (int, string) {
		token, err := u.server.Token(options)
		if err != nil {
			t.Fatal(err)
		}
		body := `{"requests": [{"entityTypes": ["` + kind + `"], "query": {"queryString": "zebra"}` + more + `}]}`
		res, text := send(t, u.server, "POST", "/v1.0/search/query", strings.NewReader(body), "Content-Type", "application/json",
			"Authorization", "Bearer "+token)
		var got any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, fmt.Sprint(got)
	}
	app := server.TokenOptions{AppOnly: true}
	if status, got := search(app, "driveItem", ""); status != 400 || !strings.Contains(got, "Region is required") {
		t.Errorf("%d %s", status, got)
	}
	if status, got := search(app, "driveItem", `, "region": "NAM"`); status != 200 || !strings.Contains(got, "zebra.txt") {
		t.Errorf("%d %s", status, got)
	}
	if status, got := search(app, "message", `, "region": "NAM"`); status != 403 {
		t.Errorf("%d %s", status, got)
	}
	status, got := search(server.TokenOptions{Scopes: []string{"Files.Read.All"}}, "message", "")
	if status != 403 || !strings.Contains(got, "Access to Message in Graph API requires the following permissions: Mail.Read or Mail.ReadWrite.") {
		t.Errorf("%d %s", status, got)
	}
	if status, got := search(server.TokenOptions{Scopes: []string{"Files.Read.All"}}, "driveItem", ""); status != 200 || strings.Contains(got, "zebra.txt") {
		t.Errorf("%d %s", status, got)
	}
}
