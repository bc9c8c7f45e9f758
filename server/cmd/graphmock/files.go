package main

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/regular"
)

// filesBelow returns the files of a folder whose names end in one of ext, in the
// order of their names, and the folders in it, itself first. What is hidden is
// left out.
func filesBelow(folder string, ext ...string) (files, folders []string, err error) {
	err = filepath.WalkDir(folder, func(file string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && file != folder:
			return nil // gone meanwhile
		case err != nil:
			return err
		case file != folder && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			folders = append(folders, file)
		case document.Listable(d) && slices.Contains(ext, filepath.Ext(file)):
			files = append(files, file)
		}
		return nil
	})
	return files, folders, err
}

// parseFile reads a file; a node may be there beside problems.
func parseFile(file string) (*document.Node, document.Problems) {
	name := filepath.ToSlash(file)
	f, err := regular.Open(file, math.MaxInt64)
	if err != nil {
		return nil, document.Problems{{File: name, Message: withoutPath(err).Error()}}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, document.MaxSize+1)) // one byte more, for Parse to reject
	if err != nil {
		return nil, document.Problems{{File: name, Message: withoutPath(err).Error()}}
	}
	return document.Parse(name, data)
}

// filesNamed returns the files that a scenario, or a spec with $refs, is made of
// besides itself.
func filesNamed(file string, root *document.Node) []string {
	var names []string
	add := func(name string) {
		names = append(names, filepath.Join(filepath.Dir(file), filepath.FromSlash(name)))
	}
	eachScalar(root, func(value *document.Node) {
		name, _, _ := strings.Cut(value.Text(), "#")
		if key := value.Key().Text(); name != "" && (key == "bodyFile" || key == "$ref") {
			add(name)
		}
	})
	for _, item := range root.Get("fixtures").Items() {
		add(item.Text())
	}
	return names
}

func eachScalar(n *document.Node, visit func(*document.Node)) {
	if n.Kind() == document.Scalar {
		visit(n)
	}
	for _, item := range n.Items() {
		eachScalar(item, visit)
	}
	for _, value := range n.Members() {
		eachScalar(value, visit)
	}
}
