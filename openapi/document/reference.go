package document

import (
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// maxReferenceDepth bounds how deep $refs are looked for.
const maxReferenceDepth = 200

// DanglingReferences returns the $refs of a file that lead nowhere within it, such as
// #/components/schemas/Thing. Examples and extensions have none. The file may be larger
// than one that Parse takes.
func DanglingReferences(name string, data []byte) Problems {
	var root yaml.Node
	if yaml.Unmarshal(data, &root) != nil || len(root.Content) == 0 {
		return nil
	}
	var found Problems
	var walk func(node *yaml.Node, depth int)
	walk = func(node *yaml.Node, depth int) {
		if depth > maxReferenceDepth || found.isFull() {
			return
		}
		for i, child := range node.Content {
			if node.Kind == yaml.MappingNode && i%2 == 1 {
				switch key := node.Content[i-1].Value; {
				case key == "example" || key == "examples" || key == "default" || strings.HasPrefix(key, "x-"):
					continue
				case key == "$ref" && child.Kind == yaml.ScalarNode:
					if pointer, ok := strings.CutPrefix(child.Value, "#"); ok && nodeAt(root.Content[0], pointer) == nil {
						found.add(Problem{File: name, Line: child.Line, Column: child.Column,
							Message: "$ref to " + child.Value + " leads nowhere"})
					}
					continue
				}
			}
			walk(child, depth+1)
		}
	}
	walk(&root, 0)
	return found
}

// nodeAt returns the node at a JSON pointer, nil if there is none.
func nodeAt(node *yaml.Node, pointer string) *yaml.Node {
	for segment := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if segment = jsontext.UnescapePointer(plainSegment(segment)); segment == "" && pointer == "" {
			return node
		}
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		var next *yaml.Node
		switch node.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == segment {
					next = node.Content[i+1]
				}
			}
			if next == nil && refKey(node) != "" { // by way of another reference
				return node
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(segment); err == nil && i >= 0 && i < len(node.Content) {
				next = node.Content[i]
			}
		}
		if next == nil {
			return nil
		}
		node = next
	}
	return node
}

// plainSegment undoes the percent-encoding of a segment of a $ref.
func plainSegment(segment string) string {
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}

func refKey(node *yaml.Node) string {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "$ref" {
			return node.Content[i+1].Value
		}
	}
	return ""
}
