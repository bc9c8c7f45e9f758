//go:build unix

package openapi

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOnlyRegularFilesAreLoaded(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	sparse := filepath.Join(folder, "sparse.yaml")
	if err := os.WriteFile(sparse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 8<<30); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"/dev/zero": "a device", filepath.Join(folder, "pipe.yaml"): "a pipe", sparse: "larger than the 64 MiB",
	} {
		if _, err := LoadFile(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	for ref, want := range map[string]string{"pipe.yaml": "a pipe", "sparse.yaml": "larger than"} {
		spec := filepath.Join(folder, "spec.yaml")
		text := "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths:\n  /x:\n    $ref: " + ref + "\n"
		if err := os.WriteFile(spec, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadFile(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("$ref to %s: error %v, want %q", ref, err, want)
		}
	}
}
