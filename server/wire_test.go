package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

var update = flag.Bool("update", false, "write the answers into the scripts under testdata")

// now is the time of every server in these tests.
var now = time.Date(2026, 1, 31, 12, 0, 0, 120_000_000, time.UTC)

// TestWire plays the scripts of testdata/wire over a real socket. A script is a
// txtar archive of exchanges with one server, in order: NAME/request holds what
// is sent (the end of its headers is an empty line; Content-Length is added),
// NAME/answer the whole answer, headers sorted and JSON indented; NAME/advance
// moves the clock by a duration. ${NAME} in a request is one of the tokens below,
// ${NEXT} the path and query of the last next link.
// -update writes the answers.
func TestWire(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			playScript(t, file)
		})
	}
}

func playScript(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, configOf(t, string(archive.Comment)))
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(origin, "http://")
	tokens, next := testTokens(t, s), ""
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		name, kind, ok := strings.Cut(f.Name, "/")
		switch {
		case ok && kind == "answer":
			continue
		case ok && kind == "advance":
			by, err := time.ParseDuration(strings.TrimSpace(string(f.Data)))
			if err != nil {
				t.Fatal(err)
			}
			s.Advance(by)
			out.Files = append(out.Files, f)
			continue
		case !ok || kind != "request":
			t.Fatalf("%s: file %q is neither NAME/request, NAME/answer nor NAME/advance", file, f.Name)
		}
		got := exchange(t, addr, strings.ReplaceAll(tokens.Replace(string(f.Data)), "${NEXT}", next))
		if _, link, found := strings.Cut(got, "@odata.nextLink\": \"http://graph.microsoft.com"); found {
			next, _, _ = strings.Cut(link, "\"")
		}
		want, _ := find(archive, name+"/answer")
		if !*update && opaque(got) != opaque(want) {
			t.Errorf("%s: %s:\ngot\n%s\nwant\n%s", file, name, got, want)
		}
		out.Files = append(out.Files, f, txtar.File{Name: name + "/answer", Data: []byte(got)})
	}
	for _, e := range s.Violating() {
		for _, v := range e.Violations {
			if v.Side == openapi.ResponseSide {
				t.Errorf("%s: %s %s: the answer breaks the contract: %s", file, e.Method, e.Path, v)
			}
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// opaque returns a response without what is in the tokens of its links: clients can't
// read it.
func opaque(response string) string {
	return skipTokens.ReplaceAllString(response, "$$skiptoken=<token>")
}

var skipTokens = regexp.MustCompile(`\$skiptoken=[A-Za-z0-9_-]{40,}`)

// configOf reads the settings that a script's comment may hold: lines
// "auth: strict", "page size: 2" and "fixtures: todo.yaml".
func configOf(t *testing.T, comment string) server.Config {
	c := server.Config{Now: now}
	for line := range strings.Lines(comment) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "auth: "); ok {
			c.Auth = server.Auth(value)
		}
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "fixtures: "); ok {
			d, err := fixtures.Contoso().Load(os.DirFS("testdata/wire"), value, openapi.Embedded())
			if err != nil {
				t.Fatal(err)
			}
			c.Fixtures = d
		}
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "page size: "); ok {
			fmt.Sscan(value, &c.PageSize)
		}
	}
	return c
}

func newServer(t testing.TB, c server.Config) *server.Server {
	t.Helper()
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func testTokens(t *testing.T, s *server.Server) *strings.Replacer {
	tokens := map[string]string{}
	tokens["USER_ID"] = fixtures.Contoso().Users[0].ID
	for name, o := range map[string]server.TokenOptions{
		"TOKEN":          {},
		"EXPIRED":        {ExpiresIn: -time.Minute},
		"OTHER_AUDIENCE": {Audience: "https://vault.azure.net"},
		"OTHER_SCOPE":    {Scopes: []string{"User.Read"}},
		"APP_ONLY":       {AppOnly: true},
		"OTHER_APP":      {App: "00000000-0000-0000-0000-00000000beef"},
		"OTHER_USER":     {User: "adele@contoso.com"},
	} {
		token, err := s.Token(o)
		if err != nil {
			t.Fatal(err)
		}
		tokens[name] = token
	}
	head, claims, _ := strings.Cut(tokens["TOKEN"], ".")
	claims, _, _ = strings.Cut(claims, ".")
	tokens["FORGED"] = head + "." + claims + ".Zm9yZ2Vk"
	tokens["BROKEN"] = head + ".e30x.Zm9yZ2Vk"
	var pairs []string
	for name, token := range tokens {
		pairs = append(pairs, "${"+name+"}", token)
	}
	return strings.NewReplacer(pairs...)
}

// exchange sends a request in text form and gives the answer in text form.
func exchange(t *testing.T, addr, request string) string {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	if body != "" && !strings.Contains(head, "Content-Length:") {
		head += fmt.Sprintf("\nContent-Length: %d", len(body))
	}
	raw := strings.ReplaceAll(strings.TrimSuffix(head, "\n"), "\n", "\r\n") + "\r\n\r\n" + body

	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", head, err)
	}
	defer answer.Body.Close()
	return answerText(t, answer)
}

func answerText(t *testing.T, answer *http.Response) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", answer.Proto, answer.Status)
	for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
		if name == "Content-Length" {
			continue // the body stands below
		}
		for _, v := range answer.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 0 {
		b.WriteString("\n")
		if err := json.Indent(&b, body, "", "  "); err != nil {
			b.Write(body)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func find(a *txtar.Archive, name string) (string, bool) {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}
