package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// officialEditions are Microsoft's own documents of the service: what each says
// of a PATCH, and whether it has recent and $count.
var officialEditions = []struct {
	name      string
	patched   int
	functions bool
}{
	{"CrossDeviceExperiences.2022-02.yml", 204, false},
	{"CrossDeviceExperiences.yml", 200, true},
}

// officialContract reads one of them, with some of its text replaced.
func officialContract(t testing.TB, name string, oldNew ...string) *openapi.Contract {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "openapi", "testdata", "official", name))
	if err != nil {
		t.Fatal(err)
	}
	c, err := openapi.Parse(name, []byte(strings.NewReplacer(oldNew...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOfficialDocumentsServeAllTheSame lives a whole life of an activity by
// Microsoft's own documents. They are looser than the embedded contract, and no
// answer may break them.
func TestOfficialDocumentsServeAllTheSame(t *testing.T) {
	t.Parallel()
	for _, edition := range officialEditions {
		t.Run(edition.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{Now: now, Contract: officialContract(t, edition.name), PageSize: 3,
				Fixtures: fixtures.Empty()})
			call := func(want int, method, path, body string, header ...string) map[string]any {
				t.Helper()
				res, text := send(t, s, method, "/v1.0/users/me-token-to-replace/activities"+path,
					strings.NewReader(body), header...)
				if res.StatusCode != want {
					t.Fatalf("%s %s: %s %s", method, path, res.Status, text)
				}
				var answer map[string]any
				if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
					if err := json.Unmarshal(text, &answer); err != nil {
						t.Fatalf("%s %s: %v in %s", method, path, err, text)
					}
				} else if len(text) > 0 {
					answer = map[string]any{"text": string(text)}
				}
				return answer
			}
			same := func(what string, got, want any) {
				t.Helper()
				if got != want {
					t.Errorf("%s: got %v, want %v", what, got, want)
				}
			}
			names := func(list map[string]any, property string) string {
				var all []string
				for _, v := range list["value"].([]any) {
					all = append(all, textOf(v.(map[string]any)[property]))
				}
				return strings.Join(all, " ")
			}

			// Activities: Json takes anything, and other properties are kept.
			id := ""
			for i, name := range []string{"a", "b", "c", "d", "e"} {
				created := call(201, "POST", "",
					strings.Replace(activityBody(name), "{",
						`{"contentInfo":{"@context":"https://schema.org","n":[1]},"extra":{"x":1},"status":"active",`,
						1))
				if i == 0 {
					id = textOf(created["id"])
				}
				same("extra", created["extra"] != nil, true)
			}
			same("get", textOf(call(200, "GET", "/"+id, "")["appActivityId"]), "a")
			call(edition.patched, "PATCH", "/"+id, `{"userTimezone":"Europe/Oslo"}`)
			same("patched", textOf(call(200, "GET", "/"+id, "")["userTimezone"]), "Europe/Oslo")
			call(400, "PATCH", "/"+id, `{"status":"asleep"}`)
			call(404, "GET", "/0", "")
			call(405, "PUT", "/x", activityBody("x"))

			// History items.
			item := ""
			for _, start := range []string{"2018-02-26T20:54:04Z", "2018-02-27T20:54:04Z", "2018-02-28T20:54:04Z",
				"2018-03-01T20:54:04Z"} {
				created := call(201, "POST", "/"+id+"/historyItems",
					`{"startedDateTime":"`+start+`","activeDurationSeconds":5}`)
				item = textOf(created["id"])
			}
			items := "/" + id + "/historyItems"
			same("item", textOf(call(200, "GET", items+"/"+item, "")["startedDateTime"]), "2018-03-01T20:54:04Z")
			call(edition.patched, "PATCH", items+"/"+item, `{"activeDurationSeconds":7}`)
			same("item patched", call(200, "GET", items+"/"+item, "")["activeDurationSeconds"], 7.0)
			call(404, "GET", items+"/no-guid", "")
			same("activity of item", textOf(call(200, "GET", items+"/"+item+"/activity", "")["id"]), id)

			// Query options: arrays are lists in one value.
			same("filter",
				names(call(200, "GET",
					"?$filter="+url.QueryEscape("appActivityId eq 'b' or startswith(appActivityId,'c')")+
						"&$orderby=appActivityId", ""), "appActivityId"), "b c")
			same("orderby",
				names(call(200, "GET", "?$orderby="+url.QueryEscape("appDisplayName,appActivityId desc"), ""),
					"appActivityId"), "e d c")
			same("top and skip", names(call(200, "GET", "?$orderby=appActivityId&$top=2&$skip=1", ""), "appActivityId"),
				"b c")
			same("skip beyond the end", names(call(200, "GET", "?$skip=50", ""), "appActivityId"), "")
			same("count", call(200, "GET", "?$count=true&$top=1", "")["@odata.count"], 5.0)
			same("search", names(call(200, "GET", "?$search=b&$orderby=appActivityId&$top=1", ""), "appActivityId"),
				"a")
			selected := call(200, "GET", "?$select=id,appActivityId&$expand=historyItems&$filter="+
				url.QueryEscape("appActivityId eq 'a'"), "")
			first := selected["value"].([]any)[0].(map[string]any)
			same("expanded", len(first["historyItems"].([]any)), 3) // one page
			same("selected", first["activationUrl"], nil)
			same("select", call(200, "GET", "/"+id+"?$select=id,status", "")["activationUrl"], nil)
			same("item select",
				call(200, "GET", items+"?$select=id,startedDateTime&$orderby="+url.QueryEscape("startedDateTime desc")+
					"&$top=1&$count=true", "")["@odata.count"], 4.0)
			same("item expand",
				textOf(call(200, "GET", items+"/"+item+"?$expand=activity", "")["activity"].(map[string]any)["id"]), id)

			// Pages follow each other, although no edition has $skiptoken.
			list := call(200, "GET", "?$orderby=appActivityId&$select=appActivityId", "")
			next, err := url.Parse(textOf(list["@odata.nextLink"]))
			if err != nil || next.RawQuery == "" {
				t.Fatalf("next link %v: %v", list["@odata.nextLink"], err)
			}
			same("second page", names(call(200, "GET", "?"+next.RawQuery, ""), "appActivityId"), "d e")

			if edition.functions {
				for _, spelling := range []string{"/recent()", "/microsoft.graph.recent()",
					"/microsoft.graph.recent%28%29", "/recent"} {
					same("recent "+spelling, names(call(200, "GET", spelling, ""), "appActivityId"), "a")
				}
				same("$count", call(200, "GET", "/$count", "")["text"], "5")
				same("items $count",
					call(200, "GET", items+"/$count?$filter="+url.QueryEscape("activeDurationSeconds eq 7"),
						"")["text"], "1")
			}

			call(204, "DELETE", items+"/"+item, "", "If-Match", "*")
			call(404, "DELETE", items+"/"+item, "")
			call(204, "DELETE", "/"+id, "")
			call(404, "GET", items, "")
			answersKeepTheContract(t, s)
		})
	}
}

