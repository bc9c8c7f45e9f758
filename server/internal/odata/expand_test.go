package odata

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestExpandReadsNestedOptions(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"historyItems($filter=status eq 'a;)''(' or status eq null;$orderby=id desc;$top=2;$skip=1;$select=id;" +
			"$expand=activity($select=id,status);$count=true;$search=\"it's;)\")",
		" HistoryItems ( $Search=\"it's;)\" ; $count=TRUE;$EXPAND=Activity( $select = id,status );$select=ID;" +
			"$skip=1;$top=2 ;$orderby=id desc;$filter=status eq 'a;)''(' or (status eq null) ) ",
	} {
		of := typeOf(strings.ReplaceAll(activityModel, "prop status status", "prop status String"),
			"microsoft.graph.userActivity")
		o, err := Parse("$expand="+url.QueryEscape(value), of, Settings{})
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		items := o.Expand[0]
		if items.Property != "historyItems" || items.Filter.String() != "status eq 'a;)''(' or status eq null" ||
			items.OrderBy[0].Path != "id" ||
			*items.Top != 2 || *items.Skip != 1 || items.Select[0] != "id" || !items.Count ||
			items.Search != `"it's;)"` {
			t.Errorf("%s: got %+v", value, items)
		}
		if activity := items.Expand[0]; activity.Property != "activity" ||
			strings.Join(activity.Select, ",") != "id,status" {
			t.Errorf("%s: got %+v in it", value, activity)
		}
	}
}

func TestExpandErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	const nested = "historyItems($expand=activity($expand=historyItems"
	for _, test := range []struct {
		value  string
		offset int
		rule   string
		want   string
	}{
		{"visualElements", 0, RuleExpand,
			"Expand is not allowed for property 'visualElements' according to the entity schema."},
		{"historyItems, Status", 14, RuleExpand, "Expand is not allowed for property 'status' according"},
		{"nope", 0, RuleUnknownSelected,
			selectFailed + "Could not find a property named 'nope' on type 'microsoft.graph.userActivity'."},
		{"historyItems($expand=nope)", 21, RuleUnknownSelected,
			selectFailed + "Could not find a property named 'nope' on type 'microsoft.graph.activityHistoryItem'."},
		{"historyItems,historyItems", 13, RuleOption, "historyItems is expanded more than once"},
		{"*,historyItems", 1, RuleOption, "expected a comma or the end"},
		{"*(*)", 1, RuleOption, "expected a comma or the end"},
		{"historyItems,*", 13, RuleOption, "expected the name of a property"},
		{"historyItems/activity", 12, RuleOption, "expected a comma or the end"},
		{"historyItems,", 13, RuleOption, "expected the name of a property"},
		{"historyItems()", 13, RuleOption, "expected an option"},
		{"historyItems($top=1", 19, RuleOption, "expected a semicolon or a closing parenthesis"},
		{"historyItems($top=1;)", 20, RuleOption, "expected an option"},
		{"historyItems($top=1))", 20, RuleOption, "expected a comma or the end"},
		{"historyItems($top=0)", 18, RuleOption, "the number is less than 1"},
		{"historyItems($top=1;$top=1)", 25, RuleTwice, "the query option $top is sent more than once"},
		{"historyItems($expand=activity;$expand=activity)", 30, RuleTwice,
			"the query option $expand is sent more than once"},
		{"historyItems($filter=)", 21, RuleOption, "the value is empty"},
		{"historyItems($filter= status eq 1)", 29, RuleFilter, "an enumeration cannot be compared with an Int64"},
		{"historyItems($filter=nope eq 1)", 21, RuleUnknownSelected,
			selectFailed + "Could not find a property named 'nope'"},
		{"historyItems($select=id;$foo=1)", 24, RuleUnknownOption, `an expanded property has no option "$foo"`},
		{"historyItems(foo=1)", 13, RuleUnknownOption, `an expanded property has no option "foo"`},
		{"historyItems($skiptoken=1)", 13, RuleUnknownOption, `no option "$skiptoken"`},
		{"historyItems($format=json)", 13, RuleUnknownOption, `no option "$format"`},
		{nested + "($expand=activity)))", 59, RuleOption, "more than 3 levels are expanded"},
	} {
		_, err := Parse("$expand="+url.QueryEscape(test.value), activityType(), Settings{})
		var e *Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("%s: no error", test.value)
		case e.Option != "$expand" || e.Offset != test.offset || e.Rule != test.rule ||
			!strings.Contains(e.Message, test.want):
			t.Errorf("%s: got %s: %v, want %d: %s: %s", test.value, e.Rule, err, test.offset, test.rule, test.want)
		}
	}
	mustParse(t, "$expand", nested+"))")
}

func TestProjectAppliesExpandedOptions(t *testing.T) {
	t.Parallel()
	entity := entityOf(t, activityJSON)
	for expand, want := range map[string]string{
		"historyItems($select=status)": `{"historyItems":[{"status":"updated"},{"status":"active"},` +
			`{"status":"deleted"}],"id":"13881113971988980728"}`,
		"historyItems($filter=startedDateTime gt 2018-02-26;$orderby=id desc;$top=1;$count=true;$select=id)": `{` +
			`"historyItems":[{"id":"490e06e2-7e5b-4133-8014-fac7ac5991af"}],` +
			`"historyItems@odata.count":2,"id":"13881113971988980728"}`,
		"historyItems($filter=activity/id ne null;$select=id;$expand=activity($select=status))": `{` +
			`"historyItems":[{"activity":{"status":"updated"},"id":"490e06e2-7e5b-4133-8014-fac7ac5991af"}],` +
			`"id":"13881113971988980728"}`,
		"historyItems($filter=false)": `{"historyItems":[],"id":"13881113971988980728"}`,
	} {
		o := mustParse(t, "$select", "id", "$expand", expand)
		projected := o.Project(entity)
		delete(projected, "@odata.type")
		got, err := json.Marshal(projected)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, want %s", expand, got, want)
		}
		if !o.Selects("historyItems") || !o.Selects("historyItems@odata.count") || !o.Selects("@odata.type") ||
			o.Selects("status") {
			t.Errorf("%s: selects the wrong names", expand)
		}
	}
	if _, ok := mustParse(t).Project(entity)["historyItems"]; ok {
		t.Error("navigation is there without being expanded")
	}
}

func TestExpandedPropertyThatIsMissingStaysMissing(t *testing.T) {
	t.Parallel()
	o := mustParse(t, "$expand", "historyItems")
	if got := o.Project(map[string]any{"id": "1"}); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if got := o.Project(map[string]any{"historyItems": nil}); len(got) != 1 || got["historyItems"] != nil {
		t.Errorf("got %v", got)
	}
}

func TestStarExpandsEveryNavigationProperty(t *testing.T) {
	t.Parallel()
	entity := entityOf(t, activityJSON)
	for star, names := range map[string]string{"*": "historyItems", " * ": "historyItems",
		"historyItems($expand=*)": "historyItems($expand=activity)"} {
		got, want := mustParse(t, "$expand", star).Project(entity), mustParse(t, "$expand", names).Project(entity)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", star, got, want)
		}
	}
	if o, err := Parse("$expand=*", nil, Settings{}); err != nil || len(o.Expand) != 0 {
		t.Errorf("of an open type: %v", err)
	}
}
