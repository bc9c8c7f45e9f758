package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// A comparison is of one answer with what was recorded.
type comparison struct {
	replayer *Replayer
	exchange *Exchange
	outcome  *Outcome
	match    openapi.Match
	routed   bool

	broken []openapi.Violation // of the contract, by the recorded answer
	within string              // the pointer in the recorded answer to what is compared
}

// maxDifferences is how many differences of an answer are kept.
const maxDifferences = 100

func (c *comparison) compare() {
	x, o := c.exchange, c.outcome
	if o.Skipped != "" {
		return
	}
	o.SameStatus, o.SameShape, o.SameValues = true, true, true
	if c.routed {
		c.broken = c.replayer.config.Contract.CheckResponse(&openapi.Response{Operation: o.Operation, Status: x.Status,
			Header: x.AnswerHeader, Body: x.Answer})
	}
	if o.Status != x.Status {
		o.SameStatus, o.SameShape, o.SameValues = false, false, false
		c.add(Status, "", fmt.Sprintf("%d, recorded was %d%s", o.Status, x.Status, c.reason()), c.whyStatus())
	} else {
		c.compareHeaders()
		c.compareBodies()
	}
	c.learn()
}

func (c *comparison) add(kind Kind, pointer, message, explained string) {
	o := c.outcome
	switch kind {
	case Shape:
		o.SameShape, o.SameValues = o.SameShape && explained != "", false
	case Value:
		o.SameValues = false
	}
	if len(o.Differences) < maxDifferences {
		o.Differences = append(o.Differences, Difference{kind, pointer, message, explained})
	}
}

// reason is what the service says of a failure: the violation that graphmock found, or
// the message of the error.
func (c *comparison) reason() string {
	if why := c.outcome.AnswerHeader.Get("Graphmock-Violation"); why != "" {
		return ": " + why
	}
	if why := c.outcome.AnswerHeader.Get("Graphmock-Unsupported"); why != "" {
		return ": not served: " + why
	}
	var body struct{ Error struct{ Message string } }
	if json.Unmarshal(c.outcome.Answer, &body) == nil && body.Error.Message != "" {
		return ": " + body.Error.Message
	}
	return ""
}

// whyStatus explains another status.
func (c *comparison) whyStatus() string {
	x, o := c.exchange, c.outcome
	if !c.routed {
		return explainedRequest
	}
	if o.Status == http.StatusNotFound {
		for path := x.Path; path != ""; path, _ = cutLast(path) {
			if c.replayer.removed[strings.ToLower(path)] {
				return explainedRemoved
			}
		}
	}
	if o.Status == http.StatusNotImplemented && len(c.broken) > 0 {
		return explainedAnswer // import has left it out
	}
	if x.Status/100 == 2 && c.lacksHeader() {
		return explainedHeader
	}
	if x.Status/100 == 2 {
		_, wrong := c.replayer.config.Contract.CheckRequest(&openapi.Request{Match: c.match, Query: x.Query,
			Header: withToken(x.Header), Body: x.Body})
		for _, v := range wrong {
			if !x.BodyLost || v.In != openapi.InBody && v.Pointer != "Content-Type" {
				return explainedRequest
			}
		}
	}
	for _, v := range c.broken {
		if v.In == openapi.InStatus {
			return explainedAnswer
		}
	}
	return ""
}

// lacksHeader reports whether the recording has lost a header without which the service does
// not do what was recorded: an advanced query of the directory, or a PATCH that creates what
// another key names [DOC].
func (c *comparison) lacksHeader() bool {
	x, o := c.exchange, c.outcome
	switch rule, _, _ := strings.Cut(o.AnswerHeader.Get("Graphmock-Violation"), ";"); rule {
	case "directory-query-advanced", "directory-search", "directory-count":
		return x.Header.Get("Consistencylevel") == ""
	case "content-type-missing":
		return x.Header.Get("Content-Type") == ""
	}
	return x.Method == http.MethodPatch && x.Status == http.StatusCreated && o.Status == http.StatusNotFound &&
		!strings.Contains(strings.Join(x.Header["Prefer"], ","), "create-if-missing")
}

