package report

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestReportsAreTheirOwnersAloneUnlessTheyExisted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // files have no such modes there
	}
	for before, want := range map[fs.FileMode]fs.FileMode{0: 0o600, 0o640: 0o640, 0o664: 0o664, 0o600: 0o600} {
		file := filepath.Join(t.TempDir(), "report.json")
		if before != 0 {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, before); err != nil {
				t.Fatal(err)
			}
		}
		if err := WriteFile("json", file, Report{}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode() != want {
			t.Errorf("before %v: mode is %v, error %v; want %v", before, info.Mode(), err, want)
		}
	}
}

func TestWhatAKilledProcessLeftIsRemovedAtTheNextStart(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ended := exec.Command(self, "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "reports [1]*")
	if runtime.GOOS == "windows" {
		folder = filepath.Join(t.TempDir(), "reports [1]")
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	left := fmt.Sprintf(".graphmock-%d-123", ended.Process.Pid)
	others := []string{
		fmt.Sprintf(".graphmock-%d-123", os.Getpid()), // of a process that still writes
		".graphmock-x-1", ".graphmock-" + fmt.Sprint(ended.Process.Pid) + "-notes", "graphmock-1-1", "x",
	}
	for _, name := range append(slices.Clone(others), left) {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ParseTargets([]string{"json=" + filepath.Join(folder, "r.json")}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(others)
	if !slices.Equal(names, others) {
		t.Errorf("there are %q, want %q", names, others)
	}
}
