package jsontext

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
)

func TestPointersFindTheirValues(t *testing.T) {
	t.Parallel()
	// The examples of RFC 6901, section 5, and beyond.
	v, syntax := Decode([]byte(`{"foo":["bar",{"baz":null}],"":0,"a/b":1,"c%d":2,"m~n":8,"~1":9,"07":10}`))
	if syntax != nil {
		t.Fatal(syntax)
	}
	object := v.(map[string]any)
	tests := []struct {
		pointer string
		want    any
		found   bool
	}{
		{"", v, true},
		{"/foo", object["foo"], true},
		{"/foo/0", "bar", true},
		{"/foo/1/baz", nil, true},
		{"/", json.Number("0"), true},
		{"/a~1b", json.Number("1"), true},
		{"/c%d", json.Number("2"), true},
		{"/m~0n", json.Number("8"), true},
		{"/~01", json.Number("9"), true},
		{"/07", json.Number("10"), true},
		{"/foo/2", nil, false},
		{"/foo/-1", nil, false},
		{"/foo/-", nil, false},
		{"/foo/bar", nil, false},
		{"/foo/0/x", nil, false},
		{"/Foo", nil, false},
		{"/foo/1/baz/x", nil, false},
	}
	for _, tt := range tests {
		p, err := ParsePointer(tt.pointer)
		if err != nil {
			t.Errorf("%s: %v", tt.pointer, err)
			continue
		}
		if got, found := p.In(v); found != tt.found || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, %v, want %v, %v", tt.pointer, got, found, tt.want, tt.found)
		}
		if p.String() != tt.pointer {
			t.Errorf("%s is written as %s", tt.pointer, p)
		}
	}
}

func TestPointersBeginWithASlash(t *testing.T) {
	t.Parallel()
	if p, err := ParsePointer("foo/0"); err == nil || err.Error() != `"foo/0" is not a JSON pointer` {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestLastSegmentStaysEscaped(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{"": "", "name": "name", "/a/b~1c": "b~1c", "/a/": ""} {
		if got := LastSegment(pointer); got != want {
			t.Errorf("%s: got %s, want %s", pointer, got, want)
		}
	}
}

// FuzzPointer: names with anything in them survive.
func FuzzPointer(f *testing.F) {
	f.Add("a/b", "~")
	f.Add("~1", "")
	f.Add("~01/", "0")
	f.Fuzz(func(t *testing.T, a, b string) {
		text := Pointer{a, b}.String()
		p, err := ParsePointer(text)
		if err != nil || !slices.Equal(p, Pointer{a, b}) {
			t.Fatalf("%q, %q is written as %s, and read as %q, %v", a, b, text, p, err)
		}
		if UnescapePointer(EscapePointer(a)) != a || UnescapePointer(LastSegment(text)) != b {
			t.Fatalf("%q, %q is written as %s", a, b, text)
		}
		if got, found := p.In(map[string]any{a: map[string]any{b: true}}); !found || got != true {
			t.Fatalf("got %v, %v", got, found)
		}
	})
}

func TestIndexIsWithinTheArray(t *testing.T) {
	t.Parallel()
	for segment, want := range map[string]bool{"0": true, "2": true, "3": false, "-1": false, "": false, "x": false,
		"1.0": false} {
		if i, ok := Index(segment, 3); ok != want || ok && (i < 0 || i > 2) {
			t.Errorf("%q: got %d, %v", segment, i, ok)
		}
	}
}
