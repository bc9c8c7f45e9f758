package verdict

import (
	"maps"

	"github.com/graphmock/graphmock/scenarios"
)

// sums are what collectors have counted, together.
type sums struct {
	groups      map[groupKey]GroupedViolation
	unmatched   map[[2]string]UnmatchedRequest
	unsupported map[string]UnsupportedRequest
	outside     map[string]OutsideRequest
	guidance    map[guidanceKey]Guidance
	omitted     int
	duplicates  []Duplicate
	touched     map[operationKey]touchedOperation
	granted     granted
}

// add adds what another collector has counted, whose exchanges have ids after a number.
func (s *sums) add(o sums, after int64) {
	for i := range o.duplicates {
		o.duplicates[i].Lost.ID += after
		o.duplicates[i].Again.ID += after
	}
	s.duplicates = append(s.duplicates, o.duplicates...)
	s.omitted += o.omitted
	s.groups = summed(s.groups, o.groups, func(sum *GroupedViolation, v GroupedViolation) {
		v.First += after
		if sum.Count > 0 {
			sum.Count += v.Count
			return
		}
		*sum = v
	})
	s.unmatched = summed(s.unmatched, o.unmatched, func(sum *UnmatchedRequest, u UnmatchedRequest) {
		u.First += after
		if sum.Count > 0 {
			sum.Count += u.Count
			return
		}
		*sum = u
	})
	s.unsupported = summed(s.unsupported, o.unsupported, func(sum *UnsupportedRequest, u UnsupportedRequest) {
		u.First += after
		if sum.Count > 0 {
			sum.Count += u.Count
			return
		}
		*sum = u
	})
	s.outside = summed(s.outside, o.outside, func(sum *OutsideRequest, u OutsideRequest) {
		u.First += after
		if sum.Count > 0 {
			sum.Count += u.Count
			return
		}
		*sum = u
	})
	s.guidance = summed(s.guidance, o.guidance, func(sum *Guidance, g Guidance) {
		g.First += after
		if sum.Count > 0 {
			sum.Count += g.Count
			return
		}
		*sum = g
	})
	s.touched = summed(s.touched, o.touched, (*touchedOperation).add)
	for kind, names := range o.granted {
		if s.granted[kind] == nil {
			s.granted[kind] = map[string]bool{}
		}
		maps.Copy(s.granted[kind], names)
	}
}

// summed adds the values of one map to those of another, which is nil at first.
func summed[K comparable, V any](sum, more map[K]V, add func(sum *V, v V)) map[K]V {
	if sum == nil {
		sum = make(map[K]V, len(more))
	}
	for key, v := range more {
		at := sum[key]
		add(&at, v)
		sum[key] = at
	}
	return sum
}

// add adds what another collector has counted of the same operation.
func (t *touchedOperation) add(o touchedOperation) {
	if t.operation == nil {
		*t = o
		return
	}
	t.requests += o.requests
	t.asked += o.asked
	t.honoured += o.honoured
	for kind := range t.as {
		t.as[kind] += o.as[kind]
	}
	at := map[[2]string]int{}
	for i, p := range t.points {
		at[[2]string{p.Kind, p.Name}] = i
	}
	for _, p := range o.points {
		if i, has := at[[2]string{p.Kind, p.Name}]; has {
			t.points[i].Hits += p.Hits
			continue
		}
		t.points = append(t.points, p)
	}
}

func (s *sums) verdict() Verdict {
	v := Verdict{
		Violations: []GroupedViolation{}, Unmatched: []UnmatchedRequest{}, Unsupported: []UnsupportedRequest{},
		Outside:  []OutsideRequest{},
		Guidance: []Guidance{}, Unused: []scenarios.Unused{}, Failures: []scenarios.Failure{}, Duplicates: append([]Duplicate{}, s.duplicates...),
		Omitted: s.omitted,
	}
	for _, g := range s.groups {
		v.Violations = append(v.Violations, g)
	}
	for _, u := range s.unmatched {
		v.Unmatched = append(v.Unmatched, u)
	}
	for _, u := range s.unsupported {
		v.Unsupported = append(v.Unsupported, u)
	}
	for _, u := range s.outside {
		v.Outside = append(v.Outside, u)
	}
	for _, g := range s.guidance {
		v.Guidance = append(v.Guidance, g)
	}
	return v
}
