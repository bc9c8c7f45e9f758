package scenarios

import (
	"math"
	"math/rand/v2"
	"time"
)

// maxDelay bounds every delay, so that a slip of the keyboard does not stop a
// test suite for days.
const maxDelay = time.Hour

// latency is how long a response takes. The zero value is no time at all.
type latency struct {
	min, max    time.Duration // equal if fixed
	median, p99 time.Duration // of a log-normal distribution, if set
}

func fixedLatency(d time.Duration) latency { return latency{min: d, max: d} }

// draw returns a random delay. A log-normal one is cut at ten times its p99.
func (l latency) draw(random *rand.Rand) time.Duration {
	switch {
	case l.median > 0:
		const z99 = 2.3263478740408408 // 99% of a normal distribution lie below
		sigma := math.Log(float64(l.p99)/float64(l.median)) / z99
		d := float64(l.median) * math.Exp(sigma*random.NormFloat64())
		return time.Duration(min(d, 10*float64(l.p99), float64(maxDelay)))
	case l.max > l.min:
		return l.min + time.Duration(random.Int64N(int64(l.max-l.min)+1))
	}
	return l.min
}
