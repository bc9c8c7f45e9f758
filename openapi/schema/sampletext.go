package schema

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// number makes up a number within the bounds, a whole one wherever that may be.
func (g *sampler) number(node map[string]any) (any, error) {
	low, high := g.bounds(node)
	step, open := 1.0, g.kind(node) == "number"
	if v, ok := float(node["multipleOf"]); ok && v > 0 {
		step, open = v, false
	}
	first, last := math.Ceil(low/step), math.Floor(high/step)
	if v, ok := float(node["exclusiveMinimum"]); ok && first*step == v {
		first++
	}
	if v, ok := float(node["exclusiveMaximum"]); ok && last*step == v {
		last--
	}
	if first > last {
		if open && low < high {
			return decimal((low + high) / 2), nil
		}
		return nil, fmt.Errorf("no number fits between %g and %g", low, high)
	}
	return decimal((first + math.Floor(g.random.Float64()*(min(last-first, 1000)+1))) * step), nil
}

// bounds are the limits of a number, exclusive ones too; a limit that is not
// there is a hundred away from the other.
func (g *sampler) bounds(node map[string]any) (low, high float64) {
	low, hasLow := float(node["minimum"])
	if v, ok := float(node["exclusiveMinimum"]); ok {
		low, hasLow = v, true
	}
	high, hasHigh := float(node["maximum"])
	if v, ok := float(node["exclusiveMaximum"]); ok {
		high, hasHigh = v, true
	}
	switch {
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

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case uint64:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

func whole(v any) int {
	f, _ := float(v)
	return int(f)
}

// time returns a time near the dates of Graph's examples: samples need no clock.
func (g *sampler) time() time.Time {
	start := time.Date(2018, 2, 26, 20, 28, 22, 0, time.UTC)
	return start.Add(time.Duration(g.random.IntN(30*24*3600)) * time.Second)
}

// text makes up a string of a format, by a pattern, or a word of fitting length.
// Where there are both, a text of the format is mostly one of the pattern as well,
// and seldom the other way round.
func (g *sampler) text(node map[string]any) (any, error) {
	format, _ := node["format"].(string)
	pattern, hasPattern := node["pattern"].(string)
	text, known := g.ofFormat(format)
	switch {
	case known && hasPattern:
		if matches, err := regexp.MatchString(pattern, text); err != nil || !matches {
			return g.matching(pattern)
		}
		return text, nil
	case known:
		return text, nil
	case hasPattern:
		return g.matching(pattern)
	}
	return g.fitted(whole(node["minLength"]), node["maxLength"])
}

// ofFormat makes up a text of a format, if it is one that is known.
func (g *sampler) ofFormat(format string) (text string, known bool) {
	at := g.time()
	switch format {
	case "date-time":
		return at.Format(time.RFC3339), true
	case "date":
		return at.Format(time.DateOnly), true
	case "time":
		return at.Format("15:04:05Z"), true
	case "time-of-day":
		return at.Format(time.TimeOnly), true
	case "duration", "day-time-duration":
		return "PT5M", true
	case "base64url":
		return base64.URLEncoding.EncodeToString([]byte(g.word())), true
	case "uuid":
		return NewGUID(g.random), true
	case "uri", "uri-reference", "iri":
		return "https://www.contoso.com/" + g.word(), true
	case "email":
		return g.word() + "@contoso.com", true
	case "hostname":
		return g.word() + ".contoso.com", true
	case "ipv4":
		return "192.0.2.1", true
	case "ipv6":
		return "2001:db8::1", true
	}
	return "", false
}

func (g *sampler) fitted(minLength int, maxLength any) (any, error) {
	const limit = 4096
	if minLength > limit {
		return nil, fmt.Errorf("a text of %d characters is longer than samples get", minLength)
	}
	text := g.word()
	for len(text) < minLength {
		text += " " + g.word()
	}
	if maxLength != nil {
		text = text[:max(minLength, min(len(text), whole(maxLength)))]
	}
	return text, nil
}

// NewGUID returns a random GUID of version 4.
func NewGUID(random *rand.Rand) string {
	a, b := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff,
		uint16(b>>48)&0x3fff|0x8000, b&(1<<48-1))
}

func (g *sampler) word() string {
	words := [...]string{
		"anchor", "bowline", "clove", "fathom", "halyard", "jetty", "keel", "lanyard", "mooring", "quay", "rudder",
		"sheet", "tiller", "vessel", "windlass",
	}
	return words[g.random.IntN(len(words))]
}

// matching makes up a text that a regular expression matches.
func (g *sampler) matching(pattern string) (any, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern %s can't be read: %w", jsontext.Quote(pattern), err)
	}
	var b strings.Builder
	g.expand(&b, re)
	return b.String(), nil
}

// expand writes the shortest text that re matches; alternatives are drawn.
// Assertions inside a pattern are left to the final check.
func (g *sampler) expand(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(g.runeOf(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + g.random.IntN(26)))
	case syntax.OpCapture, syntax.OpPlus:
		g.expand(b, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			g.expand(b, sub)
		}
	case syntax.OpAlternate:
		g.expand(b, re.Sub[g.random.IntN(len(re.Sub))])
	case syntax.OpRepeat:
		for range re.Min {
			g.expand(b, re.Sub[0])
		}
	}
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
