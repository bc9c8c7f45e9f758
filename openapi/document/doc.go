// Package document reads YAML files strictly, and with the place of every value.
//
// Goals:
//   - Every problem of a file is reported in one go, as
//     file:line:column: message (hint).
//   - No value changes its meaning silently: a scalar that YAML would turn into
//     something else than what stands in the file becomes the type that the
//     contract wants, or is rejected with a hint.
//   - JSON is YAML: any JSON document reads as encoding/json would read it.
//   - A hostile file costs little: at most 1 MiB, 64 levels, no aliases.
//
// Non-goals: all of YAML (tags, anchors, aliases, merge keys, several documents
// in a file and keys that are not strings are rejected), writing YAML, keeping
// comments.
package document

// Limits of a file.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 64      // levels of mappings and sequences
)
