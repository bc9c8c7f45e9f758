package odata

import (
	"math"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/edm"
)

// Options are the query options of one request, or of one expanded property.
// Zero values mean that an option was not sent. They come from Parse.
type Options struct {
	Filter     *Filter
	Expand     []ExpandItem
	Select     []string // paths in their exact spelling, or *
	OrderBy    []OrderKey
	Top, Skip  *int
	Count      bool
	Search     string // as sent; its syntax is checked
	SkipToken  string // as sent
	DeltaToken string // as sent
	Format     string // the metadata level that it asks for: none, minimal (as plain json does) or full

	of       *edm.Type
	selected selection
}

// Settings say how a service reads options. The zero value works.
type Settings struct {
	Now           int64 // what now() is, in milliseconds since 1970
	WithoutDollar bool  // "filter" is $filter, not an option of the caller's own
	AnyFormat     bool  // what is asked for need not be JSON: $format may be any media type
}

// maxText bounds the value of each option, in bytes.
const maxText = 8 << 10

// optionNames returns the known options, in canonical spelling.
func optionNames() []string {
	return []string{
		"$filter", "$expand", "$select", "$orderby", "$top", "$skip", "$count", "$search", "$skiptoken", "$format", "$deltatoken",
	}
}

// Parse reads a query as it was sent: percent-encoded, names too, with + for a space.
// Names count in any case. Options without $ are ignored, unless the settings do.
// Unknown options with $, options sent twice and broken ones are errors: the first of
// them is returned, always an *Error.
func Parse(rawQuery string, t *edm.Type, s Settings) (*Options, error) {
	r := reader{Settings: s, of: t}
	for raw := range strings.SplitSeq(rawQuery, "&") {
		rawName, rawValue, _ := strings.Cut(raw, "=")
		name, known := s.optionName(rawName)
		if name == "" {
			continue
		}
		if !known {
			return nil, &Error{Option: rawName, Rule: RuleUnknownOption, Message: "the query option is unknown"}
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil || !utf8.ValidString(value) {
			return nil, &Error{Option: name, Rule: RuleOption, Message: "the value is not percent-encoded UTF-8"}
		}
		if err := r.read(name, value); err != nil {
			err.Option, err.Value = name, value
			if err.Rule == RuleUnknownProperty && (name == "$select" || name == "$expand") {
				err.Rule, err.Message = RuleUnknownSelected, selectFailed+err.Message
			}
			return nil, err
		}
	}
	return r.options(), nil
}

// Names lists the options that a query sends, in canonical spelling and in the
// order they were sent, without unknown ones.
func Names(rawQuery string, s Settings) []string {
	var names []string
	for raw := range strings.SplitSeq(rawQuery, "&") {
		rawName, _, _ := strings.Cut(raw, "=")
		if name, known := s.optionName(rawName); known {
			names = append(names, name)
		}
	}
	return names
}

// optionName returns the canonical name of an option as it was sent, "" if it is a
// custom option.
func (s Settings) optionName(raw string) (name string, known bool) {
	name, err := url.QueryUnescape(raw)
	if err != nil {
		return "", false
	}
	return s.canonical(name)
}

func (s Settings) canonical(name string) (canonical string, known bool) {
	lower := strings.ToLower(name)
	if s.WithoutDollar && lower == "token" { // of deltas of drives and sites
		return "$deltatoken", true
	}
	if s.WithoutDollar && !strings.HasPrefix(lower, "$") {
		lower = "$" + lower
	}
	if slices.Contains(optionNames(), lower) {
		return lower, true
	}
	if strings.HasPrefix(name, "$") {
		return name, false
	}
	return "", false
}

// reader collects the options of one level: the request's, or those of an
// expanded property.
type reader struct {
	Settings
	of    *edm.Type
	depth int // how many expanded properties this is in
	sent  []string
	got   Options
}

func (r *reader) options() *Options {
	r.got.of = r.of
	return &r.got
}

// read adds one option, and completes an error with what is known here.
func (r *reader) read(name, value string) *Error {
	err := r.markSent(name)
	switch {
	case err != nil:
	case value == "":
		err = &Error{Message: "the value is empty"}
	case len(value) > maxText:
		err = &Error{Message: "the value is longer than " + strconv.Itoa(maxText) + " bytes"}
	default:
		err = r.value(name, value)
	}
	if err != nil && err.Rule == "" {
		err.Rule = RuleOption
	}
	return err
}

// markSent notes that an option was sent. An option that was sent twice is an error.
func (r *reader) markSent(name string) *Error {
	if slices.Contains(r.sent, name) {
		return &Error{Rule: RuleTwice, Message: "the query option " + name + " is sent more than once"}
	}
	r.sent = append(r.sent, name)
	return nil
}

func (r *reader) value(name, value string) (err *Error) {
	switch name {
	case "$filter":
		r.got.Filter, err = parseFilter(value, r.of, r.Settings)
	case "$expand":
		r.got.Expand, err = parseExpand(value, r)
	case "$select":
		r.got.Select, r.got.selected, err = parseSelect(value, r.of)
	case "$orderby":
		r.got.OrderBy, err = parseOrderBy(value, r.of)
	case "$top":
		r.got.Top, err = parseCount(value, 1)
	case "$skip":
		r.got.Skip, err = parseCount(value, 0)
	case "$count":
		r.got.Count, err = parseBoolean(value)
	case "$search":
		r.got.Search, err = value, checkSearch(value)
	case "$skiptoken":
		r.got.SkipToken = value
	case "$deltatoken":
		r.got.DeltaToken = value
	case "$format":
		if r.got.Format, err = parseFormat(value); r.AnyFormat && isMediaType(value) {
			err = nil
		}
	}
	return err
}

// Ignore drops an option as if it had not been sent.
func (o *Options) Ignore(name string) {
	switch name {
	case "$filter":
		o.Filter = nil
	case "$expand":
		o.Expand = nil
	case "$select":
		o.Select, o.selected = nil, nil
	case "$orderby":
		o.OrderBy = nil
	case "$top":
		o.Top = nil
	case "$skip":
		o.Skip = nil
	case "$count":
		o.Count = false
	case "$search":
		o.Search = ""
	case "$format":
		o.Format = ""
	}
}

// parseCount reads a number of entities: Int32, as Graph's metadata has it.
func parseCount(text string, least int) (*int, *Error) {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return nil, &Error{Offset: i, Message: "expected a whole number, at least " + strconv.Itoa(least)}
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > math.MaxInt32 {
		return nil, &Error{Message: "the number is larger than " + strconv.Itoa(math.MaxInt32)}
	}
	if n < least {
		return nil, &Error{Message: "the number is less than " + strconv.Itoa(least)}
	}
	return &n, nil
}

func parseBoolean(text string) (bool, *Error) {
	switch strings.ToLower(text) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, &Error{Message: "expected true or false"}
}

func isMediaType(text string) bool {
	name, _, err := mime.ParseMediaType(text)
	return err == nil && strings.Contains(name, "/")
}

// parseFormat reads json or its media type, with or without a metadata level. Parameters
// that change nothing here are ignored.
func parseFormat(text string) (level string, err *Error) {
	kind, parameters, _ := strings.Cut(strings.ToLower(text), ";")
	if kind = strings.TrimSpace(kind); kind != "json" && kind != "application/json" {
		return "", &Error{Message: "the format is not JSON", Hint: "json or application/json"}
	}
	level = "minimal"
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if name != "odata.metadata" {
			continue
		}
		if v != "none" && v != "minimal" && v != "full" {
			return "", &Error{Message: "the metadata level is unknown", Hint: "none, minimal or full"}
		}
		level = v
	}
	return level, nil
}
