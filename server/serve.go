package server

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/workload"
)

// serve lets the stateful service respond. Operations that it does not know, of a
// contract that a user brought, respond with the contract's own example.
func (x *exchange) serve() {
	path := x.match.Resource()
	switch {
	case x.batch != nil:
		x.respondBatch()
		return
	case x.match.Operation.IsTransfer():
		x.transfer()
		return
	case path.Node == nil && x.match.Operation.IsDerived():
		x.respondRoot()
		return
	case !x.server.stateful || !isServed(x.match.Operation, path, x.server.services):
		x.respondExample()
		return
	}
	if x.match.Operation.IsDerived() || x.server.config.Contract != openapi.Embedded() {
		x.server.seedLate(x.tenant)
		if units := graph.ResourceUnits(x.match.Operation.Method, path.Template()); units > 0 {
			x.outlet.SetHeader("X-Ms-Resource-Unit", strconv.Itoa(units))
		}
	}
	if x.match.Operation.Method != http.MethodGet {
		x.tenant.directory.Remember(x.caller.User)
	}
	body, _ := x.value.(map[string]any)
	header := x.request.Header
	x.asked = service.Request{
		Method: x.match.Operation.Method, Path: path, Root: x.root(), Header: header, URLQuery: x.request.URL.RawQuery,
		Body: body, Raw: x.body, Reference: x.reference(), Query: x.query, Page: x.page, RawQuery: x.rawQuery,
		SentQuery: x.request.URL.RawQuery,
		Conflict:  x.conflict(), Preferences: service.PreferencesOf(header), Metadata: service.MetadataOf(x.format(), header),
		Caller: x.caller, Now: x.server.clock.timestamp(x.now), HasNoBody: x.match.Operation.HasNoResponseBody(), WriteStatus: x.match.Operation.WriteStatus(),
		IfMatch: x.sent("If-Match"), IfNoneMatch: x.sent("If-None-Match"),
		Eventual: isEventual(header),
		Room:     x.asked.Room,
	}
	x.asked.Known = x.tenant.known(&x.asked)
	res, ok := x.server.serviceOf(path).Serve(&x.asked)
	x.tooEarly = inWords(res.TooEarly)
	switch {
	case ok:
		x.respondWith(&res)
	case x.match.Operation.IsDerived():
		x.fail("operation-unsupported", "{id}", path.Name)
	default:
		x.respondExample()
	}
}

// inWords says what a request met before it could be seen, "" for nothing.
func inWords(e *service.TooEarly) string {
	switch {
	case e == nil:
		return ""
	case e.Stale:
		return "it was answered as before " + e.By + " could be seen"
	}
	return "it came before " + e.By + " could be seen"
}

// serviceOf returns the service by the model that has a path.
func (s *Server) serviceOf(p resource.Path) *service.Service { return serviceOf(p, s.services) }

func serviceOf(p resource.Path, all []*service.Service) *service.Service {
	for _, each := range all[1:] {
		if p.Node != nil && p.Tree() == each.Tree() {
			return each
		}
	}
	return all[0]
}

// isServed reports whether services know an operation: a document that a user brought may have
// others.
func isServed(op *openapi.Operation, p resource.Path, all []*service.Service) bool {
	return op.IsDerived() || serviceOf(p, all).Serves(p)
}

// serviceAt returns the service by the first model that has a path of fixtures; ok is false
// if none has.
func (s *Server) serviceAt(path string) (at *service.Service, ok bool) {
	if len(s.services) == 1 && s.config.Contract.IsEmbeddedModel() {
		return s.service, true
	}
	for _, each := range s.services {
		if _, unknown := each.Tree().Parse(path); unknown == nil {
			return each, true
		}
	}
	return s.service, false
}

// transfer responds to a URL that a response has handed out. Nobody but the URL says who
// calls.
func (x *exchange) transfer() {
	x.server.seedLate(x.tenant)
	root := x.root()
	root.Path = "/_api/v2.0"
	x.asked = service.Request{
		Method: x.match.Operation.Method, Root: root, Raw: x.body, Header: x.request.Header, URLQuery: x.request.URL.RawQuery,
		Metadata: service.MetadataMinimal,
		Caller:   auth.Caller{Tenant: x.caller.Tenant}, Now: x.server.clock.timestamp(x.now),
	}
	res := x.server.service.Transfer(&x.asked)
	x.respondWith(&res)
}

