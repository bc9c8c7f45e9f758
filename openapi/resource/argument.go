package resource

import (
	"net/url"
	"strings"
)

// An argument is what stands between commas in parentheses: of a function, or of a
// key. The name of one that is a key alone is empty.
type argument struct{ name, literal string }

// cutCall splits getX(from='a') into its name and what is in the parentheses.
func cutCall(segment string) (name, inner string, ok bool) {
	open := strings.IndexByte(segment, '(')
	if open <= 0 || segment[len(segment)-1] != ')' {
		return "", "", false
	}
	return segment[:open], segment[open+1 : len(segment)-1], true
}

// readArguments splits from='a',to=@p. Without a name there is one only.
func readArguments(inner string) (arguments []argument, ok bool) {
	for rest := inner; rest != ""; {
		end := literalEnd(rest)
		if end <= 0 || end == len(rest)-1 {
			return nil, false
		}
		arguments = append(arguments, readArgument(rest[:end]))
		rest = rest[min(end+1, len(rest)):]
	}
	for _, a := range arguments {
		if a.literal == "" || a.name == "" && len(arguments) > 1 {
			return nil, false
		}
	}
	return arguments, true
}

// readArgument splits name=literal. An equals sign behind a quote is a part of a key.
func readArgument(text string) argument {
	equals := strings.IndexByte(text, '=')
	if equals <= 0 || strings.IndexByte(text[:equals], '\'') >= 0 {
		return argument{literal: text}
	}
	return argument{strings.TrimSpace(text[:equals]), strings.TrimSpace(text[equals+1:])}
}

// literalEnd returns where the first comma is that is not in quotes or brackets, the
// length of the text if there is none, and -1 if quotes or brackets do not match.
func literalEnd(s string) int {
	depth, quoted := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth < 0 {
				return -1
			}
		case c == ',' && depth == 0:
			return i
		}
	}
	if quoted || depth > 0 {
		return -1
	}
	return len(s)
}

func names(arguments []argument) []string {
	if len(arguments) == 0 {
		return nil
	}
	names := make([]string, len(arguments))
	for i, a := range arguments {
		names[i] = a.name
	}
	return names
}

// text is the literal without its quotes.
func (a argument) text() string {
	if !isQuoted(a.literal) {
		return a.literal
	}
	return strings.ReplaceAll(a.literal[1:len(a.literal)-1], "''", "'")
}

// isKey reports whether a literal can be a key: a text in quotes, or one without any.
func (a argument) isKey() bool {
	return a.text() != "" && (isQuoted(a.literal) || strings.IndexByte(a.literal, '\'') < 0)
}

// value is the text. One that could be taken for a parameter alias keeps its quotes.
func (a argument) value() string {
	if strings.HasPrefix(a.literal, "'@") {
		return a.literal
	}
	return a.text()
}

// isQuoted reports whether a literal is one text in quotes.
func isQuoted(literal string) bool {
	if len(literal) < 2 || literal[0] != '\'' || literal[len(literal)-1] != '\'' {
		return false
	}
	inner := literal[1 : len(literal)-1]
	return !strings.Contains(strings.ReplaceAll(inner, "''", ""), "'")
}

// appendArguments appends (a='1',b=2): the names of n with their values.
func appendArguments(b []byte, n *Node, values []string) []byte {
	b = append(b, '(')
	for i, name := range n.Names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendLiteral(append(append(b, name...), '='), values[i], n.isText(name))
	}
	return append(b, ')')
}

// isText reports whether the value of a name is a string.
func (n *Node) isText(name string) bool {
	if n.isKey() {
		p := n.Type.Property(name)
		return p == nil || p.TypeName() == "Edm.String"
	}
	for _, p := range n.Overloads[0].Params {
		if p.Name == name {
			return !p.Collection && p.TypeName() == "Edm.String"
		}
	}
	return false
}

// appendLiteral appends a value, escaped: in quotes if it is a text, or would not be
// read as one value without them.
func appendLiteral(b []byte, value string, text bool) []byte {
	alias := strings.HasPrefix(value, "@") || strings.HasPrefix(value, "'@") && isQuoted(value)
	plain := value != "" && literalEnd(value) == len(value) && strings.TrimSpace(value) == value
	if plain && (alias || !text && value[0] != '\'') {
		return append(b, url.PathEscape(value)...)
	}
	return appendQuoted(b, value)
}

// AppendKey appends ('48d31887').
func AppendKey(b []byte, key string) []byte {
	return append(appendQuoted(append(b, '('), key), ')')
}

// appendQuoted appends a text in quotes, with everything escaped that is neither a letter, a
// digit nor one of -_.~: %3D and %40 in place of = and @. [DOC: contexts in samples of chats, threads,
// to-do lists; REC sreeise/graph-rs-sdk]
func appendQuoted(b []byte, text string) []byte {
	b = append(b, '\'')
	b = append(b, strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(text, "'", "''")), "+", "%20")...)
	return append(b, '\'')
}
