// Command model writes the model of Microsoft Graph that package graph embeds, out of
// Graph's $metadata and of what its documentation tells beside it:
//
//	go run ./openapi/graph/internal/model -from FOLDER -source "schemas/v1.0-Prod.csdl, 2026-07-31" -to openapi/graph
//
// The folder has v1.0.csdl, property-facts.jsonl and documented-v1.0.har.
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
	text, err := generate(in, source)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "v1.0.model"), []byte(text), 0o644)
}

// inputs are the files that the model is made of.
type inputs struct {
	metadata  []byte
	facts     []byte
	exchanges []byte
}

func read(folder string) (in inputs, err error) {
	for name, into := range map[string]*[]byte{
		"v1.0.csdl": &in.metadata, "property-facts.jsonl": &in.facts, "documented-v1.0.har": &in.exchanges,
	} {
		if *into, err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return in, err
		}
	}
	return in, nil
}

// generate returns the text of the model, with what it comes from at the top.
func generate(in inputs, source string) (string, error) {
	m, err := csdl.Read("v1.0.csdl", in.metadata)
	if err != nil {
		return "", err
	}
	facts, err := readFacts(in.facts)
	if err != nil {
		return "", fmt.Errorf("property-facts.jsonl: %w", err)
	}
	written, err := readSent(m, in.exchanges)
	if err != nil {
		return "", fmt.Errorf("documented-v1.0.har: %w", err)
	}
	d := m.Declarations()
	withoutProse(&d)
	addFacts(&d, facts, written)
	if m, err = edm.Build(d); err != nil {
		return "", err
	}
	return header(source) + m.Text(), nil
}

// header returns the comments at the top.
func header(source string) string {
	return "# The model of Microsoft Graph, facts only. Package edm tells how to read it.\n" +
		sourceLine + source + "\n" +
		"# Written by \"task model\" and not by hand.\n"
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
