package document

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// DecodeJSON reads JSON into v as the YAML that it is, by its methods UnmarshalYAML, but
// without a YAML parser, which takes several times as long and as much memory. It
// reports false for what is not strict JSON, or does not fit v; then the parser says
// what is wrong, and where.
func DecodeJSON(data []byte, v any) bool {
	value, syntax := jsontext.Decode(data)
	if syntax != nil {
		return false
	}
	if _, ok := value.(map[string]any); !ok {
		return false
	}
	return nodeOfJSON(value).Decode(v) == nil
}

func nodeOfJSON(v any) *yaml.Node {
	scalar := func(tag, text string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
	}
	switch v := v.(type) {
	case string:
		return textNode(v)
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return scalar("!!float", string(v))
		}
		return scalar("!!int", string(v))
	case bool:
		if v {
			return scalar("!!bool", "true")
		}
		return scalar("!!bool", "false")
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: make([]*yaml.Node, 0, len(v))}
		for _, each := range v {
			n.Content = append(n.Content, nodeOfJSON(each))
		}
		return n
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: make([]*yaml.Node, 0, 2*len(v))}
		for name, each := range v {
			n.Content = append(n.Content, textNode(name), nodeOfJSON(each))
		}
		return n
	}
	return scalar("!!null", "null")
}

func textNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: text}
}
