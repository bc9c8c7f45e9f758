// Package spell finds the name that a writer probably meant.
package spell

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Nearest returns the candidate that a writer of name probably meant: the nearest, if at most a
// third of its letters differ, in whatever case. "" says that there is none.
func Nearest(name string, candidates iter.Seq[string]) string {
	best, bestDistance := "", len(name)/3+1
	for _, c := range slices.Sorted(candidates) {
		if d := Distance(strings.ToLower(name), strings.ToLower(c), bestDistance); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// DidYouMean returns a hint with the nearest candidate, "" if none is near.
func DidYouMean(name string, candidates iter.Seq[string]) string {
	if best := Nearest(name, candidates); best != "" && best != name {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return ""
}

const longest = 100

// Distance returns the optimal string alignment distance of a and b, or limit if it
// is at least that. Texts of more than a hundred bytes are always that far apart.
func Distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > longest || len(b) > longest {
		return limit
	}
	var rows [3][longest + 1]int
	before, last, row := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			swap := 1
			if a[i] == b[j] {
				swap = 0
			}
			row[j+1] = min(last[j]+swap, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}
