package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server"
)

// library is a server whose pages have 3 entities: an activity with 8 history
// items and 6 without. It asks for lists.
type library struct {
	*testing.T
	*server.Server
	id string // of the activity with items
}

func newLibrary(t *testing.T) *library {
	l := &library{T: t, Server: newServer(t, server.Config{Now: now, PageSize: 3, Fixtures: fixtures.Empty()})}
	for i := range 7 {
		_, text := send(t, l.Server, "PUT", fmt.Sprintf("/v1.0/me/activities/%c", 'a'+i),
			strings.NewReader(activityBody(fmt.Sprint(i))))
		if i == 0 {
			var a struct{ ID string }
			if err := json.Unmarshal(text, &a); err != nil {
				t.Fatal(err)
			}
			l.id = a.ID
		}
	}
	for i := range 8 {
		body := fmt.Sprintf(`{"startedDateTime":"2018-02-26T20:54:0%dZ","activeDurationSeconds":%d}`, i, i)
		send(t, l.Server, "PUT", "/v1.0/me/activities/"+l.id+"/historyItems/"+guidOf(uint64(i+1)),
			strings.NewReader(body))
	}
	return l
}

// get asks for a URL or what follows the root, which has to be answered with 200.
func (l *library) get(target string, header ...string) (map[string]any, http.Header) {
	l.Helper()
	res, text := send(l.T, l.Server, "GET", strings.TrimPrefix(target, graph), nil, header...)
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil || res.StatusCode != 200 {
		l.Fatalf("%s: %s %s", target, res.Status, text)
	}
	return answer, res.Header
}

// walk follows the next links from an answer, and lists a property of what comes.
// Sizes are those of the pages.
func (l *library) walk(rows any, next any, property string) (values []string, sizes []int) {
	l.Helper()
	for range 20 {
		page := rows.([]any)
		sizes = append(sizes, len(page))
		for _, row := range page {
			values = append(values, fmt.Sprint(row.(map[string]any)[property]))
		}
		if next == nil {
			return values, sizes
		}
		answer, _ := l.get(next.(string))
		rows, next = answer["value"], answer["@odata.nextLink"]
	}
	l.Fatal("the pages never end")
	return nil, nil
}

// TestPagesKeepTheOptionsOfTheFirst walks lists to their ends.
func TestPagesKeepTheOptionsOfTheFirst(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	items := "/v1.0/me/activities/" + l.id + "/historyItems"
	for _, each := range []struct {
		target, want string
		sizes        []int
	}{
		{items + "?$orderby=activeDurationSeconds", "0 1 2 3 4 5 6 7", []int{3, 3, 2}},
		{items + "?$orderby=activeDurationSeconds desc&$top=4", "7 6 5 4", []int{3, 1}},
		{items + "?$orderby=activeDurationSeconds&$top=100", "0 1 2 3 4 5 6 7", []int{3, 3, 2}},
		{items + "?$orderby=activeDurationSeconds&$skip=6", "6 7", []int{2}},
		{items + "?$orderby=activeDurationSeconds&$skip=2&$top=4", "2 3 4 5", []int{3, 1}},
		{items + "?$skip=8", "", []int{0}},
		{items + "?$skip=2147483647", "", []int{0}},
		{items + "?$filter=activeDurationSeconds gt 2&$orderby=activeDurationSeconds&$select=activeDurationSeconds",
			"3 4 5 6 7", []int{3, 2}},
	} {
		answer, _ := l.get(strings.ReplaceAll(each.target, " ", "%20"), "ConsistencyLevel", "eventual")
		values, sizes := l.walk(answer["value"], answer["@odata.nextLink"], "activeDurationSeconds")
		if got := strings.Join(values, " "); got != each.want || !slices.Equal(sizes, each.sizes) {
			t.Errorf("%s: got %s in pages of %v, want %s in %v", each.target, got, sizes, each.want, each.sizes)
		}
	}
	answersKeepTheContract(t, l.Server)
}

