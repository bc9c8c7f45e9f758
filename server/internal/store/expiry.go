package store

import "math"

// expire removes what has expired. While nothing has, that is one comparison.
// sp.mu must be held.
func (sp *space) expire(now int64) {
	if now < sp.due {
		return
	}
	sp.due = math.MaxInt64
	for {
		e, ok := sp.expiringActivities.earliest()
		if !ok || e.at > now {
			sp.dueAt(e.at, ok)
			break
		}
		sp.removeActivity(e.record)
	}
	for {
		e, ok := sp.expiringItems.earliest()
		if !ok || e.at > now {
			sp.dueAt(e.at, ok)
			break
		}
		sp.removeItem(e.record)
	}
}

// dueAt notes that something expires then, if it does.
func (sp *space) dueAt(at int64, expires bool) {
	if expires {
		sp.due = min(sp.due, at)
	}
}
