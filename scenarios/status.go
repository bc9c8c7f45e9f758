package scenarios

// Status is how a scenario in play stands.
type Status struct {
	Scenario string       `json:"scenario,omitempty"`
	Summary  string       `json:"summary,omitempty"`
	File     string       `json:"file,omitempty"`
	State    string       `json:"state"`
	Rules    []RuleStatus `json:"rules"`
}

// RuleStatus is how a rule in play stands.
type RuleStatus struct {
	Rule    string `json:"rule"`
	Place   string `json:"place,omitempty"`
	Request string `json:"request,omitempty"` // pattern or operationId, empty for any request
	Weight  string `json:"weight"`            // how specific it is, in words
	Matched int    `json:"matched"`           // requests, answered or passed on
	Replies []int  `json:"replies"`           // how often each entry was given
	Next    int    `json:"next,omitempty"`    // entry that is next, from 1; 0 if the list is at its end, or has none
	After   string `json:"after,omitempty"`
}

// Status gives every scenario in play with its counters and its state, in the
// order in which they came.
func (s *Stage) Status() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, len(s.scenes))
	for i, sc := range s.scenes {
		list[i] = sc.status()
	}
	return list
}

func (sc *scene) status() Status {
	of := sc.scenario
	status := Status{Scenario: of.Name, Summary: of.Summary, File: of.File, State: sc.state, Rules: []RuleStatus{}}
	for i, r := range of.rules {
		c := sc.counters[i]
		row := RuleStatus{
			Rule: r.id, Place: r.place, Request: r.request, Weight: r.weight.String(),
			Matched: c.matched, Replies: append([]int{}, c.given...), After: string(r.after),
		}
		if r.after != afterNothing && c.entry < len(r.replies) {
			row.Next = c.entry + 1
		}
		status.Rules = append(status.Rules, row)
	}
	return status
}