// TestExpandedPagesGoOnAsListsOfTheirOwn follows historyItems@odata.nextLink with
// the nested options that stay in force.
func TestExpandedPagesGoOnAsListsOfTheirOwn(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	nested := "$filter=activeDurationSeconds ge 2;$orderby=activeDurationSeconds desc;$select=activeDurationSeconds;" +
		"$top=5;$count=true"
	a, _ := l.get("/v1.0/me/activities/" + l.id + "?$expand=" + url.QueryEscape("historyItems("+nested+")"))
	if got := a["historyItems@odata.count"]; got != 6.0 {
		t.Errorf("the count is %v, want 6", got)
	}
	values, sizes := l.walk(a["historyItems"], a["historyItems@odata.nextLink"], "activeDurationSeconds")
	if got := strings.Join(values, " "); got != "7 6 5 4 3" || !slices.Equal(sizes, []int{3, 2}) {
		t.Errorf("got %s in pages of %v", got, sizes)
	}
	next, _ := l.get(a["historyItems@odata.nextLink"].(string))
	if row := next["value"].([]any)[0].(map[string]any); row["startedDateTime"] != nil {
		t.Errorf("the second page has more than was selected: %v", row)
	}
	answersKeepTheContract(t, l.Server)
}

// TestPageSizeIsPreferredForEachRequest shows that a preference is of its request
// alone: the next page has it only if it is sent again.
func TestPageSizeIsPreferredForEachRequest(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	size := func(target string, header ...string) (int, any, string) {
		answer, h := l.get(target, header...)
		return len(answer["value"].([]any)), answer["@odata.nextLink"], h.Get("Preference-Applied")
	}
	n, next, applied := size("/v1.0/me/activities", "Prefer", "odata.maxpagesize=2")
	if n != 2 || applied != "odata.maxpagesize=2" {
		t.Errorf("first page: %d, %q", n, applied)
	}
	if n, _, applied := size(next.(string)); n != 3 || applied != "" {
		t.Errorf("next page without the preference: %d, %q", n, applied)
	}
	if n, _, applied := size(next.(string), "Prefer", "odata.maxpagesize=1"); n != 1 ||
		applied != "odata.maxpagesize=1" {
		t.Errorf("next page with another: %d, %q", n, applied)
	}
}

// TestListsInABatchLinkToTheOuterHost has pages and recent as requests of a batch.
func TestListsInABatchLinkToTheOuterHost(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	_, answer := sendBatch(t, l.Server,
		`{"id":"1","method":"GET","url":"/me/activities?$format=json"}`,
		`{"id":"2","method":"GET","url":"me/activities/recent()?$top=1"}`,
		`{"id":"3","method":"GET","url":"/me/activities/`+l.id+
			`/historyItems?$count=true&$orderby=activeDurationSeconds"}`)
	for i, want := range [][]int{{3, 3, 1}, {1}, {3, 3, 2}} {
		var page map[string]any
		for _, r := range answer.Responses {
			if r.ID == fmt.Sprint(i+1) {
				if err := json.Unmarshal(r.Body, &page); err != nil {
					t.Fatal(err)
				}
			}
		}
		next, _ := page["@odata.nextLink"].(string)
		if next != "" && !strings.HasPrefix(next, graph+"/v1.0/me/activities") {
			t.Errorf("request %d: the next link is %s", i+1, next)
		}
		if _, sizes := l.walk(page["value"], page["@odata.nextLink"], "id"); !slices.Equal(sizes, want) {
			t.Errorf("request %d: pages of %v, want %v", i+1, sizes, want)
		}
	}
	answersKeepTheContract(t, l.Server)
}

// Everything expands everything: the answer stays bounded, and what does not fit
// has a next link.
func TestExpandedListsAreBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{PageSize: 200})
	const items = 150
	for i := range items {
		send(t, s, "PUT", seedPath+guidOf(uint64(i)), strings.NewReader(seedBody))
	}
	res, body := send(t, s, "GET",
		strings.TrimSuffix(seedPath, "/")+"?$expand=activity($expand=historyItems($expand=activity))", nil)
	if n := bytes.Count(body, []byte(`"startedDateTime"`)); res.StatusCode != 200 || n > 20_000 || n < items {
		t.Errorf("%s with %d items", res.Status, n)
	}
	if !bytes.Contains(body, []byte(`"historyItems@odata.nextLink"`)) {
		t.Error("no next link for what did not fit")
	}
}

