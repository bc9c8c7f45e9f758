package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/workload"
)

const reference = "REFERENCE.md"

// TestReference writes the generated blocks of REFERENCE.md anew, and compares them.
func TestReference(t *testing.T) {
	t.Parallel()
	old, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	generated := map[string]func(*testing.T) string{
		"commands": commandsReference, "exit-codes": exitCodesReference, "scenarios": scenariosReference,
		"behaviours": behavioursReference, "refusals": refusalsReference, "endpoints": endpointsReference,
	}
	block := regexp.MustCompile(`(?s)(<!-- begin ([a-z-]+) -->\n).*?(<!-- end -->)`)
	seen := map[string]bool{}
	text := block.ReplaceAllStringFunc(string(old), func(old string) string {
		part := block.FindStringSubmatch(old)
		write := generated[part[2]]
		if write == nil {
			t.Fatalf("nothing writes the block %s", part[2])
		}
		seen[part[2]] = true
		return part[1] + "\n" + strings.TrimSpace(write(t)) + "\n\n" + part[3]
	})
	if len(seen) != len(generated) {
		t.Fatalf("blocks %v, want all of %d", seen, len(generated))
	}
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatalf("REFERENCE.md is not what the code says; run: go test ./server/cmd/graphmock -run 'TestReference$' -update\n%s",
			firstDifference(string(old), text))
	}
	if err := os.WriteFile(reference, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// firstDifference returns the first line in which texts differ.
func firstDifference(old, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range strings.Split(old, "\n") {
		if i >= len(lines) || line != lines[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, line, strings.Join(lines[min(i, len(lines)):min(i+1, len(lines))], ""))
		}
	}
	return "there is more"
}

func commandsReference(*testing.T) string {
	var b strings.Builder
	var all func(cmd *cobra.Command)
	all = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		if cmd.HasParent() {
			fmt.Fprintf(&b, "### %s\n\n%s.\n\n", cmd.UseLine(), cmd.Short)
		}
		var rows strings.Builder
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			value, usage := pflag.UnquoteUsage(f)
			name := strings.TrimSpace("--" + f.Name + " " + value)
			def := ""
			if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
				def = "`" + strings.Trim(f.DefValue, "[]") + "`"
			}
			fmt.Fprintf(&rows, "| `%s` | %s | %s |\n", cell(name), cell(usage), cell(def))
		})
		if rows.Len() > 0 {
			fmt.Fprintf(&b, "| flag | meaning | default |\n| --- | --- | --- |\n%s\n", rows.String())
		}
		for _, sub := range cmd.Commands() {
			if !sub.Hidden && sub.Name() != "help" && sub.Name() != "completion" {
				all(sub)
			}
		}
	}
	all(rootCommand())
	return b.String()
}

// cell returns text as a cell of a table has it.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func exitCodesReference(*testing.T) string {
	var b strings.Builder
	b.WriteString("| exit code | of every command |\n| --- | --- |\n")
	for _, row := range regexp.MustCompile(`(?m)^ +(\d+) +(.*)$`).FindAllStringSubmatch(exitCodes, -1) {
		fmt.Fprintf(&b, "| %s | %s |\n", row[1], row[2])
	}
	return b.String()
}

// refusalsReference has the errors of workloads that are violations.
func refusalsReference(*testing.T) string {
	var b strings.Builder
	b.WriteString("| rule | status | in | when | what helps |\n| --- | --- | --- | --- | --- |\n")
	for _, rule := range workload.Rules() {
		if at := rule.Breaks; at != nil {
			fmt.Fprintf(&b, "| `%s` | %d | %s | %s | %s |\n", rule.ID, rule.Status, strings.TrimSpace(at.In+" "+at.Pointer),
				cell(rule.Case), cell(at.Hint))
		}
	}
	return b.String()
}

