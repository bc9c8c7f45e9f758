package odata

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/schema"
)

func TestFilterHasOneCanonicalText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"status eq 'updated'":                                 "status eq 'updated'",
		"\t STATUS  EQ\t'Updated' ":                           "status eq 'updated'",
		"status eq microsoft.graph.status'updated'":           "status eq 'updated'",
		"((status eq 'updated'))":                             "status eq 'updated'",
		"not(status eq 'updated')":                            "not (status eq 'updated')",
		"NOT flag":                                            "not flag",
		"not not flag":                                        "not not flag",
		"not flag eq true":                                    "not flag eq true", // not binds tighter
		"(not flag) eq true":                                  "not flag eq true",
		"not (flag eq true)":                                  "not (flag eq true)",
		"flag eq true eq flag":                                "flag eq true eq flag", // from the left
		"(flag eq true) eq flag":                              "flag eq true eq flag",
		"flag eq (true eq flag)":                              "flag eq (true eq flag)",
		"size gt 1 eq true":                                   "size gt 1 eq true", // gt binds tighter than eq
		"true eq (size gt 1)":                                 "true eq size gt 1",
		"true eq size gt 1":                                   "true eq size gt 1",
		"flag or flag and flag":                               "flag or flag and flag",
		"flag or (flag and flag)":                             "flag or flag and flag",
		"(flag or flag) and flag":                             "(flag or flag) and flag",
		"flag and (flag and (flag))":                          "flag and flag and flag",
		"(flag or flag) or flag":                              "flag or flag or flag",
		"flag and not flag or flag":                           "flag and not flag or flag",
		"(flag)and(flag)":                                     "flag and flag",
		"status in('active' , 'deleted')":                     "status in ('active','deleted')",
		"not (size in (1,2))":                                 "not (size in (1,2))",
		"size in (1) in (true)":                               "size in (1) in (true)",
		"ContentInfo/any/Other eq 1":                          "contentInfo/any/Other eq 1",
		"visualelements/DISPLAYTEXT eq 'Contoso''s news'":     "visualElements/displayText eq 'Contoso''s news'",
		"startsWith( userTimezone , 'Africa' ) ":              "startswith(userTimezone,'Africa')",
		"now() gt createdDateTime":                            "now() gt createdDateTime",
		"historyItems/any()":                                  "historyItems/any()",
		"historyItems/ANY( h : h/Status eq 'updated')":        "historyItems/any(h:h/status eq 'updated')",
		"historyItems/$count ge 2":                            "historyItems/$count ge 2",
		"tags/all(t:t ne 'x' or t eq 'y')":                    "tags/all(t:t ne 'x' or t eq 'y')",
		"historyItems/any(eq: eq/status eq 'updated')":        "historyItems/any(eq:eq/status eq 'updated')",
		"historyItems/any(h:h/activity/tags/any(t:t eq 'x'))": "historyItems/any(h:h/activity/tags/any(t:t eq 'x'))",
		"historyItems/any(h:h/id eq 390E06E2-7e5b-4133-8014-fac7ac5991af)": "historyItems/any(" +
			"h:h/id eq 390E06E2-7e5b-4133-8014-fac7ac5991af)",
		"historyItems/any(h:h/id eq f90E06E2-7e5b-4133-8014-fac7ac5991af)": "historyItems/any(" +
			"h:h/id eq f90E06E2-7e5b-4133-8014-fac7ac5991af)",
		"createdDateTime gt '2018-02-26T18:06:19Z'": "createdDateTime gt '2018-02-26T18:06:19Z'",
		"createdDateTime gt 2018-02-26t18:06z":      "createdDateTime gt 2018-02-26t18:06z",
		"size eq -007 or ratio lt 1.5E-3":           "size eq -007 or ratio lt 1.5E-3",
		"flag eq NULL":                              "flag eq null",
	} {
		f, err := ParseFilter(text, activityType(), Settings{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f.String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
		again, err := ParseFilter(f.String(), activityType(), Settings{})
		if err != nil || !reflect.DeepEqual(f, again) {
			t.Errorf("%s: %s is another filter (%v)", text, f, err)
		}
	}
}

func TestFilterErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text   string
		offset int
		want   string // part of the message and the hint
	}{
		{"status eq", 9, "but the filter ends"},
		{"status", 0, "no condition"},
		{"'a'", 0, "no condition"},
		{"tags", 0, "no condition"},
		{"historyItems", 0, "no condition"},
		{"status eq 'updatd'", 7, `"updatd" is no member of the enumeration (did you mean 'updated'?)`},
		{"status eq microsoft.graph.color'updated'", 7, "the enumeration is microsoft.graph.status"},
		{"status eq 1", 7, "an enumeration cannot be compared with an Int64"},
		{"status eq userTimezone", 7, "an enumeration cannot be compared with a string"},
		{"status eq duration'PT1S'", 10, "Could not find a property named 'duration'"},
		{"size eq microsoft.graph.status'updated'", 5, "an Int64 cannot be compared with an enumeration"},
		{"createdDateTime gt 5", 16, "a date-time cannot be compared with an Int64"},
		{"createdDateTime gt 'yesterday'", 16, `"yesterday" is no date`},
		{"createdDateTime gt userTimezone", 16, "a date-time cannot be compared with a string"},
		{"createdDateTime gt 2018-02-30T00:00:00Z", 19, "is no number, date or GUID"},
		{"createdDateTime gt 2018-02-26T18:06:19", 19, "is no number, date or GUID"},
		{"createdDateTime gt 2018-02-26T18:06:19 01:00", 19, "a plus sign is sent as %2B"},
		{"id eq 390e06e2-7e5b-4133-8014-fac7ac5991af", 3, "a string cannot be compared with a GUID"},
		{"id eq 1", 3, "a string cannot be compared with an Int64"},
		{"size eq 'a'", 5, "an Int64 cannot be compared with a string"},
		{"size eq 1x", 8, `"1x" is no number`},
		{"size eq 1.", 8, `"1." is no number`},
		{"size eq -", 8, `"-" is no number`},
		{"visualElements eq 'a'", 15, "an object cannot be compared with a string"},
		{"visualElements eq visualElements", 15, "an object cannot be compared with an object"},
		{"visualElements gt null", 15, "objects have no order"},
		{"tags eq 'red'", 5, "a collection cannot be compared with a string"},
		{"tags eq null", 5, "a collection cannot be compared with a null"},
		{"tags in ('red')", 9, "a collection cannot be compared with a string"},
		{"size in ()", 9, "expected a literal"},
		{"size in (size)", 9, "expected a literal"},
		{"size in 1", 8, `expected "(", not "1"`},
		{"size in (1,'a')", 11, "an Int64 cannot be compared with a string"},
		{"not size", 4, "expected a condition, not an Int64"},
		{"not status eq 'updated'", 4, "not binds tighter than comparisons"},
		{"flag and size", 9, "expected a condition, not an Int64"},
		{"size and flag", 0, "expected a condition, not an Int64"},
		{"flag and", 8, "but the filter ends"},
		{"(flag", 5, `expected ")", but the filter ends`},
		{"flag)", 4, `expected and, or, or the end, not ")"`},
		{"flag flag", 5, `expected and, or, or the end, not "flag"`},
		{"size add 1 eq 2", 5, `expected and, or, or the end, not "add"`},
		{"userTimezone eq 'a", 16, "the string has no end (a quote in a string is written twice)"},
		{"userTimezone eq \"a\"", 16, `expected a property, a function or a literal`},
		{"", 0, "but the filter ends"},
		{"size eq @p", 8, `not "@"`},
		{"size eq é€", 8, "Could not find a property named 'é'"},
		{"microsoft.graph.x/id eq '1'", 0, "expected the name of a property"},
		{"id/x eq '1'", 3, "a string has no properties"},
		{"tags/x eq '1'", 5, "a collection has no properties (ask any(...) or all(...) of it)"},
		{"visualElements/'1'", 15, "expected the name of a property"},
		{"id/$count eq 1", 3, "only a collection has a $count"},
		{"$count eq 1", 0, "expected the name of a property"},
		{"id/any()", 3, "only a collection has any"},
		{"tags/some(t:t eq 'a')", 5, "expected any or all"},
		{"tags/all()", 9, "expected a variable"},
		{"tags/any(null:flag)", 9, "expected a variable"},
		{"tags/any(t)", 10, `expected ":"`},
		{"tags/any(t:t)", 11, "expected a condition, not a string"},
		{"tags/any(t:t eq 1)", 13, "a string cannot be compared with an Int64"},
		{"tags/any(t:t/x eq 1)", 13, "a string has no properties"},
		{"tags/any(t:t eq 'a') and t eq 'a'", 25, "Could not find a property named 't'"},
		{"historyItems/any(h:tags/any(t:t eq 'a'))", 19, "a collection inside a lambda must be one of its variable"},
		{"historyItems/any(h:h/activity/tags/any(h:h eq 'a'))", 39, "the variable h is declared already"},
		{strings.Repeat("x", 129) + " eq 1", 0, `not "` + strings.Repeat("x", 128) + `..."`},
		{"size eq " + strings.Repeat("é", 65) + "/x", 8, "Could not find a property named"},
		{"size eq '" + strings.Repeat("é", 65), 8, "the string has no end"},
		{"createdDateTime gt '" + strings.Repeat("é", 65) + "'", 16, `é..." is no date`},
		{"status eq " + strings.Repeat("x", 200) + ".y'updated'", 7, `x..."`},
		{"frobnicate(id)", 0, `there is no function "frobnicate"`},
		{"contains(id)", 11, "contains takes 2 arguments"},
		{"contains(id,'a','b')", 16, "contains takes 2 arguments"},
		{"contains(id,'a'", 15, `expected ","`},
		{"contains(id 'a')", 12, `expected ","`},
		{"contains(id,1)", 12, "expected a string, not an Int64"},
		{"contains(status,'a')", 9, "expected a string, not an enumeration"},
		{"contains(tags,'red')", 9, "expected a string, not a collection"},
		{"substring(id,1.5) eq ''", 13, "expected an Int64, not a number"},
		{"length() eq 1", 7, "length takes one argument"},
		{"now(1) eq null", 4, "now takes no arguments"},
		{"hour(id) eq 1", 5, "expected a date-time, not a string"},
		{strings.Repeat("(", 65) + "flag", 64, "more than 64 levels deep"},
		{strings.Repeat("not ", 65) + "flag", 256, "more than 64 levels deep"},
		{strings.Repeat("flag eq ", 65) + "flag", 509, "more than 64 levels deep"},
	} {
		_, err := ParseFilter(test.text, activityType(), Settings{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", test.text)
			continue
		}
		if e.Offset != test.offset || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %d: %s", test.text, err, test.offset, test.want)
		}
		rule := RuleFilter
		if strings.Contains(test.want, "Could not find") {
			rule = RuleUnknownProperty
		}
		if e.Rule != rule || e.Option != "$filter" {
			t.Errorf("%s: rule %s of %s, want %s of $filter", test.text, e.Rule, e.Option, rule)
		}
	}
}

