package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// document is an OpenAPI 3.0 document with the operations that the patterns name;
// more is what else stands at its top level, such as servers.
func documentText(more string, patterns ...string) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\ninfo: {title: test, version: '1'}\n" + more + "\npaths:\n")
	methods := map[string][]string{}
	for _, p := range patterns {
		method, path, _ := strings.Cut(p, " ")
		methods[path] = append(methods[path], method)
	}
	for _, path := range slices.Sorted(maps.Keys(methods)) {
		fmt.Fprintf(&b, "  %q:\n", path)
		for _, method := range methods[path] {
			fmt.Fprintf(&b, "    %s:\n", strings.ToLower(method))
			if _, params := templateParts(path); len(params) > 0 {
				b.WriteString("      parameters:\n")
				for _, name := range params {
					fmt.Fprintf(&b, "        - {name: %q, in: path, required: true, schema: {type: string}}\n", name)
				}
			}
			b.WriteString("      responses: {'200': {description: ok}}\n")
		}
	}
	return b.String()
}

func parseTest(t testing.TB, text string) *Contract {
	t.Helper()
	c, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const graphServers = "servers: [{url: https://graph.microsoft.com/v1.0}, {url: https://graph.microsoft.com/beta/}]"

// graphPaths have a bit of everything that Graph has: parameters beside fixed
// segments, functions, keys, texts around parameters.
var graphPaths = []string{
	"GET /me/activities",
	"GET /me/activities/recent()",
	"POST /me/activities/{activity-id}/recent()",
	"PUT /me/activities/{activity-id}",
	"DELETE /me/activities/{activity-id}",
	"PUT /me/activities/{activity-id}/historyItems/{item-id}",
	"GET /me/activities/{activity-id}/historyItems/$count",
	"DELETE /me/activities/{activity-id}/historyItems/{item-id}",
	"GET /users",
	"GET /users/{user-id}",
	"GET /users/{user-id}/activities/{activity-id}",
	"GET /users/{user-id}/manager",
	"GET /users/delta()",
	"GET /users/delta()/status",
	"GET /reports/microsoft.graph.getX(from={from},to={to})",
	"GET /reports/{id}.json",
	"GET /reports/{name}-v{version}.json/lines",
	"GET /reports/microsoft.graph.aNameLongerThanTheSixtyFourBytesOfTheBufferThatIsOnTheStack()",
}

func TestRouteFindsOperationAndParameters(t *testing.T) {
	t.Parallel()
	c := parseTest(t, documentText(graphServers, graphPaths...))
	const long = "aNameLongerThanTheSixtyFourBytesOfTheBufferThatIsOnTheStack"
	tests := []struct {
		request, want string
		params        []string // names and values
	}{
		{"GET /v1.0/me/activities", "GET /me/activities", nil},
		{"GET /beta/me/activities", "GET /me/activities", nil},
		{"GET /v1.0/me/activities/", "GET /me/activities", nil},
		{"PUT /v1.0/me/activities/1/", "PUT /me/activities/{activity-id}", []string{"activity-id", "1"}},

		// Every segment is decoded by itself.
		{"PUT /v1.0/me/activities/%2Ftrail%3F208", "PUT /me/activities/{activity-id}",
			[]string{"activity-id", "/trail?208"}},
		{"PUT /v1.0/me/activities/%2ftrail%3f208", "PUT /me/activities/{activity-id}",
			[]string{"activity-id", "/trail?208"}},
		{"PUT /v1.0/me/activities/a%252Fb", "PUT /me/activities/{activity-id}", []string{"activity-id", "a%2Fb"}},
		{"PUT /v1.0/me/activities/a+b", "PUT /me/activities/{activity-id}", []string{"activity-id", "a+b"}},
		{"PUT /v1.0/me/activities/%E2%82%AC%00", "PUT /me/activities/{activity-id}", []string{"activity-id", "€\x00"}},
		{"PUT /v1.0/me/activities/..", "PUT /me/activities/{activity-id}", []string{"activity-id", ".."}},
		{"PUT /v1.0/me/%61ctivities/1", "PUT /me/activities/{activity-id}", []string{"activity-id", "1"}},
		{"PUT /v1.0/me/activities/%2F/historyItems/%2F", "PUT /me/activities/{activity-id}/historyItems/{item-id}",
			[]string{"activity-id", "/", "item-id", "/"}},

		// Fixed segments come first, and the way back is open.
		{"GET /v1.0/me/activities/recent", "GET /me/activities/recent()", nil},
		{"PUT /v1.0/me/activities/recent/historyItems/1", "PUT /me/activities/{activity-id}/historyItems/{item-id}",
			[]string{"activity-id", "recent", "item-id", "1"}},
		{"GET /v1.0/users/delta", "GET /users/delta()", nil},
		{"GET /v1.0/users/delta/status", "GET /users/delta()/status", nil},
		{"GET /v1.0/users/delta/manager", "GET /users/{user-id}/manager", []string{"user-id", "delta"}},
		{"GET /v1.0/me/activities/1/historyItems/$count", "GET /me/activities/{activity-id}/historyItems/$count",
			[]string{"activity-id", "1"}},

		// Names of resources in any case, ids as they are.
		{"PUT /V1.0/ME/Activities/AbC", "PUT /me/activities/{activity-id}", []string{"activity-id", "AbC"}},
		{"PUT /Beta/me/activities/AbC/HISTORYitems/dEf", "PUT /me/activities/{activity-id}/historyItems/{item-id}",
			[]string{"activity-id", "AbC", "item-id", "dEf"}},
		{"GET /v1.0/me/activities/RECENT()", "GET /me/activities/recent()", nil},
		{"GET /v1.0/reports/" + long + "()", "GET /reports/microsoft.graph." + long + "()", nil},
		{"GET /v1.0/reports/" + strings.ToUpper(long), "GET /reports/microsoft.graph." + long + "()", nil},

		// Functions, with and without namespace and brackets.
		{"GET /v1.0/me/activities/recent()", "GET /me/activities/recent()", nil},
		{"GET /v1.0/me/activities/recent%28%29", "GET /me/activities/recent()", nil},
		{"GET /v1.0/me/activities/microsoft.graph.recent", "GET /me/activities/recent()", nil},
		{"GET /v1.0/me/activities/microsoft.graph.recent()", "GET /me/activities/recent()", nil},
		{"POST /v1.0/me/activities/1/recent", "POST /me/activities/{activity-id}/recent()",
			[]string{"activity-id", "1"}},

		// Keys in brackets.
		{"GET /v1.0/users('1')", "GET /users/{user-id}", []string{"user-id", "1"}},
		{"GET /v1.0/USERS('Ab')/manager", "GET /users/{user-id}/manager", []string{"user-id", "Ab"}},
		{"GET /v1.0/users('o''neil@contoso.com')", "GET /users/{user-id}", []string{"user-id", "o'neil@contoso.com"}},
		{"GET /v1.0/users(%27a%2Fb%27)/activities('c')", "GET /users/{user-id}/activities/{activity-id}",
			[]string{"user-id", "a/b", "activity-id", "c"}},
		{"GET /v1.0/users('delta')", "GET /users/{user-id}", []string{"user-id", "delta"}},

		// Texts around parameters.
		{"GET /v1.0/reports/microsoft.graph.getX(from=1,to=2)",
			"GET /reports/microsoft.graph.getX(from={from},to={to})",
			[]string{"from", "1", "to", "2"}},
		{"GET /v1.0/reports/microsoft.graph.getX(from=,to=,to=2)",
			"GET /reports/microsoft.graph.getX(from={from},to={to})",
			[]string{"from", ",to=", "to", "2"}},
		{"GET /v1.0/reports/a.json", "GET /reports/{id}.json", []string{"id", "a"}},
		{"GET /v1.0/reports/.json.json", "GET /reports/{id}.json", []string{"id", ".json"}},
		{"GET /v1.0/reports/-v-v1.json/lines", "GET /reports/{name}-v{version}.json/lines",
			[]string{"name", "-v", "version", "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.request, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(tt.request, " ")
			m, v := c.Route(method, path)
			if v != nil {
				t.Fatal(v)
			}
			if m.Operation.Pattern() != tt.want {
				t.Errorf("got %s, want %s", m.Operation.Pattern(), tt.want)
			}
			var params []string
			for _, name := range m.Operation.params {
				params = append(params, name, m.Param(name))
			}
			if !slices.Equal(params, tt.params) {
				t.Errorf("got %q, want %q", params, tt.params)
			}
			if m.Param("other") != "" {
				t.Error("a parameter that the operation does not have has a value")
			}
			if base, _, _ := strings.Cut(path[1:], "/"); m.Base != "/"+strings.ToLower(base) {
				t.Errorf("base is %q", m.Base)
			}
		})
	}
}

func TestRouteSaysWhereThePathGoesAstray(t *testing.T) {
	t.Parallel()
	c := parseTest(t, documentText(graphServers, graphPaths...))
	tests := []struct{ request, rule, pointer, hint string }{
		{"GET /v1.0/me/activites", ruleUnknownSegment, "activites", `did you mean "activities"?`},
		{"GET /v1.0/mee/activities", ruleUnknownSegment, "mee", `did you mean "me"?`},
		{"GET /v1.0/groupes", ruleUnknownSegment, "groupes", `did you mean "groups"?`},
		{"GET /v1.0/me/activities/1/historyitem/2", ruleUnknownSegment, "historyitem", `did you mean "historyItems"?`},
		{"GET /v1.0/me/activities/1/historyItems/2/3", ruleUnknownSegment, "3", ""},
		{"GET /v1.0//me/activities", ruleUnknownSegment, "", ""},
		{"GET /v1.0/me//activities", ruleUnknownSegment, "", ""},
		{"GET /v1.0/me/activities//", ruleUnknownSegment, "", ""},
		{"PUT /v1.0/me/activities/1/historyItems//", ruleUnknownSegment, "", ""},
		{"GET /v1.0/me%2Factivities", ruleUnknownSegment, "me/activities", ""},
		{"GET /v1.0/me/acti%zzvities", ruleUnknownSegment, "acti%zzvities", `did you mean "activities"?`},
		{"GET /v1.0/users('')", ruleUnknownSegment, "users('')", ""},
		{"GET /v1.0/reports/.json", ruleUnknownSegment, ".json", ""},
		{"GET /v1.0/reports/getX(from=,to=2)", ruleUnknownSegment, "getX(from=,to=2)", ""},
		{"GET /v1.0/me/" + strings.Repeat("a/", 100), ruleUnknownSegment, "a", ""},

		{"GET /v2.0/me/activities", ruleInvalidVersion, "v2.0", "start it with /v1.0 or /beta"},
		{"GET /v1.0.1/me/activities", ruleInvalidVersion, "v1.0.1", "start it with /v1.0 or /beta"},
		{"GET /me/activities", ruleInvalidVersion, "me", "start it with /v1.0 or /beta"},
		{"GET /", ruleInvalidVersion, "", "start it with /v1.0 or /beta"},
		{"GET ", ruleInvalidVersion, "", "start it with /v1.0 or /beta"},
		{"OPTIONS *", ruleInvalidVersion, "*", "start it with /v1.0 or /beta"},

		{"GET /v1.0/me/activities/1", ruleMethodNotAllowed, "/me/activities/{activity-id}",
			"allowed here: DELETE, PUT"},
		{"put /v1.0/me/activities/1", ruleMethodNotAllowed, "/me/activities/{activity-id}",
			"allowed here: DELETE, PUT"},
		{"POST /v1.0/me/activities/recent", ruleMethodNotAllowed, "/me/activities/recent()", "allowed here: GET"},
	}
	for _, tt := range tests {
		t.Run(tt.request, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(tt.request, " ")
			m, v := c.Route(method, path)
			if v == nil {
				t.Fatalf("found %s", m.Operation.Pattern())
			}
			if m.Operation != nil || v.Side != RequestSide || v.In != InPath || v.Message == "" {
				t.Errorf("got %+v with %+v", m, v)
			}
			hint, _, _ := strings.Cut(v.Hint, "; nearest is ") // that has a test of its own
			if v.Rule != tt.rule || v.Pointer != tt.pointer || tt.hint != "" && hint != tt.hint {
				t.Errorf("got %s at %q with hint %q, want %s at %q with hint %q", v.Rule, v.Pointer, hint, tt.rule,
					tt.pointer, tt.hint)
			}
			if allowed := strings.Join(m.Allow, ", "); tt.rule == ruleMethodNotAllowed &&
				"allowed here: "+allowed != tt.hint {
				t.Errorf("Allow is %q", m.Allow)
			}
		})
	}
}

