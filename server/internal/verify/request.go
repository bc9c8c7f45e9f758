package verify

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// request is one request below the service root.
type request struct {
	method     string
	path       string // escaped, below the root
	query      string // escaped
	header     http.Header
	token      bool // whether the token goes with it
	body       []byte
	value      any  // the body as JSON, nil where it is made of bytes
	compressed bool // the body is compressed on its way
}

// request makes a request of an operation, with the values of its path's
// parameters in order, and with the query and headers that it can't do without.
func (r *run) request(op *openapi.Operation, values []string) request {
	q := request{method: op.Method, path: expand(op.Path, values), header: http.Header{}, token: true}
	for p := range op.Parameters() {
		if p.Required && p.In != openapi.InPath {
			text := r.value(p)
			setParameter(&q, p, &text)
		}
	}
	for _, k := range r.keys(op) {
		text := cmp.Or(r.Parameters[k.Name], "graphmock")
		if k.Scheme != "" {
			text = k.Scheme + " " + text
		}
		setParameter(&q, openapi.Parameter{In: k.In, Name: k.Name}, &text)
		q.token = op.Security().RequiresToken()
	}
	return q
}

// keys are those that requests of an operation are sent with: none where the token is
// enough, unless the user gave one.
func (r *run) keys(op *openapi.Operation) []openapi.Key {
	keys := op.Security().Keys()
	given := slices.ContainsFunc(keys, func(k openapi.Key) bool { return r.Parameters[k.Name] != "" })
	if op.Security().RequiresToken() && r.Token != "" && !given {
		return nil
	}
	return keys
}

// expand puts values into a path template.
func expand(template string, values []string) string {
	var b strings.Builder
	for _, v := range values {
		before, rest, _ := strings.Cut(template, "{")
		_, after, _ := strings.Cut(rest, "}")
		b.WriteString(before)
		b.WriteString(url.PathEscape(v))
		template = after
	}
	b.WriteString(template)
	return b.String()
}

// setValue sets the JSON body of the request.
func (r *request) setValue(v any) {
	r.value, r.body = v, encode(v)
	if r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", "application/json")
	}
}

// encode writes JSON with < and & as they are.
func encode(v any) []byte {
	b, err := jsontext.Marshal(v)
	if err != nil {
		panic("BUG: a body is no JSON: " + err.Error())
	}
	return b
}

// curl is the request as a line for a shell. The token is a variable's.
func (r *request) curl(root string) string {
	var b strings.Builder
	if r.compressed {
		fmt.Fprintf(&b, "printf %%s %s | gzip -c | ", QuoteShell(string(r.body)))
	}
	b.WriteString("curl -i")
	if r.method != http.MethodGet || r.body != nil {
		b.WriteString(" -X " + QuoteShell(r.method))
	}
	address := root + r.path
	if r.query != "" {
		address += "?" + r.query
	}
	b.WriteString(" " + QuoteShell(address))
	if r.token {
		b.WriteString(` -H "Authorization: Bearer $GRAPHMOCK_TOKEN"`)
	}
	for _, name := range slices.Sorted(maps.Keys(r.header)) {
		for _, v := range r.header[name] {
			b.WriteString(" -H " + QuoteShell(name+": "+v))
		}
	}
	switch {
	case r.compressed:
		b.WriteString(" -H 'Content-Encoding: gzip' --data-binary @-")
	case r.body != nil:
		if r.header.Get("Content-Type") == "" {
			b.WriteString(" -H 'Content-Type:'") // or curl sends one of its own
		}
		b.WriteString(" --data-raw " + QuoteShell(string(r.body)))
	}
	return b.String()
}

// QuoteShell writes a word as POSIX shells read it, and one with bytes that can't
// be seen as bash does.
func QuoteShell(s string) string {
	hidden := func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufeff' || r == utf8.RuneError }
	if strings.IndexFunc(s, hidden) < 0 {
		if s != "" && strings.IndexFunc(s, isSpecial) < 0 {
			return s
		}
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// isSpecial reports whether a shell may take a character for more than itself.
func isSpecial(r rune) bool {
	plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:%@", r)
	return !plain
}
