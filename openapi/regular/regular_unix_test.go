//go:build unix

package regular

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestOnlyRegularFilesOfBoundedSizeAreRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for name, size := range map[string]int64{"file": 3, "full": 2048, "large": 2049, "sparse": 8 << 30} {
		if err := os.WriteFile(at(name), []byte("abc"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(at(name), size); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pipe", at("link to pipe")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", at("link to file")); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for name, want := range map[string]string{
		at("file"): "", at("full"): "", at("link to file"): "",
		at("large"): "larger than the 2 KiB", at("sparse"): "larger than the 2 KiB",
		at("pipe"): "a pipe", at("link to pipe"): "a pipe", at("socket"): "a device or a socket",
		"/dev/zero": "a device or a socket", folder: "a folder", at("nothing"): "no such file",
	} {
		_, err := Read(name, 2048)
		var file *fs.PathError
		if want == "" && err == nil {
			continue
		}
		if want == "" || err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &file) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}

// endless is a file that says it is empty, as those of /proc do.
type endless struct{ fs.File }

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type endlessFS struct{ fstest.MapFS }

func (e endlessFS) Open(name string) (fs.File, error) {
	f, err := e.MapFS.Open(name)
	return endless{f}, err
}

func TestAFileThatNeverEndsIsNotReadOn(t *testing.T) {
	t.Parallel()
	fsys := endlessFS{fstest.MapFS{"x": {}}}
	if _, err := ReadFS(fsys, "x", 3<<20); err == nil || !strings.Contains(err.Error(), "larger than the 3 MiB allowed") {
		t.Errorf("error %v", err)
	}
}