func withToken(h http.Header) http.Header {
	h = h.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Authorization", "Bearer x")
	return h
}

func cutLast(path string) (above, last string) {
	at := strings.LastIndexByte(path, '/')
	if at < 0 {
		return "", path
	}
	return path[:at], path[at+1:]
}

// compareHeaders compares the headers that clients act on, as far as they were recorded.
func (c *comparison) compareHeaders() {
	recorded, got := c.exchange.AnswerHeader, c.outcome.AnswerHeader
	for _, name := range []string{"Content-Type", "Location", "Content-Location", "Operation-Location", "Azure-AsyncOperation",
		"Etag", "Odata-Version", "Preference-Applied", "Retry-After", "Www-Authenticate"} {
		want := recorded.Get(name)
		if want == "" {
			continue
		}
		have := got.Get(name)
		switch {
		case have == "" && (name != "Content-Type" || len(c.exchange.Answer) > 0):
			c.add(Header, name, "it is missing, recorded was "+jsontext.Quote(want), "")
		case name == "Content-Type" && have != "" && mediaType(have) != mediaType(want):
			c.add(Header, name, fmt.Sprintf("%s, recorded was %s", jsontext.Quote(have), jsontext.Quote(want)), "")
		case name == "Preference-Applied" && !strings.EqualFold(have, want):
			c.add(Header, name, fmt.Sprintf("%s, recorded was %s", jsontext.Quote(have), jsontext.Quote(want)), "")
		}
	}
}

func mediaType(text string) string {
	media, _, err := mime.ParseMediaType(text)
	if err != nil {
		media = strings.ToLower(text)
	}
	return media
}

// compareBodies compares the bodies: JSON by its values, others by their bytes.
func (c *comparison) compareBodies() {
	x, o := c.exchange, c.outcome
	if x.AnswerLost || x.Method == http.MethodHead {
		return
	}
	recorded, wrong := jsontext.Decode(x.Answer)
	got, syntax := jsontext.Decode(o.Answer)
	switch {
	case len(x.Answer) == 0:
	case len(o.Answer) == 0:
		c.add(Shape, "", "there is no body", c.whyBody(""))
	case wrong != nil:
		if !bytes.Equal(x.Answer, o.Answer) {
			c.add(Value, "", fmt.Sprintf("%d bytes, recorded were %d others", len(o.Answer), len(x.Answer)), "")
		}
	case syntax != nil:
		c.add(Shape, "", "the body is not JSON", c.whyBody(""))
	default:
		c.walk("", "", c.unwrapped(recorded), got)
	}
}

// unwrapped is the recorded entity without the value that documentation puts around single
// entities, those of Intune above all, and the service does not: assumed, by the
// contract, in which such an entity has no property of that name.
func (c *comparison) unwrapped(recorded any) any {
	object, _ := recorded.(map[string]any)
	inner, isObject := object["value"].(map[string]any)
	p := c.match.Resource()
	if !isObject || p.Node == nil || p.Collection || p.Type == nil || p.Type.Kind != edm.Entity || p.Type.Property("value") != nil {
		return recorded
	}
	c.within = "/value"
	return inner
}

// whyBody explains a difference at a pointer: the contract forbids what was recorded
// there.
func (c *comparison) whyBody(pointer string) string {
	pointer = c.within + pointer
	for _, v := range c.broken {
		if v.In == openapi.InBody && (v.Pointer == pointer || strings.HasPrefix(pointer, v.Pointer+"/") || v.Pointer == "") {
			return explainedAnswer
		}
	}
	return ""
}

