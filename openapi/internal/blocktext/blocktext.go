// Package blocktext reads texts that are made of blocks: a line, and the lines below it
// that begin with a space. A block is found by its name if they stand in the order of
// their names, without reading the others.
package blocktext

import "strings"

// FirstLine returns the text up to the end of its first line.
func FirstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// End returns where the block around an offset ends.
func End(text string, at int) int {
	for at < len(text) {
		newline := strings.IndexByte(text[at:], '\n')
		if newline < 0 {
			return len(text)
		}
		if at += newline + 1; at < len(text) && text[at] != ' ' {
			return at
		}
	}
	return at
}

// Find returns the block with a name. The blocks are in the order of their names, which
// name returns.
func Find(text, wanted string, name func(block string) string) (block string, ok bool) {
	for low, high := 0, len(text); low < high; {
		start := start(text, low+(high-low)/2, low)
		end := End(text, start)
		block = text[start:end]
		switch order := strings.Compare(name(block), wanted); {
		case order == 0:
			return block, true
		case order < 0:
			low = end
		default:
			high = start
		}
	}
	return "", false
}

// start returns where the block around an offset begins, at least least.
func start(text string, at, least int) int {
	for {
		at = max(least, strings.LastIndexByte(text[:at], '\n')+1)
		if at == least || text[at] != ' ' {
			return at
		}
		at--
	}
}
