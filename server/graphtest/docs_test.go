package graphtest_test

import (
	"os"
	"strings"
	"testing"
)

// TestTheTestOfThePackagesPageRuns is about the test file in the package's doc: it is
// doc_test.go, which is compiled and run.
func TestTheTestOfThePackagesPageRuns(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("doc_test.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	for line := range strings.Lines(strings.TrimSuffix(string(file), "\n")) {
		if line == "\n" {
			shown.WriteString("//\n")
			continue
		}
		shown.WriteString("//\t" + line)
	}
	want := strings.Replace(shown.String(), "package graphtest_test", "package sync_test", 1)
	if !strings.Contains(string(page), want) {
		t.Errorf("doc.go does not show\n%s", want)
	}
}
