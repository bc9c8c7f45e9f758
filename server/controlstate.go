package server

import (
	"encoding/json"
	"net/http"

	"github.com/graphmock/graphmock/fixtures"
)

// controlState answers the whole store as a fixtures document.
func (s *Server) controlState(*http.Request, []byte) (any, error) {
	text, err := s.State().Encode()
	return json.RawMessage(text), err
}

// controlSetState replaces the whole store by the fixtures document that was
// sent, and answers it as it is then: ids and times filled in.
func (s *Server) controlSetState(r *http.Request, body []byte) (any, error) {
	d, err := fixtures.Parse(bodyName, body, s.config.Contract)
	if err != nil {
		return nil, refuseDocument("the fixtures document", err)
	}
	if err := s.SetState(d); err != nil {
		return nil, refuseDocument("the fixtures document", err)
	}
	return s.controlState(r, nil)
}
