package document

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/graphmock/graphmock/openapi/regular"
)

// Load reads a file of fsys as Parse does.
func Load(fsys fs.FS, name string) (*Node, Problems) {
	data, err := read(fsys, name)
	if err != nil {
		return nil, Problems{{File: name, Message: err.Error()}}
	}
	return Parse(name, data)
}

// read reads one byte more than allowed at most, for Parse to reject.
func read(fsys fs.FS, name string) ([]byte, error) {
	f, err := regular.OpenFS(fsys, name, math.MaxInt64)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err // the name stands in the problem already
		}
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}

// Parse reads exactly one YAML document; JSON is YAML. The name appears in problems. If
// there is a problem, the file is to be rejected; a node is returned beside it, when the
// text could be read at all, so that the caller can look for more problems and report
// all in one go.
func Parse(name string, data []byte) (*Node, Problems) {
	s, unreadable := newSource(name, data)
	if unreadable != nil {
		return nil, Problems{*unreadable}
	}
	b := builder{source: s, mended: map[position]byte{}}
	root := b.compose()
	if root == nil {
		return nil, b.problems.sorted()
	}
	n := b.node(root, nil, 1, false)
	return n, b.problems.sorted()
}

type position struct{ line, column int }

// compose returns the library's tree. An error whose meaning is clear is mended, so that
// later errors are found in the same go.
func (b *builder) compose() *yaml.Node {
	// Each mend reads the text again.
	mends := min(20, MaxSize/(len(b.text)+1))
	for {
		root, second, err := load(b.text)
		if err == nil {
			switch {
			case root == nil:
				b.report(1, 1, "the file is empty", "")
			case second != nil:
				b.report(second.Line, second.Column, "more than one document", "put each into a file of its own")
			}
			return root
		}
		p, at, mendable := b.explain(err)
		b.add(p)
		if !mendable || len(b.mended) == mends {
			return nil
		}
		b.mended[position{p.Line, p.Column}] = b.text[at]
		b.text = b.text[:at] + "x" + b.text[at+1:]
	}
}

// load returns the first document and, if there is one, the second.
func load(text string) (first, second *yaml.Node, err error) {
	l, err := yaml.NewLoader(strings.NewReader(text), yaml.WithPlugin(limits{}))
	if err != nil {
		return nil, nil, err
	}
	for _, out := range []**yaml.Node{&first, &second} {
		var n yaml.Node
		if err := l.Load(&n); err == io.EOF {
			return first, second, nil
		} else if err != nil {
			return nil, nil, err
		}
		*out = &n
	}
	return first, second, nil
}

// limits are the library's own, so that a deep file is not even built.
type limits struct{}

// CheckDepth rejects what is nested too deep.
func (limits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > MaxDepth {
		return errors.New(tooDeep)
	}
	return nil
}

// CheckAlias accepts every alias, for the builder to report.
func (limits) CheckAlias(int, int) error { return nil } // nothing expands them here

var tooDeep = fmt.Sprintf("more than %d levels of nesting", MaxDepth)
