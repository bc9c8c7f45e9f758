package jsontext

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeReadsEveryKindOfValue(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		`null`:                        nil,
		` true `:                      true,
		"\r\n\tfalse\n":               false,
		`""`:                          "",
		`"a\"\\\/\b\f\n\r\t\u00e9"`:   "a\"\\/\b\f\n\r\té",
		`"\ud83d\ude00 \uD83D\uDE00"`: "😀 😀",
		`"\ufffd�"`:                   "\ufffd\ufffd",
		`"` + "\x7f\u2028" + `"`:      "\x7f\u2028",
		`0`:                           json.Number("0"),
		`-0`:                          json.Number("-0"),
		`-12.50e+07`:                  json.Number("-12.50e+07"),
		`1E400`:                       json.Number("1E400"),
		`1e0000400`:                   json.Number("1e0000400"),
		strings.Repeat("9", 64):       json.Number(strings.Repeat("9", 64)),
		`[]`:                          []any{},
		`[ ]`:                         []any{},
		`{ }`:                         map[string]any{},
		`[1,"2",[null]]`:              []any{json.Number("1"), "2", []any{nil}},
		`{"a":{"b":[]},"A":1,"":true}`: map[string]any{"a": map[string]any{"b": []any{}},
			"A": json.Number("1"), "": true},
		strings.Repeat("[", 64) + strings.Repeat("]", 64): nested(64),
	} {
		got, err := Decode([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", text, got, want)
		}
	}
}

// nested is n arrays, one in the other.
func nested(n int) any {
	v := []any{}
	for range n - 1 {
		v = []any{v}
	}
	return v
}

func TestDecodeSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, rule, pointer string
		line, column              int
	}{
		{"nothing", "", RuleEmpty, "", 1, 1},
		{"space only", " \n\t", RuleEmpty, "", 2, 2},

		{"second value", "{} {}", RuleTrailing, "", 1, 4},
		{"second value on a later line", "{}\n\n x", RuleTrailing, "", 3, 2},
		{"longer word", "nulll", RuleTrailing, "", 1, 5},
		{"number with leading zero", "01", RuleTrailing, "", 1, 2},
		{"NUL after the value", "1\x00", RuleTrailing, "", 1, 2},

		{"byte order mark", "\ufeff{}", RuleSyntax, "", 1, 1},
		{"byte order mark inside", "[\ufeff]", RuleSyntax, "/0", 1, 2},
		{"unknown word", "nul", RuleSyntax, "", 1, 1},
		{"upper-case word", "True", RuleSyntax, "", 1, 1},
		{"NaN", "NaN", RuleSyntax, "", 1, 1},
		{"single quotes", "{'a':1}", RuleSyntax, "", 1, 2},
		{"bare name", "{a:1}", RuleSyntax, "", 1, 2},
		{"comment", "/* */1", RuleSyntax, "", 1, 1},
		{"open object", `{"a":1`, RuleSyntax, "", 1, 7},
		{"open object after the name", `{"a"`, RuleSyntax, "", 1, 5},
		{"open object after the colon", `{"a":`, RuleSyntax, "/a", 1, 6},
		{"no colon", `{"a" 1}`, RuleSyntax, "", 1, 6},
		{"no comma", `{"a":1 "b":2}`, RuleSyntax, "", 1, 8},
		{"comma at the end of an object", `{"a":1,}`, RuleSyntax, "", 1, 8},
		{"comma at the end of an array", `[1,]`, RuleSyntax, "/1", 1, 4},
		{"comma at the start", `[,1]`, RuleSyntax, "/0", 1, 2},
		{"wrong bracket", `{"a":[1}`, RuleSyntax, "/a", 1, 8},
		{"open string", `{"a":"x`, RuleSyntax, "/a", 1, 8},
		{"open string after an escape", `"\n`, RuleSyntax, "", 1, 4},
		{"line break in a string", "\"a\nb\"", RuleSyntax, "", 1, 3},
		{"control character after an escape", "\"\\ta\x01\"", RuleSyntax, "", 1, 5},
		{"unknown escape", `"\x41"`, RuleSyntax, "", 1, 2},
		{"upper-case escape", `"\U0041"`, RuleSyntax, "", 1, 2},
		{"short escape", `"\u12"`, RuleSyntax, "", 1, 2},
		{"backslash at the end", `"\`, RuleSyntax, "", 1, 2},
		{"plus sign", "+1", RuleSyntax, "", 1, 1},
		{"minus sign alone", "-", RuleSyntax, "", 1, 2},
		{"no digit before the point", ".5", RuleSyntax, "", 1, 1},
		{"no digit after the point", "1.", RuleSyntax, "", 1, 3},
		{"no digit in the exponent", "1e+", RuleSyntax, "", 1, 4},
		{"non-breaking space", "\u00a01", RuleSyntax, "", 1, 1},

		{"same name", `{"a":1,"a":1}`, RuleDuplicateKey, "", 1, 8},
		{"same name, once escaped", `{"a":1,` + "\n" + ` "\u0061":2}`, RuleDuplicateKey, "", 2, 2},
		{"same name, deep down", `{"x~/y":[0,{"b":1,"b":2}]}`, RuleDuplicateKey, "/x~0~1y/1", 1, 19},

		{"stray byte", "\xff", RuleUTF8, "", 1, 1},
		{"Latin-1 in a string", "{\"a\":\"caf\xe9\"}", RuleUTF8, "/a", 1, 6},
		{"Latin-1 in a name", "{\"caf\xe9\":1}", RuleUTF8, "", 1, 2},
		{"Latin-1 after an escape", "\"\\ncaf\xe9\"", RuleUTF8, "", 1, 1},
		{"Latin-1 before an escape", "\"caf\xe9\\n\"", RuleUTF8, "", 1, 1},
		{"overlong slash", "\"\xc0\xaf\"", RuleUTF8, "", 1, 1},
		{"surrogate as UTF-8", "\"\xed\xa0\x80\"", RuleUTF8, "", 1, 1},
		{"beyond Unicode", "\"\xf4\x90\x80\x80\"", RuleUTF8, "", 1, 1},
		{"cut character", "\"\xe2\x82\"", RuleUTF8, "", 1, 1},
		{"high surrogate alone", `"a\ud83d"`, RuleUTF8, "", 1, 3},
		{"low surrogate alone", `"\ude00"`, RuleUTF8, "", 1, 2},
		{"surrogates in the wrong order", `"\ude00\ud83d"`, RuleUTF8, "", 1, 2},
		{"high surrogate before another escape", `"\ud83d\n"`, RuleUTF8, "", 1, 2},
		{"lone surrogate in a name", `{"\ud800":1}`, RuleUTF8, "", 1, 3},

		{"65 arrays", strings.Repeat("[", 65), RuleDepth, strings.Repeat("/0", 64), 1, 65},
		{"65 objects", strings.Repeat(`{"a":`, 65), RuleDepth, strings.Repeat("/a", 64), 1, 64*5 + 1},

		{"65 digits", "[" + strings.Repeat("9", 65) + "]", RuleNumber, "/0", 1, 2},
		{"exponent above the limit", `{"n":1e401}`, RuleNumber, "/n", 1, 6},
		{"negative exponent beyond the limit", "-1e-401", RuleNumber, "", 1, 1},
		{"exponent that takes jsonschema 50 ms", "1e1000000", RuleNumber, "", 1, 1},
		{"exponent that makes jsonschema panic", "1e2000000", RuleNumber, "", 1, 1},
		{"large exponent behind zeros", "1e0000002000000", RuleNumber, "", 1, 1},
		{"exponent beyond int64", "1e99999999999999999999", RuleNumber, "", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := Decode([]byte(tt.text))
			if err == nil {
				t.Fatalf("accepted as %#v", v)
			}
			if err.Rule != tt.rule || err.Pointer != tt.pointer || err.Line != tt.line || err.Column != tt.column {
				t.Errorf("got %s at %q %d:%d (%s), want %s at %q %d:%d",
					err.Rule, err.Pointer, err.Line, err.Column, err.Message, tt.rule, tt.pointer, tt.line, tt.column)
			}
			if v != nil {
				t.Errorf("the value beside the error is %#v", v)
			}
		})
	}
}

func TestSyntaxErrorsReadWell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{}\nx":             "2:1: unexpected text after the JSON value",
		`{"a":1,"a":2}`:     `1:8: member "a" appears twice`,
		`{"a":`:             "1:6: the JSON ends where a value is expected",
		`{"a";1}`:           `1:5: ';' found where ':' is expected`,
		"\ufeff1":           "1:1: byte order mark found where a value is expected",
		"[\"\x01\"]":        "1:3: control character 0x01 in a string must be escaped",
		`["\ud800"]`:        `1:3: lone surrogate \ud800 in a string`,
		"[\xfe]":            "1:2: byte 0xfe is not valid UTF-8",
		"1e" + nines(70):    `1:1: number "1e` + nines(58) + `"... is out of bounds`,
		"\"\\ud800\u202e\"": `1:2: lone surrogate \ud800 in a string`,
	} {
		_, err := Decode([]byte(text))
		if err == nil {
			t.Errorf("%s: accepted", text)
		} else if err.Error() != want {
			t.Errorf("%s:\n got %s\nwant %s", text, err, want)
		}
	}
}

func nines(n int) string { return strings.Repeat("9", n) }

// seedRequest is the request of Microsoft's page "Create or replace an
// activityHistoryItem".
const seedRequest = `{
    "startedDateTime": "2015-02-11T20:54:04.3457274+00:00",
    "userTimezone": "Africa/Casablanca",
    "lastActiveDateTime": "2015-02-11T20:54:04.3457274+00:00"
}`

// FuzzDecode holds Decode against encoding/json: it accepts nothing that
// encoding/json rejects, reads the same values, and calls nothing a syntax error
// that is none.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		seedRequest,
		`{"appActivityId":"/trail?208","visualElements":{"displayText":"\u00e9\ud83d\ude00",` +
			`"content":{"$schema":"x"}}}`,
		`{"error":{"code":"","innerError":{"date":"2018-02-26T20:28:22"}}}`,
		`[-0.5e-3,1E400,true,false,null,"",[[]],{"":{}}]`,
		`{"a":1,"\u0061":2}`, "\ufeff{}", `"\ud800"`, "\"\xff\"", `1e0000000999`, strings.Repeat("[", 70), `{} x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, syntax := Decode(data)
		if syntax != nil {
			checkSyntaxError(t, data, syntax)
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatalf("accepted, though encoding/json says %v", err)
		}
		if _, err := d.Token(); err != io.EOF {
			t.Fatalf("accepted, though encoding/json finds more after the value (%v)", err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, encoding/json reads %#v", got, want)
		}
	})
}

func checkSyntaxError(t *testing.T, data []byte, e *SyntaxError) {
	t.Helper()
	lines := bytes.Split(data, []byte("\n"))
	if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > len(lines[e.Line-1])+1 {
		t.Fatalf("%v: there is no such place", e)
	}
	switch e.Rule {
	case RuleDuplicateKey, RuleUTF8, RuleDepth, RuleNumber:
	default:
		if json.Valid(data) {
			t.Fatalf("%s: %v, though encoding/json takes it", e.Rule, e)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(seedRequest)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
