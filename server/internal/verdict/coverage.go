package verdict

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// Coverage is which part of the contract the requests used.
type Coverage struct {
	Of         string              `json:"of,omitempty"` // the operations that are counted; none: the contract's
	Percent    float64             `json:"percent"`      // of all points that count, from 0 to 100
	Operations []OperationCoverage `json:"operations"`
	LeftOut    int                 `json:"leftOut,omitempty"` // operations without requests that are not among them
}

// OperationCoverage is the coverage of one operation, together with those that
// do the same at another place: what is under /users/{user-id} is counted with
// its twin under /me.
type OperationCoverage struct {
	Operation string   `json:"operation"` // operationId
	Pattern   string   `json:"pattern"`
	Twins     []string `json:"twins,omitempty"` // operationIds that are counted here too
	Requests  int      `json:"requests"`
	Points    []Point  `json:"points"`
	LeftOut   int      `json:"leftOut,omitempty"` // points that nothing touched and that are not among them
}

// A Point is one thing about an operation that tests can touch.
type Point struct {
	Kind     string `json:"kind"` // status, query, property, value, nextLink or retryAfter
	Name     string `json:"name"` // 201, $filter, /userTimezone, /status=active
	Hits     int    `json:"hits"`
	Optional bool   `json:"optional,omitempty"` // the percentage does not ask for it
}

// Kinds of points.
const (
	PointStatus     = "status"     // a status that the contract declares, such as 201 or 5XX
	PointQuery      = "query"      // a query option
	PointProperty   = "property"   // a property of the body, at the top or one level below
	PointValue      = "value"      // a value of an enum
	PointNextLink   = "nextLink"   // an @odata.nextLink that was given was followed
	PointRetryAfter = "retryAfter" // a Retry-After that was given was honoured
)

// A touchedOperation is what is known of an operation at the time of a verdict.
type touchedOperation struct {
	operation       *openapi.Operation
	requests        int
	as              [2]int // requests with a signed-in user, and of apps alone
	points          []Point
	asked, honoured int // Retry-After
}

// coverageOf returns the coverage of a contract's operations, in its order, and of
// any others that were touched.
func coverageOf(contract *openapi.Contract, touched map[operationKey]touchedOperation, clockStands bool) Coverage {
	c := coverage{at: map[string]int{}, clockStands: clockStands}
	c.Operations = []OperationCoverage{}
	for op := range contract.Operations() {
		key := keyOf(op)
		t, known := touched[key]
		if !known {
			t = touchedOperation{operation: op, points: newOperationStats(op).points}
		}
		delete(touched, key)
		c.addOperation(op, t)
	}
	for _, t := range slices.SortedFunc(maps.Values(touched), comparePaths) {
		c.addOperation(t.operation, t)
	}
	c.Percent = percent(c.Operations)
	return c.Coverage
}

// comparePaths orders operations as a contract does.
func comparePaths(a, b touchedOperation) int {
	return cmp.Or(cmp.Compare(a.operation.Path, b.operation.Path), cmp.Compare(a.operation.Method, b.operation.Method))
}

// coverage is a Coverage in the making.
type coverage struct {
	Coverage
	at          map[string]int // index of an operation and its twins
	clockStands bool
}

// addOperation adds an operation, or counts it with its twin.
func (c *coverage) addOperation(op *openapi.Operation, t touchedOperation) {
	if t.asked > 0 {
		t.points = append(t.points, Point{PointRetryAfter, "honoured", t.honoured, c.clockStands})
	}
	key := twinKey(op)
	i, known := c.at[key]
	if !known {
		c.at[key] = len(c.Operations)
		c.Operations = append(c.Operations, OperationCoverage{
			Operation: op.ID, Pattern: op.Pattern(), Requests: t.requests, Points: t.points,
		})
		return
	}
	twin := &c.Operations[i]
	twin.Twins = append(twin.Twins, op.ID)
	twin.add(t.requests, t.points)
}

