package activities_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/store"
	"github.com/graphmock/graphmock/server/internal/workload/activities"
)

// day is a day in milliseconds.
const day = 24 * 60 * 60 * 1000

// guid is the key of a history item.
const guid = "3f2a52e7-a1c1-4a2c-9d7c-0a1b2c3d4e5f"

func open(t testing.TB) *servicetest.Client {
	t.Helper()
	return servicetest.NewClient(t, openapi.Embedded().Tree(), activities.Behaviors()...)
}

// put creates an activity and returns its path.
func put(t testing.TB, c *servicetest.Client, address, body string) (path string) {
	t.Helper()
	status, text := c.Send("PUT", "/me/activities/"+address, body)
	if status != 201 {
		t.Fatalf("%s: %d %s", address, status, text)
	}
	return "/me/activities/" + c.Decode(text)["id"].(string)
}

// send sends a request that has to succeed and returns the entity of its response.
func send(t testing.TB, c *servicetest.Client, method, target, body string) map[string]any {
	t.Helper()
	status, text := c.Send(method, target, body)
	if status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, target, status, text)
	}
	if text == "" {
		return nil
	}
	return c.Decode(text)
}

// expectProperties compares some properties of an entity, as text.
func expectProperties(t testing.TB, entity map[string]any, want map[string]string) {
	t.Helper()
	for name, value := range want {
		got := ""
		if v, has := entity[name]; has {
			got = fmt.Sprint(v)
		}
		if got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

func TestActivityIsNamedByItsAddressAndByItsID(t *testing.T) {
	t.Parallel()
	c := open(t)
	activity := put(t, c, "trail",
		`{"activationUrl": "https://contoso.com/trail", "appActivityId": "other", "id": "1", "status": "deleted"}`)
	entity := c.Get(activity)
	expectProperties(t, entity, map[string]string{"appActivityId": "trail", "status": "updated",
		"id": activity[len("/me/activities/"):]})
	if _, err := strconv.ParseUint(entity["id"].(string), 10, 64); err != nil {
		t.Error(err)
	}
	res, _ := c.Serve("PUT", "/me/activities/trail", `{}`)
	if res.Status != 200 || res.Location != servicetest.Origin+activity {
		t.Errorf("PUT again: %d, Location %s", res.Status, res.Location)
	}
	c.Want("GET", "/me/activities/trail", "", 0, "activity-not-found")
	c.Want("PATCH", activity, `{"appActivityId": "other"}`, 0, "key-immutable")
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	c := open(t)
	activity := put(t, c, "a", `{"expirationDateTime": "2099-01-01T00:00:00Z"}`)
	expectProperties(t, c.Get(activity), map[string]string{"expirationDateTime": "2023-12-14T22:13:20Z"}) // 30 days
	c.Now += 10 * day
	send(t, c, "PATCH", activity, `{"contentUrl": "https://contoso.com"}`) // prolongs it
	c.Now += 30*day - 1
	c.Get(activity)
	c.Now++
	c.Want("GET", activity, "", 0, "activity-not-found")
}

func TestItemsAreGoneAfterTheirCreation(t *testing.T) {
	t.Parallel()
	const started = `"startedDateTime": "2023-11-14T22:13:20Z"`
	for name, tt := range map[string]struct {
		created, method, updated string
		want                     string // the expiration then
	}{
		"30 days": {`{` + started + `}`, "PUT", `{` + started + `}`, "2023-12-14T22:13:20Z"},
		"as the client put": {`{` + started + `, "expirationDateTime": "2023-11-20T00:00:00Z"}`, "PATCH", `{}`,
			"2023-11-20T00:00:00Z"},
		"as it changed": {`{` + started + `}`, "PATCH", `{"expirationDateTime": "2023-11-17T00:00:00Z"}`,
			"2023-11-17T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			activity := put(t, c, "a", `{}`)
			item := activity + "/historyItems/" + guid
			send(t, c, "PUT", item, tt.created)
			c.Now += 2 * day
			send(t, c, "PATCH", activity, `{}`) // is there longer than its items
			expectProperties(t, send(t, c, tt.method, item, tt.updated),
				map[string]string{"expirationDateTime": tt.want})
			expires, _ := service.ParseTime(tt.want)
			c.Now = expires - 1
			c.Get(item)
			c.Now++
			c.Want("GET", item, "", 0, "item-not-found")
		})
	}
}

func TestComputedDurationIsComputedAnew(t *testing.T) {
	t.Parallel()
	c := open(t)
	activity := put(t, c, "a", `{}`)
	const started = `{"startedDateTime": "2023-11-14T22:00:00Z"`
	const minute = started + `, "lastActiveDateTime": "2023-11-14T22:01:00.9Z"`
	for i, tt := range []struct {
		created, patch, want string
	}{
		{minute + `}`, `{}`, "60"},
		{minute + `}`, `{"lastActiveDateTime": "2023-11-14T22:02:00Z"}`, "120"},
		{minute + `, "activeDurationSeconds": null}`, `{}`, "60"},
		{minute + `, "activeDurationSeconds": 5}`, `{"lastActiveDateTime": "2023-11-14T22:02:00Z"}`, "5"},
		{minute + `}`, `{"activeDurationSeconds": 7}`, "7"},
		{started + `}`, `{"userTimezone": "Africa/Casablanca"}`, ""},
		{started + `, "lastActiveDateTime": "2123-11-14T22:00:00Z"}`, `{}`, ""}, // more than Int32 has
		{started + `, "lastActiveDateTime": "1923-11-14T22:00:00Z"}`, `{}`, ""},
	} {
		item := fmt.Sprintf("%s/historyItems/%s%d", activity, guid[:35], i)
		send(t, c, "PUT", item, tt.created)
		expectProperties(t, send(t, c, "PATCH", item, tt.patch), map[string]string{"activeDurationSeconds": tt.want})
	}
}

func TestRecentIsRankedByItems(t *testing.T) {
	t.Parallel()
	c := open(t)
	paths := map[string]string{}
	recent := func(want ...string) {
		t.Helper()
		got := strings.Fields(strings.Join(c.List("/me/activities/recent", "appActivityId"), " "))
		if !slices.Equal(got, want) {
			t.Errorf("recent are %q, want %q", got, want)
		}
	}
	for _, address := range []string{"a", "b", "c", "d"} {
		paths[address] = put(t, c, address, `{}`)
		c.Now++
	}
	recent()
	for _, address := range []string{"c", "a", "b"} {
		send(t, c, "PUT", paths[address]+"/historyItems/"+guid, `{"startedDateTime": "2023-11-14T22:00:00Z"}`)
		c.Now++
	}
	recent("b", "a", "c")
	send(t, c, "PATCH", paths["c"], `{"contentUrl": "https://contoso.com"}`) // of the activity itself
	recent("b", "a", "c")
	send(t, c, "PATCH", paths["a"]+"/historyItems/"+guid, `{}`)
	recent("a", "b", "c")
	c.Want("GET", "/me/activities/$count", "", 200, "4")
}

func TestRecentIsOfWhatIsStillThere(t *testing.T) {
	t.Parallel()
	c := open(t)
	deleted, expired := put(t, c, "deleted", `{}`), put(t, c, "expired", `{}`)
	send(t, c, "PUT", deleted+"/historyItems/"+guid, `{"startedDateTime": "2023-11-14T22:00:00Z"}`)
	c.Now++
	send(t, c, "PUT", expired+"/historyItems/"+guid,
		`{"startedDateTime": "2023-11-14T22:00:00Z", "expirationDateTime": "2023-11-15T22:13:20Z"}`)
	recent := func(want string) {
		t.Helper()
		if got := strings.Join(c.List("/me/activities/recent", "appActivityId"), " "); got != want {
			t.Errorf("recent are %q, want %q", got, want)
		}
	}
	recent("expired deleted")
	send(t, c, "DELETE", deleted+"/historyItems/"+guid, "")
	recent("expired")
	c.Now += day
	recent("")
	c.Want("GET", "/me/activities/$count", "", 200, "2")
}

func TestAppsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	c := open(t)
	mine := put(t, c, "a", `{}`)
	other := c.As("other")
	other.Want("GET", mine, "", 0, "activity-not-found")
	other.Want("PUT", mine+"/historyItems/"+guid, `{"startedDateTime": "2023-11-14T22:00:00Z"}`, 0,
		"activity-not-found")
	other.Want("GET", "/me/activities/$count", "", 200, "0")
	theirs := put(t, other, "a", `{}`)
	other.Want("DELETE", mine, "", 0, "activity-not-found")
	c.Want("DELETE", theirs, "", 0, "activity-not-found")
	for _, each := range []*servicetest.Client{c, other} {
		each.Want("GET", "/me/activities/$count", "", 200, "1")
	}
}

