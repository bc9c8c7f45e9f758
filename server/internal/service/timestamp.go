package service

import (
	"sync/atomic"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/schema"
)

// A Timestamp is a time in milliseconds since 1970 with its text, as a JSON value:
// most entities that are written at one time share it.
type Timestamp struct {
	MS   int64
	Text any

	later atomic.Pointer[later]
}

// later is the last time that [Timestamp.After] was asked for.
type later struct {
	by   int64
	text any
}

// NewTimestamp returns the timestamp of a time.
func NewTimestamp(ms int64) *Timestamp { return &Timestamp{MS: ms, Text: graph.FormatTime(ms)} }

// After returns the text of the time that is later by some milliseconds.
func (t *Timestamp) After(by int64) any {
	if last := t.later.Load(); last != nil && last.by == by {
		return last.text
	}
	next := &later{by, graph.FormatTime(t.MS + by)}
	t.later.Store(next)
	return next.text
}

// ParseTime reads a date-time that the contract has accepted; ok is false for any
// other value.
func ParseTime(v any) (ms int64, ok bool) {
	s, _ := v.(string)
	return schema.ParseDateTime(s)
}
