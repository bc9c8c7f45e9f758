package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/server"
)

// serveFlags are the flags of serve that are not in server.Config.
type serveFlags struct {
	configFlags
	addr, readyFile, log string
	state                string // of serve alone
	watch                bool
	tls                  bool
	proxy, passThrough   bool
}

func serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the sandbox until interrupted",
		Long: `serve answers as Microsoft Graph does, for clients in any language, until it is
interrupted. Requests that are being answered then are still finished, also those
that a scenario delays; what takes longer than 10 seconds is cut off.

A bearer token is wanted wherever Graph wants one; any text will do as a token,
or a JWT from "graphmock token".

With --tls the same port answers HTTPS as well, also HTTP/2, for clients that send
tokens nowhere else. "graphmock ca" says how they come to trust its certificates.
With --proxy the port is an HTTPS proxy as well, on a loopback address only. Clients
that use it keep their production URLs, such as https://graph.microsoft.com/v1.0/me:
Graph's and Entra's hosts, of the national clouds too, are answered here. Other hosts
are refused, unless --pass-through leads to them.

Links in answers are on the origin that the client used. Behind a reverse proxy that
is what X-Forwarded-Proto and X-Forwarded-Host say, or --base-url.

With --state FILE the sandbox goes on where it ended, also after a crash. The file is a
fixtures document; other tenants than the default one have files of their own beside it.

Scenarios make it misbehave: embedded ones such as throttled-then-created, files
of yours, or folders of them. With --watch, what you save there takes effect at
once, also where a folder or a symbolic link is replaced by another; a file that has
become wrong is reported, and what it said before is played on. Of --fixtures and --spec
it says what has changed: they take effect at the next start. Changes that the system does
not report, as on some network file systems, are not seen. Embedded are:
` + embeddedScenarios(),
		Example: `  graphmock serve
  graphmock serve --addr 127.0.0.1:0 --ready-file /tmp/graphmock.url
  graphmock serve --fixtures tenant.yaml --auth strict
  graphmock serve --scenario throttled-then-created
  graphmock serve --scenario scenarios/ --watch
  graphmock serve --spec openapi.yaml --log json
  graphmock serve --state sandbox.json
  graphmock serve --tls
  graphmock serve --proxy`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.add(cmd, "127.0.0.1:8080", "text")
	cmd.Flags().StringVar(&f.state, "state", "",
		"keep what the tenants have in this `FILE`: it is read at the start, and written within a second of each change")
	return cmd
}

// add adds the flags that serve and run share; the two differ in what they mean
// by default.
func (f *serveFlags) add(cmd *cobra.Command, addr, log string) {
	cmd.Flags().StringVar(&f.addr, "addr", addr, "listen on `HOST:PORT`; port 0 is any free one")
	cmd.Flags().StringVar(&f.readyFile, "ready-file", "", "write the origin, one line, to this `FILE` once it answers")
	cmd.Flags().StringVar(&f.log, "log", log, "write a line for each request as `text|json`")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "play the files of --scenario anew when they change; report changes of --fixtures and --spec")
	cmd.Flags().BoolVar(&f.tls, "tls", false, "answer HTTPS as well as HTTP, on the same port (see: graphmock ca)")
	cmd.Flags().BoolVar(&f.proxy, "proxy", false,
		"be an HTTPS proxy, which answers at Graph's and Entra's own URLs; implies --tls")
	cmd.Flags().BoolVar(&f.passThrough, "pass-through", false, "let the --proxy lead to other hosts as well")
	f.configFlags.add(cmd)
}

// shutdownTime is how long requests may take to finish after an interrupt.
const shutdownTime = 10 * time.Second

func serve(ctx context.Context, f serveFlags, stdout, stderr io.Writer) error {
	s, err := f.start(stderr)
	if err != nil {
		return err
	}
	defer s.close()
	io.WriteString(stdout, f.greeting(s)) // at once: who reads no more than its first line must not hold it up
	<-ctx.Done()
	fmt.Fprintln(s.log, "graphmock: finishing the requests that are being answered")
	ending, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if err := s.Shutdown(ending); err != nil {
		printError(s.log, err)
		return exitError{exitInternal, errReported}
	}
	return nil
}

// greeting says what is served and where.
func (f serveFlags) greeting(s *sandbox) string {
	var b strings.Builder
	say(&b, "graphmock serves %s %s at %s", s.Contract().Title(), s.Contract().Version(), roots(s.origin,
		s.Contract().Bases()))
	say(&b, "fixtures: %s; scenarios: %s; control: %s/_graphmock", listed(f.fixtures), listed(f.scenarios), s.origin)
	if f.withTLS() {
		say(&b, "https: clients trust the certificate of graphmock ca; http is answered as well")
	}
	if f.proxy {
		say(&b, "proxy for Graph and Entra: HTTPS_PROXY=%s", s.proxyURL())
	}
	if s.Contract().UsesOData() {
		c := s.Credentials()
		// the secret is the same everywhere, and opens nothing but sandboxes
		fmt.Fprintf(&b, "sign in at %s with AZURE_TENANT_ID=%s AZURE_CLIENT_ID=%s AZURE_CLIENT_SECRET=%s\n", s.origin,
			c.TenantID, c.ClientID, c.ClientSecret)
		say(&b, "managed identity: IDENTITY_ENDPOINT=%s%s IDENTITY_HEADER=%s", s.origin, server.IdentityPath, c.IdentityHeader)
	}
	if !isLoopback(f.addr) {
		say(&b, "admin token for %s/_graphmock/: %s", s.origin, s.AdminToken())
	}
	return b.String()
}

