// Package capture makes a fixtures document of recorded exchanges: the tenant as it was
// before the first of them, as far as they tell.
//
// Reads tell what was there: entities, what they contain, links and bytes. Successful
// writes tell what they met: the entities above, the one that was changed or removed,
// the targets of links. What the recording itself created was not there before, nor was
// what it wrote. Of two observations the earlier one counts.
//
// What can't be kept is counted by its kind. Credentials are not kept.
package capture

import (
	"cmp"
	"slices"
)

// An Exchange is a recorded request with its response.
type Exchange struct {
	Method string
	Path   string // escaped, with the service root
	Query  string
	Body   []byte
	Status int // 0 if there was no response
	Answer []byte

	Location    string // headers of the response
	ContentType string

	AnswerLost bool // the recording has not kept the response's body
}

// Left is a kind of what was not taken, and how often it was seen.
type Left struct {
	What  string // in the plural
	Count int
}

// What is not taken.
const (
	leftUnmatched = "requests that the contract has no operation for"
	leftFailed    = "exchanges that failed, which say nothing of what is there"
	leftResults   = "results of functions and actions that the service works out"
	leftLost      = "answers whose bodies the recording has not kept"
	leftBroken    = "answers that are not what the operation returns"
	leftOwn       = "answers about what the recording created or removed before"
	leftForbidden = "values that the contract does not allow"
	leftBeyond    = "entities beyond what a tenant is made of"
	leftPlace     = "paths whose entities have no place of their own"
)

func (t *Tenant) leave(what string) { t.left[what]++ }

// Left returns what was not taken, by kind.
func (t *Tenant) Left() []Left {
	var all []Left
	for what, n := range t.left {
		if n > 0 {
			all = append(all, Left{what, n})
		}
	}
	slices.SortFunc(all, func(a, b Left) int { return cmp.Compare(a.What, b.What) })
	return all
}