// answersKeepTheContract fails for every answer of the journal that breaks it,
// and for each that is the service's own failure.
func answersKeepTheContract(t testing.TB, s *server.Server) {
	t.Helper()
	all, err := s.Requests("")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Status >= 500 {
			t.Errorf("%s %s?%s: %d %s", e.Method, e.Path, e.Query, e.Status, e.Answer)
		}
		for _, v := range e.Violations {
			if v.Side == openapi.ResponseSide {
				t.Errorf("%s %s?%s: the answer breaks the contract: %s", e.Method, e.Path, e.Query, v)
			}
		}
	}
}

// TestEveryOfficialOperationIsAnswered asks for what the service has no state
// for as well, such as the $ref of 2022: the contract's example is the answer.
func TestEveryOfficialOperationIsAnswered(t *testing.T) {
	t.Parallel()
	for _, edition := range officialEditions {
		t.Run(edition.name, func(t *testing.T) {
			t.Parallel()
			c := officialContract(t, edition.name)
			s := newServer(t, server.Config{Now: now, Contract: c})
			for op := range c.Operations() {
				path := strings.NewReplacer("{user-id}", "me-token-to-replace", "{userActivity-id}", "1",
					"{activityHistoryItem-id}", "1").Replace(op.Path)
				res, text := send(t, s, op.Method, "/v1.0"+path, strings.NewReader("{}"))
				if res.StatusCode == http.StatusMethodNotAllowed || res.StatusCode >= 500 {
					t.Errorf("%s: %s %s", op.Pattern(), res.Status, text)
				}
			}
			answersKeepTheContract(t, s)
		})
	}
}

// TestIgnoredOptionsAreCheckedAndChangeNothing has a contract that ignores
// $filter, on the first page and on the next.
func TestIgnoredOptionsAreCheckedAndChangeNothing(t *testing.T) {
	t.Parallel()
	c := officialContract(t, "CrossDeviceExperiences.yml", "      name: $filter\n",
		"      name: $filter\n      x-graphmock-ignored: true\n")
	s := newServer(t, server.Config{Contract: c, PageSize: 1, Fixtures: fixtures.Empty()})
	const list = "/v1.0/users/me-token-to-replace/activities"
	for _, name := range []string{"a", "b"} {
		send(t, s, "POST", list, strings.NewReader(activityBody(name)))
	}
	seen := 0
	for target := list + "?$filter=appActivityId%20eq%20'c'"; target != ""; {
		res, text := send(t, s, "GET", target, nil)
		var page struct {
			Value []any
			Next  string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(text, &page); err != nil || res.StatusCode != 200 || seen > 2 {
			t.Fatalf("%s: %s %s", target, res.Status, text)
		}
		seen += len(page.Value)
		target = strings.TrimPrefix(page.Next, graph)
	}
	if seen != 2 {
		t.Errorf("%d activities were listed, want both", seen)
	}
	if res, _ := send(t, s, "GET", list+"?$filter=appActivityId%20eq", nil); res.StatusCode != 400 {
		t.Errorf("a broken filter: %s", res.Status)
	}
}
