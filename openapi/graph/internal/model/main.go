// Command model writes the model of Microsoft Graph that package graph embeds, out
// of Graph's $metadata:
//
//	go run ./openapi/graph/internal/model -source "schemas/v1.0-Prod.csdl, 2026-07-31" v1.0.csdl > openapi/graph/v1.0.model
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
)

func main() {
	source := flag.String("source", "", "where the file comes from, and its date")
	flag.Parse()
	if err := run(flag.Arg(0), *source); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(file, source string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err := generate(file, data, source)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(text)
	return err
}

// generate returns the text of the model, with what it comes from at the top.
func generate(file string, data []byte, source string) (string, error) {
	m, err := csdl.Read(file, data)
	if err != nil {
		return "", err
	}
	d := m.Declarations()
	withoutProse(&d)
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
