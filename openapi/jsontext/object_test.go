package jsontext

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestSetKeepsTheOrderOfMembers(t *testing.T) {
	t.Parallel()
	var o Object
	o.Set("b", "1")
	o.Set("a", "2")
	o.Set("b", "3")
	if want := (Object{{"b", "3"}, {"a", "2"}}); !reflect.DeepEqual(o, want) {
		t.Errorf("got %v, want %v", o, want)
	}
}

func TestPlainTurnsObjectsIntoMaps(t *testing.T) {
	t.Parallel()
	inner := Object{{"x", Object{{"y", "z"}}}}
	v := Plain(map[string]any{"list": []any{inner, "text"}, "none": nil})
	want := map[string]any{"list": []any{map[string]any{"x": map[string]any{"y": "z"}}, "text"}, "none": nil}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("got %#v, want %#v", v, want)
	}
}

func TestMarshalKeepsOrderAndAngleBrackets(t *testing.T) {
	t.Parallel()
	o := Object{{"b", "<1> & 2"}, {"a", []Object{{{"z", 1}, {"y", 0.5}}}}}
	text, err := Marshal(map[string]any{"o": o})
	if want := `{"o":{"b":"<1> & 2","a":[{"z":1,"y":0.5}]}}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
}

func TestMarshalSaysWhatItCanNotWrite(t *testing.T) {
	t.Parallel()
	var unsupported *json.UnsupportedTypeError
	if _, err := Marshal(Object{{"f", func() {}}}); !errors.As(err, &unsupported) {
		t.Errorf("got %v", err)
	}
}

func TestValueOfCopiesWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	list := []any{map[string]any{"n": 12, "f": 0.5}, Object{{"a", "b"}}}
	got, err := ValueOf(list)
	want := []any{map[string]any{"n": json.Number("12"), "f": json.Number("0.5")}, map[string]any{"a": "b"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v, want %#v", got, err, want)
	}
	for _, v := range []any{func() {}, json.RawMessage(strings.Repeat("[", 70) + strings.Repeat("]", 70))} {
		if got, err := ValueOf(v); err == nil {
			t.Errorf("%T gives %v", v, got)
		}
	}
}
