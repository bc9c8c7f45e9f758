// Command documents tries graphmock on a folder of OpenAPI documents: of each it starts
// a sandbox, verifies the sandbox against the same document, and prints a line of a
// table with what that took and found. A sandbox keeps its own contract, so that every
// finding is a fault of graphmock. Findings about examples of the document that break
// its own schemas, which a sandbox answers with all the same, are counted apart, and so
// is what is wrong with the document itself.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
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
	const form = "%-36s %6s %10s %9s %8s %12s %8s\n"
	fmt.Fprintf(w, form, "document", "faults", "operations", "requests", "findings", "bad examples", "seconds")
	clean = true
	for _, file := range files {
		start := time.Now()
		contract, result, err := verifySandbox(ctx, file, seed)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		took := fmt.Sprintf("%.1f", time.Since(start).Seconds())
		if err != nil {
			clean = false
			fmt.Fprintf(w, form, filepath.Base(file), "-", "-", "-", "-", "-", took)
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
			continue
		}
		var ofExamples, others []verify.Finding
		for _, f := range result.Findings {
			if isOfExample(contract, f) {
				ofExamples = append(ofExamples, f)
			} else {
				others = append(others, f)
			}
		}
		fmt.Fprintf(w, form, filepath.Base(file), fmt.Sprint(len(contract.Faults())), fmt.Sprint(result.Operations),
			fmt.Sprint(result.Requests), fmt.Sprint(len(others)), fmt.Sprint(len(ofExamples)), took)
		clean = clean && len(others) == 0
		if details {
			printFindings(w, "", others)
			printFindings(w, "example of ", ofExamples)
		}
	}
	return clean, nil
}

func printFindings(w io.Writer, of string, findings []verify.Finding) {
	for _, f := range findings {
		fmt.Fprintf(w, "  %s%s: %s: %s\n    %s\n    %s\n", of, cmp.Or(f.Pattern, "every operation"), f.Rule,
			f.Violation, f.Case, strings.ReplaceAll(f.Curl, "\n", "\n    "))
	}
}

// isOfExample reports whether a finding is about an example of the document, which the
// document's own schema forbids.
func isOfExample(contract *openapi.Contract, f verify.Finding) bool {
	for op := range contract.Operations() {
		if op.ID != f.Operation || f.Violation.In != openapi.InBody {
			continue
		}
		response := op.Response(op.UsualStatus())
		value, ok := response.Example("")
		text, err := jsontext.Marshal(value)
		if !ok || err != nil {
			return false
		}
		found := contract.CheckResponse(&openapi.Response{Operation: op, Status: op.UsualStatus(), Body: text,
			Header: http.Header{"Content-Type": {response.MediaType()}}})
		return slices.ContainsFunc(found, func(v openapi.Violation) bool {
			return v.In == openapi.InBody && v.Rule == f.Violation.Rule && v.Pointer == f.Violation.Pointer
		})
	}
	return false
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
func verifySandbox(ctx context.Context, file string, seed uint64) (*openapi.Contract, *verify.Result, error) {
	contract, err := openapi.LoadFaulty(file)
	if err != nil {
		return nil, nil, err
	}
	config := verify.Config{Contract: contract, Token: "documents", Seed: seed, Parameters: map[string]string{}}
	operations := 0
	for op := range contract.Operations() {
		operations++
		for p := range op.Parameters() {
			if p.Name == userID && contract.UsesOData() {
				config.Parameters[userID] = fixtures.Contoso().Users[0].UserPrincipalName
			}
		}
	}
	if operations == 0 { // of webhooks only
		return contract, &verify.Result{}, nil
	}
	s, err := server.New(server.Config{Contract: contract})
	if err != nil {
		return nil, nil, err
	}
	config.Target, config.Transport = s.URL(), s.Transport()
	result, err := verify.Run(ctx, config)
	return contract, result, err
}

// userID is the parameter of Graph's paths that names the caller: the sandbox knows
// nobody whose name was made up.
const userID = "user-id"
