//go:build unix

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var soakTime = flag.Duration("soak", 0, "how long TestSoak lasts; without it, as long as a few requests take")

// TestSoak runs serve in a process of its own, whose standard error nobody reads, under
// all that a bad day brings at once: clients that write as fast as they can, requests
// that are wrong in many ways, readers and senders that are slow or stop, followers of
// events that read nothing, and thousands of idle connections. It wants every good
// request to be answered, and no bad one with a 5xx, everything that was stored to be
// there in the end, and the memory to stay what it was. What the journal may hold it
// holds before the time begins.
//
// "task soak" gives it minutes; else it only shows that the parts of it work.
func TestSoak(t *testing.T) {
	t.Parallel()
	s := startSoak(t)
	var clients, others sync.WaitGroup
	for i := range s.writers {
		clients.Go(func() { s.write(i) })
	}
	for range 2 {
		clients.Go(s.sendWrong)
	}
	for range s.idle {
		others.Go(s.stayIdle)
	}
	for range s.slow {
		others.Go(s.readNothing)
		others.Go(s.followNothing)
		others.Go(s.sendSlowly)
	}
	s.warmUp()
	memory := s.watchMemory()
	clients.Wait()
	s.end()
	others.Wait()
	s.findAll()
	s.stop()
	s.print(memory())
}

// soak is one run.
type soak struct {
	t                   *testing.T
	process             *exec.Cmd
	origin, addr        string
	writers, idle, slow int
	begins              chan struct{} // closed when the time begins to count
	ends                time.Time     // set by then; zero if it ends after some rounds
	warmed              time.Duration // how long that took
	done                chan struct{} // closed in the end

	good, wrong, cut atomic.Int64 // requests that were answered, and connections that the server ended
	mu               sync.Mutex
	latencies        histogram
	stored           map[string]string // userTimezone by path of the item, as last answered
	conns            map[net.Conn]bool
}

// rounds is how often a client sends when no time was given.
const rounds = 30

func startSoak(t *testing.T) *soak {
	s := &soak{t: t, writers: 4, idle: 20, slow: 1, begins: make(chan struct{}), done: make(chan struct{}),
		stored: map[string]string{}, conns: map[net.Conn]bool{}}
	if *soakTime > 0 {
		s.idle, s.slow = 9000, 20
	}
	if most := openFiles() - 1000; s.idle > most { // here and there
		t.Fatalf("%d idle connections need as many open files; there may be %d (see ulimit -n)", s.idle, openFiles())
	}
	ready := filepath.Join(t.TempDir(), "origin")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unread, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unread.Close() })
	s.process = &exec.Cmd{Path: self, Args: []string{"graphmock", "serve", "--addr", "127.0.0.1:0", "--ready-file", ready},
		Stderr: stderr}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.process.Process.Kill() })
	stderr.Close()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 4000 {
		if text, err := os.ReadFile(ready); err == nil {
			s.origin = strings.TrimSpace(string(text))
			s.addr = strings.TrimPrefix(s.origin, "http://")
			return s
		}
		<-tick.C
	}
	t.Fatal("serve does not start")
	return nil
}

// openFiles is how many files a process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 2000
	}
	return int(min(limit.Cur, 1<<20))
}

// goesOn reports whether there is another round.
func (s *soak) goesOn(round int) bool {
	if *soakTime == 0 {
		return round < rounds
	}
	return !s.hasBegun() || time.Now().Before(s.ends)
}

// hasBegun reports whether the time counts.
func (s *soak) hasBegun() bool {
	select {
	case <-s.begins:
		return true
	default:
		return false
	}
}

// warmUp waits until the journal has dropped half of what it may have: from then on, memory
// has no reason to grow. Only then the time begins to count.
func (s *soak) warmUp() {
	defer close(s.begins)
	if *soakTime == 0 {
		return
	}
	began := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for dropped := 0; dropped < keptExchanges/2; {
		if s.warmed = time.Since(began); s.warmed > 10*time.Minute {
			s.t.Errorf("after %v the journal has dropped %d exchanges, want %d: its bound is not reached", s.warmed, dropped,
				keptExchanges/2)
			break
		}
		<-tick.C
		res, err := http.DefaultClient.Do(s.request("GET", "/_graphmock/requests?limit=1", nil))
		if err != nil {
			continue // its backlog is full
		}
		res.Body.Close()
		dropped, _ = strconv.Atoi(res.Header.Get("Graphmock-Dropped"))
	}
	s.ends = time.Now().Add(*soakTime)
	s.good.Store(0)
	s.wrong.Store(0)
}

// keptExchanges is how many the journal has at most.
const keptExchanges = 10_000

