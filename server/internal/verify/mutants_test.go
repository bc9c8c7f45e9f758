package verify_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/verify"
)

// A mutant is a server that is wrong in one way.
type mutant struct {
	name    string
	finds   string // a rule that has to be among those found
	include string // operations that are verified; empty is the PUT of history items
	serve   func(next http.Handler) http.Handler
}

var mutants = []mutant{
	{"a created item is answered with 200", "created", "", onStatus("PUT", 201, func(a *reply) { a.status = 200 })},
	{"a replaced item is answered with 201", "replaced", "", onStatus("PUT", 200, func(a *reply) { a.status = 201 })},
	{"a deleted item is answered with 200 and a body", "deleted", "", onStatus("DELETE", 204, func(a *reply) {
		a.status, a.body = 200, []byte(`{}`)
		a.header.Set("Content-Type", "application/json")
	})},
	{"request-id is missing", "required", "", onAny(func(a *reply) { a.header.Del("Request-Id") })},
	{"request-id is always the same", "request-id", "", onAny(func(a *reply) {
		a.header.Set("Request-Id", "0f5c9b1e-2d47-4a83-b6e0-71c4d2a95f38")
	})},
	{"client-request-id is not echoed", "client-request-id", "", onAny(func(a *reply) {
		a.header.Set("Client-Request-Id", a.header.Get("Request-Id"))
	})},
	{"dates have no zone", "format", "", onSuccess(func(a *reply) {
		a.replace("createdDateTime", func(v any) any { return strings.TrimSuffix(v.(string), "Z") })
	})},
	{"dates are local", "dates", "", onSuccess(func(a *reply) {
		a.replace("createdDateTime", func(v any) any { return strings.TrimSuffix(v.(string), "Z") + "+01:00" })
	})},
	{"Date is not RFC 1123", "pattern", "", onAny(func(a *reply) { a.header.Set("Date", "2018-02-26T20:28:22Z") })},
	{"a PUT merges", "not-merged", "", merging},
	{"createdDateTime changes with a PUT", "survives", "", onStatus("PUT", 200, func(a *reply) {
		a.replace("createdDateTime", func(any) any { return "2031-01-01T00:00:00Z" })
	})},
	{"the id changes with a PUT", "survives", "me.PutActivity", onStatus("PUT", 200, func(a *reply) {
		a.replace("id", func(v any) any { return v.(string) + "0" })
	})},
	{"the id is not the URL's", "id", "", onSuccess(func(a *reply) {
		a.replace("id", func(any) any { return "390e06e2-7e5b-4133-8014-fac7ac991af7" })
	})},
	{"a DELETE does nothing", "gone", "", lazyDelete},
	{"an activity's items outlive it", "delete-cascade", "me.DeleteActivity", onStatus("DELETE", 404, func(a *reply) {
		a.status, a.body = 204, nil
		a.header.Del("Content-Type")
	})},
	{"errors have no innerError", "inner-error", "", onError(func(a *reply) {
		a.edit(func(v map[string]any) { delete(v["error"].(map[string]any), "innerError") })
	})},
	{"innerError names another exchange", "inner-error", "", onError(func(a *reply) {
		a.edit(func(v map[string]any) {
			v["error"].(map[string]any)["innerError"].(map[string]any)["request-id"] =
				"0f5c9b1e-2d47-4a83-b6e0-71c4d2a95f38"
		})
	})},
	{"error codes are in lower case", "error-code", "", onError(func(a *reply) {
		a.edit(func(v map[string]any) {
			e := v["error"].(map[string]any)
			e["code"] = strings.ToLower(e["code"].(string))
		})
	})},
	{"bad JSON is answered with 500", "server-error", "",
		onViolation("body-syntax", func(a *reply) { a.status = 500 })},
	{"a missing token is answered with 403", "error-status", "",
		onViolation("token-empty", func(a *reply) { a.status = 403 })},
	{"unknown properties are taken", "accepts-invalid", "",
		resent("additionalProperties", func(v map[string]any) { delete(v, "graphmockVerify") })},
	{"required properties may be missing", "accepts-invalid", "",
		resent("required", func(v map[string]any) { v["startedDateTime"] = "2018-02-26T20:54:04Z" })},
	{"a null is taken where none may be", "accepts-invalid", "", resent("type", func(v map[string]any) {
		if v["startedDateTime"] == nil {
			v["startedDateTime"] = "2018-02-26T20:54:04Z"
		}
	})},
	{"tokens are not asked for", "accepts-invalid", "", open},
	{"Allow is missing", "method-not-allowed", "", onAny(func(a *reply) { a.header.Del("Allow") })},
	{"Allow names another method", "method-not-allowed", "",
		onStatus("", 405, func(a *reply) { a.header.Set("Allow", "GET") })},
	{"the context is another type's", "context", "", onSuccess(func(a *reply) {
		a.replace("@odata.context", func(v any) any { return strings.Replace(v.(string), "historyItems", "items", 1) })
	})},
	{"Content-Type is text/plain", "content-type", "",
		onSuccess(func(a *reply) { a.header.Set("Content-Type", "text/plain") })},
	{"Content-Type has no metadata level", "content-type", "",
		onSuccess(func(a *reply) { a.header.Set("Content-Type", "application/json") })},
	{"activeDurationSeconds is a string", "type", "", onSuccess(func(a *reply) {
		a.replace("activeDurationSeconds", func(v any) any { return fmt.Sprint(v) })
	})},
	{"activeDurationSeconds is off by one", "duration", "", onSuccess(func(a *reply) {
		a.replace("activeDurationSeconds", func(any) any { return 1 })
	})},
	{"startedDateTime is null", "type", "",
		onSuccess(func(a *reply) { a.replace("startedDateTime", func(any) any { return nil }) })},
	{"expirationDateTime is missing", "expiration", "",
		onSuccess(func(a *reply) { a.edit(func(v map[string]any) { delete(v, "expirationDateTime") }) })},
	{"userTimezone is not stored", "stored", "",
		onSuccess(func(a *reply) { a.edit(func(v map[string]any) { delete(v, "userTimezone") }) })},
	{"the status is active", "status", "",
		onSuccess(func(a *reply) { a.replace("status", func(any) any { return "active" }) })},
	{"the answer has a property of its own", "additionalProperties", "",
		onSuccess(func(a *reply) { a.edit(func(v map[string]any) { v["etag"] = "1" }) })},
	{"the activity's Location is missing", "location", "me.PutActivity",
		onAny(func(a *reply) { a.header.Del("Location") })},
	{"an item's answer is cut off", "no-answer", "", truncating},

	{"a PATCH replaces", "merged", "me.activities.UpdateHistoryItem",
		changed("PATCH", func(r *http.Request, v map[string]any) {
			r.Method = "PUT"
			if v["startedDateTime"] == nil {
				v["startedDateTime"] = "2001-01-01T00:00:00Z"
			}
		})},
	{"a PATCH forgets", "stored", "me.activities.UpdateHistoryItem",
		changed("PATCH", func(_ *http.Request, v map[string]any) {
			delete(v, "userTimezone")
		})},
	{"a PATCH to another key is taken", "patch-key", "me.UpdateActivity",
		changed("PATCH", func(_ *http.Request, v map[string]any) {
			delete(v, "appActivityId")
		})},
	{"createdDateTime changes with a PATCH", "survives", "me.activities.UpdateHistoryItem",
		onStatus("PATCH", 200, func(a *reply) {
			a.replace("createdDateTime", func(any) any { return "2031-01-01T00:00:00Z" })
		})},
	{"a POST is answered with 200", "created", "me.activities.CreateHistoryItem",
		onStatus("POST", 201, func(a *reply) { a.status = 200 })},
	{"a POST is answered without Location", "location", "me.activities.CreateHistoryItem",
		onStatus("POST", 201, func(a *reply) { a.header.Del("Location") })},
	{"the Location of a POST is the collection", "location", "me.activities.CreateHistoryItem",
		onStatus("POST", 201, func(a *reply) {
			at := a.header.Get("Location")
			a.header.Set("Location", at[:strings.LastIndex(at, "/")])
		})},
	{"what is there can be posted again", "post-exists", "me.CreateActivity",
		onStatus("POST", 409, func(a *reply) { a.status = 201 })},
	{"a POST forgets", "stored", "me.activities.CreateHistoryItem",
		changed("POST", func(_ *http.Request, v map[string]any) { delete(v, "userTimezone") })},
	{"a POST needs no key", "accepts-invalid", "me.CreateActivity",
		resent("required", func(v map[string]any) { v["appActivityId"] = rand.Text() })},
	{"GET of an entity has no context", "context", "me.GetActivity", onStatus("GET", 200, func(a *reply) {
		a.edit(func(v map[string]any) { delete(v, "@odata.context") })
	})},
	{"GET of an entity has another's property", "stored", "me.GetActivity", onStatus("GET", 200, func(a *reply) {
		a.replace("activationUrl", func(any) any { return "https://www.contoso.com/other" })
	})},
	{"a list leaves out what was created", "listed", "me.activities.CreateHistoryItem",
		onStatus("GET", 200, func(a *reply) {
			a.replace("value", func(any) any { return []any{} })
		})},
	{"$count is a JSON string", "content-type", "me.activities.CountHistoryItems", onCount(func(a *reply) {
		a.header.Set("Content-Type", "application/json")
		a.body = []byte(`"` + string(a.body) + `"`)
	})},
	{"$count is a word", "type", "me.activities.CountHistoryItems",
		onCount(func(a *reply) { a.body = []byte("three") })},
	{"$count is always 0", "counted", "me.activities.CreateHistoryItem",
		onCount(func(a *reply) { a.body = []byte("0") })},
	{"Preference-Applied is missing", "prefer-minimal", "",
		onAny(func(a *reply) { a.header.Del("Preference-Applied") })},
	{"return=minimal is ignored", "prefer-minimal", "me.activities.CreateHistoryItem", without("Prefer")},
	{"the page size is ignored", "prefer-page-size", "me.activities.ListHistoryItems", without("Prefer")},
	{"there is no next link", "listed", "me.activities.ListHistoryItems", onStatus("GET", 200, func(a *reply) {
		a.edit(func(v map[string]any) { delete(v, "@odata.nextLink") })
	})},
	{"the next link names another host", "pages", "me.activities.ListHistoryItems",
		onStatus("GET", 200, func(a *reply) {
			a.replace("@odata.nextLink", func(v any) any { return strings.Replace(v.(string), "graph.", "www.", 1) })
		})},
	{"the next link leads back", "stable", "me.activities.ListHistoryItems", onStatus("GET", 200, func(a *reply) {
		a.replace("@odata.nextLink", func(v any) any { page, _, _ := strings.Cut(v.(string), "?"); return page })
	})},
	{"an unknown query option is taken", "accepts-invalid", "me.activities.Recent",
		onViolation("query-unsupported", func(a *reply) {
			a.status, a.body = 200, []byte(`{"value":[]}`)
		})},
	{"what has expired is still there", "expiration-past", "", changed("PUT", func(_ *http.Request, v map[string]any) {
		if v["expirationDateTime"] != nil {
			v["expirationDateTime"] = "2999-01-01T00:00:00Z"
		}
	})},
	{"a batch is answered with OData's Content-Type", "content-type", "batch", onStatus("POST", 200, func(a *reply) {
		a.header.Set("Content-Type", "application/json;odata.metadata=minimal")
	})},
	{"statuses in a batch are strings", "type", "batch", onStatus("POST", 200, func(a *reply) {
		a.replace("responses", func(v any) any {
			for _, each := range v.([]any) {
				part := each.(map[string]any)
				part["status"] = fmt.Sprint(part["status"])
			}
			return v
		})
	})},
	{"a malformed batch has another code", "error-code", "batch", onStatus("POST", 400, func(a *reply) {
		a.edit(func(v map[string]any) { v["error"].(map[string]any)["code"] = "RequestBodyRead" })
	})},
}

