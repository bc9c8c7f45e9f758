package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// touched is what requests touched of an operation: its points, and the ways to
// find the point that something belongs to.
type touched struct {
	operation *openapi.Operation
	requests  int
	points    []Point

	statuses map[int]int // by status, made as they come
	options  map[string]int
	members  map[string]member

	nextLink int             // -1 if the operation has no pages
	links    map[string]bool // what marks the next links that were given

	waits           map[client]time.Time // until when clients were told to wait
	asked, honoured int
}

// member is a property of a body, by its points.
type member struct {
	point  int
	values map[string]int
	below  map[string]member // of the object that it holds, or of its elements
}

// client is who calls, as the service knows it.
type client struct{ user, app string }

// Bounds of what is remembered of an operation.
const (
	maxLinks = 1000
	maxWaits = 1000
	maxMark  = 4096 // bytes of a next link
)

func newTouched(op *openapi.Operation) *touched {
	t := &touched{operation: op, statuses: map[int]int{}, options: map[string]int{}, nextLink: -1}
	surface := op.Surface()
	answers := surface.Responses()
	for _, answer := range answers {
		minimal := answer == "204" && (slices.Contains(answers, "200") || slices.Contains(answers, "201")) // by Prefer
		t.point(PointStatus, answer, minimal || isClientsFault(answer))
	}
	for _, name := range surface.QueryOptions() {
		if name == "$skiptoken" && surface.HasPages() {
			continue // following a next link is a point of its own
		}
		o, _ := op.Option(name)
		t.options[name] = t.point(PointQuery, name, o.Ignored || name == "$format")
	}
	for _, p := range surface.BodyProperties() {
		if !p.Server {
			t.property(p)
		}
	}
	if surface.HasPages() {
		t.nextLink = t.point(PointNextLink, "followed", false)
	}
	return t
}

func (t *touched) point(kind, name string, optional bool) int {
	t.points = append(t.points, Point{Kind: kind, Name: name, Optional: optional})
	return len(t.points) - 1
}

func (t *touched) property(p openapi.BodyProperty) {
	m := member{point: t.point(PointProperty, p.Pointer, p.Key || p.Deprecated), below: map[string]member{}}
	for _, value := range p.Values {
		if m.values == nil {
			m.values = map[string]int{}
		}
		same := func(v string) bool { return strings.EqualFold(v, value) }
		if first := p.Values[slices.IndexFunc(p.Values, same)]; first != value { // another spelling
			m.values[value] = m.values[first]
			continue
		}
		m.values[value] = t.point(PointValue, p.Pointer+"="+value, false)
	}
	segments := strings.Split(p.Pointer, "/")
	if t.members == nil {
		t.members = map[string]member{}
	}
	into := t.members
	if len(segments) > 2 {
		into = t.members[openapi.UnescapePointer(segments[1])].below
	}
	if into != nil {
		into[openapi.UnescapePointer(segments[len(segments)-1])] = m
	}
}

// isClientsFault tells an answer that only a request off the contract gets, or
// that stands for whatever is not declared: a client's tests need not cause it.
func isClientsFault(answer string) bool {
	switch answer {
	case "400", "405", "406", "408", "411", "413", "414", "415", "422", "431", "4XX", "DEFAULT":
		return true
	}
	return false
}

// add counts what an exchange touches. What a request that was rejected carries
// is not counted, for it shows nothing about the client's good requests. The next
// link is that of the answer, empty if it has none or the operation no pages.
func (t *touched) add(x *exchange, nextLink string) {
	t.requests++
	if x.isDelivered() {
		t.hit(t.status(x.status))
	}
	if len(t.waits) > 0 || x.status >= 300 || x.status == 202 {
		t.wait(x)
	}
	rejected := len(x.violations) > 0 && x.isRejected()
	if query := x.Request().URL.RawQuery; query != "" {
		t.query(query, rejected)
	}
	if !rejected {
		t.object(t.members, x.value)
	}
	if nextLink != "" {
		t.give(nextLink)
	}
}

func (t *touched) hit(point int) {
	if point >= 0 {
		t.points[point].Hits++
	}
}

