package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/spell"
	"github.com/graphmock/graphmock/server/internal/wholefile"
)

// Target is a report to be written.
type Target struct{ Format, File string }

// String is the target as people write it: junit=graphmock.xml.
func (t Target) String() string { return t.Format + "=" + t.File }

// Write writes the report to the target's file.
func (t Target) Write(r Report) error { return WriteFile(t.Format, t.File, r) }

// ParseTargets reads targets, FORMAT=FILE each, and finds out whether they could
// be written, as far as that can be known before.
func ParseTargets(texts []string) ([]Target, error) {
	var list []Target
	for _, text := range texts {
		t, err := parseTarget(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		if slices.ContainsFunc(list, func(other Target) bool { return sameFile(other.File, t.File) }) {
			return nil, fmt.Errorf("%s: another report goes to that file", text)
		}
		list = append(list, t)
	}
	return list, nil
}

func parseTarget(text string) (Target, error) {
	format, file, _ := strings.Cut(text, "=")
	if !slices.Contains(Formats(), format) {
		if near := spell.Nearest(format, slices.Values(Formats())); near != "" {
			return Target{}, fmt.Errorf("unknown format %q; did you mean %q?", format, near)
		}
		return Target{}, fmt.Errorf("unknown format %q; there are: %s", format, strings.Join(Formats(), ", "))
	}
	if file == "" {
		return Target{}, fmt.Errorf("expected FORMAT=FILE, such as %s=graphmock.%s", format, format)
	}
	folder := filepath.Dir(file)
	info, err := os.Stat(folder)
	if p := new(fs.PathError); errors.As(err, &p) {
		err = p.Err // the path is told already
	}
	switch {
	case err != nil:
		return Target{}, fmt.Errorf("folder %s: %w", folder, err)
	case !info.IsDir():
		return Target{}, fmt.Errorf("%s is not a folder", folder)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return Target{}, fmt.Errorf("%s is a folder", file)
	}
	wholefile.RemoveLeftovers(folder)
	return Target{format, file}, nil
}

// sameFile reports whether two names are of one file, there already or not.
func sameFile(a, b string) bool {
	if one, err := os.Stat(a); err == nil {
		if two, err := os.Stat(b); err == nil {
			return os.SameFile(one, two)
		}
	}
	one, err := filepath.Abs(a)
	two, err2 := filepath.Abs(b)
	return err == nil && err2 == nil && one == two
}

// WriteFile writes a report to a file. The file is there whole or, after an error,
// as it was before. A new one is its owner's alone to read.
func WriteFile(format, file string, r Report) error {
	return wholefile.Write(file, func(w io.Writer) error { return Write(format, w, r) })
}
