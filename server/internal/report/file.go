package report

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/graphmock/graphmock/openapi/spell"
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
	removeLeftovers(folder)
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
func WriteFile(format, file string, r Report) (err error) {
	if linked, err := filepath.EvalSymlinks(file); err == nil {
		file = linked
	}
	mode := fs.FileMode(0o600) // a report has what clients sent
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return writeTo(format, file, r) // a terminal or a pipe: there is nothing to rename
	} else if err == nil {
		mode = info.Mode().Perm()
	}
	temp, err := os.CreateTemp(filepath.Dir(file), fmt.Sprintf("%s%d-*", tempPrefix, os.Getpid()))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name())
		}
	}()
	w := bufio.NewWriter(temp)
	err = Write(format, w, r)
	for _, step := range []func() error{w.Flush, func() error { return temp.Chmod(mode) }, temp.Close} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}

func writeTo(format, file string, r Report) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = Write(format, w, r)
	if e := w.Flush(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// tempPrefix begins the names of temporary files: the id of the process that writes
// one follows.
const tempPrefix = ".graphmock-"

// removeLeftovers removes the temporary files of processes that were killed while they
// wrote. What can't be removed stays: a report does not depend on it.
func removeLeftovers(folder string) {
	names, _ := filepath.Glob(filepath.Join(globEscaper.Replace(folder), tempPrefix+"*-*"))
	for _, name := range names {
		rest := strings.TrimPrefix(filepath.Base(name), tempPrefix)
		id, random, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(id)
		if _, err2 := strconv.ParseUint(random, 10, 64); err == nil && err2 == nil && !isRunning(pid) {
			os.Remove(name)
		}
	}
}

var globEscaper = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`)

// isRunning reports whether there is a process with an id, as far as that can be known.
func isRunning(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
