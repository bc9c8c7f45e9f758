package rawurl

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

func TestRequestKeepsItsPathAsSent(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"/a%2Fb":       "/a%2Fb",
		"/a%2Fb|c":     "/a%2Fb%7Cc",
		"/a%2Fb%7Cc":   "/a%2Fb%7Cc",
		"/a%2F\"b\"?c": "/a%2F%22b%22",
		"/a%2F{é}":     "/a%2F%7B%C3%A9%7D",
		"/a|b":         "/a%7Cb",
		"/a'b'(c)":     "/a'b'(c)",
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + sent + " HTTP/1.1\r\nHost: a\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		if got := AsSent(r).URL.EscapedPath(); got != want {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}

func TestEncodedURLIsOneThatIsRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/me/activities?$filter=a eq 'b'": "/me/activities?$filter=a%20eq%20'b'",
		"a%2Fb#c":                         "a%2Fb%23c",
		"é\x00\x7f":                       "%C3%A9%00%7F",
		"<>\\^`{|}\"":                     "%3C%3E%5C%5E%60%7B%7C%7D%22",
	} {
		if got := Encode(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
