package openapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

func TestOperationsAreDerivedFromTheModel(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]struct{ id, path, body string }{
		"GET /v1.0/me/todo/lists": {"me.todo.ListLists", "/me/todo/lists", ""},
		"POST /beta/me/todo/lists/": {
			"me.todo.CreateLists", "/me/todo/lists", "microsoft.graph.todoTaskList",
		},
		"GET /v1.0/me/todo/lists('a')":     {"me.todo.GetLists", "/me/todo/lists/{todoTaskList-id}", ""},
		"GET /v1.0/ME/Todo/Lists/a/$count": {"", "", ""},
		"GET /v1.0/me/todo/lists/a/tasks/$count": {
			"me.todo.lists.tasks.GetCount", "/me/todo/lists/{todoTaskList-id}/tasks/$count", "",
		},
		"PATCH /v1.0/users/u/todo/lists/a/tasks/b": {
			"users.todo.lists.UpdateTasks", "/users/{user-id}/todo/lists/{todoTaskList-id}/tasks/{todoTask-id}",
			"microsoft.graph.todoTask",
		},
		"DELETE /v1.0/groups/a/members/b": {
			"groups.DeleteMembers", "/groups/{group-id}/members/{directoryObject-id}", "",
		},
		"GET /v1.0/users/a/directReports/b": {
			"users.GetDirectReports", "/users/{user-id}/directReports/{directoryObject-id}", "",
		},
		"GET /v1.0/me/nothing": {"", "", ""},
		"GET /v1.0/applications(appId='x')/owners": {
			"applications.ListOwners", "/applications(appId={appId})/owners", "",
		},
		"GET /v1.0/users/delta()":                         {"users.delta", "/users/delta", ""},
		"GET /v1.0/me/mailboxSettings":                    {"me.GetMailboxSettings", "/me/mailboxSettings", ""},
		"GET /v1.0/me/photo/$value":                       {"me.photo.GetValue", "/me/photo/$value", ""},
		"GET /v1.0/me/memberOf/graph.group":               {"me.memberOf.ListMicrosoft.graph.group", "/me/memberOf/microsoft.graph.group", ""},
		"GET /v1.0/reports/getOneDriveUsage(period='D7')": {"", "", ""},
		"GET /v1.0/reports/getOneDriveUsageAccountDetail(period='D7')": {
			"reports.getOneDriveUsageAccountDetailByPeriod", "/reports/getOneDriveUsageAccountDetail(period={period})", "",
		},
		"GET /v2.0/me/todo/lists": {"", "", ""},
	} {
		method, path, _ := strings.Cut(request, " ")
		m, refusal := Embedded().Route(method, path)
		if refusal != nil && want.id == "" && refusal.Rule != ruleMethodNotAllowed {
			continue
		}
		if refusal != nil {
			t.Errorf("%s: %v", request, refusal)
			continue
		}
		op := m.Operation
		if op.ID != want.id || op.Path != want.path || op.Pattern() != method+" "+want.path {
			t.Errorf("%s: %s %s", request, op.ID, op.Path)
		}
		body := op.RequestBody()
		if body.Accepted != (want.body != "") || body.Required != (want.body != "") {
			t.Errorf("%s: takes a body: %+v", request, body)
		}
		if ref, _ := body.Schema()["$ref"].(string); want.body != "" && strings.TrimSuffix(ref, created) != "#/$defs/"+want.body {
			t.Errorf("%s: takes %s", request, ref)
		}
		if n := m.Resource().Node; n == nil || n != op.Node() || !op.Security().RequiresToken() {
			t.Errorf("%s: at %v", request, n)
		}
		if again, _ := Embedded().Route(method, path); again.Operation != op {
			t.Errorf("%s: derived twice", request)
		}
	}
}

