package server_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/graphmock/graphmock/server"
)

// FuzzPipeline sends anything that can be a request. No answer may be a 5xx, and
// every answer to a known operation has to keep the contract: the server checks
// that itself, so a violation on the response's side is a bug.
func FuzzPipeline(f *testing.F) {
	for _, seed := range []struct{ method, target, header, body string }{
		{"PUT", seedPath + seedItem, "Bearer x", seedBody},
		{"PUT", "/v1.0/me/activities/%2Ftrail%3F208", "Bearer x",
			`{"activitySourceHost":"https://www.contoso.com","activationUrl":"a:b",` +
				`"visualElements":{"displayText":"x","content":{"a":[1,2.5e3,null]}},` +
				`"contentInfo":{"@context":"https://schema.org"},` +
				`"historyItems":[{"startedDateTime":"2018-02-26T20:54:04.345Z"}]}`},
		{"DELETE", seedPath + seedItem, "Bearer x", ""},
		{"DELETE", "/beta/users/me-token-to-replace/activities/1", "Bearer x", ""},
		{"GET", "/v1.0/users('user@contoso.com')/activities?$top=5", "bearer y", ""},
		{"PATCH", "/v1.0/me/activities/1/", "", "{}"},
		{"PATCH", "/v1.0/me/activities/13881113971988980728", "Bearer x",
			`{"visualElements":{"displayText":"x"},"historyItems":[]}`},
		{"POST", "/v1.0/me/activities", "Bearer x",
			`{"appActivityId":"a","activitySourceHost":"https://www.contoso.com","activationUrl":"a:b",` +
				`"visualElements":{"displayText":"x"}}`},
		{"GET", "/v1.0/me/activities/recent%28%29?%24expand=historyItems(" +
			"$filter=lastModifiedDateTime%20gt%202018-02-26T18:06:19Z;$top=1)", "Bearer x", ""},
		{"GET", "/v1.0/me/activities/13881113971988980728/historyItems?" +
			"$filter=activeDurationSeconds%20gt%203%20and%20not%20(status%20eq%20'active')" +
			"&$orderby=id%20desc&$select=id&$count=true", "Bearer x", ""},
		{"GET", "/v1.0/me/activities/13881113971988980728/historyItems/$count?$search=a%20OR%20b", "Bearer x", ""},
		{"GET", "/v1.0/me/activities?$skiptoken=eyJ3IjoxfQAAAAAAAAAAAAAAAAAAAAA&$format=application/json;" +
			"odata.metadata=full", "Bearer x", ""},
		{"PUT", seedPath + seedItem, "Bearer a.b.c",
			`{"startedDateTime":"2015-02-31T20:54:04Z","startedDateTime":1e999999}`},
	} {
		f.Add(seed.method, seed.target, seed.header, "application/json", "", "", seed.body)
	}
	f.Add("GET", "", "", "", "gzip", "d9877ece-6d36-4aac-9a6f-419ec627c76b", "")
	f.Add("PUT", "/v1.0/me/activities/%ff", "Bearer x", "application/json;charset=utf-16", "deflate", "\xff<\"",
		"x\x9c\xab")
	f.Fuzz(func(t *testing.T, method, target, authorization, contentType, encoding, clientID, body string) {
		if target != "" && target[0] != '/' {
			return
		}
		req, err := http.NewRequest(method, graph+target, strings.NewReader(body))
		if err != nil {
			return // no client can send it
		}
		s := newServer(t, server.Config{Now: now}) // its own, so that equal inputs do equal things
		req.Header["Authorization"] = []string{authorization}
		req.Header["Content-Type"] = []string{contentType}
		req.Header["Content-Encoding"] = []string{encoding}
		req.Header["Client-Request-Id"] = []string{clientID}
		res, err := s.Client().Do(req)
		if err != nil {
			return // refused before it was sent
		}
		defer res.Body.Close()
		if res.Header.Get("Content-Type") == "text/plain; charset=utf-8" {
			return // net/http itself refused a broken request line or header
		}
		if res.StatusCode >= 500 {
			t.Errorf("%d %v", res.StatusCode, res.Header)
		}
		checkEnvelope(t, res)
		for _, line := range res.Header.Values("Graphmock-Violation") {
			if strings.ContainsAny(line, "\r\n") {
				t.Errorf("header line %q", line)
			}
		}
		all, _ := s.Requests("") // none, if no server would have let it pass
		for _, e := range all {
			for _, v := range e.Violations {
				if v.Side == "response" {
					t.Errorf("the answer breaks the contract: %s", v)
				}
			}
		}
	})
}

