package graph

import "time"

// FormatTime returns a time as Graph writes it: UTC, milliseconds, trailing
// zeros trimmed.
func FormatTime(ms int64) string { return string(AppendTime(make([]byte, 0, 24), ms)) }

// FormatSeconds is FormatTime in whole seconds, as mail and files have times.
func FormatSeconds(ms int64) string { return FormatTime(ms - (ms%1000+1000)%1000) }

// AppendTime appends the text of FormatTime.
func AppendTime(to []byte, ms int64) []byte {
	t := time.UnixMilli(ms).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	if year > 9999 || year < 0 {
		return t.AppendFormat(to, "2006-01-02T15:04:05.999Z")
	}
	b := [24]byte([]byte("0000-00-00T00:00:00.000Z"))
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
	return append(to, b[:end+1]...)
}
