package capture

import (
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/batch"
)

// Parts returns the exchanges of a batch; nil if x is none, or one that can't be read.
func (x *Exchange) Parts(c *openapi.Contract) []Exchange {
	m, violation := c.Route(x.Method, x.Path)
	if violation != nil || m.Operation.Action() != "POST /$batch" {
		return nil
	}
	sent, syntax := jsontext.Decode(x.Body)
	if syntax != nil {
		return nil
	}
	b, problem := batch.Parse(m.Base, sent)
	if problem != nil {
		return nil
	}
	answer, _ := jsontext.Decode(x.Answer)
	responses, _ := b.Responses(answer)
	parts := make([]Exchange, len(b.Requests))
	for i := range b.Requests {
		r := &b.Requests[i]
		parts[i] = Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Body: r.Body,
			Status: responses[i].Status, Answer: responses[i].Body, AnswerLost: x.AnswerLost}
	}
	return parts
}
