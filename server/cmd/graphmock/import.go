package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/capture"
	"github.com/graphmock/graphmock/server/internal/har"
	"github.com/graphmock/graphmock/server/internal/workload"
)

type importFlags struct {
	output    string
	hosts     []string
	noResults bool
	contractFlags
}

func importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE.har... -o FILE",
		Short: "Make a fixtures document of recorded traffic",
		Long: `import reads HTTP Archive files, HAR 1.2, as browsers and proxies export them, and
writes a fixtures document: the tenant as it was before the recording. It answers the
recorded GETs as they were answered, and holds what the recorded successful writes
presuppose: parents, the entity that a PATCH or DELETE met, the targets of links.

Requests to Graph's hosts, to loopback addresses and to the hosts of --host are read,
the requests of a batch one by one. Tokens, passwords and other credentials are not
written. What can't be taken is said, a line for each kind.

The caller of /me is the first user of the document.`,
		Example: `  graphmock import trace.har -o tenant.json
  graphmock serve --fixtures tenant.json
  graphmock import traces/*.har -o - | jq .resources`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := f.check(files); err != nil {
				return err
			}
			return f.run(cmd.Context(), files, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write the fixtures document to `FILE`; - is the standard output")
	f.addMetadata(flags)
	flags.BoolVar(&f.noResults, "no-results", false,
		"leave out what functions and actions returned; replay then tells what the service works out itself")
	flags.StringArrayVar(&f.hosts, "host", nil, "read requests to this `HOST` too; repeatable")
	return cmd
}

func (f *importFlags) check(files []string) error {
	switch {
	case len(files) == 0:
		return errors.New("import: there is no file; expected: graphmock import FILE.har -o FILE")
	case f.output == "":
		return errors.New("-o FILE is missing, such as -o tenant.json")
	}
	return checkHosts(f.hosts)
}

func (f *importFlags) run(ctx context.Context, files []string, stdout, stderr io.Writer) error {
	contract, err := f.load()
	if err != nil {
		return err
	}
	t := capture.New(contract, workload.All())
	s := selection{hosts: f.hosts}
	if err := s.eachExchange(ctx, contract, files, t.Learn); err != nil {
		return err
	}
	s = selection{hosts: f.hosts}
	read := 0
	err = s.eachExchange(ctx, contract, files, func(x *capture.Exchange) {
		read++
		t.Add(x)
	})
	if err != nil {
		return err
	}
	d := t.Document()
	if f.noResults {
		d.Results = nil
	}
	text, err := encodeFixtures(d, contract)
	if err != nil {
		return err
	}
	if f.output == "-" {
		_, err = stdout.Write(text)
	} else {
		err = os.WriteFile(f.output, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("-o %s: %w", f.output, withoutPath(err))
	}
	for _, note := range s.notes() {
		say(stderr, "%s", note)
	}
	for _, left := range t.Left() {
		say(stderr, "left out: %s: %d", left.What, left.Count)
	}
	say(stderr, "%s: %s, made of %s", f.output, contentsOf(d), count(read, "request"))
	return nil
}

// encodeFixtures writes a document, and makes sure that a server takes it.
func encodeFixtures(d *fixtures.Document, c *openapi.Contract) ([]byte, error) {
	text, err := d.Encode()
	if err != nil {
		return nil, exitError{exitInternal, err}
	}
	if len(text) > fixtures.MaxSize {
		return nil, fmt.Errorf("the document would have more than %d MiB; import fewer files", fixtures.MaxSize>>20)
	}
	read, err := fixtures.Parse("fixtures", text, c)
	if err == nil {
		_, err = server.New(server.Config{Contract: c, Fixtures: read})
	}
	if err != nil {
		return nil, exitError{exitInternal, fmt.Errorf("BUG: the fixtures made of the recording are not valid: %w", err)}
	}
	return text, nil
}

// contentsOf is what a document has, in a few words.
func contentsOf(d *fixtures.Document) string {
	entities, links, media := 0, 0, 0
	for _, r := range d.Resources {
		entities, links = entities+len(r.Entities), links+len(r.Links)
		if r.Media != nil {
			media++
		}
	}
	return fmt.Sprintf("users: %d, activities: %d, other entities: %d, links: %d, files: %d", len(d.Users),
		len(d.Activities), entities, links, media)
}

// eachExchange calls visit for the exchanges of files that are selected, those of a batch
// one by one.
func (s *selection) eachExchange(ctx context.Context, c *openapi.Contract, files []string,
	visit func(*capture.Exchange)) error {
	var problems document.Problems
	for _, file := range files {
		_, err := readHAR(file, func(e har.Entry) error {
			if ctx.Err() != nil || !s.accept(&e) {
				return ctx.Err()
			}
			if e.Err != nil {
				return e.Err
			}
			x := &capture.Exchange{
				Method: e.Method, Path: e.URL.EscapedPath(), Query: e.URL.RawQuery, Body: e.Body, Status: e.Status,
				Answer: e.ResponseBody, AnswerLost: e.NoResponseBody, Location: e.ResponseHeader.Get("Location"),
				ContentType: e.ResponseHeader.Get("Content-Type"),
			}
			parts := x.Parts(c)
			if parts == nil {
				visit(x)
				return nil
			}
			if e.Own {
				return nil
			}
			for i := range parts {
				visit(&parts[i])
			}
			return nil
		})
		if ctx.Err() != nil {
			return exitError{exitInterrupted, errors.New("interrupted")}
		}
		if err != nil {
			problems = append(problems, problemOf(file, err))
		}
	}
	return problems.Err()
}
