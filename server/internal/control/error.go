package control

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/graphmock/graphmock/openapi/document"
)

// An httpError is why a request was not done. It is the body of the response as well.
type httpError struct {
	status   int
	Message  string            `json:"error"`
	Problems document.Problems `json:"problems,omitempty"`
}

func (e *httpError) Error() string { return e.Message }

func errorf(status int, format string, args ...any) *httpError {
	return &httpError{status: status, Message: fmt.Sprintf(format, args...)}
}

// documentError is the error of a document that can be read, but is wrong.
func documentError(what string, err error) *httpError {
	e := errorf(http.StatusUnprocessableEntity, "%s: %v", what, err)
	if errors.As(err, &e.Problems) {
		e.Message = fmt.Sprintf("%s has %d problems; nothing was changed", what, len(e.Problems))
		if len(e.Problems) == 1 {
			e.Message = what + " has a problem; nothing was changed"
		}
	}
	return e
}
