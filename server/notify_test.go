package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/server"
)

const receiverURL = "https://app.example/notify"

// A receiver confirms that it is one, and keeps what it gets.
type receiver struct {
	mu     sync.Mutex
	values []map[string]any
	posts  int
	answer func(n int) int // the status of the nth delivery, nil is 202
	tokens []string

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
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts++
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
	sent(t, s, "DELETE", "/me/messages/"+id, "")
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
