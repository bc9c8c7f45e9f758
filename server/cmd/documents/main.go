// Command documents tries graphmock on a folder of OpenAPI documents: of each it starts
// a sandbox, verifies the sandbox against the same document, and prints a line of a
// table with what that took and found. A sandbox keeps its own contract, so that every
// finding is a fault of graphmock, or of the document's own examples.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/verify"
)

func main() {
	details := flag.Bool("findings", false, "print every finding below the line of its document")
	seed := flag.Uint64("seed", 0, "start the random source of values and keys at `N`")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: documents [-findings] [-seed N] FOLDER|FILE...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	clean, err := run(ctx, os.Stdout, flag.Args(), *seed, *details)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "documents:", err)
		os.Exit(2)
	case !clean:
		os.Exit(1)
	}
}

// run prints the table of all documents, and reports whether none has a finding.
func run(ctx context.Context, w io.Writer, paths []string, seed uint64, details bool) (clean bool, err error) {
	files, err := filesIn(paths)
	if err != nil {
		return false, err
	}
	const form = "%-36s %10s %9s %8s %8s\n"
	fmt.Fprintf(w, form, "document", "operations", "requests", "findings", "seconds")
	clean = true
	for _, file := range files {
		start := time.Now()
		result, err := verifySandbox(ctx, file, seed)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		took := fmt.Sprintf("%.1f", time.Since(start).Seconds())
		if err != nil {
			clean = false
			fmt.Fprintf(w, form, filepath.Base(file), "-", "-", "-", took)
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
			continue
		}
		fmt.Fprintf(w, form, filepath.Base(file), fmt.Sprint(result.Operations), fmt.Sprint(result.Requests),
			fmt.Sprint(len(result.Findings)), took)
		clean = clean && len(result.Findings) == 0
		if details {
			printFindings(w, result.Findings)
		}
	}
	return clean, nil
}

func printFindings(w io.Writer, findings []verify.Finding) {
	for _, f := range findings {
		fmt.Fprintf(w, "  %s: %s: %s\n    %s\n    %s\n", cmp.Or(f.Pattern, "every operation"), f.Rule,
			f.Violation, f.Case, strings.ReplaceAll(f.Curl, "\n", "\n    "))
	}
}

// filesIn returns the documents that are named, and those in folders that are.
func filesIn(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			extension := filepath.Ext(file)
			if err == nil && entry.Type().IsRegular() &&
				(file == path || slices.Contains([]string{".json", ".yaml", ".yml"}, extension)) {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no .json, .yaml or .yml file in %s", strings.Join(paths, ", "))
	}
	return files, nil
}

// verifySandbox verifies a sandbox of a document, in process.
func verifySandbox(ctx context.Context, file string, seed uint64) (*verify.Result, error) {
	contract, err := openapi.LoadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := server.New(server.Config{Contract: contract})
	if err != nil {
		return nil, err
	}
	return verify.Run(ctx, verify.Config{
		Contract: contract, Target: s.URL(), Token: "documents", Transport: s.Transport(), Seed: seed,
	})
}
