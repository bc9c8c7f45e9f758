// Package rawurl reads URLs as clients write them, with marks in them that should
// have been encoded.
package rawurl

import (
	"net/http"
	"strings"
)

// AsSent returns a request whose path is read as the client wrote it. A mark that
// should have been encoded, such as |, makes package url encode the whole path
// anew, and what was an encoded slash of a key then separates two segments.
func AsSent(r *http.Request) *http.Request {
	raw := r.URL.RawPath
	if raw == "" || !strings.HasPrefix(r.RequestURI, raw) || r.URL.EscapedPath() == raw {
		return r
	}
	u, sent := *r.URL, *r
	u.RawPath, sent.URL = Encode(raw), &u
	return &sent
}

// Encode encodes what can't stand in a URL: spaces, as Microsoft's own sample has
// them, what is not ASCII, and the marks for which package url would encode the
// whole path anew, its encoded slashes lost.
func Encode(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(text) {
		if c > ' ' && c < 0x7f && strings.IndexByte("\"#<>\\^`{|}", c) < 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
