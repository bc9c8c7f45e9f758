package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

const (
	settle     = 50 * time.Millisecond  // an editor's several steps are one change
	settleMost = 500 * time.Millisecond // a folder that is never quiet is looked at all the same
)

// A watch keeps what a server plays equal to the scenario files on the disk. Each
// file takes effect by itself: one that is broken is reported, and what it said
// before is played on.
//
// It begins before the files are first read, so that no change is missed.
type watch struct {
	names  []string // files and folders, as the user typed them
	notify *fsnotify.Watcher
	ended  sync.WaitGroup

	// What follows belongs to the goroutine.
	loader  scenarios.Loader
	server  *server.Server
	report  io.Writer
	playing map[string]*scenarios.Scenario // by file; those of the library as well
	files   map[string]*watchedFile
}

// watchedFile is a scenario file on the disk.
type watchedFile struct {
	problem string   // what was reported of it last, empty if it is fine
	made    []string // of these other files; nil before that was looked up
}

// newWatch begins to watch those of names that are on the disk.
func newWatch(names []string) (*watch, error) {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !isFile(name) })
	if len(names) == 0 {
		return nil,
			errors.New("--watch: there is nothing to watch; name a scenario file or folder of yours: --scenario " +
				"FILE --watch")
	}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("--watch: %w", err)
	}
	w := &watch{names: names, notify: notify, playing: map[string]*scenarios.Scenario{},
		files: map[string]*watchedFile{}}
	files, err := w.scan()
	if err != nil {
		notify.Close()
		return nil, fmt.Errorf("--watch: %w", err)
	}
	for _, file := range files {
		w.files[file] = &watchedFile{}
	}
	return w, nil
}

// start keeps s, which plays all, up to date until close.
func (w *watch) start(s *server.Server, all []*scenarios.Scenario, report io.Writer) {
	w.server, w.report, w.loader = s, report, scenarios.Loader{Contract: s.Contract()}
	for _, each := range all {
		w.playing[each.File] = each
	}
	w.ended.Go(w.run)
}

// close ends the watch and waits for it.
func (w *watch) close() {
	w.notify.Close()
	w.ended.Wait()
}

func (w *watch) run() {
	changed := map[string]bool{}
	var first time.Time
	quiet := time.NewTimer(settle)
	quiet.Stop()
	for {
		select {
		case e, open := <-w.notify.Events:
			if !open {
				return
			}
			if e.Op == fsnotify.Chmod {
				continue
			}
			if len(changed) == 0 {
				first = time.Now()
			}
			changed[filepath.ToSlash(filepath.Clean(e.Name))] = true
			quiet.Reset(min(settle, time.Until(first.Add(settleMost))))
		case err, open := <-w.notify.Errors:
			if !open {
				return
			}
			say(w.report, "graphmock: --watch: %v; looking at every file again", err)
			for file := range w.files {
				changed[file] = true
			}
			quiet.Reset(settle)
		case <-quiet.C:
			w.update(changed)
			clear(changed)
		}
	}
}

// scan watches the folders where scenario files are or may come, and returns the
// files.
func (w *watch) scan() ([]string, error) {
	var files []string
	for _, name := range w.names {
		name = filepath.Clean(name)
		folders := []string{filepath.Dir(name)} // editors replace a file, and tools a folder
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			below, within, err := filesBelow(name, ".yaml", ".yml")
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			files, folders = append(files, below...), append(folders, within...)
		} else if err == nil {
			files, folders = append(files, name), append(folders, filepath.Dir(filepath.Dir(name)))
			root, _ := parseFile(name)
			for _, part := range filesNamed(name, root) {
				folders = append(folders, filepath.Dir(part))
			}
		}
		for _, folder := range folders {
			if err := w.notify.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%s: %w", folder, err)
			}
		}
	}
	for i := range files {
		files[i] = filepath.ToSlash(files[i])
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// update plays what the files say now; changed are those that may say something
// else than before.
func (w *watch) update(changed map[string]bool) {
	files, err := w.scan()
	if err != nil {
		say(w.report, "graphmock: --watch: %v", err)
		return
	}
	gone := maps.Clone(w.files)
	for _, file := range files {
		delete(gone, file)
	}
	for file := range gone {
		delete(w.files, file)
	}
	for _, file := range files {
		if w.isStale(file, changed) {
			w.read(file, gone)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(gone)) {
		w.play(file)
	}
}

// isStale reports whether a file has to be read again: it is new, has changed, was
// broken, or something changed that it is made of.
func (w *watch) isStale(file string, changed map[string]bool) bool {
	known := w.files[file]
	if known == nil || known.problem != "" || changed[file] {
		return true
	}
	if len(changed) > 0 && known.made == nil {
		root, _ := parseFile(file)
		known.made = append([]string{}, filesNamed(file, root)...)
	}
	return slices.ContainsFunc(known.made, func(name string) bool { return changed[filepath.ToSlash(name)] })
}

// read plays what a file says, unless there is something wrong with it.
func (w *watch) read(file string, gone map[string]*watchedFile) {
	loaded, err := w.loader.Open(file)
	if err == nil {
		err = append(missingFixtures(loaded), w.takenNames(loaded, gone)...).Err()
	}
	if err == nil {
		err = w.play(w.predecessor(file, loaded, gone), loaded...)
	}
	now := &watchedFile{}
	if err != nil {
		now.problem = err.Error()
	}
	if was := w.files[file]; err != nil && (was == nil || was.problem != now.problem) {
		say(w.report, "%s\ngraphmock: %s is broken; %s", now.problem, file, w.stateOf(file))
	}
	w.files[file] = now
}

// predecessor is the file whose place loaded takes in the engine, in one step: the
// same one, or that which was renamed.
func (w *watch) predecessor(file string, loaded []*scenarios.Scenario, gone map[string]*watchedFile) string {
	if w.playing[file] != nil || len(loaded) == 0 {
		return file
	}
	for old := range gone {
		if was := w.playing[old]; was != nil && was.Name == loaded[0].Name {
			delete(gone, old)
			return old
		}
	}
	return file
}

// stateOf says what becomes of a file that is wrong.
func (w *watch) stateOf(file string) string {
	if w.playing[file] == nil {
		return "it is not played"
	}
	return "what it said before is played on"
}

// takenNames reports names of scenarios that are played from other files.
func (w *watch) takenNames(loaded []*scenarios.Scenario, gone map[string]*watchedFile) document.Problems {
	for _, s := range loaded {
		for file, other := range w.playing {
			if _, isGone := gone[file]; !isGone && file != s.File && other.Name == s.Name {
				return document.Problems{nameTaken(s, file)}
			}
		}
	}
	return nil
}

// play puts scenarios into the server's engine, in place of what a file said: none
// for a file that is gone.
func (w *watch) play(file string, loaded ...*scenarios.Scenario) error {
	if len(loaded) == 0 && w.playing[file] == nil {
		return nil
	}
	if err := w.server.ReplaceScenarios(file, loaded...); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	delete(w.playing, file)
	for _, s := range loaded {
		w.playing[s.File] = s
		say(w.report, "graphmock: %s is played from now on", s.File)
	}
	if len(loaded) == 0 {
		say(w.report, "graphmock: %s is gone and no longer played", file)
	}
	return nil
}