// TestWhatGraphMeansBesideOData: paths and methods that the metadata does not tell of.
func TestWhatGraphMeansBesideOData(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]struct{ id, path string }{
		"PUT /v1.0/me/drive/root:/a/b.txt:/content": {"me.drive.root.byPath.SetContent", "/me/drive/root:/{path}:/content"},
		"PATCH /v1.0/drives/d/items/i:/a": {
			"drives.items.UpdateByPath", "/drives/{drive-id}/items/{driveItem-id}:/{path}:",
		},
		"GET /v1.0/sites/contoso.com:/a:/lists": {"sites.byPath.ListLists", "/sites/{site-id}:/{path}:/lists"},
		"GET /v1.0/me/drive/items/i/thumbnails/0/c1x2": {
			"me.drive.items.thumbnails.GetByName", "/me/drive/items/{driveItem-id}/thumbnails/{thumbnailSet-id}/{name}",
		},
		"POST /v1.0/security/alerts_v2/a/comments": {
			"security.alerts_v2.CreateComments", "/security/alerts_v2/{alert-id}/comments",
		},
		"POST /v1.0/servicePrincipals/a/remoteDesktopSecurityConfiguration": {
			"servicePrincipals.CreateRemoteDesktopSecurityConfiguration",
			"/servicePrincipals/{servicePrincipal-id}/remoteDesktopSecurityConfiguration",
		},
		"POST /v1.0/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation": {
			"directory.federationConfigurations.CreateMicrosoft.graph.samlOrWsFedExternalDomainFederation",
			"/directory/federationConfigurations/microsoft.graph.samlOrWsFedExternalDomainFederation",
		},
		"POST /v1.0/drives/d/items/i/workbook/names/n/range/row": {
			"drives.items.workbook.names.range.CallRow",
			"/drives/{drive-id}/items/{driveItem-id}/workbook/names/{workbookNamedItem-id}/range/row",
		},
		"PATCH /v1.0/me/drive/items/i/workbook/worksheets/w/range(address='A1')": {
			"me.drive.items.workbook.worksheets.UpdateRangeByAddress",
			"/me/drive/items/{driveItem-id}/workbook/worksheets/{workbookWorksheet-id}/range(address={address})",
		},
		"POST /v1.0/deviceAppManagement/managedAppPolicies/a/assign": {
			"deviceAppManagement.managedAppPolicies.assign",
			"/deviceAppManagement/managedAppPolicies/{managedAppPolicy-id}/assign",
		},
		"GET /v1.0//me/todo//lists": {"me.todo.ListLists", "/me/todo/lists"},

		"POST /v1.0/me/drive":                              {},
		"POST /v1.0/me/onlineMeetings/a/allowedPresenters": {},
		"POST /v1.0/me/memberOf/graph.group":               {},
		"POST /v1.0/users/delta":                           {},
		"PATCH /v1.0/sites/root/getByPath(path='a')":       {},
		"POST /v1.0/me/drive/items/i/thumbnails/0/c1x2":    {},
		"GET /v1.0/users//todo/lists":                      {},
		"GET /v1.0//me//activities":                        {},
		"POST /v1.0/me/drive/root:/a:/children/b/nothing":  {},
	} {
		method, path, _ := strings.Cut(request, " ")
		m, refusal := Embedded().Route(method, path)
		if want.id == "" {
			if refusal == nil {
				t.Errorf("%s is %s", request, m.Operation.ID)
			}
			continue
		}
		if refusal != nil {
			t.Errorf("%s: %v", request, refusal)
			continue
		}
		if op := m.Operation; op.ID != want.id || op.Path != want.path {
			t.Errorf("%s: %s %s", request, op.ID, op.Path)
		}
		if op, err := Embedded().Find(method + " " + want.path); err != nil || op != m.Operation {
			t.Errorf("%s is not found by its pattern: %v", request, err)
		}
	}
}

func TestDerivedOperationsAreFoundByTheirPatterns(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"GET /me/todo/lists":                                "me.todo.ListLists",
		"PATCH /me/todo/lists/{list}/tasks/{task}":          "me.todo.lists.UpdateTasks",
		"DELETE /beta/users/{id}/todo/lists/{todoTaskList}": "users.todo.DeleteLists",
		"PUT /me/todo/lists":                                "",
		"/me/todo/lists":                                    "",
		"GET /me/todo/nothing":                              "",
		"GET /me/todo/lists/{list}.json":                    "",
	} {
		op, err := Embedded().Find(pattern)
		if (err == nil) != (want != "") || err == nil && op.ID != want {
			t.Errorf("%s: %+v %v, want %s", pattern, op, err, want)
		}
	}
}

