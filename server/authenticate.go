package server

// authenticate finds out who calls, as far as the contract wants to know.
func (x *exchange) authenticate() {
	r := x.request
	x.tenant = x.server.useTenant()
	caller, refusal := x.server.auth.Authenticate(x.tenant.directory, x.match.Operation, r.URL.RawQuery, r.Header, x.now)
	switch {
	case refusal == nil:
		x.caller = caller
	case refusal.Violation != nil:
		x.reject(*refusal.Violation)
	default:
		x.fail(refusal.Error)
	}
}
