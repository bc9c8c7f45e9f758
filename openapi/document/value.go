package document

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Value returns n as JSON: map[string]any, []any, string, json.Number, bool or nil.
//
// YAML reads some plain scalars as something else than what stands there: 0123 is 83,
// 2018-02-26 is a moment, yes is true. Where typeOf says "string", such a scalar is the
// text as written. Anywhere else it is a problem, and nil in the value. typeOf returns
// the JSON type ("string", "integer", "number", "boolean", or "" if it is unknown) that
// the contract wants at a JSON pointer below n; it may be nil.
func (n *Node) Value(typeOf func(pointer string) string) (any, Problems) {
	if typeOf == nil {
		typeOf = func(string) string { return "" }
	}
	r := reader{typeOf: typeOf}
	v := r.value(n, "")
	return v, r.problems
}

type reader struct {
	typeOf   func(pointer string) string
	problems Problems
}

func (r *reader) value(n *Node, pointer string) any {
	switch n.Kind() {
	case Mapping:
		object := make(map[string]any, len(n.members))
		for _, m := range n.members {
			object[m.key.text] = r.value(m.value, pointer+"/"+jsontext.EscapePointer(m.key.text))
		}
		return object
	case Sequence:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = r.value(item, pointer+"/"+strconv.Itoa(i))
		}
		return list
	case Scalar:
		return r.scalar(n, pointer)
	}
	return nil
}

func (r *reader) scalar(n *Node, pointer string) any {
	if !n.plain {
		return n.text
	}
	switch n.text {
	case "":
		r.problems.add(n.missing())
		return nil
	case "null":
		return nil
	}
	if n.tag == "!!null" {
		return r.reject(n, "may be null or a text", "write null")
	}
	if r.typeOf(pointer) == "string" {
		return n.text
	}
	switch n.text {
	case "true":
		return true
	case "false":
		return false
	}
	if c := n.text[0]; c == '-' || '0' <= c && c <= '9' {
		number, err := jsontext.Decode([]byte(n.text))
		if err == nil {
			return number
		}
		if err.Rule == jsontext.RuleNumber {
			return r.reject(n, "is out of bounds for a number", "")
		}
	}
	switch {
	case n.tag == "!!bool":
		return r.reject(n, "may be a boolean or a text", "write "+strings.ToLower(n.text))
	case n.tag == "!!timestamp":
		return r.reject(n, "may be a date or a text", "")
	case n.tag == "!!int" || n.tag == "!!float" || hasLeadingZero(n.text):
		return r.reject(n, "is not a number as JSON writes it", plainNumber(n.text))
	}
	if meant, ok := yaml11Booleans[strings.ToLower(n.text)]; ok {
		return r.reject(n, "may be a boolean or a text", "write "+meant)
	}
	return n.text
}

// reject reports a plain scalar that could be two things.
func (r *reader) reject(n *Node, why, otherwise string) any {
	if r.problems.isFull() {
		return nil
	}
	hint := "quote it: " + quoted(n.text)
	if otherwise != "" {
		hint += ", or " + otherwise
	}
	r.problems.add(n.Problem(short(n.text)+" "+why, hint))
	return nil
}

// missing reports an empty value.
func (n *Node) missing() Problem {
	if n.swallowed == "" {
		return n.Problem("the value is missing", `write null, or "" for an empty text`)
	}
	return n.Problem("the value is missing: '#' begins a comment", "quote it: "+quoted(n.swallowed))
}

// yaml11Booleans are the booleans of YAML 1.1, which other tools still read as such.
var yaml11Booleans = map[string]string{"yes": "true", "on": "true", "no": "false", "off": "false"}

// hasLeadingZero reports whether text is a number with a leading zero, such as 08, which
// the YAML library reads as a text.
func hasLeadingZero(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	return len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == ""
}

// plainNumber returns a hint with the number that was meant, or "".
func plainNumber(text string) string {
	sign, digits := "", strings.TrimLeft(text, "+-")
	if strings.HasPrefix(text, "-") {
		sign = "-"
	}
	if hasLeadingZero(text) {
		return "write " + sign + cmp.Or(strings.TrimLeft(digits, "0"), "0")
	}
	if i, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return fmt.Sprintf("write %s%d", sign, i)
	}
	return ""
}

func short(text string) string {
	const longest = 40
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return text
}
