package har

import (
	"cmp"
	"encoding/base64"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A Record is one exchange to write, as plain HTTP.
type Record struct {
	At     time.Time
	Took   time.Duration
	Method string
	URL    string
	Header http.Header
	Body   []byte

	Status         int // 0 if there was no response
	ResponseHeader http.Header
	ResponseBody   []byte

	Graphmock Graphmock
}

// Graphmock is what graphmock knows about an exchange. HAR has no member for it, so
// it stands under _graphmock.
type Graphmock struct {
	ID         int64    `json:"id"`
	Operation  string   `json:"operation,omitempty"`
	Rule       string   `json:"rule,omitempty"` // of a scenario
	Violations []string `json:"violations,omitempty"`
	Place      string   `json:"place,omitempty"`
	Test       string   `json:"test,omitempty"`
}

// A Creator is the program that wrote a file.
type Creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Write writes the records as a file that browsers and Read can open, one record a
// line. An empty comment is left out.
//
// http://www.softwareishard.com/blog/har-12-spec/
func Write(w io.Writer, creator Creator, records iter.Seq[Record], comment string) error {
	if err := writeParts(w, `{"log":{"version":"1.2","creator":`, creator, `,"pages":[],"entries":[`); err != nil {
		return err
	}
	before := "\n"
	for r := range records {
		if err := writeParts(w, before, entryOf(r), ""); err != nil {
			return err
		}
		before = ",\n"
	}
	if comment != "" {
		return writeParts(w, `],"comment":`, comment, "}}\n")
	}
	_, err := io.WriteString(w, "]}}\n")
	return err
}

// writeParts writes a value as JSON between two texts.
func writeParts(w io.Writer, before string, v any, after string) error {
	b, err := jsontext.Marshal(v)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, before+string(b)+after)
	return err
}

type entry struct {
	Started   string    `json:"startedDateTime"`
	Time      float64   `json:"time"` // milliseconds
	Request   request   `json:"request"`
	Response  response  `json:"response"`
	Cache     struct{}  `json:"cache"`
	Timings   timings   `json:"timings"`
	Graphmock Graphmock `json:"_graphmock"`
}

type timings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type request struct {
	Method      string   `json:"method"`
	URL         string   `json:"url"`
	HTTPVersion string   `json:"httpVersion"`
	Cookies     []pair   `json:"cookies"`
	Headers     []pair   `json:"headers"`
	QueryString []pair   `json:"queryString"`
	PostData    *content `json:"postData,omitempty"`
	HeadersSize int      `json:"headersSize"` // -1: unknown
	BodySize    int      `json:"bodySize"`
}

type response struct {
	Status      int     `json:"status"`
	StatusText  string  `json:"statusText"`
	HTTPVersion string  `json:"httpVersion"`
	Cookies     []pair  `json:"cookies"`
	Headers     []pair  `json:"headers"`
	Content     content `json:"content"`
	RedirectURL string  `json:"redirectURL"`
	HeadersSize int     `json:"headersSize"`
	BodySize    int     `json:"bodySize"`
}

// pair is a header or a parameter of a query.
type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// content is a postData or a content; only a content has a size and an encoding by
// the standard.
type content struct {
	Size       *int   `json:"size,omitempty"`
	MimeType   string `json:"mimeType"`
	Text       string `json:"text"`
	Encoding   string `json:"encoding,omitempty"`
	Compressed string `json:"_encoding,omitempty"`
}

func entryOf(r Record) entry {
	took := Milliseconds(r.Took)
	return entry{
		Started: r.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"), Time: took, Timings: timings{Wait: took},
		Request: requestOf(r), Response: responseOf(r), Graphmock: r.Graphmock,
	}
}

func requestOf(r Record) request {
	_, query, _ := strings.Cut(r.URL, "?")
	q := request{
		Method: r.Method, URL: r.URL, HTTPVersion: "HTTP/1.1", Cookies: []pair{},
		Headers: headerPairs(r.Header), QueryString: queryPairs(query), HeadersSize: -1, BodySize: len(r.Body),
	}
	if len(r.Body) > 0 {
		body := contentOf(r.Body, r.Header)
		body.Compressed, body.Encoding = body.Encoding, ""
		q.PostData = &body
	}
	return q
}

func responseOf(r Record) response {
	size := len(r.ResponseBody)
	body := contentOf(r.ResponseBody, r.ResponseHeader)
	body.Size = &size
	return response{
		Status: r.Status, StatusText: http.StatusText(r.Status), HTTPVersion: "HTTP/1.1", Cookies: []pair{},
		Headers: headerPairs(r.ResponseHeader), Content: body, RedirectURL: r.ResponseHeader.Get("Location"),
		HeadersSize: -1, BodySize: size,
	}
}

func contentOf(body []byte, h http.Header) content {
	c := content{MimeType: cmp.Or(h.Get("Content-Type"), "x-unknown"), Text: string(body)}
	if !utf8.Valid(body) {
		c.Text, c.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
	}
	return c
}

func headerPairs(h http.Header) []pair {
	list := []pair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			list = append(list, pair{name, value})
		}
	}
	return list
}

func queryPairs(query string) []pair {
	list := []pair{}
	for parameter := range strings.SplitSeq(query, "&") {
		if parameter == "" {
			continue
		}
		name, value, _ := strings.Cut(parameter, "=")
		list = append(list, pair{unescape(name), unescape(value)})
	}
	return list
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return s
}

// Milliseconds is a duration as a file has it, rounded to microseconds.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
