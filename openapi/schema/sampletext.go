package schema

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// number makes up a number within the bounds, a whole one wherever that may be.
func (g *sampler) number(all conjunction, kind string, try int) (any, error) {
	low, high := numberBounds(all, try)
	step, open := 1.0, kind == "number"
	if v, ok := all.highest("multipleOf"); ok && v > 0 {
		step, open = v, false
	}
	first, last := math.Ceil(low/step), math.Floor(high/step)
	if v, ok := all.highest("exclusiveMinimum"); ok && first*step == v {
		first++
	}
	if v, ok := all.lowest("exclusiveMaximum"); ok && last*step == v {
		last--
	}
	if first > last {
		if open && low < high {
			return decimal((low + high) / 2), nil
		}
		return nil, fmt.Errorf("no number fits between %g and %g", low, high)
	}
	n := first + math.Floor(g.random.Float64()*(min(last-first, 1000)+1))
	switch try {
	case 2:
		n = first
	case 3:
		n = last
	}
	places := -1
	if step != math.Trunc(step) { // 57 times 0.01 is 0.57, and not a little more
		_, fraction, _ := strings.Cut(string(decimal(step)), ".")
		places = len(fraction)
	}
	return json.Number(strconv.FormatFloat(n*step, 'f', places, 64)), nil
}

// numberBounds are the limits of a number, exclusive ones too; a limit that is not
// there is a hundred away from the other. Later tries have negative numbers.
func numberBounds(all conjunction, try int) (low, high float64) {
	low, hasLow := all.highest("minimum")
	if v, ok := all.highest("exclusiveMinimum"); ok && (!hasLow || v > low) {
		low, hasLow = v, true
	}
	high, hasHigh := all.lowest("maximum")
	if v, ok := all.lowest("exclusiveMaximum"); ok && (!hasHigh || v < high) {
		high, hasHigh = v, true
	}
	switch {
	case !hasHigh && !hasLow && try > sampleTries/2:
		return -100, -1
	case !hasHigh:
		return low, max(100, low+100)
	case !hasLow:
		return min(0, high-100), high
	}
	return low, high
}

func decimal(f float64) json.Number {
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
}

// time returns a time near the dates of Graph's examples: samples need no clock.
func (g *sampler) time() time.Time {
	start := time.Date(2018, 2, 26, 20, 28, 22, 0, time.UTC)
	return start.Add(time.Duration(g.random.IntN(30*24*3600)) * time.Second)
}

// text makes up a string of a format, by a pattern, or a word of fitting length.
// Where there are both, a text of the format is mostly one of the pattern as well,
// and seldom the other way round.
func (g *sampler) text(all conjunction, try int) (any, error) {
	low, high := all.atLeast("minLength"), all.atMost("maxLength")
	if low > maxSampleBytes {
		return nil, fmt.Errorf("a text of %d characters is longer than a sample gets", low)
	}
	if err := g.spend(0, max(low, 16)); err != nil {
		return nil, err
	}
	patterns := all.texts("pattern")
	if try%2 == 0 || len(patterns) == 0 {
		for _, format := range all.texts("format") {
			text, known := g.ofFormat(format, try)
			if known && matchesEvery(patterns, text) {
				return text, nil
			}
		}
	}
	if len(patterns) == 0 {
		return g.fitted(low, high), nil
	}
	if try == 0 {
		low = max(low, 1)
	}
	if len(patterns) == 1 {
		return g.matching(patterns[0], low)
	}
	for i := range 100 * len(patterns) { // until a text of one happens to be of all
		text, err := g.matching(patterns[i%len(patterns)], low)
		if err != nil || matchesEvery(patterns, text) {
			return text, err
		}
	}
	return nil, noneFits("no text is found that matches " + strings.Join(patterns, " and "))
}

func matchesEvery(patterns []string, text string) bool {
	return !slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := regexp.MatchString(pattern, text)
		return !ok || err != nil
	})
}

