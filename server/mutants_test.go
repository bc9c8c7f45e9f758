package server_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var runMutants = flag.String("mutants", "", "run the tests that testdata/mutants names, each against its mutant: all, or a part such as 2/3")

// TestMutants keeps the mutants of testdata/mutants: changes of the code that
// break it, and the tests that fail for it. A mutant is a txtar archive. Its
// comment says what is broken, in the first line, and then where and what finds
// it, in lines such as
//
//	file: server/validate.go
//	test: server TestResponseOffTheGraphContractIsAViolation
//
// with paths from the root of the module, and the names of one or more tests
// behind the folder of their package. A line flag: FLAG is for go test. The file
// find is text that is once in the code, the file replace is what is put in its
// place.
//
// This checks only that the text and the tests are still there; with -mutants it
// also runs the tests, all of which have to fail. The checkout is never changed.
func TestMutants(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/mutants/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no mutants: %v", err)
	}
	part, parts := 0, 0
	if *runMutants == "all" {
		part, parts = 1, 1
	} else if n, _ := fmt.Sscanf(*runMutants, "%d/%d", &part, &parts); *runMutants != "" && (n != 2 || part < 1 || part > parts) {
		t.Fatalf("-mutants is %q, want all or a part such as 2/3", *runMutants)
	}
	for i, file := range files {
		run := parts > 0 && i%parts == part-1
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			m, err := readMutant(file)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for folder, tests := range m.tests {
				hasTests(t, folder, tests)
				if run {
					m.kill(t, folder, tests)
				}
			}
		})
	}
}

// root is where the module is.
const root = ".."

// A mutant is a file of the module that was broken.
type mutant struct {
	what  string
	file  string              // from the root
	code  string              // the whole file, mutated
	tests map[string][]string // that find it, by folder
	flags []string            // that they need
}

func readMutant(file string) (*mutant, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	what, header, _ := strings.Cut(string(archive.Comment), "\n")
	m := &mutant{what: what, tests: map[string][]string{}}
	for line := range strings.Lines(header) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch words := strings.Fields(value); {
		case key == "file" && len(words) == 1:
			m.file = words[0]
		case key == "test" && len(words) > 1:
			m.tests[words[0]] = append(m.tests[words[0]], words[1:]...)
		case key == "flag" && len(words) == 1:
			m.flags = append(m.flags, words[0])
		case key != "":
			return nil, fmt.Errorf("%q is neither file: FILE nor test: FOLDER TEST nor flag: FLAG", line)
		}
	}
	if m.what == "" || m.file == "" || len(m.tests) == 0 {
		return nil, errors.New("it does not say what is broken, in which file, and which test fails")
	}
	return m, m.mutate(archive)
}

// mutate reads the code and breaks it as an archive says.
func (m *mutant) mutate(archive *txtar.Archive) error {
	old, found := find(archive, "find")
	replacement, replaces := find(archive, "replace")
	if !found || !replaces {
		return errors.New("it lacks the file find or the file replace")
	}
	old, replacement = strings.TrimSuffix(old, "\n"), strings.TrimSuffix(replacement, "\n")
	code, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return err
	}
	if n := strings.Count(string(code), old); n != 1 {
		return fmt.Errorf("%s has the text %d times, want once: %s", m.file, n, old)
	}
	m.code = strings.Replace(string(code), old, replacement, 1)
	return nil
}

// hasTests checks that the tests are in a folder.
func hasTests(t *testing.T, folder string, tests []string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	var all []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	for _, name := range tests {
		if !strings.Contains(string(all), "\nfunc "+name+"(") {
			t.Errorf("folder %s has no %s", folder, name)
		}
	}
}

// failure is the line of a test that failed.
var failure = regexp.MustCompile(`(?m)^--- FAIL: (\w+) `)

// kill runs tests of a folder against the mutant.
func (m *mutant) kill(t *testing.T, folder string, tests []string) {
	t.Helper()
	// without optimizations what depends on the mutant is built in two thirds of the time
	args := []string{"test", "-overlay", m.overlay(t), "-gcflags=github.com/graphmock/graphmock/...=-N -l", "-vet=off", "-count=1", "-timeout=2m",
		"-run=^(" + strings.Join(tests, "|") + ")$", "./" + folder}
	run := exec.CommandContext(t.Context(), "go", append(args, m.flags...)...)
	run.Dir = root
	out, _ := run.CombinedOutput() // what failed is in it
	var failed []string
	for _, match := range failure.FindAllSubmatch(out, -1) {
		failed = append(failed, string(match[1]))
	}
	for _, name := range tests {
		if !slices.Contains(failed, name) {
			t.Errorf("survived %s: %s\n%s", name, m.what, out)
		}
	}
}

// overlay writes the mutated file where go test can take it instead of the
// original, and returns the name of a file that tells it to.
func (m *mutant) overlay(t *testing.T) string {
	t.Helper()
	original, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	mutated := filepath.Join(t.TempDir(), "mutated.go")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{original: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	for name, text := range map[string]string{mutated: m.code, overlay: string(list)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}
