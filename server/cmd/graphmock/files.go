package main

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/regular"
)

// filesBelow returns the files of a folder whose names end in one of ext, in the
// order of their names, and the folders in it, itself first. What is hidden is
// left out. The folder itself may be a symbolic link.
func filesBelow(folder string, ext ...string) (files, folders []string, err error) {
	folder = filepath.Clean(folder) + string(filepath.Separator)
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
			folders = append(folders, filepath.Clean(file))
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

// filesOf returns the files that a spec or fixtures are made of: those of a folder, or one
// and all that it leads to.
func filesOf(name string) []string {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		files, _, _ := filesBelow(name, ".yaml", ".yml", ".json")
		return files
	}
	files := []string{filepath.Clean(name)}
	for i := 0; i < len(files) && len(files) < maxParts; i++ {
		root, _ := parseFile(files[i])
		for _, part := range filesNamed(files[i], root) {
			if !slices.Contains(files, part) && isFile(part) {
				files = append(files, part)
			}
		}
	}
	return files
}

// maxParts bounds the files of one document.
const maxParts = 1000

// linkFolders returns the folders of the symbolic links on the way to a file, and the one
// that it is in at last: whoever changes one of these may change the file.
func linkFolders(name string) []string {
	var folders []string
	for range maxLinks {
		link, rest := firstLink(name)
		if link == "" {
			break
		}
		folders = append(folders, filepath.Dir(link))
		target, err := os.Readlink(link)
		if err != nil {
			break // gone meanwhile
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		name = filepath.Join(target, rest)
	}
	return append(folders, filepath.Dir(name))
}

// maxLinks is how many links there may be on the way to a file, as on most systems.
const maxLinks = 40

// firstLink splits a path after the first of its parts that is a symbolic link; link is
// empty if none is.
func firstLink(name string) (link, rest string) {
	for i := 1; i <= len(name); i++ {
		if i < len(name) && !os.IsPathSeparator(name[i]) {
			continue
		}
		if info, err := os.Lstat(name[:i]); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return name[:i], name[i:]
		}
	}
	return "", ""
}
