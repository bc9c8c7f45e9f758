package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
)

// contractFlags name what a contract is read from.
type contractFlags struct {
	specs    []string
	only     bool
	lenient  bool
	metadata []string
}

// addMetadata adds the flags that every command has which reads a contract.
func (f *contractFlags) addMetadata(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.metadata, "metadata", nil, "read Graph's model from the $metadata document `FILE`, "+
		"CSDL as Graph serves it, instead of the embedded one; beta=FILE is that of /beta; repeatable")
}

// addInstead adds the flags of a command that holds something against one contract.
func (f *contractFlags) addInstead(flags *pflag.FlagSet, does string) {
	flags.StringArrayVar(&f.specs, "spec", nil,
		does+" against the OpenAPI 3.0 or 3.1 document `FILE` instead of the embedded contract; repeatable")
	f.only = true
	f.addMetadata(flags)
}

// load reads the contract.
func (f *contractFlags) load() (*openapi.Contract, error) {
	models, err := f.models()
	if err != nil {
		return nil, err
	}
	c, err := openapi.Sources{Specs: f.specs, Only: f.only, Lenient: f.lenient, Models: models}.Load()
	if file := new(fs.PathError); errors.As(err, &file) {
		return nil, fmt.Errorf("--spec %s: %w", file.Path, file.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("--spec: %w", err)
	}
	large := models.V1 != nil || models.Beta != nil
	for _, spec := range f.specs {
		info, err := os.Stat(spec)
		large = large || err == nil && info.Size() > 1<<20
	}
	if large {
		debug.FreeOSMemory() // reading it took many times what the contract takes
	}
	return c, nil
}

// cutVersion splits a value of --metadata.
func cutVersion(value string) (version, file string) {
	if name, after, ok := strings.Cut(value, "="); ok && (name == "v1.0" || name == "beta") {
		return name, after
	}
	return "v1.0", value
}

// models reads the files of --metadata, all at the same time: a server is to start at once.
func (f *contractFlags) models() (m openapi.Models, err error) {
	files := map[string]string{} // by version
	for _, value := range f.metadata {
		version, file := cutVersion(value)
		switch first, twice := files[version]; {
		case file == "":
			return m, fmt.Errorf("--metadata %q: expected FILE, or beta=FILE", value)
		case twice:
			return m, fmt.Errorf("--metadata %s: %s has the model of %s already", value, version, first)
		}
		files[version] = file
	}
	errs := make([]error, 2)
	var read sync.WaitGroup
	if file := files["v1.0"]; file != "" {
		read.Go(func() { m.V1, errs[0] = openapi.LoadMetadata(file) })
	}
	if file := files["beta"]; file != "" {
		read.Go(func() { m.Beta, errs[1] = openapi.LoadMetadata(file) })
	}
	read.Wait()
	var problems document.Problems
	for _, err := range errs {
		var found document.Problems
		if file := new(fs.PathError); errors.As(err, &file) {
			return m, fmt.Errorf("--metadata %s: %w", filepath.ToSlash(file.Path), file.Err)
		} else if errors.As(err, &found) {
			problems = append(problems, found...)
		} else if err != nil {
			return m, fmt.Errorf("--metadata: %w", err)
		}
	}
	if len(problems) > 0 {
		return m, problems
	}
	return m, nil
}
