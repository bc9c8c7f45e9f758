package planner

import (
	"math"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// orderHint is the service's own hint in place of the one that a client made of two others, of one,
// or of none: it stands between them (DOC planner-order-hint-format).
func orderHint(w *service.Write, name string) (any, bool) {
	sent, _ := w.Sent[name].(string)
	if sent == "" {
		return newHint(w), true
	}
	return hint(w, sent), isRequest(sent)
}

// isRequest reports whether a hint asks for one, such as "8585 8586!".
func isRequest(hint string) bool { return strings.ContainsAny(hint, " !") }

// hint is the service's own hint for one that asks for it, and any other as it is.
func hint(w *service.Write, sent string) string {
	if !isRequest(sent) {
		return sent
	}
	before, after, _ := strings.Cut(strings.TrimSuffix(sent, "!"), " ")
	if before == "" && after == "" {
		return newHint(w)
	}
	return between(before, after)
}

// ticksAtEpoch is 1970 in ticks of 100 ns since the year 1.
const ticksAtEpoch = 621_355_968_000_000_000

// newHint is a hint by the time: the later, the smaller.
func newHint(w *service.Write) string {
	return strconv.FormatInt(math.MaxInt64-ticksAtEpoch-w.Now.MS*10_000, 10)
}

// What hints are made of, byte by byte.
const (
	lowest  = '#'
	highest = '~'
)

// between returns a hint that stands behind one and before another one, by their bytes. Without the
// second one, or where it is not behind the first one, it stands behind the first one.
func between(before, after string) string {
	bounded := after > before
	var b strings.Builder
	for i := 0; ; i++ {
		low, high := byte(lowest), byte(highest+1)
		if i < len(before) {
			low = before[i]
		}
		if bounded && i < len(after) {
			high = after[i]
		}
		if middle := (int(low) + int(high)) / 2; middle > int(low) {
			b.WriteByte(plain(byte(middle), low, high))
			return b.String()
		}
		b.WriteByte(low)
		bounded = bounded && low == high && i+1 < len(after)
	}
}

// plain is a byte between two others that needs no escape in JSON, if there is one.
func plain(b, low, high byte) byte {
	switch {
	case b != '\\':
	case b+1 < high:
		return b + 1
	case b-1 > low:
		return b - 1
	}
	return b
}
