package server_test

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

var update = flag.Bool("update", false, "write the responses into the scripts under testdata")

// now is the time of every server in these tests.
var now = time.Date(2026, 1, 31, 12, 0, 0, 120_000_000, time.UTC)

// TestWire plays the scripts of testdata/wire over a real socket. A script is a
// txtar archive of exchanges with one server, in order: NAME/request holds what
// is sent (the end of its headers is an empty line; Content-Length is added),
// NAME/response what comes back, as a golden writes it; NAME/advance moves the
// clock by a duration. ${NAME} in a request is one of the tokens below, ${NEXT}
// the path and query of the last next or delta link, ${URL} those of the last URL that
// needs no token, ${ID} the id of what was created last. The
// receiver of notifications https://app.example/notify confirms that it is one.
// -update writes the responses.
func TestWire(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			playFile(t, file)
		})
	}
}

func playFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	played := newScript(t, archive).play(t, archive)
	if *update {
		if err := os.WriteFile(file, txtar.Format(played), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A script is what it takes to play one: its server, and what its requests and
// responses have told so far.
type script struct {
	server *server.Server
	addr   string
	tokens *strings.Replacer
	next   string // ${NEXT}
	url    string // ${URL}
	id     string // ${ID}
	now    time.Time
	golden *golden
}

func newScript(t *testing.T, archive *txtar.Archive) *script {
	config := configOf(t, string(archive.Comment))
	s := newServer(t, config)
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Handle(receiverURL, &receiver{}); err != nil {
		t.Fatal(err)
	}
	return &script{
		server: s,
		addr:   strings.TrimPrefix(origin, "http://"),
		tokens: testTokens(t, s),
		now:    config.Now,
		golden: newGolden(t, config.Fixtures, archive),
	}
}

// play returns the archive with the responses that came, and reports those that are
// unlike the archive's.
func (s *script) play(t *testing.T, archive *txtar.Archive) *txtar.Archive {
	played := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		name, kind, _ := strings.Cut(f.Name, "/")
		switch kind {
		case "request":
			got := s.exchange(t, name, string(f.Data))
			want, _ := find(archive, name+"/response")
			if got != want && !*update {
				t.Errorf("%s", diff.Diff(name+": want", []byte(want), "got", []byte(got)))
			}
			played.Files = append(played.Files, f, txtar.File{Name: name + "/response", Data: []byte(got)})
		case "advance":
			s.advance(t, string(f.Data))
			played.Files = append(played.Files, f)
		case "response":
			if _, ok := find(archive, name+"/request"); !ok && !*update {
				t.Errorf("%s has no request", f.Name)
			}
		default:
			t.Fatalf("file %q is neither NAME/request, NAME/response nor NAME/advance", f.Name)
		}
	}
	s.keepsContract(t)
	return played
}

func (s *script) advance(t *testing.T, text string) {
	by, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.server.Advance(by); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(by)
}

var ticketURL = regexp.MustCompile(`http://(?:contoso-my.sharepoint|outlook.office).com([^" ]*tempauth=[^" ]*)`)

var createdID = regexp.MustCompile(`"id":"([^"]*)"`)

var nextLink = regexp.MustCompile(`@odata.(?:nextLink|deltaLink)":"http://graph.microsoft.com([^"]*)"`)

// exchange sends a request of the script and returns the response as a golden.
func (s *script) exchange(t *testing.T, name, request string) string {
	request = strings.ReplaceAll(s.tokens.Replace(request), "${NEXT}", s.next)
	request = strings.ReplaceAll(strings.ReplaceAll(request, "${ID}", s.id), "${URL}", s.url)
	response, body := sendText(t, s.addr, request)
	if link := nextLink.FindSubmatch(body); link != nil {
		s.next = string(link[1])
	}
	if link := ticketURL.FindStringSubmatch(response.Header.Get("Location") + " " + string(body)); link != nil {
		s.url = link[1]
	}
	if id := createdID.FindSubmatch(body); id != nil && response.StatusCode == http.StatusCreated {
		s.id = string(id[1])
	}
	problems := s.golden.check(request, response, s.now)
	got, more := s.golden.format(request, response, body)
	for _, problem := range append(problems, more...) {
		t.Errorf("%s: %s", name, problem)
	}
	return got
}

// keepsContract reports the responses that break the contract.
func (s *script) keepsContract(t *testing.T) {
	for _, e := range s.server.Violating() {
		for _, v := range e.Violations {
			if v.Side == openapi.ResponseSide {
				t.Errorf("%s %s: the response breaks the contract: %s", e.Method, e.Path, v)
			}
		}
	}
}

// configOf reads the settings that a script's comment may hold: lines
// "auth: strict", "page size: 2" and "fixtures: todo.yaml".
func configOf(t *testing.T, comment string) server.Config {
	c := server.Config{Now: now, Fixtures: fixtures.Contoso()}
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

// sendText sends a request in text form.
func sendText(t *testing.T, addr, request string) (*http.Response, []byte) {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	head = strings.TrimSuffix(head, "\n")
	writes := strings.HasPrefix(head, "POST ") || strings.HasPrefix(head, "PUT ") || strings.HasPrefix(head, "PATCH ")
	if (body != "" || writes) && !strings.Contains(head, "Content-Length:") && !strings.Contains(head, "Transfer-Encoding:") {
		head += fmt.Sprintf("\nContent-Length: %d", len(body))
	}
	raw := strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body

	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", head, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, content
}

func find(a *txtar.Archive, name string) (string, bool) {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}