// respondRoot responds with what the service root says of the service.
func (x *exchange) respondRoot() {
	contract, root := x.server.config.Contract, x.root()
	if x.match.Operation.ID == openapi.ServiceDocumentID {
		x.respond(http.StatusOK, contract.ServiceDocument(x.match.Base, root.Scheme+"://"+root.Host+root.Path))
		return
	}
	text, err := contract.Metadata(x.match.Base)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	x.respond(http.StatusOK, text)
	x.setContentType("application/xml")
}

// reference is the URL of an entity in the query of a request that unlinks it.
func (x *exchange) reference() string {
	if x.request.Method != http.MethodDelete || x.request.URL.RawQuery == "" {
		return ""
	}
	query, _ := openapi.ParseQuery(x.request.URL.RawQuery)
	return cmp.Or(query.Get("$id"), query.Get("@id"))
}

// conflict is what the query of a write says of a name that is taken.
func (x *exchange) conflict() string {
	if x.request.Method == http.MethodGet || !strings.Contains(x.request.URL.RawQuery, "conflictBehavior") {
		return ""
	}
	query, _ := openapi.ParseQuery(x.request.URL.RawQuery)
	return query.Get("@microsoft.graph.conflictBehavior")
}

// isEventual reports whether a client takes what is seen late.
func isEventual(h http.Header) bool {
	sent := h["Consistencylevel"]
	return len(sent) > 0 && strings.EqualFold(sent[0], "eventual")
}

func (x *exchange) format() string {
	if x.query == nil {
		return ""
	}
	return x.query.Format
}

// respondWith takes over a response of the service.
func (x *exchange) respondWith(res *service.Response) {
	switch {
	case res.Invalid != nil:
		x.reject(queryViolation(res.Invalid))
		return
	case res.Error != "":
		x.failWith(res.Error, res.Details, res.Words...)
		if res.Location != "" {
			x.outlet.SetHeader("Location", res.Location)
		}
		x.addHeaders(res.Header)
		return
	}
	x.respond(res.Status, res.Body)
	if res.Reason != "" {
		rule, _ := workload.RuleOf(res.Reason)
		x.setReason(res.Reason, rule.Case)
	}
	x.addHeaders(res.Header)
	x.entity = res.Value
	if res.Body != nil {
		x.setContentType(res.ContentType)
	}
	if res.Location != "" {
		x.outlet.SetHeader("Location", res.Location)
	}
	if res.ContentLocation != "" {
		x.outlet.SetHeader("Content-Location", res.ContentLocation)
	}
	if len(res.Applied) > 0 {
		x.outlet.Header()["Preference-Applied"] = res.Applied
	}
}

// servesState reports whether the users and activities of a contract are Graph's: it
// says that it is Graph, or has their history, as no other service does.
func servesState(c *openapi.Contract) bool {
	if c.UsesOData() {
		return true
	}
	for op := range c.Operations() {
		if resource, _ := op.Resource(); resource == "/activities/{}/historyitems/{}" {
			return true
		}
	}
	return false
}

// scheme is that of the request's URL, as the client wrote it.
func (x *exchange) scheme() string { return schemeOf(x.request) }

// schemeOf returns the scheme of a request's URL, as the client wrote it.
func schemeOf(r *http.Request) string {
	switch scheme := r.URL.Scheme; {
	case scheme != "": // in process, and of clients of a proxy
		return scheme
	case r.TLS != nil:
		return "https"
	}
	for _, name := range [...]string{
		echo.HeaderXForwardedProto, echo.HeaderXForwardedProtocol, echo.HeaderXForwardedSsl, echo.HeaderXUrlScheme,
	} {
		if sent := r.Header[name]; sent != nil {
			switch strings.ToLower(first(sent[0])) {
			case "https", "on":
				return "https"
			}
		}
	}
	return "http"
}