// A $skip beyond what one answer looks at goes on in the next.
func TestLongSkipGoesOnInTheNextPage(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Journal: 1})
	const items = 21_000
	for i := range items {
		send(t, s, "PUT", seedPath+guidOf(uint64(i)), strings.NewReader(`{"startedDateTime": "2018-02-26T20:54:04Z"}`))
	}
	seen, next := 0, graph+strings.TrimSuffix(seedPath, "/")+"?$select=id&$skip=20990"
	for pages := 0; next != "" && pages < 5; pages++ {
		_, body := send(t, s, "GET", strings.TrimPrefix(next, graph), nil)
		var page struct {
			Value []any
			Next  string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		seen, next = seen+len(page.Value), page.Next
	}
	if seen != items+1-20990 {
		t.Errorf("%d items after the skipped, want %d", seen, items+1-20990)
	}
}

// Every activity of a page can have a next link of its own for its items: those
// are many lists, which must not push out the one that the client is reading.
func TestListThatIsReadIsKeptWhileExpandedOnesCome(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now, PageSize: 1, Fixtures: fixtures.Empty()})
	const activities = 1100 // more than there are lists kept
	items := fmt.Sprintf(`{"historyItems": [%[1]s, %[1]s], "appActivityId"`,
		`{"startedDateTime": "2018-02-26T20:54:04Z"}`)
	for i := range activities {
		body := strings.Replace(activityBody(fmt.Sprint(i)), `{"appActivityId"`, items, 1)
		if res, answer := send(t, s, "PUT", fmt.Sprintf("/v1.0/me/activities/%d", i),
			strings.NewReader(body)); res.StatusCode != 201 {
			t.Fatalf("%s %s", res.Status, answer)
		}
	}
	next, seen := "/v1.0/me/activities?$expand=historyItems", 0
	for next != "" {
		res, text := send(t, s, "GET", next, nil)
		var page struct {
			Value []any
			Next  string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(text, &page); err != nil || res.StatusCode != 200 {
			t.Fatalf("after %d activities: %s %s", seen, res.Status, text)
		}
		seen += len(page.Value)
		next = strings.TrimPrefix(page.Next, graph)
	}
	if seen != activities {
		t.Errorf("%d activities, want %d", seen, activities)
	}
}

func TestStarExpandsInListsAndEntities(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	items := "/v1.0/me/activities/" + l.id + "/historyItems"
	for _, each := range [][2]string{
		{"/v1.0/me/activities/recent?$expand=*", "historyItems"},
		{"/v1.0/me/activities/" + l.id + "?$expand=*", "historyItems"},
		{items + "?$expand=*", "activity"},
		{items + "/" + guidOf(1) + "?$expand=*", "activity"},
	} {
		entity, _ := l.get(each[0])
		if list, is := entity["value"].([]any); is {
			entity = list[0].(map[string]any)
		}
		if entity[each[1]] == nil {
			t.Errorf("%s: %v", each[0], entity)
		}
	}
	answersKeepTheContract(t, l.Server)
}

// TestSortedPagesStayTheirCallersOwn has another user call while the pages of a
// sorted list are read: what a page shows is looked up for who reads it.
func TestSortedPagesStayTheirCallersOwn(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	token, err := l.Token(server.TokenOptions{User: "adele@contoso.com"})
	if err != nil {
		t.Fatal(err)
	}
	var other sync.WaitGroup
	defer other.Wait()
	done := make(chan struct{})
	defer close(done)
	other.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				send(t, l.Server, "GET", "/v1.0/me/activities", nil, "Authorization", "Bearer "+token)
			}
		}
	})
	for range 20 {
		page, _ := l.get("/v1.0/me/activities/" + l.id + "/historyItems?$orderby=activeDurationSeconds")
		if _, sizes := l.walk(page["value"], page["@odata.nextLink"], "id"); !slices.Equal(sizes, []int{3, 3, 2}) {
			t.Errorf("pages of %v entities, not of 3, 3 and 2", sizes)
		}
	}
}
