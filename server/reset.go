package server

// Reset brings the server back to its start: its state, its journal, the counters
// of its scenarios, its clock and its random source. Scenarios that came later
// stay, with the fixtures that they name; what Seed and SetState brought is gone.
// On an error nothing has changed.
func (s *Server) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	to := seeding{newTenant(), newRandom(s.config.Seed), momentOf(milliseconds(s.clock.unmoved()))}
	if err := to.add(s.config.Fixtures); err != nil {
		return err
	}
	for _, each := range s.seeds {
		if to.tenant.hasAll(each.document) {
			continue
		}
		if err := to.add(each.document); err != nil {
			return err
		}
	}
	s.clock.ahead.Store(0)
	s.random.restart(to.random)
	s.tenant.Store(to.tenant)
	s.walks.forget()
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