// listed names what a flag names.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// A sandbox is a server that listens, and what its flags put beside it.
type sandbox struct {
	*server.Server
	origin string    // such as http://127.0.0.1:8080
	log    io.Writer // of all that is said while the server runs: nobody may have to read it
	ends   []func()
}

// close ends everything, the last thing first.
func (s *sandbox) close() {
	for _, end := range slices.Backward(s.ends) {
		end()
	}
}

// start starts a server as the flags say.
func (f serveFlags) start(stderr io.Writer) (_ *sandbox, err error) {
	defer holdGC()()
	s := &sandbox{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	var files *watch
	if f.watch {
		if files, err = newWatch(f.configFlags); err != nil {
			return nil, err
		}
		s.ends = append(s.ends, files.close)
	}
	lines := newLineWriter(stderr)
	s.ends = append(s.ends, lines.end)
	observe, err := requestLog(f.log, lines)
	if err != nil {
		return nil, err
	}
	s.log = notesOf(f.log, lines)
	var tell func(done, total int)
	if f.log != "json" {
		tell = progress(stderr)
	}
	config, err := f.config(tell)
	if err != nil {
		return nil, err
	}
	if config.Proxy, err = f.proxyOf(); err != nil {
		return nil, err
	}
	if config.Authority, err = f.authority(s.log); err != nil {
		return nil, err
	}
	config.Observe = observe
	printUnchecked(s.log, config.Contract)
	if s.Server, err = server.New(config); err != nil {
		var problems document.Problems
		if errors.As(err, &problems) {
			return nil, problems
		}
		return nil, err
	}
	s.ends = append(s.ends, func() { s.Close() })
	state, err := keepState(s.Server, f.state, s.log)
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, state.end)
	if _, _, err := net.SplitHostPort(f.addr); err != nil {
		return nil, fmt.Errorf("--addr %q: expected HOST:PORT, such as 127.0.0.1:8080", f.addr)
	}
	if s.origin, err = f.listen(s.Server); err != nil {
		return nil, err
	}
	if err := writeReadyFile(f.readyFile, s.origin); err != nil {
		return nil, err
	}
	if f.readyFile != "" {
		s.ends = append(s.ends, func() { os.Remove(f.readyFile) })
	}
	if files != nil {
		files.start(s.Server, config.Scenarios, s.log)
	}
	return s, nil
}

// proxyOf is what the flags say of the proxy.
func (f serveFlags) proxyOf() (server.Proxy, error) {
	switch {
	case f.passThrough && !f.proxy:
		return "", errors.New("--pass-through: there is no --proxy that could pass anything")
	case !f.proxy:
		return server.ProxyOff, nil
	case !isLoopback(f.addr):
		return "", fmt.Errorf("--proxy: --addr %s can be reached from elsewhere, and a proxy would lead into this machine; "+
			"expected a loopback address, such as 127.0.0.1:8080", f.addr)
	case f.passThrough:
		return server.ProxyPassThrough, nil
	}
	return server.ProxyOn, nil
}

// withTLS reports whether HTTPS is answered.
func (f serveFlags) withTLS() bool { return f.tls || f.proxy }

// authority returns the folder of the certificate authority, if it is needed. What is
// wrong with it is said before the server is made.
func (f serveFlags) authority(notes io.Writer) (folder string, err error) {
	if !f.withTLS() {
		return "", nil
	}
	folder, a, err := openAuthority()
	if err == nil {
		io.WriteString(notes, outdated(folder, a))
	}
	return folder, err
}

// listen opens the socket of a server.
func (f serveFlags) listen(s *server.Server) (origin string, err error) {
	listen := s.Listen
	if f.withTLS() {
		listen = s.ListenTLS
	}
	if origin, err = listen(f.addr); err != nil {
		return "", listenError(f.addr, err)
	}
	return origin, nil
}

// holdGC puts garbage collection off until the server has started, or failed to:
// what starting leaves behind is collected once, and given back. From then on the
// collector runs half as often as usual, for most of what a request leaves is
// garbage at once. GOGC in the environment goes before.
func holdGC() (started func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	debug.SetGCPercent(-1)
	return func() {
		debug.SetGCPercent(200)
		go debug.FreeOSMemory()
	}
}

// isLoopback reports whether what listens on an address can be reached from this
// machine only.
func isLoopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func roots(origin string, bases []string) string {
	urls := make([]string, len(bases))
	for i, base := range bases {
		urls[i] = origin + base
	}
	return strings.Join(urls, " and ")
}

// listenError says in one sentence why an address can't be had.
func listenError(addr string, err error) error {
	var dns *net.DNSError
	var port *net.AddrError
	switch {
	case errors.As(err, &port):
		return fmt.Errorf("--addr %s: %s; a port is a number from 0 to 65535", addr, port.Err)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("--addr %s: the port is in use; name another, or port 0 for any free one", addr)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("--addr %s: not allowed to listen there; ports below 1024 need privileges", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL) || errors.As(err, &dns):
		return fmt.Errorf("--addr %s: the host is not an address of this machine", addr)
	}
	return fmt.Errorf("--addr %s: %w", addr, err)
}

// writeReadyFile writes where the server is, for a waiting script. The file appears
// whole or not at all.
func writeReadyFile(file, origin string) error {
	if file == "" {
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".graphmock-ready-*")
	if err != nil {
		return fmt.Errorf("--ready-file %s: %w", file, withoutPath(err))
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(origin + "\n")
	if err = errors.Join(err, temp.Chmod(0o644), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("--ready-file %s: %w", file, err)
	}
	return nil
}
