package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// pointer is a JSON pointer (RFC 6901), split into its segments.
type pointer []string

func parsePointer(text string) (pointer, error) {
	if text == "" {
		return nil, nil
	}
	if text[0] != '/' {
		return nil, fmt.Errorf("%q is not a JSON pointer", text)
	}
	segments := strings.Split(text[1:], "/")
	for i, s := range segments {
		segments[i] = openapi.UnescapePointer(s)
	}
	return segments, nil
}

// in finds the value that p points at.
func (p pointer) in(v any) (any, bool) {
	for _, segment := range p {
		switch node := v.(type) {
		case map[string]any:
			member, ok := node[segment]
			if !ok {
				return nil, false
			}
			v = member
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(node) {
				return nil, false
			}
			v = node[i]
		default:
			return nil, false
		}
	}
	return v, true
}