// FuzzBatch sends anything as the body of a batch. The answer is 200 or 400; no
// request of it is a 5xx, each has its answer, and all keep the contract.
func FuzzBatch(f *testing.F) {
	for _, seed := range []string{
		`{"requests":[]}`,
		`{"requests":[` + batchUpsert("1", "") + `,` + batchList + `]}`,
		`{"requests":[` + batchUpsert("1", `,"dependsOn":[]`) + `,` + batchUpsert("2", `,"dependsOn":["1"]`) + `]}`,
		`{"requests":[{"id":"a","method":"DELETE","url":"/me/activities/1"},{"id":"b","method":"GET",` +
			`"url":"me/activities","dependsOn":["A"]}]}`,
		`{"requests":[{"id":"1","method":"POST","url":"%24batch","headers":{"Content-Type":"application/json"},` +
			`"body":{"requests":[]}}]}`,
		`{"requests":[{"id":"1","method":"put","url":"users?$select=id&$filter=city eq null#x",` +
			`"headers":{"Content-Type":"text/plain"},"body":"aGk="}]}`,
		`{"requests":[{"id":"é\"\\","method":"GET","url":"//x/../_graphmock/reset","headers":null,"body":null,` +
			`"dependsOn":null}]}`,
		`{"requests":[{"id":"1","method":"GET","url":"https://graph.microsoft.com/v1.0/me"}]}`,
		`{"requests":[{"id":"1","method":"PUT","url":"/me/activities/x?%zz","headers":{"Content-Encoding":"gzip",` +
			`"Content-Type":"application/json"},"body":"{}"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := newServer(t, server.Config{Now: now, Throttle: server.ThrottleDocumented})
		res, text := send(t, s, "POST", "/v1.0/$batch", strings.NewReader(body))
		all, _ := s.Requests("")
		for _, e := range all {
			if e.Status >= 500 && e.Unsupported == "" {
				t.Errorf("%s %s: %d %s", e.Method, e.Path, e.Status, e.Answer)
			}
			for _, v := range e.Violations {
				if v.Side == "response" {
					t.Errorf("%s %s: the answer breaks the contract: %s", e.Method, e.Path, v)
				}
			}
		}
		switch batch := all[len(all)-1]; {
		case batch.Operation != "batch" && res.StatusCode != 413:
			t.Errorf("the last exchange is %+v", batch)
		case res.StatusCode == 200:
			var answer batchAnswer
			if err := json.Unmarshal(text, &answer); err != nil || len(answer.Responses) != len(all)-1 {
				t.Fatalf("%d requests, error %v: %s", len(all)-1, err, text)
			}
			for i, r := range answer.Responses {
				if r.ID != all[i].BatchID || r.Status != all[i].Status {
					t.Errorf("answer %+v to %+v", r, all[i])
				}
			}
		case res.StatusCode != 400 && res.StatusCode != 413 || len(all) != 1:
			t.Errorf("%d after %d exchanges: %s", res.StatusCode, len(all), text)
		}
	})
}

// FuzzSkipToken follows links with any token, and with any text that the server
// has signed. Neither is a 5xx, and every answer keeps the contract.
func FuzzSkipToken(f *testing.F) {
	first := func(t testing.TB) (s *server.Server, token string) {
		s = newServer(t, server.Config{Now: now, PageSize: 1})
		send(t, s, "PUT", "/v1.0/me/activities/a", strings.NewReader(activityBody("a")))
		_, text := send(t, s, "GET",
			"/v1.0/me/activities?$expand=historyItems($top=1)&$filter=lastModifiedDateTime%20gt%202018-02-26T18:06:19Z",
			nil)
		_, token, _ = strings.Cut(string(text), "$skiptoken=")
		token, _, _ = strings.Cut(token, `"`)
		return s, token
	}
	_, token := first(f)
	signed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(signed) < 20 {
		f.Fatalf("the token is %q: %v", token, err)
	}
	position := string(signed[:len(signed)-16])
	f.Add(token, false)
	f.Add(token+"A", false)
	f.Add("", false)
	f.Add("%00&$top=1", false)
	f.Add(position, true)
	f.Add(strings.Replace(position, `"l":-1`, `"l":-9`, 1), true)
	f.Add(strings.Replace(position, `"q":"`, `"q":"$top=1\u0026$skip=99999\u0026$skiptoken=x\u0026`, 1), true)
	f.Add(`{"w":1,"a":{"At":-9223372036854775808,"ID":"\u0000","App":"x"},"l":9223372036854775807}`, true)
	f.Add("{}", true)
	f.Fuzz(func(t *testing.T, text string, signed bool) {
		s, _ := first(t)
		if signed {
			text = server.SignSkipToken(s, text)
		}
		res, body := send(t, s, "GET", "/v1.0/me/activities?$skiptoken="+url.QueryEscape(text), nil)
		if res.StatusCode != 200 && res.StatusCode != 400 {
			t.Errorf("%s %s", res.Status, body)
		}
		answersKeepTheContract(t, s)
	})
}

// checkEnvelope checks what every answer of Graph has, whatever the operation.
func checkEnvelope(t *testing.T, res *http.Response) {
	t.Helper()
	for _, name := range []string{"Request-Id", "Client-Request-Id", "Date", "X-Ms-Ags-Diagnostic",
		"Strict-Transport-Security"} {
		if len(res.Header[name]) != 1 || res.Header.Get(name) == "" {
			t.Errorf("%d without %s: %v", res.StatusCode, name, res.Header)
		}
	}
	if res.StatusCode < 400 {
		return
	}
	var body struct {
		Error struct {
			Code       string
			Message    *string
			InnerError map[string]string
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatalf("%d: %v", res.StatusCode, err)
	}
	inner := body.Error.InnerError
	if body.Error.Code == "" || body.Error.Message == nil || len(inner) != 3 || len(inner["date"]) != 19 ||
		inner["request-id"] != res.Header.Get("Request-Id") ||
		utf8.ValidString(res.Header.Get("Client-Request-Id")) &&
			inner["client-request-id"] != res.Header.Get("Client-Request-Id") {
		t.Errorf("%d: %+v, %v", res.StatusCode, body, res.Header)
	}
}
