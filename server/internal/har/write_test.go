package har

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func written(t *testing.T, comment string, records ...Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, Creator{"graphmock", "1"}, slices.Values(records), comment); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrittenFileIsPlain(t *testing.T) {
	t.Parallel()
	r := Record{
		At: time.Date(2026, 1, 31, 12, 0, 0, 120e6, time.FixedZone("", 3600)), Took: 1500 * time.Microsecond,
		Method: "PUT", URL: "http://localhost/v1.0/me?a=%20b&c&=d&e=%zz#f", Header: http.Header{"B": {"2", "3"}, "A": {"1"}},
		Body: []byte("<é>"), Status: 201,
		ResponseHeader: http.Header{"Content-Type": {"application/json"}, "Location": {"http://localhost/x"}},
		ResponseBody:   []byte{0xff, 0},
		Graphmock:      Graphmock{ID: 7, Operation: "PUT /me", Violations: []string{"v"}, Place: "p"},
	}
	const entry = `{"startedDateTime":"2026-01-31T11:00:00.120Z","time":1.5,` +
		`"request":{"method":"PUT","url":"http://localhost/v1.0/me?a=%20b&c&=d&e=%zz#f","httpVersion":"HTTP/1.1",` +
		`"cookies":[],"headers":[{"name":"A","value":"1"},{"name":"B","value":"2"},{"name":"B","value":"3"}],` +
		`"queryString":[{"name":"a","value":" b"},{"name":"c","value":""},{"name":"","value":"d"},` +
		`{"name":"e","value":"%zz#f"}],` +
		`"postData":{"mimeType":"x-unknown","text":"<é>"},"headersSize":-1,"bodySize":4},` +
		`"response":{"status":201,"statusText":"Created","httpVersion":"HTTP/1.1","cookies":[],` +
		`"headers":[{"name":"Content-Type","value":"application/json"},{"name":"Location","value":"http://localhost/x"}],` +
		`"content":{"size":2,"mimeType":"application/json","text":"/wA=","encoding":"base64"},` +
		`"redirectURL":"http://localhost/x","headersSize":-1,"bodySize":2},` +
		`"cache":{},"timings":{"send":0,"wait":1.5,"receive":0},` +
		`"_graphmock":{"id":7,"operation":"PUT /me","violations":["v"],"place":"p"}}`
	const head = `{"log":{"version":"1.2","creator":{"name":"graphmock","version":"1"},"pages":[],"entries":[`
	for _, tt := range []struct{ got, want string }{
		{written(t, ""), head + "]}}\n"},
		{written(t, "a \"b\""), head + `],"comment":"a \"b\""}}` + "\n"},
		{written(t, "", r), head + "\n" + entry + "]}}\n"},
		{written(t, "c", r, r), head + "\n" + entry + ",\n" + entry + `],"comment":"c"}}` + "\n"},
	} {
		if tt.got != tt.want {
			t.Errorf("got\n%s\nwant\n%s", tt.got, tt.want)
		}
	}
}

// TestWhatIsWrittenIsReadAgain has bodies of text and of bytes, and none.
func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 12, 0, 0, 120e6, time.UTC)
	for i, body := range []string{"", "{}", "é\"\\\n\u2028", "\xff\xfe", "\x00"} {
		r := Record{At: at, Method: "POST", URL: "http://localhost/a%2Fb?x=1", Header: http.Header{"X": {"1", "2"}},
			Body: []byte(body), Status: 200 + i, ResponseHeader: http.Header{"Y": {"3"}}, ResponseBody: []byte(body)}
		if i > 0 {
			r.Graphmock.Rule = "throttle"
		}
		list, about := readAll(t, written(t, "", r, r))
		if about != (About{Creator: "graphmock", Entries: 2}) {
			t.Errorf("got %+v", about)
		}
		e := list[1]
		if !e.At.Equal(at) || e.Method != r.Method || e.URL.String() != r.URL || !reflect.DeepEqual(e.Header, r.Header) ||
			string(e.Body) != body || e.NoBody || e.Status != r.Status || string(e.ResponseBody) != body || e.NoResponseBody ||
			!reflect.DeepEqual(e.ResponseHeader, r.ResponseHeader) || e.Scripted != (i > 0) || e.Line != 3 || e.Number != 2 {
			t.Errorf("%q: got %+v", body, e)
		}
	}
}

