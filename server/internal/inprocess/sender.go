package inprocess

import (
	"reflect"
	"runtime"

	"github.com/graphmock/graphmock/server/internal/callsite"
)

// Sender returns where the code stands that sent the request. A request is handled
// on its sender's goroutine, so the stack knows, and nothing has to be kept for
// requests whose sender is never asked for.
func (w *ResponseWriter) Sender() callsite.Site { return w.transport.senderIn(callsite.Stack()) }

// senderIn finds the sender in a stack, innermost frame first. What is nearer than
// the transport is the handler's, and the transport's own package is never it.
func (t *Transport) senderIn(stack []runtime.Frame) callsite.Site {
	transport := reflect.TypeFor[Transport]().PkgPath()
	for i := len(stack) - 1; i >= 0; i-- {
		if stack[i].Function == transport+".(*Transport).RoundTrip" {
			return callsite.Of(stack[i+1:], append([]string{transport}, t.Own...)...)
		}
	}
	return callsite.Site{}
}
