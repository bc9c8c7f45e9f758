package graph

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestHostsAreKnownInAnyCase(t *testing.T) {
	t.Parallel()
	for _, host := range Hosts() {
		if !IsHost(host) || !IsHost(strings.ToUpper(host)) {
			t.Errorf("%s is no host", host)
		}
	}
	for _, host := range []string{"", "microsoft.com", "graph.microsoft.com:443", "graph.microsoft.com.contoso.com",
		"xgraph.microsoft.com"} {
		if IsHost(host) {
			t.Errorf("%q is a host", host)
		}
	}
	Hosts()[0] = "contoso.com"
	if IsHost("contoso.com") {
		t.Error("callers can change the hosts")
	}
}

func TestCutVersion(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1.0/me": "/me", "/beta/users/a": "/users/a", "/v1.0/": "/", "/v1.0/beta/me": "/beta/me",
		"/v1.0": "", "/v1.00/me": "", "/v2.0/me": "", "/me/v1.0/a": "", "": "", "v1.0/me": "",
	} {
		rest, found := CutVersion(path)
		if found != (want != "") || !found && rest != path || found && rest != want {
			t.Errorf("%q: got %q, %v", path, rest, found)
		}
	}
}

func TestErrorsAreComplete(t *testing.T) {
	t.Parallel()
	if len(errorByID) < 50 {
		t.Errorf("only %d errors", len(errorByID))
	}
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	braces := regexp.MustCompile(`^[^{}]*({[a-z]+}[^{}]*)*$`)
	all := map[string]Error{}
	for _, table := range errorTables {
		for name, e := range table {
			if _, twice := all[name]; twice {
				t.Errorf("%s is in two tables", name)
			}
			all[name] = e
		}
	}
	for name := range all {
		e, ok := ErrorOf(name)
		noCode := e.Code == "" && !strings.HasPrefix(name, "planner-") // whose errors have none
		if !ok || !id.MatchString(name) || e.Status < 400 || e.Status > 599 || noCode || e.Message == "" ||
			!braces.MatchString(e.Message) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if e, ok := ErrorOf("no such error"); ok || e != (Error{}) {
		t.Errorf("got %+v", e)
	}
}

func TestNamedErrorsAreInTheTable(t *testing.T) {
	t.Parallel()
	for id, status := range map[string]int{
		ErrorThrottled: 429, ErrorUnauthorized: 401, ErrorTokenRevoked: 401, ErrorForbidden: 403, ErrorNotFound: 404,
		ErrorConflict: 409, ErrorPreconditionFailed: 412, ErrorInternal: 500, ErrorUnavailable: 503, ErrorTimeout: 504,
		ErrorStorage: 507,
	} {
		if e, ok := ErrorOf(id); !ok || e.Status != status {
			t.Errorf("%s: %+v", id, e)
		}
	}
}

func TestStatusesHaveTheirErrors(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 405, 408, 409, 412, 413, 429, 500, 503, 504, 507} {
		if e := ErrorFor(status); e.Status != status || e.Message == "" {
			t.Errorf("%d: %+v", status, e)
		}
	}
	if e := ErrorFor(418); e != (Error{418, "UnknownError", ""}) {
		t.Errorf("418: %+v", e)
	}
}

func TestChallengesNameWhoToAsk(t *testing.T) {
	t.Parallel()
	want := `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
		`client_id="00000003-0000-0000-c000-000000000000"`
	if WWWAuthenticate != want {
		t.Errorf("got %s", WWWAuthenticate)
	}
	now := time.Unix(1519676902, 0)
	challenge := ClaimsChallenge(now)
	_, rest, _ := strings.Cut(challenge, `claims="`)
	claims, _, _ := strings.Cut(rest, `"`)
	text, err := base64.StdEncoding.DecodeString(claims)
	if err != nil {
		t.Fatalf("%s: %v", challenge, err)
	}
	var asked struct {
		AccessToken map[string]struct{ Value string } `json:"access_token"`
	}
	if err := json.Unmarshal(text, &asked); err != nil || asked.AccessToken["nbf"].Value != "1519676902" {
		t.Errorf("the claims are %s, %v", text, err)
	}
}

// TestMessagesHaveTheNamesThatServersFillIn: a name in braces that no server knows
// would reach the client.
func TestMessagesHaveTheNamesThatServersFillIn(t *testing.T) {
	t.Parallel()
	known := map[string]bool{
		"{property}": true, "{parameter}": true, "{segment}": true, "{option}": true, "{encoding}": true,
		"{type}":   true,
		"{reason}": true, "{id}": true, "{operation}": true,
	}
	all := map[string]Error{}
	for _, table := range errorTables {
		maps.Copy(all, table)
	}
	for id, e := range all {
		for _, name := range regexp.MustCompile(`{[^}]*}`).FindAllString(e.Message, -1) {
			if !known[name] {
				t.Errorf("%s: %s is filled in by nobody", id, name)
			}
		}
	}
}

func TestErrorsOfAStatusAreInTheTable(t *testing.T) {
	t.Parallel()
	for status, id := range errorByStatus {
		if e, ok := ErrorOf(id); !ok || e.Status != status || !IsErrorID(id) {
			t.Errorf("%d: %s is %+v", status, id, e)
		}
	}
	if IsErrorID("no such error") {
		t.Error("every id is an error's")
	}
}