func TestAPathAloneIsThatOfAllDerivedOperations(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"/me/todo/lists":           "me.todo.ListLists me.todo.CreateLists",
		"/beta/me/todo/lists/{id}": "me.todo.DeleteLists me.todo.GetLists me.todo.UpdateLists",
		"POST /me/todo/lists":      "me.todo.CreateLists",
		"/me/todo/nothing":         "",
	} {
		var ids []string
		for _, op := range foundBy(pattern) {
			ids = append(ids, op.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
}

// foundBy returns the operations that a pattern names, if any.
func foundBy(pattern string) []*Operation {
	all, _ := Embedded().FindAll(pattern)
	return all
}

func TestDerivedPathsSayWhichMethodsTheyHave(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/v1.0/me/todo/lists": {"GET", "POST"}, "/v1.0/me/todo/lists/a": {"DELETE", "GET", "PATCH"},
		"/v1.0/me/messages": {"GET", "POST"}, "/v1.0/groups/a": {"DELETE", "GET", "PATCH"},
		"/v1.0/me/todo": {"DELETE", "GET", "PATCH", "PUT"}, "/v1.0/me": {"GET", "PATCH"},
		"/v1.0/users/delta": {"GET"}, "/v1.0/me/sendMail": {"POST"}, "/v1.0/groups/a/members/$ref": {"DELETE", "GET", "POST"},
		"/v1.0/me/manager/$ref": {"DELETE", "GET", "PUT"}, "/v1.0/groups/a/members/b/$ref": {"DELETE"},
		"/v1.0/me/todo/lists/$count": {"GET"},
	} {
		m, refusal := Embedded().Route("BREW", path)
		if refusal == nil || refusal.Rule != ruleMethodNotAllowed || !slices.Equal(m.Allow, want) {
			t.Errorf("%s: %v %v, want %v", path, m.Allow, refusal, want)
		}
		if m.Operation != nil || m.Resource().Node == nil {
			t.Errorf("%s: %+v", path, m)
		}
	}
}

func TestDerivedOperationsTakeTheOptionsOfTheirKind(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]string{
		"GET /v1.0/me/todo/lists":        "$count $expand $filter $format $orderby $search $select $skip $top",
		"GET /v1.0/me/todo/lists/a":      "$expand $format $select",
		"GET /v1.0/me/todo/lists/$count": "$filter $search",
		"POST /v1.0/me/todo/lists":       "",
		"DELETE /v1.0/me/todo/lists/a":   "",
	} {
		method, path, _ := strings.Cut(request, " ")
		m, _ := Embedded().Route(method, path)
		if got := strings.Join(m.Operation.Surface().QueryOptions(), " "); got != want {
			t.Errorf("%s: %q", request, got)
		}
		if _, takes := m.Operation.Option("$SkipToken"); takes != strings.HasSuffix(request, "lists") && method == "GET" {
			t.Errorf("%s: takes $skiptoken: %v", request, takes)
		}
	}
	m, _ := Embedded().Route("GET", "/v1.0/me/todo/lists")
	_, found := Embedded().CheckRequest(&Request{Match: m, Query: "$top=-1"})
	if len(found) != 1 || found[0].Pointer != "$top" || found[0].Rule != "minimum" {
		t.Errorf("$top=-1: %v", found)
	}
}