func TestKeysOfItemsAreGUIDs(t *testing.T) {
	t.Parallel()
	c := open(t)
	items := put(t, c, "a", `{}`) + "/historyItems/"
	send(t, c, "PUT", items+strings.ToUpper(guid), `{"startedDateTime": "2023-11-14T22:00:00Z"}`)
	expectProperties(t, c.Get(items+guid), map[string]string{"id": guid})
	for _, key := range []string{"1", guid[:35], guid + "0", strings.ReplaceAll(guid, "-", ""), "%7B" + guid + "%7D"} {
		c.Want("PUT", items+key, `{"startedDateTime": "2023-11-14T22:00:00Z"}`, 0, "item-not-found")
	}
}

func TestItemsComeWithTheirActivity(t *testing.T) {
	t.Parallel()
	c := open(t)
	activity := put(t, c, "a", `{"historyItems": [{"id": "`+strings.ToUpper(guid)+
		`", "startedDateTime": "2023-11-14T22:00:00Z"}]}`)
	if got := c.List(activity+"/historyItems", "id"); !slices.Equal(got, []string{guid}) {
		t.Errorf("items %q", got)
	}
	expectProperties(t, c.Get(activity+"/historyItems/"+guid+"/activity"), map[string]string{"appActivityId": "a"})
	if got := c.List("/me/activities/recent", "appActivityId"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("recent %q", got)
	}
}

