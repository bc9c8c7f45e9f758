package service

import (
	"sync/atomic"
	"time"

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
func NewTimestamp(ms int64) *Timestamp { return &Timestamp{MS: ms, Text: FormatTime(ms)} }

// After returns the text of the time that is later by some milliseconds.
func (t *Timestamp) After(by int64) any {
	if last := t.later.Load(); last != nil && last.by == by {
		return last.text
	}
	next := &later{by, FormatTime(t.MS + by)}
	t.later.Store(next)
	return next.text
}

// ParseTime reads a date-time that the contract has accepted; ok is false for any
// other value.
func ParseTime(v any) (ms int64, ok bool) {
	s, _ := v.(string)
	return schema.ParseDateTime(s)
}

// FormatTime returns a time as Graph writes it here: UTC, milliseconds, trailing
// zeros trimmed.
func FormatTime(ms int64) string {
	t := time.UnixMilli(ms).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	if year > 9999 || year < 0 {
		return t.Format("2006-01-02T15:04:05.999Z")
	}
	b := [...]byte{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'}
	digits := func(at, width, n int) {
		for i := at + width - 1; i >= at; i-- {
			b[i] += byte(n % 10)
			n /= 10
		}
	}
	digits(0, 4, year)
	digits(5, 2, int(month))
	digits(8, 2, day)
	digits(11, 2, hour)
	digits(14, 2, minute)
	digits(17, 2, second)
	digits(20, 3, t.Nanosecond()/1e6)
	end := 23
	for end > 19 && (b[end-1] == '0' || b[end-1] == '.') {
		end--
	}
	b[end] = 'Z'
	return string(b[:end+1])
}