func TestUnknownPropertyIsNamedAsGraphDoes(t *testing.T) {
	t.Parallel()
	_, err := ParseFilter("flag and visualElements/isJunk eq true", activityType(), Settings{})
	const want = "$filter:24: Could not find a property named 'isJunk' on type 'microsoft.graph.visualInfo'."
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err = ParseFilter("statos eq 'updated'", activityType(), Settings{}); !strings.HasSuffix(err.Error(),
		`(did you mean "status"?)`) {
		t.Errorf("got %v, want a suggestion", err)
	}
}

func TestFilterMatches(t *testing.T) {
	t.Parallel()
	entity := entityOf(t, activityJSON)
	for text, want := range map[string]bool{
		"true": true, "false": false, "null": false, "1 eq 1": true, "'a' lt 'b'": true,

		"status eq 'updated'": true, "status ne 'updated'": false, "status eq 'active'": false,
		// in the order of the members
		"status gt 'active'": true, "status lt 'active'": false, "'deleted' gt status": true,
		"status in ('active','UPDATED')": true, "status in ('active')": false,

		"id eq '13881113971988980728'": true, "userTimezone eq 'africa/casablanca'": false,
		"tolower(userTimezone) eq 'africa/casablanca'": true, "toupper(userTimezone) eq 'AFRICA/CASABLANCA'": true,
		"visualElements/displayText eq 'Contoso''s news'":   true,
		"visualElements/attribution/addImageQuery eq false": true,
		"visualElements/attribution/addImageQuery":          false,
		"not visualElements/attribution/addImageQuery":      true,
		"contains(userTimezone,'Casa')":                     true, "startswith(userTimezone,'Casa')": false,
		"endswith(userTimezone,'blanca')": true,
		"length(userTimezone) eq 17":      true, "length('é€😀') eq 3": true,
		"indexof(userTimezone,'/') eq 6": true,
		"indexof('é€','€') eq 1":         true, "indexof('a','b') eq -1": true, "indexof('a','') eq 0": true,
		"substring(userTimezone,7) eq 'Casablanca'": true, "substring('é€😀',1,1) eq '€'": true,
		"substring('abc',-1) eq 'abc'": true, "substring('abc',5) eq ''": true, "substring('abc',1,-1) eq ''": true,
		"substring('abc',99999999999) eq ''": true,
		"trim('  a ') eq 'a'":                true, "concat(concat(id,'-'),'x') eq '13881113971988980728-x'": true,

		"size eq 9007199254740993": true, "size eq 9007199254740992": false, "size gt 9007199254740992": true,
		"size eq 9007199254740993.0": true, "size eq 9.007199254740993e15": true, "size lt 1e400": true,
		"size gt -1e400": true,
		"ratio eq 0.1":   true, "ratio eq 0.10": true, "ratio eq 1E-1": true,
		"ratio gt 0.09999999999999999999999": true,
		"ratio lt 0.10000000000000000000001": true, "0 eq -0": true, "00.50 eq 0.5": true, "-2 lt -1": true,
		"-1 lt 0.001": true,
		"100 eq 1e2":  true, "1e-3 eq 0.001": true, "0.012 lt 0.1": true, "size in (1,9007199254740993)": true,

		"createdDateTime eq 2018-02-26T18:06:19.365Z": true, "createdDateTime eq 2018-02-26T19:06:19.365+01:00": true,
		"createdDateTime eq '2018-02-26T18:06:19.3650000Z'":    true,
		"createdDateTime eq 2018-02-26T18:06:19.3651Z":         false,
		"createdDateTime lt 2018-02-26T18:06:19.365000000001Z": true,
		"createdDateTime ge 2018-02-26T18:06:19.365000000001Z": false,
		"createdDateTime ge 2018-02-26":                        true, "createdDateTime lt '2018-02-27'": true,
		"createdDateTime gt 2018-02-26T18:06Z":           true,
		"2018-02-26T18:06:19.3+00:01 lt createdDateTime": true, "createdDateTime lt now()": true,
		"now() eq 2018-03-01T12:30:45.678Z": true,
		"year(createdDateTime) eq 2018":     true, "month(createdDateTime) eq 2": true,
		"day(createdDateTime) eq 26":  true,
		"hour(createdDateTime) eq 18": true, "minute(createdDateTime) eq 6": true,
		"second(createdDateTime) eq 19":       true,
		"date(createdDateTime) eq 2018-02-26": true, "day eq 2018-02-26": true, "day eq '2018-02-26'": true,
		"day lt date(now())":                       true,
		"date(1969-12-31T23:00:00Z) eq 1969-12-31": true, "year(0001-01-01T00:00:00Z) eq 1": true,
		"createdDateTime in (2018-02-26T18:06:19.365Z,'2018-01-01')": true,

		// null
		"flag eq null": true, "flag ne null": false, "null eq flag": true, "null eq null": true, "null ne null": false,
		"flag": false, "not flag": false, "flag eq true": false, "flag ne true": true, "flag ne false": true,
		"flag gt false": false, "flag le true": false, "flag ge null": false, "not (flag gt false)": true,
		"flag or true": true, "flag or false": false, "flag and false": false, "not (flag and false)": true,
		"not (flag and true)": false, "not (flag or false)": false, "(flag and true) eq null": true,
		"(not flag) eq null": true,
		"size in (null,1)":   false, "flag in (null,true)": true, "size ne null": true, "visualElements ne null": true,
		"visualElements/attribution/alternateText eq null":               true,
		"contains(visualElements/attribution/alternateText,'a') eq null": true, "length(null) eq null": true,
		"historyItems/any(h:h/activity eq null)": true, "historyItems/any(h:h/activity/id eq null)": true,

		"historyItems/any()": true, "historyItems/any(h:h/status eq 'deleted')": true,
		"historyItems/any(h:h/status eq 'ignored')": false,
		"historyItems/all(h:h/status ne 'ignored')": true, "historyItems/all(h:h/activeDurationSeconds gt 1)": false,
		"historyItems/any(h:h/id eq 390E06E2-7E5B-4133-8014-FAC7AC5991AF)":                          true,
		"historyItems/any(h:h/id eq '390E06E2-7E5B-4133-8014-FAC7AC5991AF')":                        true,
		"historyItems/any(h:startswith(h/id,'390e'))":                                               true,
		"historyItems/any(h:h/id eq 'x')":                                                           false,
		"historyItems/any(h:h/startedDateTime lt createdDateTime and h/activeDurationSeconds eq 5)": true,
		"historyItems/any(h:h/activity/status eq 'updated')":                                        true,
		"historyItems/any(h:h/activity/tags/all(t:t eq 'x'))":                                       true,
		"historyItems/any(h:h/activity/tags/any(t:t eq 'x'))":                                       false,
		"historyItems/$count eq 3":                                                                  true,
		"tags/$count gt 2":                                                                          false,
		"tags/any(t:t eq 'green')":                                                                  true,
		"tags/all(t:length(t) gt 3)":                                                                false,
		"images/any(i:i/iconUrl eq 'a')":                                                            true,
		"images/all(i:i/iconUrl eq 'a')":                                                            false,

		// what the type leaves open
		"contentInfo/author eq 'Megan'": true, "contentInfo/author eq 1": false, "contentInfo/author ne 1": true,
		"contentInfo/pages gt 11":                true,
		"contentInfo/pages eq contentInfo/pages": true, "contentInfo/pages eq contentInfo/author": false,
		"contentInfo/at lt 2018-02-27": true, "contentInfo/author lt 2018-02-27": false,
		"contentInfo/none eq null":          true,
		"contentInfo/author/deeper eq null": true, "contentInfo eq 'x'": false, "contentInfo ne null": true,
		"contentInfo eq contentInfo": false,
		"contentInfo/draft":          false, "not contentInfo/draft": true, "contentInfo/author": false,
		"not contentInfo/author":         false,
		"contentInfo/tags/any(t:t eq 2)": true, "contentInfo/tags/any(t:t eq null)": true,
		"contentInfo/author/any(t:t eq 2)": false,
		"contentInfo/tags/$count eq 3":     true, "startswith(contentInfo/author,'M')": true,
		"startswith(contentInfo/pages,'1') eq null": true,
		"contentInfo/author in ('x','Megan')":       true, "contentInfo/author eq microsoft.graph.name'Megan'": true,
		"contentInfo/author gt contentInfo/pages": false, "contentInfo/draft lt true": true,
	} {
		f, err := ParseFilter(text, activityType(), testSettings())
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if f.Matches(entity) != want {
			t.Errorf("%s: got %v, want %v", text, !want, want)
		}
	}
}

