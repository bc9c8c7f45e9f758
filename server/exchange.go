package server

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/odata"
)

// exchange is one request and its answer on their way through the pipeline. It
// is the Echo context of every step after begin.
type exchange struct {
	echo.Context
	server *Server
	now    time.Time
	id     string // request-id

	body       []byte        // after decompression
	match      openapi.Match // set by route
	caller     identity      // set by authenticate
	value      any           // the body as JSON, set by validate
	violations []openapi.Violation

	batch *batch // set by validate, if it is one
	part  *part  // nil unless it is part of one

	answered bool
	refused  bool // by the service itself, in Graph's words
	status   int
	answer   []byte // the body of the answer
	entity   any    // the same as JSON, where the service has it at hand

	query     *odata.Options // nil if none were sent
	page      *position      // where a $skiptoken continues
	preferred bool           // the size of a page was limited, and the answer says so

	answeredRows int // entities of lists in the answer

	stage    *scenarios.Stage // nil if nothing is scripted
	scene    *scenarios.Exchange
	decision *scenarios.Decision

	members [12]openapi.Member // room for an entity

	values *headerValues // of the answer
}

// headerValues are the values of headers that most answers have: one allocation
// for all. They are the answer's, which may outlive the exchange.
type headerValues [8]string

// begin makes the exchange, gives the answer what every answer of Graph has, and
// puts a net under the steps: a panic in one is a bug of graphmock, answered as
// Graph answers its own.
func (s *Server) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		now := s.clock.now()
		x := s.exchanges.Get().(*exchange)
		*x = exchange{Context: c, server: s, now: now, id: s.random.guid().String(), decision: &undecided}
		if w, inProcess := c.Response().Writer.(*response); inProcess {
			x.values, x.part = &w.values, w.part
		} else {
			x.values = new(headerValues)
		}
		x.setCommonHeaders()
		defer func() {
			if bug := recover(); bug != nil && bug != http.ErrAbortHandler {
				err = x.answerBug(bug)
			} else if bug != nil {
				panic(bug)
			}
		}()
		if err = next(x); x.stage == nil && x.part == nil {
			s.exchanges.Put(x) // nobody else has it
		}
		return err
	}
}

// undecided lets the service answer. Nobody changes it.
var undecided scenarios.Decision

// setCommonHeaders sets what every answer has, successful or not.
func (x *exchange) setCommonHeaders() {
	clientID := x.sent("Client-Request-Id")
	if clientID == "" {
		clientID = x.id
	}
	h := x.Response().Header()
	x.set(h, 0, "Request-Id", x.id)
	x.set(h, 1, "Client-Request-Id", clientID)
	x.set(h, 2, "Date", x.server.clock.date(x.now))
	x.set(h, 3, "X-Ms-Ags-Diagnostic", agsDiagnostic)
	x.set(h, 4, "Strict-Transport-Security", "max-age=31536000")
}

// sent is the first value of a header of the request, whose name is given in
// canonical form.
func (x *exchange) sent(name string) string {
	if values := x.Request().Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// set gives the answer a header, in the slot of values that is kept for it.
func (x *exchange) set(h http.Header, slot int, name, value string) {
	x.values[slot] = value
	h[name] = x.values[slot : slot+1 : slot+1]
}

// agsDiagnostic has the real header's form and says what answered.
const agsDiagnostic = `{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"GRAPHMOCK"}}`

func (x *exchange) answerBug(bug any) error {
	x.fail(errInternal)
	x.violations = append(x.violations, openapi.Violation{Side: openapi.ResponseSide, In: openapi.InStatus, Rule: ruleInternal,
		Message: fmt.Sprintf("BUG: %v", bug), Hint: "a bug in graphmock: please report it with this stack: " + firstFrames(debug.Stack())})
	x.record()
	return write(x)
}

// firstFrames is the top of a stack in one line.
func firstFrames(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	var files []string
	for _, line := range lines {
		if strings.HasPrefix(line, "\t") && strings.Contains(line, "graphmock") {
			file, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			files = append(files, file[strings.LastIndexByte(file, '/')+1:])
		}
	}
	return strings.Join(files[:min(len(files), 8)], " < ")
}

// unlessAnswered makes middleware of a step that is passed over once the
// exchange has its answer.
func unlessAnswered(step func(*exchange)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if x := c.(*exchange); !x.answered {
				step(x)
			}
			return next(c)
		}
	}
}

// always makes middleware of a step that no exchange is spared.
func always(step func(*exchange)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			step(c.(*exchange))
			return next(c)
		}
	}
}

// Content types of answers.
const (
	contentTypeJSON  = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	contentTypeError = "application/json"
	contentTypeBatch = "application/json"
)

// succeed answers with an entity, or with nothing if body is nil.
func (x *exchange) succeed(status int, body []byte) {
	x.answered, x.status, x.answer = true, status, body
	switch h := x.Response().Header(); {
	case body == nil:
	case x.server.config.Contract.UsesOData():
		x.set(h, 5, "Content-Type", contentTypeJSON)
		x.set(h, 6, "Odata-Version", "4.0")
	default:
		x.set(h, 5, "Content-Type", "application/json")
	}
}

// succeedEntity answers a write with the entity, which is at hand both as an
// object and as JSON; last is a member that only the object has. The context is
// added to both. The client may have asked for more, for less, or for nothing.
func (x *exchange) succeedEntity(status int, at place, entity openapi.Object, text []byte, last string) {
	if x.prefers() {
		return
	}
	if level := x.metadata(); level != metadataMinimal {
		x.succeedAnnotated(status, at, entity, level)
		return
	}
	context := x.context(at, "")
	entity.Set("@odata.context", context)
	x.entity = entity
	x.succeed(status, withContext(context, text, last))
}

// succeedAnnotated answers an entity with another level of metadata than minimal.
func (x *exchange) succeedAnnotated(status int, at place, entity openapi.Object, level string) {
	if level == metadataFull {
		context := openapi.Object{{Name: "@odata.context", Value: x.context(at, "")}}
		entity = slices.Concat(context, annotations(at.kind().name, x.path(at)), entity)
	}
	x.entity = entity
	x.succeed(status, appendObject(nil, entity))
	x.set(x.Response().Header(), 5, "Content-Type", contentTypeOf(level))
}

// write sends the answer. It ends the pipeline.
func write(c echo.Context) error {
	x := c.(*exchange)
	w := x.Response()
	if fault := x.decision.Fault; fault != scenarios.NoFault {
		return x.misbehave(fault)
	}
	for _, v := range x.violations[:min(len(x.violations), maxViolationHeaders)] {
		w.Header().Add("Graphmock-Violation", headerLine(v))
	}
	if x.part != nil {
		x.part.take(x)
		return nil
	}
	if in, ok := w.Writer.(*response); ok {
		in.take(x.status, x.answer)
		return nil
	}
	w.WriteHeader(x.status)
	_, err := w.Write(x.answer)
	return err
}

// maxViolationHeaders bounds the headers of an answer; the journal has all.
const maxViolationHeaders = 8

// headerLine is a violation as a header can carry it: one line of ASCII, rule,
// place and message.
func headerLine(v openapi.Violation) string {
	line := v.Rule + "; " + v.Pointer + "; " + v.Message
	if v.Hint != "" {
		line += " (" + v.Hint + ")"
	}
	const most = 500
	var b strings.Builder
	for _, r := range line {
		if b.Len() >= most {
			b.WriteString("...")
			break
		}
		switch {
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
