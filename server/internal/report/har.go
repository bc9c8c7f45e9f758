package report

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// writeHAR writes the exchanges as an HTTP Archive, HAR 1.2, which browsers and
// graphmock check can open. What HAR has no member for stands under _graphmock.
//
// http://www.softwareishard.com/blog/har-12-spec/
func writeHAR(w io.Writer, r *Report) error {
	head, err := json.Marshal(harCreator{"graphmock", r.Version})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "{\"log\":{\"version\":\"1.2\",\"creator\":%s,\"pages\":[],\"entries\":[", head); err != nil {
		return err
	}
	for i, e := range r.Exchanges {
		before := "\n"
		if i > 0 {
			before = ",\n"
		}
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		if err := encodeLine(w, harEntryOf(e)); err != nil {
			return err
		}
	}
	end := "]}}\n"
	if r.Left > 0 {
		end = fmt.Sprintf("],\"comment\":\"%s left out\"}}\n", count(r.Left, "exchange"))
	}
	_, err = io.WriteString(w, end)
	return err
}

// encodeLine writes a value as JSON, without a line break behind it.
func encodeLine(w io.Writer, v any) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.TrimSuffix(b.String(), "\n"))
	return err
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harEntry struct {
	Started   string      `json:"startedDateTime"`
	Time      float64     `json:"time"` // milliseconds
	Request   harRequest  `json:"request"`
	Response  harResponse `json:"response"`
	Cache     struct{}    `json:"cache"`
	Timings   harTimings  `json:"timings"`
	Graphmock harOwn      `json:"_graphmock"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// harOwn is what graphmock knows about an exchange.
type harOwn struct {
	ID         int64    `json:"id"`
	Operation  string   `json:"operation,omitempty"`
	Rule       string   `json:"rule,omitempty"` // of a scenario
	Violations []string `json:"violations,omitempty"`
	Place      string   `json:"place,omitempty"`
	Test       string   `json:"test,omitempty"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	PostData    *harBody  `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"` // -1: unknown
	BodySize    int       `json:"bodySize"`
}

type harResponse struct {
	Status      int       `json:"status"`
	StatusText  string    `json:"statusText"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	Content     harBody   `json:"content"`
	RedirectURL string    `json:"redirectURL"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// harBody is a postData or a content; only a content has a size and an encoding
// by the standard.
type harBody struct {
	Size     *int   `json:"size,omitempty"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"encoding,omitempty"`
	Packed   string `json:"_encoding,omitempty"`
}

func harEntryOf(e Exchange) harEntry {
	took := milliseconds(e.Took)
	address := Public + e.Path
	if e.Query != "" {
		address += "?" + e.Query
	}
	x := harEntry{
		Started: e.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"), Time: took, Timings: harTimings{Wait: took},
		Request: harRequest{Method: e.Method, URL: address, HTTPVersion: "HTTP/1.1", Cookies: []harPair{},
			Headers: harHeaders(e.Header), QueryString: harQuery(e.Query), HeadersSize: -1, BodySize: len(e.Body)},
		Response: harResponse{Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: "HTTP/1.1", Cookies: []harPair{},
			Headers: harHeaders(e.AnswerHeader), RedirectURL: e.AnswerHeader.Get("Location"), HeadersSize: -1, BodySize: len(e.Answer)},
		Graphmock: harOwn{ID: e.ID, Operation: e.Operation, Rule: e.Rule, Place: e.Place.String(), Test: e.Test},
	}
	for _, v := range e.Violations {
		x.Graphmock.Violations = append(x.Graphmock.Violations, v.String())
	}
	if len(e.Body) > 0 {
		body := harBodyOf(e.Body, e.Header)
		body.Packed, body.Encoding = body.Encoding, ""
		x.Request.PostData = &body
	}
	x.Response.Content = harBodyOf(e.Answer, e.AnswerHeader)
	size := len(e.Answer)
	x.Response.Content.Size = &size
	return x
}

func harBodyOf(body []byte, h http.Header) harBody {
	b := harBody{MimeType: cmp.Or(h.Get("Content-Type"), "x-unknown"), Text: string(body)}
	if !utf8.Valid(body) {
		b.Text, b.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
	}
	return b
}

func harHeaders(h http.Header) []harPair {
	list := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			list = append(list, harPair{name, value})
		}
	}
	return list
}

func harQuery(query string) []harPair {
	list := []harPair{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		list = append(list, harPair{unescaped(name), unescaped(value)})
	}
	return list
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return s
}

// milliseconds rounds to microseconds.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
