package scenarios

// ambiguities returns the rules that are as specific as a rule before them and can match
// the same request, each with the first such rule.
func ambiguities(rules []*rule) map[*rule]*rule {
	found := map[*rule]*rule{}
	groups := map[specificity]*sameSpecificity{}
	for _, r := range rules {
		if groups[r.specificity] == nil {
			groups[r.specificity] = &sameSpecificity{at: map[*rule]int{}, byValue: map[subject]map[any][]*rule{}}
		}
		if first := groups[r.specificity].add(r); first != nil {
			found[r] = first
		}
	}
	return found
}

// sameSpecificity holds rules that are equally specific. They are kept by the one value
// that their first condition asks for, so that a file of ten thousand rules for as many
// activities is not compared pair by pair.
type sameSpecificity struct {
	at      map[*rule]int // their order
	byValue map[subject]map[any][]*rule
	others  []*rule
}

// add adds r and returns the first rule before it that is as specific and can match the
// same request, nil if there is none.
func (s *sameSpecificity) add(r *rule) (ambiguous *rule) {
	own, value, ok := r.firstValue()
	first := len(s.at)
	search := func(list []*rule) { // which is in order
		for _, peer := range list {
			if s.at[peer] >= first {
				return
			}
			if !r.excludes(peer) {
				ambiguous, first = peer, s.at[peer]
			}
		}
	}
	search(s.others)
	for sub, values := range s.byValue {
		if ok && sub == own {
			search(values[value])
			continue
		}
		for _, list := range values {
			search(list)
		}
	}
	s.at[r] = len(s.at)
	if !ok {
		s.others = append(s.others, r)
		return ambiguous
	}
	if s.byValue[own] == nil {
		s.byValue[own] = map[any][]*rule{}
	}
	s.byValue[own][value] = append(s.byValue[own][value], r)
	return ambiguous
}

// firstValue returns the first condition that asks for one value which can be a key.
func (r *rule) firstValue() (subject, any, bool) {
	for i := range r.conditions {
		c := &r.conditions[i]
		choices, ok := c.matcher.choices()
		if !ok || len(choices) != 1 || c.key == "scope" {
			continue
		}
		if key, ok := keyOf(choices[0]); ok {
			return c.subject, key, true
		}
	}
	return subject{}, nil, false
}
