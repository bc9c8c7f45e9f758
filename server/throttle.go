package server

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/graphmock/graphmock/openapi/graph"
)

// Throttle says whether clients are held to limits.
type Throttle string

const (
	// ThrottleOff has no limits.
	ThrottleOff Throttle = "off"
	// ThrottleDocumented has the limits that Microsoft documents for user
	// activities (throttling-limits.md, Project Rome): for each user, through all
	// apps together, 400 reads in 5 minutes and 12,000 in a day, and 100 writes in
	// 5 minutes and 8,000 in a day.
	ThrottleDocumented Throttle = "documented"
)

// A limit is how many calls a user has in any stretch of time that long, in
// milliseconds.
type limit struct {
	calls  int
	window int64
}

const (
	fiveMinutes = 5 * 60 * 1000
	day         = 24 * 60 * 60 * 1000
)

var (
	readLimits  = []limit{{400, fiveMinutes}, {12_000, day}}
	writeLimits = []limit{{100, fiveMinutes}, {8_000, day}}
)

// throttle counts the calls of a user and responds with 429 where a limit is reached.
// What a client calls while it should wait counts too, and prolongs the wait. A
// batch counts by its requests.
func (x *exchange) throttle() {
	t := x.server.throttling
	if t == nil || isBatch(x.match.Operation) {
		return
	}
	wait := t.count(x.caller.User.ID, isRead(x.match.Operation.Method), x.now.UnixMilli())
	if wait == 0 {
		return
	}
	x.fail(graph.ErrorThrottled)
	seconds := (wait + 999) / 1000 // not less than it takes
	x.outlet.Header()["Retry-After"] = []string{strconv.FormatInt(seconds, 10)}
}

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// throttling remembers who called when. The zero value is ready.
type throttling struct {
	mu    sync.Mutex
	users map[string]*usage
}

// maxThrottled bounds the users that are remembered; one that has not called for
// the longest time is forgotten.
const maxThrottled = 1000

// usage is what a user called.
type usage struct {
	reads, writes calls
	last          int64
}

// count counts a call at a time in milliseconds. Zero lets it through; otherwise
// it is how long the next call has to wait.
func (t *throttling) count(user string, read bool, now int64) (wait int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.users[user]
	if u == nil {
		u = t.remember(user)
	}
	u.last = now
	if read {
		return u.reads.add(now, readLimits)
	}
	return u.writes.add(now, writeLimits)
}

// t.mu must be held.
func (t *throttling) remember(user string) *usage {
	if t.users == nil {
		t.users = map[string]*usage{}
	}
	if len(t.users) >= maxThrottled {
		oldest, found := "", false
		for name, u := range t.users {
			if !found || u.last < t.users[oldest].last || u.last == t.users[oldest].last && name < oldest {
				oldest, found = name, true
			}
		}
		delete(t.users, oldest)
	}
	u := &usage{}
	t.users[user] = u
	return u
}

// reset forgets everybody.
func (t *throttling) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.users = nil
}

// calls are the times of the last calls, as many as the longest limit asks for.
type calls struct {
	ring []int64
	next int // where in a full ring the next one goes
}

// add adds a call, and tells how long the next one has to wait if this one was
// too much.
func (c *calls) add(now int64, limits []limit) (wait int64) {
	tooMuch := c.wait(now, limits) > 0
	if most := limits[len(limits)-1].calls; len(c.ring) < most {
		c.ring = append(c.ring, now)
	} else {
		c.ring[c.next] = now
		c.next = (c.next + 1) % most
	}
	if !tooMuch {
		return 0
	}
	return c.wait(now, limits)
}

// wait is how long it takes until every limit has room for a call.
func (c *calls) wait(now int64, limits []limit) (wait int64) {
	for _, l := range limits {
		if len(c.ring) >= l.calls {
			oldest := c.ring[(c.next+len(c.ring)-l.calls)%len(c.ring)] // of the limit's last calls
			wait = max(wait, oldest+l.window-now)
		}
	}
	return wait
}
