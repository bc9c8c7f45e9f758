package activities_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// A naive activity: when it was written and ends, and likewise its history items by key.
type naiveActivity struct {
	id               string
	written, expires int64
	items            map[string]*naiveItem
}

type naiveItem struct{ written, expires int64 }

// TestRandomActivities writes activities and history items at random while time goes by. The
// activities, the recent ones and the items are, in that order, those of a naive list.
func TestRandomActivities(t *testing.T) {
	servicetest.Random(t, 12_000, func(t *testing.T, r *rand.Rand, steps int) {
		c := open(t)
		all := map[string]*naiveActivity{}
		path := func(name string) string { return "/me/activities/" + all[name].id }
		for step := range steps {
			c.Now += 1 + r.Int64N(1000)
			if r.IntN(100) == 0 {
				c.Now += r.Int64N(20 * day)
			}
			maps.DeleteFunc(all, func(_ string, a *naiveActivity) bool {
				maps.DeleteFunc(a.items, func(_ string, i *naiveItem) bool { return i.expires <= c.Now })
				return a.expires <= c.Now
			})
			name := fmt.Sprint("a", r.IntN(12))
			a := all[name]
			items := map[string]*naiveItem{}
			if a != nil {
				items = a.items
			}
			key := fmt.Sprintf("%s%d", guid[:35], r.IntN(4))
			item := items[key]
			switch kind := r.IntN(12); {
			case kind < 3 || a == nil:
				status := 201
				if a != nil {
					status = 200
				}
				made := c.Must(status, "PUT", "/me/activities/"+name,
					fmt.Sprintf(`{"activationUrl": "https://contoso.com/%d"}`, step))
				if a == nil {
					a = &naiveActivity{id: made["id"].(string), items: items}
					all[name] = a
				} else if made["id"] != a.id {
					t.Fatalf("step %d: %s has the id %v, had %s", step, name, made["id"], a.id)
				}
				a.written, a.expires = c.Now, c.Now+30*day
			case kind == 3:
				c.Must(200, "PATCH", path(name), `{"contentUrl": "https://contoso.com"}`)
				a.written, a.expires = c.Now, c.Now+30*day
			case kind == 4 && r.IntN(2) == 0:
				c.Must(204, "DELETE", path(name), "")
				c.Refused("activity-not-found", "GET", path(name), "")
				delete(all, name)
			case kind < 8:
				status, expires := 201, c.Now+(1+r.Int64N(40))*day/4
				if item != nil {
					status = 200
				} else {
					item = &naiveItem{}
					items[key] = item
				}
				text := service.NewTimestamp(expires).Text
				c.Must(status, "PUT", path(name)+"/historyItems/"+key,
					`{"startedDateTime": "2023-11-14T22:00:00Z", "expirationDateTime": "`+text.(string)+`"}`)
				item.written, item.expires = c.Now, expires
			case kind == 8 && item != nil:
				c.Must(204, "DELETE", path(name)+"/historyItems/"+key, "")
				delete(items, key)
			case kind == 9 && item == nil:
				c.Refused("item-not-found", "GET", path(name)+"/historyItems/"+key, "")
			default:
				var order, recent []string
				newest := map[string]int64{}
				for each, a := range all {
					order = append(order, each)
					for _, i := range a.items {
						newest[each] = max(newest[each], i.written)
					}
					if newest[each] > 0 {
						recent = append(recent, each)
					}
				}
				slices.SortFunc(order, func(x, y string) int { return int(all[y].written - all[x].written) })
				slices.SortFunc(recent, func(x, y string) int { return int(newest[y] - newest[x]) })
				for target, want := range map[string][]string{"/me/activities": order, "/me/activities/recent": recent} {
					if got := strings.Fields(strings.Join(c.List(target, "appActivityId"), " ")); !slices.Equal(got, want) {
						t.Fatalf("step %d: %s:\ngot  %q\nwant %q", step, target, got, want)
					}
				}
				c.Want("GET", "/me/activities/$count", "", 200, strconv.Itoa(len(all)))
				keys := slices.SortedFunc(maps.Keys(items), func(x, y string) int {
					return int(items[y].written - items[x].written)
				})
				if got := strings.Fields(strings.Join(c.List(path(name)+"/historyItems", "id"), " ")); !slices.Equal(got, keys) {
					t.Fatalf("step %d: items of %s:\ngot  %q\nwant %q", step, name, got, keys)
				}
			}
		}
	})
}
