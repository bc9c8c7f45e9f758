package server

import (
	"fmt"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/service"
)

// A clock is the server's time. It runs with real time (in a synctest bubble,
// with the bubble's), or stands still at a start, and can be moved ahead.
type clock struct {
	start time.Time // zero for a running clock
	ahead atomic.Int64

	httpDate atomic.Pointer[dateText]
	written  atomic.Pointer[service.Timestamp] // the last
}

type dateText struct {
	second int64
	text   string
}

// now is the server's time in UTC.
func (c *clock) now() time.Time { return c.unmoved().Add(time.Duration(c.ahead.Load())).UTC() }

// unmoved is the time as it were, had the clock not been moved.
func (c *clock) unmoved() time.Time {
	if c.start.IsZero() {
		return time.Now()
	}
	return c.start
}

// date is t as a Date header has it.
func (c *clock) date(t time.Time) string {
	second := t.Unix()
	if last := c.httpDate.Load(); last != nil && last.second == second {
		return last.text
	}
	d := &dateText{second, t.Format(http.TimeFormat)}
	c.httpDate.Store(d)
	return d.text
}

// timestamp returns that of a time: those who write in the same millisecond share
// one.
func (c *clock) timestamp(t time.Time) *service.Timestamp {
	ms := t.UnixMilli()
	if last := c.written.Load(); last != nil && last.MS == ms {
		return last
	}
	written := service.NewTimestamp(ms)
	c.written.Store(written)
	return written
}

// maxAhead is how far the clock can be moved in all: far enough for any test, and
// near enough for every sum of times to fit its type.
const (
	year     = 365 * 24 * time.Hour
	maxAhead = math.MaxInt64 / 4 / year * year
)

// Advance moves the server's clock ahead: what expires by then has expired, and
// notifications that are due by then are delivered. The
// clock can't be moved back, nor further than a few decades in all.
func (s *Server) Advance(by time.Duration) error {
	if by < 0 {
		return fmt.Errorf("the clock can't be moved by %s: it only goes ahead", by)
	}
	if !s.advance(by) {
		return fmt.Errorf("the clock can't be moved by %s: at most by %d years in all", by, maxAhead/year)
	}
	return nil
}

// advance moves the clock and reports true, or reports false if that is too far.
func (s *Server) advance(by time.Duration) bool {
	s.mu.Lock()
	if by > maxAhead-time.Duration(s.clock.ahead.Load()) {
		s.mu.Unlock()
		return false
	}
	s.clock.ahead.Add(int64(by))
	s.mu.Unlock()
	s.notifyDone()
	s.notifier.Due()
	return true
}

// notifyDone tells the receivers of subscriptions what was done by itself, now that its time has come.
func (s *Server) notifyDone() {
	t := s.useTenant()
	defer s.releaseTenant(t)
	done := service.Request{Differences: s.service.TakeDone(t.name, s.clock.now().UnixMilli())}
	s.notifyOf(t, &done, scenarios.Notify{})
}

// wakeAt lets notifyDone be called at a time, in milliseconds since 1970, if the clock moves by itself.
func (s *Server) wakeAt(ms int64) {
	s.notifier.Later(time.UnixMilli(ms).Sub(s.clock.now()), s.notifyDone)
}
