package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// findOperations returns the operations of a pattern. Names maps the parameters as the
// pattern spells them to the contract's.
func findOperations(c *openapi.Contract, pattern string) (
	ops []*openapi.Operation, names map[string]string, err error,
) {
	if c.UsesOData() && signsIn(pattern) {
		c = openapi.Entra()
	}
	if ops, err = c.FindAll(pattern); err != nil {
		return nil, nil, err
	}
	return ops, parameterNames(pattern, ops[0]), nil
}

// signsIn reports whether a pattern is about Entra, which Graph's clients ask for tokens.
func signsIn(pattern string) bool {
	return strings.HasPrefix(pattern, "entra.") || strings.Contains(pattern, "/oauth2/") ||
		strings.Contains(pattern, "/.well-known/") || strings.Contains(pattern, "}/discovery/") ||
		strings.HasSuffix(pattern, " /_graphmock/identity")
}

// patternHint returns a hint for a pattern that fits no operation, in the words of a
// scenario file.
func patternHint(e *openapi.PatternError) string {
	switch e.Without {
	case openapi.PatternHost:
		return fmt.Sprintf("leave the host out: %q", e.Instead)
	case openapi.PatternHostQuery:
		return fmt.Sprintf("leave the host out: %q, and write the options under query", e.Instead)
	case openapi.PatternQuery:
		return fmt.Sprintf("write %q, and the options under query", e.Instead)
	case openapi.PatternIDs:
		return fmt.Sprintf("write %q, and the ids under path", e.Instead)
	}
	return ""
}

// parameterNames pairs the parameters of a pattern with those of the operation:
// their order decides. An operationId has the operation's own.
func parameterNames(pattern string, op *openapi.Operation) map[string]string {
	if pattern == op.ID {
		pattern = op.Path
	}
	written, own := pathParameters(pattern), pathParameters(op.Path)
	names := map[string]string{}
	offset := len(written) - len(own)
	for i, name := range own {
		if i+offset >= 0 && i+offset < len(written) {
			names[written[i+offset]] = name
		}
	}
	return names
}

func pathParameters(path string) []string {
	var names []string
	for {
		_, rest, opened := strings.Cut(path, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			return slices.Clip(names)
		}
		names, path = append(names, name), after
	}
}
