package server

import "github.com/graphmock/graphmock/server/internal/service"

// Reset brings the server back to its start: its state, its journal, the counters
// of its scenarios, its clock and its random source. Scenarios that came later
// stay, with the fixtures that they name; what Seed and SetState brought is gone.
// On an error nothing has changed.
func (s *Server) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.random.restart(newRandom(s.config.Seed))
	t, err := s.freshTenant()
	if err != nil {
		s.random.restart(before)
		return err
	}
	s.clock.ahead.Store(0)
	s.replaceTenant(t)
	s.service.Reset()
	s.journal.Reset()
	if s.throttling != nil {
		s.throttling.reset()
	}
	s.collector.Reset()
	if stage := s.stage.Load(); stage != nil {
		stage.Reset()
	}
	return nil
}

// freshTenant returns a tenant with the fixtures of the configuration and those that
// scenarios name. s.mu must be held.
func (s *Server) freshTenant() (*tenant, error) {
	now := service.NewTimestamp(s.clock.unmoved().UnixMilli())
	t, err := s.seeded(s.newTenant(), s.config.Fixtures, now)
	for _, each := range s.seeds {
		if err == nil && !t.hasAll(each.document) {
			t, err = s.seeded(t, each.document, now)
		}
	}
	return t, err
}