func TestServiceRootsComeFromTheServersWhereverTheyAre(t *testing.T) {
	t.Parallel()
	tests := []struct{ servers, root string }{
		{"", ""},
		{"servers: [{url: /}]", ""},
		{"servers: [{url: 'https://api.contoso.com'}]", ""},
		{"servers: [{url: 'https://api.contoso.com/'}]", ""},
		{"servers: [{url: 'https://api.contoso.com:8443/base/v2/'}]", "/base/v2"},
		{"servers: [{url: 'https://{host}/{base}', variables: {host: {default: contoso.com}, base: {default: v3}}}]",
			"/v3"},
	}
	for _, tt := range tests {
		t.Run(tt.servers, func(t *testing.T) {
			t.Parallel()
			c := parseTest(t, documentText(tt.servers, "GET /a", "GET /"))
			if bases := c.Bases(); !slices.Equal(bases, []string{tt.root}) {
				t.Errorf("bases are %q", bases)
			}
			for _, path := range []string{"/a", "/"} {
				if m, v := c.Route("GET", tt.root+path); v != nil {
					t.Error(v)
				} else if m.Operation.Path != path {
					t.Errorf("%s found %s", path, m.Operation.Path)
				}
			}
		})
	}
}

func TestTheLongestServiceRootWins(t *testing.T) {
	t.Parallel()
	c := parseTest(t, documentText("servers: [{url: /}, {url: /api}, {url: /api/v2}]", "GET /a", "GET /v2/a"))
	for path, want := range map[string]string{"/a": "", "/v2/a": "", "/api/a": "/api", "/api/v2/a": "/api/v2",
		"/api/v2/v2/a": "/api/v2"} {
		if m, v := c.Route("GET", path); v != nil || m.Base != want {
			t.Errorf("%s: got base %q (%v), want %q", path, m.Base, v, want)
		}
	}
}

