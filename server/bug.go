package server

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// recoverBug is a net under the steps: a panic in one is a bug of graphmock, to
// which it responds as Graph does to its own, on a socket, in process and in a
// batch. What aborts a handler goes on to net/http.
func recoverBug(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if bug := recover(); bug == http.ErrAbortHandler {
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

// firstFrames returns the top of a stack in one line.
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
