package server

import (
	"net/http"

	"github.com/graphmock/graphmock/scenarios"
)

// bodyName is what problems call the document that was sent.
const bodyName = "body"

// controlScenarios answers how every scenario in play stands.
func (s *Server) controlScenarios(*http.Request, []byte) (any, error) {
	if stage := s.stage.Load(); stage != nil {
		return stage.Status(), nil
	}
	return []scenarios.Status{}, nil
}

// controlPlay plays the scenario that was sent, and answers as controlScenarios.
// It has no file: a name in it must not lead to one of this machine.
func (s *Server) controlPlay(r *http.Request, body []byte) (any, error) {
	scenario, err := scenarios.Parse(bodyName, body, s.config.Contract)
	if err != nil {
		return nil, refuseDocument("the scenario", err)
	}
	scenario.File = ""
	if err := s.Add(scenario); err != nil {
		return nil, refuseDocument("the scenario", err)
	}
	return s.controlScenarios(r, nil)
}