// TestMutantsAreFound has a table of mutants and of what found them: go test -v
// -run TestMutantsAreFound ./server/internal/verify.
func TestMutantsAreFound(t *testing.T) {
	t.Parallel()
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			include := strings.Fields(m.include)
			if len(include) == 0 {
				include = []string{"me.activities.PutHistoryItem"}
			}
			result, err := verify.Run(t.Context(), verify.Config{
				Target: "https://graph.microsoft.com", Token: tokenOf(t, s), Include: include,
				Transport: inProcess{m.serve(s)},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range result.Findings {
				if f.Rule == m.finds {
					t.Logf("%s | %s | %s: %s | %s", m.name, f.Pattern, f.Rule, f.Message, f.Case)
					if f.Curl == "" || f.Count == 0 || strings.Contains(f.Curl, tokenOf(t, s)) {
						t.Errorf("got %+v", f)
					}
					return
				}
			}
			t.Errorf("not found; got %+v", result.Findings)
		})
	}
}

// inProcess is a transport to a handler.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(req *http.Request) (res *http.Response, err error) {
	body := req.Body
	if body == nil {
		body = http.NoBody
	}
	r := httptest.NewRequestWithContext(req.Context(), req.Method, req.URL.String(), body)
	r.Header, r.ContentLength = req.Header, req.ContentLength
	w := httptest.NewRecorder()
	defer func() {
		if recover() != nil {
			err = io.ErrUnexpectedEOF
		}
	}()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// reply is a response before it is sent.
