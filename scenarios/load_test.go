package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
)

func TestFolderIsReadInOrder(t *testing.T) {
	t.Parallel()
	file := &fstest.MapFile{Data: []byte("version: 1\nrules: [{ when: {}, reply: forbidden }]\n")}
	loaded, err := Load(fstest.MapFS{
		"b.yaml": file, "a/z.yml": file, "a/.hidden.yaml": file, ".git/c.yaml": file, "a/body.json": file,
		"README.md": file,
	}, ".", openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range loaded {
		got = append(got, s.File+" "+s.Name)
	}
	if want := []string{"a/z.yml z", "b.yaml b"}; !slices.Equal(got, want) {
		t.Errorf("loaded %q, want %q", got, want)
	}
}

func TestNamesAreTakenOnce(t *testing.T) {
	t.Parallel()
	file := &fstest.MapFile{Data: []byte("version: 1\nname: same\nrules: [{ when: {}, reply: forbidden }]\n")}
	_, err := Load(fstest.MapFS{"a.yaml": file, "b.yaml": file}, ".", openapi.Embedded())
	if err == nil || err.Error() != `b.yaml:2:7: the name "same" is taken (by a.yaml)` {
		t.Errorf("got %v", err)
	}
}

func TestProblemsOfAllFilesComeInOneGo(t *testing.T) {
	t.Parallel()
	_, err := Load(fstest.MapFS{
		"a.yaml": {Data: []byte("version: 1\nrules: [{ when: {}, reply: forbiden }]\n")},
		"b.yaml": {Data: []byte("version: 1\nrules: [{ when: {}, repli: forbidden }]\n")},
		"c.yaml": {Data: []byte("version: 1\nrules: [{ when: {}, reply: forbidden }]\n")},
	}, ".", openapi.Embedded())
	var problems document.Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Errorf("got %v", err)
	}
	if _, err := Load(fstest.MapFS{}, ".", openapi.Embedded()); err == nil {
		t.Error("an empty folder loads")
	}
}

func TestJSONIsAScenario(t *testing.T) {
	t.Parallel()
	s, err := Parse("upload",
		[]byte(`{"$schema": "x", "version": 1, "name": "json", "summary": "S.", "fixtures": ["contoso"],
		"rules": [{"id": "a", "when": {}, "reply": ["forbidden", {"from": "service"}], "after": "pass"}],
		"expect": {"unused": 1}}`), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "json" || s.Summary != "S." || !slices.Equal(s.Fixtures, []string{"contoso"}) || s.File != "upload" ||
		!slices.Equal(s.Rules(), []string{"a"}) || *s.Expect.Unused != 1 || s.Expect.RetryAfter {
		t.Errorf("got %+v", s)
	}
}

func TestUploadsNameNoFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../secret.yaml", "/etc/passwd", "state.yaml"} {
		_, err := Parse("upload",
			[]byte(`{"version": 1, "fixtures": ["`+name+`"], "rules": [{"when": {}, "reply": "forbidden"}]}`),
			openapi.Embedded())
		if err == nil || !strings.Contains(err.Error(), "can't name files") {
			t.Errorf("fixtures %s: %v", name, err)
		}
	}
}

func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for i := range 10 {
		files[fmt.Sprintf("%d.yaml", i)] =
			&fstest.MapFile{Data: []byte("version: 1\nrules: [{ when: {}, reply: forbidden }]\n")}
	}
	var told []int
	l := Loader{Progress: func(done, total int) {
		if total != 10 {
			t.Errorf("total %d", total)
		}
		told = append(told, done)
	}}
	if _, err := l.Load(files, "."); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		t.Errorf("told %v", told)
	}
}

// manyFiles has files of 20 rules each, with bodies, matchers and expressions.
func manyFiles(n int) fstest.MapFS {
	files := fstest.MapFS{}
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "version: 1\nname: s%d\nrules:\n", i)
		for j := range 20 {
			fmt.Fprintf(&b, `  - id: r%d
    when:
      request: %s
      path: { activity-id: "%d" }
      body: { /userTimezone: { oneOf: [Africa/Casablanca, Europe/Paris] } }
    reply:
      - throttle: { retryAfter: 2s }
      - status: 201
        body: { startedDateTime: "2018-02-26T20:54:04Z", userTimezone: "${request.body.userTimezone}" }
      - from: service
    after: pass
`, j, upsertPattern, j)
		}
		files[fmt.Sprintf("s%04d.yaml", i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return files
}

// BenchmarkLoadThousandFiles is to stay under two seconds.
func BenchmarkLoadThousandFiles(b *testing.B) {
	files := manyFiles(1000)
	for b.Loop() {
		if _, err := Load(files, ".", openapi.Embedded()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestATieIsReportedWithTheFirstRule has rules whose conditions are of different
// subjects, and which tie all the same.
func TestATieIsReportedWithTheFirstRule(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("version: 1\nname: ties\nrules:\n")
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		fmt.Fprintf(&text,
			"  - { id: %s, when: { request: GET /me/activities, headers: { x-%[1]s: \"1\" } }, reply: forbidden }\n",
			id)
	}
	for range 10 {
		_, err := Parse("ties.yaml", []byte(text.String()), nil)
		var problems document.Problems
		if !errors.As(err, &problems) || len(problems) != 4 {
			t.Fatalf("got %v", err)
		}
		for _, p := range problems {
			if !strings.Contains(p.Message, `ties with rule "a"`) || !strings.Contains(p.Hint, "on line 4") {
				t.Errorf("got %v", p)
			}
		}
	}
}
