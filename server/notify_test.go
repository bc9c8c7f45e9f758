package server_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/auth/entra"
)

const receiverURL = "https://app.example/notify"

// A receiver confirms that it is one, and keeps what it gets.
type receiver struct {
	mu     sync.Mutex
	values []map[string]any
	posts  int
	answer func(n int) int // the status of the nth delivery, nil is 202
	tokens []string
	bodies []string

	arrived chan struct{} // told of each notification, unless it is nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if token := req.URL.Query().Get("validationToken"); token != "" {
		r.mu.Lock()
		r.tokens = append(r.tokens, token)
		r.mu.Unlock()
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, token)
		return
	}
	var body struct{ Value []map[string]any }
	text, _ := io.ReadAll(req.Body)
	if err := json.Unmarshal(text, &body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts++
	r.bodies = append(r.bodies, string(text))
	status := http.StatusAccepted
	if r.answer != nil {
		status = r.answer(r.posts)
	}
	if status/100 == 2 {
		r.values = append(r.values, body.Value...)
		for range body.Value {
			if r.arrived != nil {
				r.arrived <- struct{}{}
			}
		}
	}
	w.WriteHeader(status)
}

// got is what arrived, each in one line.
func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, v := range r.values {
		what := v["changeType"]
		if what == nil {
			what = v["lifecycleEvent"]
		}
		all = append(all, fmt.Sprint(what))
	}
	return all
}