type reply struct {
	method string
	path   string
	status int
	header http.Header
	body   []byte
}

func (a *reply) edit(change func(map[string]any)) {
	var v map[string]any
	if json.Unmarshal(a.body, &v) != nil {
		return
	}
	change(v)
	a.body, _ = json.Marshal(v)
}

// replace changes a member that the body has.
func (a *reply) replace(name string, change func(any) any) {
	a.edit(func(v map[string]any) {
		if old, ok := v[name]; ok {
			v[name] = change(old)
		}
	})
}

func ask(h http.Handler, r *http.Request) *reply {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return &reply{r.Method, r.URL.Path, w.Code, w.Header(), w.Body.Bytes()}
}

func (a *reply) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// onAny changes every response.
func onAny(change func(*reply)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := ask(next, r)
			change(a)
			a.send(w)
		})
	}
}

func onStatus(method string, status int, change func(*reply)) func(http.Handler) http.Handler {
	return onAny(func(a *reply) {
		if a.status == status && (method == "" || method == a.method) {
			change(a)
		}
	})
}

func onSuccess(change func(*reply)) func(http.Handler) http.Handler {
	return onAny(func(a *reply) {
		if a.status/100 == 2 && len(a.body) > 0 && bytes.Contains(a.body, []byte("startedDateTime")) {
			change(a)
		}
	})
}

