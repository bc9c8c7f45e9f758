package verdict

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// operationStats is what requests touched of an operation: its points, and the ways
// to find the point that something belongs to.
type operationStats struct {
	operation *openapi.Operation
	requests  int
	as        [2]int // requests with a signed-in user, and of apps alone
	points    []Point

	statuses   map[int]int // point of a status, made as they come
	options    map[string]int
	properties map[string]property

	nextLink int             // -1 if the operation has no pages
	links    map[string]bool // what marks the next links that were given

	waits           scenarios.Waits[client]
	asked, honoured int
}

// property is a property of a body, by its points.
type property struct {
	point  int
	values map[string]int
	below  map[string]property // of the object that it holds, or of its elements
}

// client is who calls, as the service knows it.
type client struct{ user, app string }

// Bounds of what is remembered of an operation.
const (
	maxLinks = 1000
	maxWaits = 1000
	maxMark  = 4096 // bytes of a next link
)

func newOperationStats(op *openapi.Operation) *operationStats {
	s := &operationStats{operation: op, statuses: map[int]int{}, options: map[string]int{}, nextLink: -1}
	s.waits.Max = maxWaits
	statuses := op.Surface().Responses()
	for _, status := range statuses {
		minimal := status == "204" && (slices.Contains(statuses, "200") || slices.Contains(statuses, "201")) // by Prefer
		s.addPoint(PointStatus, status, minimal || isClientsFault(status))
	}
	for _, name := range op.Surface().QueryOptions() {
		if name == "$skiptoken" && op.Surface().HasPages() {
			continue // following a next link is a point of its own
		}
		o, _ := op.Option(name)
		s.options[name] = s.addPoint(PointQuery, name, o.Ignored || name == "$format")
	}
	for _, p := range op.Surface().BodyProperties() {
		if !p.Server {
			s.addProperty(p)
		}
	}
	if op.Surface().HasPages() {
		s.nextLink = s.addPoint(PointNextLink, "followed", false)
	}
	return s
}

func (s *operationStats) addPoint(kind, name string, optional bool) int {
	s.points = append(s.points, Point{Kind: kind, Name: name, Optional: optional})
	return len(s.points) - 1
}

func (s *operationStats) addProperty(p openapi.BodyProperty) {
	m := property{point: s.addPoint(PointProperty, p.Pointer, p.Key || p.Deprecated), below: map[string]property{}}
	for _, value := range p.Values {
		if m.values == nil {
			m.values = map[string]int{}
		}
		same := func(v string) bool { return strings.EqualFold(v, value) }
		if first := p.Values[slices.IndexFunc(p.Values, same)]; first != value { // another spelling
			m.values[value] = m.values[first]
			continue
		}
		m.values[value] = s.addPoint(PointValue, p.Pointer+"="+value, false)
	}
	segments := strings.Split(p.Pointer, "/")
	if s.properties == nil {
		s.properties = map[string]property{}
	}
	into := s.properties
	if len(segments) > 2 {
		into = s.properties[jsontext.UnescapePointer(segments[1])].below
	}
	if into != nil {
		into[jsontext.UnescapePointer(segments[len(segments)-1])] = m
	}
}

// isClientsFault reports whether only a request off the contract gets a status, or
// whether it stands for all that are not declared: a client's tests need not cause it.
func isClientsFault(status string) bool {
	switch status {
	case "400", "405", "406", "408", "411", "413", "414", "415", "422", "431", "4XX", "DEFAULT":
		return true
	}
	return false
}

// add counts what an exchange touches. What a request that was rejected carries
// is not counted, for it shows nothing about the client's good requests. The next
// link is that of the response, empty if there is none. It reports whether the client was told
// to wait and did not.
func (s *operationStats) add(r *journal.Record, nextLink string) (early bool) {
	s.requests++
	s.as[kindOf(r)]++
	if r.Delivered && r.Unsupported == "" { // which is no response of Graph's
		s.hit(s.status(r.Status))
	}
	if s.waits.Len() > 0 || r.Status >= 300 || r.Status == 202 {
		early = s.watchRetryAfter(r)
	}
	rejected := isRejected(r)
	if r.Query != "" {
		s.countQuery(r.Query, rejected)
	}
	if !rejected {
		s.countObject(s.properties, r.Value)
	}
	if nextLink != "" {
		s.remember(nextLink)
	}
	return early
}