// walk compares a recorded value with the one at the same place of the answer.
func (c *comparison) walk(pointer, name string, recorded, got any) {
	switch recorded := recorded.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			c.differentKind(pointer, recorded, got)
			return
		}
		for _, name := range sortedNames(recorded) {
			at := pointer + "/" + jsontext.EscapePointer(name)
			value, has := object[name]
			switch {
			case strings.Contains(name, "@"):
			case at == "/error/message" || at == "/error/innerError": // for people
			case !has && recorded[name] == nil:
			case !has:
				c.add(Shape, at, "it is missing", c.whyBody(at))
			default:
				c.walk(at, name, recorded[name], value)
			}
		}
	case []any:
		list, ok := got.([]any)
		if !ok {
			c.differentKind(pointer, recorded, got)
			return
		}
		c.walkList(pointer, name, recorded, list)
	default:
		c.scalar(pointer, name, recorded, got)
	}
}

func sortedNames(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// walkList compares lists: their elements by their ids, if they have any, or else with those
// that are most like them.
func (c *comparison) walkList(pointer, name string, recorded, got []any) {
	if len(recorded) > 0 && len(got) == 0 {
		c.add(Shape, pointer, fmt.Sprintf("the list is empty, recorded were %d", len(recorded)), c.whyBody(pointer))
		return
	}
	if len(recorded) != len(got) {
		c.add(Value, pointer, fmt.Sprintf("%d in the list, recorded were %d", len(got), len(recorded)), "")
	}
	byID := map[string]any{}
	for _, each := range got {
		if id := idOf(each); id != "" {
			byID[strings.ToLower(id)] = each
		}
	}
	for i, each := range recorded {
		at := fmt.Sprintf("%s/%d", pointer, i)
		id := idOf(each)
		if own := c.replayer.keys[id]; own != "" {
			id = own
		}
		switch same, found := byID[strings.ToLower(id)]; {
		case found && id != "":
			c.walk(at, name, each, same)
		case id != "" && len(byID) > 0:
			c.add(Value, at, "no element has the id "+jsontext.Quote(id), "")
		default:
			if like := mostLike(each, got); like != nil {
				c.walk(at, name, each, like)
			}
		}
	}
}

// mostLike is the element of a list that shares the most values with another one, the first
// of several.
func mostLike(element any, list []any) (like any) {
	most := -1
	object, _ := element.(map[string]any)
	for _, each := range list[:min(len(list), maxCompared)] {
		other, _ := each.(map[string]any)
		same := 0
		for name, value := range object {
			if has, is := other[name]; is {
				same++
				if value != nil && reflect.DeepEqual(value, has) {
					same++
				}
			}
		}
		if same > most {
			most, like = same, each
		}
	}
	return like
}

// maxCompared bounds how many elements of a list each other one is held against.
const maxCompared = 1000

func idOf(v any) string {
	object, _ := v.(map[string]any)
	id, _ := object["id"].(string)
	return id
}

func (c *comparison) differentKind(pointer string, recorded, got any) {
	if got == nil {
		c.add(Value, pointer, "null, recorded was "+kindOf(recorded), "")
		return
	}
	c.add(Shape, pointer, fmt.Sprintf("%s, recorded was %s", kindOf(got), kindOf(recorded)), c.whyBody(pointer))
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case string:
		return "a text"
	case []any:
		return "a list"
	}
	return "an object"
}

func (c *comparison) scalar(pointer, name string, recorded, got any) {
	switch {
	case recorded == got:
	case recorded == nil || got == nil:
		if !isGenerated(name, "", "") {
			c.add(Value, pointer, fmt.Sprintf("%s, recorded was %s", kindOf(got), kindOf(recorded)), "")
		}
	case kindOf(recorded) != kindOf(got):
		c.differentKind(pointer, recorded, got)
	default:
		want, have := fmt.Sprint(recorded), fmt.Sprint(got)
		if isGenerated(name, want, have) || c.replayer.translatePath(want) == have {
			return
		}
		c.add(Value, pointer, fmt.Sprintf("%s, recorded was %s", jsontext.Quote(have), jsontext.Quote(want)), "")
		if name == "status" && strings.HasPrefix(pointer, "/responses/") { // of a batch
			c.outcome.SameStatus = false
		}
	}
}

