//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipesInFoldersAreLeftOut has a pipe beside a file of each kind: opening one
// without a writer would never end.
func TestPipesInFoldersAreLeftOut(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	scenario := "version: 1\nname: x\nrules:\n  - id: a\n    when: {request: GET /me/activities}\n    reply: {from: " +
		"service}\n"
	if err := os.WriteFile(filepath.Join(folder, "x.yaml"), []byte(scenario), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"lint", folder}, io.Discard, io.Discard); code != exitClean {
		t.Errorf("lint: exit code %d", code)
	}
	if code := run([]string{"run", "--allow-no-requests", "--scenario", folder, "--", "true"}, io.Discard, io.Discard); code != exitClean {
		t.Errorf("run: exit code %d", code)
	}
	// no fixtures are there
	if code := run([]string{"run", "--fixtures", folder, "--", "true"}, io.Discard, io.Discard); code != exitUsage {
		t.Errorf("run with fixtures: exit code %d", code)
	}
}
