package odata

import "strings"

// Search makes a $search of terms: words and phrases, without their quotes. Each term
// becomes a condition on what is searched; AND, OR and NOT join them. The text is one
// whose syntax Parse has checked.
func Search[T any](text string, term func(term string) func(T) bool) func(T) bool {
	var words []string
	for at := 0; at < len(text); {
		word := searchWord(text[at:])
		if word == "" {
			break
		}
		if word != " " {
			words = append(words, word)
		}
		at += len(word)
	}
	return Join(words, func(word string) func(T) bool { return term(unquoted(word)) })
}

// Join makes a condition of words: AND, OR, NOT and parentheses, and terms. Terms next to each
// other are joined by AND; none find everything.
func Join[T any](words []string, term func(word string) func(T) bool) func(T) bool {
	return (&search[T]{words, term}).or()
}

type search[T any] struct {
	words []string
	term  func(string) func(T) bool
}

// next is the next word, "" at the end.
func (s *search[T]) next() string {
	if len(s.words) == 0 {
		return ""
	}
	return s.words[0]
}

func (s *search[T]) or() func(T) bool {
	left := s.and()
	for s.next() == "OR" {
		s.words = s.words[1:]
		before, right := left, s.and()
		left = func(of T) bool { return before(of) || right(of) }
	}
	return left
}

func (s *search[T]) and() func(T) bool {
	left := s.not()
	for s.next() != "" && s.next() != "OR" && s.next() != ")" {
		if s.next() == "AND" {
			s.words = s.words[1:]
		}
		before, right := left, s.not()
		left = func(of T) bool { return before(of) && right(of) }
	}
	return left
}

func (s *search[T]) not() func(T) bool {
	word := s.next()
	if word == "" {
		return func(T) bool { return true }
	}
	s.words = s.words[1:]
	switch word {
	case "NOT":
		found := s.not()
		return func(of T) bool { return !found(of) }
	case "(":
		found := s.or()
		if s.next() == ")" {
			s.words = s.words[1:]
		}
		return found
	}
	return s.term(word)
}

// unquoted is a phrase without its quotes.
func unquoted(word string) string {
	if len(word) < 2 || word[0] != '"' {
		return word
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(word[1 : len(word)-1])
}
