package verdict

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// A Collector keeps what a verdict needs to know of every exchange there ever was;
// a journal has the last ones only. The zero value is ready, and its memory is
// bounded. All methods are safe for concurrent use.
type Collector struct {
	// Advises is whether requests are held against Microsoft's guidance for Graph. It is set
	// before the first is added.
	Advises bool

	mu          sync.Mutex
	groups      map[groupKey]*GroupedViolation
	unmatched   map[[2]string]*UnmatchedRequest // by method and path
	unsupported map[string]*UnsupportedRequest  // by what was asked for
	outside     map[string]*OutsideRequest      // by host
	guidance    map[guidanceKey]*Guidance
	early       map[string]*Guidance // by what was asked for, and not asked again since
	omitted     int
	operations  map[operationKey]*operationStats // of those that were touched
	latest      struct {                         // the same of the last exchange
		operation *openapi.Operation
		stats     *operationStats
	}
	writes  writes
	granted granted
}

// groupKey is what violations of one group have in common.
type groupKey struct {
	operation         string
	side              openapi.Side
	in, pointer, rule string
}

// operationKey names an operation, also one that was derived more than once.
type operationKey struct{ method, path string }

func keyOf(op *openapi.Operation) operationKey { return operationKey{op.Method, op.Path} }

// Bounds of a collector.
const (
	maxGroups     = 1000
	maxUnmatched  = 200
	maxOperations = 50_000 // of which the coverage is kept
)

// Add counts an exchange, which has its ID.
func (c *Collector) Add(r *journal.Record) {
	link := ""
	if c.hasPages(r.Matched) {
		link = nextLink(r)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Outside {
		c.addOutside(r)
		return
	}
	for i := range r.Violations {
		c.addViolation(&r.Violations[i], r)
	}
	if r.Unsupported != "" {
		c.addUnsupported(r)
	}
	if r.Matched == nil {
		return
	}
	c.granted.add(r)
	c.addEarly(r)
	if stats := c.statsOf(r.Matched); stats != nil {
		early := stats.add(r, link)
		c.advise(r, stats, early)
	}
	c.writes.add(r)
}

// Reset forgets every exchange.
func (c *Collector) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsupported, c.outside = nil, nil
	c.groups, c.unmatched, c.omitted, c.operations, c.writes = nil, nil, 0, nil, writes{}
	c.granted, c.guidance, c.early = granted{}, nil, nil
	c.latest.operation, c.latest.stats = nil, nil
}

// addViolation counts a violation with those of its group.
//
// c.mu must be held.
func (c *Collector) addViolation(v *openapi.Violation, r *journal.Record) {
	if isUnmatched(v) {
		c.addUnmatched(v, r)
	}
	key := groupKey{v.Operation, v.Side, v.In, journal.Cut(v.Pointer), v.Rule}
	g := c.groups[key]
	switch {
	case g != nil:
		g.Count++
		if r.ID < g.First { // it was counted later than it came
			g.First, g.Where = r.ID, requestLine(r)
		}
		return
	case len(c.groups) >= maxGroups:
		c.omitted++
		return
	case c.groups == nil:
		c.groups = map[groupKey]*GroupedViolation{}
	}
	key.pointer = strings.Clone(key.pointer) // the whole request may hang on it
	g = &GroupedViolation{Violation: *v, Count: 1, First: r.ID, Where: requestLine(r)}
	g.Pointer = key.pointer
	c.groups[key] = g
}

// isUnmatched reports whether a violation is of a request line that fits no
// operation.
func isUnmatched(v *openapi.Violation) bool {
	return v.Operation == "" && v.Side == openapi.RequestSide && v.In == openapi.InPath
}

// addUnmatched counts a request line that no operation fits. Beyond the bound it is
// counted among the violations only.
//
// c.mu must be held.
func (c *Collector) addUnmatched(v *openapi.Violation, r *journal.Record) {
	key := [2]string{journal.Cut(r.Method), journal.Cut(credential.Rules{}.Path(r.Path))}
	u := c.unmatched[key]
	switch {
	case u != nil:
		u.Count++
		u.First = min(u.First, r.ID)
		return
	case len(c.unmatched) >= maxUnmatched:
		return
	case c.unmatched == nil:
		c.unmatched = map[[2]string]*UnmatchedRequest{}
	}
	why := v.Message
	if v.Hint != "" {
		why += "; " + v.Hint
	}
	key = [2]string{strings.Clone(key[0]), strings.Clone(key[1])} // the whole request may hang on them
	c.unmatched[key] = &UnmatchedRequest{Method: key[0], Path: key[1], Count: 1, First: r.ID, Why: why, Rule: v.Rule}
}

// addUnsupported counts a request for what is not served. Beyond the bound it is not
// counted.
//
// c.mu must be held.
func (c *Collector) addUnsupported(r *journal.Record) {
	u := c.unsupported[r.Unsupported]
	switch {
	case u != nil:
		u.Count++
		if r.ID < u.First {
			u.First, u.Where = r.ID, requestLine(r)
		}
		return
	case len(c.unsupported) >= maxUnmatched:
		return
	case c.unsupported == nil:
		c.unsupported = map[string]*UnsupportedRequest{}
	}
	c.unsupported[r.Unsupported] = &UnsupportedRequest{What: r.Unsupported, Count: 1, First: r.ID, Where: requestLine(r)}
}