// sent sends a request in process, and returns the response's status and body.
func sent(t *testing.T, s *server.Server, method, path, body string) (int, map[string]any) {
	t.Helper()
	req, _ := http.NewRequest(method, "https://graph.microsoft.com/v1.0"+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer any-token")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var v map[string]any
	text, _ := io.ReadAll(res.Body)
	json.Unmarshal(text, &v)
	return res.StatusCode, v
}

// subscribe subscribes to a resource for an hour, and returns the subscription.
func subscribe(t *testing.T, s *server.Server, resource, url, changes string, more ...string) map[string]any {
	t.Helper()
	status, v := sent(t, s, "POST", "/subscriptions", subscription(resource, url, changes, more...))
	if status != 201 {
		t.Fatalf("%d %v", status, v)
	}
	return v
}

func subscription(resource, url, changes string, more ...string) string {
	return fmt.Sprintf(`{"changeType": %q, "notificationUrl": %q, "resource": %q, "clientState": "c0",
		"expirationDateTime": "2026-01-31T13:00:00Z"%s}`, changes, url, resource, strings.Join(more, ""))
}

func TestReceiverIsToldWhatChanged(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	if err := s.Handle(receiverURL, r); err != nil {
		t.Fatal(err)
	}
	sub := subscribe(t, s, "me/messages", receiverURL, "created,updated,deleted")
	if len(r.tokens) != 1 || !strings.HasPrefix(r.tokens[0],
		"Validation: Testing client application reachability for subscription Request-Id: ") {
		t.Errorf("token %q", r.tokens)
	}
	_, message := sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	id := message["id"].(string)
	sent(t, s, "PATCH", "/me/messages/"+id, `{"subject": "More ropes"}`)
	sent(t, s, "POST", "/me/contacts", `{"displayName": "Nobody"}`)
	sent(t, s, "POST", "/me/messages/"+id+"/permanentDelete", "")
	if got := strings.Join(r.got(), " "); got != "created updated deleted" {
		t.Fatalf("got %s", got)
	}
	v := r.values[0]
	data, _ := v["resourceData"].(map[string]any)
	if v["subscriptionId"] != sub["id"] || v["clientState"] != "c0" || data["id"] != id ||
		v["subscriptionExpirationDateTime"] != "2026-01-31T13:00:00Z" || data["@odata.type"] != "#Microsoft.Graph.Message" ||
		v["tenantId"] == nil || v["resource"] != data["@odata.id"] {
		t.Errorf("got %v", v)
	}
	if status, _ := sent(t, s, "DELETE", "/subscriptions/"+sub["id"].(string), ""); status != 204 {
		t.Errorf("delete: %d", status)
	}
	sent(t, s, "POST", "/me/messages", `{"subject": "Silence"}`)
	if n := len(r.got()); n != 3 {
		t.Errorf("%d notifications, want 3", n)
	}
}

func TestUsersAreUpdatedUntilTheyAreGoneForGood(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	subscribe(t, s, "users", receiverURL, "updated,deleted")
	_, user := sent(t, s, "POST", "/users", `{"accountEnabled": true, "displayName": "New", "mailNickname": "new",
		"userPrincipalName": "new@contoso.com", "passwordProfile": {"password": "x-Y-z-1-2-3"}}`)
	id := user["id"].(string)
	sent(t, s, "DELETE", "/users/"+id, "")
	sent(t, s, "DELETE", "/directory/deletedItems/"+id, "")
	if got := strings.Join(r.got(), " "); got != "updated updated deleted" {
		t.Errorf("got %s", got)
	}
}

func TestMembersThatComeAndLeaveAreTold(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	const crew, alex, lee = "02bd9fd6-8f93-4758-87c3-1fb73740a315", "6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7a02",
		"6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7a04"
	const staff = "06f62f70-9827-4e6e-93ef-8e0f2d9b7b23"
	subscribe(t, s, "groups/"+crew+"/members", receiverURL, "updated")
	subscribe(t, s, "groups", receiverURL, "updated")
	reference := func(id string) string { return `{"@odata.id": "https://graph.microsoft.com/v1.0/users/` + id + `"}` }
	sent(t, s, "POST", "/groups/"+crew+"/members/$ref", reference(alex))
	sent(t, s, "PATCH", "/groups/"+crew, `{"description": "Paths"}`)     // of which the members know nothing
	sent(t, s, "POST", "/groups/"+staff+"/members/$ref", reference(lee)) // likewise
	sent(t, s, "POST", "/groups/"+crew+"/owners/$ref", reference(alex))  // of which deltas tell nobody
	sent(t, s, "DELETE", "/groups/"+crew+"/members/"+alex+"/$ref", "")
	sent(t, s, "POST", "/groups/"+staff+"/members/$ref", reference(lee)) // who is there already
	var got []string
	for _, v := range r.values {
		data := v["resourceData"].(map[string]any)
		members, _ := json.Marshal(data["members@delta"])
		got = append(got, fmt.Sprint(v["changeType"], " ", v["resource"], " ", string(members)))
	}
	in, out := `[{"id":"`+alex+`"}]`, `[{"@removed":"deleted","id":"`+alex+`"}]`
	want := []string{
		"updated Groups/" + crew + " " + in, "updated Groups/" + crew + " " + in,
		"updated Groups/" + crew + " null",
		"updated Groups/" + staff + ` [{"id":"` + lee + `"}]`,
		"updated Groups/" + crew + " " + out, "updated Groups/" + crew + " " + out,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if status, v := sent(t, s, "POST", "/subscriptions", subscription("groups/"+crew+"/owners", receiverURL, "updated")); status != 400 {
		t.Errorf("owners: %d %v", status, v)
	}
}

func TestOwnersAreToldOfWhatTheyMissed(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r, lifecycle := &receiver{answer: func(int) int { return 503 }}, &receiver{}
	s.Handle(receiverURL, r)
	s.Handle("https://app.example/lifecycle", lifecycle)
	sub := subscribe(t, s, "me/messages", receiverURL, "created", `, "lifecycleNotificationUrl": "https://app.example/lifecycle"`)
	sent(t, s, "PATCH", "/subscriptions/"+sub["id"].(string), `{"expirationDateTime": "2026-02-06T12:00:00Z"}`)
	subscribe(t, s, "me/messages", receiverURL, "created") // whose owner can't be told
	sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	for range 30 {
		if got := lifecycle.got(); len(got) > 0 {
			t.Fatalf("told %q before Graph gives up", got)
		}
		s.Advance(8 * time.Minute)
	}
	s.Advance(time.Hour)
	if got := strings.Join(lifecycle.got(), " "); got != "missed" || lifecycle.values[0]["subscriptionId"] != sub["id"] {
		t.Errorf("told %q of %v", got, lifecycle.values)
	}
	scenario, err := scenarios.Script(s.Contract(), "POST /me/messages", scenarios.Pass.Notifying(scenarios.Notify{Drop: 2}))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(scenario); err != nil {
		t.Fatal(err)
	}
	sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	if got := strings.Join(lifecycle.got(), " "); got != "missed missed" {
		t.Errorf("after a loss: told %q", got)
	}
}

func TestFailedNotificationIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{answer: func(n int) int { return map[bool]int{true: 503, false: 202}[n < 3] }}
	s.Handle(receiverURL, r)
	subscribe(t, s, "me/messages", receiverURL, "created")
	sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	for i, want := range []int{1, 2, 2, 3, 3} {
		if r.posts != want {
			t.Errorf("%d: %d posts, want %d", i, r.posts, want)
		}
		s.Advance(10 * time.Second)
	}
	if len(r.got()) != 1 {
		t.Errorf("got %v", r.got())
	}
}

func TestRetryComesByTheBubblesTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := server.New(server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r := &receiver{answer: func(n int) int { return map[bool]int{true: 500, false: 200}[n == 1] }}
		s.Handle(receiverURL, r)
		body := strings.Replace(subscription("me/messages", receiverURL, "created"), "2026-01-31T13:00:00Z",
			time.Now().UTC().Add(time.Hour).Format(time.RFC3339), 1)
		if status, v := sent(t, s, "POST", "/subscriptions", body); status != 201 {
			t.Fatal(v)
		}
		sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if len(r.got()) != 1 {
			t.Errorf("got %v after %d posts", r.got(), r.posts)
		}
	})
}

