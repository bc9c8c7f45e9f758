package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Body returns a body of any media type without its credentials. Apart from them
// JSON stays as it was written, even if it is broken.
func (r Rules) Body(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	s := string(b)
	safe := ""
	if at, is := jsonStart(s); is {
		safe = r.json(s, at, 0)
	} else {
		safe = strings.TrimPrefix(r.Text("\n"+s), "\n") // the first line may be one of a header
	}
	if safe == s {
		return b
	}
	return []byte(safe)
}

// jsonStart returns where the JSON begins that a text is, broken or not.
func jsonStart(s string) (at int, is bool) {
	start := strings.TrimLeft(s, " \t\r\n\ufeff")
	return len(s) - len(start), start != "" && (start[0] == '{' || start[0] == '[')
}

// maxDepth bounds how deep values are looked into one by one. What is deeper is
// redacted as any text is.
const maxDepth = 200

// json redacts the JSON that begins at an index.
func (r Rules) json(s string, at, depth int) string {
	w := walker{rules: r, s: s, at: at, depth: depth}
	w.value(member{})
	if w.at < len(s) { // it was no JSON, or more than one value
		rest := s[w.at:]
		w.edits = append(w.edits, edit{w.at, len(s), r.Text(rest)})
	}
	return w.edited()
}

// A walker walks through JSON, broken or not, and collects what has to change.
type walker struct {
	rules Rules
	s     string
	at    int
	depth int
	edits []edit
}

type edit struct {
	from, to int
	text     string
}

// A member is where a value stands.
type member struct {
	name   string // as normal returns it; elements of a list have their list's
	secret bool   // all below it is
}

// edited returns the text with its edits. Where two begin at one place the later one
// counts.
func (w *walker) edited() string {
	slices.SortStableFunc(w.edits, func(a, b edit) int { return a.from - b.from })
	var b strings.Builder
	done := 0
	for i, e := range w.edits {
		if i+1 < len(w.edits) && w.edits[i+1].from == e.from {
			continue
		}
		b.WriteString(w.s[done:e.from])
		b.WriteString(e.text)
		done = e.to
	}
	b.WriteString(w.s[done:])
	return b.String()
}

// space skips white space, and commas, which matter only to those who check JSON.
func (w *walker) space() {
	for w.at < len(w.s) && strings.IndexByte(" \t\r\n,", w.s[w.at]) >= 0 {
		w.at++
	}
}

// next returns the next byte that matters, 0 at the end.
func (w *walker) next() byte {
	if w.space(); w.at < len(w.s) {
		return w.s[w.at]
	}
	return 0
}

// value reads one value and returns where it was: of a string, its content.
func (w *walker) value(m member) (from, to int) {
	switch c := w.next(); {
	case w.depth >= maxDepth:
		from, w.at = w.at, len(w.s)
		w.edits = append(w.edits, edit{from, w.at, w.rules.Text(w.s[from:])})
	case c == '{':
		w.depth++
		w.object(m)
		w.depth--
	case c == '[':
		w.depth++
		w.list(m)
		w.depth--
	case c == '"':
		from, to = w.string()
		w.editString(from, to, m)
		return from, to
	default:
		from, to = w.literal()
		if m.secret && from < to && strings.IndexByte("tfn", w.s[from]) < 0 { // a number
			w.edits = append(w.edits, edit{from, to, `"` + Redacted + `"`})
		}
	}
	return 0, 0
}

// string reads a string and returns where its content is.
func (w *walker) string() (from, to int) {
	from = w.at + 1
	for to = from; to < len(w.s) && w.s[to] != '"'; to++ {
		if w.s[to] == '\\' {
			to++
		}
	}
	to = min(to, len(w.s))
	w.at = min(to+1, len(w.s))
	return from, to
}

// literal reads a number, true, false or null, or what stands in place of one.
func (w *walker) literal() (from, to int) {
	from = w.at
	for w.at < len(w.s) && strings.IndexByte(" \t\r\n,:\"{}[]", w.s[w.at]) < 0 {
		w.at++
	}
	return from, w.at
}