func TestOnlyGraphFoldsCaseAndReadsKeys(t *testing.T) {
	t.Parallel()
	c := parseTest(t, documentText("servers: [{url: 'https://api.contoso.com/v1'}]", "GET /users/{id}",
		"GET /users/delta()"))
	for _, path := range []string{"/V1/users/1", "/v1/Users/1", "/v1/users('1')"} {
		if m, v := c.Route("GET", path); v == nil {
			t.Errorf("%s found %s", path, m.Operation.Pattern())
		}
	}
	if m, _ := c.Route("GET", "/v1/users/delta"); m.Param("id") != "delta" {
		t.Errorf("/v1/users/delta found %+v", m)
	}
}

func TestPathsThatDifferInParameterNamesOnlyAreAnError(t *testing.T) {
	t.Parallel()
	for _, patterns := range [][]string{
		{"GET /a/{x}", "GET /a/{y}"},
		{"GET /a/{x}.json", "GET /a/{y}.json"},
		{"GET /a/f()", "GET /a/microsoft.graph.f()"},
		{"GET /a/b", "GET /A/B"},
	} {
		if _, err := Parse("test.yaml", []byte(documentText(graphServers, patterns...))); err == nil {
			t.Errorf("%q: no error", patterns)
		}
	}
}

func TestTooManyPathParametersAreAnError(t *testing.T) {
	t.Parallel()
	path := ""
	for i := range maxParams + 1 {
		path += fmt.Sprintf("/{p%d}", i)
	}
	_, err := Parse("test.yaml", []byte(documentText("", "GET "+path)))
	if err == nil || !strings.Contains(err.Error(), "more than 16 path parameters") {
		t.Errorf("got %v", err)
	}
	m, v := parseTest(t, documentText("", "GET "+path[:len(path)-len("/{p16}")])).Route("GET",
		strings.Repeat("/x", maxParams))
	if v != nil || m.Param("p15") != "x" {
		t.Errorf("sixteen parameters: %v %v", m, v)
	}
}