// full is a writer that has room for so many bytes.
type full int

var errFull = errors.New("the disk is full")

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrorOfTheWriterIsTold(t *testing.T) {
	t.Parallel()
	for _, comment := range []string{"", "c"} {
		text := written(t, comment, Record{}, Record{})
		for room := range len(text) {
			w := full(room)
			if err := Write(&w, Creator{"graphmock", "1"}, slices.Values([]Record{{}, {}}), comment); !errors.Is(err, errFull) {
				t.Fatalf("with room for %d bytes of %d: got %v", room, len(text), err)
			}
		}
	}
}

func TestMillisecondsAreRoundedDown(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]float64{
		0: 0, time.Nanosecond: 0, 1999 * time.Nanosecond: 0.001, time.Second + 500*time.Microsecond: 1000.5, -time.Millisecond: -1,
	} {
		if got := Milliseconds(d); got != want {
			t.Errorf("%v: got %v, want %v", d, got, want)
		}
	}
}

func TestNumbersAsToolsWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`200`: 200, `"200"`: 200, `200.9`: 200, `2e2`: 200, `""`: 0, `null`: 0, `"x"`: 0, `true`: 0, `[200]`: 0, `-1`: -1,
		`1e9`: 1e9, `1e10`: 0, `-1e10`: 0, `1e999`: 0,
	} {
		list, _ := readAll(t, `{"log":{"entries":[{"request":{"method":"GET","url":"http://localhost/"},`+
			`"response":{"status":`+text+`}}]}}`)
		if got := list[0].Status; got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

func TestVisitorStopsReading(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	seen := 0
	about, err := Read(strings.NewReader(written(t, "", Record{Method: "GET", URL: "http://a/"},
		Record{Method: "GET", URL: "http://b/"})), func(Entry) error { seen++; return stop })
	if !errors.Is(err, stop) || seen != 1 || about.Entries != 1 {
		t.Errorf("got %v, %+v after %d entries", err, about, seen)
	}
}

// TestCompressedBodiesAreUnpackedUpToABound has bodies in each encoding, whole, cut off
// and larger than is read.
func TestCompressedBodiesAreUnpackedUpToABound(t *testing.T) {
	t.Parallel()
	pack := func(make func(io.Writer) io.WriteCloser, body string) string {
		var b bytes.Buffer
		w := make(&b)
		_, err := io.WriteString(w, body)
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	gzipped := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	deflated := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	const body = `{"a":1}`
	for name, tt := range map[string]struct {
		encoding, packed, want string
		lost                   bool
	}{
		"gzip":        {"gzip", pack(gzipped, body), body, false},
		"in capitals": {"GZIP", pack(gzipped, body), body, false},
		"deflate":     {"deflate", pack(deflated, body), body, false},
		"identity":    {"identity", body, body, false},
		"br":          {"br", "\x8b\x03\x80\xff", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, _ := readAll(t, wrap(fmt.Sprintf(`,"headers":[{"name":"content-encoding","value":"%s"}],`+
				`"postData":{"mimeType":"application/json","_encoding":"base64","text":"%s"}`, tt.encoding,
				base64.StdEncoding.EncodeToString([]byte(tt.packed))), ""))
			if e := list[0]; e.NoBody != tt.lost || !tt.lost && string(e.Body) != tt.want {
				t.Errorf("got %d bytes %.20q, lost: %v", len(e.Body), e.Body, e.NoBody)
			}
		})
	}
	for packed, want := range map[string]string{
		pack(gzipped, body)[:20]:                      "1:20: entry 1: request.postData: it can't be decompressed: unexpected EOF",
		pack(gzipped, strings.Repeat("0", maxBody+1)): "1:20: entry 1: request.postData: it is larger than 32 MiB",
	} {
		list, _ := readAll(t, wrap(`,"headers":[{"name":"content-encoding","value":"gzip"}],"postData":{"_encoding":"base64",`+
			`"text":"`+base64.StdEncoding.EncodeToString([]byte(packed))+`"}`, ""))
		if err := list[0].Err; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
