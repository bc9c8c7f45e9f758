//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// TestWatchSeesWhatNoEventNames replaces folders, links and files. The watch is only told
// to look: a system reports the folder or the link at best.
func TestWatchSeesWhatNoEventNames(t *testing.T) {
	t.Parallel()
	const forbidden = "version: 1\nrules: [{ when: { request: GET /me/activities }, reply: forbidden }]\n"
	const withBody = "version: 1\nrules: [{ when: { request: GET /me/activities }, reply: { status: 400, bodyFile: " +
		"bodies/a.json, offContract: true } }]\n"
	const api = "openapi: 3.0.3\ninfo: { title: A, version: '1' }\npaths: {}\n"
	for name, test := range map[string]struct {
		flags  configFlags
		files  map[string]string
		links  map[string]string // name -> target
		change []string          // "mv a b", "ln target name"; "ln" replaces what is there in one step
		want   []string          // lines of the log; relative to the folder
	}{
		"a folder": {configFlags{scenarios: []string{"play"}},
			map[string]string{"play/a.yaml": forbidden, "new/a.yaml": withBody, "new/bodies/a.json": "{}"}, nil,
			[]string{"mv play old", "mv new play"},
			[]string{"graphmock: play/a.yaml is played from now on"}},
		"a folder of one file": {configFlags{scenarios: []string{"play/a.yaml"}},
			map[string]string{"play/a.yaml": forbidden, "new/a.yaml": withBody, "new/bodies/a.json": "{}"}, nil,
			[]string{"mv play old", "mv new play"},
			[]string{"graphmock: play/a.yaml is played from now on"}},
		"the link of a mounted volume": {configFlags{scenarios: []string{"play"}},
			map[string]string{"play/..1/a.yaml": forbidden, "play/..2/a.yaml": withBody, "play/..2/bodies/a.json": "{}"},
			map[string]string{"play/..data": "..1", "play/a.yaml": "..data/a.yaml", "play/bodies": "..data/bodies"},
			[]string{"ln ..2 play/..data"},
			[]string{"graphmock: play/a.yaml is played from now on"}},
		"the folder of a body": {configFlags{scenarios: []string{"play/a.yaml"}},
			map[string]string{"play/a.yaml": withBody, "play/bodies/a.json": "{}", "new/a.json": "{}"}, nil,
			[]string{"mv play/bodies old", "mv new play/bodies"},
			[]string{"graphmock: play/a.yaml is played from now on"}},
		"nothing that is played": {configFlags{scenarios: []string{"play/a.yaml"}},
			map[string]string{"play/a.yaml": forbidden, "new/b.yaml": forbidden}, nil,
			[]string{"mv new/b.yaml play/b.yaml"}, nil},
		"fixtures": {configFlags{fixtures: []string{"contoso", "tenant.yaml"}},
			map[string]string{"tenant.yaml": "version: 1\n", "new.yaml": "version: 1\nusers: []\n"}, nil,
			[]string{"mv new.yaml tenant.yaml"},
			[]string{"graphmock: tenant.yaml has changed; the sandbox goes on with what it said, and starts from the new " +
				"--fixtures tenant.yaml after a restart"}},
		"a file more in a folder of fixtures": {configFlags{fixtures: []string{"tenant"}},
			map[string]string{"tenant/a.yaml": "version: 1\n", "new.yaml": "version: 1\n"}, nil,
			[]string{"mv new.yaml tenant/b.yaml"},
			[]string{"graphmock: tenant/b.yaml has changed; the sandbox goes on with what it said, and starts from the new " +
				"--fixtures tenant after a restart"}},
		"what a spec refers to": {configFlags{contractFlags: contractFlags{specs: []string{"api.yaml"}}},
			map[string]string{"api.yaml": api + "components: { schemas: { A: { $ref: parts/b.yaml } } }\n",
				"parts/b.yaml": "properties: { c: { $ref: c.yaml#/c } }\n", "parts/c.yaml": "c: {}\n", "new.yaml": "c: {}\n"}, nil,
			[]string{"mv new.yaml parts/c.yaml"},
			[]string{"graphmock: parts/c.yaml has changed; the sandbox goes on with what it said, and starts from the new " +
				"--spec api.yaml after a restart"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			at := func(name string) string { return filepath.Join(folder, filepath.FromSlash(name)) }
			for file, text := range test.files {
				do(t, os.MkdirAll(filepath.Dir(at(file)), 0o700))
				do(t, os.WriteFile(at(file), []byte(text), 0o600))
			}
			for file, target := range test.links {
				do(t, os.Symlink(target, at(file)))
			}
			for _, names := range [][]string{test.flags.scenarios, test.flags.fixtures, test.flags.specs} {
				for i, name := range names {
					if name != "contoso" {
						names[i] = at(name)
					}
				}
			}
			w, err := newWatch(test.flags)
			do(t, err)
			defer w.notify.Close()
			s, err := server.New(server.Config{})
			do(t, err)
			defer s.Close()
			var log strings.Builder
			w.server, w.report, w.loader = s, &log, scenarios.Loader{Contract: s.Contract()}
			w.update(nil)
			if log.Len() > 0 {
				t.Errorf("nothing has changed, but it says %s", &log)
			}
			for _, line := range test.change {
				words := strings.Fields(line)
				if words[0] == "ln" {
					do(t, os.Symlink(words[1], at("link")))
					words[1] = "link"
				}
				do(t, os.Rename(at(words[1]), at(words[2])))
			}
			w.update(nil)
			w.update(nil) // once is enough
			got := strings.ReplaceAll(log.String(), filepath.ToSlash(folder)+"/", "")
			if want := strings.Join(append(test.want, ""), "\n"); got != want {
				t.Errorf("it says %s, want %s", got, want)
			}
		})
	}
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
