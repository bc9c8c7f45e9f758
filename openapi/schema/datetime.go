package schema

// ParseDateTime reads what an Edm.DateTimeOffset may be, as milliseconds since
// 1970 in UTC: RFC 3339 with an upper-case T, seconds, at most 12 digits of
// fraction (those after the third are cut off), and Z or an offset of at most 14
// hours; a day that exists, in the years 0001 to 9999. ok is false for anything
// else.
func ParseDateTime(s string) (ms int64, ok bool) {
	const shape = "0000-00-00T00:00:00"
	if len(s) <= len(shape) {
		return 0, false
	}
	for i := range len(shape) {
		if c := s[i]; shape[i] != '0' && c != shape[i] || shape[i] == '0' && (c < '0' || c > '9') {
			return 0, false
		}
	}
	year, month, day := 100*twoDigits(s)+twoDigits(s[2:]), twoDigits(s[5:]), twoDigits(s[8:])
	hour, minute, second := twoDigits(s[11:]), twoDigits(s[14:]), twoDigits(s[17:])
	if year == 0 || month == 0 || month > 12 || day == 0 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	milli, rest, ok := cutFraction(s[len(shape):])
	if !ok {
		return 0, false
	}
	offset, ok := zoneOffset(rest)
	if !ok {
		return 0, false
	}
	seconds := ((int64(daysSince1970(year, month, day))*24+int64(hour))*60+int64(minute-offset))*60 + int64(second)
	return seconds*1000 + int64(milli), true
}

// daysSince1970 returns days of the Gregorian calendar, in years that begin in
// March, so that the leap day is a year's last: time.Date takes ten times as long.
func daysSince1970(year, month, day int) int {
	month -= 3
	if month < 0 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*month+2)/5 + day - 1 - 719468
}

// twoDigits reads the two digits that s is known to start with.
func twoDigits(s string) int { return 10*int(s[0]-'0') + int(s[1]-'0') }

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// cutFraction reads the fraction of a second, if there is one, as milliseconds.
func cutFraction(s string) (milli int, rest string, ok bool) {
	if s[0] != '.' {
		return 0, s, true
	}
	n := 1
	for unit := 100; n < len(s) && '0' <= s[n] && s[n] <= '9'; n, unit = n+1, unit/10 {
		milli += unit * int(s[n]-'0')
	}
	return milli, s[n:], 1 < n && n <= 1+12
}

// zoneOffset reads Z or an offset, in minutes.
func zoneOffset(s string) (minutes int, ok bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) != len("+14:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	for _, i := range []int{1, 2, 4, 5} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	minutes = 60*twoDigits(s[1:]) + twoDigits(s[4:])
	if s[4] > '5' || minutes > 14*60 {
		return 0, false
	}
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}