// isGenerated reports whether values are those that services generate: ids, dates,
// entity tags, tokens, URLs.
func isGenerated(name, recorded, got string) bool {
	fold := strings.ToLower(name)
	for _, part := range []string{"etag", "ctag", "token", "changekey", "datetime", "url", "request-id"} {
		if strings.Contains(fold, part) {
			return true
		}
	}
	if fold == "id" || fold == "ids" || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "Ids") {
		return true
	}
	return recorded != "" && (schema.IsGUID(recorded) && schema.IsGUID(got) || isTime(recorded) && isTime(got) ||
		isURL(recorded) && isURL(got))
}

func isTime(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && u.Host != ""
}

// learn notes what later requests refer to: keys of what was created, next pages, what was
// removed.
func (c *comparison) learn() {
	x, o, r := c.exchange, c.outcome, c.replayer
	path := strings.ToLower(x.Path)
	if x.Status/100 != 2 {
		return
	}
	recorded, _ := jsontext.Decode(x.Answer)
	got, _ := jsontext.Decode(o.Answer)
	switch x.Method {
	case http.MethodDelete:
		if len(r.removed) < maxNames {
			r.removed[path] = true
		}
		return
	case http.MethodGet:
		r.learnLinks(path, recorded, got)
		return
	}
	if above, action := cutLast(path); x.Method == http.MethodPost && leaves[action] && len(r.removed) < maxNames {
		r.removed[above] = true
	}
	if o.Status/100 == 2 {
		delete(r.removed, path)
		r.learnKeys(recorded, got)
	}
}

// leaves are the actions after which an entity is no longer where it was.
var leaves = map[string]bool{"restore": true, "permanentdelete": true}

// learnKeys notes which key the service has in place of each that was recorded.
func (r *Replayer) learnKeys(recorded, got any) {
	switch recorded := recorded.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		want, have := idOf(recorded), idOf(got)
		if want != "" && have != "" && want != have && len(r.keys) < maxNames {
			r.keys[want] = have
		}
		for name := range recorded {
			if object[name] != nil {
				r.learnKeys(recorded[name], object[name])
			}
		}
	case []any:
		list, _ := got.([]any)
		for i := range min(len(recorded), len(list)) {
			r.learnKeys(recorded[i], list[i])
		}
	}
}

// learnLinks notes which link the service has in place of one that was recorded.
// It is also the last one of its kind for the path, which stands for tokens that the
// recording does not say the origin of: another list of the path may have had them.
func (r *Replayer) learnLinks(path string, recorded, got any) {
	want, _ := recorded.(map[string]any)
	have, _ := got.(map[string]any)
	for _, name := range []string{"@odata.nextLink", "@odata.deltaLink"} {
		link, _ := want[name].(string)
		own, _ := have[name].(string)
		if !strings.HasPrefix(own, r.config.Root+"/") {
			own = ""
		}
		own = strings.TrimPrefix(own, r.config.Root)
		if own != "" && len(r.latest) < maxNames {
			r.latest[name+" "+path] = own
		}
		if link != "" && len(r.links) < maxNames {
			r.links[join(cut(link))] = own
		}
	}
}

// tokenIn is the token of a function at the end of a path, such as delta(token='abc'), as a
// query has it.
func tokenIn(path string) string {
	_, arguments, found := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], "(token=")
	if !found {
		return ""
	}
	return "token=" + strings.Trim(strings.TrimSuffix(arguments, ")"), "'")
}

// linkKind is the kind of link that a query with a token is from; "" if it has none that a
// service has made.
func linkKind(query string) string {
	options, _ := openapi.ParseQuery(query)
	for name, kind := range map[string]string{"$skiptoken": "@odata.nextLink", "$deltatoken": "@odata.deltaLink",
		"token": "@odata.deltaLink"} {
		if value := options.Get(name); value != "" && value != "latest" {
			return kind
		}
	}
	return ""
}