// FuzzRoute: whatever path matches, the operation's template with the same
// parameters in it matches too and means the same.
func FuzzRoute(f *testing.F) {
	c := parseTest(f, documentText(graphServers, graphPaths...))
	for _, path := range []string{
		"/v1.0/me/activities/%2Ftrail%3F208",
		"/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7",
		"/beta/me/activities/microsoft.graph.recent()", "/v1.0/users('o''neil')/activities(%27c%27)",
		"/v1.0/users/delta/manager",
		"/v1.0/reports/microsoft.graph.getX(from=1,to=2)", "/v1.0/reports/a-v1.json/lines", "/v1.0//me/", "/v2/x",
		"/v1.0/%zz",
	} {
		for _, method := range []string{"GET", "PUT"} {
			f.Add(method, path)
		}
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		m, v := c.Route(method, path)
		if (v == nil) != (m.Operation != nil) {
			t.Fatalf("operation %v, violation %v", m.Operation, v)
		}
		if v != nil {
			return
		}
		again, v := c.Route(method, m.Base+fill(m))
		if v != nil {
			t.Fatalf("%s: %v", fill(m), v)
		}
		if hasKey(path) {
			return // users('delta') is the user, users/delta the function
		}
		if again.Operation != m.Operation || !slices.Equal(again.values, m.values) {
			t.Fatalf("%s with %q became %s with %q", m.Operation.Pattern(), m.values, again.Operation.Pattern(),
				again.values)
		}
	})
}

// fill is the path of m's operation with the values of m.
func fill(m Match) string {
	path := m.Operation.Path
	for i, name := range m.Operation.params {
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(m.values[i]), 1)
	}
	return path
}

func hasKey(path string) bool {
	decoded, err := url.PathUnescape(path)
	return err == nil && strings.Contains(decoded, "('")
}

// BenchmarkRoute shows that a look-up costs the same among 10 and 12,000 paths.
func BenchmarkRoute(b *testing.B) {
	for _, paths := range []int{10, 12_000} {
		patterns := slices.Clone(graphPaths[:8])
		for i := len(patterns); i < paths; i++ {
			patterns = append(patterns, fmt.Sprintf("GET /resource%d/{id}/part%d", i/4, i%4))
		}
		b.Run(fmt.Sprintf("paths=%d", paths), func(b *testing.B) {
			c := parseTest(b, documentText(graphServers, patterns...))
			b.ReportAllocs()
			for b.Loop() {
				if _, v := c.Route("PUT",
					"/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"); v != nil {
					b.Fatal(v)
				}
			}
		})
	}
}
