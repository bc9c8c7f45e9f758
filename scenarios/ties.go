package scenarios

// ties finds the rules of which neither is more specific and which one request
// can match: each with the first such rule before it.
func ties(rules []*rule) map[*rule]*rule {
	found := map[*rule]*rule{}
	groups := map[weight]*peers{}
	for _, r := range rules {
		if groups[r.weight] == nil {
			groups[r.weight] = &peers{at: map[*rule]int{}, byValue: map[subject]map[any][]*rule{}}
		}
		if first := groups[r.weight].add(r); first != nil {
			found[r] = first
		}
	}
	return found
}

// peers are rules of one weight. They are kept by the one value that their first
// condition asks for, so that a file of ten thousand rules for as many
// activities is not compared pair by pair.
type peers struct {
	at      map[*rule]int // their order
	byValue map[subject]map[any][]*rule
	others  []*rule
}

// add puts r beside its peers and gives the first that it ties with, nil if none.
func (p *peers) add(r *rule) (tied *rule) {
	own, value, ok := r.firstValue()
	first := len(p.at)
	ask := func(list []*rule) { // which is in order
		for _, peer := range list {
			if p.at[peer] >= first {
				return
			}
			if !r.excludes(peer) {
				tied, first = peer, p.at[peer]
			}
		}
	}
	ask(p.others)
	for s, values := range p.byValue {
		if ok && s == own {
			ask(values[value])
			continue
		}
		for _, list := range values {
			ask(list)
		}
	}
	p.at[r] = len(p.at)
	if !ok {
		p.others = append(p.others, r)
		return tied
	}
	if p.byValue[own] == nil {
		p.byValue[own] = map[any][]*rule{}
	}
	p.byValue[own][value] = append(p.byValue[own][value], r)
	return tied
}

// firstValue is the first condition that asks for one value which can be a key.
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
