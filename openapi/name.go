package openapi

import (
	"fmt"
	"path"
	"strings"

	"github.com/graphmock/graphmock/openapi/spell"
)

// IsNamed reports whether a name is the operation's: its operationId, or its pattern.
// In a name, * stands for any text.
func (op *Operation) IsNamed(name string) bool {
	return MatchesName(name, op.ID) || MatchesName(name, op.Pattern())
}

// MatchesName is path.Match, except that * also stands for slashes, and braces for
// themselves.
func MatchesName(name, text string) bool {
	flat := strings.NewReplacer("/", "\x00", `\`, `\\`, "[", `\[`, "?", `\?`)
	ok, err := path.Match(flat.Replace(name), strings.ReplaceAll(text, "/", "\x00"))
	return err == nil && ok
}

// CheckName reports an error, with a hint, if a name as IsNamed takes it is that of no
// operation.
func (c *Contract) CheckName(name string) error {
	for op := range c.Operations() {
		if op.IsNamed(name) {
			return nil
		}
	}
	all := func(yield func(string) bool) {
		for op := range c.Operations() {
			if !yield(op.ID) || !yield(op.Pattern()) {
				return
			}
		}
	}
	if near := spell.Nearest(name, all); near != "" {
		return fmt.Errorf("%q names no operation of the contract; did you mean %q?", name, near)
	}
	return fmt.Errorf("%q names no operation of the contract", name)
}
