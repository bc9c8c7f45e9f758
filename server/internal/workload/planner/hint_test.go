package planner

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHintsStandBetween puts hints before, behind and between others at random.
func TestHintsStandBetween(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	all := []string{"8585016068854775807"}
	for step := range 3000 {
		at := random.IntN(len(all) + 1)
		before, after := "", ""
		if at > 0 {
			before = all[at-1]
		}
		if at < len(all) {
			after = all[at]
		}
		made := between(before, after)
		if made <= before || after != "" && made >= after || isRequest(made) {
			t.Fatalf("seed %d, step %d: %q does not stand between %q and %q", seed, step, made, before, after)
		}
		all = slices.Insert(all, at, made)
	}
	if made := between("b", "a"); made <= "b" {
		t.Errorf("of hints in the wrong order: %q", made)
	}
}
