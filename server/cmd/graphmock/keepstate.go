package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi/regular"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/wholefile"
)

// keepEvery is how often changes of state are looked for. What is written then is on the disk
// before a second is over.
const keepEvery = 500 * time.Millisecond

// A stateKeeper keeps the state of a server in files, fixtures documents: that of the default
// tenant in one, those of others beside it, with their id after its name.
type stateKeeper struct {
	file   string
	server *server.Server
	notes  io.Writer

	mu      sync.Mutex
	written map[string]uint64 // the number of changes that a tenant's file has, by id
	failure string            // what was said last of a file that can't be written

	ending, ended chan struct{}
}

// keepState reads the state that a file has, if there is one, and writes it from then on. A file
// that can't be read is left as it is.
func keepState(s *server.Server, file string, notes io.Writer) (*stateKeeper, error) {
	if file == "" {
		return nil, nil
	}
	k := &stateKeeper{file: file, server: s, notes: notes, written: map[string]uint64{}, ending: make(chan struct{}),
		ended: make(chan struct{})}
	if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--state %s: there is no folder %s; make it first", file, filepath.Dir(file))
	}
	wholefile.RemoveLeftovers(filepath.Dir(file))
	if err := k.load(); err != nil {
		return nil, err
	}
	go k.run()
	return k, nil
}

// load fills the tenants that have files.
func (k *stateKeeper) load() error {
	for _, tenant := range append([]string{""}, k.others()...) {
		file := k.fileOf(tenant)
		f, err := regular.Open(file, fixtures.MaxSize)
		if tenant == "" && os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("--state %s: %w", file, withoutPath(err))
		}
		data, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return fmt.Errorf("--state %s: %w", file, withoutPath(err))
		}
		d, err := fixtures.Parse(filepath.ToSlash(file), data, k.server.Contract())
		if err != nil {
			return err
		}
		t, err := k.server.Tenant(tenant)
		if err == nil {
			err = t.SetState(d)
		}
		if err != nil {
			return fmt.Errorf("--state %s: %w", file, err)
		}
		k.written[k.id(tenant)] = t.Changes()
	}
	return nil
}

// id is the id of a tenant: that of the default one, for none.
func (k *stateKeeper) id(tenant string) string {
	if tenant == "" {
		return k.server.Tenants()[0].ID
	}
	return tenant
}

// fileOf is the file of a tenant, the default one for none.
func (k *stateKeeper) fileOf(tenant string) string {
	if tenant == "" {
		return k.file
	}
	return k.file + "." + tenant
}

// others are the tenants that have files beside the one of the default tenant.
func (k *stateKeeper) others() []string {
	entries, _ := os.ReadDir(filepath.Dir(k.file))
	var ids []string
	for _, e := range entries {
		id, is := strings.CutPrefix(e.Name(), filepath.Base(k.file)+".")
		if is && uuid.Validate(id) == nil && e.Type().IsRegular() {
			ids = append(ids, id)
		}
	}
	return ids
}

func (k *stateKeeper) run() {
	defer close(k.ended)
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-k.ending:
			return
		case <-ticker.C:
			k.write()
		}
	}
}

// write writes the files of tenants that have changed, and removes those of tenants that are
// no more.
func (k *stateKeeper) write() {
	k.mu.Lock()
	defer k.mu.Unlock()
	var there []string
	for _, info := range k.server.Tenants() {
		there = append(there, info.ID)
		tenant := info.ID
		if info.Default {
			tenant = ""
		}
		t, err := k.server.Tenant(tenant)
		if err != nil {
			continue
		}
		changes := t.Changes()
		if before, known := k.written[info.ID]; known && before == changes {
			continue
		}
		if err := wholefile.Write(k.fileOf(tenant), t.WriteState); err != nil {
			k.fail(fmt.Errorf("graphmock: --state %s can't be written, what changes is in memory only: %w",
				k.fileOf(tenant), withoutPath(err)))
			return
		}
		k.written[info.ID] = changes
	}
	for id := range k.written {
		if !slices.Contains(there, id) {
			os.Remove(k.fileOf(id))
			delete(k.written, id)
		}
	}
	k.failure = ""
}

// fail says what is wrong, once.
func (k *stateKeeper) fail(err error) {
	if text := err.Error(); text != k.failure {
		k.failure = text
		fmt.Fprintln(k.notes, text)
	}
}

// end writes what has changed last.
func (k *stateKeeper) end() {
	if k == nil {
		return
	}
	close(k.ending)
	<-k.ended
	k.write()
}
