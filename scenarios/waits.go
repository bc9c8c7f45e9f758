package scenarios

import (
	"net/http"
	"strconv"
	"time"
)

// Waits remembers which callers were told by a Retry-After to wait, and for how long. A
// caller is a key, such as a user and an app. What counts is what a caller was told
// last, and only until its next request. Waits is not safe for concurrent use.
type Waits[Caller comparable] struct {
	Max int // how many callers are remembered: some never come back

	told map[Caller]Wait
}

// A Wait is what a caller was told.
type Wait struct {
	Status     int           // of the response
	RetryAfter string        // its header, as sent
	Since      time.Time     // when it was sent
	Duration   time.Duration // how long the caller was told to wait
}

// IsOver reports whether a caller that calls again at that time has waited as long as it
// was told.
func (w Wait) IsOver(at time.Time) bool { return at.Sub(w.Since) >= w.Duration }

// Add notes what a response that is sent at that time tells a caller, and reports
// whether that is to wait.
func (w *Waits[Caller]) Add(caller Caller, status int, h http.Header, at time.Time) bool {
	text := h.Get("Retry-After")
	if text == "" {
		return false
	}
	duration, ok := ParseRetryAfter(text, at)
	if _, again := w.told[caller]; !ok || !again && len(w.told) >= w.Max {
		return false
	}
	if w.told == nil {
		w.told = map[Caller]Wait{}
	}
	w.told[caller] = Wait{status, text, at, duration}
	return true
}

// Take returns what a caller that calls at that time was told, and forgets it. A request
// that was on its way before the response need not wait.
func (w *Waits[Caller]) Take(caller Caller, at time.Time) (wait Wait, told bool) {
	wait, told = w.told[caller]
	if !told || at.Before(wait.Since) {
		return Wait{}, false
	}
	delete(w.told, caller)
	return wait, true
}

// Len returns the number of callers that were told to wait and have not called again.
func (w *Waits[Caller]) Len() int { return len(w.told) }

// ParseRetryAfter reads how long a Retry-After header asks to wait from now on:
// seconds, with or without a fraction, or a date.
func ParseRetryAfter(text string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(seconds * float64(time.Second)), seconds >= 0 && seconds < 1e9
	}
	at, err := http.ParseTime(text)
	return at.Sub(now), err == nil
}
