package odata

import "strings"

// checkSearch checks the syntax of a $search: words and "phrases" with AND, OR,
// NOT and parentheses. Operands next to each other are joined by AND.
func checkSearch(text string) *Error {
	open, wanted := 0, true
	for at := 0; at < len(text); {
		word := searchWord(text[at:])
		fail := func(message string) *Error { return &Error{Offset: at, Message: message} }
		switch {
		case word == "":
			return fail("the phrase has no end")
		case word == " ":
		case word == "(":
			open, wanted = open+1, true
		case wanted && (word == ")" || word == "AND" || word == "OR"):
			return fail("expected a word or a phrase, not " + word)
		case word == ")" && open == 0:
			return fail("the parenthesis was never opened")
		case word == ")":
			open--
		default:
			wanted = word == "AND" || word == "OR" || word == "NOT"
		}
		at += len(word)
	}
	switch {
	case wanted:
		return &Error{Offset: len(text), Message: "expected a word or a phrase"}
	case open > 0:
		return &Error{Offset: len(text), Message: "expected a closing parenthesis"}
	}
	return nil
}

// searchWord returns the first word, phrase, parenthesis or space; empty if it is a
// phrase that does not end.
func searchWord(text string) string {
	if strings.IndexByte(" ()", text[0]) >= 0 {
		return text[:1]
	}
	if text[0] != '"' {
		if end := strings.IndexAny(text, ` ()"`); end >= 0 {
			return text[:end]
		}
		return text
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:i+1]
		}
	}
	return ""
}