func TestDerivedBodiesAreThoseOfTheType(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"title": "a", "status": "completed", "note@odata.type": "x"}`:                         "",
		`{"title": null, "categories": ["a"], "body": {"content": "x", "contentType": "text"}}`: "",
		`{"titel": "a"}`:                           "/titel additionalProperties",
		`{"title": 1}`:                             "/title type",
		`{"status": "done"}`:                       "/status enum",
		`{"status": null}`:                         "/status type",
		`{"body": {"kontent": "x"}}`:               "/body/kontent additionalProperties",
		`{"createdDateTime": "yesterday"}`:         "/createdDateTime format",
		`{"checklistItems": [{"displayName": 1}]}`: "/checklistItems/0/displayName type",
		`{"checklistItems": [{"colour": 1}]}`:      "/checklistItems/0/colour additionalProperties",
		`[]`:                                       " type",
	} {
		m, _ := Embedded().Route("POST", "/v1.0/me/todo/lists/a/tasks")
		value, found := Embedded().CheckRequest(&Request{Match: m, Body: []byte(body),
			Header: http.Header{"Content-Type": {"application/json"}}})
		got := ""
		for _, v := range found {
			got += v.Pointer + " " + v.Rule
			if v.Operation != "me.todo.lists.CreateTasks" {
				t.Errorf("%s: of %s", body, v.Operation)
			}
		}
		if got != want || value == nil {
			t.Errorf("%s: %q %v, want %q", body, got, found, want)
		}
	}
}

func TestDerivedResponsesMayHaveMore(t *testing.T) {
	t.Parallel()
	list, _ := Embedded().Route("GET", "/v1.0/me/todo/lists")
	entity, _ := Embedded().Route("PATCH", "/v1.0/me/todo/lists/a")
	for body, test := range map[string]struct {
		op     *Operation
		status int
		want   int
	}{
		`{"@odata.context": "x", "value": [{"displayName": "a", "colour": 1}]}`:        {list.Operation, 200, 1},
		`{"@odata.context": "x", "value": [{"displayName": "a", "@odata.etag": "b"}]}`: {list.Operation, 200, 0},
		`{"value": [{"displayName": 1}]}`:                                              {list.Operation, 200, 1},
		`{"values": []}`:                                                               {list.Operation, 200, 2},
		`{"displayName": "a", "wellknownListName": "new"}`:                             {entity.Operation, 200, 0},
		`{"displayName": 1}`:                                                           {entity.Operation, 200, 1},
		`{"error": {"code": "a", "message": "b"}}`:                                     {entity.Operation, 404, 0},
		`{"error": {"code": "a"}}`:                                                     {entity.Operation, 503, 1},
		`{"error": {"code": "a", "message": "b", "x": 1}}  `:                           {entity.Operation, 206, 1},
	} {
		found := Embedded().CheckResponse(&Response{Operation: test.op, Status: test.status, Body: []byte(body),
			Header: http.Header{"Content-Type": {"application/json"}}})
		if len(found) != test.want {
			t.Errorf("%d %s: %v", test.status, body, found)
		}
	}
}

// TestDerivedSchemasCompile compiles what is derived for types with much in them.
func TestDerivedSchemasCompile(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/v1.0/users", "/v1.0/groups", "/v1.0/me/messages", "/v1.0/me/events", "/v1.0/sites/a/lists", "/v1.0/teams",
		"/v1.0/deviceManagement/deviceConfigurations", "/v1.0/me/drive/items",
	} {
		for _, method := range []string{"GET", "POST"} {
			m, refusal := Embedded().Route(method, path)
			if refusal != nil {
				t.Errorf("%s %s: %v", method, path, refusal)
				continue
			}
			s := m.Operation.response(200)
			if method == "POST" {
				s = m.Operation.response(201)
			}
			if err := s.content.schema().Compile(); err != nil {
				t.Errorf("%s %s: %v", method, path, err)
			}
			text, err := json.Marshal(s.content.schema().JSON())
			if err != nil || len(text) > 2<<20 {
				t.Errorf("%s %s: %d bytes, %v", method, path, len(text), err)
			}
			if _, syntax := jsontext.Decode(text); syntax != nil {
				t.Errorf("%s %s: %v", method, path, syntax)
			}
		}
	}
}

func TestDerivationsAreBoundedAndSafe(t *testing.T) {
	t.Parallel()
	c, err := Parse("graph.yaml", graphYAML)
	if err != nil {
		t.Fatal(err)
	}
	c.versions[0].derived.made = map[derivedKey]*Operation{}
	for i := range maxDerived {
		c.versions[0].derived.made[derivedKey{method: strings.Repeat("x", i)}] = nil
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, path := range []string{"/v1.0/me/todo/lists", "/v1.0/users", "/v1.0/me/todo/lists/1"} {
				if m, _ := c.Route("GET", path); m.Operation == nil || m.Operation.Contract() != c {
					t.Errorf("%s: %+v", path, m)
				}
			}
		})
	}
	wg.Wait()
	if n := len(c.versions[0].derived.made); n != 3 {
		t.Errorf("%d derived operations are kept", n)
	}
}

func TestDerivedOperationsTakeTheStatusesOfSamples(t *testing.T) {
	t.Parallel()
	const group = "/v1.0/groups/a"
	for _, test := range []struct {
		request string
		status  int
		body    string
		media   string
		want    string // rule of the violation
	}{
		{"POST /v1.0/me/messages", 201, `{"id": "a"}`, "application/json", ""},
		{"POST /v1.0/me/messages", 200, `{"id": "a"}`, "application/json", ""},
		{"POST /v1.0/me/messages", 200, `{"id": 1}`, "application/json", "type"},
		{"POST /v1.0/me/messages", 201, ``, "", ""},
		{"GET /v1.0/me/messages/a", 200, ``, "", "content-type"},
		{"GET /v1.0/me/messages/a", 201, `{}`, "application/json", "status"},
		{"PATCH " + group, 204, ``, "", ""},
		{"PATCH " + group, 200, `{"id": "a"}`, "application/json", ""},
		{"PATCH " + group, 200, `{"id": 1}`, "application/json", "type"},
		{"PATCH " + group, 206, ``, "", "status"},
		{"DELETE " + group, 202, ``, "", ""},
		{"DELETE " + group, 201, ``, "", "status"},
		{"POST " + group + "/members/$ref", 201, ``, "", ""},
		{"POST " + group + "/addFavorite", 200, ``, "", ""},
		{"POST " + group + "/addFavorite", 200, `{}`, "application/json", ""},
		{"POST /v1.0/me/drive/items/a/copy", 202, ``, "", ""},
		{"GET /v1.0/reports/getEmailActivityCounts(period='D7')", 200, "a,b", "text/csv", ""},
		{"GET /v1.0/reports/getEmailActivityCounts(period='D7')", 302, "", "", ""},
		{"GET /v1.0/me/drive/items/a/delta()", 302, "", "", "status"},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		m, v := Embedded().Route(method, path)
		if v != nil {
			t.Errorf("%s: %v", test.request, v)
			continue
		}
		header := http.Header{}
		if test.media != "" {
			header.Set("Content-Type", test.media)
		}
		found := Embedded().CheckResponse(&Response{Operation: m.Operation, Status: test.status, Header: header,
			Body: []byte(test.body)})
		got := ""
		for _, v := range found {
			got += v.Rule
		}
		if got != test.want {
			t.Errorf("%s %d %s: %v, want %q", test.request, test.status, test.body, found, test.want)
		}
		if test.want == "" && !m.Operation.Declares(test.status) {
			t.Errorf("%s: %d is not declared", test.request, test.status)
		}
	}
	m, _ := Embedded().Route("POST", "/v1.0/me/messages")
	for status := range m.Operation.Successes() {
		if status == 200 {
			t.Error("200 is a usual success of a create")
		}
	}
}

func TestDerivedOperationsTakeOtherMediaTypesThanJSON(t *testing.T) {
	t.Parallel()
	for request, media := range map[string]string{
		"POST /v1.0/me/messages":                            "text/plain",
		"POST /v1.0/me/sendMail":                            "text/plain",
		"POST /v1.0/me/messages/a/reply":                    "text/plain",
		"POST /v1.0/me/onenote/sections/a/pages":            "text/html",
		"POST /v1.0/me/onenote/pages":                       "multipart/form-data; boundary=a",
		"POST /v1.0/appCatalogs/teamsApps":                  "application/zip",
		"POST /v1.0/groups -":                               "text/plain",
		"POST /v1.0/me/events/a/accept -":                   "text/plain",
		"PATCH /v1.0/me/messages/a -":                       "text/plain",
		"POST /v1.0/me/onenote/sections/a/pages -":          "text/plain",
		"POST /v1.0/appCatalogs/teamsApps/a/appDefinitions": "application/zip",
	} {
		request, refused := strings.CutSuffix(request, " -")
		method, path, _ := strings.Cut(request, " ")
		m, v := Embedded().Route(method, path)
		if v != nil {
			t.Errorf("%s: %v", request, v)
			continue
		}
		value, found := Embedded().CheckRequest(&Request{Match: m, Body: []byte("<p>"),
			Header: http.Header{"Content-Type": {media}}})
		if refused != (len(found) > 0) || refused && found[0].Rule != ruleContentTypeNotJSON || value != nil {
			t.Errorf("%s with %s: %v %v", request, media, value, found)
		}
	}
}
