// Command model writes the model and the permissions of Microsoft Graph that package
// graph embeds, out of Graph's $metadata and of what its documentation tells beside it:
//
//	go run ./openapi/graph/internal/model -from FOLDER -source "schemas/v1.0-Prod.csdl, 2026-07-31" -to openapi/graph
//
// The folder has v1.0.csdl, property-facts.jsonl, documented-v1.0.har and
// permissions.json. Paths of the last one that v1.0 does not have are left out, and
// listed with the reason in unknown.txt.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
)

func main() {
	source := flag.String("source", "", "where the metadata comes from, and its date")
	from := flag.String("from", ".", "folder to read")
	to := flag.String("to", ".", "folder to write to")
	flag.Parse()
	if err := run(*from, *to, *source); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from, to, source string) error {
	in, err := read(from)
	if err != nil {
		return err
	}
	out, err := generate(in, source)
	if err != nil {
		return err
	}
	for name, text := range out {
		if err := os.WriteFile(filepath.Join(to, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// inputs are the files that all is made of.
type inputs struct {
	metadata    []byte
	facts       []byte
	exchanges   []byte
	permissions []byte
}

func read(folder string) (in inputs, err error) {
	for name, into := range map[string]*[]byte{
		"v1.0.csdl": &in.metadata, "property-facts.jsonl": &in.facts, "documented-v1.0.har": &in.exchanges,
		"permissions.json": &in.permissions,
	} {
		if *into, err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return in, err
		}
	}
	return in, nil
}

// Names of the files that are written, below the folder of package graph, and what is
// said at their tops.
const (
	modelFile        = "v1.0.model"
	modelTitle       = "The model of Microsoft Graph, facts only. Package edm tells how to read it."
	permissionsFile  = "v1.0.permissions"
	permissionsTitle = "The permissions that Microsoft Graph asks for, facts only. Package graph reads them."
	unknownFile      = "internal/model/unknown.txt"
	unknownTitle     = "Paths of permissions.json that the model does not have, up to what it lacks."
)

// generate returns the texts of the files, with what they come from at the top.
func generate(in inputs, source string) (map[string]string, error) {
	m, err := csdl.Read("v1.0.csdl", in.metadata)
	if err != nil {
		return nil, err
	}
	facts, err := readFacts(in.facts)
	if err != nil {
		return nil, fmt.Errorf("property-facts.jsonl: %w", err)
	}
	written, err := readSent(m, in.exchanges)
	if err != nil {
		return nil, fmt.Errorf("documented-v1.0.har: %w", err)
	}
	d := m.Declarations()
	withoutProse(&d)
	addFacts(&d, facts, written)
	if m, err = edm.Build(d); err != nil {
		return nil, err
	}
	permissions, left, err := permissions(m, in.permissions)
	if err != nil {
		return nil, fmt.Errorf("permissions.json: %w", err)
	}
	return map[string]string{
		modelFile:       header(modelTitle, source) + m.Text(),
		permissionsFile: header(permissionsTitle, source) + permissions,
		unknownFile:     header(unknownTitle, source) + left,
	}, nil
}

// header returns the comments at the top.
func header(what, source string) string {
	return "# " + what + "\n" + sourceLine + source + "\n" + "# Written by \"task model\" and not by hand.\n"
}

const sourceLine = "# Source: "

// withoutProse drops annotations that hold text for people, and links to it.
func withoutProse(d *edm.Declarations) {
	all := d.Types
	if d.Container != nil {
		all = append(all, *d.Container)
	}
	for _, t := range all {
		maps.DeleteFunc(t.Facts, isProse)
		for _, p := range t.Properties {
			maps.DeleteFunc(p.Facts, isProse)
		}
	}
	for _, o := range d.Operations {
		maps.DeleteFunc(o.Facts, isProse)
	}
}

func isProse(term, value string) bool {
	term, _, _ = strings.Cut(term, "#")
	return term == "Core.Revisions" || strings.HasSuffix(term, "Description") || strings.Contains(value, "://")
}
