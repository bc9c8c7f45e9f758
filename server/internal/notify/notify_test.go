package notify

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

var at = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

const token = "Validation: Testing client application reachability for subscription Request-Id: 1"

// newNotifier returns one whose clock stands still, and where what it sends is told of.
func newNotifier(t *testing.T, c Config) (*Notifier, chan Exchange) {
	sent := make(chan Exchange, 100)
	c.Handlers, c.Now, c.Sent = &Handlers{}, func() time.Time { return at }, func(x Exchange) { sent <- x }
	n := New(c)
	t.Cleanup(n.Close)
	return n, sent
}

func confirm(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, r.URL.Query().Get("validationToken"))
}

func TestReceiversConfirmThatTheyAreOne(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"it confirms": {confirm, nil},
		"not decoded": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, strings.TrimPrefix(r.URL.RawQuery, "validationToken="))
		}, ErrToken},
		"as JSON": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, r.URL.Query().Get("validationToken"))
		}, ErrToken},
		"accepted only": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			confirm(w, r)
		}, ErrStatus},
		"it redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		}, ErrStatus},
		"it never answers": {func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-ended:
			case <-r.Context().Done():
			}
		}, ErrTimeout},
		"it never ends": {func(w http.ResponseWriter, r *http.Request) {
			confirm(w, r)
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		}, ErrToken},
		"it breaks off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ErrReach},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, sent := newNotifier(t, Config{Handshake: 2 * time.Second})
			if name == "it never answers" {
				n.config.Handshake = 50 * time.Millisecond
			}
			mux := http.NewServeMux()
			mux.HandleFunc("POST /notify", row.answer)
			mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
				t.Error("a redirect was followed")
				confirm(w, r)
			})
			receiver := httptest.NewServer(mux)
			defer receiver.Close()
			if err := n.Handshake(receiver.URL+"/notify", token); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			x := <-sent
			if len(x.Body) != 0 || x.Header.Get("Content-Type") != "text/plain; charset=utf-8" ||
				x.URL.Query().Get("validationToken") != token || len(x.Answer) > maxAnswer || x.Note == "" {
				t.Errorf("sent %s %q, got %d bytes", x.URL, x.Body, len(x.Answer))
			}
		})
	}
}

func TestQueryOfTheReceiverStays(t *testing.T) {
	t.Parallel()
	n, _ := newNotifier(t, Config{})
	var query string
	n.config.Handlers.Handle("https://app.example/notify", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.RawQuery
		confirm(w, r)
	}))
	if err := n.Handshake("https://app.example/notify?Z=1&a=%7e", token); err != nil ||
		!strings.HasPrefix(query, "Z=1&a=%7e&validationToken=Validation%3A") {
		t.Errorf("%v, %s", err, query)
	}
}

func TestOtherMachinesAreNotCalled(t *testing.T) {
	t.Parallel()
	n, _ := newNotifier(t, Config{})
	for _, url := range []string{
		"https://app.example/notify", "http://10.1.2.3/", "https://127.0.0.1.example/", "http://[2001:db8::1]/",
		"http://localhost@app.example/",
	} {
		if err := n.Handshake(url, token); !errors.Is(err, ErrRemote) {
			t.Errorf("%s: got %v", url, err)
		}
	}
}

func TestSlowReceiverHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	n, sent := newNotifier(t, Config{Delivery: time.Minute})
	called, ended := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		called <- struct{}{}
		<-ended
	}))
	defer slow.Close()
	quick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer quick.Close()
	value := jsontext.Object{{Name: "n", Value: 1}}
	n.Notify([]Notification{{URL: slow.URL, Value: value}}, 0)
	<-called
	n.Notify([]Notification{{URL: slow.URL, Value: value}, {URL: quick.URL, Value: value}, {URL: slow.URL, Value: value}}, 0)
	if x := <-sent; x.URL.Host != strings.TrimPrefix(quick.URL, "http://") || x.Status != 200 {
		t.Errorf("got %d of %s first", x.Status, x.URL)
	}
	close(ended)
	<-sent
	<-called // what had come in the meantime
	if x := <-sent; strings.Count(string(x.Body), `"n"`) != 2 {
		t.Errorf("got %s", x.Body)
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	n, sent := newNotifier(t, Config{Delivery: time.Hour})
	called := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server would not notice that the client is gone
		close(called)
		<-r.Context().Done()
	}))
	defer receiver.Close()
	n.Notify([]Notification{{URL: receiver.URL}}, 0)
	<-called
	n.Close()
	if x := <-sent; x.Status != 0 {
		t.Errorf("got %d", x.Status)
	}
}
