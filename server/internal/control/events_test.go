package control

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// unstreamed is a ResponseWriter that can't flush, as in process.
type unstreamed struct{ w *httptest.ResponseRecorder }

func (u unstreamed) Header() http.Header         { return u.w.Header() }
func (u unstreamed) WriteHeader(status int)      { u.w.WriteHeader(status) }
func (u unstreamed) Write(p []byte) (int, error) { return u.w.Write(p) }

func TestWhatCanNotStreamHasAllEvents(t *testing.T) {
	t.Parallel()
	for last, want := range map[string]string{"": "id: 1 id: 2", "0": "id: 1 id: 2", "1": "id: 2", "2": ""} {
		f, h := newHandler()
		f.exchanges = []Exchange{{ID: 1}, {ID: 2}}
		r := httptest.NewRequest("GET", Root+"/events", nil)
		r.Host = "localhost"
		r.Header.Set("Last-Event-ID", last)
		w := httptest.NewRecorder()
		h.Serve(unstreamed{w}, r, true)
		var ids []string
		for line := range strings.Lines(w.Body.String()) {
			if strings.HasPrefix(line, "id: ") {
				ids = append(ids, strings.TrimSpace(line))
			}
		}
		if got := strings.Join(ids, " "); got != want || w.Header().Get("Content-Type") != "text/event-stream" {
			t.Errorf("after %q: %s, want %s", last, got, want)
		}
	}
}

// TestStreamsEndWithTheServer reads a stream over a socket: what there was, what
// comes, and its end.
func TestStreamsEndWithTheServer(t *testing.T) {
	t.Parallel()
	f, h := newHandler()
	f.exchanges = []Exchange{{ID: 1}}
	socket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Serve(w, r, false)
	}))
	defer socket.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // an event that never comes fails, and hangs nothing
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", socket.URL+Root+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body := bufio.NewReader(res.Body)
	if line, err := body.ReadString('\n'); line != "id: 1\n" {
		t.Errorf("%q, %v", line, err)
	}
	close(f.closed)
	rest, err := io.ReadAll(body)
	if err != nil || !strings.HasPrefix(string(rest), `data: {"id":1,`) || !strings.HasSuffix(string(rest), "}\n\n") {
		t.Errorf("%q, %v", rest, err)
	}
}
