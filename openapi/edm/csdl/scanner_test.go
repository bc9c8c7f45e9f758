package csdl

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// oracle lists the tokens of a document by package encoding/xml, and how it ends.
func oracle(source string) (tokens []string, err error) {
	d := xml.NewDecoder(strings.NewReader(source))
	for {
		token, err := d.Token()
		if err != nil {
			return tokens, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			text := fmt.Sprintf("<%q %q", token.Name.Space, token.Name.Local)
			for _, a := range token.Attr {
				text += fmt.Sprintf(" %v %q=%q", a.Name.Space != "", a.Name.Local, a.Value)
			}
			tokens = append(tokens, text)
		case xml.EndElement:
			tokens = append(tokens, ">")
		case xml.CharData:
			tokens = addText(tokens, string(token))
		case xml.Directive:
			return tokens, errDirective
		}
	}
}

var errDirective = errors.New("directive")

// addText adds text, to that before it if there is some.
func addText(tokens []string, text string) []string {
	if n := len(tokens); n > 0 && strings.HasPrefix(tokens[n-1], "text ") {
		tokens[n-1] += text
		return tokens
	}
	return append(tokens, "text "+text)
}

// scanned lists the tokens of a document by scanner, and how it ends.
func scanned(source string) (tokens []string, err error) {
	s := newScanner(source)
	for {
		switch s.next() {
		case noToken:
			if s.wrong != "" {
				return tokens, errors.New(s.wrong)
			}
			return tokens, io.EOF
		case startToken:
			text := fmt.Sprintf("<%q %q", s.space, s.name)
			for _, a := range s.attrs {
				text += fmt.Sprintf(" %v %q=%q", a.space != "", a.name, a.value)
			}
			tokens = append(tokens, text)
		case endToken:
			tokens = append(tokens, ">")
		case textToken:
			tokens = addText(tokens, s.text)
		case directiveToken:
			return tokens, errDirective
		}
	}
}

// agree checks that the scanner reads what encoding/xml reads. Where one of them finds
// the document broken the other does so, too, if need be at another place.
func agree(t *testing.T, source string) {
	t.Helper()
	got, end := scanned(source)
	want, wantEnd := oracle(source)
	if (end == io.EOF) != (wantEnd == io.EOF) {
		t.Errorf("%q ends with %v, want %v", source, end, wantEnd)
		return
	}
	if end == io.EOF && fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q\n%q\n%q", source, got, want)
	}
}

// documents are what XML can have, and what it can't.
func documents() []string {
	return []string{
		`<a/>`, `<a b="c"/>`, `<a b='"' c = "&quot;&#10;&#x41;&amp;"></a >`, `<a>x<b/>y<![CDATA[<&]]>z</a>`,
		`<?xml version="1.0" encoding="UTF-8"?><!-- a - b --><a><?p q?></a>`,
		`<p:a xmlns:p="u"><p:b xmlns:p="v" p:c="d" e="f"/><p:b/><q:r/></p:a>`,
		`<a xmlns="u"><b xmlns="v"><c/></b><b xmlns=""/></a>`, "<a>\r\n<b c=\"\r\"/>\r</a>", `<ä ö="ü"/>`, `<a:/>`, `<:a/>`,
		"", " ", "x", `<`, `<a`, `<a b`, `<a b=`, `<a b="`, `<a b="c`, `<a b="c"`, `<a /`, `<a / >`, `<a b/>`, `<a b=c/>`,
		`<a>`, `<a><b></a>`, `</a>`, `<a></b>`, `<a></`, `<a></a`, `<a></a b>`, `<a></ a>`, `< a/>`, `<a b="<"/>`,
		`<a>]]></a>`, `<a><![CDATA[x`, `<!-- x`, `<!-- -- -->`, `<!-- x --`, `<?p`, `<??>`, `<?xml encoding="latin1"?><a/>`,
		`<a>&b;</a>`, `<a>&lt</a>`, `<a>&#x;</a>`, `<a>&#99999999999;</a>`, `<a>&</a>`, `<a>&;</a>`,
		"<a>\x01</a>", "<a>\xff</a>", "<a>\uffff</a>", `<a:b:c/>`, `<1/>`, `<a 1="x"/>`, `<a>&#1;</a>`, `<a b="&#0;"/>`,
		`<!DOCTYPE a><a/>`, `<a/><b/>`, `<a b="1" b="2"/>`,
	}
}

func TestTheScannerReadsAsEncodingXMLDoes(t *testing.T) {
	t.Parallel()
	for _, source := range documents() {
		agree(t, source)
	}
	folder := filepath.Join("..", "..", "..", "..", "shared")
	if named := os.Getenv("GRAPHMOCK_SHARED"); named != "" {
		folder = named
	}
	if data, err := os.ReadFile(filepath.Join(folder, "graph", "v1.0.csdl")); err == nil {
		agree(t, string(data))
	}
}

func FuzzScanner(f *testing.F) {
	for _, source := range documents() {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		_, end := scanned(source)
		other := strings.ContainsFunc(source, func(r rune) bool { return r >= utf8.RuneSelf })
		if end == io.EOF && !other { // encoding/xml takes characters that XML does not, and has fewer for names
			agree(t, source)
		}
	})
}
