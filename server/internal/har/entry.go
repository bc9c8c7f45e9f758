package har

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// An Entry is one exchange of a file, as plain HTTP.
type Entry struct {
	Number int // from 1
	Line   int // of the file, where the entry begins

	At     time.Time // zero if the entry does not say
	Method string
	URL    *url.URL
	Header http.Header // canonical names, pseudo headers left out
	Body   []byte      // decoded
	NoBody bool        // a body was sent, but the file has not kept it as it was

	Status         int // 0 if there was no response
	ResponseHeader http.Header
	ResponseBody   []byte // decoded
	NoResponseBody bool   // the file has not kept the response's body

	// Graphmock's own export.
	Scripted bool // a scenario made the response
	Own      bool // the requests of a batch have entries of their own

	// Err is why the rest of the entry is missing, a *SyntaxError. Method and
	// Header are there, and of URL at least the host, so that entries of other
	// hosts can be passed over.
	Err error
}

// maxBody bounds a body after decompression.
const maxBody = 32 << 20

// rawEntry is what of an entry matters here. Tools write numbers as strings and
// strings as null; nothing is asked of members that don't matter.
type rawEntry struct {
	StartedDateTime scalar
	Request         *struct {
		Method, URL string
		Headers     few[pair]
		PostData    *rawBody
		BodySize    scalar
	}
	Response *struct {
		Status  scalar
		Headers few[pair]
		Content rawBody
	}
	Graphmock *struct{ Rule string } `json:"_graphmock"` // the rest may be any version's
}

type rawBody struct {
	MimeType   string
	Text       *string
	Encoding   string
	Compressed string `json:"_encoding"` // graphmock's: the standard has none for requests
	Size       scalar
	Params     few[struct {
		Name, Value string
		FileName    *string
	}]
}

// maxFew is how many headers, or fields of a form, an entry may have.
const maxFew = 10_000

var errTooMany = fmt.Errorf("a list has more than %d elements", maxFew)

// few is a short list: a long one of small things takes many times the room of its
// text.
type few[T any] []T

func (f *few[T]) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return json.Unmarshal(text, (*[]T)(f)) // null, or what is wrong
	}
	for d.More() {
		if len(*f) == maxFew {
			return errTooMany
		}
		var each T
		if err := d.Decode(&each); err != nil {
			return err
		}
		*f = append(*f, each)
	}
	return nil
}

// entry returns the entry as far as it can be read.
func (r *rawEntry) entry() (e Entry, err error) {
	if r.Request == nil || r.Request.Method == "" || r.Request.URL == "" {
		return e, errors.New("it has no request with a method and a url")
	}
	e.Method, e.Header = r.Request.Method, headerOf(r.Request.Headers)
	if e.URL, err = url.Parse(r.Request.URL); err != nil {
		e.URL = originOf(r.Request.URL)
		return e, fmt.Errorf("the url can't be read: %w", errors.Unwrap(err))
	}
	e.At, _ = time.Parse(time.RFC3339, string(r.StartedDateTime)) // zero if it is wrong: no check depends on it
	if own := r.Graphmock; own != nil {
		e.Own, e.Scripted = true, own.Rule != ""
	}
	if body := r.Request.PostData; body != nil {
		if e.Body, e.NoBody, err = body.sent(e.Header); err != nil {
			return e, fmt.Errorf("request.postData: %w", err)
		}
		e.Body = headBefore(e.Body, e.Header)
	} else if number(r.Request.BodySize) != 0 { // -1 is that of a body of which nothing is known
		e.NoBody = true
	}
	if r.Response == nil {
		return e, nil
	}
	e.Status, e.ResponseHeader = number(r.Response.Status), headerOf(r.Response.Headers)
	if e.ResponseBody, e.NoResponseBody, err = r.Response.Content.received(e.ResponseHeader); err != nil {
		return e, fmt.Errorf("response.content: %w", err)
	}
	return e, nil
}

// originOf is as much of a URL as can be read without its path; nil if that is
// nothing.
func originOf(text string) *url.URL {
	scheme, rest, _ := strings.Cut(text, "://")
	host, _, _ := strings.Cut(rest, "/")
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || u.Host == "" {
		return nil
	}
	return u
}

// headerOf leaves out the pseudo headers of HTTP/2, such as :authority.
func headerOf(list []pair) http.Header {
	h := http.Header{}
	for _, field := range list {
		if field.Name != "" && !strings.HasPrefix(field.Name, ":") {
			h.Add(field.Name, field.Value)
		}
	}
	return h
}

