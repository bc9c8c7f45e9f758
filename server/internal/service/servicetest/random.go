package servicetest

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// oneSeed repeats a run that failed: go test ./server/internal/workload/todo -run TestRandom -seed 7.
var oneSeed = flag.Uint64("seed", 0, "repeat the random run with this seed")

// runs is how many seeds a random test has, each with a tenant of its own.
const runs = 4

// Random takes steps at random, so many in all. Each run is a subtest named by its seed. Under the
// race detector, which makes them ten times as slow and has no other goroutine to watch here, there
// are fewer.
func Random(t *testing.T, steps int, run func(t *testing.T, r *rand.Rand, steps int)) {
	t.Helper()
	t.Parallel()
	if underRace {
		steps /= 10
	}
	for range runs {
		seed := *oneSeed
		if seed == 0 {
			seed = rand.Uint64()
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			t.Logf("seed %d, %d steps", seed, steps/runs)
			run(t, rand.New(rand.NewPCG(seed, 0)), steps/runs)
		})
	}
}

// AnyOf draws a key of a map, the zero value of an empty one. The same keys and the same random
// numbers give the same key.
func AnyOf[V any](r *rand.Rand, all map[string]V) string {
	if len(all) == 0 {
		return ""
	}
	keys := slices.Sorted(maps.Keys(all))
	return keys[r.IntN(len(keys))]
}

// Must sends a request that is answered with a status, and returns the entity in the response.
// Of an error the status is 0.
func (c *Client) Must(status int, method, target, body string) map[string]any {
	c.t.Helper()
	got, text := c.Send(method, target, body)
	if got != status {
		c.t.Fatalf("%s %s %s: %d %s, want %d", method, target, body, got, text, status)
	}
	if status == 0 || text == "" {
		return nil
	}
	return c.Decode(text)
}

// Refused sends a request that is answered with an error.
func (c *Client) Refused(rule, method, target, body string) {
	c.t.Helper()
	if got, text := c.Send(method, target, body); got != 0 || text != rule {
		c.t.Fatalf("%s %s %s: %d %s, want %s", method, target, body, got, text, rule)
	}
}

// Parallel calls do from 64 goroutines at once, each with a client of the same service.
func (c *Client) Parallel(do func(i int, c *Client)) {
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			own := *c
			do(i, &own)
		})
	}
	all.Wait()
}

// Try is Must for goroutines: it goes on after a failure.
func (c *Client) Try(status int, method, target, body string) map[string]any {
	got, text := c.Send(method, target, body)
	if got != status {
		c.t.Errorf("%s %s %s: %d %s, want %d", method, target, body, got, text, status)
	} else if text != "" && status != 0 {
		return c.Decode(text)
	}
	return map[string]any{}
}

// Count adds one to a number that an entity has as a text in a property, by its tag: as often as
// others were faster, again. The path is that of the entity, and stale the error about an old tag.
func (c *Client) Count(path, property, stale string) {
	for range 10_000 {
		e := c.Get(path)
		text, _ := e[property].(string)
		n, _ := strconv.Atoi(text)
		c.IfMatch = e["@odata.etag"].(string)
		status, got := c.Send("PATCH", path, fmt.Sprintf(`{%q: "%d"}`, property, n+1))
		c.IfMatch = ""
		if got != stale {
			if status/100 != 2 {
				c.t.Errorf("PATCH %s: %d %s", path, status, got)
			}
			return
		}
	}
	c.t.Errorf("PATCH %s: others were always faster", path)
}

// Each calls visit for the entities of a list or a delta, over all its pages. It returns the
// link with which a delta goes on.
func (c *Client) Each(target string, visit func(entity map[string]any)) (deltaLink string) {
	c.t.Helper()
	for {
		page := c.Get(target)
		for _, each := range page["value"].([]any) {
			visit(each.(map[string]any))
		}
		next, more := page["@odata.nextLink"].(string)
		if !more {
			deltaLink, _ = page["@odata.deltaLink"].(string)
			return deltaLink
		}
		target = next
	}
}

// Known is a text for each entity, by id.
type Known map[string]string

// Known returns what there is in a list, by what of says of each entity.
func (c *Client) Known(target string, of func(entity map[string]any) string) Known {
	c.t.Helper()
	all := Known{}
	c.Each(target, func(entity map[string]any) {
		id := entity["id"].(string)
		if _, twice := all[id]; twice {
			c.t.Fatalf("%s has %s twice", target, id)
		}
		all[id] = of(entity)
	})
	return all
}

// A Follower follows a delta and knows what it was told.
type Follower struct {
	Link  string
	Known Known
}

// Follow reads the delta to its end.
func (f *Follower) Follow(c *Client, of func(entity map[string]any) string) Known {
	c.t.Helper()
	if f.Known == nil {
		f.Known = Known{}
	}
	f.Link = c.Each(f.Link, func(entity map[string]any) {
		id := entity["id"].(string)
		if entity["@removed"] != nil || entity["deleted"] != nil {
			delete(f.Known, id)
		} else {
			f.Known[id] = of(entity)
		}
	})
	return f.Known
}

// Same fails the test where what is known is not what is expected.
func (c *Client) Same(what string, got, want Known) {
	c.t.Helper()
	if !maps.Equal(got, want) {
		c.t.Fatalf("%s:\ngot  %v\nwant %v", what, got, want)
	}
}