// twinKey is equal for operations that do the same for a user, whether the URL
// says /me or names the user.
func twinKey(op *openapi.Operation) string {
	resource, ofUser := op.Resource()
	if ofUser || strings.HasSuffix(op.Shape(), "/me"+resource) {
		resource = "/me" + resource
	}
	return op.Method + " " + resource
}

// Add adds the coverage of another server. An operation that only one of them knows
// is there as well.
func (c *Coverage) Add(more Coverage) {
	for _, o := range more.Operations {
		i := slices.IndexFunc(c.Operations, func(have OperationCoverage) bool {
			return have.Operation == o.Operation && have.Pattern == o.Pattern
		})
		if i < 0 {
			o.Points = slices.Clone(o.Points)
			c.Operations = append(c.Operations, o)
			continue
		}
		c.Operations[i].add(o.Requests, o.Points)
	}
	c.Percent = percent(c.Operations)
}

// What a bounded coverage is of.
const (
	ofTouched = "the operations that were called"
	ofNamed   = "the operations asked for"
)

// Bound returns the coverage of some operations only: those that include names, as
// Operation.IsNamed takes names, or where it is empty those that were called; without
// those that exclude names. Of no operation nothing is covered.
func (c Coverage) Bound(contract *openapi.Contract, include, exclude []string) Coverage {
	byID := map[string]*openapi.Operation{}
	for op := range contract.Operations() {
		byID[op.ID] = op
	}
	bounded := Coverage{Of: ofTouched, Operations: []OperationCoverage{}}
	if len(include) > 0 {
		bounded.Of = ofNamed
	}
	for _, o := range c.Operations {
		texts := append([]string{o.Operation, o.Pattern}, o.Twins...)
		for _, id := range o.Twins {
			if op := byID[id]; op != nil {
				texts = append(texts, op.Pattern())
			}
		}
		isNamed := func(name string) bool {
			return slices.ContainsFunc(texts, func(text string) bool { return openapi.MatchesName(name, text) })
		}
		counts := len(include) == 0 && o.Requests > 0 || slices.ContainsFunc(include, isNamed)
		if counts && !slices.ContainsFunc(exclude, isNamed) {
			bounded.Operations = append(bounded.Operations, o)
		}
	}
	if len(bounded.Operations) > 0 {
		bounded.Percent = percent(bounded.Operations)
	}
	return bounded
}

// Touched returns the coverage with the operations that were called and the points that were
// touched alone: the percentage is that of all.
func (c Coverage) Touched() Coverage {
	all := c.Operations
	c.Operations = []OperationCoverage{}
	for _, o := range all {
		if o.Requests == 0 {
			c.LeftOut++
			continue
		}
		points := slices.DeleteFunc(slices.Clone(o.Points), func(p Point) bool { return p.Hits == 0 })
		o.LeftOut, o.Points = len(o.Points)-len(points), points
		c.Operations = append(c.Operations, o)
	}
	return c
}

// add adds requests to the same operation, or to a twin. What one of them asks for,
// both do.
func (o *OperationCoverage) add(requests int, points []Point) {
	o.Requests += requests
	for _, p := range points {
		i := slices.IndexFunc(o.Points, func(have Point) bool { return have.Kind == p.Kind && have.Name == p.Name })
		if i < 0 {
			o.Points = append(o.Points, p)
			continue
		}
		o.Points[i].Hits += p.Hits
		o.Points[i].Optional = o.Points[i].Optional && p.Optional
	}
}

// Touched counts the points that the percentage asks for: those that were touched,
// and all of them.
func (o *OperationCoverage) Touched() (touched, all int) {
	for _, p := range o.Points {
		if p.Optional {
			continue
		}
		all++
		if p.Hits > 0 {
			touched++
		}
	}
	return touched, all
}

// percent is the part of the points that count which was touched, cut to one
// digit after the point: 100 is only what is complete.
func percent(operations []OperationCoverage) float64 {
	covered, all := 0, 0
	for i := range operations {
		touched, points := operations[i].Touched()
		covered, all = covered+touched, all+points
	}
	if all == 0 {
		return 100
	}
	return math.Floor(float64(covered)*1000/float64(all)) / 10
}
