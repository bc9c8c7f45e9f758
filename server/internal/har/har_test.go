package har

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// browser is what a browser exports: comments, pages before the entries, HTTP/2,
// lower-case names, members of its own.
const browser = "\ufeff" + `{
  "log": {
    "version": "1.2",
    "creator": {"name": "Firefox", "version": "140.0"},
    "pages": [{"id": "page_1", "comment": "", "pageTimings": {"onLoad": null}}],
    "entries": [
      {
        "startedDateTime": "2026-01-31T12:00:00.120+01:00", "time": 12.5, "comment": "first", "_priority": {"of": ["high"]},
        "request": {
          "method": "PUT", "url": "https://graph.microsoft.com/v1.0/me/activities/a%2Fb?x=1#top", "httpVersion": "HTTP/2",
          "headers": [{"name": ":authority", "value": "graph.microsoft.com"}, {"name": "content-type", "value": "application/json"}, {"name": "x", "value": "1"}, {"name": "X", "value": "2"}],
          "queryString": [{"name": "x", "value": "1"}], "cookies": [], "headersSize": -1, "bodySize": 7,
          "postData": {"mimeType": "application/json", "params": [], "text": "{\"a\":1}"}
        },
        "response": {
          "status": 201, "statusText": "", "headers": [{"name": "content-type", "value": "application/json"}, {"name": "content-encoding", "value": "gzip"}],
          "content": {"size": 7, "mimeType": "application/json", "encoding": "base64", "text": "eyJiIjoyfQ=="}
        }
      },
      {"request": {"method": "GET", "url": "data:text/plain,hi", "headers": []}, "response": {"status": 0}}
    ]
  }
}
`

func readAll(t *testing.T, text string) ([]Entry, About) {
	t.Helper()
	var list []Entry
	about, err := Read(strings.NewReader(text), func(e Entry) error { list = append(list, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return list, about
}

func TestAnEntryOfABrowserIsPlainHTTP(t *testing.T) {
	t.Parallel()
	list, about := readAll(t, browser)
	if about != (About{Creator: "Firefox", Entries: 2}) || len(list) != 2 {
		t.Fatalf("got %+v, %d entries", about, len(list))
	}
	e := list[0]
	got := fmt.Sprintf("%d:%d %s %s %s?%s %v %s -> %d %s %v", e.Number, e.Line, e.At.UTC().Format("15:04:05.000"),
		e.Method, e.URL.EscapedPath(), e.URL.RawQuery,
		e.Header, e.Body, e.Status, e.ResponseBody, e.ResponseHeader)
	const want = `1:7 11:00:00.120 PUT /v1.0/me/activities/a%2Fb?x=1 map[Content-Type:[application/json] X:[1 2]] ` +
		`{"a":1} -> 201 {"b":2} map[Content-Encoding:[gzip] Content-Type:[application/json]]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if e := list[1]; e.Number != 2 || e.Line != 20 || e.Status != 0 || e.URL.Host != "" {
		t.Errorf("got %+v", e)
	}
}

// wrap makes a file of one entry with these members of request and response.
func wrap(request, response string) string {
	return `{"log":{"entries":[{"request":{"method":"POST","url":"http://localhost/"` + request +
		`},"response":{"status":"200"` + response + `}}]}}`
}

func TestBodiesAreDecoded(t *testing.T) {
	t.Parallel()
	const gzipped = "H4sIAAAAAAACA6tWSlSyMqwFAK+sG1YHAAAA" // {"a":1}
	tests := []struct {
		name, request, response string
		body, answer            string
		noBody, noAnswer        bool
	}{
		{name: "text", request: `,"postData":{"mimeType":"text/plain","text":"é"}`, response: `,"content":{"text":"ü"}`,
			body: "é", answer: "ü"},
		{name: "base64", request: `,"postData":{"mimeType":"x","encoding":"base64","text":"AAE="}`,
			response: `,"content":{"encoding":"Base64","text":"AgM="}`, body: "\x00\x01", answer: "\x02\x03"},
		{name: "form", request: `,"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a ` +
			`b","value":"ä"},{"name":"c","value":"%26"}]}`, body: "a+b=%C3%A4&c=%26"},
		{name: "parts",
			request: `,"postData":{"mimeType":"multipart/form-data","params":[{"name":"a","fileName":"x.png"}]}`,
			noBody:  true},
		{name: "nothing kept", request: `,"bodySize":12`, response: `,"content":{"size":"12"}`, noBody: true,
			noAnswer: true},
		{name: "nothing known", request: `,"bodySize":-1`, noBody: true},
		{name: "nothing sent", request: `,"bodySize":0,"postData":null`, response: `,"content":{"size":0}`},
		{name: "decompressed already",
			request: `,"headers":[{"name":"content-encoding","value":"gzip"}],"postData":{"text":"{}"}`, body: "{}"},
		{name: "compressed still",
			response: `,"headers":[{"name":"content-encoding","value":"GZIP"}],"content":{"encoding":"base64",` +
				`"text":"` + gzipped + `"}`, answer: `{"a":1}`},
		{name: "compressed for others",
			request: `,"headers":[{"name":"content-encoding","value":"zstd"}],"postData":{"encoding":"base64",` +
				`"text":"iwWA"}`, response: `,"headers":[{"name":"content-encoding","value":"br"}],` +
				`"content":{"encoding":"base64","text":"iwWA"}`, body: "\x8b\x05\x80", noBody: true,
			answer: "\x8b\x05\x80", noAnswer: true},
		{name: "decompressed from br",
			response: `,"headers":[{"name":"content-encoding","value":"br"}],"content":{"text":"{}"}`, answer: "{}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			list, _ := readAll(t, wrap(test.request, test.response))
			e := list[0]
			if string(e.Body) != test.body || string(e.ResponseBody) != test.answer || e.NoBody != test.noBody ||
				e.NoResponseBody != test.noAnswer || e.Status != 200 {
				t.Errorf("got body %q (lost: %v), answer %q (lost: %v), status %d", e.Body, e.NoBody, e.ResponseBody,
					e.NoResponseBody, e.Status)
			}
		})
	}
}