// sent is the body of a request. Where the header has no type, that of the body
// stands in.
func (b *rawBody) sent(h http.Header) (body []byte, lost bool, err error) {
	setType(h, b.MimeType)
	if b.Text == nil || *b.Text == "" && len(b.Params) > 0 {
		return b.form()
	}
	return b.decode(h)
}

// form is the body of a form whose text was not kept. The boundaries of one in
// several parts are lost.
func (b *rawBody) form() (body []byte, lost bool, err error) {
	if len(b.Params) == 0 {
		return nil, false, nil
	}
	if !strings.HasPrefix(strings.ToLower(b.MimeType), "application/x-www-form-urlencoded") {
		return nil, true, nil
	}
	var parts []string
	for _, p := range b.Params {
		parts = append(parts, escapedOnce(p.Name)+"="+escapedOnce(p.Value))
	}
	return []byte(strings.Join(parts, "&")), false, nil
}

// escapedOnce escapes a name or value of a form; some tools write them escaped
// already.
func escapedOnce(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return url.QueryEscape(s)
}

// received is the body of a response.
func (b *rawBody) received(h http.Header) (body []byte, lost bool, err error) {
	if b.Text == nil {
		return nil, number(b.Size) > 0, nil
	}
	if *b.Text != "" {
		setType(h, b.MimeType)
	}
	return b.decode(h)
}

// headBefore moves header fields from the start of a body to the header. Recorders that
// read messages from text, where an empty line too many came before these fields, have taken
// them for the body. It is certain only where Content-Length is among them and is that of
// what follows, its lines ending in CRLF or LF; of a message that was sent like this it would
// be the length of everything.
func headBefore(body []byte, h http.Header) []byte {
	const length = "Content-Length"
	if len(body) == 0 || !bytes.EqualFold(body[:min(len(body), len("content-"))], []byte("content-")) {
		return body
	}
	in := textproto.NewReader(bufio.NewReader(bytes.NewReader(body)))
	fields, err := in.ReadMIMEHeader()
	if err != nil {
		return body
	}
	rest, _ := io.ReadAll(in.R)
	lines := bytes.Count(rest, []byte("\n")) - bytes.Count(rest, []byte("\r\n"))
	n, err := strconv.Atoi(fields.Get(length))
	if err != nil || len(rest) == 0 || n != len(rest) && n != len(rest)+lines {
		return body
	}
	fields.Del(length)
	maps.Copy(h, fields)
	return rest
}

// setType fills in a Content-Type; tools write x-unknown where there was none.
func setType(h http.Header, mime string) {
	if h.Get("Content-Type") == "" && mime != "" && mime != "x-unknown" {
		h.Set("Content-Type", mime)
	}
}

// decode undoes the file's encoding, and a compression that the recorder has left
// on the body. A body in another coding, such as br, is lost.
func (b *rawBody) decode(h http.Header) (body []byte, lost bool, err error) {
	body = []byte(*b.Text)
	if strings.EqualFold(b.Encoding, "base64") || b.Compressed == "base64" {
		if body, err = base64.StdEncoding.DecodeString(*b.Text); err != nil {
			return nil, false, fmt.Errorf("text is not base64: %w", err)
		}
	}
	switch coding := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); coding {
	case "gzip", "x-gzip", "deflate":
		body, err = decompress(body, coding)
		return body, false, err
	case "", "identity":
		return body, false, nil
	default:
		return body, !utf8.Valid(body), nil
	}
}

// decompress decompresses a body that is compressed. Most recorders have done so
// already, and left the header as it was.
func decompress(body []byte, coding string) ([]byte, error) {
	var z io.ReadCloser
	var err error
	switch {
	case (coding == "gzip" || coding == "x-gzip") && bytes.HasPrefix(body, []byte("\x1f\x8b")):
		z, err = gzip.NewReader(bytes.NewReader(body))
	case coding == "deflate" && len(body) > 1 && body[0] == 0x78:
		z, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return body, nil
	}
	if err != nil {
		return nil, fmt.Errorf("it can't be decompressed: %w", err)
	}
	defer z.Close()
	plain, err := io.ReadAll(io.LimitReader(z, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("it can't be decompressed: %w", err)
	}
	if len(plain) > maxBody {
		return nil, fmt.Errorf("it is larger than %d MiB", maxBody>>20)
	}
	return plain, nil
}
