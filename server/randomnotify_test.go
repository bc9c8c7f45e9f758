package server_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// A naiveSubscription is one as the reference has it.
type naiveSubscription struct {
	resource, changes string
	expires           time.Time
}

// TestRandomSubscriptions subscribes, renews and ends subscriptions at random while mail and
// contacts are written and time goes by. Each write is told to those alone that wanted to know,
// once to each.
func TestRandomSubscriptions(t *testing.T) {
	servicetest.Random(t, 4_000, func(t *testing.T, r *rand.Rand, steps int) {
		at := now
		s := newServer(t, server.Config{Now: at, Journal: 1})
		told := &receiver{}
		if err := s.Handle(receiverURL, told); err != nil {
			t.Fatal(err)
		}
		subscriptions := map[string]*naiveSubscription{}
		entities := map[string]map[string]bool{"messages": {}, "contacts": {}}
		must := func(status int, method, path, body string) map[string]any {
			t.Helper()
			got, v := sent(t, s, method, path, body)
			if got != status {
				t.Fatalf("%s %s: %d %v", method, path, got, v)
			}
			return v
		}
		until := func() (time.Time, string) {
			expires := at.Add(time.Duration(1+r.IntN(300)) * time.Minute)
			return expires, expires.UTC().Format(time.RFC3339)
		}
		for step := range steps {
			by := time.Duration(r.IntN(120)) * time.Second
			at = at.Add(by)
			if err := s.Advance(by); err != nil {
				t.Fatal(err)
			}
			for id, each := range subscriptions {
				if !each.expires.After(at) {
					delete(subscriptions, id)
				}
			}
			told.values = nil
			id, of := servicetest.AnyOf(r, subscriptions), []string{"messages", "contacts"}[r.IntN(2)]
			entity, path := servicetest.AnyOf(r, entities[of]), "/me/"+of
			var changed string
			switch kind := r.IntN(20); {
			case kind < 2 && len(subscriptions) < 6:
				changes := []string{"created", "updated", "deleted", "created,updated", "updated,deleted",
					"created,updated,deleted"}[r.IntN(6)]
				expires, text := until()
				made := must(201, "POST", "/subscriptions", fmt.Sprintf(`{"changeType": %q, "notificationUrl": %q,
					"resource": "me/%s", "expirationDateTime": %q}`, changes, receiverURL, of, text))
				subscriptions[made["id"].(string)] = &naiveSubscription{of, changes, expires}
			case kind == 2 && id != "":
				expires, text := until()
				must(200, "PATCH", "/subscriptions/"+id, `{"expirationDateTime": "`+text+`"}`)
				subscriptions[id].expires = expires
			case kind == 3 && id != "":
				must(204, "DELETE", "/subscriptions/"+id, "")
				delete(subscriptions, id)
			case kind == 4:
				var got []string
				for _, each := range must(200, "GET", "/subscriptions", "")["value"].([]any) {
					got = append(got, each.(map[string]any)["id"].(string))
				}
				slices.Sort(got)
				if want := slices.Sorted(maps.Keys(subscriptions)); !slices.Equal(got, want) {
					t.Fatalf("step %d: subscriptions\ngot  %q\nwant %q", step, got, want)
				}
			case entity == "" || kind < 10 && len(entities[of]) < 10:
				entity, changed = must(201, "POST", path, `{"categories": []}`)["id"].(string), "created"
				entities[of][entity] = true
			case kind < 16:
				must(200, "PATCH", path+"/"+entity, fmt.Sprintf(`{"categories": ["%d"]}`, step))
				changed = "updated"
			default:
				must(204, "POST", path+"/"+entity+"/permanentDelete", "")
				delete(entities[of], entity)
				changed = "deleted"
			}
			var got, want []string
			for _, v := range told.values {
				data, _ := v["resourceData"].(map[string]any)
				got = append(got, fmt.Sprint(v["subscriptionId"], " ", v["changeType"], " ", data["id"]))
			}
			for id, each := range subscriptions {
				if changed != "" && each.resource == of && slices.Contains(strings.Split(each.changes, ","), changed) {
					want = append(want, fmt.Sprint(id, " ", changed, " ", entity))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("step %d: told\n%s\nwant\n%s", step, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	})
}