// status is the point of a status, -1 if the contract does not declare it.
func (t *touched) status(status int) int {
	point, known := t.statuses[status]
	if !known {
		name := t.operation.Surface().ResponseOf(status)
		point = slices.IndexFunc(t.points, func(p Point) bool { return p.Kind == PointStatus && p.Name == name })
		t.statuses[status] = point
	}
	return point
}

// query counts query options, and whether they are those of a next link.
func (t *touched) query(raw string, rejected bool) {
	query, _ := openapi.ParseQuery(raw)
	if t.links[linkMark(query)] {
		t.hit(t.nextLink)
	}
	if rejected {
		return
	}
	for _, name := range t.operation.Surface().SentOptions(query) {
		if point, counts := t.options[name]; counts {
			t.hit(point)
		}
	}
}

// object counts the members of a body, or of an object in it.
func (t *touched) object(members map[string]member, v any) {
	object, _ := v.(map[string]any)
	if len(members) == 0 {
		return
	}
	for name, v := range object {
		m, known := members[name]
		if !known {
			continue
		}
		t.hit(m.point)
		if len(m.values) > 0 {
			if value, known := m.values[fmt.Sprint(v)]; known {
				t.hit(value)
			}
		}
		if list, ok := v.([]any); ok {
			for _, element := range list {
				t.object(m.below, element)
			}
			continue
		}
		t.object(m.below, v)
	}
}

// nextLink is that of the answer, empty if it has none.
func (x *exchange) nextLink() string {
	if x.status/100 != 2 || !x.isDelivered() || !bytes.Contains(x.answer, []byte(`"@odata.nextLink"`)) {
		return ""
	}
	var page struct {
		NextLink string `json:"@odata.nextLink"`
	}
	if json.Unmarshal(x.answer, &page) != nil || len(page.NextLink) > maxMark {
		return ""
	}
	return page.NextLink
}

// give remembers a next link that a client was given.
func (t *touched) give(nextLink string) {
	link, err := url.Parse(nextLink)
	if err != nil || link.RawQuery == "" {
		return
	}
	if len(t.links) >= maxLinks || t.links == nil {
		t.links = map[string]bool{}
	}
	t.links[linkMark(link.Query())] = true
}

// linkMark is what tells a next link from others, however a client writes it
// again: its $skiptoken, or else its whole query.
func linkMark(query url.Values) string {
	for name, values := range query {
		if strings.EqualFold(name, "$skiptoken") {
			return values[0]
		}
	}
	return query.Encode()
}

// wait watches whether a client that was told to wait did so before its next
// request to the operation.
func (t *touched) wait(x *exchange) {
	from := client{x.caller.user.name, x.caller.app}
	if until, told := t.waits[from]; told {
		delete(t.waits, from)
		if !x.now.Before(until) {
			t.honoured++
		}
	}
	text := x.Response().Header().Get("Retry-After")
	if text == "" || !x.isDelivered() || len(t.waits) >= maxWaits {
		return
	}
	now := x.server.clock.now()
	demanded, ok := scenarios.ParseRetryAfter(text, now)
	if !ok {
		return
	}
	t.asked++
	if t.waits == nil {
		t.waits = map[client]time.Time{}
	}
	t.waits[from] = now.Add(demanded)
}

// coverage gives the coverage by now. A clock that stands still lets nobody wait:
// then a Retry-After is not asked for.
//
// t.mu must be held.
func (t *tally) coverage(c *openapi.Contract, stands bool) Coverage {
	cover := Coverage{Operations: []OperationCoverage{}}
	at := map[string]int{}
	for op := range c.Operations() {
		of := t.operation(op)
		points := slices.Clone(of.points)
		if of.asked > 0 {
			points = append(points, Point{PointRetryAfter, "honoured", of.honoured, stands})
		}
		key := twinKey(op)
		i, known := at[key]
		if !known {
			at[key] = len(cover.Operations)
			cover.Operations = append(cover.Operations, OperationCoverage{
				Operation: op.ID, Pattern: op.Pattern(), Requests: of.requests, Points: points,
			})
			continue
		}
		twin := &cover.Operations[i]
		twin.Twins = append(twin.Twins, op.ID)
		twin.add(of.requests, points)
	}
	cover.Percent = percent(cover.Operations)
	return cover
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
