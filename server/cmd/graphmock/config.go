package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// configFlags are the flags that fill a server.Config.
type configFlags struct {
	contractFlags
	fixtures  []string
	scenarios []string
	auth      string
	throttle  string
	permitted string
	now       string
	seed      uint64
	pageSize  int

	maxTenants int
	baseURL    string

	remoteCallbacks  bool
	replicationDelay time.Duration
}

func (f *configFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.specs, "spec", nil,
		"serve the OpenAPI 3.0 or 3.1 document `FILE` as well as Graph: what it has goes first; repeatable")
	flags.BoolVar(&f.only, "spec-only", false, "serve nothing but the documents of --spec")
	f.addMetadata(flags)
	flags.BoolVar(&f.lenient, "lenient", false, "serve a --spec that is not valid, and list what is wrong with it")
	flags.StringArrayVar(&f.fixtures, "fixtures", []string{"contoso"},
		"fill the tenant from `NAME|FILE|DIR`; repeatable")
	flags.StringArrayVar(&f.scenarios, "scenario", nil, "play the scenario `NAME|FILE|DIR`; repeatable")
	flags.StringVar(&f.auth, "auth", "bearer", "ask for tokens: `off|bearer|strict`")
	flags.StringVar(&f.permitted, "permissions", "enforce",
		"ask of JWTs with scopes or roles what Graph asks: `off|enforce`")
	flags.StringVar(&f.throttle, "throttle", "off", "hold clients to limits: `off|documented`")
	flags.DurationVar(&f.replicationDelay, "replication-delay", 0,
		"let reads see what is written to the directory `DURATION` late, such as 10s")
	flags.StringVar(&f.now, "now", "", "start the clock at `RFC3339`, such as 2026-01-31T12:00:00Z, and keep it there")
	flags.IntVar(&f.maxTenants, "max-tenants", 1000,
		"keep `N` tenants beside the default one at most: a token's tid names its tenant")
	flags.IntVar(&f.pageSize, "page-size", 100, "answer `N` entities in a page of a list at most")
	flags.StringVar(&f.baseURL, "base-url", "",
		"put this `ORIGIN` into links, where no X-Forwarded-Host tells the server's other name")
	flags.BoolVar(&f.remoteCallbacks, "allow-remote-callbacks", false,
		"call receivers of change notifications on other machines, too")
	flags.Uint64Var(&f.seed, "seed", 0, "start the random source of ids at `N`")
}

// config reads what the flags name. It calls progress, if not nil, with how far the
// scenario files are.
func (f *configFlags) config(progress func(done, total int)) (server.Config, error) {
	c := server.Config{Auth: server.Auth(f.auth), Throttle: server.Throttle(f.throttle),
		Permissions: server.Permissions(f.permitted), Seed: f.seed,
		PageSize: f.pageSize, MaxTenants: f.maxTenants, BaseURL: f.baseURL,
		AllowRemoteCallbacks: f.remoteCallbacks, ReplicationDelay: f.replicationDelay}
	switch {
	case f.pageSize < 1:
		return c, fmt.Errorf("--page-size %d: expected 1 or more", f.pageSize)
	case f.replicationDelay < 0:
		return c, fmt.Errorf("--replication-delay %v: expected 0 or more", f.replicationDelay)
	case f.maxTenants < 1:
		return c, fmt.Errorf("--max-tenants %d: expected 1 or more", f.maxTenants)
	}
	switch c.Auth {
	case server.AuthOff, server.AuthBearer, server.AuthStrict:
	default:
		return c, fmt.Errorf("--auth %q: expected off, bearer or strict", f.auth)
	}
	switch c.Throttle {
	case server.ThrottleOff, server.ThrottleDocumented:
	default:
		return c, fmt.Errorf("--throttle %q: expected off or documented", f.throttle)
	}
	switch c.Permissions {
	case "", server.PermissionsOff, server.PermissionsEnforce:
	default:
		return c, fmt.Errorf("--permissions %q: expected off or enforce", f.permitted)
	}
	var err error
	if c.Now, err = parseNow(f.now); err != nil {
		return c, err
	}
	if f.only && len(f.specs) == 0 {
		return c, errors.New("--spec-only: there is no --spec")
	}
	if c.Contract, err = f.load(); err != nil {
		return c, err
	}
	if c.Fixtures, err = loadFixtures(f.fixtures, c.Contract); err != nil {
		return c, err
	}
	c.Scenarios, err = loadScenarios(f.scenarios, scenarios.Loader{Contract: c.Contract, Progress: progress})
	return c, err
}

// printUnchecked notes what is wrong with a --spec, and what of it is not checked.
func printUnchecked(w io.Writer, c *openapi.Contract) {
	for _, fault := range c.Faults() {
		fmt.Fprintf(w, "graphmock: --spec: %v\n", fault)
	}
	for _, text := range c.Unchecked() {
		say(w, "graphmock: --spec: %s; it is not checked, any text passes", text)
	}
}

// parseNow reads a --now; none is the zero time, which is a running clock.
func parseNow(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("--now %q: expected RFC 3339, such as 2026-01-31T12:00:00Z", text)
	}
	return t, nil
}

// loadFixtures reads the named documents one after the other; a later one may
// refer to what an earlier one has.
func loadFixtures(names []string, c *openapi.Contract) (*fixtures.Document, error) {
	all := fixtures.Empty()
	for _, name := range names {
		var err error
		if all, err = addFixtures(all, name, c); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func addFixtures(all *fixtures.Document, name string, c *openapi.Contract) (*fixtures.Document, error) {
	if d, ok := fixtures.Named(name); ok {
		if len(all.Users) == 0 {
			return d, nil // nothing to merge with
		}
		return all.Merge(d)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("--fixtures %s: neither an embedded document (contoso) nor a file: %w", name,
			withoutPath(err))
	}
	folder, file := filepath.Dir(name), filepath.Base(name)
	if info.IsDir() {
		folder, file = name, "."
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("--fixtures %s: %w", name, withoutPath(err))
	}
	defer root.Close()
	all, err = all.Load(root.FS(), file, c)
	var problems document.Problems
	if errors.As(err, &problems) {
		return nil, problems.In(folder)
	} else if err != nil {
		return nil, err
	}
	return all.In(folder), nil
}

// withoutPath drops the system call and the path from a file error.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