// first is the first element of a list in a header: that of the proxy that the client
// reached.
func first(list string) string {
	list, _, _ = strings.Cut(list, ",")
	return strings.TrimSpace(list)
}

// root is the service root as the client wrote it.
func (x *exchange) root() service.Root {
	base := x.match.Base
	if base == "" && strings.HasPrefix(x.request.URL.Path, "/v1.0/") {
		base = "/v1.0"
	}
	scheme, host := x.server.shown(x.scheme(), hostOf(x.request))
	return service.Root{Scheme: scheme, Host: host, Path: base}
}

// shown returns the scheme and the host of links for a client that has reached others:
// those of Config.BaseURL, if there is one, and the client did not ask for Graph itself.
func (s *Server) shown(scheme, host string) (string, string) {
	if s.base == nil || graph.IsHost(host) || graph.IsLoginHost(host) {
		return scheme, host
	}
	return s.base.Scheme, s.base.Host
}

// hostOf is where the client reached the service, or the proxy in front of it. Clients of
// HTTP/1.0 need not say it.
func hostOf(r *http.Request) string {
	if sent := r.Header["X-Forwarded-Host"]; sent != nil {
		if host := first(sent[0]); isHost(host) {
			return host
		}
	}
	if r.Host == "" {
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			return local.String()
		}
	}
	return r.Host
}

// isHost reports whether a text is a host, with a port or without.
func isHost(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:[]", r))
	})
}

// respondExample responds to an operation that the stateful service does not know
// with what the contract shows for its usual status: the first example, else a sample
// made up by the schema.
func (x *exchange) respondExample() {
	op, random, ctx := x.match.Operation, x.server.sampleSource(), x.request.Context()
	status := op.UsualStatus()
	declared := op.Response(status)
	if !declared.HasBody() {
		x.respond(status, nil)
		x.addHeaders(declared.SampleHeaders(ctx, random))
		return
	}
	value, ok := declared.Example("")
	if !ok {
		var err error
		if value, err = declared.Sample(ctx, random); err == nil {
			err = writable(value, declared.MediaType())
		}
		if err != nil {
			x.failExample(err)
			return
		}
	}
	x.respondValue(status, value, declared.MediaType())
	x.addHeaders(declared.SampleHeaders(ctx, random))
}

// addHeaders adds what the response does not have yet.
func (x *exchange) addHeaders(more http.Header) {
	h := x.outlet.Header()
	for name, values := range more {
		if h.Get(name) == "" {
			h[name] = values
		}
	}
}

// respondValue responds with a value in the media type that the contract has; what
// is not JSON is text.
func (x *exchange) respondValue(status int, value any, media string) {
	body := jsontext.Append(nil, value)
	text, isText := value.(string)
	if isText && !jsontext.IsMediaType(media) {
		body = []byte(text)
	}
	x.respond(status, body)
	if media != "application/json" {
		x.outlet.Header().Set("Content-Type", media)
	}
}

// writable returns why a value can be written in a media type: objects and lists
// only as JSON.
func writable(value any, media string) error {
	switch value.(type) {
	case map[string]any, []any:
		if !jsontext.IsMediaType(media) {
			return errors.New("it is not JSON, but " + media)
		}
	}
	return nil
}

// failExample says why an operation of the user's contract has no response.
func (x *exchange) failExample(err error) {
	x.addSampleViolation("no example, and none can be made up: " + err.Error())
	x.refused = true
	x.respondError(501, "NotImplemented", "The contract has no example of this answer.")
}

// addSampleViolation adds a violation by a contract that gives no response.
func (x *exchange) addSampleViolation(message string) {
	x.violations = append(x.violations, openapi.Violation{
		Operation: x.match.Operation.ID, Side: openapi.ResponseSide, In: openapi.InBody, Rule: "sample",
		Message: message, Hint: "give the operation an example in the contract",
	})
}

// sampleSource is what samples are drawn from: the same request has the same response.
func (s *Server) sampleSource() *rand.Rand { return rand.New(rand.NewPCG(s.config.Seed, 0)) }
