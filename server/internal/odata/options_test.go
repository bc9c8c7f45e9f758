package odata

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestOptionsAreReadAsTheyWereSent(t *testing.T) {
	t.Parallel()
	o, err := Parse("%24Filter=status+eq%20'updated'&&$TOP=2&%24skip=0&$count=True&custom=%zz&"+
		"$orderby=createdDateTime%20desc,id"+
		"&$select=ID,visualelements/displaytext&$search=%22a%20b%22&$skipToken=x%26y%3d&$format=json&"+
		"filter=broken+(&=1", activityType(), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Filter.String(); got != "status eq 'updated'" {
		t.Errorf("filter %s", got)
	}
	if *o.Top != 2 || *o.Skip != 0 || !o.Count || o.Search != `"a b"` || o.SkipToken != "x&y=" ||
		o.Format != "minimal" {
		t.Errorf("got %+v", o)
	}
	if want := []string{"id", "visualElements/displayText"}; !slices.Equal(o.Select, want) {
		t.Errorf("select %v, want %v", o.Select, want)
	}
	if len(o.OrderBy) != 2 || o.OrderBy[0].Path != "createdDateTime" || !o.OrderBy[0].Descending ||
		o.OrderBy[1].Path != "id" || o.OrderBy[1].Descending {
		t.Errorf("order %+v", o.OrderBy)
	}
}

func TestNothingSentIsTheZeroValue(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "&", "a=b&filter=x&@p=1&api-version=1.0&%zz=1"} {
		o, err := Parse(query, nil, Settings{})
		if err != nil || !reflect.DeepEqual(o, &Options{}) {
			t.Errorf("%s: got %+v, %v", query, o, err)
		}
	}
}

func TestDollarMayBeMissingWhereTheServiceSaysSo(t *testing.T) {
	t.Parallel()
	of := activityType()
	o, err := Parse("Top=3&expand=historyItems(top=1)&x=y", of, Settings{WithoutDollar: true})
	if err != nil || *o.Top != 3 || *o.Expand[0].Top != 1 {
		t.Errorf("got %+v, %v", o, err)
	}
	if _, err := Parse("top=3&$top=3", of, Settings{WithoutDollar: true}); err == nil {
		t.Error("top and $top are one option")
	}
	if _, err := Parse("$expand=historyItems(top=1)", of, Settings{}); err == nil {
		t.Error("top is $top without being told")
	}
}

