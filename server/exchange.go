package server

import (
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/batch"
	"github.com/graphmock/graphmock/server/internal/cors"
	"github.com/graphmock/graphmock/server/internal/inprocess"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
)

// exchange is one request and its response on their way through the pipeline. The
// steps call packages with values of it, and keep in it what other steps need.
type exchange struct {
	echo    stepContext // of the steps
	server  *Server
	request *http.Request
	outlet  outlet // where the response goes

	arrival
	message
	sender
	scripting
	outcome
	violations []openapi.Violation // of the contract, by the request or the response
}

// arrival is when a request came, and the id that it was given.
type arrival struct {
	now time.Time
	id  string // request-id
}

// message is what a request says: set by decode, route and validate.
type message struct {
	body     []byte            // after decompression
	match    openapi.Match     // the operation
	value    any               // the body as JSON
	query    *odata.Options    // nil if none were sent
	rawQuery string            // the query as it was sent
	page     *service.Position // where a $skiptoken continues
	batch    *batch.Batch      // nil if it is no batch
	asked    service.Request   // the message as the service reads it; set by serve
	item     *batch.Request    // nil if it did not come in a batch
}

// sender is who sent a request: set by authenticate.
type sender struct {
	tenant *tenant
	caller auth.Caller
}

// scripting is what scenarios make of an exchange: set by notifyStarted and script.
type scripting struct {
	engine   *scenarios.Engine // nil if there are none
	scripted *scenarios.Exchange
	decision *scenarios.Decision
}

// outcome is the response: set by the first step that responds.
type outcome struct {
	brokenOff    bool // the client went away before its body was whole
	responded    bool // the steps up to serve are left out
	refused      bool // by the service itself
	status       int  // 0 if there is no response
	responseBody []byte
	entity       any              // the same as JSON, where it is at hand
	tooEarly     string           // what could not be seen yet, in words
	inner        graph.InnerError // of the error
	unsupported  string           // what of Graph was asked for and is not served
	reason       string           // why an error that is no violation was answered: its rule and, in words, when there is one
}

// stepContext is the Echo context of the steps: it has the exchange.
type stepContext struct {
	echo.Context
	exchange *exchange
}

// exchangeOf returns the exchange of a step.
func exchangeOf(c echo.Context) *exchange { return c.(*stepContext).exchange }

// newExchange returns an exchange whose response has what every response of Graph
// has.
func (s *Server) newExchange(out outlet, r *http.Request) *exchange {
	x := s.exchanges.Get().(*exchange)
	room := x.asked.Room
	*x = exchange{server: s, request: r, outlet: out, arrival: arrival{now: s.clock.now()}}
	x.asked.Room = room
	x.id, x.decision = s.random.GUID(), &undecided
	x.echo.exchange = x
	x.setCommonHeaders()
	return x
}

// undecided lets the service respond. It is never changed.
var undecided scenarios.Decision

// run takes the exchange through the pipeline. A fault may end it by a panic that
// net/http knows.
func (x *exchange) run() {
	e := contexts()
	c := e.AcquireContext()
	defer e.ReleaseContext(c)
	defer x.releaseTenant()
	c.Reset(x.request, x.outlet)
	x.echo.Context = c
	if err := x.server.handler(&x.echo); err != nil { // of Echo's middleware: steps have none
		e.HTTPErrorHandler(err, c)
	}
}

func (x *exchange) releaseTenant() {
	if x.tenant != nil {
		x.server.releaseTenant(x.tenant)
	}
}

// setCommonHeaders sets what every response has, successful or not.
func (x *exchange) setCommonHeaders() {
	clientID := x.sent("Client-Request-Id")
	if clientID == "" {
		clientID = x.id
	}
	x.outlet.SetHeader("Request-Id", x.id)
	x.outlet.SetHeader("Client-Request-Id", clientID)
	x.outlet.SetHeader("Date", x.server.clock.date(x.now))
	x.outlet.SetHeader("X-Ms-Ags-Diagnostic", graph.Diagnostic)
	if x.request.TLS == nil || !isLocalhost(x.request.Host) { // a browser would reach nothing else there by http
		x.outlet.SetHeader("Strict-Transport-Security", graph.StrictTransportSecurity)
	}
	if x.request.Header["Origin"] != nil && x.server.config.Contract.UsesOData() {
		cors.Allow(x.outlet.Header())
	}
}

// isLocalhost reports whether a host is localhost, with a port or without.
func isLocalhost(host string) bool {
	port, ok := strings.CutPrefix(host, "localhost")
	return ok && (port == "" || port[0] == ':')
}

// sent returns the first value of a header of the request, whose name is given in
// canonical form.
func (x *exchange) sent(name string) string {
	if values := x.request.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// unlessResponded makes middleware of a step that is left out once the exchange
// has its response.
func unlessResponded(step func(*exchange)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if x := exchangeOf(c); !x.responded {
				step(x)
			}
			return next(c)
		}
	}
}

// always makes middleware of a step that every exchange takes.
func always(step func(*exchange)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			step(exchangeOf(c))
			return next(c)
		}
	}
}

// send sends the response, or lets a fault happen to it. It ends the pipeline.
func send(c echo.Context) error {
	x := exchangeOf(c)
	sent := c.Response() // where Echo's middleware looks for what was sent
	sent.Status, sent.Size, sent.Committed = x.status, int64(len(x.responseBody)), true
	if fault := faultOf(x.decision.Fault); fault != inprocess.NoFault {
		x.outlet.Fail(fault, x.status, x.responseBody)
		return nil
	}
	h := x.outlet.Header()
	for _, v := range x.violations[:min(len(x.violations), maxViolationHeaders)] {
		h.Add("Graphmock-Violation", headerLine(v))
	}
	x.outlet.Send(x.status, x.responseBody)
	return nil
}

// recoverBug is a net under the steps: a panic in one is a bug of graphmock, to
// which it responds as Graph does to its own, on a socket, in process and in a
// batch. What aborts a handler goes on to net/http, and so does a panic when the
// response was already on its way: there is no second one.
func recoverBug(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if bug := recover(); bug == http.ErrAbortHandler || bug != nil && c.Response().Committed {
				panic(bug)
			} else if bug != nil {
				err = exchangeOf(c).respondBug(bug)
			}
		}()
		return next(c)
	}
}

// respondBug tells of the bug, and of the place, even if a fault was to happen to
// the response.
func (x *exchange) respondBug(bug any) error {
	x.fail(errInternal)
	x.violations = append(x.violations, openapi.Violation{
		Side: openapi.ResponseSide, In: openapi.InStatus, Rule: ruleInternal, Message: fmt.Sprintf("BUG: %v", bug),
		Hint: "a bug in graphmock: please report it with this stack: " + firstFrames(debug.Stack()),
	})
	decision := *x.decision
	decision.Fault = scenarios.NoFault
	x.decision = &decision
	x.recordBug()
	return send(&x.echo)
}

// recordBug records the exchange, unless it is recording that has the bug.
func (x *exchange) recordBug() {
	defer func() { recover() }()
	x.record()
}

// firstFrames returns the top of a stack in one line: the places of graphmock's own
// code, in a folder of any name.
func firstFrames(stack []byte) string {
	var places []string
	own := false // the last line named a function of graphmock
	for line := range strings.Lines(string(stack)) {
		if place, ok := strings.CutPrefix(line, "\t"); !ok {
			own = strings.Contains(line, "graphmock/graphmock/")
		} else if own {
			file, _, _ := strings.Cut(strings.TrimSpace(place), " ")
			places = append(places, path.Base(file))
		}
	}
	return strings.Join(places[:min(len(places), 8)], " < ")
}