// isRejected reports whether the request broke the contract.
func isRejected(r *journal.Record) bool {
	return slices.ContainsFunc(r.Violations, func(v openapi.Violation) bool { return v.Side == openapi.RequestSide })
}

// touched returns a copy of what is counted.
func (s *operationStats) touched() touchedOperation {
	return touchedOperation{s.operation, s.requests, s.as, slices.Clone(s.points), s.asked, s.honoured}
}

func (s *operationStats) hit(point int) {
	if point >= 0 {
		s.points[point].Hits++
	}
}

// status returns the point of a status, -1 if the contract does not declare it.
func (s *operationStats) status(status int) int {
	point, known := s.statuses[status]
	if !known {
		name := s.operation.Surface().ResponseOf(status)
		point = slices.IndexFunc(s.points, func(p Point) bool { return p.Kind == PointStatus && p.Name == name })
		s.statuses[status] = point
	}
	return point
}

// countQuery counts query options, and whether they are those of a next link.
func (s *operationStats) countQuery(raw string, rejected bool) {
	query, _ := openapi.ParseQuery(raw)
	if s.links[linkMark(query)] {
		s.hit(s.nextLink)
	}
	if rejected {
		return
	}
	for _, name := range s.operation.Surface().SentOptions(query) {
		if point, counts := s.options[name]; counts {
			s.hit(point)
		}
	}
}

// countObject counts the members of a body, or of an object in it.
func (s *operationStats) countObject(properties map[string]property, v any) {
	object, _ := v.(map[string]any)
	if len(properties) == 0 {
		return
	}
	for name, v := range object {
		m, known := properties[name]
		if !known && name != "" { // parameters of actions may have a capital
			m, known = properties[strings.ToLower(name[:1])+name[1:]]
		}
		if !known {
			continue
		}
		s.hit(m.point)
		if len(m.values) > 0 {
			if value, known := m.values[fmt.Sprint(v)]; known {
				s.hit(value)
			}
		}
		if list, ok := v.([]any); ok {
			for _, element := range list {
				s.countObject(m.below, element)
			}
			continue
		}
		s.countObject(m.below, v)
	}
}

// nextLink returns that of the response, empty if it has none.
func nextLink(r *journal.Record) string {
	const name = "@odata.nextLink"
	if r.Status/100 != 2 || !r.Delivered || !bytes.Contains(r.Answer, []byte(`"`+name+`"`)) {
		return ""
	}
	body := r.Responded
	if body == nil {
		body, _ = jsontext.Decode(r.Answer)
	}
	var link any
	switch page := body.(type) {
	case map[string]any:
		link = page[name]
	case jsontext.Object:
		link, _ = page.Get(name)
	}
	if text, _ := link.(string); len(text) <= maxMark {
		return text
	}
	return ""
}

// remember keeps what marks a next link that a client was given.
func (s *operationStats) remember(nextLink string) {
	link, err := url.Parse(nextLink)
	if err != nil || link.RawQuery == "" {
		return
	}
	if len(s.links) >= maxLinks || s.links == nil {
		s.links = map[string]bool{}
	}
	s.links[linkMark(link.Query())] = true
}

// linkMark returns what tells a next link from others, however a client writes it
// again: its $skiptoken, or else its whole query.
func linkMark(query url.Values) string {
	for name, values := range query {
		if strings.EqualFold(name, "$skiptoken") {
			return values[0]
		}
	}
	return query.Encode()
}

// watchRetryAfter watches whether a client that was told to wait did so before its
// next request to the operation, and reports whether it did not.
func (s *operationStats) watchRetryAfter(r *journal.Record) (early bool) {
	from := client{r.User, r.App}
	wait, told := s.waits.Take(from, r.At)
	if early = told && !wait.IsOver(r.At); told && !early {
		s.honoured++
	}
	if r.Delivered && s.waits.Add(from, r.Status, r.AnswerHeader, r.Ready()) {
		s.asked++
	}
	return early
}