// onCount changes the responses to $count.
func onCount(change func(*reply)) func(http.Handler) http.Handler {
	return onAny(func(a *reply) {
		if a.status == 200 && strings.HasSuffix(a.path, "/$count") {
			change(a)
		}
	})
}

// without returns a copy of a body that lacks the member or the element at a path;
// ok is false if it has none.
func without(name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del(name)
			next.ServeHTTP(w, r)
		})
	}
}

// changed changes requests with a JSON object.
func changed(method string, change func(*http.Request, map[string]any)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(sent))
			var v map[string]any
			if r.Method == method && json.Unmarshal(sent, &v) == nil && v != nil {
				change(r, v)
				r = withBody(r, v)
			}
			next.ServeHTTP(w, r)
		})
	}
}

func onError(change func(*reply)) func(http.Handler) http.Handler {
	return onAny(func(a *reply) {
		if a.status >= 400 {
			change(a)
		}
	})
}

func onViolation(rule string, change func(*reply)) func(http.Handler) http.Handler {
	return onAny(func(a *reply) {
		if strings.HasPrefix(a.header.Get("Graphmock-Violation"), rule+";") {
			change(a)
		}
	})
}

// resent mends a body that breaks a rule, and has it answered then.
func resent(rule string, mend func(map[string]any)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(sent))
			a := ask(next, r)
			var v map[string]any
			if strings.HasPrefix(a.header.Get("Graphmock-Violation"), rule+";") && json.Unmarshal(sent, &v) == nil &&
				v != nil {
				mend(v)
				a = ask(next, withBody(r, v))
			}
			a.send(w)
		})
	}
}

