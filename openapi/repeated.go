package openapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

const ruleHeaderRepeated = "header-repeated"

// isSingle reports whether a request has a header once at most: it is no list, and who
// reads the first of two lines and who reads the last would not agree. The name is in
// canonical form.
//
// https://www.rfc-editor.org/rfc/rfc9110#section-5.3
func isSingle(name string) bool {
	switch name {
	case "Authorization", "Client-Request-Id", "Content-Length", "Content-Location", "Content-Range", "Content-Type",
		"Date", "From", "Host", "If-Modified-Since", "If-Range", "If-Unmodified-Since", "Max-Forwards",
		"Proxy-Authorization", "Range", "Referer", "User-Agent":
		return true
	}
	return false
}

// CheckHeaders returns what is wrong with the headers of a request before anyone reads
// them: one that may come once is there more than once, in lines of its own or, where
// that can be told, in one. It is nil if nothing is.
func (c *Contract) CheckHeaders(h http.Header) *Violation {
	for name, values := range h {
		if isSingle(name) && isRepeated(name, values) {
			return c.repeatedHeader(h)
		}
	}
	return nil
}

// isRepeated reports whether there is more than one value. A bearer token has no comma;
// two media types are told apart by those who read one.
func isRepeated(name string, values []string) bool {
	if len(values) != 1 {
		return len(values) > 1
	}
	if name != "Authorization" {
		return false
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	return strings.EqualFold(scheme, "Bearer") && strings.Contains(rest, ",")
}

// repeatedHeader is the violation of the first such header by name.
func (c *Contract) repeatedHeader(h http.Header) *Violation {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if isSingle(name) && isRepeated(name, h[name]) {
			v := &Violation{Side: RequestSide, In: InHeader, Pointer: name, Rule: ruleHeaderRepeated,
				Message: "the header is there more than once", Hint: "send it once, with one value"}
			c.Complete(v)
			return v
		}
	}
	panic("BUG: no header is repeated")
}