// end ends all connections that are still open.
func (s *soak) end() {
	close(s.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// request returns a request that Graph would take.
func (s *soak) request(method, path string, body io.Reader) *http.Request {
	req, err := http.NewRequest(method, s.origin+path, body)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	req.Header.Set("Authorization", "Bearer soak")
	req.Header.Set("Content-Type", "application/json")
	return req
}

// write creates and replaces items as fast as it can.
func (s *soak) write(writer int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	name := fmt.Sprintf("soak%d", writer)
	made := s.expect(client, s.request("PUT", "/v1.0/me/activities/"+name, strings.NewReader(`{"appActivityId": "`+name+`",
		"activitySourceHost": "https://www.contoso.com", "activationUrl": "https://www.contoso.com/",
		"visualElements": {"displayText": "Soak"}}`)), 201)
	var of struct{ ID string }
	if err := json.Unmarshal(made, &of); err != nil {
		s.t.Error(err)
		return
	}
	activity := "/v1.0/me/activities/" + of.ID
	var latencies histogram
	counts := false
	stored := map[string]string{}
	for round := 0; s.goesOn(round); round++ {
		if !counts && s.hasBegun() {
			counts, latencies = true, histogram{} // without the warm-up
		}
		path := fmt.Sprintf("%s/historyItems/00000000-0000-4000-8000-%012d", activity, round%500)
		zone := fmt.Sprintf("Zone/%d", round)
		body := fmt.Sprintf(`{"startedDateTime": "2026-01-31T12:00:00Z", "userTimezone": %q}`, zone)
		status := 201
		if round >= 500 {
			status = 200
		}
		began := time.Now()
		s.expect(client, s.request("PUT", path, strings.NewReader(body)), status)
		latencies.add(time.Since(began))
		stored[path] = zone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latencies.merge(&latencies)
	for path, zone := range stored {
		s.stored[path] = zone
	}
}

// expect sends a request that has to get a status, and returns the body of the response.
func (s *soak) expect(client *http.Client, req *http.Request, status int) []byte {
	res, err := client.Do(req)
	if err != nil {
		s.t.Errorf("%s %s: %v", req.Method, req.URL.Path, err)
		return nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		s.t.Errorf("%s %s: %s %.500s, %v; want %d", req.Method, req.URL.Path, res.Status, body, err, status)
	}
	s.good.Add(1)
	return body
}

// findAll asks for everything that was stored.
func (s *soak) findAll() {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for path, zone := range s.stored {
		var item struct{ UserTimezone string }
		body := s.expect(client, s.request("GET", path, nil), 200)
		if err := json.Unmarshal(body, &item); err != nil || item.UserTimezone != zone {
			s.t.Errorf("%s: got %s, %v; want %s", path, body, err, zone)
		}
	}
}

// sendWrong sends requests that are wrong, or as odd as can be, in ways that cost much.
func (s *soak) sendWrong() {
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	defer client.CloseIdleConnections()
	const item = "/v1.0/me/activities/soak/historyItems/00000000-0000-4000-8000-000000000000"
	var members, zeros strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&members, `"member%d": 1,`, i)
	}
	z := gzip.NewWriter(&zeros)
	z.Write(make([]byte, 20<<20))
	z.Close()
	long := strings.Repeat("x", 30_000)
	batch := `{"requests": [` + strings.TrimSuffix(strings.Repeat(`{"id": "%d", "method": "GET", "url": "/me/`+
		strings.Repeat("y", 2000)+`"},`, 20), ",") + `]}`
	requests := []func() *http.Request{
		func() *http.Request { return s.request("PUT", item, strings.NewReader(strings.Repeat("[", 1<<20))) },
		func() *http.Request { return s.request("PUT", item, strings.NewReader("{"+members.String()+`"x": 1}`)) },
		func() *http.Request { return s.request("PUT", item, strings.NewReader(strings.Repeat(" ", 5<<20))) },
		func() *http.Request { return s.request("GET", "/v1.0/me/"+long, nil) },
		func() *http.Request { return s.request("GET", "/v1.0/me/activities?$filter="+long, nil) },
		func() *http.Request {
			return s.request("GET", "/v1.0/me/activities?"+strings.Repeat("a=b&", 5000), nil)
		},
		func() *http.Request { return s.request("PURGE", "/v1.0/me/activities", nil) },
		func() *http.Request { return s.request("GET", "/v1.0/../../etc/passwd", nil) },
		func() *http.Request {
			req := s.request("PUT", item, strings.NewReader(zeros.String()))
			req.Header.Set("Content-Encoding", "gzip")
			return req
		},
		func() *http.Request {
			req := s.request("GET", "/v1.0/me/activities", nil)
			req.Header.Set("Authorization", "Bearer e30.e30.")
			req.Header.Set("X-Long", long)
			return req
		},
		func() *http.Request {
			ids := make([]any, 20)
			for i := range ids {
				ids[i] = i
			}
			return s.request("POST", "/v1.0/$batch", strings.NewReader(fmt.Sprintf(batch, ids...)))
		},
	}
	for round := 0; s.goesOn(round); round++ {
		req := requests[rand.N(len(requests))]()
		res, err := client.Do(req)
		if err != nil {
			continue // it may end the connection before all of the body was sent
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode >= 500 {
			s.t.Errorf("%s %.60s: %s", req.Method, req.URL.Path, res.Status)
		}
		s.wrong.Add(1)
	}
}

// dial opens a connection which the end of the soak closes; nil if it has ended.
func (s *soak) dial() net.Conn {
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
		c.Close()
		return nil
	default:
		s.conns[c] = true
		return c
	}
}

// hold opens connections, one after the other: use has one until the server ends it.
func (s *soak) hold(use func(net.Conn)) {
	for {
		c := s.dial()
		if c == nil {
			select {
			case <-s.done:
				return
			case <-time.After(100 * time.Millisecond): // its backlog is full
				continue
			}
		}
		use(c)
		c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
		s.cut.Add(1)
	}
}

// stayIdle holds a connection that sends nothing.
func (s *soak) stayIdle() {
	s.hold(func(c net.Conn) { c.Read(make([]byte, 1)) })
}

// readNothing sends requests and does not read what it gets.
func (s *soak) readNothing() {
	s.hold(func(c net.Conn) {
		for {
			_, err := fmt.Fprint(c, "GET /v1.0/me/activities?$expand=historyItems HTTP/1.1\r\nHost: localhost\r\n"+
				"Authorization: Bearer soak\r\n\r\n")
			if err != nil {
				return
			}
		}
	})
}

// followNothing follows the events and does not read them.
func (s *soak) followNothing() {
	s.hold(func(c net.Conn) {
		fmt.Fprint(c, "GET /_graphmock/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
		bufio.NewReaderSize(c, 16).Peek(1)
		<-s.done
	})
}

// sendSlowly sends a request, a byte after the other.
func (s *soak) sendSlowly() {
	s.hold(func(c net.Conn) {
		for _, b := range []byte("PUT /v1.0/me/activities/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n" +
			strings.Repeat("{", 1000)) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			select {
			case <-time.After(300 * time.Millisecond):
			case <-s.done:
				return
			}
		}
	})
}

// watchMemory measures the memory of the process, until it is asked for what it found.
func (s *soak) watchMemory() (result func() []int) {
	var kib []int
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			if n := residentMemory(s.process.Process.Pid); n > 0 {
				kib = append(kib, n)
			}
			select {
			case <-tick.C:
			case <-s.done:
				return
			}
		}
	}()
	return func() []int {
		<-finished
		return kib
	}
}

