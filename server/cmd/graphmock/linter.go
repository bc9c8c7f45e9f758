package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/regular"
	"github.com/graphmock/graphmock/openapi/spell"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// A linter checks files, each by what it is, and keeps what it found.
type linter struct {
	contract *openapi.Contract
	progress func(done, total int) // may be nil

	files     int
	problems  document.Problems
	scenarios []*scenarios.Scenario
}

func (l *linter) findings() findings {
	problems := append(l.problems, takenNames(l.scenarios)...)
	found := findings{Files: l.files, Problems: document.Problems{}}
	if err := problems.Err(); err != nil {
		errors.As(err, &found.Problems)
	}
	return found
}

// lintEmbedded checks what comes with graphmock.
func (l *linter) lintEmbedded() {
	loaded, err := scenarios.Loader{Contract: l.contract}.Load(scenarios.Library(), ".")
	l.problems = append(l.problems, problemsOf("library", err)...)
	l.scenarios = loaded
	text, err := fixtures.Contoso().Encode()
	if err == nil {
		_, err = fixtures.Parse("contoso", text, l.contract)
	}
	l.problems = append(l.problems, problemsOf("contoso", err)...)
	l.files = len(library()) + 2 // the contract and contoso
}

// lintHere checks what the working folder has that is ours, and reports whether there
// is anything.
func (l *linter) lintHere(ctx context.Context) bool {
	names, _, err := filesBelow(".", ".yaml", ".yml", ".json")
	if err != nil {
		l.problems = append(l.problems, problemsOf(".", err)...)
		return true
	}
	ours := make([]bool, len(names))
	each(ctx, len(names), nil, func(i int) {
		foreign := strings.Contains("/"+filepath.ToSlash(names[i]), "/node_modules/")
		ours[i] = !foreign && isOurs(names[i])
	})
	var own []string
	for i, name := range names {
		if ours[i] {
			own = append(own, name)
		}
	}
	if len(own) > 0 {
		l.lintPaths(ctx, own)
	}
	return len(own) > 0
}

// isOurs reports whether a file that nobody named is a spec, or has the version that our
// formats begin with beside one of their keys. One that can't be parsed is, if it looks
// so.
func isOurs(name string) bool {
	f := &lintedFile{name: name}
	if f.classify(); f.root != nil {
		return f.kind == isSpec || f.kind != "" && f.root.Get("version") != nil
	}
	if f.kind == isSpec {
		return true
	}
	text, err := os.ReadFile(name)
	if err != nil || len(text) > document.MaxSize {
		return false
	}
	versioned, known := false, false
	for line := range strings.Lines(string(text)) {
		key, _, _ := strings.Cut(line, ":")
		versioned = versioned || key == "version"
		known = known || slices.ContainsFunc(kinds, func(k struct{ key, kind string }) bool { return k.key == key })
	}
	return versioned && known
}

// A lintedFile is a file, and what was found about it.
type lintedFile struct {
	name      string
	kind      string
	root      *document.Node
	problems  document.Problems
	scenarios []*scenarios.Scenario
}

// lintPaths checks files and folders.
func (l *linter) lintPaths(ctx context.Context, paths []string) {
	files := l.filesOf(paths)
	made := map[string]bool{}
	each(ctx, len(files), nil, func(i int) { files[i].classify() })
	for _, f := range files {
		for _, name := range filesNamed(f.name, f.root) {
			made[name] = true
		}
	}
	files = slices.DeleteFunc(files, func(f *lintedFile) bool { return f.kind == "" && made[f.name] })
	each(ctx, len(files), l.progress, func(i int) { l.check(files[i], files) })
	for _, f := range files {
		l.problems = append(l.problems, f.problems...)
		l.scenarios = append(l.scenarios, f.scenarios...)
	}
	l.files = len(files)
}

// filesOf returns every file that paths stand for, once.
func (l *linter) filesOf(paths []string) []*lintedFile {
	var names []string
	for _, name := range paths {
		name = filepath.Clean(name)
		info, err := os.Stat(name)
		if err == nil && info.IsDir() {
			var below []string
			below, _, err = filesBelow(name, ".yaml", ".yml", ".json")
			if err == nil && len(below) == 0 {
				err = errors.New("the folder has no *.yaml, *.yml or *.json file")
			}
			names = append(names, below...)
		} else if err == nil {
			names = append(names, name)
		}
		l.problems = append(l.problems, problemsOf(name, err)...)
	}
	var files []*lintedFile
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			files = append(files, &lintedFile{name: name})
		}
		seen[name] = true
	}
	return files
}

// What a file can be.
const (
	isSpec     = "spec"
	isScenario = "scenario"
	isFixtures = "fixtures"
)

// kinds is what a file is by its top-level key.
var kinds = []struct{ key, kind string }{
	{"openapi", isSpec}, {"swagger", isSpec}, {"rules", isScenario}, {"replicationDelay", isScenario}, {"users", isFixtures}, {"activities", isFixtures}, {"apps", isFixtures}, {"resources", isFixtures}, {"results", isFixtures},
}

func (f *lintedFile) classify() {
	f.root, f.problems = parseFile(f.name)
	for _, k := range kinds {
		if f.root.Get(k.key) != nil {
			f.kind = k.kind
			return
		}
	}
	if f.root == nil && isLargeSpec(f.name) {
		f.kind = isSpec
	}
}