func scenariosReference(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| scenario | what happens |\n| --- | --- |\n")
	files, err := fs.Glob(scenarios.Library(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(scenarios.Library(), file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Parse(file, data, openapi.Embedded())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", s.Name, cell(strings.Join(strings.Fields(s.Summary), " ")))
	}
	return b.String()
}

// behavioursReference has the rows that refuse a request: their ids are rules.
func behavioursReference(*testing.T) string {
	var b strings.Builder
	b.WriteString("| rule | status | when |\n| --- | --- | --- |\n")
	seen := map[string]bool{}
	for row := range openapi.Embedded().Behaviours() {
		if row.Status < 400 || seen[row.ID] {
			continue
		}
		seen[row.ID] = true
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", row.ID, row.Status, cell(row.Case))
	}
	return b.String()
}

const referenceTenant = `version: 1
users:
  - { id: 48d31887-5fad-4d73-a9f5-3c356e68a038, userPrincipalName: user@contoso.com, displayName: Contoso User }
apps:
  - { id: 7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a, displayName: Contoso Trails }
`

const referenceScenario = `{"version": 1, "name": "busy", "rules": [{"id": "all", ` +
	`"when": {"request": "GET /me/activities"}, "reply": {"throttle": {"retryAfter": "2s"}}}]}`

// endpoints of the control surface, in the order in which they are asked.
var controlEndpoints = []struct{ method, path, body, meaning string }{
	{"GET", "/health", "", "Reports whether the server runs, and what time it is by its clock."},
	{"GET", "/requests", "", "Returns the requests that are kept, oldest first, without headers and bodies. Filters, as " +
		"query parameters: `operation` (an operationId), `status`, `violations` (`true` or `false`), `after` (an id) and " +
		"`limit` (1 to 10,000; 1,000 by default)."},
	{"GET", "/requests/{id}", "", "Returns one request with headers and bodies, without credentials."},
	{"GET", "/har", "", "Returns all requests that are kept as an HTTP Archive, HAR 1.2, without credentials."},
	{"GET", "/events", "", "Streams requests as server-sent events while they come; the data of each is an element of " +
		"`/requests`. `Last-Event-ID: N` also brings those after the one with the id N."},
	{"GET", "/verdict", "", "Returns what came of all requests since the start; `summary` says it in one line. " +
		"`coverage` lists the operations that were called and the points that were touched, and counts the others as `leftOut`; " +
		"with `?coverage=all` it lists all, which can be many thousand lines. `percent` is that of all in both."},
	{"GET", "/permissions", "", "Returns the least privileged permissions that the requests needed, and what their tokens had " +
		"beyond them: `permissions` of the verdict."},
	{"POST", "/scenarios", referenceScenario, "Plays a scenario, JSON or YAML, until the next reset; returns what is played."},
	{"GET", "/scenarios", "", "Returns the scenarios that are played, with the state of each rule."},
	{"DELETE", "/scenarios/{name}", "", "Stops a scenario until the next reset; returns what is still played."},
	{"GET", "/tenants", "", "Returns the tenants that there are. A token's `tid` names its tenant; each has state, requests, " +
		"verdict, scenarios and clock of its own. Every endpoint takes `?tenant=ID`; without it the default tenant is meant. " +
		"What changes something begins a tenant that is not there."},
	{"DELETE", "/tenants/{id}", "", "Forgets a tenant with all that it has; returns those that are left."},
	{"POST", "/clock/advance", `{"by": "10m"}`, "Moves the clock ahead, by 90s, 10m or 1h30m; returns the health."},
	{"GET", "/state", "", "Returns the tenant as a fixtures document."},
	{"PUT", "/state", `{"version": 1, "users": [{"id": "6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7a01", ` +
		`"userPrincipalName": "adele@contoso.com"}]}`,
		"Replaces the tenant by a fixtures document, JSON or YAML; returns it with ids and times filled in."},
	{"POST", "/reset", "", "Brings back tenant, clock, scenarios, requests and verdict of the start; returns the health."},
}

func endpointsReference(t *testing.T) string {
	tenant, err := fixtures.Parse("tenant.yaml", []byte(referenceTenant), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Fixtures: tenant, Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	const otherTenant = "0f1e2d3c-4b5a-4968-8776-655443322110"
	ask(t, "POST", origin+"/_graphmock/reset?tenant="+otherTenant, "")
	ask(t, "POST", origin+"/v1.0/me/todo/lists", `{"displayNam": "Trails"}`)
	var b strings.Builder
	creator := regexp.MustCompile(`("name":\s*"graphmock",\s*"version":\s*")[^"]*`)
	for _, e := range controlEndpoints {
		fmt.Fprintf(&b, "### %s /_graphmock%s\n\n%s\n\n", e.method, e.path, e.meaning)
		if e.body != "" {
			fmt.Fprintf(&b, "```json\n%s\n```\n\n", e.body)
		}
		if e.path == "/events" {
			continue // it does not end; its data are elements of /requests
		}
		path := strings.NewReplacer("/tenants/{id}", "/tenants/"+otherTenant, "{id}", "1", "{name}", "busy").Replace(e.path)
		answer := ask(t, e.method, origin+"/_graphmock"+path, e.body)
		answer = strings.ReplaceAll(answer, strings.TrimPrefix(origin, "http://"), "127.0.0.1:8080")
		answer = creator.ReplaceAllString(answer, "${1}v1.0.0") // what is known of it, the build decides
		fmt.Fprintf(&b, "```json\n%s\n```\n\n", shortened(t, answer))
	}
	for path := range strings.SplitSeq(strings.TrimSuffix(cutAfter(ask(t, "GET", origin+"/_graphmock/x", ""), "there are: "),
		"\"\n}\n"), ", ") {
		if !strings.Contains(b.String(), " "+path+"\n") {
			t.Errorf("controlEndpoints lacks %s", path)
		}
	}
	return b.String()
}

func cutAfter(text, before string) string {
	_, after, _ := strings.Cut(text, before)
	return after
}

func ask(t *testing.T, method, url, body string) string {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"User-Agent": {"test"}, "Authorization": {"Bearer any-token"}}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shortened indents JSON and leaves of each list the first element.
func shortened(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := writeShort(&b, d, true); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	return indented.String()
}

// writeShort writes the next value of a decoder, if it is wanted.
func writeShort(w *bytes.Buffer, d *json.Decoder, wanted bool) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	write := func(text string) {
		if wanted {
			w.WriteString(text)
		}
	}
	delim, ok := token.(json.Delim)
	if !ok {
		text, err := json.Marshal(token)
		write(string(text))
		return err
	}
	write(delim.String())
	for n := 0; d.More(); n++ {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if n > 0 {
				write(",")
			}
			text, err := json.Marshal(name)
			if err != nil {
				return err
			}
			write(string(text) + ":")
		}
		if err := writeShort(w, d, wanted && (delim == '{' || n == 0)); err != nil {
			return err
		}
	}
	end, err := d.Token()
	write(fmt.Sprint(end))
	return err
}

// TestReferenceHasAllNames finds the names in the code, as they are declared there, and
// wants each in REFERENCE.md.
func TestReferenceHasAllNames(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	for what, kind := range map[string]struct {
		pattern string
		least   int
	}{
		"extension":            {`"(x-graphmock-[a-z-]+)"`, 15},
		"environment variable": {`(?:Getenv|LookupEnv)\("(\w+)"\)|"(GRAPHMOCK_[A-Z_]+)[="]`, 7},
		"response header":      {`"(Graphmock-[A-Za-z-]+)"`, 3},
		"rule":                 {`(?m)^\s*(?:r|R)ule[A-Z]\w*\s*=\s*"([\w-]+)"|\bRule:\s*"([\w-]+)"`, 60},
	} {
		found := namesInCode(t, kind.pattern)
		if len(found) < kind.least {
			t.Errorf("found %d names of %ss in the code: %s", len(found), what, strings.Join(found, ", "))
		}
		for _, name := range found {
			shown := "`" + name + "`"
			if what == "rule" && strings.HasSuffix(name, "-") {
				continue // what follows is another name
			}
			if what == "rule" && !strings.Contains(string(data), shown) {
				shown = "`body-" + name + "`" // of jsontext, which knows no bodies
			}
			if !strings.Contains(string(data), shown) {
				t.Errorf("REFERENCE.md lacks the %s %s", what, name)
			}
		}
	}
}

// namesInCode returns what the groups of a pattern match in the code of the product.
func namesInCode(t *testing.T, pattern string) (names []string) {
	t.Helper()
	p, comments := regexp.MustCompile(pattern), regexp.MustCompile(`(?m)^\s*//.*$`)
	for _, root := range []string{"../../../openapi", "../../../scenarios", "../../../fixtures", "../.."} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() == "testdata" && d.IsDir() {
				return cmp.Or(err, fs.SkipDir)
			}
			if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return nil
			}
			data, err := os.ReadFile(file)
			code := comments.ReplaceAllString(string(data), "")
			for _, match := range p.FindAllStringSubmatch(code, -1) {
				for _, name := range match[1:] {
					if name != "" && !slices.Contains(names, name) {
						names = append(names, name)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
