package scenarios

import "slices"

// ties finds the rules of which neither is more specific and which one request
// can match: each with the first such rule before it.
func ties(rules []*rule) map[*rule]*rule {
	found := map[*rule]*rule{}
	groups := map[weight]*peers{}
	for _, r := range rules {
		if groups[r.weight] == nil {
			groups[r.weight] = &peers{byValue: map[subject]map[any][]*rule{}}
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
	byValue map[subject]map[any][]*rule
	others  []*rule
}

// add puts r beside its peers and gives one that it ties with, nil if none.
func (p *peers) add(r *rule) (tied *rule) {
	own, value, ok := r.firstValue()
	clash := func(list []*rule) bool {
		i := slices.IndexFunc(list, func(peer *rule) bool { return !r.excludes(peer) })
		if i >= 0 {
			tied = list[i]
		}
		return i >= 0
	}
	if !clash(p.others) {
		for s, values := range p.byValue {
			if ok && s == own {
				if clash(values[value]) {
					break
				}
				continue
			}
			for _, list := range values {
				if clash(list) {
					break
				}
			}
		}
	}
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