func TestHeaderFieldsAreNoPartOfTheBody(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, body, kind string }{
		{"as the text counts", `Content-Type: application/json\nContent-Length: 9\n\n{\n"a":1\n}`, "{\n\"a\":1\n}", "application/json"},
		{"as CRLF counts", `content-type: application/json\ncontent-length: 11\n\n{\n"a":1\n}`, "{\n\"a\":1\n}", "application/json"},
		{"with CRLF", `Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`, "{}", "application/json"},
		{"of another length", `Content-Length: 3\n\n{}`, "Content-Length: 3\n\n{}", "text/plain"},
		{"of no length", `Content-Type: application/json\n\n{}`, "Content-Type: application/json\n\n{}", "text/plain"},
		{"with nothing behind", `Content-Length: 0\n\n`, "Content-Length: 0\n\n", "text/plain"},
		{"that are no fields", `content-free talk: 1\nof 2\n\n{}`, "content-free talk: 1\nof 2\n\n{}", "text/plain"},
	}
	for _, test := range tests {
		list, _ := readAll(t, wrap(`,"postData":{"mimeType":"text/plain","text":"`+
			strings.ReplaceAll(test.text, `"`, `\"`)+`"}`, ""))
		if e := list[0]; string(e.Body) != test.body || e.Header.Get("Content-Type") != test.kind ||
			e.Header.Get("Content-Length") != "" {
			t.Errorf("%s: got body %q, header %v", test.name, e.Body, e.Header)
		}
	}
}

