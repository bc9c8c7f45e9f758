package capture_test

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/capture"
	"github.com/graphmock/graphmock/server/internal/workload"
)

// FuzzTenant has any exchanges, of which every document has to be one that loads.
func FuzzTenant(f *testing.F) {
	for _, seed := range []string{
		"GET /me 200 {\"id\":\"6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7a01\",\"userPrincipalName\":\"a@contoso.com\"}",
		"GET /me/messages/a?$expand=attachments 200 {\"id\":\"b\",\"attachments\":[{\"id\":\"c\",\"name\":5}]}",
		"GET /groups/1/members 200 {\"value\":[{\"id\":\"c\"},{\"@odata.type\":\"#microsoft.graph.group\"}]}",
		"DELETE /groups/1/members/2/$ref 204 ",
		"PATCH /applications(appId='a') 204 \nGET /directoryObjects/9 200 {}",
		"GET /users/1/manager 200 {\"id\":\"2\"}\nGET /users/2/directReports 200 {\"value\":[{\"id\":\"3\"}]}",
		"PUT /me/activities/x 200 {}\nGET /me/activities/x/historyItems 200 {\"value\":[{\"id\":\"1\"}]}",
		"GET /me/photo/$value 200 x\nGET /me/mailboxSettings/timeZone 200 {\"value\":\"x\"}",
		"GET /policies/crossTenantAccessPolicy/partners 200 {\"value\":[{\"tenantId\":\"x\"}]}",
	} {
		f.Add(seed)
	}
	contract := openapi.Embedded()
	f.Fuzz(func(t *testing.T, text string) {
		tenant := capture.New(contract, workload.All())
		var all []*capture.Exchange
		for line := range strings.Lines(text) {
			method, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			url, rest, _ := strings.Cut(rest, " ")
			status, body, _ := strings.Cut(rest, " ")
			path, query, _ := strings.Cut(url, "?")
			x := &capture.Exchange{Method: method, Path: "/v1.0" + path, Query: query, Status: 200, Answer: []byte(body),
				Body: []byte(body)}
			if status == "201" || status == "204" || status == "404" {
				x.Status = 200 + int(status[2]-'0') + int(status[0]-'2')*100
			}
			all = append(all, x)
		}
		for _, x := range all {
			tenant.Learn(x)
		}
		for _, x := range all {
			tenant.Add(x)
		}
		encoded, err := tenant.Document().Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fixtures.Parse("fixtures", encoded, contract); err != nil {
			t.Errorf("%v\n%s", err, encoded)
		}
	})
}