// ofFormat makes up a text of a format, if it is one that is known: a short one in later
// tries.
func (g *sampler) ofFormat(format string, try int) (text string, known bool) {
	at, host := g.time(), "contoso.com"
	if try > 1 {
		host = "a.example"
	}
	switch format {
	case "date-time":
		return at.Format(time.RFC3339), true
	case "date":
		return at.Format(time.DateOnly), true
	case "time":
		return at.Format("15:04:05Z"), true
	case "time-of-day":
		return at.Format(time.TimeOnly), true
	case "duration", "time-span":
		return "PT5M", true
	case "base64url":
		return base64.URLEncoding.EncodeToString([]byte(g.word())), true
	case "uuid":
		return NewGUID(g.random), true
	case "uri", "uri-reference", "iri", "iri-reference":
		switch {
		case try > 3:
			return "urn:x:" + strconv.Itoa(try), true
		case try > 1:
			return "http://" + host, true
		}
		return "https://www.contoso.com/" + g.word(), true
	case "email", "idn-email":
		return g.word() + "@" + host, true
	case "hostname", "idn-hostname":
		return g.word() + "." + host, true
	case "ipv4":
		return "192.0.2.1", true
	case "ipv6":
		return "2001:db8::1", true
	case "json-pointer":
		return "/" + g.word(), true
	case "relative-json-pointer":
		return "0", true
	case "byte":
		return base64.StdEncoding.EncodeToString([]byte(g.word())), true
	}
	return "", false
}

// fitted makes up words of a length.
func (g *sampler) fitted(low, high int) string {
	var b strings.Builder
	b.WriteString(g.word())
	for b.Len() < low {
		b.WriteString(" " + g.word())
	}
	text := b.String()
	return text[:max(low, min(len(text), high))]
}

// NewGUID returns a random GUID of version 4.
func NewGUID(random *rand.Rand) string {
	a, b := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff,
		uint16(b>>48)&0x3fff|0x8000, b&(1<<48-1))
}

var sampleWords = [...]string{
	"anchor", "bowline", "clove", "fathom", "halyard", "jetty", "keel", "lanyard", "mooring", "quay", "rudder",
	"sheet", "tiller", "vessel", "windlass",
}

func (g *sampler) word() string { return sampleWords[g.random.IntN(len(sampleWords))] }

// matching makes up a text that a regular expression matches, of at least low characters
// if it can be that long, and not much longer.
func (g *sampler) matching(pattern string, low int) (string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", fmt.Errorf("pattern %s can't be read: %w", jsontext.Quote(pattern), err)
	}
	draw := func(more int) (text string, length int, err error) {
		var b strings.Builder
		err = g.expand(&b, re, more)
		return b.String(), utf8.RuneCountInString(b.String()), err
	}
	text, length, err := draw(0)
	short, long := 0, 0 // repetitions that are too few, and that are enough
	for more := 1; err == nil && length < low && more <= 2*low; more *= 2 {
		short, long = long, more
		text, length, err = draw(more)
	}
	for err == nil && short+1 < long {
		middle := (short + long) / 2
		shorter, n, drawn := draw(middle)
		if err = drawn; n < low {
			short = middle
		} else {
			long, text, length = middle, shorter, n
		}
	}
	for ; err == nil && length < low; length = utf8.RuneCountInString(text) {
		text += g.word() // the pattern may be that of a part
		err = g.spend(1, 8)
	}
	return text, err
}

// expand writes a text that re matches, with more repetitions than it has to have;
// alternatives are drawn. Assertions inside a pattern are left to the final check.
func (g *sampler) expand(b *strings.Builder, re *syntax.Regexp, more int) error {
	times := func(low, high int) error {
		n := low + more
		if high >= 0 {
			n = min(n, high)
		}
		for range n {
			if err := g.expand(b, re.Sub[0], more); err != nil {
				return err
			}
		}
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
		return g.spend(0, len(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(g.runeOf(re.Rune))
		return g.spend(0, 1)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + g.random.IntN(26)))
		return g.spend(0, 1)
	case syntax.OpCapture:
		return g.expand(b, re.Sub[0], more)
	case syntax.OpStar:
		return times(0, -1)
	case syntax.OpPlus:
		return times(1, -1)
	case syntax.OpQuest:
		return times(0, 1)
	case syntax.OpRepeat:
		return times(re.Min, re.Max)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if err := g.expand(b, sub, more); err != nil {
				return err
			}
		}
	case syntax.OpAlternate:
		return g.expand(b, re.Sub[g.random.IntN(len(re.Sub))], more)
	}
	return nil
}

// runeOf draws from a character class, a printable ASCII character if it has one.
func (g *sampler) runeOf(ranges []rune) rune {
	var ascii []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := max(ranges[i], '!'); r <= min(ranges[i+1], '~'); r++ {
			ascii = append(ascii, r)
		}
	}
	if len(ascii) > 0 {
		return ascii[g.random.IntN(len(ascii))]
	}
	if len(ranges) == 0 {
		return '?'
	}
	return ranges[0]
}
