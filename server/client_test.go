package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/graphmock/graphmock/server"
)

// What the official clients ask of the wire; each test has the demand's name.

// clientOf gives a client of a server's socket that sends a token.
func clientOf(t *testing.T, c server.Config) (s *server.Server, origin string,
	send func(method, url, body string) (*http.Response, map[string]any)) {
	t.Helper()
	s = newServer(t, c)
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Token(server.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s, origin, func(method, url, body string) (*http.Response, map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var v map[string]any
		if err := json.NewDecoder(res.Body).Decode(&v); err != nil && err != io.EOF {
			t.Fatalf("%s %s: %v", method, url, err)
		}
		return res, v
	}
}

func activityBody(name string) string {
	return fmt.Sprintf(`{"appActivityId": %q, "activitySourceHost": "https://contoso.com", "activationUrl": `+
		`"contoso-app:%s", "visualElements": {"displayText": "Trails"}}`, name, name)
}

func TestNextLinkIsAbsoluteWithPortAndFollowedWithTheSameToken(t *testing.T) {
	t.Parallel()
	_, origin, send := clientOf(t, server.Config{PageSize: 2})
	for i := range 4 {
		send("PUT", fmt.Sprintf("%s/v1.0/me/activities/a%d", origin, i), activityBody(fmt.Sprint("a", i)))
	}
	seen := map[any]int{}
	pages := 0
	for next := origin + "/v1.0/me/activities?%24expand=historyItems"; next != ""; pages++ {
		res, page := send("GET", next, "")
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", next, res.Status)
		}
		for _, v := range page["value"].([]any) {
			activity := v.(map[string]any)
			seen[activity["id"]]++
			if _, expanded := activity["historyItems"]; !expanded {
				t.Errorf("page %d forgot $expand", pages+1)
			}
		}
		next, _ = page["@odata.nextLink"].(string)
		if next != "" && !strings.HasPrefix(next, origin+"/v1.0/me/activities?") {
			t.Fatalf("next link %s", next)
		}
	}
	if len(seen) != 5 || pages != 3 {
		t.Errorf("%d activities on %d pages, want 5 on 3", len(seen), pages)
	}
}

func TestGzipAndChunkedWrites(t *testing.T) {
	t.Parallel()
	s, origin, _ := clientOf(t, server.Config{})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, seedBody)
	z.Close()
	for _, method := range []string{"PUT", "PATCH"} {
		// its length is not known
		req, err := http.NewRequestWithContext(t.Context(), method, origin+seedPath+seedItem,
			io.MultiReader(bytes.NewReader(packed.Bytes())))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Authorization": "Bearer opaque", "Content-Type": "application/json", "Content-Encoding": "gzip",
			"SdkVersion":        "graph-go-1.96.0, graph-go-core-1.4.0",
			"Client-Request-Id": "0f5c9b1e-2d47-4a83-b6e0-71c4d2a95f38", "Retry-Attempt": "1",
		} {
			req.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode/100 != 2 || res.Header.Get("Client-Request-Id") != req.Header.Get("Client-Request-Id") {
			t.Errorf("%s: %s, client-request-id %s", method, res.Status, res.Header.Get("Client-Request-Id"))
		}
	}
	if list := s.Violating(); len(list) > 0 {
		t.Errorf("violations: %v", list[0].Violations)
	}
}

func TestErrorsAlwaysHaveAMessage(t *testing.T) {
	t.Parallel()
	_, origin, send := clientOf(t, server.Config{})
	for _, line := range []string{
		"GET /", "GET /v2.0/me", "GET /v1.0/me/nothing", "BREW /v1.0/me/activities", "GET /v1.0/me/activities/1",
		"GET /v1.0/me/activities?$filter=x", "GET /v1.0/me/activities?$expand=id",
		"GET /v1.0/me/activities?$skiptoken=1",
		"PUT /v1.0/me/activities/1", "POST /v1.0/me/activities", "GET /v1.0/users/nobody@contoso.com/activities",
		"DELETE /v1.0/me/activities/1/historyItems/2", "PATCH /v1.0/me/activities/1",
	} {
		method, path, _ := strings.Cut(line, " ")
		res, body := send(method, origin+path, "")
		e, _ := body["error"].(map[string]any)
		if message, _ := e["message"].(string); res.StatusCode < 400 || message == "" {
			t.Errorf("%s: %s, %v", line, res.Status, body)
		}
	}
}

