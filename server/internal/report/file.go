package report

import (
	"bufio"
	"os"
	"path/filepath"
)

// WriteFile writes a report to a file. The file is there whole or, after an error,
// as it was before.
func WriteFile(format, file string, r Report) (err error) {
	if linked, err := filepath.EvalSymlinks(file); err == nil {
		file = linked
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return writeTo(format, file, r) // a terminal or a pipe: there is nothing to rename
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".graphmock-*")
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
	for _, step := range []func() error{w.Flush, func() error { return temp.Chmod(0o644) }, temp.Close} {
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
