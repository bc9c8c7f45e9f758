// Package regular opens regular files of bounded size, and nothing else: a device has
// no end, and whoever opens a pipe may wait for ever.
package regular

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Open opens a file by its name in the operating system. Its error is a *fs.PathError.
func Open(name string, most int64) (fs.File, error) {
	return OpenFS(system{}, name, most)
}

// system is the file system with the names that people write.
type system struct{}

func (system) Open(name string) (fs.File, error)     { return os.Open(filepath.FromSlash(name)) }
func (system) Stat(name string) (fs.FileInfo, error) { return os.Stat(filepath.FromSlash(name)) }

// OpenFS opens a file that is a regular one and has at most so many bytes; who follows
// a symlink finds one. What is open may still grow: Read and ReadFS stop in time. The
// error is a *fs.PathError where the file is to blame.
func OpenFS(fsys fs.FS, name string, most int64) (fs.File, error) {
	info, err := fs.Stat(fsys, name) // opening comes later: it may block
	if err != nil {
		return nil, err
	}
	if err := check(info, most); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fsys.Open(name)
}

// Read returns the bytes of a file that Open opens.
func Read(name string, most int64) ([]byte, error) { return ReadFS(system{}, name, most) }

// ReadFS returns the bytes of a file that OpenFS opens.
func ReadFS(fsys fs.FS, name string, most int64) ([]byte, error) {
	f, err := OpenFS(fsys, name, most)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = &fs.PathError{Op: "read", Path: name, Err: tooLarge(most)}
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

func check(info fs.FileInfo, most int64) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return fmt.Errorf("it is a folder, not a file")
	case mode&fs.ModeNamedPipe != 0:
		return fmt.Errorf("it is a pipe; save what comes out of it in a file, and name that")
	case !mode.IsRegular():
		return fmt.Errorf("it is a device or a socket, not a regular file")
	case info.Size() > most:
		return tooLarge(most)
	}
	return nil
}

func tooLarge(most int64) error {
	if most < 1<<20 {
		return fmt.Errorf("it is larger than the %d KiB allowed", most>>10)
	}
	return fmt.Errorf("it is larger than the %d MiB allowed", most>>20)
}