func TestDatesAreRFC3339(t *testing.T) {
	t.Parallel()
	_, origin, send := clientOf(t, server.Config{})
	_, item := send("PUT", origin+seedPath+seedItem,
		`{"startedDateTime": "2018-02-26T20:54:04+02:00", "lastActiveDateTime": "2018-02-26T20:54:04.3457274Z"}`)
	for name, v := range item {
		if !strings.HasSuffix(name, "DateTime") {
			continue
		}
		if _, err := time.Parse(time.RFC3339, v.(string)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := item["startedDateTime"]; got != "2018-02-26T18:54:04Z" {
		t.Errorf("started %v, want it in UTC", got)
	}
}

func TestUnknownQueryOptionsAreIgnoredWhereGraphIgnoresThem(t *testing.T) {
	t.Parallel()
	s, origin, send := clientOf(t, server.Config{})
	for _, query := range []string{"trace=1", "a;b", "select=id", "api-version=1.0", "%24top=1&x=%24y"} {
		if res, _ := send("GET", origin+"/v1.0/me/activities?"+query, ""); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", query, res.Status)
		}
	}
	if list := s.Violating(); len(list) > 0 {
		t.Errorf("violations: %v", list[0].Violations)
	}
}

func TestUpperCaseGUIDIsTheSameItem(t *testing.T) {
	t.Parallel()
	_, origin, send := clientOf(t, server.Config{})
	first, _ := send("PUT", origin+seedPath+seedItem, seedBody)
	second, _ := send("PUT", origin+seedPath+strings.ToUpper(seedItem), seedBody)
	_, item := send("GET", origin+seedPath+strings.ToUpper(seedItem), "")
	if first.StatusCode != http.StatusCreated || second.StatusCode != http.StatusOK || item["id"] != seedItem {
		t.Errorf("%s, %s, id %v", first.Status, second.Status, item["id"])
	}
}

func TestRecentInEverySpellingAndUsersMeTokenToReplace(t *testing.T) {
	t.Parallel()
	_, origin, send := clientOf(t, server.Config{})
	for _, user := range []string{"me", "users/me-token-to-replace", "users/user%40contoso.com",
		"users('user@contoso.com')"} {
		for _, function := range []string{"recent", "recent()", "recent%28%29", "microsoft.graph.recent()",
			"microsoft.graph.recent%28%29", "Recent"} {
			link := origin + "/v1.0/" + user + "/activities/" + function + "?%24expand=historyItems&%24top=1"
			res, page := send("GET", link, "")
			if list, _ := page["value"].([]any); res.StatusCode != http.StatusOK || len(list) != 1 {
				t.Errorf("%s: %s, %v", link, res.Status, page)
			}
		}
	}
}

// Ten thousand activities are read page by page while eight clients change,
// create and delete: nothing comes twice, and nothing that was there all the time
// is left out.
func TestPagesAreWholeWhileOthersWrite(t *testing.T) {
	t.Parallel()
	const activities, writers = 10_000, 8
	s := newServer(t, server.Config{Journal: 100})
	client := s.Client()
	do := func(method, path, body string) map[string]any {
		req, err := http.NewRequest(method, path, strings.NewReader(body))
		if err != nil {
			panic(err)
		}
		req.Header.Set("Authorization", "Bearer opaque")
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			panic(err)
		}
		defer res.Body.Close()
		var v map[string]any
		json.NewDecoder(res.Body).Decode(&v)
		return v
	}
	const root = "https://graph.microsoft.com/v1.0/me/activities"
	for i := range activities {
		do("PUT", fmt.Sprintf("%s/a%d", root, i), activityBody(fmt.Sprint("a", i)))
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := w; ; i += writers {
				select {
				case <-done:
					return
				default:
				}
				do("PUT", fmt.Sprintf("%s/a%d", root, i*7919%activities), activityBody("changed"))
				extra := do("PUT", fmt.Sprintf("%s/extra-%d", root, i), activityBody("extra"))
				if id, _ := extra["id"].(string); i%2 == 0 {
					do("DELETE", root+"/"+id, "")
				}
			}
		})
	}
	seen := map[string]int{}
	for next := root; next != ""; {
		page := do("GET", next, "")
		list, ok := page["value"].([]any)
		if !ok {
			t.Fatalf("%s: %v", next, page)
		}
		for _, v := range list {
			seen[textOf(v.(map[string]any)["appActivityId"])]++
		}
		next, _ = page["@odata.nextLink"].(string)
	}
	close(done)
	wg.Wait()
	for i := range activities {
		if n := seen[fmt.Sprint("a", i)]; n != 1 {
			t.Fatalf("activity a%d was seen %d times", i, n)
		}
	}
	for name, n := range seen {
		if n > 1 {
			t.Errorf("activity %s was seen %d times", name, n)
		}
	}
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// A token is good for the list, the caller and the server that it was answered
// for, as it was answered.
func TestSkipTokensCanNotBeMadeUp(t *testing.T) {
	t.Parallel()
	s, origin, send := clientOf(t, server.Config{PageSize: 1})
	send("PUT", origin+"/v1.0/me/activities/a", activityBody("a"))
	_, page := send("GET", origin+"/v1.0/me/activities", "")
	next, err := url.Parse(page["@odata.nextLink"].(string))
	if err != nil {
		t.Fatal(err)
	}
	token := next.Query().Get("$skiptoken")
	for i := 0; i < len(token)-1; i += 7 { // the last character has bits that mean nothing
		forged := []byte(token)
		forged[i] ^= 1
		res, _ := send("GET", origin+"/v1.0/me/activities?$skiptoken="+url.QueryEscape(string(forged)), "")
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("with character %d changed: %s", i, res.Status)
		}
	}
	if res, _ := send("GET", origin+"/v1.0/me/activities/recent?$skiptoken="+token,
		""); res.StatusCode != http.StatusBadRequest {
		t.Errorf("of another list: %s", res.Status)
	}
	if res, _ := send("GET", next.String(), ""); res.StatusCode != http.StatusOK {
		t.Errorf("as it was answered: %s", res.Status)
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if res, _ := send("GET", next.String(), ""); res.StatusCode != http.StatusBadRequest {
		t.Errorf("after a reset: %s", res.Status)
	}
}

// What the first page left alone, as the client's own, the next ones leave alone
// too.
func TestNextPagesIgnoreWhatTheFirstIgnored(t *testing.T) {
	t.Parallel()
	_, origin, send := clientOf(t, server.Config{PageSize: 1})
	send("PUT", origin+"/v1.0/me/activities/a", activityBody("a"))
	_, page := send("GET", origin+"/v1.0/me/activities?select=id&skip=7&orderby=colour", "")
	res, next := send("GET", textOf(page["@odata.nextLink"]), "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %v", res.Status, next)
	}
	if rows := next["value"].([]any); len(rows) != 1 || rows[0].(map[string]any)["activationUrl"] == nil {
		t.Errorf("the second page is %v", next)
	}
}
