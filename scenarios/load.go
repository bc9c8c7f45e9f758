package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/regular"
	"github.com/graphmock/graphmock/openapi/spell"
)

// A Loader reads scenario files. Its zero value checks them against the embedded
// contract.
type Loader struct {
	// Contract is what scripted responses are checked against. Nil is the embedded
	// contract.
	Contract *openapi.Contract

	// Progress, if not nil, is called after each file with the number of files that were
	// read and of all. It is called from one goroutine at a time.
	Progress func(done, total int)

	folder   string // of fsys, as the user typed it
	embedded bool   // fsys is the Library
}

// Embedded is what the names of the library's files begin with, in File and in
// places: they are no files of the user's.
const Embedded = "embedded:"

// Load reads a scenario file of fsys or, if name is a folder, every .yaml and
// .yml file below it, in the order of their names. The error is
// document.Problems: all that is wrong with all files, in one go.
//
// A scenario can read files beside or below it, and fsys says where that ends:
// take the FS of an os.Root for files on disk, which symbolic links can't leave.
func Load(fsys fs.FS, name string, c *openapi.Contract) ([]*Scenario, error) {
	return Loader{Contract: c}.Load(fsys, name)
}

// Open reads what a user names on a command line: a file, a folder, or a
// scenario of the library.
func Open(name string, c *openapi.Contract) ([]*Scenario, error) {
	return Loader{Contract: c}.Open(name)
}

// Parse reads a scenario that came without a folder, such as an upload: it can
// name no files. The name appears in problems and in places.
func Parse(name string, data []byte, c *openapi.Contract) (*Scenario, error) {
	l := Loader{Contract: c}
	s, problems := l.parse(l.compiler(), nil, name, data)
	return s, problems.Err()
}

// Load reads files as the function Load does.
func (l Loader) Load(fsys fs.FS, name string) ([]*Scenario, error) {
	names, err := files(fsys, name)
	if err != nil {
		return nil, document.Problems{{File: l.name(name), Message: plainPathError(err)}}
	}
	loaded := make([]*Scenario, len(names))
	problems := make([]document.Problems, len(names))
	compiler := l.compiler()
	l.each(len(names), func(i int) { loaded[i], problems[i] = l.loadFile(compiler, fsys, names[i]) })
	all := slices.Concat(problems...)
	all = append(all, sameNames(loaded)...)
	if err := all.Err(); err != nil {
		return nil, err
	}
	return loaded, nil
}

// each calls do for every number below n, on as many goroutines as there are
// processors, and waits for all.
func (l Loader) each(n int, do func(i int)) {
	var next atomic.Int64
	var mu sync.Mutex
	var wait sync.WaitGroup
	done := 0
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
				if l.Progress != nil {
					mu.Lock()
					done++
					l.Progress(done, n)
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
}

// Open reads what a user names, as the function Open does.
func (l Loader) Open(name string) ([]*Scenario, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `/\.`) {
		return l.named(name)
	}
	if err != nil {
		return nil, document.Problems{{File: name, Message: plainPathError(err)}}
	}
	folder, file := name, "."
	if !info.IsDir() {
		folder, file = filepath.Split(name)
		folder = filepath.Clean(folder)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	l.folder = filepath.ToSlash(folder)
	return l.Load(root.FS(), file)
}

// named reads a scenario of the library.
func (l Loader) named(name string) ([]*Scenario, error) {
	library := Library()
	file := name + ".yaml"
	if _, err := fs.Stat(library, file); err != nil {
		return nil, unknownScenario(library, name)
	}
	l.embedded = true
	return l.Load(library, file)
}

func unknownScenario(library fs.FS, name string) error {
	names, _ := files(library, ".")
	known := map[string]bool{}
	for _, each := range names {
		known[strings.TrimSuffix(each, ".yaml")] = true
	}
	hint := "there are: " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	if near := spell.Nearest(name, maps.Keys(known)); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return document.Problems{{
		File: name, Message: "no such file or folder, and no scenario of the library", Hint: hint,
	}}
}

// files returns the scenario files that a name stands for.
func files(fsys fs.FS, name string) ([]string, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var names []string
	err = fs.WalkDir(fsys, name, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case file != name && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if ext := path.Ext(file); document.Listable(d) && (ext == ".yaml" || ext == ".yml") {
			names = append(names, file)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = errors.New("the folder has no .yaml file")
	}
	return names, err
}

func (l Loader) compiler() *compiler {
	if l.Contract == nil {
		return newCompiler(openapi.Embedded())
	}
	return newCompiler(l.Contract)
}

// name returns a file's name as the user knows it.
func (l Loader) name(file string) string {
	if l.embedded {
		return Embedded + file
	}
	return path.Join(l.folder, file)
}

func (l Loader) loadFile(compiler *compiler, fsys fs.FS, file string) (*Scenario, document.Problems) {
	data, err := readLimited(fsys, file)
	if err != nil {
		return nil, document.Problems{{File: l.name(file), Message: plainPathError(err)}}
	}
	folder, err := fs.Sub(fsys, path.Dir(file))
	if err != nil {
		return nil, document.Problems{{File: l.name(file), Message: plainPathError(err)}}
	}
	return l.parse(compiler, folder, l.name(file), data)
}

// readLimited reads one byte more than allowed at most, for the parser to
// reject.
func readLimited(fsys fs.FS, file string) ([]byte, error) {
	f, err := regular.OpenFS(fsys, file, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, document.MaxSize+1))
}

// parse reads a scenario; files that it names are in folder, nil for none.
func (l Loader) parse(compiler *compiler, folder fs.FS, name string, data []byte) (*Scenario, document.Problems) {
	root, problems := document.Parse(name, data)
	if root == nil {
		return nil, problems
	}
	sum := sha256.New()
	sum.Write(data)
	r := reader{compiler: compiler, folder: folder, problems: problems, sum: sum}
	s := r.scenario(root)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	s.digest = hex.EncodeToString(sum.Sum(nil))
	return s, nil
}

// sameNames returns a problem for each scenario that has the name of another one.
func sameNames(loaded []*Scenario) document.Problems {
	var problems document.Problems
	first := map[string]*Scenario{}
	for _, s := range loaded {
		if s == nil {
			continue
		}
		if other := first[s.Name]; other != nil {
			problems = append(problems, s.name.Problem(fmt.Sprintf("the name %q is taken", s.Name), "by "+other.File))
			continue
		}
		first[s.Name] = s
	}
	return problems
}

// plainPathError returns the message of an error without the name of the file, which
// stands before it.
func plainPathError(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
