package document

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// explain returns in a writer's words what the library could not read. If the cause is a
// character that can't begin a plain value, its offset is returned.
func (b *builder) explain(err error) (p Problem, at int, mendable bool) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return Problem{File: b.name, Line: 1, Column: 1, Message: err.Error()}, 0, false
	}
	mark, message, hint := e.Mark, strings.TrimPrefix(e.Message, "found "), ""
	switch {
	case strings.Contains(e.Message, tooDeep):
		message = tooDeep
	case strings.Contains(e.Message, "cannot start any token"):
		if strings.HasPrefix(b.rest(mark.Line, mark.Column), "\t") {
			message, hint = "a tab can't indent", "use spaces"
			break
		}
		mendable = true
	case strings.HasPrefix(e.Message, "unknown anchor"):
		mendable = true
	case opensWithIndicator[e.ContextMsg]:
		mark, mendable = e.ContextMark, true
	case strings.HasSuffix(e.Message, "unexpected end of stream") && strings.HasSuffix(e.ContextMsg, "a quoted scalar"):
		mark, message = e.ContextMark, "the quote is never closed"
	case strings.HasPrefix(e.Message, "could not find expected ':'"):
		mark = e.ContextMark
		message, hint = "':' is expected after a key", "check the indentation, and quote a text of several lines"
	case strings.HasPrefix(e.Message, "mapping values are not allowed"):
		message, hint = "':' can't stand here", `quote a text that contains ": ", and check the indentation`
	case strings.HasPrefix(e.Message, "block sequence entries are not allowed"):
		message = "'-' can't stand here"
		hint = "begin a list on a line of its own, and quote a text that begins with '-'"
	case strings.HasPrefix(e.Message, "found unknown escape character"):
		message, hint = "unknown escape sequence", `double the backslash, or use single quotes`
	case strings.HasPrefix(e.Message, "found invalid Unicode character escape"):
		message, hint = "the escape sequence is no character", "write the character itself"
	case strings.HasPrefix(e.Message, "did not find expected "):
		message, hint = expected(e)
		text := b.rest(mark.Line, mark.Column)
		if e.ContextMsg == "while parsing a flow mapping" && strings.HasPrefix(text, "{") {
			message, hint = "'{' can't stand inside a plain text here", `quote the text, such as "GET /users/{id}"`
		}
	}
	at, inText := b.offset(mark.Line, mark.Column)
	if mendable = mendable && inText && strings.IndexByte("@`%*&!|>", b.text[at]) >= 0; mendable {
		message = fmt.Sprintf("%q can't begin a plain value", b.text[at])
		hint = "quote it: " + quoted(token(b.rest(mark.Line, mark.Column)))
	}
	p = Problem{File: b.name, Line: max(mark.Line, 1), Column: max(mark.Column, 1), Message: message, Hint: hint}
	p.Column = b.written(p.Line, p.Column)
	return p, at, mendable
}

// opensWithIndicator are the library's contexts that a plain text gets into by
// its first character: *, &, !, | and >.
var opensWithIndicator = map[string]bool{
	"while scanning an alias":       true,
	"while scanning an anchor":      true,
	"while scanning a tag":          true,
	"while parsing a tag":           true,
	"while scanning a block scalar": true,
	"while parsing a node":          true,
}

func expected(e *yaml.LoadError) (message, hint string) {
	what := strings.TrimPrefix(e.Message, "did not find expected ")
	start := fmt.Sprintf("line %d, column %d", e.ContextMark.Line, e.ContextMark.Column)
	hint = "check the quotes and the indentation"
	switch {
	case e.ContextMsg == "while parsing a flow sequence":
		hint = "the list opens at " + start
	case e.ContextMsg == "while parsing a flow mapping":
		hint = "the mapping opens at " + start
	case what == "<document start>":
		what = "the end of the document"
	case what == "key":
		what = "a key"
	case what == "node content":
		what = "a value"
	case strings.HasSuffix(what, " indicator"):
		what = strings.TrimSuffix(what, " indicator")
	case strings.Contains(e.ContextMsg, "quoted scalar"):
		return "expected " + what, `double the backslash, or use single quotes`
	}
	return what + " is expected here", hint
}

// token returns the plain key or value that text starts with.
func token(text string) string {
	for _, end := range []string{": ", " #", ",", "]", "}"} {
		text, _, _ = strings.Cut(text, end)
	}
	return strings.TrimRight(strings.TrimSuffix(text, ":"), " \t")
}

// quoted returns a text in double quotes, as it could stand in the file.
func quoted(text string) string {
	const longest = 60
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return `"` + escapeQuoted.Replace(text) + `"`
}

var escapeQuoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
