package scenarios

import "github.com/graphmock/graphmock/openapi/credential"

// Status is the state of a scenario in play, with its counters.
type Status struct {
	Scenario string       `json:"scenario,omitempty"`
	Summary  string       `json:"summary,omitempty"`
	File     string       `json:"file,omitempty"`
	State    string       `json:"state"`
	Rules    []RuleStatus `json:"rules"`
}

// RuleStatus holds the counters of a rule in play.
type RuleStatus struct {
	Rule    string `json:"rule"`
	Place   string `json:"place,omitempty"`
	Request string `json:"request,omitempty"` // pattern or operationId, empty for any request
	Weight  string `json:"weight"`            // how specific it is, in words
	Matched int    `json:"matched"`           // requests, replied to or passed on
	Replies []int  `json:"replies"`           // how often each entry was given
	Next    int    `json:"next,omitempty"`    // entry that is next, from 1; 0 if the list is at its end, or has none
	After   string `json:"after,omitempty"`
}

// Status returns every scenario in play with its counters and its state, in the order in
// which they came. Credentials are taken out of its words.
func (e *Engine) Status() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]Status, len(e.active))
	for i, sc := range e.active {
		list[i] = sc.status()
	}
	return list
}

func (sc *activeScenario) status() Status {
	var rules credential.Rules
	status := Status{
		Scenario: rules.Text(sc.Name), Summary: rules.Text(sc.Summary), File: sc.File, State: rules.Text(sc.state),
		Rules: []RuleStatus{},
	}
	for i, r := range sc.rules {
		c := sc.counters[i]
		row := RuleStatus{
			Rule: rules.Text(r.id), Place: r.place, Request: rules.Text(r.request), Weight: r.specificity.String(),
			Matched: c.matched, Replies: append([]int{}, c.given...), After: string(r.after),
		}
		if r.after != afterNothing && c.entry < len(r.replies) {
			row.Next = c.entry + 1
		}
		status.Rules = append(status.Rules, row)
	}
	return status
}
