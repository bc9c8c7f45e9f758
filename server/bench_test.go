package server_test

import (
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// The benchmarks compare two ways in one run, in turn, and report the median of
// ten ratios: on a machine with other things to do, a ratio says more than a
// time. "task bench" prints them.

const benchRounds = 10

// compare reports how long subject takes as a multiple of base.
func compare(b *testing.B, base, subject func()) {
	b.Helper()
	for range 200 { // warm up
		base()
		subject()
	}
	n := repetitions(base)
	var ratios, bases, subjects []float64
	for round := range benchRounds {
		first, second := base, subject
		if round%2 == 1 {
			first, second = second, first
		}
		t1, t2 := timed(first, n), timed(second, n)
		if round%2 == 1 {
			t1, t2 = t2, t1
		}
		bases, subjects, ratios = append(bases, t1), append(subjects, t2), append(ratios, t2/t1)
	}
	for b.Loop() { // the rounds above were the work
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bases)/1e3, "base-µs")
	b.ReportMetric(median(subjects)/1e3, "subject-µs")
	b.ReportMetric(median(ratios), "ratio")
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

// repetitions is how often f runs in about 50 ms.
func repetitions(f func()) int {
	n := 1
	for ; n < 1<<20 && timed(f, n)*float64(n) < 50e6; n *= 2 {
	}
	return n
}

// timed is the nanoseconds that f takes, the mean of n runs.
func timed(f func(), n int) float64 {
	runtime.GC()
	start := time.Now()
	for range n {
		f()
	}
	return float64(time.Since(start)) / float64(n)
}

const seedBody = `{
    "startedDateTime": "2015-02-11T20:54:04.3457274+00:00",
    "userTimezone": "Africa/Casablanca",
    "lastActiveDateTime": "2015-02-11T20:54:04.3457274+00:00"
}
`

const seedPath = "/v1.0/me/activities/13881113971988980728/historyItems/"

// upsert sends the seed request with a client and reads the answer.
func upsert(b testing.TB, c *http.Client, origin, item string) {
	req, err := http.NewRequest("PUT", origin+seedPath+item, strings.NewReader(seedBody))
	if err != nil {
		b.Fatal(err)
	}
	req.Header["Content-Type"] = []string{"application/json"}
	req.Header["Authorization"] = []string{"Bearer opaque"}
	res, err := c.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode/100 != 2 {
		b.Fatalf("status %d", res.StatusCode)
	}
}

const seedItem = "390e06e2-7e5b-4133-8014-fac7ac991af7"

// items gives another GUID at each call, in an order that a map does not like.
func items(n uint64) func() string {
	i := uint64(0)
	return func() string {
		i++
		return guidOf(i % n * 0x9E3779B97F4A7C15)
	}
}

func guidOf(n uint64) string {
	var g [16]byte
	binary.BigEndian.PutUint64(g[:], n)
	h := hex.EncodeToString(g[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// floor is what nobody can be faster than in Echo: it decodes the same JSON and
// writes a fixed answer of the same size.
func floor() http.Handler {
	e := echo.New()
	answer := []byte(`{"status":"updated","userTimezone":"Africa/Casablanca",` +
		`"createdDateTime":"2018-02-26T20:28:22.14Z",` +
		`"lastModifiedDateTime":"2018-02-26T20:28:22.14Z","id":"390e06e2-7e5b-4133-8014-fac7ac991af7",` +
		`"startedDateTime":"2015-02-11T20:54:04.345Z","lastActiveDateTime":"2015-02-11T20:54:04.345Z",` +
		`"expirationDateTime":"2018-03-28T20:28:22.14Z","activeDurationSeconds":0}`)
	e.PUT("/v1.0/me/activities/:activity/historyItems/:item", func(c echo.Context) error {
		var in struct {
			StartedDateTime       string  `json:"startedDateTime"`
			LastActiveDateTime    string  `json:"lastActiveDateTime"`
			UserTimezone          *string `json:"userTimezone"`
			ActiveDurationSeconds *int32  `json:"activeDurationSeconds"`
		}
		if err := c.Bind(&in); err != nil {
			return err
		}
		return c.JSONBlob(http.StatusCreated, answer)
	})
	return e
}

// BenchmarkPipelineInProcess: the whole pipeline against the floor, both through
// the server's in-process transport.
func BenchmarkPipelineInProcess(b *testing.B) {
	s := newServer(b, server.Config{})
	f := server.TransportTo(floor())
	base, subject := &http.Client{Transport: f}, s.Client()
	compare(b,
		func() { upsert(b, base, "https://graph.microsoft.com", seedItem) },
		func() { upsert(b, subject, "https://graph.microsoft.com", seedItem) })
}

// BenchmarkPipelineLoopback: the same over real sockets, on one kept connection.
func BenchmarkPipelineLoopback(b *testing.B) {
	s := newServer(b, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		b.Fatal(err)
	}
	f := httptest.NewServer(floor())
	defer f.Close()
	c := &http.Client{Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	compare(b,
		func() { upsert(b, c, f.URL, seedItem) },
		func() { upsert(b, c, origin, seedItem) })
}

// BenchmarkInProcessToLoopback: an upsert through Client against the same over
// a socket. The ratio should be below 0.5.
func BenchmarkInProcessToLoopback(b *testing.B) {
	s := newServer(b, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		b.Fatal(err)
	}
	c, in := &http.Client{Transport: &http.Transport{}}, s.Client()
	defer c.CloseIdleConnections()
	compare(b,
		func() { upsert(b, c, origin, seedItem) },
		func() { upsert(b, in, "https://graph.microsoft.com", seedItem) })
}

// BenchmarkTLS: an upsert over HTTPS against the same over HTTP, at one port, on kept
// connections. The ratio should be below 1.43: 0.7 of the requests.
func BenchmarkTLS(b *testing.B) {
	s := newServer(b, server.Config{})
	origin, err := s.ListenTLS("")
	if err != nil {
		b.Fatal(err)
	}
	pool, err := s.CertPool()
	if err != nil {
		b.Fatal(err)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer c.CloseIdleConnections()
	compare(b,
		func() { upsert(b, c, "http"+strings.TrimPrefix(origin, "https"), seedItem) },
		func() { upsert(b, c, origin, seedItem) })
}

// BenchmarkStart: a server, one upsert and its end, against an empty
// httptest.Server and one request. The median should be below 60 µs, the ratio
// below 0.3.
func BenchmarkStart(b *testing.B) {
	compare(b,
		func() {
			s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			res, err := s.Client().Get(s.URL)
			if err != nil {
				b.Fatal(err)
			}
			res.Body.Close()
			s.Close()
		},
		func() {
			s, err := server.New(server.Config{})
			if err != nil {
				b.Fatal(err)
			}
			upsert(b, s.Client(), "https://graph.microsoft.com", seedItem)
			s.Close()
		})
}

// BenchmarkUpsertIntoMillion: an upsert into a store of a million items against
// one of a thousand.
func BenchmarkUpsertIntoMillion(b *testing.B) {
	filled := func(n uint64) func() {
		s := newServer(b, server.Config{})
		next := items(n)
		for range n {
			upsert(b, s.Client(), "https://graph.microsoft.com", next())
		}
		return func() { upsert(b, s.Client(), "https://graph.microsoft.com", next()) }
	}
	compare(b, filled(1_000), filled(1_000_000))
}

// BenchmarkBatchOfTwenty: twenty upserts in a batch against twenty on their own.
func BenchmarkBatchOfTwenty(b *testing.B) {
	s := newServer(b, server.Config{})
	next := items(20)
	compare(b,
		func() {
			for range 20 {
				upsert(b, s.Client(), "https://graph.microsoft.com", next())
			}
		},
		func() { upsertBatch(b, s, next) })
}

// BenchmarkBatchIntoMillion: a batch of twenty upserts into a store of a million
// items against one of a thousand.
func BenchmarkBatchIntoMillion(b *testing.B) {
	filled := func(n uint64) func() {
		s := newServer(b, server.Config{})
		next := items(n)
		for range n / 20 {
			upsertBatch(b, s, next)
		}
		return func() { upsertBatch(b, s, next) }
	}
	compare(b, filled(1_000), filled(1_000_000))
}

// upsertBatch sends twenty upserts in one batch.
func upsertBatch(b testing.TB, s *server.Server, next func() string) {
	requests := make([]string, 20)
	for i := range requests {
		requests[i] = `{"id":"` + strconv.Itoa(i) + `","method":"PUT","url":"` + strings.TrimPrefix(seedPath,
			"/v1.0") + next() +
			`","headers":{"Content-Type":"application/json"},"body":` + seedBody + `}`
	}
	res, body := send(b, s, "POST", "/v1.0/$batch", strings.NewReader(`{"requests":[`+strings.Join(requests, ",")+`]}`))
	if res.StatusCode != 200 || strings.Count(string(body), `"status":20`) != len(requests) {
		b.Fatalf("%d %s", res.StatusCode, body)
	}
}

// BenchmarkUpsert is the hot path alone, for profiles.
func BenchmarkUpsert(b *testing.B) {
	s := newServer(b, server.Config{})
	c := s.Client()
	b.ReportAllocs()
	for b.Loop() {
		upsert(b, c, "https://graph.microsoft.com", seedItem)
	}
}

// BenchmarkTenThousandRules: an upsert with ten thousand rules in play against
// one, none of which is for it.
func BenchmarkTenThousandRules(b *testing.B) {
	playing := func(rules int) func() {
		s := newServer(b, server.Config{})
		var text strings.Builder
		for i := range rules {
			if i%1000 == 0 { // a file has at most 1 MiB
				fmt.Fprintf(&text, "\x00version: 1\nname: rules-%d\nsummary: Many.\nrules:\n", i)
			}
			fmt.Fprintf(&text,
				"  - id: r%d\n    when:\n      request: 'PUT /me/activities/{activity}/historyItems/{item}'\n"+
					"      path: { item: %s }\n    reply: forbidden\n", i, guidOf(uint64(i)))
		}
		for part := range strings.SplitSeq(text.String()[1:], "\x00") {
			scenario, err := scenarios.Parse("rules.yaml", []byte(part), s.Contract())
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Add(scenario); err != nil {
				b.Fatal(err)
			}
		}
		c := s.Client()
		return func() { upsert(b, c, "https://graph.microsoft.com", seedItem) }
	}
	compare(b, playing(1), playing(10_000))
}