func TestPropertyOffItsKindIsNull(t *testing.T) {
	t.Parallel()
	entity := entityOf(t,
		`{"status": 1, "size": "1", "createdDateTime": "yesterday", "day": "2018", "flag": "true", `+
			`"visualElements": 1, "tags": {}, "historyItems": [1]}`)
	for _, property := range []string{"status", "size", "createdDateTime", "day", "flag", "visualElements",
		"visualElements/displayText"} {
		if !mustFilter(t, property+" eq null").Matches(entity) {
			t.Errorf("%s is not null", property)
		}
	}
	if mustFilter(t, "tags/any()").Matches(entity) ||
		!mustFilter(t, "historyItems/all(h:h/id eq null)").Matches(entity) {
		t.Error("collections that are none")
	}
}

func TestEveryFilterPassesWithoutOne(t *testing.T) {
	t.Parallel()
	var f *Filter
	lo, hi, exact := f.Range("createdDateTime")
	if !f.Matches(nil) || f.String() != "" || lo != math.MinInt64 || hi != math.MaxInt64 || !exact {
		t.Error("a nil filter is not open")
	}
}

func TestOpenTypeTakesAnyProperty(t *testing.T) {
	t.Parallel()
	for _, of := range []*edm.Type{nil, typeOf("namespace a\nentity b open\n", "a.b")} {
		f, err := ParseFilter("Any/thing eq 1", of, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if !f.Matches(entityOf(t, `{"Any": {"thing": 1.0}}`)) || f.Matches(entityOf(t, `{"any": {"thing": 1}}`)) {
			t.Errorf("%s does not match", f)
		}
	}
}

func TestExactNameOfPropertyWins(t *testing.T) {
	t.Parallel()
	of := typeOf("namespace a\nentity b\n prop aB Int32\n prop ab Int32\n prop Ab Int32\n", "a.b")
	for text, want := range map[string]string{"ab eq 1": "ab eq 1", "aB eq 1": "aB eq 1", "AB eq 1": "Ab eq 1"} {
		f, err := ParseFilter(text, of, Settings{})
		if err != nil || f.String() != want {
			t.Errorf("%s: got %v (%v), want %s", text, f, err, want)
		}
	}
}

func TestRangeBoundsADateProperty(t *testing.T) {
	t.Parallel()
	at := func(text string) int64 {
		ms, ok := schema.ParseDateTime(text)
		if !ok {
			t.Fatal(text)
		}
		return ms
	}
	const lowest, highest = math.MinInt64, math.MaxInt64
	x := at("2018-02-26T18:06:19.365Z")
	for _, test := range []struct {
		text   string
		lo, hi int64
		exact  bool
	}{
		{"createdDateTime gt 2018-02-26T18:06:19.365Z", x + 1, highest, true},
		{"createdDateTime ge '2018-02-26T18:06:19.365Z'", x, highest, true},
		{"createdDateTime lt 2018-02-26T18:06:19.365Z", lowest, x - 1, true},
		{"createdDateTime le 2018-02-26T18:06:19.365Z", lowest, x, true},
		{"createdDateTime eq 2018-02-26T18:06:19.365Z", x, x, true},
		{"createdDateTime gt 2018-02-26T18:06:19.3654Z", x + 1, highest, true},
		{"createdDateTime ge 2018-02-26T18:06:19.3654Z", x + 1, highest, true},
		{"createdDateTime lt 2018-02-26T18:06:19.3654Z", lowest, x, true},
		{"createdDateTime le 2018-02-26T18:06:19.3654Z", lowest, x, true},
		{"createdDateTime eq 2018-02-26T18:06:19.3654Z", x + 1, x, true},
		{"2018-02-26T18:06:19.365Z gt createdDateTime", lowest, x - 1, true},
		{"2018-02-26T18:06:19.365Z le createdDateTime", x, highest, true},
		{"createdDateTime gt 2018-02-26", at("2018-02-26T00:00:00.001Z"), highest, true},
		{"createdDateTime lt now()", lowest, at("2018-03-01T12:30:45.677Z"), true},
		{"createdDateTime ge 2018-02-26 and (createdDateTime lt 2018-02-27 and createdDateTime gt 2018-02-01)",
			at("2018-02-26T00:00:00Z"), at("2018-02-26T23:59:59.999Z"), true},
		{"createdDateTime ge 2018-02-26 and status eq 'updated'", at("2018-02-26T00:00:00Z"), highest, false},
		{"createdDateTime ge 2018-02-26 or createdDateTime lt 2018-02-01", lowest, highest, false},
		{"not (createdDateTime ge 2018-02-26)", lowest, highest, false},
		{"createdDateTime ne 2018-02-26", lowest, highest, false},
		{"createdDateTime gt null", lowest, highest, false},
		{"createdDateTime gt lastModifiedDateTime", lowest, highest, false},
		{"lastModifiedDateTime gt 2018-02-26", lowest, highest, false},
		{"historyItems/any(createdDateTime:createdDateTime/startedDateTime gt 2018-02-26)", lowest, highest, false},
		{"createdDateTime in (2018-02-26)", lowest, highest, false},
		{"createdDateTime eq 2018-02-26 eq true", lowest, highest, false},
	} {
		lo, hi, exact := mustFilter(t, test.text).Range("createdDateTime")
		if lo != test.lo || hi != test.hi || exact != test.exact {
			t.Errorf("%s: got %d to %d, exact %v; want %d to %d, exact %v", test.text, lo, hi, exact, test.lo,
				test.hi, test.exact)
		}
	}
}

func TestFilterAsLongAsItMayBeIsRead(t *testing.T) {
	t.Parallel()
	text := "(flag)" + strings.Repeat("and(flag)", (maxText-6)/9)
	o, err := Parse("$filter="+text, activityType(), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseFilter(o.Filter.String(), activityType(), Settings{}); err != nil ||
		!reflect.DeepEqual(again, o.Filter) {
		t.Errorf("its canonical text is read as another filter: %v", err)
	}
	if _, err := Parse("$filter="+strings.Repeat("(", maxText+1), activityType(), Settings{}); err == nil ||
		!strings.Contains(err.Error(), "longer than 8192 bytes") {
		t.Errorf("got %v for a filter that is too long", err)
	}
	if _, err := ParseFilter(strings.Repeat("(", 2*maxText+1), nil, Settings{}); err == nil ||
		!strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v for a filter that is too long", err)
	}
}

func TestConcatDoesNotGrowWithoutBounds(t *testing.T) {
	t.Parallel()
	entity := map[string]any{"id": strings.Repeat("x", maxResult/2)}
	if !mustFilter(t, "length(concat(id,id)) eq 1048576").Matches(entity) ||
		!mustFilter(t, "concat(concat(id,id),'x') eq null").Matches(entity) {
		t.Error("concat is not bounded as it should be")
	}
}

func BenchmarkMatches(b *testing.B) {
	entity := entityOf(b, activityJSON)
	for name, text := range map[string]string{
		"date":   "lastModifiedDateTime gt 2018-02-26T18:06:19.364Z and lastModifiedDateTime lt 2018-02-27",
		"text":   "startswith(userTimezone,'Africa') and status eq 'updated'",
		"lambda": "historyItems/any(h:h/status eq 'deleted')",
	} {
		f := mustFilter(b, text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !f.Matches(entity) {
					b.Fatal("no match")
				}
			}
		})
	}
}
