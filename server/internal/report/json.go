package report

import (
	_ "embed"
	"encoding/json"
	"io"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/server/internal/har"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// Schema is the JSON Schema of the format json.
//
//go:embed report.schema.json
var Schema string

// jsonReport is the format json. Members are only ever added; any other
// change needs a new version.
type jsonReport struct {
	Version   int               `json:"version"`
	Tool      har.Creator       `json:"tool"`
	Command   string            `json:"command,omitempty"`
	Contract  jsonContract      `json:"contract"`
	Started   time.Time         `json:"started,omitzero"`
	Ended     time.Time         `json:"ended,omitzero"`
	Clean     bool              `json:"clean"`
	Summary   string            `json:"summary"`
	Verdict   verdict.Verdict   `json:"verdict"`
	Problems  document.Problems `json:"problems"` // of files
	Notes     []string          `json:"notes"`
	Reasons   []Reason          `json:"reasons,omitempty"`
	Exchanges []jsonExchange    `json:"exchanges"`
	Left      int               `json:"left"` // exchanges that are not among them
}

type jsonContract struct {
	Title   string `json:"title"`
	Version string `json:"version"`
	Hash    string `json:"sha256"`
}

// jsonExchange has neither headers nor bodies; the format har has them.
type jsonExchange struct {
	ID         int64               `json:"id"`
	At         time.Time           `json:"at,omitzero"`
	Took       float64             `json:"milliseconds"`
	Method     string              `json:"method"`
	Path       string              `json:"path"`
	Query      string              `json:"query,omitempty"`
	Operation  string              `json:"operation,omitempty"`
	Status     int                 `json:"status"` // 0 if there was no response
	Rule       string              `json:"rule,omitempty"`
	Place      string              `json:"place,omitempty"`
	Test       string              `json:"test,omitempty"`
	Outgoing   string              `json:"outgoing,omitempty"` // the host of a receiver of notifications that was called
	Note       string              `json:"note,omitempty"`
	Reason     string              `json:"reason,omitempty"` // why the service refused what breaks no contract
	Violations []openapi.Violation `json:"violations,omitempty"`
}

func writeJSON(w io.Writer, r *Report) error {
	out := jsonReport{
		Version: 1, Tool: r.creator(), Command: r.Command, Contract: contractOf(r.Contract),
		Started: r.Started.UTC(), Ended: r.Ended.UTC(), Clean: r.clean(), Summary: r.Summary(),
		Verdict: r.Verdict, Problems: r.Problems, Notes: r.Notes, Reasons: r.Reasons, Exchanges: make([]jsonExchange, len(r.Exchanges)),
		Left: r.Left,
	}
	for _, s := range r.Shortfalls {
		out.Notes = append(out.Notes, sentence(s.Message)+".")
	}
	for i, e := range r.Exchanges {
		out.Exchanges[i] = jsonExchange{
			ID: e.ID, At: e.At.UTC(), Took: har.Milliseconds(e.Took), Method: e.Method, Path: e.Path, Query: e.Query,
			Operation: e.Operation,
			Status:    e.Status, Rule: e.Rule, Place: e.Place.String(), Test: e.Test, Violations: e.Violations,
			Note: e.Note, Reason: e.Reason,
		}
		if e.Outgoing {
			out.Exchanges[i].Outgoing = e.Host
		}
	}
	return writeIndented(w, out)
}

func contractOf(c *openapi.Contract) jsonContract {
	return jsonContract{Title: c.Title(), Version: c.Version(), Hash: c.Hash()}
}

// writeIndented writes a value as JSON that people can read.
func writeIndented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
