package schema

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// mismatch says that a value does not match a pattern: in words, if these say the same, else
// with the pattern itself, and what it seems to stand for.
func mismatch(value any, pattern string) string {
	switch words := patternWords(pattern); {
	case words != "":
		return show(value) + " is not " + words
	default:
		message := show(value) + " does not match " + show(pattern)
		if kind := kindOfPattern(pattern); kind != "" {
			message += ", the pattern of " + kind
		}
		return message
	}
}

// patternWords says in words what a pattern takes, no more and no less; "" if that needs
// more than a few words.
func patternWords(pattern string) string {
	re, err := syntax.Parse(goPattern(pattern), syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) < 3 ||
		re.Sub[0].Op != syntax.OpBeginText || re.Sub[len(re.Sub)-1].Op != syntax.OpEndText {
		return ""
	}
	parts := re.Sub[1 : len(re.Sub)-1]
	if guid := describeParts(parts, 9); guid == guidWords {
		return "a GUID, such as 390e06e2-7e5b-4133-8014-fac7ac991af7"
	}
	if all, finite := textsOf(&syntax.Regexp{Op: syntax.OpConcat, Sub: parts}); finite {
		return oneOf(all)
	}
	words := describeParts(parts, maxParts)
	if len(words) > maxWords {
		return ""
	}
	return words
}

const (
	maxParts = 5   // of a pattern that is said in words
	maxWords = 160 // bytes of them
	maxTexts = 12  // that a pattern takes, where all are named
)

const guidWords = `8 hexadecimal digits, then "-", then 4 hexadecimal digits, then "-", then 4 hexadecimal digits, then "-", ` +
	`then 4 hexadecimal digits, then "-", then 12 hexadecimal digits`

// textsOf returns all texts that an expression takes, if they are few.
func textsOf(re *syntax.Regexp) (all []string, finite bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, re.Flags&syntax.FoldCase == 0
	case syntax.OpCapture:
		return textsOf(re.Sub[0])
	case syntax.OpQuest:
		all, finite = textsOf(re.Sub[0])
		return append([]string{""}, all...), finite
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if all = append(all, string(r)); len(all) > maxTexts {
					return nil, false
				}
			}
		}
		return all, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			texts, ok := textsOf(sub)
			if all = append(all, texts...); !ok || len(all) > maxTexts {
				return nil, false
			}
		}
		return all, true
	case syntax.OpConcat:
		all = []string{""}
		for _, sub := range re.Sub {
			texts, ok := textsOf(sub)
			if !ok || len(all)*len(texts) > maxTexts {
				return nil, false
			}
			var longer []string
			for _, before := range all {
				for _, text := range texts {
					longer = append(longer, before+text)
				}
			}
			all = longer
		}
		return all, true
	}
	return nil, false
}

func oneOf(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = show(text)
	}
	return joined(quoted, "or")
}

// joined joins words as one writes them: a, b or c.
func joined(words []string, last string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

// describeParts says what comes after what, "" if there are more than most or one can't be
// said.
func describeParts(parts []*syntax.Regexp, most int) string {
	if len(parts) > most {
		return ""
	}
	words := make([]string, len(parts))
	for i, part := range parts {
		if words[i] = describe(part); words[i] == "" {
			return ""
		}
	}
	return strings.Join(words, ", then ")
}

func describe(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpCapture:
		return describe(re.Sub[0])
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return show(string(re.Rune))
		}
	case syntax.OpCharClass:
		return characters(re, "1", true)
	case syntax.OpPlus:
		return characters(re.Sub[0], "1 or more", false)
	case syntax.OpStar:
		return characters(re.Sub[0], "0 or more", false)
	case syntax.OpQuest:
		if inner := describe(re.Sub[0]); inner != "" && !strings.Contains(inner, ", then ") {
			return "perhaps " + inner
		}
	case syntax.OpRepeat:
		switch {
		case re.Max == re.Min:
			return characters(re.Sub[0], strconv.Itoa(re.Min), re.Min == 1)
		case re.Max < 0:
			return characters(re.Sub[0], fmt.Sprint(re.Min, " or more"), false)
		}
		return characters(re.Sub[0], fmt.Sprint(re.Min, " to ", re.Max), false)
	case syntax.OpAlternate:
		return describeLengths(re)
	}
	return ""
}

