package graphtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/graphmock/graphmock/server/internal/report"
)

// withOthers calls write with these findings and those of the other packages that the
// same run of go test writes to the same reports. No other process writes meanwhile.
func (f *findings) withOthers(targets []report.Target, write func(*findings)) error {
	run := runFolder()
	if run == "" {
		write(f)
		return nil
	}
	return f.share(filepath.Join(run, "graphmock-"+name(targets)), write)
}

// name is one name for the same targets.
func name(targets []report.Target) string {
	var all []string
	for _, t := range targets {
		all = append(all, t.String())
	}
	sum := sha256.Sum256([]byte(strings.Join(all, ",")))
	return fmt.Sprintf("%x", sum[:8])
}

// share writes the findings into a folder that processes share, and calls write with
// those of all, in the order of their packages.
func (f *findings) share(folder string, write func(*findings)) (failed error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(folder, "lock"))
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, unlock()) }()
	own := fmt.Sprintf("%s-%d.gob", strings.ReplaceAll(process.pkg, "/", "."), os.Getpid())
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(f); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, own), text.Bytes(), 0o600); err != nil {
		return err
	}
	names, err := fs.Glob(os.DirFS(folder), "*.gob")
	if err != nil {
		return err
	}
	if len(names) == 1 {
		write(f)
		return nil
	}
	var all findings
	for _, each := range names {
		more, err := read(filepath.Join(folder, each))
		if err != nil {
			return err
		}
		all.add(more)
	}
	write(&all)
	return nil
}

func read(file string) (*findings, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var f findings
	return &f, gob.NewDecoder(bytes.NewReader(text)).Decode(&f)
}
