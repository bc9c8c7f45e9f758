package document

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// A Problem is one thing wrong with a file, at a place.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`   // from 1; 0 if the problem is the file's
	Column  int    `json:"column,omitempty"` // from 1, in characters
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what would help
}

// Error returns the problem in one line:
//
//	scenarios/late.yaml:14:7: unknown key "repli" (did you mean "reply"?)
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	b.WriteString(p.Message)
	if p.Hint != "" {
		fmt.Fprintf(&b, " (%s)", p.Hint)
	}
	return b.String()
}

// before orders problems by place; at one place they stay as they were found.
func (p Problem) before(q Problem) int {
	return cmp.Or(strings.Compare(p.File, q.File), p.Line-q.Line, p.Column-q.Column)
}

// Problems is everything wrong with one or more files. As an error, it has a
// line for each.
type Problems []Problem

// maxProblems bounds what one look at a file finds, and the lines of an error text.
const maxProblems = 100

// add appends p, unless there are enough: a file with a hundred problems is
// mended from the top.
func (ps *Problems) add(p Problem) {
	if len(*ps) < maxProblems {
		*ps = append(*ps, p)
	}
}

// isFull reports whether nothing more is added.
func (ps Problems) isFull() bool { return len(ps) >= maxProblems }

// Error returns the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, 0, min(len(ps), maxProblems+1))
	for _, p := range ps[:min(len(ps), maxProblems)] {
		lines = append(lines, p.Error())
	}
	if more := len(ps) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems, sorted by place and each once, or nil if there are
// none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}

func (ps Problems) sorted() Problems {
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, Problem.before)
	return slices.Compact(ps)
}

// In returns the problems with their files named from one folder further out,
// as the user typed it.
func (ps Problems) In(folder string) Problems {
	ps = slices.Clone(ps)
	for i := range ps {
		ps[i].File = path.Join(folder, ps[i].File)
	}
	return ps
}