func TestABrokenFileHasAPlace(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "", "1:1: the file ends in the middle"},
		{"UTF-16", "\xff\xfe{\x00", "1:1: the file is UTF-16; save it as UTF-8"},
		{"compressed", "\x1f\x8b\x08", "1:1: the file is compressed; unpack it first"},
		{"no object", "[]", "1:1: expected a JSON object"},
		{"no HAR", `{"openapi": "3.0.3"}`, "1:1: there is no log.entries; a HAR file has its traffic there"},
		{"no list", "{\"log\":\n {\"entries\": {}}}", "2:14: log.entries is not a list"},
		{"twice", `{"log":{"entries":[],"entries":[]}}`, "1:31: log.entries is there twice"},
		{"cut off", "{\"log\": {\"entries\": [\n{\"request\": {\"met", "2:18: the file ends in the middle"},
		{"not JSON in an entry", "{\"log\": {\"entries\": [\n  {\"request\": nope}]}}",
			"2:16: invalid character 'o' in literal null (expecting 'u')"},
		{"not JSON between", `{"log": {"entries": []; "x": 1}}`,
			"1:23: invalid character ';' after object key:value pair"},
		{"no request", "{\"log\": {\"entries\": [\n  {\"response\": {}}]}}",
			"2:3: entry 1: it has no request with a method and a url"},
		{"bad url", wrap(`,"url":"http://[::1"`, ""), "1:20: entry 1: the url can't be read: missing ']' in host"},
		{"wrong type", "{\"log\": {\"entries\": [\n  {\"request\": 7}]}}",
			"2:3: entry 1: Request: a number is not expected here"},
		{"not base64", wrap(`,"postData":{"encoding":"base64","text":"#"}`, ""),
			"1:20: entry 1: request.postData: text is not base64: illegal base64 data at input byte 0"},
		{"deep", `{"x":` + strings.Repeat("[", 300), "1:207: nested deeper than 200 levels"},
		{"more", "{\"log\":{\"entries\":[]}}\n{}", "1:23: there is more after the end of the file's JSON object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(strings.NewReader(test.text), func(e Entry) error { return e.Err })
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestALargeFileIsReadAsAStream reads far more than is kept, and the place of the
// last entry is right.
func TestALargeFileIsReadAsAStream(t *testing.T) {
	t.Parallel()
	const n = 20_000
	entry := `{"request":{"method":"GET","url":"http://localhost/"},` + "\n" + `"padding":"` + strings.Repeat("x",
		1000) + `"}`
	f := strings.NewReader(`{"log":{"entries":[` + "\n" + strings.Repeat(entry+",\n", n) + entry + "]}}")
	last := Entry{}
	about, err := Read(f, func(e Entry) error { last = e; return nil })
	if err != nil || about.Entries != n+1 || last.Line != 2*n+2 {
		t.Errorf("got %+v, last at line %d: %v", about, last.Line, err)
	}
}

// TestAnEntryThatCantBeReadTellsItsHost is about what advertisements send.
func TestAnEntryThatCantBeReadTellsItsHost(t *testing.T) {
	t.Parallel()
	for _, request := range []string{`,"url":"https://ads.example:8443/100%/x?a=b"`,
		`,"url":"https://ads.example:8443/","postData":{"encoding":"base64","text":"#"}`} {
		list, about := readAll(t, `{"log":{"entries":[{"request":{"method":"GET"`+request+
			`}},{"request":{"method":"GET","url":"http://localhost/"}}]}}`)
		if about.Entries != 2 || list[0].URL.Host != "ads.example:8443" || list[0].Err == nil || list[1].Err != nil {
			t.Errorf("%s: got %+v", request, list)
		}
	}
}

func TestALargeEntryIsRefused(t *testing.T) {
	t.Parallel()
	endless := io.MultiReader(strings.NewReader("{\"log\":\n{\"entries\":[{\"x\":\""), &zeros{})
	_, err := Read(endless, func(Entry) error { return nil })
	if err == nil || err.Error() != "2:13: what begins here is larger than 32 MiB" {
		t.Errorf("got %v", err)
	}
}

type zeros struct{}

func (*zeros) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("0"), len(p))), nil }

// TestWhatTakesMoreRoomThanItsTextIsRefused has lists of small things, and members that
// are something else than tools write.
func TestWhatTakesMoreRoomThanItsTextIsRefused(t *testing.T) {
	t.Parallel()
	long := "[" + strings.Repeat("{},", maxFew) + "{}]"
	for name, text := range map[string]string{
		"headers of a request":  wrap(`, "headers": `+long, ""),
		"headers of a response": wrap("", `, "headers": `+long),
		"a form":                wrap(`, "postData": {"params": `+long+"}", ""),
	} {
		_, err := Read(strings.NewReader(text), func(Entry) error { return nil })
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), "more than 10000 elements") {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, _ := readAll(t, wrap(`, "bodySize": `+long, ""))
	if len(entries) != 1 || entries[0].NoBody {
		t.Errorf("got %+v", entries)
	}
}

func TestAnErrorOfTheReaderIsTold(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	_, err := Read(io.MultiReader(strings.NewReader(`{"log": {"entries": [{`), failing{broken}),
		func(Entry) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzHAR(f *testing.F) {
	f.Add([]byte(browser))
	f.Add([]byte(wrap(`,"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a",`+
		`"value":"%zz"}]}`, `,"content":{"encoding":"base64","text":"AAE="}`)))
	f.Add([]byte(`{"log":{"entries":[],"x":[[[[]]]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		last := 0
		_, err := Read(bytes.NewReader(data), func(e Entry) error {
			if e.URL == nil || e.Method == "" || e.Header == nil || e.Line < 1 || e.Number != last+1 {
				t.Errorf("got %+v", e)
			}
			last = e.Number
			return nil
		})
		var syntax *SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Errorf("got %T: %v", err, err)
		}
		if syntax != nil && (syntax.Line < 1 || syntax.Line > bytes.Count(data, []byte("\n"))+1 || syntax.Column < 1) {
			t.Errorf("got place %d:%d of %q", syntax.Line, syntax.Column, data)
		}
	})
}
