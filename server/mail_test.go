package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// TestParallelMailLosesNothing lets 64 clients write mail at once: each writes messages of its own, and
// all of them one that they share, by its ETag. No update is lost, counts are right, and who
// subscribes is told of each write once.
func TestParallelMailLosesNothing(t *testing.T) {
	t.Parallel()
	const clients = 64
	s := newServer(t, server.Config{Now: now})
	r := &receiver{}
	if err := s.Handle(receiverURL, r); err != nil {
		t.Fatal(err)
	}
	// do sends a request with an If-Match, which may be empty
	do := func(method, path, tag, body string) (int, map[string]any) {
		req, _ := http.NewRequest(method, graph+"/v1.0"+path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer x")
		req.Header.Set("Content-Type", "application/json")
		if tag != "" {
			req.Header.Set("If-Match", tag)
		}
		res, err := s.Client().Do(req)
		if err != nil {
			t.Error(err)
			return 0, nil
		}
		defer res.Body.Close()
		var of map[string]any
		json.NewDecoder(res.Body).Decode(&of)
		return res.StatusCode, of
	}
	counts := func(folder string) string {
		_, f := do("GET", "/me/mailFolders/"+folder, "", "")
		return fmt.Sprint(f["totalItemCount"], " ", f["unreadItemCount"])
	}
	_, shared := do("POST", "/me/mailFolders/archive/messages", "", `{"subject": "Shared"}`)
	before := counts("archive")
	subscribe(t, s, "me/messages", receiverURL, "created,updated,deleted")
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			status, own := do("POST", "/me/mailFolders/archive/messages", "", fmt.Sprintf(`{"subject": "Own %d"}`, i))
			id, _ := own["id"].(string)
			if status != 201 {
				t.Errorf("create: %d %v", status, own)
				return
			}
			if status, answer := do("PATCH", "/me/messages/"+id, "", `{"isRead": false}`); status != 200 {
				t.Errorf("update: %d %v", status, answer)
			}
			switch i % 4 {
			case 0:
				if status, answer := do("POST", "/me/messages/"+id+"/move", "", `{"destinationId": "junkemail"}`); status != 201 {
					t.Errorf("move: %d %v", status, answer)
				}
			case 1:
				if status, answer := do("POST", "/me/messages/"+id+"/permanentDelete", "", ""); status != 204 {
					t.Errorf("delete: %d %v", status, answer)
				}
			}
			for status := 0; status != 200; {
				_, message := do("GET", "/me/messages/"+shared["id"].(string)+"?$select=categories", "", "")
				categories, _ := json.Marshal(append(message["categories"].([]any), fmt.Sprint("Client ", i)))
				tag, _ := message["@odata.etag"].(string)
				status, _ = do("PATCH", "/me/messages/"+shared["id"].(string), tag, `{"categories": `+string(categories)+`}`)
				if status != 200 && status != 412 {
					t.Errorf("the shared message: %d", status)
					return
				}
			}
		})
	}
	all.Wait()
	_, message := do("GET", "/me/messages/"+shared["id"].(string), "", "")
	if categories := message["categories"].([]any); len(categories) != clients {
		t.Errorf("the shared message has %d categories", len(categories))
	}
	if got := fmt.Sprint(before, ", ", counts("archive"), ", ", counts("junkemail")); got != "1 0, 33 32, 16 16" {
		t.Errorf("the counts are %s", got)
	}
	told := map[string]int{}
	for _, what := range r.got() {
		told[what]++
	}
	// a message that moves is gone, and there again under another id
	want := map[string]int{"created": clients + clients/4, "updated": 2 * clients, "deleted": 2 * clients / 4}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("told of %v, want %v", told, want)
	}
}
