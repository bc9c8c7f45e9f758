package main

import (
	"cmp"
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

	"github.com/graphmock/graphmock/fixtures"
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
// before is played on. The other files that a server starts from can't take effect while
// tenants have things of clients: that they changed is reported.
//
// It begins before the files are first read, so that no change is missed. What the
// system tells of changes is only why it looks: a folder or a link may be replaced by
// another one, and nothing is said of the files in it.
type watch struct {
	names  []string // scenario files and folders, as the user typed them
	inputs []input  // the others
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
	problem string // what was reported of it last, empty if it is fine
	read    stamps // of it and of what it is made of, when it was read
}

// input is a --fixtures or --spec.
type input struct {
	flag, name string
	read       stamps
}

// stamps tell files from what they are later. A file that is not there has nil.
type stamps map[string]fs.FileInfo

func stampsOf(files ...string) stamps {
	all := stamps{}
	for _, file := range files {
		all[filepath.ToSlash(file)], _ = os.Stat(file)
	}
	return all
}

// changed returns the first of the files, by name, that is another one now, or that
// changed is true for; "" if none is.
func (s stamps) changed(changed map[string]bool) string {
	for _, file := range slices.Sorted(maps.Keys(s)) {
		before := s[file]
		now, err := os.Stat(file)
		switch {
		case changed[file], (err == nil) != (before != nil):
			return file
		case err == nil && (!os.SameFile(before, now) || before.Size() != now.Size() ||
			!before.ModTime().Equal(now.ModTime())):
			return file
		}
	}
	return ""
}

// without returns the first of files that has no stamp, "" if all have.
func (s stamps) without(files []string) string {
	for _, file := range files {
		if _, has := s[filepath.ToSlash(file)]; !has {
			return file
		}
	}
	return ""
}

// newWatch begins to watch what of the flags is on the disk.
func newWatch(f configFlags) (*watch, error) {
	w := &watch{playing: map[string]*scenarios.Scenario{}, files: map[string]*watchedFile{}}
	w.names = slices.DeleteFunc(slices.Clone(f.scenarios), func(name string) bool { return !isFile(name) })
	for _, name := range f.fixtures {
		if _, embedded := fixtures.Named(name); !embedded {
			w.inputs = append(w.inputs, input{flag: "--fixtures", name: name})
		}
	}
	for _, spec := range f.specs {
		w.inputs = append(w.inputs, input{flag: "--spec", name: spec})
	}
	for _, value := range f.metadata {
		_, file := cutVersion(value)
		w.inputs = append(w.inputs, input{flag: "--metadata", name: file})
	}
	if len(w.names)+len(w.inputs) == 0 {
		return nil, errors.New("--watch: there is nothing to watch, for what is embedded does not change; name a scenario " +
			"file or folder of yours: --scenario FILE --watch")
	}
	var err error
	if w.notify, err = fsnotify.NewWatcher(); err != nil {
		return nil, fmt.Errorf("--watch: %w", err)
	}
	if err := w.begin(); err != nil {
		w.notify.Close()
		return nil, fmt.Errorf("--watch: %w", err)
	}
	return w, nil
}

func (w *watch) begin() error {
	files, err := w.scan()
	for _, file := range files {
		read, failed := w.stamp(partsOf(file))
		w.files[file], err = &watchedFile{read: read}, cmp.Or(err, failed)
	}
	for i, in := range w.inputs {
		read, failed := w.stamp(filesOf(in.name))
		w.inputs[i].read, err = read, cmp.Or(err, failed)
	}
	return err
}

// partsOf returns a scenario file and the files that it names.
func partsOf(file string) []string {
	root, _ := parseFile(file)
	return append(filesNamed(file, root), file)
}

// stamp watches files, and returns what they are.
func (w *watch) stamp(files []string) (stamps, error) {
	var folders []string
	for _, file := range files {
		folders = append(folders, linkFolders(file)...)
	}
	err := w.follow(folders)
	return stampsOf(files...), err
}

// follow watches folders, those that are there.
func (w *watch) follow(folders []string) error {
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		if err := w.notify.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	return nil
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

// scan watches the folders where files are or may come, and returns the scenario files.
func (w *watch) scan() ([]string, error) {
	var files, folders []string
	for _, name := range w.names {
		below, within, err := look(name, ".yaml", ".yml")
		if err != nil {
			return nil, err
		}
		files, folders = append(files, below...), append(folders, within...)
	}
	for _, in := range w.inputs {
		_, within, err := look(in.name, ".yaml", ".yml", ".json")
		if err != nil {
			return nil, err
		}
		folders = append(folders, within...)
	}
	for _, known := range w.files {
		for part := range known.read {
			folders = append(folders, linkFolders(part)...)
		}
	}
	for i := range files {
		files[i] = filepath.ToSlash(files[i])
	}
	slices.Sort(files)
	return slices.Compact(files), w.follow(folders)
}

// look returns the files that a name stands for, and the folders of which a change may
// change them.
func look(name string, ext ...string) (files, folders []string, err error) {
	name = filepath.Clean(name)
	folders = append(linkFolders(name), filepath.Dir(name)) // editors replace a file, and tools a folder
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, folders, nil
	case info.IsDir():
		var within []string
		files, within, err = filesBelow(name, ext...)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		folders = append(folders, within...)
	default:
		files, folders = []string{name}, append(folders, filepath.Dir(filepath.Dir(name)))
	}
	for _, file := range files {
		folders = append(folders, linkFolders(file)...)
	}
	return files, folders, err
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
	w.reportInputs(changed)
}

// isStale reports whether a file has to be read again: it is new, was broken, or is
// another one than before, or something is that it is made of.
func (w *watch) isStale(file string, changed map[string]bool) bool {
	known := w.files[file]
	return known == nil || known.problem != "" || known.read.changed(changed) != ""
}

// reportInputs says which of the other files changed.
func (w *watch) reportInputs(changed map[string]bool) {
	for i := range w.inputs {
		in := &w.inputs[i]
		file := in.read.changed(changed)
		if files, _, err := look(in.name, ".yaml", ".yml", ".json"); file == "" && err == nil {
			file = in.read.without(files)
		}
		if file == "" {
			continue
		}
		say(w.report, "graphmock: %s has changed; the sandbox goes on with what it said, and starts from the new %s %s after a "+
			"restart", file, in.flag, in.name)
		var err error
		if in.read, err = w.stamp(filesOf(in.name)); err != nil {
			say(w.report, "graphmock: --watch: %v", err)
		}
	}
}

// read plays what a file says, unless there is something wrong with it.
func (w *watch) read(file string, gone map[string]*watchedFile) {
	read, err := w.stamp(partsOf(file))
	if err != nil {
		say(w.report, "graphmock: --watch: %v", err)
	}
	loaded, err := w.loader.Open(file)
	if err == nil {
		err = append(missingFixtures(loaded), w.takenNames(loaded, gone)...).Err()
	}
	if err == nil {
		err = w.play(w.predecessor(file, loaded, gone), loaded...)
	}
	now := &watchedFile{read: read}
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
