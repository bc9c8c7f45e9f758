package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/document"
)

// TestLargeSpecsAreKnownByAKeyAnywhere has documents whose keys are sorted, so that a
// megabyte of components comes first.
func TestLargeSpecsAreKnownByAKeyAnywhere(t *testing.T) {
	t.Parallel()
	padding := strings.Repeat("x", document.MaxSize)
	for text, want := range map[string]bool{
		`{"components": {"x-a": "` + padding + `"}, "openapi": "3.0.3"}`: true,
		"components:\n  x-a: " + padding + "\nopenapi: 3.1.0\n":          true,
		"openapi: 3.0.3\nx-a: " + padding:                                true,
		"rules: " + padding:                                              false,
		`{"openapi": "3.0.3"}`:                                           false, // is read as any other file
	} {
		file := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := isLargeSpec(file); got != want {
			t.Errorf("%.30s... %v", text, got)
		}
	}
}

func TestLenientLoadsWhatIsNotValid(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.yaml")
	text := "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {/a: {get: {responses: {'200': {}}}}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&contractFlags{specs: []string{file}, only: true}).load(); err == nil || !strings.Contains(err.Error(), "x.yaml:3:") {
		t.Errorf("got %v", err)
	}
	c, err := (&contractFlags{specs: []string{file}, only: true, lenient: true}).load()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if printUnchecked(&b, c); !strings.Contains(b.String(), "x.yaml:3:") || !strings.Contains(b.String(), "GET /a") {
		t.Errorf("printed %q", b.String())
	}
}
