package server

import (
	"fmt"

	"github.com/graphmock/graphmock/scenarios"
)

// ReplaceScenarios takes the scenarios of a file out of play and brings others
// in, in one step: no request meets a mixture. Those that did not change keep
// their counters. On an error, such as fixtures that can't be read, nothing of
// what is played has changed.
func (s *Server) ReplaceScenarios(file string, all ...*scenarios.Scenario) error {
	for _, scenario := range all {
		if err := s.seedFor(scenario); err != nil {
			return fmt.Errorf("scenario %s: %w", scenario.Name, err)
		}
	}
	s.openStage().Replace(file, all...)
	return nil
}
