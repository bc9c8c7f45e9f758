package odata

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		"lastModifiedDateTime gt 2018-01-22T21:45:00.347Z and lastModifiedDateTime lt '2018-02-22T21:45:00.347Z'",
		"status eq microsoft.graph.status'updated' or not(flag eq null)",
		"historyItems/any(h:h/status in ('updated',null) and h/activity/tags/all(t:startsWith(t,'o''neil')))",
		"concat(substring(trim(tolower(id)),1,2),'x') ne 'é' and length(id) le -1.50e+3",
		"year(date(now())) eq 2018 and createdDateTime ge 2018-02-26t18:06+14:00 and historyItems/$count lt 2",
		"contentInfo/a/any(x:x/any()) eq true eq (flag gt (ratio eq size))",
		"historyItems/any(not:not not/activity/flag) and size in(1)and(flag)",
	} {
		f.Add(text)
	}
	of, entity := activityType(), entityOf(f, activityJSON)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxText {
			return
		}
		filter, err := ParseFilter(text, of, testSettings())
		if err != nil {
			checkError(t, err, len(text))
			return
		}
		again, err := ParseFilter(filter.String(), of, testSettings())
		if err != nil {
			t.Fatalf("%q became %q: %v", text, filter, err)
		}
		if !reflect.DeepEqual(filter, again) || again.String() != filter.String() {
			t.Fatalf("%q became %q, another filter: %q", text, filter, again)
		}
		lo, hi, exact := filter.Range("createdDateTime")
		at, _ := parseInstant(entity["createdDateTime"].(string))
		inside, matches := lo <= at.ms && at.ms <= hi, filter.Matches(entity)
		if matches && !inside || exact && matches != inside {
			t.Fatalf("%q: range %d to %d, exact %v, but a match is %v", text, lo, hi, exact, matches)
		}
		filter.Matches(nil)
		for _, use := range filter.Uses() {
			if use.Property != "" && !slices.Contains(filter.Properties(), use.Property) {
				t.Fatalf("%q uses %s, which is none of its properties", text, use.Property)
			}
		}
	})
}

func FuzzExpand(f *testing.F) {
	for _, text := range []string{
		"historyItems",
		"historyItems($filter=startedDateTime gt 2018-02-26T18:06:19.365Z;$orderby=id desc;$top=2;$skip=1;$count=true)",
		"historyItems($select=id,status;$expand=activity($select=visualElements/displayText;" +
			"$expand=historyItems($top=1)))",
		"historyItems($search=\"a;)\\\"\";$filter=status eq 'x;)''')",
	} {
		f.Add(text)
	}
	of, entity := activityType(), entityOf(f, activityJSON)
	f.Fuzz(func(t *testing.T, text string) {
		o, err := Parse("$expand="+url.QueryEscape(text), of, testSettings())
		if err != nil {
			checkError(t, err, len(text))
			return
		}
		o.Project(entity)
		if !reflect.DeepEqual(entity, entityOf(t, activityJSON)) {
			t.Fatal("the entity was changed")
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, query := range []string{
		"$expand=historyItems($filter=lastModifiedDateTime%20gt%202018-01-22T21:45:00.347Z)&%24top=5",
		"$skiptoken=%24filter%3dlastModifiedDateTime+lt+2018-02-26T18%3a06%3a19.365Z",
		"filter=status eq 'updated'&$select=id,*,visualElements/displayText&$orderby=createdDateTime desc,id&" +
			"$skip=0&$count=true",
		"$search=\"a b\" AND NOT (c OR d)&$format=application/json;odata.metadata=full&x=%zz&&$a",
	} {
		f.Add(query, true)
	}
	of, entity := activityType(), entityOf(f, activityJSON)
	f.Fuzz(func(t *testing.T, query string, withoutDollar bool) {
		s := Settings{WithoutDollar: withoutDollar}
		o, err := Parse(query, of, s)
		if err != nil {
			checkError(t, err, len(query))
			return
		}
		if len(Names(query, s)) > len(optionNames()) {
			t.Fatal("an option was sent twice")
		}
		page, count := o.Apply([]any{entity, entity})
		if len(page) > count || len(page) > 2 {
			t.Fatalf("%d of %d entities", len(page), count)
		}
		if Compare(o.OrderBy)(entity, entity) != 0 {
			t.Fatal("an entity is not equal to itself")
		}
	})
}

// checkError checks what callers rely on.
func checkError(t *testing.T, err error, length int) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Option == "" || e.Rule == "" || e.Message == "" || e.Offset < 0 || e.Offset > length {
		t.Fatalf("an incomplete error: %#v", err)
	}
	if strings.ContainsAny(e.Message+e.Hint, "\r\n\x00") {
		t.Fatalf("an error of more than one line: %q", err)
	}
}
