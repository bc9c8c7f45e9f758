package server

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// lifetime is how long activities and history items are kept, in milliseconds,
// unless an item says otherwise.
const lifetime = 30 * 24 * 60 * 60 * 1000

// compose adds the members of an entity to an object, in the order of the given
// names: what the service sets, else what the client sent. Properties that the
// order does not name come last; OData annotations of the client's are not kept.
func compose(entity openapi.Object, order []string, sent map[string]any, set func(name string) (any, bool)) openapi.Object {
	entity = slices.Grow(entity, len(order)+2) // more for a context and a collection
	taken := 0
	for _, name := range order {
		v, ok := sent[name]
		if ok {
			taken++
		}
		if own, sets := set(name); sets {
			v, ok = own, true
		}
		if ok {
			entity = append(entity, openapi.Member{Name: name, Value: v})
		}
	}
	if taken == len(sent) {
		return entity
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if !slices.Contains(order, name) && !strings.Contains(name, "@") {
			entity = append(entity, openapi.Member{Name: name, Value: sent[name]})
		}
	}
	return entity
}

// A moment is a time at which something is written, in milliseconds, with the text
// of it and of the end of a lifetime that begins then.
type moment struct {
	ms        int64
	text, end any
}

func momentOf(ms int64) *moment { return &moment{ms, formatMillis(ms), formatMillis(ms + lifetime)} }

// moment is the time of the exchange.
func (x *exchange) moment() *moment { return x.server.clock.moment(milliseconds(x.now)) }

// millisValue is formatMillis as a JSON value.
func millisValue(ms int64) any { return formatMillis(ms) }

// withContext puts an @odata.context, and a last member if there is one, around
// those of a stored entity.
func withContext(context string, entity []byte, last string) []byte {
	b := make([]byte, 0, len(context)+len(entity)+len(last)+24)
	b = append(b, `{"@odata.context":`...)
	b = appendString(b, context)
	b = append(b, ',')
	b = append(b, entity[1:len(entity)-1]...)
	if last != "" {
		b = append(append(b, ','), last...)
	}
	return append(b, '}')
}

// milliseconds is a time as the store keeps it: milliseconds since 1970, UTC.
func milliseconds(t time.Time) int64 { return t.UnixMilli() }

// parseMillis reads a date-time that the contract has accepted; ok is false for
// anything else.
func parseMillis(v any) (ms int64, ok bool) {
	s, _ := v.(string)
	return openapi.ParseDateTime(s)
}

// formatMillis is how Graph writes times here: UTC, milliseconds, trailing zeros
// trimmed.
func formatMillis(ms int64) string {
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
