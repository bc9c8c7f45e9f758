package server

import "strings"

// route finds the operation that the contract has for the request line.
func (x *exchange) route() {
	r := x.Request()
	match, violation := x.server.config.Contract.Route(r.Method, r.URL.EscapedPath())
	x.match = match
	if violation != nil {
		if len(match.Allow) > 0 {
			x.Response().Header()["Allow"] = []string{strings.Join(match.Allow, ", ")}
		}
		x.reject(*violation)
	}
}
