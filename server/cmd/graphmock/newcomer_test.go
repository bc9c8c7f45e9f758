//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestNewcomer does what README says, block by block, in an empty folder, and compares
// what comes with what README shows, where ... stands for any text. It needs bash, curl
// and Go, as README does. What it does otherwise is in elsewhere.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	var text string
	for _, b := range readmeBlocks(t) {
		switch b.language {
		case "sh":
			text = b.text
			n.shell(b.text)
		case "text":
			n.compare(b.text)
		case "go":
			n.goTest(b.text)
		case "yaml":
			n.save(b)
		default:
			t.Errorf("README line %d: there is no way to try a block of %q", b.line, b.language)
		}
	}
	if n.compared < 4 || text == "" {
		t.Errorf("README shows %d outputs, want 4 at least", n.compared)
	}
	n.table()
}

// elsewhere are the commands that need a network, or README's port, with what is done
// in their place: everything else is done as it stands.
var elsewhere = []struct{ command, instead string }{
	{"git clone https://github.com/graphmock/graphmock", `ln -s "$ROOT" graphmock`},
	{"cd graphmock", "cd -P graphmock"}, // Go knows what it has built by its folder
	{"graphmock serve", "graphmock serve --addr 127.0.0.1:0 --ready-file ready"},
	{"127.0.0.1:8080", "$ADDR"},
	{"localhost:8080", "$ADDR"},
}

// A newcomer has a folder, and the sandbox that was started last.
type newcomer struct {
	t        *testing.T
	dir      string
	env      []string
	addr     string
	stop     func()
	output   string // of the last block
	compared int
}

func newNewcomer(t *testing.T) *newcomer {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	n := &newcomer{t: t, dir: t.TempDir(), stop: func() {}}
	bin := filepath.Join(n.dir, "bin")
	n.env = append(os.Environ(), "ROOT="+root, "GOBIN="+bin, "PATH="+bin+":"+os.Getenv("PATH"),
		"GOFLAGS=-mod=mod", "GOTOOLCHAIN=local", "GOWORK=off")
	t.Cleanup(func() { n.stop() })
	return n
}

// here returns a text with the address of the sandbox that runs in place of README's.
func (n *newcomer) here(text string) string {
	for _, e := range elsewhere {
		text = strings.ReplaceAll(text, e.command, e.instead)
	}
	return strings.ReplaceAll(text, "$ADDR", n.addr)
}

// shell runs a block of commands. A comment behind one is what it prints.
func (n *newcomer) shell(block string) {
	n.t.Helper()
	n.output = ""
	for _, command := range strings.Split(strings.ReplaceAll(strings.TrimSpace(block), "\\\n", ""), "\n") {
		if strings.HasPrefix(command, "graphmock serve") {
			n.serve(command)
			continue
		}
		command, want, shown := strings.Cut(command, "    # ")
		output := n.run(n.dir, command)
		if n.output += output; !shown {
			continue
		}
		n.output = output
		n.compare(want)
	}
}

// run runs a command that has to succeed, and returns what it prints.
func (n *newcomer) run(dir, command string) string {
	n.t.Helper()
	output, err := n.try(dir, command)
	if err != nil {
		n.t.Fatalf("%s\n%v\n%s", command, err, output)
	}
	return output
}

func (n *newcomer) try(dir, command string) (string, error) {
	cmd := n.command(n.here(command))
	cmd.Dir = dir
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	if err != nil {
		return out.String() + problems.String(), err
	}
	if !strings.HasPrefix(command, "curl") {
		out.Write(problems.Bytes()) // those of curl are about its progress
	}
	text := strings.ReplaceAll(out.String(), "\r\n", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text, nil
}

func (n *newcomer) command(line string) *exec.Cmd {
	cmd := exec.CommandContext(n.t.Context(), "bash", "-c", line)
	cmd.Dir, cmd.Env = n.dir, n.env
	return cmd
}

// serve starts a sandbox in place of the one that runs, and waits until it is ready.
func (n *newcomer) serve(command string) {
	n.t.Helper()
	n.stop()
	cmd := n.command("exec " + n.here(command))
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	n.stop = func() {
		cmd.Process.Signal(os.Interrupt)
		<-ended
	}
	ready, tick := filepath.Join(n.dir, "ready"), time.NewTicker(2*time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			n.t.Fatalf("%s ended:\n%s", command, log.String())
		case <-tick.C:
		}
		if origin, err := os.ReadFile(ready); err == nil {
			n.addr = strings.TrimPrefix(strings.TrimSpace(string(origin)), "http://")
			return
		}
	}
}

// compare compares what the last block printed with what README shows.
func (n *newcomer) compare(want string) {
	n.t.Helper()
	n.compared++
	lines := regexp.QuoteMeta(strings.TrimSpace(n.here(want)))
	lines = strings.ReplaceAll(lines, `\.\.\.`, "(?s:.*)")
	if !regexp.MustCompile(`^\s*` + lines + `\s*$`).MatchString(n.output) {
		n.t.Errorf("README shows\n%s\nthe output is\n%s", n.here(want), n.output)
	}
}