// specKey is the key that a spec has somewhere at its top.
var specKey = regexp.MustCompile(`(?:^|[\s{,"'])(?:openapi|swagger)["']?\s*:\s*["']?[23]\.`)

// isLargeSpec reports whether a file that is too large for anything else is a spec:
// documents with sorted keys say it late.
func isLargeSpec(file string) bool {
	f, err := regular.Open(file, math.MaxInt64)
	if err != nil {
		return false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() <= document.MaxSize {
		return false
	}
	return specKey.MatchReader(bufio.NewReader(io.LimitReader(f, 64<<20)))
}

func (l *linter) check(f *lintedFile, all []*lintedFile) {
	switch f.kind {
	case isSpec:
		_, f.problems = lintSpec(f.name)
	case isScenario:
		var err error
		f.scenarios, err = scenarios.Loader{Contract: l.contract}.Open(f.name)
		f.problems = append(problemsOf(f.name, err), l.fixturesOf(f)...)
	case isFixtures:
		var beside []string
		for _, other := range all {
			if other.kind == isFixtures && other != f && filepath.Dir(other.name) == filepath.Dir(f.name) {
				beside = append(beside, filepath.Base(other.name))
			}
		}
		f.problems = l.lintFixtures(filepath.Dir(f.name), filepath.Base(f.name), beside)
	default:
		if f.root != nil || len(f.problems) == 0 {
			f.problems = append(f.problems, f.unknownKind())
		}
	}
}

func (f *lintedFile) unknownKind() document.Problem {
	hint := "a spec has openapi at the top, a scenario rules, fixtures users, apps, activities or resources"
	known := func(yield func(string) bool) {
		for _, k := range kinds {
			if !yield(k.key) {
				return
			}
		}
	}
	for key := range f.root.Members() {
		if near := spell.Nearest(key.Text(), known); near != "" {
			return key.Problem(fmt.Sprintf("neither a spec, nor a scenario, nor fixtures: unknown key %q", key.Text()),
				fmt.Sprintf("did you mean %q?", near))
		}
	}
	return document.Problem{File: filepath.ToSlash(f.name), Message: "neither a spec, nor a scenario, nor fixtures",
		Hint: hint}
}

// lintSpec reads an OpenAPI document, which may be that of --spec. The contract is
// nil if it can't be read; problems of its examples leave it usable.
func lintSpec(file string) (*openapi.Contract, document.Problems) {
	c, err := openapi.LoadFile(file)
	if err != nil {
		return nil, problemsOf(file, err)
	}
	var problems document.Problems
	for _, bad := range c.BadExamples() {
		problems = append(problems, document.Problem{File: filepath.ToSlash(file), Message: bad.String(),
			Hint: bad.Hint})
	}
	return c, problems
}

// fixturesOf checks the fixtures that a scenario names.
func (l *linter) fixturesOf(f *lintedFile) document.Problems {
	var problems document.Problems
	for _, item := range f.root.Get("fixtures").Items() {
		switch _, embedded := fixtures.Named(item.Text()); {
		case embedded || item.Kind() != document.Scalar:
		case hasFixtures(f.name, item.Text()):
			problems = append(problems, l.lintFixtures(filepath.Dir(f.name), item.Text(), nil)...)
		default:
			problems = append(problems, scenarios.NoFixtures(item))
		}
	}
	return problems
}

// lintFixtures checks a fixtures document or a folder of them. They may stand
// alone, or refer to users and apps of contoso or of the documents beside them.
func (l *linter) lintFixtures(folder, name string, beside []string) document.Problems {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return problemsOf(folder, err)
	}
	defer root.Close()
	alone := l.tryFixtures(fixtures.Empty(), root.FS(), name)
	if alone == nil || l.tryFixtures(fixtures.Contoso(), root.FS(), name) == nil {
		return nil
	}
	for _, other := range beside {
		first, err := fixtures.Load(root.FS(), other, l.contract)
		if err == nil && (l.tryFixtures(first, root.FS(), name) == nil || l.tryFixtures(over(fixtures.Contoso(), first), root.FS(), name) == nil) {
			return nil
		}
	}
	return problemsOf(name, alone).In(filepath.ToSlash(folder))
}

// over returns a document with what two have, the first alone if both have the same.
func over(first, second *fixtures.Document) *fixtures.Document {
	if both, err := first.Merge(second); err == nil {
		return both
	}
	return first
}

// tryFixtures loads a document beside what another one has, and fills a tenant with both: links
// have to lead somewhere.
func (l *linter) tryFixtures(first *fixtures.Document, fsys fs.FS, name string) error {
	d, err := first.Load(fsys, name, l.contract)
	if err != nil {
		return err
	}
	_, err = server.New(server.Config{Contract: l.contract, Fixtures: d})
	return err
}

// problemsOf returns what an error says about a file.
func problemsOf(file string, err error) document.Problems {
	var problems document.Problems
	if err == nil || errors.As(err, &problems) {
		return problems
	}
	message := strings.TrimPrefix(withoutPath(err).Error(), file+": ")
	return document.Problems{{File: filepath.ToSlash(file), Message: strings.Join(strings.Fields(message), " ")}}
}

// each calls do for every number below n, on as many goroutines as there are
// processors, and waits for all; it ends early with ctx.
func each(ctx context.Context, n int, progress func(done, total int), do func(i int)) {
	var next atomic.Int64
	var mu sync.Mutex
	var wait sync.WaitGroup
	done := 0
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
				if progress != nil {
					mu.Lock()
					done++
					progress(done, n)
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
}
