package jsontext

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendWritesEveryKindOfValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value any
		want  string
	}{
		{nil, `null`},
		{true, `true`},
		{false, `false`},
		{"", `""`},
		{"a <b> & c", `"a <b> & c"`},
		{"\"\\/\n\t\x00\x1f\x7f", `"\"\\/\n\u0009\u0000\u001f` + "\x7f" + `"`},
		{"é \u2028 😀", `"é` + " \u2028 " + `😀"`},
		{"\xff is \xc3", `"` + "\ufffd is \ufffd" + `"`},
		{json.Number("-12.50e+07"), `-12.50e+07`},
		{12, `12`},
		{[]any{}, `[]`},
		{[]any{nil, "a", []any{true}}, `[null,"a",[true]]`},
		{map[string]any{}, `{}`},
		{map[string]any{"b": nil, "a": map[string]any{"": "x"}}, `{"a":{"":"x"},"b":null}`},
		{Object{}, `{}`},
		{Object{{"b", nil}, {"a\n", Object{{"z", "1"}, {"y", true}}}}, `{"b":null,"a\n":{"z":"1","y":true}}`},
	}
	for _, tt := range tests {
		if got := string(Append([]byte("before "), tt.value)); got != "before "+tt.want {
			t.Errorf("%#v: got %s, want %s", tt.value, got, tt.want)
		}
	}
}

func TestAppendPanicsOnWhatIsNoJSONValue(t *testing.T) {
	t.Parallel()
	defer func() {
		if r, _ := recover().(string); !strings.HasPrefix(r, "BUG: uint8") {
			t.Errorf("recovered %q", r)
		}
	}()
	Append(nil, []any{uint8(1)})
}

// FuzzAppendString holds AppendString against both readers of strings.
func TestStringsAreReadAndWrittenWithASpecialByteAnywhere(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			text := []byte("01234567890123456789")
			text[at] = byte(c)
			s := strings.ToValidUTF8(string(text), "\ufffd")
			written := AppendString(nil, string(text))
			if want, _ := json.Marshal(s); !strings.ContainsAny(s, "\b\f\r\t<>&\x7f") && string(written) != string(want) {
				t.Errorf("byte %#x at %d is written as %s, want %s", c, at, written, want)
			}
			if read, err := Decode(written); err != nil || read != s {
				t.Errorf("byte %#x at %d: %s is read as %q, %v", c, at, written, read, err)
			}
			if raw := `"` + string(text) + `"`; (c < ' ' || c >= utf8.RuneSelf) && isValid(raw) {
				t.Errorf("byte %#x at %d is read without an escape", c, at)
			}
		}
	}
}

func isValid(text string) bool {
	_, err := Decode([]byte(text))
	return err == nil
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "a\"b\\c/", "<>&", "\x00\x1f\x7f", "\u2028", "😀", "caf\xe9", "\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := AppendString(nil, s)
		var want string
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("%q is written as %s: %v", s, text, err)
		}
		got, syntax := Decode(text)
		if syntax != nil || got != want {
			t.Fatalf("%q is written as %s, and read as %q, %v", s, text, got, syntax)
		}
		if valid := strings.ToValidUTF8(s, ""); valid == s && got != s {
			t.Fatalf("%q is read as %q", s, got)
		}
	})
}

// FuzzAppend: what Decode has read, Append writes and Decode reads again.
func FuzzAppend(f *testing.F) {
	for _, seed := range []string{seedRequest, `[-0.5e-3,true,null,"",[[]],{"":{}}]`, `"\u0000\ud83d\ude00"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, syntax := Decode(data)
		if syntax != nil {
			return
		}
		text := Append(nil, v)
		again, syntax := Decode(text)
		if syntax != nil || !reflect.DeepEqual(again, v) {
			t.Fatalf("%#v is written as %s, and read as %#v, %v", v, text, again, syntax)
		}
	})
}

func TestSizeHintIsExactForTextsAndNumbers(t *testing.T) {
	t.Parallel()
	o := Object{{"name", "value"}, {"count", json.Number("12")}}
	// Each member is counted with its comma, so that the last one's is one too many.
	if got, want := o.SizeHint(), len(AppendObject(nil, o))+1; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	if got := (Object{{"list", []any{"a"}}}).SizeHint(); got < len(`{"list":}`) {
		t.Errorf("got %d", got)
	}
}