func withBody(r *http.Request, v map[string]any) *http.Request {
	text, _ := json.Marshal(v)
	again := r.Clone(r.Context())
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return again
}

// merging keeps what an earlier PUT had.
func merging(next http.Handler) http.Handler {
	var mu sync.Mutex
	kept := map[string]map[string]any{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
		var v map[string]any
		if r.Method != "PUT" || json.Unmarshal(sent, &v) != nil || v == nil {
			next.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for name, old := range kept[r.URL.Path] {
			if _, ok := v[name]; !ok {
				v[name] = old
			}
		}
		a := ask(next, withBody(r, v))
		if a.status/100 == 2 {
			kept[r.URL.Path] = v
		}
		a.send(w)
	})
}

// lazyDelete responds to a DELETE without doing it.
func lazyDelete(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "DELETE" || r.Header.Get("Authorization") == "" {
			next.ServeHTTP(w, r)
			return
		}
		other := r.Clone(r.Context())
		other.Method, other.Body, other.ContentLength = "PATCH", http.NoBody, 0
		a := ask(next, other) // for the headers
		a.status, a.body = 204, nil
		for _, name := range []string{"Content-Type", "Allow", "Graphmock-Violation"} {
			a.header.Del(name)
		}
		a.send(w)
	})
}

// open lets everybody in.
func open(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			r.Header.Set("Authorization", "Bearer anybody")
		}
		next.ServeHTTP(w, r)
	})
}

// truncating breaks the connection off where an item would be created.
func truncating(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "historyItems") && r.Method == "PUT" {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

func TestFindingIsShownByItsSmallestRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	wrong := onSuccess(func(a *reply) { a.edit(func(v map[string]any) { delete(v, "userTimezone") }) })
	result, err := verify.Run(t.Context(), verify.Config{
		Target: "https://graph.microsoft.com", Token: tokenOf(t, s), Include: []string{"me.activities.PutHistoryItem"},
		Transport: inProcess{wrong(s)},
	})
	if err != nil || len(result.Findings) != 1 {
		t.Fatalf("got %v, %+v", err, result)
	}
	f := result.Findings[0]
	want := regexp.MustCompile(`^curl -i -X PUT https://graph.microsoft.com` +
		`(/v1.0/me/activities/\d+)/historyItems/[0-9a-f-]{36} -H "Authorization: Bearer \$GRAPHMOCK_TOKEN"` +
		` -H 'Content-Type: application/json' --data-raw '\{"startedDateTime":"[^"]+","userTimezone":"[^"]*"\}'$`)
	path := want.FindStringSubmatch(f.Curl)
	if path == nil {
		t.Fatalf("got %s", f.Curl)
	}
	if want := []string{strings.TrimPrefix(path[1], "/v1.0")}; !slices.Equal(result.Kept, want) {
		t.Errorf("kept %v, want %v, which the line needs", result.Kept, want)
	}
	if f.Violation.Evidence != openapi.Documented || f.Violation.Source == "" ||
		f.Violation.Pointer != "/userTimezone" {
		t.Errorf("got %+v", f.Violation)
	}
}
