package document

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func parse(t *testing.T, text string) *Node {
	t.Helper()
	n, problems := Parse("f.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return n
}

func TestPointersLeadAsFarAsTheyCan(t *testing.T) {
	t.Parallel()
	n := parse(t, "a:\n  - b\n  - [c, d]\n'': e\n'0': f\nx/y~z: g\n")
	for pointer, want := range map[string]string{
		"/a/0": "b", "/a/1/0": "c", "/a/1/1": "d", "/0": "f", "/x~1y~0z": "g", "/a/0/deeper": "b",
		"/x~1y~0z/0": "g", "/": "e",
	} {
		if got := n.At(pointer).Text(); got != want {
			t.Errorf("%s is %q, want %q", pointer, got, want)
		}
	}
	list := n.Get("a")
	for _, pointer := range []string{"/2", "/-1", "/-", "/00", "/01", "/+1", "/1x", "/99999999999999999999", "/b"} {
		if got := list.At(pointer); got != list {
			t.Errorf("%s is at %d:%d, not the list", pointer, got.Line(), got.Column())
		}
	}
}

func TestExpectReportsAnotherKind(t *testing.T) {
	t.Parallel()
	n := parse(t, "mapping: {}\nlist: []\ntext: a\n")
	kinds := map[string]Kind{"mapping": Mapping, "list": Sequence, "text": Scalar}
	names := map[Kind]string{Mapping: "a mapping", Sequence: "a list", Scalar: "a single value"}
	for name, kind := range kinds {
		value := n.Get(name)
		for _, expected := range kinds {
			want := ""
			if kind != expected {
				want = fmt.Sprintf("f.yaml:%d:%d: expected %s, not %s", value.Line(), value.Column(), names[expected], names[kind])
			}
			if got := value.Expect(expected).Error(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
	if problems := n.Get("nothing").Expect(Mapping); problems != nil {
		t.Errorf("a missing value: %v", problems)
	}
}

func TestRejectedValuesAreNotReportedAgain(t *testing.T) {
	t.Parallel()
	n, problems := Parse("f.yaml", []byte("a: &x b\nc: *x\n"))
	if len(problems) != 2 {
		t.Fatal(problems)
	}
	rejected := n.Get("c")
	if rejected.Kind() != Rejected || rejected.Kind().String() != "a rejected value" || rejected.Line() != 2 {
		t.Errorf("got %v on line %d", rejected.Kind(), rejected.Line())
	}
	if again := append(rejected.Expect(Mapping), rejected.Only("a")...); len(again) > 0 {
		t.Error(again)
	}
	if v, again := rejected.Value(nil); v != nil || len(again) > 0 {
		t.Errorf("got %v, %v", v, again)
	}
}

func TestOnlyNamesFewPossibleKeys(t *testing.T) {
	t.Parallel()
	n := parse(t, "zzz: a\n")
	var known []string
	for i := range 13 {
		known = append(known, fmt.Sprintf("known%d", i))
	}
	if got, want := n.Only(known[:12]...).Error(), "f.yaml:1:1: unknown key \"zzz\" (possible here: "+
		strings.Join(known[:12], ", ")+")"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := n.Only(known...).Error(); got != `f.yaml:1:1: unknown key "zzz"` {
		t.Errorf("got %s", got)
	}
	if problems := n.Only("zzz"); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestProblemsOfOneLookAreBounded(t *testing.T) {
	t.Parallel()
	var keys, hazards, twice strings.Builder
	for i := range maxProblems + 50 {
		fmt.Fprintf(&keys, "k%d: a\n", i)
		hazards.WriteString("- yes\n")
		twice.WriteString("a: b\n")
	}
	if got := parse(t, keys.String()).Only("x"); len(got) != maxProblems {
		t.Errorf("%d unknown keys", len(got))
	}
	if _, got := parse(t, hazards.String()).Value(nil); len(got) != maxProblems || got[maxProblems-1].Line != maxProblems {
		t.Errorf("%d hazards", len(got))
	}
	if _, got := Parse("f.yaml", []byte(twice.String())); len(got) != maxProblems {
		t.Errorf("%d keys that appear twice", len(got))
	}
}

func TestSizesAtTheirBounds(t *testing.T) {
	t.Parallel()
	padded := func(size int) []byte { return []byte("a: b\n" + strings.Repeat("#", size-5)) }
	if _, problems := Parse("f.yaml", padded(MaxSize)); len(problems) > 0 {
		t.Errorf("as large as possible: %v", problems)
	}
	const want = "f.yaml:1:1: the file is larger than 1024 KiB (split it)"
	if _, problems := Parse("f.yaml", padded(MaxSize+1)); problems.Error() != want {
		t.Errorf("got %v", problems)
	}
	fsys := fstest.MapFS{"f.yaml": {Data: padded(MaxSize + 1000)}}
	if _, problems := Load(fsys, "f.yaml"); problems.Error() != want {
		t.Errorf("loaded: %v", problems)
	}
	for _, levels := range []string{strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth),
		strings.Repeat("- ", MaxDepth) + "a"} {
		if _, problems := Parse("f.yaml", []byte(levels)); len(problems) > 0 {
			t.Errorf("as deep as possible: %v", problems)
		}
	}
}

func TestLongTextsAreCutInMessages(t *testing.T) {
	t.Parallel()
	number := "0" + strings.Repeat("1", 100)
	_, problems := parse(t, "a: "+number+"\n").Value(nil)
	want := `f.yaml:1:4: ` + number[:40] + `... is not a number as JSON writes it (quote it: "` + number[:60] +
		`...", or write ` + number[1:] + `)`
	if got := problems.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	key := "x" + strings.Repeat("é", 100)
	got := parse(t, key+": 1\n").Only("a").Error()
	if want := `unknown key "x` + strings.Repeat("é", 29) + `..."`; !strings.Contains(got, want) {
		t.Errorf("got %s, want in it %s", got, want)
	}
}

// TestEachHazardFollowsTheContract reads a plain scalar where nothing is known of it,
// where a text is wanted, and in quotes.
func TestEachHazardFollowsTheContract(t *testing.T) {
	t.Parallel()
	text := func(string) string { return "string" }
	for scalar, want := range map[string]string{
		"0123": "is not a number as JSON writes it", "-08": "is not a number as JSON writes it",
		"+1": "is not a number as JSON writes it", "0x1F": "is not a number as JSON writes it",
		"0o17": "is not a number as JSON writes it", "1_000": "is not a number as JSON writes it",
		".5": "is not a number as JSON writes it", ".inf": "is not a number as JSON writes it",
		"-.Inf": "is not a number as JSON writes it", ".nan": "is not a number as JSON writes it",
		"1e1000000":  "is out of bounds for a number",
		"2018-02-26": "may be a date or a text", "2018-02-26 10:00:00": "may be a date or a text",
		"yes": "may be a boolean or a text", "No": "may be a boolean or a text", "ON": "may be a boolean or a text",
		"off": "may be a boolean or a text", "TRUE": "may be a boolean or a text", "False": "may be a boolean or a text",
	} {
		n := parse(t, scalar)
		v, problems := n.Value(nil)
		if len(problems) != 1 || v != nil || problems[0].Message != scalar+" "+want ||
			!strings.HasPrefix(problems[0].Hint, `quote it: "`+scalar+`"`) {
			t.Errorf("%s: got %v, %v", scalar, v, problems)
		}
		if v, problems := n.Value(text); v != scalar || len(problems) > 0 {
			t.Errorf("%s as a text: got %v, %v", scalar, v, problems)
		}
		for _, quote := range []string{"'", `"`} {
			if v, problems := parse(t, quote+scalar+quote).Value(nil); v != scalar || len(problems) > 0 {
				t.Errorf("%s in quotes: got %v, %v", scalar, v, problems)
			}
		}
	}
	for _, scalar := range []string{"~", "Null", "NULL"} {
		if _, problems := parse(t, scalar).Value(text); len(problems) != 1 ||
			problems[0].Message != scalar+" may be null or a text" {
			t.Errorf("%s as a text: %v", scalar, problems)
		}
	}
}

func TestTypesAreAskedForByPointer(t *testing.T) {
	t.Parallel()
	var asked []string
	parse(t, "a/b: [x, {c~: y}]\nquoted: 'z'\nd: {}\n").Value(func(pointer string) string {
		asked = append(asked, pointer)
		return ""
	})
	slices.Sort(asked)
	if want := []string{"/a~1b/0", "/a~1b/1/c~0"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

func TestErrIsSortedAndHasEachProblemOnce(t *testing.T) {
	t.Parallel()
	a := Problem{File: "a", Line: 2, Column: 1, Message: "m"}
	b := Problem{File: "a", Line: 1, Column: 9, Message: "m"}
	c := Problem{File: "a", Line: 1, Column: 2, Message: "z"}
	d := Problem{File: "a", Line: 1, Column: 2, Message: "a", Hint: "h"}
	e := Problem{File: "Z", Message: "m"}
	given := Problems{a, b, c, d, c, e, a}
	var got Problems
	if !errors.As(given.Err(), &got) || !reflect.DeepEqual(got, Problems{e, c, d, c, b, a}) {
		t.Errorf("got %v", got)
	}
	if given[0] != a {
		t.Error("the problems themselves are sorted")
	}
	if err := (Problems{}).Err(); err != nil {
		t.Errorf("no problems are %v", err)
	}
	if got, want := (Problems{e, d}).Error(), "Z: m\na:1:2: a (h)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if moved := given.In("x"); moved[0].File != "x/a" || given[0].File != "a" {
		t.Errorf("got %v, and %v stays", moved[0], given[0])
	}
}

func TestItemsAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	n := parse(t, "[a, b]")
	n.Items()[0] = nil
	if got := n.Items()[0].Text(); got != "a" {
		t.Errorf("got %q", got)
	}
}

func TestMembersCanBeLeftEarly(t *testing.T) {
	t.Parallel()
	var keys []string
	for key := range parse(t, "b: 1\na: 2\nc: 3\n").Members() {
		if keys = append(keys, key.Text()); key.Text() == "a" {
			break
		}
	}
	if !slices.Equal(keys, []string{"b", "a"}) {
		t.Errorf("got %q", keys)
	}
}

// entry is a folder's entry of some type.
type entry fs.FileMode

func (entry) Name() string               { return "a.yaml" }
func (e entry) IsDir() bool              { return fs.FileMode(e).IsDir() }
func (e entry) Type() fs.FileMode        { return fs.FileMode(e).Type() }
func (entry) Info() (fs.FileInfo, error) { return nil, fs.ErrNotExist }

func TestOnlyWhatEndsIsListable(t *testing.T) {
	t.Parallel()
	for mode, want := range map[fs.FileMode]bool{
		0: true, 0o600: true, fs.ModeSymlink: true, fs.ModeDir: false, fs.ModeNamedPipe: false, fs.ModeSocket: false,
		fs.ModeDevice: false, fs.ModeDevice | fs.ModeCharDevice: false, fs.ModeIrregular: false,
	} {
		if got := Listable(entry(mode)); got != want {
			t.Errorf("%v: got %v", mode, got)
		}
	}
}