func TestNamesListsWhatWasSent(t *testing.T) {
	t.Parallel()
	const query = "%24TOP=0&x=1&filter=a&$unknown=1&$skipToken=&$top"
	if got, want := Names(query, Settings{}), []string{"$top", "$skiptoken", "$top"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := Names(query, Settings{WithoutDollar: true}), []string{"$top", "$filter", "$skiptoken",
		"$top"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBrokenOptionsAreErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ query, rule, want string }{
		{"$top=0", RuleOption, "$top:0: the number is less than 1"},
		{"$top=-1", RuleOption, "$top:0: expected a whole number, at least 1"},
		{"$top=1.5", RuleOption, "$top:1: expected a whole number"},
		{"$top=+1", RuleOption, "$top:0: expected a whole number"},
		{"$top=2147483648", RuleOption, "$top:0: the number is larger than 2147483647"},
		{"$top=99999999999999999999999", RuleOption, "$top:0: the number is larger than 2147483647"},
		{"$top=", RuleOption, "$top:0: the value is empty"},
		{"%24top", RuleOption, "$top:0: the value is empty"},
		{"$skip=-1", RuleOption, "$skip:0: expected a whole number, at least 0"},
		{"$count=1", RuleOption, "$count:0: expected true or false"},
		{"$skiptoken=", RuleOption, "$skiptoken:0: the value is empty"},
		{"$skiptoken=a&$skipToken=a", RuleTwice, "$skiptoken:0: the query option $skiptoken is sent more than once"},
		{"$top=1&%24TOP=1", RuleTwice, "$top:0: the query option $top is sent more than once"},
		{"$foo=1", RuleUnknownOption, "$foo:0: the query option is unknown"},
		{"%24foo%0a=1", RuleUnknownOption, "%24foo%0a:0: the query option is unknown"},
		{"$=1", RuleUnknownOption, "$:0: the query option is unknown"},
		{"$apply=x", RuleUnknownOption, "$apply:0: the query option is unknown"},
		{"$filter=%zz", RuleOption, "$filter:0: the value is not percent-encoded UTF-8"},
		{"$filter=%ff", RuleOption, "$filter:0: the value is not percent-encoded UTF-8"},
		{"$filter=nope+eq+1", RuleUnknownProperty,
			"$filter:0: Could not find a property named 'nope' on type 'microsoft.graph.userActivity'."},
		{"$filter=flag+eq", RuleFilter, "$filter:7: expected"},
		{"$format=xml", RuleOption, "$format:0: the format is not JSON (json or application/json)"},
		{"$format=json;odata.metadata=some", RuleOption, "$format:0: the metadata level is unknown"},
		{"$select=id,,status", RuleOption, "$select:3: expected the name of a property"},
		{"$select=id, nope", RuleUnknownSelected, "$select:4: Parsing OData Select and Expand failed: Could not find a property named 'nope'"},
		{"$select=visualElements/nope", RuleUnknownSelected,
			"$select:15: Parsing OData Select and Expand failed: Could not find a property named 'nope' on type 'microsoft.graph.visualInfo'."},
		{"$select=historyItems/id", RuleOption,
			"$select:13: historyItems is related to the entity, not a part of it (expand it)"},
		{"$select=id/x", RuleOption, "$select:3: a string has no properties"},
		{"$select=id/*", RuleOption, "$select:3: expected the name of a property"},
		{"$orderby=id,nope", RuleUnknownProperty, "$orderby:3: Could not find a property named 'nope'"},
		{"$orderby=id,", RuleOption, "$orderby:3: expected the name of a property"},
		{"$orderby=*", RuleOption, "$orderby:0: expected the name of a property"},
		{"$orderby=id,+id+down", RuleOption, "$orderby:7: expected asc or desc"},
		{"$orderby=visualElements", RuleOption, "$orderby:0: an object has no order"},
		{"$orderby=tags", RuleOption, "$orderby:0: a collection has no order"},
		{"$orderby=tags/x", RuleOption, "$orderby:5: a collection has no properties"},
		{"$search=(a", RuleOption, "$search:2: expected a closing parenthesis"},
	} {
		_, err := Parse(test.query, activityType(), Settings{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", test.query)
		} else if e.Rule != test.rule || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %s: %v, want %s: %s", test.query, e.Rule, err, test.rule, test.want)
		}
	}
}

func TestFormatNamesAMetadataLevel(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"json": "minimal", "JSON": "minimal", "application/json": "minimal",
		"application/json;odata.metadata=none":                 "none",
		"application/json; odata.metadata=full; charset=utf-8": "full", "json;odata.metadata=Minimal": "minimal",
		"application/json;odata.streaming=true;IEEE754Compatible=false": "minimal",
	} {
		if got := mustParse(t, "$format", text).Format; got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestSearchSyntax(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{ // where it is wrong, -1 if it is not
		"pizza": -1, `"a b"`: -1, "a b": -1, "a AND b OR NOT c": -1, "NOT (a OR b) c": -1, `"AND"`: -1, "a NOT b": -1,
		`a "b)" (c)`:     -1,
		`"a \" b" AND c`: -1, "it's": -1, "((a)(b))": -1, "and": -1, "subject:x": -1, "é": -1,
		"AND a": 0, "a OR": 4, "a AND OR b": 6, "NOT": 3, "()": 1, "(a": 2, "a)": 1, `"a`: 0, `"a\"`: 0, `a "`: 2,
		" ": 1, "(a AND)": 6,
	} {
		o, err := Parse("$search="+url.QueryEscape(text), nil, Settings{})
		var e *Error
		switch {
		case want < 0 && (err != nil || o.Search != text):
			t.Errorf("%s: got %v", text, err)
		case want >= 0 && (!errors.As(err, &e) || e.Offset != want):
			t.Errorf("%s: got %v, want an error at %d", text, err, want)
		}
	}
}

func TestOrderPutsNullFirst(t *testing.T) {
	t.Parallel()
	entities := []map[string]any{
		{"id": "1", "size": json.Number("10"), "createdDateTime": "2018-02-26T18:06:19.4Z", "flag": true,
			"contentInfo": "x", "status": "deleted"},
		{"id": "2", "size": json.Number("9"), "createdDateTime": "2018-02-26T18:06:19.35Z", "flag": nil,
			"contentInfo": json.Number("7"), "status": "active"},
		{"id": "3", "size": nil, "createdDateTime": "2018-02-26T18:06:19Z", "flag": false, "contentInfo": []any{},
			"status": "new"},
		{"id": "4", "size": json.Number("9007199254740993"), "flag": false, "contentInfo": true, "status": "updated"},
	}
	for by, want := range map[string]string{
		"id": "1234", "id desc": "4321", "ID ASC": "1234", "size": "3214", "size desc": "4123",
		"createdDateTime": "4321",
		"flag,id desc":    "2431", "flag desc, id": "1342", "contentInfo": "1243", "status": "3241",
		" size  desc ,id":  "4123",
		"contentInfo/x,id": "1234", "visualElements/displayText desc,id": "1234",
	} {
		sorted := slices.Clone(entities)
		slices.SortStableFunc(sorted, Compare(mustParse(t, "$orderby", by).OrderBy))
		got := ""
		for _, entity := range sorted {
			got += entity["id"].(string)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", by, got, want)
		}
	}
}

func TestProjectKeepsWhatIsSelected(t *testing.T) {
	t.Parallel()
	const entity = `{"@odata.type": "#a", "id": "1", "status": "active", "status@odata.type": "#s",
		"visualElements": {"@odata.type": "#v", "displayText": "x",
			"attribution": {"iconUrl": "i", "alternateText": null}},
		"images": [{"iconUrl": "a", "alternateText": "b"}, {"alternateText": "c"}], "historyItems": [{"id": "h"}],
		"historyItems@odata.context": "c"}`
	const whole = `{"@odata.type":"#a","id":"1","images":[{"alternateText":"b","iconUrl":"a"},{"alternateText":"c"}],` +
		`"status":"active","status@odata.type":"#s",` +
		`"visualElements":{"@odata.type":"#v","attribution":{"alternateText":null,"iconUrl":"i"},"displayText":"x"}}`
	for sel, want := range map[string]string{
		"":     whole,
		"*":    whole,
		"id,*": whole,
		"id":   `{"@odata.type":"#a","id":"1"}`,
		"Status, id": `{"@odata.type":"#a","id":"1","status":"active",` +
			`"status@odata.type":"#s"}`,
		"visualElements/attribution/iconUrl": `{"@odata.type":"#a","visualElements":{"@odata.type":"#v",` +
			`"attribution":{"iconUrl":"i"}}}`,
		"visualElements/displayText,visualElements": `{"@odata.type":"#a","visualElements":{"@odata.type":"#v",` +
			`"attribution":{"alternateText":null,"iconUrl":"i"},"displayText":"x"}}`,
		"visualElements,visualElements/displayText": `{"@odata.type":"#a","visualElements":{"@odata.type":"#v",` +
			`"attribution":{"alternateText":null,"iconUrl":"i"},"displayText":"x"}}`,
		"images/iconUrl": `{"@odata.type":"#a","images":[{"iconUrl":"a"},{}]}`,
		"contentInfo/x":  `{"@odata.type":"#a"}`,
		"historyItems":   `{"@odata.type":"#a"}`,
	} {
		o := mustParse(t)
		if sel != "" {
			o = mustParse(t, "$select", sel)
		}
		before := entityOf(t, entity)
		got, err := json.Marshal(o.Project(before))
		if err != nil || string(got) != want {
			t.Errorf("%q: got %s, want %s", sel, got, want)
		}
		if !reflect.DeepEqual(before, entityOf(t, entity)) {
			t.Errorf("%q: the entity was changed", sel)
		}
	}
}

func TestApplyGivesAPageAndTheCountOfAll(t *testing.T) {
	t.Parallel()
	var entities []any
	for _, id := range []string{"5", "3", "1", "4", "2"} {
		entities = append(entities, map[string]any{"id": id})
	}
	page, count := mustParse(t, "$filter", "id gt '1'", "$orderby", "id", "$skip", "1", "$top", "2").Apply(entities)
	want := []any{map[string]any{"id": "3"}, map[string]any{"id": "4"}}
	if count != 4 || !reflect.DeepEqual(page, want) {
		t.Errorf("got %v of %d, want %v of 4", page, count, want)
	}
	page, count = mustParse(t, "$skip", "9", "$top", "9").Apply(entities)
	if count != 5 || page == nil || len(page) != 0 {
		t.Errorf("got %v of %d, want an empty page of 5", page, count)
	}
}

func TestAnIgnoredOptionIsAsIfItHadNotBeenSent(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"$filter": "status eq 'active'", "$expand": "historyItems", "$select": "status", "$orderby": "status",
		"$top": "1", "$skip": "1",
		"$count": "true", "$search": "word", "$format": "application/json;odata.metadata=full",
	} {
		o := mustParse(t, name, value)
		o.Ignore(name)
		if !reflect.DeepEqual(o, mustParse(t)) {
			t.Errorf("%s: something is left of it", name)
		}
	}
}
