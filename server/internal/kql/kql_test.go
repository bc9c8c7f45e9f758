package kql_test

import (
	"testing"

	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// find finds by a text, the property from and the time sent.
func find(query string) (bool, error) {
	finds, err := kql.Finder(query, func(t kql.Term) (service.Finds, error) {
		is := func(found bool) service.Finds { return func(store.Reader, *service.Entity) bool { return found } }
		switch t.Property {
		case "":
			return is(t.In("The weekly report of contoso-team.docx")), nil
		case "from":
			return is(t.In("Adele Vance", "adelev@contoso.com")), nil
		case "read":
			return is(t.Is(true)), nil
		case "sent":
			compare, err := t.Compare()
			if err != nil {
				return nil, err
			}
			return is(compare(kql.Time("2026-01-31T12:00:00Z"))), nil
		}
		return nil, t.Unknown()
	})
	return err == nil && finds(nil, nil), err
}

func TestQueriesFind(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"": true, "*": true, "weekly": true, "WEEKLY report": true, "week": false, "week*": true, "report weekly": true,
		`"weekly report"`: true, `"report weekly"`: false, `"weekly rep*"`: true, `"weekly report`: true, "contoso-team": true,
		"docx": true, "eekly": false,
		"weekly AND nothing": false, "weekly OR nothing": true, "weekly NOT nothing": true, "weekly -report": false,
		"+weekly": true, "(nothing OR weekly) report": true, "NOT (nothing OR weekly)": false, "weekly AND": true,
		"from:adelev": true, "From:adelev@contoso.com": true, "from:diego": false, "from:diego from:adele weekly": true,
		"from:diego from:adele nothing": false, `from:"Adele Vance"`: true, "from:(diego OR adele)": true, "from:(diego)": false,
		"from<>diego": true, "from<>adele": false, "-from:adele": false, "NOT from:diego": true,
		"read:true": true, "read:no": false, "read<>false": true,
		"sent:2026-01-31": true, "sent=01/31/2026": true, "sent:1/30/2026": false, "sent>2026-01-31": false, "sent>=2026-01-31": true,
		"sent>2026-01-30": true, "sent<2026-01-31": false, "sent<=2026-01-31": true, "sent<>2026-01-31": false,
		"sent:2026-01-01..2026-02-01": true, "sent:2026-02-01..2026-03-01": false, "sent>2026-01-31T11:59:59Z": true,
		"sent>=2026-01-01 AND sent<=2026-01-15": false, "sent>=2026-01-01 sent<=2026-01-15": false,
		"https://contoso.com": false, "contoso:": false,
	} {
		got, err := find(query)
		if query == "contoso:" {
			if err == nil {
				t.Errorf("%s: no error", query)
			}
			continue
		}
		if got != want || err != nil {
			t.Errorf("%s: %v, %v", query, got, err)
		}
	}
}

func TestWhatWouldBeIgnoredIsRefused(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"size:5", "weekly NEAR report", "weekly XRANK(cb=100) report", "sent:yesterday", "sent:1..x",
		"from:adele unknown:x"} {
		if _, err := find(query); err == nil {
			t.Errorf("%s: no error", query)
		}
	}
}

func TestFreeTermsAreNamed(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, term := range kql.Free(`contoso "weekly report" from:adele NOT secret AND (plan* OR -x)`) {
		texts = append(texts, term.Text)
	}
	if len(texts) != 3 || texts[0] != "contoso" || texts[1] != "weekly report" || texts[2] != "plan*" {
		t.Errorf("%q", texts)
	}
}

func FuzzFinder(f *testing.F) {
	for _, query := range []string{`a AND (b OR -c) from:"x y" sent>=2026-01-31`, `from:(a OR`, `"`, `((((`, `- + NOT`, "a:b:c"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) { _, _ = find(query); kql.Free(query) })
}
