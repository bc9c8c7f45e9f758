package blocktext

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	const text = "a 1\nb 2\n x\n y\n\nc 3\n  z\ne"
	for name, want := range map[string]string{
		"a": "a 1\n", "b": "b 2\n x\n y\n", "c": "c 3\n  z\n", "e": "e", "d": "-", "f": "-", "A": "-",
	} {
		block, ok := Find(text, name, firstWord)
		if ok != (want != "-") || ok && block != want {
			t.Errorf("%q: %q, %v", name, block, ok)
		}
	}
}

func firstWord(block string) string {
	word, _, _ := strings.Cut(FirstLine(block), " ")
	return word
}

func FuzzFind(f *testing.F) {
	f.Add("a\nb\n x\nc\n", "b")
	f.Add(" x\n\n\n y", "")
	f.Add("a", "a")
	f.Fuzz(func(t *testing.T, text, name string) {
		var blocks []string
		for at := 0; at < len(text); {
			end := End(text, at)
			if end <= at {
				t.Fatalf("no end at %d of %q", at, text)
			}
			blocks = append(blocks, text[at:end])
			at = end
		}
		if strings.Join(blocks, "") != text {
			t.Errorf("the blocks of %q are %q", text, blocks)
		}
		block, found := Find(text, name, firstWord)
		if found && (firstWord(block) != name || !strings.Contains(text, block)) {
			t.Errorf("%q in %q: %q", name, text, block)
		}
		for i := range blocks { // in order, and each is found
			blocks[i] = fmt.Sprintf("%04d %s\n", i, strings.ReplaceAll(blocks[i], "\n", " "))
		}
		for i, want := range blocks {
			if block, _ := Find(strings.Join(blocks, ""), fmt.Sprintf("%04d", i), firstWord); block != want {
				t.Errorf("%d is %q, want %q", i, block, want)
			}
		}
		slices.Reverse(blocks) // out of order: no more than an end is asked for
		Find(strings.Join(blocks, ""), name, firstWord)
	})
}
