package report

import (
	"io"
	"iter"
	"strings"

	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/har"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// writeHAR writes the exchanges as an HTTP Archive, which browsers and graphmock
// check can open.
func writeHAR(w io.Writer, r *Report) error {
	comment := ""
	if r.Left > 0 {
		comment = count(r.Left, "exchange") + " left out"
	}
	return har.Write(w, r.creator(), r.records(), comment)
}

// WriteHAR writes exchanges as an HTTP Archive, as the format har of a report does, but
// one at a time: what it takes is no more than the largest of them.
func WriteHAR(w io.Writer, rules credential.Rules, exchanges []journal.Exchange) error {
	return har.Write(w, har.Creator{Name: "graphmock", Version: Version()}, func(yield func(har.Record) bool) {
		for _, e := range exchanges {
			if !yield(recordOf(Exchange{Exchange: Redacted(e, rules)})) {
				return
			}
		}
	}, "")
}

func (r *Report) creator() har.Creator { return har.Creator{Name: "graphmock", Version: r.Version} }

// records returns the exchanges as an archive has them: those of clients, for who reads it takes
// what is in it for requests to the service.
func (r *Report) records() iter.Seq[har.Record] {
	return func(yield func(har.Record) bool) {
		for _, e := range r.Exchanges {
			if !e.Outgoing && !e.Outside && !yield(recordOf(e)) {
				return
			}
		}
	}
}

func recordOf(e Exchange) har.Record {
	address := Public + e.Path
	if graph.IsHost(e.Host) || graph.IsLoginHost(e.Host) || graph.IsTransferHost(e.Host) {
		address = "https://" + strings.ToLower(e.Host) + e.Path
	}
	if e.Query != "" {
		address += "?" + e.Query
	}
	known := har.Graphmock{ID: e.ID, Operation: e.Operation, Rule: e.Rule, Place: e.Place.String(), Test: e.Test}
	for _, v := range e.Violations {
		known.Violations = append(known.Violations, v.String())
	}
	return har.Record{
		At: e.At, Took: e.Took, Method: e.Method, URL: address, Header: e.Header, Body: e.Body,
		Status: e.Status, ResponseHeader: e.AnswerHeader, ResponseBody: e.Answer, Graphmock: known,
	}
}
