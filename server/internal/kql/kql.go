// Package kql reads queries in the Keyword Query Language, in which clients search mail, files and
// sites: words, "phrases", property:value, comparisons of dates and numbers, AND, OR, NOT,
// parentheses and * at the end of a word.
//
// What a property is, each workload says. Operators of nearness and rank are refused: they would
// be ignored otherwise. DOC keyword-query-language-kql-syntax-reference
package kql

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Term is a word, a phrase, or what a property is to be.
type Term struct {
	Property string // in lower case, "" for any text
	Operator string // of a property: : = <> < > <= >=
	Text     string // without quotes
}

// MaxLength is how long a query may be, in bytes. DOC (4,096 characters)
const MaxLength = 4096

// Finder makes a query of what its terms find.
func Finder(query string, term func(Term) (service.Finds, error)) (service.Finds, error) {
	type found struct {
		r store.Reader
		e *service.Entity
	}
	if len(query) > MaxLength {
		return nil, service.Fail("search-query-long")
	}
	var failed error
	joined := odata.Join(tokens(query), func(word string) func(found) bool {
		finds, err := service.Finds(nil), refused(word)
		if err == nil {
			finds, err = term(read(word))
		}
		if err != nil {
			failed = err
			return nil
		}
		return func(f found) bool { return finds(f.r, f.e) }
	})
	if failed != nil {
		return nil, failed
	}
	return func(r store.Reader, e *service.Entity) bool { return joined(found{r, e}) }, nil
}

// Unsupported is the error about what of a query would be ignored: what it is, and a text that the
// client wrote, "" for none.
func Unsupported(what, text string) error {
	if text != "" {
		what += " " + strconv.QuoteToASCII(text)
	}
	return service.Fail("search-unsupported", "{reason}", what, service.What, what)
}

// Unknown is the error about a term whose property a workload does not know.
func (t Term) Unknown() error { return Unsupported("the property", t.Property) }

// refused is the error about an operator that is not supported.
func refused(word string) error {
	if slices.Contains([]string{"NEAR", "ONEAR", "XRANK", "WORDS"}, word) {
		return Unsupported("the operator", word)
	}
	return nil
}

// Free returns the terms of a query that restrict no property.
func Free(query string) (all []Term) {
	words := tokens(query)
	for i, word := range words {
		t := read(word)
		if t.Property == "" && !isOperator(word) && (i == 0 || words[i-1] != "NOT") {
			all = append(all, t)
		}
	}
	return all
}

func isOperator(word string) bool {
	return slices.Contains([]string{"AND", "OR", "NOT", "(", ")"}, word)
}

var restriction = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]*)(:|=|<>|<=|>=|<|>)`)

// read reads a term. A URL is no property.
func read(word string) Term {
	if at := restriction.FindStringSubmatch(word); at != nil && !strings.HasPrefix(word[len(at[0]):], "//") {
		return Term{strings.ToLower(at[1]), at[2], unquoted(word[len(at[0]):])}
	}
	return Term{Text: unquoted(word)}
}

func unquoted(text string) string { return strings.Trim(text, `"`) }

// tokens are the operators and the terms of a query. A phrase without an end ends with the query.
// Restrictions of one property next to each other are alternatives [DOC].
func tokens(query string) (all []string) {
	property := "" // of what is in parentheses
	for query = strings.TrimSpace(query); query != ""; query = strings.TrimSpace(query) {
		word := token(query)
		query = query[len(word):]
		at := restriction.FindString(word)
		switch {
		case at != "" && at == word && strings.HasPrefix(query, "("): // property:(a OR b)
			property = at
			continue
		case word == ")":
			property = ""
		case property != "" && !isOperator(word):
			word = property + word
		case word != "-" && word[0] == '-' && len(word) > 1:
			all, word = append(all, "NOT"), word[1:]
		case word[0] == '+' && len(word) > 1:
			word = word[1:]
		}
		all = append(all, word)
	}
	return alternatives(all)
}

// token is the first operator or term of a query.
func token(query string) string {
	if query[0] == '(' || query[0] == ')' {
		return query[:1]
	}
	quoted := false
	for i, r := range query {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (unicode.IsSpace(r) || r == '(' || r == ')'):
			return query[:i]
		}
	}
	return query
}

// alternatives joins restrictions of one property that stand next to each other by OR.
func alternatives(words []string) (all []string) {
	for len(words) > 0 {
		n, property := 1, read(words[0]).Property
		for property != "" && n < len(words) && read(words[n]).Property == property && isEqual(words[n]) && isEqual(words[0]) {
			n++
		}
		if n == 1 {
			all = append(all, words[0])
		} else {
			all = append(append(append(all, "("), strings.Split(strings.Join(words[:n], "\x00OR\x00"), "\x00")...), ")")
		}
		words = words[n:]
	}
	return all
}

func isEqual(word string) bool {
	return len(read(word).Operator) == 1 && strings.ContainsAny(read(word).Operator, ":=")
}

// In reports whether the words of a term stand in one of some texts, one after the other. The last
// one may end with *, for any that begin so; * alone is in each. Letters count in any case.
func (t Term) In(texts ...string) bool {
	wanted, prefix := words(t.Text), strings.HasSuffix(t.Text, "*")
	return len(wanted) == 0 || slices.ContainsFunc(texts, func(text string) bool {
		in := words(text)
		for i := range max(len(in)-len(wanted)+1, 0) {
			end := i + len(wanted)
			if slices.Equal(in[i:end], wanted) || prefix && slices.Equal(in[i:end-1], wanted[:len(wanted)-1]) &&
				strings.HasPrefix(in[end-1], wanted[len(wanted)-1]) {
				return true
			}
		}
		return false
	}) != (t.Operator == "<>")
}

// words are those of a text, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Is reports whether a property that is true or false is as a term says.
func (t Term) Is(value bool) bool {
	wants := slices.Contains([]string{"true", "yes", "1"}, strings.ToLower(t.Text))
	return (wants == value) != (t.Operator == "<>")
}

// Compare returns what finds numbers and times, in milliseconds since 1970, as a term says: 5, 5..9,
// 2026-01-31, 01/31/2026, or a time. Days are those of UTC (assumed).
func (t Term) Compare() (func(int64) bool, error) {
	from, to, isRange := strings.Cut(t.Text, "..")
	low, high, ok := span(from)
	if isRange && ok {
		_, high, ok = span(to)
	}
	if !ok {
		return nil, Unsupported("the value of "+t.Property, t.Text)
	}
	return func(n int64) bool {
		switch t.Operator {
		case "<":
			return n < low
		case "<=":
			return n <= high
		case ">":
			return n > high
		case ">=":
			return n >= low
		case "<>":
			return n < low || n > high
		}
		return low <= n && n <= high
	}, nil
}

// span is the first and the last number that a value stands for: a day has many.
func span(text string) (low, high int64, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, n, true
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UnixMilli(), at.UnixMilli(), true
	}
	for _, layout := range []string{time.DateOnly, "1/2/2006"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UnixMilli(), at.AddDate(0, 0, 1).UnixMilli() - 1, true
		}
	}
	return 0, 0, false
}

// Time reads a time of an entity, in milliseconds since 1970.
func Time(text string) int64 {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return at.UnixMilli()
}