// residentMemory is the memory of a process in KiB, 0 if that is not known.
func residentMemory(pid int) int {
	text, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if status, readErr := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); readErr == nil {
		_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
		text, _, _ = bytes.Cut(rest, []byte("kB"))
		err = nil
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return n
}

// stop interrupts serve, which ends well and soon.
func (s *soak) stop() {
	s.process.Process.Signal(syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- s.process.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			s.t.Errorf("serve ended with %v", err)
		}
	case <-time.After(time.Minute):
		s.t.Error("serve does not end")
	}
}

// growth is how much the memory of a third of a soak may differ from that of another.
const growth = 1.10

func (s *soak) print(kib []int) {
	if *soakTime == 0 {
		return
	}
	fmt.Printf("soak: %v after %v of warm-up, %d idle connections, %d each of slow readers, followers and senders, "+
		"standard error unread\n", *soakTime, s.warmed.Round(time.Second), s.idle, s.slow)
	good := s.good.Load() - int64(len(s.stored)) // without the search in the end
	fmt.Printf("requests: %d good, %d wrong; %.0f a second\n", good, s.wrong.Load(),
		float64(good+s.wrong.Load())/soakTime.Seconds())
	fmt.Printf("time of a good one: median %v, 99 %% within %v\n", s.latencies.quantile(0.5), s.latencies.quantile(0.99))
	fmt.Printf("stored and found again: %d items; connections that the server gave up: %d\n", len(s.stored), s.cut.Load())
	if len(kib) < 9 {
		fmt.Println("resident memory: not known")
		return
	}
	third := len(kib) / 3
	var most [3]int
	for i := range most {
		most[i] = slices.Max(kib[i*third : (i+1)*third])
	}
	fmt.Printf("resident memory, at most in each third: %d, %d, %d MiB\n", most[0]>>10, most[1]>>10, most[2]>>10)
	if float64(slices.Max(most[:])) > growth*float64(slices.Min(most[:])) {
		s.t.Errorf("resident memory is not flat: from %d to %d MiB", slices.Min(most[:])>>10, slices.Max(most[:])>>10)
	}
}

// A histogram counts durations, by tens of microseconds.
type histogram struct {
	counts [1_000_000]int
	n      int
}

const bucket = 10 * time.Microsecond

func (h *histogram) add(d time.Duration) {
	h.counts[min(int(d/bucket), len(h.counts)-1)]++
	h.n++
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.n += other.n
}

func (h *histogram) quantile(q float64) time.Duration {
	left := int(q * float64(h.n))
	for i, n := range h.counts {
		if left -= n; left < 0 {
			return time.Duration(i+1) * bucket
		}
	}
	return time.Duration(len(h.counts)) * bucket
}