// addOutside keeps the first of the requests for another host than Graph's, which was counted
// before.
//
// c.mu must be held.
func (c *Collector) addOutside(r *journal.Record) {
	if counted := c.outside[r.Host]; counted != nil {
		counted.First, counted.Why = r.ID, r.Note
	}
}

// CountOutside counts a request for another host than Graph's, and reports whether it is the
// first, which is to be added. Those beyond the bound are not counted.
func (c *Collector) CountOutside(host string) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.outside[host]; known != nil {
		known.Count++
		return false
	}
	if len(c.outside) >= maxUnmatched {
		return false
	}
	if c.outside == nil {
		c.outside = map[string]*OutsideRequest{}
	}
	c.outside[host] = &OutsideRequest{Host: host, Count: 1}
	return true
}

// hasPages reports whether a next link may be in the responses of an operation.
func (c *Collector) hasPages(op *openapi.Operation) bool {
	if op == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stats := c.statsOf(op)
	return stats != nil && stats.nextLink >= 0
}

// statsOf returns what is counted of an operation, nil if there is no room for it.
//
// c.mu must be held.
func (c *Collector) statsOf(op *openapi.Operation) *operationStats {
	if op == c.latest.operation { // clients repeat themselves
		return c.latest.stats
	}
	stats := c.findStats(op)
	if stats != nil {
		c.latest.operation, c.latest.stats = op, stats
	}
	return stats
}

func (c *Collector) findStats(op *openapi.Operation) *operationStats {
	key := keyOf(op)
	stats := c.operations[key]
	switch {
	case stats != nil:
		return stats
	case len(c.operations) >= maxOperations:
		return nil
	case c.operations == nil:
		c.operations = map[operationKey]*operationStats{}
	}
	stats = newOperationStats(op)
	c.operations[key] = stats
	return stats
}

// Verdict returns the verdict on what was added: see [Of].
func (c *Collector) Verdict(contract *openapi.Contract, clockStands bool) Verdict {
	return Of(contract, clockStands, Part{Collector: c})
}

// A Part is what one of several collectors adds to a verdict: the ids of its exchanges begin
// after a number.
type Part struct {
	*Collector
	After int64
}

// Of returns the verdict on what was added to collectors. Its coverage has every operation of
// the contract, and any other that was touched. If the clock stands still, no client can wait:
// then to honour a Retry-After is optional. What scenarios found is added with AddScenarios.
func Of(contract *openapi.Contract, clockStands bool, parts ...Part) Verdict {
	var sum sums
	for _, p := range parts {
		sum.add(p.snapshot(), p.After)
	}
	v := sum.verdict()
	slices.SortFunc(v.Guidance, func(a, b Guidance) int {
		return cmp.Or(cmp.Compare(a.First, b.First), strings.Compare(a.Rule, b.Rule))
	})
	if clockStands {
		v.Guidance = slices.DeleteFunc(v.Guidance, func(g Guidance) bool { return g.Rule == ruleRetryAfter })
	}
	v.Permissions = permissionsOf(sum.touched, sum.granted)
	slices.SortFunc(v.Violations, compareGroups)
	slices.SortFunc(v.Unmatched, func(a, b UnmatchedRequest) int { return cmp.Compare(a.First, b.First) })
	slices.SortFunc(v.Unsupported, func(a, b UnsupportedRequest) int { return cmp.Compare(a.First, b.First) })
	slices.SortFunc(v.Outside, func(a, b OutsideRequest) int { return cmp.Compare(a.First, b.First) })
	for i := range v.Unmatched {
		u := &v.Unmatched[i]
		if op := contract.NearestOperation(u.Method, u.Path); op != nil {
			u.Nearest = op.Pattern()
		}
	}
	v.Coverage = coverageOf(contract, sum.touched, clockStands)
	v.Clean = len(v.Violations) == 0 && v.Omitted == 0
	return v
}

// compareGroups orders groups as they were first seen; those of one exchange, the
// request's first and then by what they are about.
func compareGroups(a, b GroupedViolation) int {
	return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Side, b.Side),
		strings.Compare(a.In+a.Pointer+a.Rule, b.In+b.Pointer+b.Rule))
}

// snapshot copies what was counted: requests wait for no more than that.
func (c *Collector) snapshot() sums {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := sums{
		groups: clone(c.groups), unmatched: clone(c.unmatched), unsupported: clone(c.unsupported), outside: clone(c.outside), guidance: clone(c.guidance), omitted: c.omitted,
		duplicates: slices.Clone(c.writes.duplicates), touched: make(map[operationKey]touchedOperation, len(c.operations)),
	}
	for key, stats := range c.operations {
		s.touched[key] = stats.touched()
	}
	for line, g := range c.early {
		s.guidance[guidanceKey{g.Rule, line}] = *g
	}
	for kind, names := range c.granted {
		s.granted[kind] = maps.Clone(names)
	}
	return s
}

func clone[K comparable, V any](all map[K]*V) map[K]V {
	copied := make(map[K]V, len(all))
	for key, value := range all {
		copied[key] = *value
	}
	return copied
}

// requestLine shows which request it was.
func requestLine(r *journal.Record) string {
	return r.Method + " " + journal.Cut(credential.Rules{}.Path(r.Path))
}
