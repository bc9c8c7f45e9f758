package document

import (
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// problemsOf are the lines that Parse and Value report together.
func problemsOf(data string) []string {
	n, problems := Parse("f.yaml", []byte(data))
	if n != nil {
		_, more := n.Value(nil)
		problems = append(problems, more...)
	}
	var lines []string
	for _, p := range problems.sorted() {
		lines = append(lines, p.Error())
	}
	return lines
}

func TestProblemsNameThePlaceAndWhatHelps(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file string
		want []string
	}{
		"duplicate key": {"a: 1\nb: 2\na: 3\n", []string{
			`f.yaml:3:1: key "a" appears twice (first on line 1)`}},
		"duplicate key in JSON": {`{"a": {"b": 1, "b": 2}}`, []string{
			`f.yaml:1:16: key "b" appears twice (first on line 1)`}},
		"tags": {"a: !!str 1\nb: !custom {c: d}\ne: ! f\n", []string{
			`f.yaml:1:4: tags are not allowed (leave out "!!str", or quote a text that begins with '!')`,
			`f.yaml:2:4: tags are not allowed (leave out "!custom", or quote a text that begins with '!')`,
			`f.yaml:3:4: tags are not allowed (leave out "!", or quote a text that begins with '!')`}},
		"anchor, alias and merge key": {"a: &x {b: c}\nd: *x\n<<: *x\n", []string{
			`f.yaml:1:4: anchors are not allowed (leave out "&x", or quote a text that begins with '&')`,
			`f.yaml:2:4: aliases are not allowed (write the value out, or quote a text that begins with '*')`,
			`f.yaml:3:1: merge keys are not allowed (write the members out)`}},
		"two documents": {"a: b\n---\nc: d\n", []string{
			`f.yaml:2:1: more than one document (put each into a file of its own)`}},
		"no document": {"# nothing\n", []string{
			`f.yaml:1:1: the file is empty`}},
		"keys that are not strings": {"1: a\ntrue: b\nnull: c\n2018-01-01: d\n: e\n? [f]\n: g\n", []string{
			`f.yaml:1:1: the key 1 is not a string (quote it: "1")`,
			`f.yaml:2:1: the key true is not a string (quote it: "true")`,
			`f.yaml:3:1: the key null is not a string (quote it: "null")`,
			`f.yaml:4:1: the key 2018-01-01 is not a string (quote it: "2018-01-01")`,
			`f.yaml:5:1: the key is missing`,
			`f.yaml:6:3: the key is not a string`}},
		"invalid UTF-8": {"a: b\nc: é\xff\n", []string{
			`f.yaml:2:5: byte 0xff is not valid UTF-8 (save the file as UTF-8)`}},
		"UTF-16": {"\xff\xfea\x00", []string{
			`f.yaml:1:1: byte 0xff is not valid UTF-8 (save the file as UTF-8)`}},
		"control character": {"a: b\x01\n", []string{
			`f.yaml:1:5: character U+0001 can't stand in YAML (write it in double quotes as "\u0001")`}},
		"line break that no editor shows": {"a: b\u2028c\n", []string{
			`f.yaml:1:5: character U+2028 can't stand in YAML (write it in double quotes as "\u2028")`}},
		"too large": {strings.Repeat("# padding\n", MaxSize/10+1), []string{
			`f.yaml:1:1: the file is larger than 1024 KiB (split it)`}},
		"too deep, flow": {strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), []string{
			`f.yaml:1:65: more than 64 levels of nesting`}},
		"too deep, block": {strings.Repeat("- ", MaxDepth+1) + "a", []string{
			`f.yaml:1:129: more than 64 levels of nesting`}},
		"too deep, mixed": {strings.Repeat("- ", 40) + strings.Repeat("[", 40) + strings.Repeat("]", 40), []string{
			`f.yaml:1:105: more than 64 levels of nesting`}},
		"characters that can't begin a value": {
			"@odata.type: x\na: @b # c\nd: [@e, `f]\ng: *.example.com\nh: *\ni: &\nj: %k\nl: >= 5\nm: |x\n", []string{
				`f.yaml:1:1: '@' can't begin a plain value (quote it: "@odata.type")`,
				`f.yaml:2:4: '@' can't begin a plain value (quote it: "@b")`,
				`f.yaml:3:5: '@' can't begin a plain value (quote it: "@e")`,
				"f.yaml:3:9: '`' can't begin a plain value (quote it: \"`f\")",
				`f.yaml:4:4: '*' can't begin a plain value (quote it: "*.example.com")`,
				`f.yaml:5:4: '*' can't begin a plain value (quote it: "*")`,
				`f.yaml:6:4: '&' can't begin a plain value (quote it: "&")`,
				`f.yaml:7:4: '%' can't begin a plain value (quote it: "%k")`,
				`f.yaml:8:4: '>' can't begin a plain value (quote it: ">= 5")`,
				`f.yaml:9:4: '|' can't begin a plain value (quote it: "|x")`}},
		"colon in a value": {"a: b: c\n", []string{
			`f.yaml:1:5: ':' can't stand here (quote a text that contains ": ", and check the indentation)`}},
		"tab": {"a:\n\t- b\n", []string{
			`f.yaml:2:1: a tab can't indent (use spaces)`}},
		"open quote": {"a: b\nc: 'd\ne: f\n", []string{
			`f.yaml:2:4: the quote is never closed`}},
		"text after a quote": {"a: 'it's'\n", []string{
			`f.yaml:1:8: a key is expected here (check the quotes and the indentation)`}},
		"open list": {"a: [1, 2\nb: c\n", []string{
			`f.yaml:2:2: ',' or ']' is expected here (the list opens at line 1, column 4)`}},
		"open mapping": {"a: {b: c\n", []string{
			`f.yaml:2:1: ',' or '}' is expected here (the mapping opens at line 1, column 4)`}},
		"braces in a plain text": {"a: { b: GET /users/{id}, c: d }\n", []string{
			`f.yaml:1:20: '{' can't stand inside a plain text here (quote the text, such as "GET /users/{id}")`}},
		"key without a colon": {"a: b\nc\nd: e\n", []string{
			`f.yaml:2:1: ':' is expected after a key (check the indentation, and quote a text of several lines)`}},
		"list within a line": {"a: - b\n", []string{
			`f.yaml:1:4: '-' can't stand here (begin a list on a line of its own, and quote a text that begins with ` +
				`'-')`}},
		"list that stops being one": {"- a\nb: c\n", []string{
			`f.yaml:2:1: '-' is expected here (check the quotes and the indentation)`}},
		"value after the value": {"\"a\"\nb: c\n", []string{
			`f.yaml:2:1: the end of the document is expected here (check the quotes and the indentation)`}},
		"escape": {`a: "C:\q"`, []string{
			`f.yaml:1:7: unknown escape sequence (double the backslash, or use single quotes)`}},
		"lone surrogate": {`{"a": "\ud83d"}`, []string{
			`f.yaml:1:10: the escape sequence is no character (write the character itself)`}},
		"swallowed by a comment": {"a: b\n\"@odata.type\":  #microsoft.graph.user \nc:\n  - #d\n", []string{
			`f.yaml:2:17: the value is missing: '#' begins a comment (quote it: "#microsoft.graph.user")`,
			`f.yaml:4:5: the value is missing: '#' begins a comment (quote it: "#d")`}},
		"numbers": {"a: 0123\nb: 0x1F\nc: 1_000\nd: +1\ne: .5\nf: 0o17\ng: -08\nh: .inf\ni: .NaN\nj: 1e1000000\n",
			[]string{`f.yaml:1:4: 0123 is not a number as JSON writes it (quote it: "0123", or write 123)`,
				`f.yaml:2:4: 0x1F is not a number as JSON writes it (quote it: "0x1F", or write 31)`,
				`f.yaml:3:4: 1_000 is not a number as JSON writes it (quote it: "1_000", or write 1000)`,
				`f.yaml:4:4: +1 is not a number as JSON writes it (quote it: "+1", or write 1)`,
				`f.yaml:5:4: .5 is not a number as JSON writes it (quote it: ".5")`,
				`f.yaml:6:4: 0o17 is not a number as JSON writes it (quote it: "0o17", or write 15)`,
				`f.yaml:7:4: -08 is not a number as JSON writes it (quote it: "-08", or write -8)`,
				`f.yaml:8:4: .inf is not a number as JSON writes it (quote it: ".inf")`,
				`f.yaml:9:4: .NaN is not a number as JSON writes it (quote it: ".NaN")`,
				`f.yaml:10:4: 1e1000000 is out of bounds for a number (quote it: "1e1000000")`}},
		"words": {"a: yes\nb: Off\nc: True\nd: ~\ne:\nf: 2018-02-26\ng: 2018-02-26T20:28:22.14Z\n", []string{
			`f.yaml:1:4: yes may be a boolean or a text (quote it: "yes", or write true)`,
			`f.yaml:2:4: Off may be a boolean or a text (quote it: "Off", or write false)`,
			`f.yaml:3:4: True may be a boolean or a text (quote it: "True", or write true)`,
			`f.yaml:4:4: ~ may be null or a text (quote it: "~", or write null)`,
			`f.yaml:5:3: the value is missing (write null, or "" for an empty text)`,
			`f.yaml:6:4: 2018-02-26 may be a date or a text (quote it: "2018-02-26")`,
			`f.yaml:7:4: 2018-02-26T20:28:22.14Z may be a date or a text (quote it: "2018-02-26T20:28:22.14Z")`}},
		"five at once": {"@a: b\nc: 010\nd: &e f\nd: g\nh: *i\n", []string{
			`f.yaml:1:1: '@' can't begin a plain value (quote it: "@a")`,
			`f.yaml:2:4: 010 is not a number as JSON writes it (quote it: "010", or write 10)`,
			`f.yaml:3:4: anchors are not allowed (leave out "&e", or quote a text that begins with '&')`,
			`f.yaml:4:1: key "d" appears twice (first on line 3)`,
			`f.yaml:5:4: '*' can't begin a plain value (quote it: "*i")`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := problemsOf(tt.file); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestPlainScalarsBecomeWhatTheContractWants(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0123", "1.0", "2018-02-26", "yes", "true", "12345678901234567890", "0x1F", ".inf",
		"1_000", "1e5"} {
		n, problems := Parse("f.yaml", []byte("a~b/c: [x, "+text+"]"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got, problems := n.Value(func(pointer string) string {
			if pointer == "/a~0b~1c/1" {
				return "string"
			}
			return ""
		})
		if want := map[string]any{"a~b/c": []any{"x", text}}; !reflect.DeepEqual(got, want) || len(problems) > 0 {
			t.Errorf("%s: got %v, problems %v", text, got, problems)
		}
	}
}

func TestNullStaysNullWhereAStringIsWanted(t *testing.T) {
	t.Parallel()
	n, _ := Parse("f.yaml", []byte("null"))
	if v, problems := n.Value(func(string) string { return "string" }); v != nil || len(problems) > 0 {
		t.Errorf("got %v, problems %v", v, problems)
	}
}

func TestUnambiguousScalarsNeedNoQuotes(t *testing.T) {
	t.Parallel()
	n, problems := Parse("f.yaml", []byte(`
a: [true, false, null, 0, -1, 1.50, 1e5, 12345678901234567890]
b: [2s, 12:30:45, 1.2.3, Africa/Casablanca, /trail?208, "#2e7d32", 'yes', 390e06e2-7e5b-4133-8014-fac7ac991af7, y]
c: |
  0123
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, problems := n.Value(nil)
	num := func(s string) json.Number { return json.Number(s) }
	want := map[string]any{
		"a": []any{true, false, nil, num("0"), num("-1"), num("1.50"), num("1e5"), num("12345678901234567890")},
		"b": []any{"2s", "12:30:45", "1.2.3", "Africa/Casablanca", "/trail?208", "#2e7d32", "yes",
			"390e06e2-7e5b-4133-8014-fac7ac991af7", "y"},
		"c": "0123\n",
	}
	if !reflect.DeepEqual(got, want) || len(problems) > 0 {
		t.Errorf("got  %#v\nwant %#v\n%v", got, want, problems)
	}
}

func TestJSONReadsAsJSON(t *testing.T) {
	t.Parallel()
	const text = "{\"a\" :\"\\ud83d\\ude00 \\u0041\\/\",\"b\":\"\\\\ud83d\\\\ude00\",\r\n" +
		"\"c\":\"\u2028\u0085\x7f\ufffe\",\t\"d\"\n:[1,-2.5e3,true,null,{}]}"
	n, problems := Parse("f.json", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, problems := n.Value(nil)
	want := map[string]any{
		"a": "😀 A/", "b": `\ud83d\ude00`, "c": "\u2028\u0085\x7f\ufffe",
		"d": []any{json.Number("1"), json.Number("-2.5e3"), true, nil, map[string]any{}},
	}
	if !reflect.DeepEqual(got, want) || len(problems) > 0 {
		t.Errorf("got  %#v\nwant %#v\n%v", got, want, problems)
	}
	if d := n.Get("b"); d.Line() != 1 || d.Column() != 35 {
		t.Errorf("b is at %d:%d, want 1:35", d.Line(), d.Column())
	}
	if d := n.Get("d"); d.Line() != 3 || d.Column() != 2 {
		t.Errorf("d is at %d:%d, want 3:2", d.Line(), d.Column())
	}
}

func TestNodesKnowTheirPlaces(t *testing.T) {
	t.Parallel()
	n, problems := Parse("f.yaml", []byte("é: ü\nlist:\n  - a/b: {c: d}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, tt := range []struct {
		pointer      string
		line, column int
	}{
		{"", 1, 1}, {"/é", 1, 4}, {"/list", 3, 3}, {"/list/0", 3, 5}, {"/list/0/a~1b", 3, 10},
		{"/list/0/a~1b/c", 3, 14}, {"/list/0/a~1b/c/d/e", 3, 14}, {"/list/7", 3, 3}, {"/nothing/x", 1, 1},
	} {
		if got := n.At(tt.pointer); got.Line() != tt.line || got.Column() != tt.column {
			t.Errorf("%q is at %d:%d, want %d:%d", tt.pointer, got.Line(), got.Column(), tt.line, tt.column)
		}
	}
	if key := n.At("/list").Key(); key.Text() != "list" || key.Line() != 2 {
		t.Errorf("got key %q on line %d", key.Text(), key.Line())
	}
}

func TestOnlySuggestsTheNearestKey(t *testing.T) {
	t.Parallel()
	n, _ := Parse("f.yaml", []byte("repli: a\nxyz: b\nwhen: c\n"))
	want := "f.yaml:1:1: unknown key \"repli\" (did you mean \"reply\"?)\nf.yaml:2:1: unknown key \"xyz\" (possible " +
		"here: reply, when)"
	if got := n.Only("reply", "when").Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := n.Get("when").Only("a").Error(); got != "f.yaml:3:7: expected a mapping, not a single value" {
		t.Error(got)
	}
}

func TestMissingNodesCanBeAsked(t *testing.T) {
	t.Parallel()
	var n *Node
	if n.Get("a").At("/b").Key().Text() != "" || n.Items() != nil || n.Kind() != Rejected || n.Line()+n.Column() != 0 ||
		n.File() != "" {
		t.Error("a missing node is not empty")
	}
	for range n.Members() {
		t.Error("a missing node has members")
	}
}

func TestLoadNamesTheFileOnce(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"a.yaml": {Data: []byte("a: b: c")}}
	_, problems := Load(fsys, "a.yaml")
	if got := problems.In("over/here").Error(); !strings.HasPrefix(got, "over/here/a.yaml:1:5: ") {
		t.Error(got)
	}
	_, problems = Load(fsys, "b.yaml")
	if got := problems.Error(); got != "b.yaml: file does not exist" {
		t.Error(got)
	}
}

func TestLongReportsAreCut(t *testing.T) {
	t.Parallel()
	lines := strings.Split(make(Problems, 1000).Error(), "\n")
	if last := lines[len(lines)-1]; len(lines) != 101 || last != "and 900 more" {
		t.Errorf("%d lines, the last %q", len(lines), last)
	}
}

// TestHostileFilesStayCheap bounds what a file of the same thing again and again
// allocates: a few thousand times nothing, for each byte of it.
func TestHostileFilesStayCheap(t *testing.T) {
	const size = MaxSize / 8
	for name, unit := range map[string]string{
		"values":     "a,",
		"hazards":    "~,",
		"mended":     "@,",
		"lines":      "\n,",
		"quotes":     "'',",
		"mappings":   "{},",
		"comments":   "#\n",
		"surrogates": `"\ud83d\ude00",`,
		"missing":    "? ,",
		"anchors":    "&a a,",
		"aliases":    "*a,",
		"tags":       "!a a,",
		"same keys":  "a: b,",
		"swallowed":  "a: #\n,",
	} {
		file := []byte("[" + strings.Repeat(unit, size/len(unit)) + "0]")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, _ := Parse("f.yaml", file)
		n.Value(nil)
		runtime.ReadMemStats(&after)
		if perByte := (after.TotalAlloc - before.TotalAlloc) / size; perByte > 6000 {
			t.Errorf("%s: %d bytes allocated for each of the file", name, perByte)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"version: 1\nusers:\n  - id: 48d31887-5fad-4d73-a9f5-3c356e68a038\n    userPrincipalName: user@contoso.com " +
			"# who\n",
		"rules:\n  - when: { request: PUT /me/activities/{activity-id}, headers: { a: { exists: true } } }\n    " +
			"reply:\n      - throttle: { retryAfter: 2s }\n        times: 2\n",
		"body: |\n  {\"error\": {}}\nother: >-\n  folded\n   text\n",
		`{"@odata.type":"#microsoft.graph.userActivity","a":"\ud83d\ude00","b":[1,2.5e3,null,true,{"c":""}]}`,
		"@odata.type: #microsoft.graph.user\na: 0123\nb: 2018-02-26\nc: yes\nd: ~\n",
		"a: &x [b]\n? *x\n: !!str c\n<<: *x\n---\n- 'it''s'\n",
		"\ufeffé: [@ü, `x, *y, {z: %}]\r\n",
		"%YAML 1.1\n---\na: b\n...\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, problems := Parse("f.yaml", data)
		if n == nil && len(problems) == 0 {
			t.Fatal("neither a value nor a problem")
		}
		v, more := n.Value(nil)
		for _, p := range append(problems, more...) {
			if p.Line < 1 || p.Column < 1 || p.Line > len(data)+1 || p.Column > len(data)+2 || p.Message == "" {
				t.Errorf("problem %+v", p)
			}
		}
		want, err := jsontext.Decode(data)
		if err == nil && (len(problems)+len(more) > 0 || !reflect.DeepEqual(v, want)) {
			t.Errorf("JSON read as %#v, not %#v; problems:\n%v", v, want, append(problems, more...))
		}
	})
}