// save saves the file that README calls slow-day.yaml; TestReadmePipelinesAreYAML reads
// the pipelines.
func (n *newcomer) save(b readmeBlock) {
	n.t.Helper()
	if !strings.HasPrefix(b.text, "version:") {
		return
	}
	if !strings.Contains(b.before, "`slow-day.yaml`") {
		n.t.Errorf("README line %d: the scenario's file has no name", b.line)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "slow-day.yaml"), []byte(b.text), 0o644); err != nil {
		n.t.Fatal(err)
	}
}

// goTest runs README's test in a module of its own, as it is, and without its token:
// the output of that is compared. In place of go get, the module is this one.
func (n *newcomer) goTest(text string) {
	n.t.Helper()
	dir := filepath.Join(n.dir, "sync")
	file := filepath.Join(dir, "sync_test.go")
	n.run(n.dir, `mkdir sync && cd sync && go mod init example.com/sync && cp "$ROOT/go.sum" . &&
		go mod edit -require github.com/graphmock/graphmock@v0.0.0 -replace "github.com/graphmock/graphmock=$ROOT"`)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		n.t.Fatal(err)
	}
	if output := n.run(dir, "go test ."); !strings.HasPrefix(output, "ok") {
		n.t.Errorf("README's test: %s", output)
	}
	token := regexp.MustCompile(`(?m)^.*"Authorization".*\n`)
	if err := os.WriteFile(file, token.ReplaceAll([]byte(text), nil), 0o644); err != nil {
		n.t.Fatal(err)
	}
	output, err := n.try(dir, "go test .")
	if err == nil {
		n.t.Error("README's test passes without its token")
	}
	n.output = output
}

// table runs the commands of README's table, each of which has to succeed, against a
// sandbox of their own that has had a request.
func (n *newcomer) table() {
	n.t.Helper()
	rows := regexp.MustCompile("(?m)^\\|.*\\| `(curl .*)` \\|$").FindAllStringSubmatch(readFile(n.t, readme), -1)
	if len(rows) < 10 { // REFERENCE.md has the rest
		n.t.Errorf("the table has %d commands, want ten at least", len(rows))
	}
	n.serve("graphmock serve")
	n.run(n.dir, "curl -s -H 'Authorization: Bearer t' http://127.0.0.1:8080/v1.0/me")
	for _, row := range rows {
		command := strings.Replace(row[1], "curl ", "curl -sS --fail-with-body ", 1)
		if strings.Contains(command, " -N ") {
			n.follow(command)
			continue
		}
		if output := n.run(n.dir, command); output == "" && !strings.Contains(command, " -o ") {
			n.t.Errorf("%s prints nothing", command)
		}
	}
}

// follow runs a command that does not end, until it has printed something. Browsers
// send the header when they connect again; it brings back what was missed.
func (n *newcomer) follow(command string) {
	n.t.Helper()
	cmd := n.command("exec " + n.here(command) + " -H 'Last-Event-ID: 0'")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "id: ") {
		n.t.Errorf("%s: %v %s", command, err, line)
	}
	cmd.Process.Kill()
	cmd.Wait()
}

// A readmeBlock is a block of README between fences, with the paragraph before it.
type readmeBlock struct {
	language, text, before string
	line                   int
}

func readmeBlocks(t *testing.T) (all []readmeBlock) {
	t.Helper()
	text := readFile(t, readme)
	for _, at := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatchIndex(text, -1) {
		before := strings.TrimSpace(text[:at[0]])
		all = append(all, readmeBlock{language: text[at[2]:at[3]], text: text[at[4]:at[5]],
			before: before[strings.LastIndex(before, "\n\n")+1:], line: 1 + strings.Count(text[:at[0]], "\n")})
	}
	return all
}

// TestReadmeCommandsHaveTheirFlags is about commands within README's sentences, which
// nobody runs.
func TestReadmeCommandsHaveTheirFlags(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(readFile(t, readme), "\n", " ")
	found := 0
	for _, span := range regexp.MustCompile("`graphmock ([a-z]+)([^`]*)`").FindAllStringSubmatch(text, -1) {
		cmd, _, err := rootCommand().Find([]string{span[1]})
		if err != nil {
			t.Errorf("%s: %v", span[0], err)
			continue
		}
		cmd.InitDefaultHelpFlag()
		for _, flag := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(span[2], -1) {
			if found++; cmd.Flags().Lookup(flag[1]) == nil {
				t.Errorf("%s: %s has no --%s", span[0], span[1], flag[1])
			}
		}
	}
	if found == 0 {
		t.Error("found no flags")
	}
}

const readme = "../../../README.md"

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadmeIsShort: what is longer is for REFERENCE.md.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(readFile(t, readme), "\n"); n >= 300 {
		t.Errorf("README has %d lines, want fewer than 300", n)
	}
}
