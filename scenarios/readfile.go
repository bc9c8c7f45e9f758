package scenarios

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/document"
)

// fileBody reads a body from a file of the scenario's folder: JSON or YAML with
// places, anything else as one text.
func (r *reader) fileBody(n *document.Node) (resp Response, bodyNode *document.Node) {
	name := r.text(n)
	data, err := r.readFile(name)
	if err != nil {
		r.problem(n, fmt.Sprintf("file %s: %s", show(name), plainPathError(err)), fileHint(err))
		return resp, nil
	}
	r.sum.Write(data)
	switch path.Ext(name) {
	case ".json", ".yaml", ".yml":
		root, problems := document.Parse(path.Join(path.Dir(n.File()), name), data)
		r.add(problems)
		resp.body, problems = root.Value(nil)
		r.add(problems)
		return resp, root
	}
	if !utf8.Valid(data) {
		r.problem(n, fmt.Sprintf("file %s is not UTF-8", show(name)), "")
	}
	resp.body = string(data)
	return resp, nil
}

func fileHint(err error) string {
	if err == errOutside {
		return "name a file beside the scenario or below it"
	}
	return ""
}

var errOutside = &fs.PathError{Op: "open", Err: fmt.Errorf("outside the scenario's folder")}

func (r *reader) readFile(name string) ([]byte, error) {
	if r.folder == nil {
		return nil, fmt.Errorf("a scenario without a folder can't name files")
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`) {
		return nil, errOutside
	}
	data, err := readLimited(r.folder, name)
	if err == nil && len(data) > document.MaxSize {
		return nil, fmt.Errorf("larger than %d KiB", document.MaxSize>>10)
	}
	return data, err
}
