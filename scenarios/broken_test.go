package scenarios

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
)

var update = flag.Bool("update", false, "write the golden messages anew")

// Each file under testdata/broken has one mistake, and gets one message with its
// place.
func TestEachMistakeIsReportedAtItsPlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var b strings.Builder
	for _, file := range files {
		name := filepath.Base(file)
		_, err := Load(os.DirFS("testdata/broken"), name, openapi.Embedded())
		var problems document.Problems
		if !errors.As(err, &problems) || len(problems) != 1 {
			t.Errorf("%s: %d problems: %v", name, len(problems), err)
			continue
		}
		if problems[0].Line == 0 || problems[0].File != name {
			t.Errorf("%s: no place: %v", name, problems[0])
		}
		b.WriteString(err.Error() + "\n")
	}
	golden(t, "testdata/broken.golden", b.String())
}

func TestAllMistakesOfAFileAreReportedInOneGo(t *testing.T) {
	t.Parallel()
	_, err := Load(os.DirFS("testdata"), "five-mistakes.yaml", openapi.Embedded())
	var problems document.Problems
	if !errors.As(err, &problems) || len(problems) != 5 {
		t.Fatalf("%d problems:\n%v", len(problems), err)
	}
	golden(t, "testdata/five-mistakes.golden", err.Error()+"\n")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Errorf("%s:%d\n got %s\nwant %s", file, i+1, line, append(wanted, "")[min(i, len(wanted))])
		}
	}
	if len(wanted) != strings.Count(got, "\n")+1 {
		t.Errorf("%s has %d lines, not %d", file, len(wanted), strings.Count(got, "\n")+1)
	}
}