func (w *walker) list(m member) {
	w.at++
	for {
		switch c := w.next(); {
		case c == 0:
			return
		case c == ']':
			w.at++
			return
		case c == '}' || c == ':': // broken
			w.at++
		default:
			from, to := w.value(m)
			if c == '"' && w.next() == ':' { // broken: a member outside of an object
				w.at++
				w.value(w.member(normal(plain(w.s[from:to])), m))
			}
		}
	}
}

// object reads an object. One that has a name and a value is a member itself:
// {"name": "password", "value": "x"}.
func (w *walker) object(m member) {
	w.at++
	var named bool
	var from, to int
	for {
		switch c := w.next(); {
		case c == 0:
			w.pair(named, from, to)
			return
		case c == '}':
			w.at++
			w.pair(named, from, to)
			return
		case c != '"': // broken
			w.at++
			continue
		}
		nameFrom, nameTo := w.string()
		if w.next() != ':' {
			continue
		}
		w.at++
		name := normal(plain(w.s[nameFrom:nameTo]))
		w.editName(nameFrom, nameTo)
		valueFrom, valueTo := w.value(w.member(name, m))
		switch name {
		case "name", "key":
			named = named || isSecret(normal(plain(w.s[valueFrom:valueTo])))
		case "value":
			from, to = valueFrom, valueTo
		}
	}
}

func (w *walker) pair(named bool, from, to int) {
	if named && from < to {
		w.edits = append(w.edits, edit{from, to, Redacted})
	}
}

// member says what a member of an object is.
func (w *walker) member(name string, of member) member {
	secret := isSecret(name)
	switch {
	case of.name == "headers":
		secret = secret || strings.Contains(name, "authorization") || w.rules.headers[name]
	case name == "key":
		secret = strings.Contains(of.name, "keycredential") || strings.Contains(of.name, "recoverykey")
	case w.next() == '[':
		secret = secret || isSecret(strings.TrimSuffix(name, "s"))
	}
	return member{name, secret || of.secret}
}

// editString redacts the content of a string.
func (w *walker) editString(from, to int, m member) {
	if m.secret {
		if from < to {
			w.edits = append(w.edits, edit{from, to, Redacted})
		}
		return
	}
	if to-from < shortest {
		return
	}
	text := plain(w.s[from:to])
	safe := ""
	if at, is := jsonStart(text); is && w.depth < maxDepth {
		safe = w.rules.json(text, at, w.depth+1)
	} else {
		safe = w.rules.Text(text)
	}
	if safe == text && w.rules.isHidden(text) {
		safe = Redacted
	}
	if safe != text {
		w.edits = append(w.edits, edit{from, to, quoted(safe)})
	}
}

// editName redacts a name that is a credential itself.
func (w *walker) editName(from, to int) {
	name := plain(w.s[from:to])
	if safe := w.rules.Text(name); safe != name {
		w.edits = append(w.edits, edit{from, to, quoted(safe)})
	}
}

// minHidden is how long base64 is at least that hides a credential.
const minHidden = 16

// isHidden reports whether a text is base64 of one with credentials, as a body in a
// batch is.
func (r Rules) isHidden(s string) bool {
	if len(s) < minHidden || strings.ContainsAny(s, " \n:.{") {
		return false
	}
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(b) {
		return false
	}
	return !bytes.Equal(r.Body(b), b)
}

// plain is the content of a JSON string without its escapes, or as it is where those
// are broken.
func plain(content string) string {
	if strings.IndexByte(content, '\\') < 0 {
		return content
	}
	var s string
	if json.Unmarshal([]byte(`"`+content+`"`), &s) != nil {
		return content
	}
	return s
}

// quoted is a text as the content of a JSON string.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("BUG: " + err.Error())
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(b.String(), "\n"), `"`), `"`)
}
