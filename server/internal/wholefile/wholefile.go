// Package wholefile writes files that are there whole or not at all, whenever the process
// ends.
package wholefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Write writes a file. It is there whole, on the disk too, or after an error as it was
// before. A new one is its owner's alone to read; what is no regular file, such as a pipe, is
// written to as it is.
func Write(file string, write func(io.Writer) error) (err error) {
	if linked, err := filepath.EvalSymlinks(file); err == nil {
		file = linked
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return writeTo(file, write) // there is nothing to rename
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
	err = write(w)
	for _, step := range []func() error{
		w.Flush, func() error { return temp.Chmod(mode) }, temp.Sync, temp.Close,
	} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}

func writeTo(file string, write func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = write(w)
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

// RemoveLeftovers removes from a folder the temporary files of processes that were killed
// while they wrote. What can't be removed stays: nobody depends on it.
func RemoveLeftovers(folder string) {
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