func TestFixturesSayWhatTheServiceSets(t *testing.T) {
	t.Parallel()
	c := open(t)
	const set = `"status": "ignored", "createdDateTime": "2020-01-01T00:00:00Z", "lastModifiedDateTime": ` +
		`"2020-01-02T00:00:00Z"`
	body := `{"id": "7", "appActivityId": "a", ` + set + `, "expirationDateTime": "2100-01-01T00:00:00Z",
		"historyItems": [{"id": "` + guid + `", ` + set + `, "startedDateTime": "2020-01-01T00:00:00Z"}]}`
	err := c.Store.Update(c.Caller.Tenant, c.Now, func(tx store.Tx) error {
		return c.Service.Seed(tx, &c.Caller, "/me/activities", c.Decode(body), service.NewTimestamp(c.Now))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"id": "7", "status": "ignored", "createdDateTime": "2020-01-01T00:00:00Z",
		"lastModifiedDateTime": "2020-01-02T00:00:00Z",
		"expirationDateTime":   "2100-01-01T00:00:00Z",
	}
	expectProperties(t, c.Get("/me/activities/7"), want)
	want["id"], want["expirationDateTime"] = guid, "2023-12-14T22:13:20Z" // old fixtures do not expire at once
	expectProperties(t, c.Get("/me/activities/7/historyItems/"+guid), want)

	sent := put(t, c, "b", `{`+set+`}`)
	expectProperties(t, c.Get(sent), map[string]string{
		"status": "updated", "createdDateTime": "2023-11-14T22:13:20Z", "lastModifiedDateTime": "2023-11-14T22:13:20Z",
	})
}
