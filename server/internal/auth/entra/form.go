package entra

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// maxForm is how many bytes a request may have: assertions and telemetry take a few
// thousand.
const maxForm = 256 << 10

// A form is what a client sent: of names that come twice, the first one.
type form url.Values

func (f form) get(name string) string { return url.Values(f).Get(name) }

// readForm reads the body of a request. One that is no form says nothing.
func (x *exchange) readForm() *failure {
	x.form = form{}
	media, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" || x.r.Body == nil {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxForm))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		f := fail(9002313)
		f.status = http.StatusRequestEntityTooLarge
		return f
	}
	if err != nil {
		return fail(9002313)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return fail(9002313)
	}
	x.form = form(values)
	return nil
}
