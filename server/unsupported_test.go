package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// TestWhatGraphHasIsNotSaidToBeMissing: a client that asks for it makes no mistake.
func TestWhatGraphHasIsNotSaidToBeMissing(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"POST /beta/me/drive/root:/Maps:/extractSensitivityLabels": "POST /me/drive/root:/{}:/extractSensitivityLabels",
		"GET /v1.0/reports/getOffice365ActivationCounts":           "GET /reports/getOffice365ActivationCounts",
		"GET /v1.0/me/drives/1/nothing":                            "",
		"GET /v1.0/me/messages:/a":                                 "",
		"GET /v1.0/mee":                                            "",
		"GET /v2.0/$metadata":                                      "",
		"DELETE /v1.0/me/activities":                               "", // it is there, without that method
		"GET /v1.0/me/activities/13881113971/nowhere":              "",
	} {
		s := newServer(t, server.Config{Now: now})
		method, path, _ := strings.Cut(line, " ")
		res, text := send(t, s, method, path, nil)
		v := s.Verdict()
		if want == "" {
			if res.Header.Get("Graphmock-Unsupported") != "" || v.Clean || len(v.Unsupported) > 0 {
				t.Errorf("%s: %d %v %s", line, res.StatusCode, res.Header, text)
			}
			continue
		}
		var body struct{ Error struct{ Code string } }
		json.Unmarshal(text, &body)
		got := withoutNames(res.Header.Get("Graphmock-Unsupported"))
		if res.StatusCode != 501 || body.Error.Code != "NotImplemented" || got != want ||
			res.Header.Get("Graphmock-Violation") != "" {
			t.Errorf("%s: %d %v %s, want %s", line, res.StatusCode, res.Header, text, want)
		}
		if !v.Clean || len(v.Violations)+len(v.Unmatched) > 0 || len(v.Unsupported) != 1 ||
			withoutNames(v.Unsupported[0].What) != want || v.Unsupported[0].Where != line {
			t.Errorf("%s: %+v, %+v, %+v", line, v.Violations, v.Unmatched, v.Unsupported)
		}
	}
}

// withoutNames takes the names of parameters out of a path, but for that of a file.
func withoutNames(template string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(template, "{") {
		name, rest, isParameter := strings.Cut(part, "}")
		switch {
		case !isParameter:
			b.WriteString(part)
		case name == "path":
			b.WriteString("{path}" + rest)
		default:
			b.WriteString("{}" + rest)
		}
	}
	return b.String()
}

func TestUnsupportedRequestsAreCounted(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	for _, file := range []string{"lake", "ridge", "lake"} {
		send(t, s, "POST", "/v1.0/me/drive/root:/Maps/"+file+".txt:/extractSensitivityLabels", strings.NewReader("{}"))
	}
	send(t, s, "GET", "/v1.0/reports/getOffice365ActivationCounts", nil)
	list := s.Verdict().Unsupported
	if len(list) != 2 || list[0].Count != 3 || list[0].First != 1 ||
		list[0].Where != "POST /v1.0/me/drive/root:/Maps/lake.txt:/extractSensitivityLabels" || list[1].What != "GET /reports/getOffice365ActivationCounts" {
		t.Errorf("got %+v", list)
	}
	if _, text := send(t, s, "GET", control+"/requests?status=501&limit=1", nil); !strings.Contains(string(text),
		`"unsupported": "POST /me/drive/root:/`) {
		t.Errorf("the journal has %s", text)
	}
	if err := s.Reset(); err != nil || len(s.Verdict().Unsupported) > 0 {
		t.Errorf("after a reset: %+v, %v", s.Verdict().Unsupported, err)
	}
}

// TestOtherServicesHaveNothingOfGraph: what Graph has says nothing about them.
func TestOtherServicesHaveNothingOfGraph(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("pets.yaml", []byte("openapi: 3.0.3\ninfo: {title: pets, version: '1'}\npaths:\n  /pets:\n    "+
		"get: {responses: {'200': {description: Pets.}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Now: now, Contract: c})
	if res, _ := send(t, s, "GET", "/me", nil); res.StatusCode == 501 || len(s.Verdict().Unsupported) > 0 {
		t.Errorf("%d, %+v", res.StatusCode, s.Verdict().Unsupported)
	}
}
