package resource

import (
	"cmp"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// somePaths are of documented exchanges of Graph: one of each way to write a path.
var somePaths = []string{
	"/me/activities/1/historyItems/2",
	"/me/activities/recent",
	"/users/$count",
	"/users/8f98f01d-1a73-401a-b9e9-9fd1e6f5e5ar/chats/19:22273db3497f4b32bue61f6e82be21c5@thread.tacv2/messages/1649864053377/softDelete",
	"/chats/19%5bd86ec7f6b247d3b9e519b0bfef5d03%40thread.v2/installedApps/MTk6NWJkODZlYzdmNmIyNDdkM2I5ZTUxOWIwYmZlZjVkMDNA=",
	"/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/members/$count",
	"/groups/{id}/owners/{id}/$ref",
	"/groups(uniqueName='uniqueName')",
	"/applications(uniqueName='app-65278')/federatedIdentityCredentials(name='fic01-app-65278')",
	"/servicePrincipals(appId='65415bb1-9267-4313-bbf5-ae259732ee12')",
	"/education/classes/f1e03281/assignments/9aaba0b4/rubric/$ref",
	"/employeeExperience/learningProviders/13727311/learningContents(externalId='LP4471')",
	"/identity/authenticationEventsFlows/0313cc37/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAttributeCollection/" +
		"microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes/$ref",
	"/identityGovernance/entitlementManagement/assignments/filterByCurrentUser(on='target')",
	"/identityGovernance/lifecycleWorkflows/insights/topTasksProcessedSummary(startDateTime=2023-01-01T00:00:00Z," +
		"endDateTime=2023-01-31T00:00:00Z)",
	"/me/drive/items/{id}/workbook/names/{name}/range/usedRange(valuesOnly=true)",
	"/me/drive/items/{id}/workbook/worksheets/{id|name}/charts/itemAt(index=8)",
	"/me/drive/root/delta(token='MzslMjM0OyUyMzE7MzsyM2YwNDVhMS1lNmRmLTQ1N2MtOGQ5NS1hNmViZDVmZWRhNWQ')",
	"/me/drive/root/search(q='Contoso%20Project')",
	"/me/onenote/notebooks/getRecentNotebooks(includePersonalNotebooks=true)",
	"/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')",
	"/me/photo/$value",
	"/print/printers/{printerId}/jobs/{printJobId}/documents/{printDocumentId}/$value",
	"/reports/getGroupArchivedPrintJobs(groupId='{id}',startDateTime=<timestamp>,endDateTime=<timestamp>)",
	"/reports/getYammerGroupsActivityDetail(date='2018-03-05')",
	"/users/10f17b99-784c-4526-8747-aec8a3159d6a/manager/$ref",
}

// unread are the classes of documented paths that are not read, by a part of them.
var unread = []struct{ part, why string }{
	{"//", "an empty segment"},
	{"/beta/", "only the beta version has it"},
	{"EnterpriseCodeSigningCertificates", "not in the model"},
	{"/telecomExpenseManagementPartners", "not in the model"},
	{"/storageContainers", "not in the model"},
	{"/orgContacts", "not in the model"},
	{"/b2cUserFlows", "not in the model"},
	{"/visibleView/itemAt", "not in the model"},
	{"/sort/fields/icon", "a property of a collection"},
	{"/tables/%7Bid%7D/add", "mistaken: an action of the collection"},
	{"/sharepointRestoreSessions/", "mistaken: the segments are in the wrong order"},
	{"/whoisHistoryRecord/", "mistaken: a letter is missing"},
	{"/drive/root/items/", "mistaken: root is an item itself"},
	{"/termStores/", "mistaken: terms are in sets"},
	{"/recording", "mistaken: a letter is missing"},
	{"/user/", "mistaken: a letter is missing"},
}

func whyUnread(path string) string {
	for _, class := range unread {
		if strings.Contains(strings.ToLower(path), strings.ToLower(class.part)) {
			return class.why
		}
	}
	return ""
}

// documentedURLs returns the URLs of the exchanges that Graph's documentation shows, if the folder
// that GRAPHMOCK_SHARED names, or the one named shared next to the checkout, is there.
func documentedURLs(t testing.TB) []string {
	t.Helper()
	folder := cmp.Or(os.Getenv("GRAPHMOCK_SHARED"), filepath.Join("..", "..", "..", "shared"))
	data, err := os.ReadFile(filepath.Join(folder, "graph", "documented-v1.0.har"))
	if err != nil {
		t.Log("only a few documented paths are read:", err)
		return nil
	}
	var har struct {
		Log struct {
			Entries []struct{ Request struct{ URL string } }
		}
	}
	if err := json.Unmarshal(data, &har); err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, e := range har.Log.Entries {
		urls = append(urls, e.Request.URL)
	}
	return urls
}

// documentedPaths returns the escaped paths of exchanges, with their version.
func documentedPaths(t testing.TB) []string {
	t.Helper()
	var paths []string
	for _, path := range somePaths {
		paths = append(paths, "/v1.0"+path)
	}
	for _, raw := range documentedURLs(t) {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, u.EscapedPath())
	}
	return paths
}

// belowVersion returns a path without its version.
func belowVersion(path string) string {
	_, rest, _ := strings.Cut(path[1:], "/")
	return "/" + rest
}

func TestDocumentedPathsAreRead(t *testing.T) {
	t.Parallel()
	paths := documentedPaths(t)
	read, classes := 0, map[string]int{}
	for _, path := range paths {
		_, err := graphTree().Parse(belowVersion(path))
		why := whyUnread(path)
		switch {
		case err == nil:
			read++
		case why == "":
			t.Errorf("%s: %v", path, err)
		default:
			classes[why]++
		}
	}
	percent := 100 * float64(read) / float64(len(paths))
	t.Logf("%d of %d paths are read, %.1f %%; the others: %v", read, len(paths), percent, classes)
	if percent < 98.4 {
		t.Errorf("%.1f %% of the documented paths are read, want 98.4 %%", percent)
	}
}

func TestDocumentedPathsAreReadBack(t *testing.T) {
	t.Parallel()
	for _, path := range documentedPaths(t) {
		p, err := graphTree().Parse(belowVersion(path))
		if err != nil {
			continue
		}
		asURL, asOData := write(p)
		for _, written := range []string{asURL, asOData} {
			got, err := graphTree().Parse(written)
			if err != nil || got.Node != p.Node || !slices.Equal(got.Values, p.Values) {
				t.Errorf("%s is written as %s and read as %s %q: %v", path, written, got.Template(), got.Values, err)
			}
		}
		if n := graphTree().Resolve(p.Template()); n != p.Node {
			t.Errorf("%s: the template %s is another node", path, p.Template())
		}
	}
}

func TestDocumentedPathsDoNotDependOnCase(t *testing.T) {
	t.Parallel()
	tree := graphTree()
	for _, path := range documentedPaths(t) {
		p, err := tree.Parse(belowVersion(path))
		if err != nil {
			continue
		}
		var b []byte
		for n, values := range p.Segments() {
			segment := string(AppendURL(nil, n, values...))
			if !n.isKey() && len(values) == 0 {
				segment = strings.ToUpper(segment)
			}
			b = append(b, segment...)
		}
		sameReading(t, tree, string(b), belowVersion(path))
	}
}