// A copy is there after a while, and told of then: nobody asks for anything in the meantime.
func TestCopiesAreToldOfWhenTheyAreDone(t *testing.T) {
	t.Parallel()
	for name, moves := range map[string]func(*server.Server){
		"by itself": func(*server.Server) { time.Sleep(2 * time.Second); synctest.Wait() },
		"advanced": func(s *server.Server) {
			if err := s.Advance(2 * time.Second); err != nil {
				t.Error(err)
			}
		},
		"closed before": nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			s, err := server.New(server.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r := &receiver{}
			s.Handle(receiverURL, r)
			body := strings.Replace(subscription("me/drive/root", receiverURL, "updated"), "2026-01-31T13:00:00Z",
				time.Now().UTC().Add(time.Hour).Format(time.RFC3339), 1)
			if status, v := sent(t, s, "POST", "/subscriptions", body); status != 201 {
				t.Fatal(v)
			}
			if status, v := sent(t, s, "POST", "/me/drive/items/01CONTOSOMAPS/copy", `{"name": "Maps, copied"}`); status != 202 {
				t.Fatal(v)
			}
			if moves == nil {
				return
			}
			if before := len(r.got()); before != 0 {
				t.Errorf("%s: told %d times before it is done", name, before)
			}
			moves(s)
			if len(r.got()) != 1 {
				t.Errorf("%s: got %v", name, r.got())
			}
		})
	}
}

func TestEachWriteIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, socket := range []bool{false, true} {
		s := newServer(t, server.Config{Now: now})
		r := &receiver{}
		url := receiverURL
		if socket {
			h := httptest.NewServer(r)
			defer h.Close()
			url, r.arrived = h.URL, make(chan struct{}, 1000)
		}
		s.Handle(receiverURL, r)
		subscribe(t, s, "me/messages", url, "created")
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() { sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`) })
		}
		all.Wait()
		for i := 0; socket && i < 64; i++ {
			<-r.arrived
		}
		seen := map[any]bool{}
		for _, v := range r.values {
			seen[v["resource"]] = true
		}
		if len(r.values) != 64 || len(seen) != 64 {
			t.Errorf("%d notifications of %d messages", len(r.values), len(seen))
		}
	}
}

// TestParallelWritesAreToldOnce lets 64 clients create, change and delete: each time each is told once.
func TestParallelWritesAreToldOnce(t *testing.T) {
	t.Parallel()
	for resource, bodies := range map[string][2]string{
		"me/contacts": {`{"givenName": "x"}`, `{"nickName": "y"}`},
		"me/events": {`{"subject": "x", "start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "UTC"},
			"end": {"dateTime": "2026-03-02T10:00:00", "timeZone": "UTC"}}`, `{"subject": "y"}`},
		"me/todo/lists/LIST/tasks": {`{"title": "x"}`, `{"title": "y"}`},
	} {
		s, r := newServer(t, server.Config{Now: now}), &receiver{}
		if err := s.Handle(receiverURL, r); err != nil {
			t.Fatal(err)
		}
		_, list := sent(t, s, "POST", "/me/todo/lists", `{"displayName": "Crew"}`)
		resource = strings.Replace(resource, "LIST", list["id"].(string), 1)
		subscribe(t, s, resource, receiverURL, "created,updated,deleted")
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				_, made := sent(t, s, "POST", "/"+resource, bodies[0])
				path := fmt.Sprint("/", resource, "/", made["id"])
				sent(t, s, "PATCH", path, bodies[1])
				sent(t, s, "DELETE", path, "")
			})
		}
		all.Wait()
		told := map[string]int{}
		for _, v := range r.values {
			told[fmt.Sprint(v["changeType"], " ", v["resource"])]++
		}
		if len(r.values) != 3*64 || len(told) != 3*64 {
			t.Errorf("%s: %d notifications, %d of them different", resource, len(r.values), len(told))
		}
	}
}

func TestOwnersAreToldOfTheEndOfTheirSubscriptions(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r, lifecycle := &receiver{}, &receiver{}
	s.Handle(receiverURL, r)
	s.Handle("https://app.example/lifecycle", lifecycle)
	const more = `, "lifecycleNotificationUrl": "https://app.example/lifecycle"`
	left := subscribe(t, s, "me/messages", receiverURL, "created", more)
	renewed := subscribe(t, s, "me/messages", receiverURL, "created", more)
	deleted := subscribe(t, s, "me/messages", receiverURL, "created", more)
	if len(lifecycle.tokens) != 3 {
		t.Errorf("%d validations of the receiver of lifecycle notifications", len(lifecycle.tokens))
	}
	sent(t, s, "DELETE", "/subscriptions/"+deleted["id"].(string), "")
	sent(t, s, "PATCH", "/subscriptions/"+renewed["id"].(string), `{"expirationDateTime": "2026-02-01T12:00:00Z"}`)
	for i, want := range []string{"", "reauthorizationRequired", "reauthorizationRequired subscriptionRemoved"} {
		if got := strings.Join(lifecycle.got(), " "); got != want {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
		s.Advance([]time.Duration{50 * time.Minute, 10 * time.Minute, 0}[i])
	}
	for _, v := range lifecycle.values {
		if v["subscriptionId"] != left["id"] || v["clientState"] != "c0" || v["tenantId"] == nil || v["changeType"] != nil {
			t.Errorf("got %v", v)
		}
	}
	if status, _ := sent(t, s, "GET", "/subscriptions/"+left["id"].(string), ""); status != 404 {
		t.Errorf("the one that has ended: %d", status)
	}
	sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	if len(r.values) != 1 || r.values[0]["subscriptionId"] != renewed["id"] {
		t.Errorf("got %v", r.values)
	}
}

func TestDeliveriesAreInTheJournal(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	s.Handle(receiverURL, &receiver{answer: func(int) int { return 503 }})
	subscribe(t, s, "me/messages", receiverURL, "created")
	sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	var notes []string
	all, err := s.Requests("")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Outgoing {
			notes = append(notes, fmt.Sprintf("%s %s %d: %s", e.Host, e.Path, e.Status, e.Note))
		}
	}
	want := []string{
		"app.example /notify 200: validation of a receiver of notifications: confirmed",
		"app.example /notify 503: notification: the receiver did not respond with 2xx; tried again in 10s",
	}
	if !slices.Equal(notes, want) {
		t.Errorf("got %q", notes)
	}
	if v := s.Verdict(); !v.Clean || len(v.Unmatched) != 0 {
		t.Errorf("they are no part of the verdict: %+v", v)
	}
}

func TestRootOfADriveStandsForAllInIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	subscribe(t, s, "/me/drive/root", receiverURL, "updated")
	if err := s.Upload("/me/drive/root:/Notes/new.txt:/content", []byte("Ropes")); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.got(), " "); got != "updated" || r.values[0]["resource"] != "me/drive/root" {
		t.Errorf("got %s: %v", got, r.values)
	}
}

func TestAttendeesOfMeetingsAreTold(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	subscribe(t, s, "users/adele@contoso.com/events", receiverURL, "created,updated,deleted")
	status, mine := sent(t, s, "POST", "/me/events", `{"subject": "Ropes", "start": {"dateTime": "2026-02-12T09:00:00", "timeZone": "UTC"},
		"end": {"dateTime": "2026-02-12T10:00:00", "timeZone": "UTC"}, "attendees": [{"emailAddress": {"address": "adele@contoso.com"}}]}`)
	path := "/me/events/" + fmt.Sprint(mine["id"])
	sent(t, s, "PATCH", path, `{"subject": "Knots"}`)
	sent(t, s, "PATCH", path, `{"categories": ["Red"]}`) // is the organizer's alone
	_, view := sent(t, s, "GET", "/users/adele@contoso.com/calendarView?startDateTime=2026-02-12&endDateTime=2026-02-13", "")
	hers, _ := view["value"].([]any)[0].(map[string]any)
	sent(t, s, "POST", path+"/cancel", `{}`)
	sent(t, s, "DELETE", "/users/adele@contoso.com/events/"+fmt.Sprint(hers["id"]), "")
	if got := strings.Join(r.got(), " "); status != 201 || got != "created updated updated deleted" {
		t.Fatalf("%d: got %s", status, got)
	}
	if data, _ := r.values[0]["resourceData"].(map[string]any); data["id"] != hers["id"] || data["@odata.type"] != "#Microsoft.Graph.Event" {
		t.Errorf("got %v", r.values[0])
	}
}

func TestFilterOfASubscriptionIsFollowed(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	subscribe(t, s, "me/messages?$filter=importance eq 'high'", receiverURL, "created")
	sent(t, s, "POST", "/me/messages", `{"subject": "Ropes", "importance": "low"}`)
	sent(t, s, "POST", "/me/messages", `{"subject": "Fire", "importance": "high"}`)
	if len(r.got()) != 1 {
		t.Errorf("got %v", r.values)
	}
}

func TestDirectWritesAreTold(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	subscribe(t, s, "users/user@contoso.com/events", receiverURL, "created")
	if _, err := s.Create("/me/events", map[string]any{"subject": "Climb"}); err != nil {
		t.Fatal(err)
	}
	if len(r.got()) != 1 {
		t.Errorf("got %v", r.values)
	}
}

func TestNotificationsAreLostDoubledAndLateAsScenariosWant(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	subscribe(t, s, "me/messages", receiverURL, "created")
	scenario, err := scenarios.Script(s.Contract(), "POST /me/messages",
		scenarios.Pass.Notifying(scenarios.Notify{Drop: 1}), scenarios.Pass.Notifying(scenarios.Notify{Duplicate: true}),
		scenarios.Pass.Notifying(scenarios.Notify{Delay: 30 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(scenario); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 2, 2, 3} {
		sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
		if i == 3 {
			s.Advance(29 * time.Second)
		}
		if len(r.got()) != want {
			t.Errorf("%d: %d notifications, want %d", i, len(r.got()), want)
		}
	}
	s.Advance(time.Second)
	if len(r.got()) != 4 {
		t.Errorf("%d notifications, want 4", len(r.got()))
	}
}

func TestRichNotificationsAreForWhoHasTheKey(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	s.Handle(receiverURL, r)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	body := subscription("me/messages?$select=subject", receiverURL, "created",
		`, "includeResourceData": true, "encryptionCertificateId": "own", "encryptionCertificate": `)
	body = body[:len(body)-1]
	for certificate, want := range map[string]int{"AAAA": 400, base64.StdEncoding.EncodeToString(der): 201} {
		if status, v := sent(t, s, "POST", "/subscriptions", body+fmt.Sprintf("%q}", certificate)); status != want {
			t.Fatalf("%d %v", status, v)
		}
	}
	_, message := sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	var got struct {
		Value []struct {
			EncryptedContent struct{ Data, DataKey string }
		}
		ValidationTokens []string
	}
	if err := json.Unmarshal([]byte(r.bodies[0]), &got); err != nil || len(got.Value) != 1 || len(got.ValidationTokens) != 1 {
		t.Fatalf("%v: %s", err, r.bodies[0])
	}
	content := got.Value[0].EncryptedContent
	encryptedKey, _ := base64.StdEncoding.DecodeString(content.DataKey)
	data, _ := base64.StdEncoding.DecodeString(content.Data)
	symmetric, err := rsa.DecryptOAEP(sha1.New(), nil, key, encryptedKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := aes.NewCipher(symmetric)
	cipher.NewCBCDecrypter(block, symmetric[:16]).CryptBlocks(data, data)
	if want := `{"@odata.type":"#microsoft.graph.message","subject":"Ropes"}`; !strings.HasPrefix(string(data), want) {
		t.Errorf("got %q, want %s of %v", data, want, message["id"])
	}
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(got.ValidationTokens[0], claims, func(token *jwt.Token) (any, error) {
		public, _ := entra.PublicKey(token.Header["kid"].(string))
		return public, nil
	}, jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil || claims["appid"] != "0bf30f3b-4a52-48df-9a82-234910c4a086" ||
		claims["aud"] != "7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a" {
		t.Errorf("%v, %v", err, claims)
	}
}

func TestHandlerMayWriteWhatItIsToldOf(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	calls := 0
	s.Handle(receiverURL, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, token)
			return
		}
		calls++
		sent(t, s, "POST", "/me/messages", `{"subject": "Again"}`)
	}))
	subscribe(t, s, "me/messages", receiverURL, "created")
	sent(t, s, "POST", "/me/messages", `{"subject": "Ropes"}`)
	before := calls
	if s.Advance(10 * time.Second); before < 100 || calls == before {
		t.Errorf("%d calls, then %d", before, calls)
	}
}
