package server

import "net/http"

// TransportTo is the in-process transport to another handler, for comparisons.
func TransportTo(h http.Handler) http.RoundTripper { return handlerTransport{h} }

type handlerTransport struct{ handler http.Handler }

func (t handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return serveInProcess(t.handler, req)
}
