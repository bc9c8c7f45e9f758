package server

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/batch"
	"github.com/graphmock/graphmock/server/internal/inprocess"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
)

// exchange is one request and its response on their way through the pipeline.
type exchange struct {
	echo    stepContext // of the steps
	server  *Server
	request *http.Request
	outlet  outlet // where the response goes
	now     time.Time
	id      string // request-id

	body       []byte        // after decompression; set by decode
	match      openapi.Match // set by route
	tenant     *tenant       // set by authenticate
	caller     auth.Caller   // set by authenticate
	value      any           // the body as JSON, set by validate
	violations []openapi.Violation

	batch *batch.Batch   // set by validate, if it is one
	item  *batch.Request // set if the exchange is one of a batch

	stage    *scenarios.Stage    // set by notifyStarted, if there are scenarios
	scene    *scenarios.Exchange // what they know of this one
	decision *scenarios.Decision // set by script

	responded    bool // the steps up to serve are left out
	refused      bool // by the service itself, in Graph's words
	status       int  // 0 if there is no response
	responseBody []byte
	entity       any // the body of the response as JSON, where the service has it at hand

	query    *odata.Options    // set by validate, nil if none were sent
	page     *service.Position // where a $skiptoken continues
	rawQuery string            // the options, as they were sent
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
	*x = exchange{server: s, request: r, outlet: out, now: s.clock.now(), decision: &undecided}
	x.id = s.random.GUID()
	x.echo.exchange = x
	x.setCommonHeaders()
	return x
}

// undecided lets the service respond. It is never changed.
var undecided scenarios.Decision

// run takes the exchange through the pipeline.
func (x *exchange) run() {
	e := contexts()
	c := e.AcquireContext()
	c.Reset(x.request, x.outlet)
	x.echo.Context = c
	if err := x.server.handler(&x.echo); err != nil {
		e.HTTPErrorHandler(err, c)
	}
	e.ReleaseContext(c)
	if x.tenant != nil {
		x.server.releaseTenant(x.tenant)
	}
}

// Request returns the request, as net/http knows it.
func (x *exchange) Request() *http.Request { return x.request }

// Response returns where the response goes, with its header.
func (x *exchange) Response() outlet { return x.outlet }

// setCommonHeaders sets what every response has, successful or not.
func (x *exchange) setCommonHeaders() {
	clientID := x.sent("Client-Request-Id")
	if clientID == "" {
		clientID = x.id
	}
	x.outlet.SetHeader("Request-Id", x.id)
	x.outlet.SetHeader("Client-Request-Id", clientID)
	x.outlet.SetHeader("Date", x.server.clock.date(x.now))
	x.outlet.SetHeader("X-Ms-Ags-Diagnostic", agsDiagnostic)
	x.outlet.SetHeader("Strict-Transport-Security", "max-age=31536000")
}

// agsDiagnostic has the real header's form and says what responded.
const agsDiagnostic = `{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"0","ScaleUnit":"000",` +
	`"RoleInstance":"GRAPHMOCK"}}`

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
