package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/spell"
	"github.com/graphmock/graphmock/scenarios"
)

// loadScenarios reads what --scenario names. The error has every problem of
// every file.
func loadScenarios(names []string, l scenarios.Loader) ([]*scenarios.Scenario, error) {
	var all []*scenarios.Scenario
	var problems document.Problems
	for _, name := range names {
		if isUnknown(name) {
			return nil, unknownScenario(name)
		}
		loaded, err := l.Open(name)
		var found document.Problems
		if err != nil && !errors.As(err, &found) {
			return nil, fmt.Errorf("--scenario %s: %w", name, withoutPath(err))
		}
		problems = append(problems, found...)
		problems = append(problems, missingFixtures(loaded)...)
		all = append(all, loaded...)
	}
	return all, append(problems, takenNames(all)...).Err()
}

// takenNames reports scenarios of one name from different files: only the last
// would be played.
func takenNames(all []*scenarios.Scenario) document.Problems {
	var problems document.Problems
	first := map[string]string{}
	for _, s := range all {
		switch file, known := first[s.Name]; {
		case !known:
			first[s.Name] = s.File
		case file != s.File:
			problems = append(problems, nameTaken(s, file))
		}
	}
	return problems
}

// missingFixtures reports fixtures that scenarios name and that are nowhere.
func missingFixtures(all []*scenarios.Scenario) document.Problems {
	var problems document.Problems
	for _, s := range all {
		for _, name := range s.Fixtures {
			if !hasFixtures(s.File, name) {
				problems = append(problems, s.NoFixtures(name))
			}
		}
	}
	return problems
}

// hasFixtures reports whether a scenario file can name these fixtures: embedded
// ones, or a file beside or below it.
func hasFixtures(scenario, name string) bool {
	if _, embedded := fixtures.Named(name); embedded {
		return true
	}
	root, err := os.OpenRoot(filepath.Dir(scenario))
	if err != nil {
		return false
	}
	defer root.Close()
	_, err = root.Stat(name)
	return err == nil
}

func nameTaken(s *scenarios.Scenario, by string) document.Problem {
	return document.Problem{File: s.File, Message: fmt.Sprintf("the name %q is taken", s.Name), Hint: "by " + by}
}

// isFile reports whether a name is of a file on the disk, not of the library.
func isFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil || strings.ContainsAny(name, `/\.`)
}

func isUnknown(name string) bool { return !isFile(name) && !library()[name] }

func unknownScenario(name string) error {
	meant := ""
	if near := spell.Nearest(name, maps.Keys(library())); near != "" {
		meant = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("--scenario %s: neither a file or folder nor an embedded scenario%s\nembedded are: %s",
		name, meant, strings.Join(slices.Sorted(maps.Keys(library())), ", "))
}

// embeddedScenarios lists their names, four on a line.
func embeddedScenarios() string {
	var lines []string
	for names := range slices.Chunk(slices.Sorted(maps.Keys(library())), 4) {
		lines = append(lines, "  "+strings.Join(names, ", "))
	}
	return strings.Join(lines, ",\n")
}

// library holds the names of the embedded scenarios.
func library() map[string]bool {
	files, err := fs.Glob(scenarios.Library(), "*.yaml")
	if err != nil {
		panic("BUG: embedded library: " + err.Error())
	}
	names := map[string]bool{}
	for _, file := range files {
		names[strings.TrimSuffix(file, ".yaml")] = true
	}
	return names
}