// describeLengths says that some characters come in one number of several.
func describeLengths(re *syntax.Regexp) string {
	var counts []string
	for _, sub := range re.Sub {
		if sub.Op != syntax.OpRepeat || sub.Max != sub.Min || !sub.Sub[0].Equal(re.Sub[0].Sub[0]) {
			return ""
		}
		counts = append(counts, strconv.Itoa(sub.Min))
	}
	return characters(re.Sub[0].Sub[0], joined(counts, "or"), false)
}

// characters says how many of which characters there are.
func characters(class *syntax.Regexp, count string, one bool) string {
	words := describeClass(class, one)
	if words == "" {
		return ""
	}
	return count + " " + words
}

// ranges are those that have names. Two of them are letters of hexadecimal digits as well.
var ranges = []struct {
	from, to     rune
	many, single string
}{
	{'a', 'z', "letters a-z", "letter a-z"},
	{'A', 'Z', "letters A-Z", "letter A-Z"},
	{'0', '9', "digits", "digit"},
}

func describeClass(re *syntax.Regexp, one bool) string {
	if re.Op == syntax.OpCapture {
		return describeClass(re.Sub[0], one)
	}
	if re.Op != syntax.OpCharClass {
		return ""
	}
	switch fmt.Sprint(re.Rune) {
	case fmt.Sprint([]rune{'0', '9', 'A', 'F', 'a', 'f'}):
		return plural("hexadecimal digit", one)
	case fmt.Sprint([]rune{'0', '9', 'a', 'f'}):
		return plural("hexadecimal digit", one) + " in lower case"
	case fmt.Sprint([]rune{'0', '9', 'A', 'F'}):
		return plural("hexadecimal digit", one) + " in upper case"
	}
	if len(re.Rune) > 2 && re.Rune[0] == 0 && re.Rune[len(re.Rune)-1] == 0x10ffff {
		if others := singles(re.Rune[1 : len(re.Rune)-1]); others != nil {
			return plural("character", one) + " other than " + joined(others, "and")
		}
	}
	var words []string
	rest := slices.Clone(re.Rune)
	for _, known := range ranges {
		for i := 0; i < len(rest); i += 2 {
			if rest[i] == known.from && rest[i+1] == known.to {
				rest = slices.Delete(rest, i, i+2)
				words = append(words, map[bool]string{false: known.many, true: known.single}[one])
				break
			}
		}
	}
	var chars []string
	for i := 0; i < len(rest); i += 2 {
		for r := rest[i]; r <= rest[i+1]; r++ {
			if chars = append(chars, show(string(r))); len(chars) > maxChars {
				return ""
			}
		}
	}
	return joined(append(words, chars...), "or")
}

const maxChars = 4 // that are named one by one

// singles names the runes between ranges, nil if they are many: ends is the end of a range,
// then the begin of the next one, and so on.
func singles(ends []rune) (names []string) {
	for i := 0; i+1 < len(ends); i += 2 {
		for r := ends[i] + 1; r < ends[i+1]; r++ {
			if names = append(names, show(string(r))); len(names) > maxChars {
				return nil
			}
		}
	}
	return names
}

func plural(word string, one bool) string {
	if one {
		return word
	}
	return word + "s"
}

// kinds of texts that patterns stand for in many ways, by what such a pattern takes and what
// it does not.
var kinds = []struct {
	name         string
	takes, lacks []string
}{
	{"an e-mail address", []string{"adele@contoso.com", "a.b@mail.contoso.com"},
		[]string{"adele", "contoso.com", "adele@", "@contoso.com", "https://contoso.com/a", "1"}},
	{"a date and time, such as 2026-01-31T12:00:00Z", []string{"2026-01-31T12:00:00Z"},
		[]string{"2026-01-31", "12:00:00", "a", "1", "20260131120000", "2026-01-31T"}},
	{"a date, such as 2026-01-31", []string{"2026-01-31", "1999-12-01"},
		[]string{"2026-01", "12:00:00", "a-b-c", "1", "20260131", "31-01-2026"}},
	{"a URL", []string{"https://www.contoso.com/a", "https://contoso.com"},
		[]string{"www.contoso.com", "adele@contoso.com", "https", "/a", "a", "1"}},
}

// kindOfPattern returns what a pattern seems to stand for, "" if that is not known.
func kindOfPattern(pattern string) string {
	re, err := CompilePattern(pattern)
	if err != nil {
		return ""
	}
	matches := func(re *regexp.Regexp, wanted bool, all []string) bool {
		return !slices.ContainsFunc(all, func(text string) bool { return re.MatchString(text) != wanted })
	}
	for _, kind := range kinds {
		if matches(re, true, kind.takes) && matches(re, false, kind.lacks) {
			return kind.name
		}
	}
	return ""
}
