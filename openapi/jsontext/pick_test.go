package jsontext

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// FuzzPick: what is picked is what decoding all gives.
func FuzzPick(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"a":1}`, `{"a":"x\\","b":{"c":["]","}"],"a":2},"c":[[],{}],"d":null}`, `{"a":"\"","b":true,"é":-1.5e3}`,
		`{"":"","a\nb":[1,2],"a":{"b":"\\\\\""}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Decode([]byte(text))
		object, isObject := v.(map[string]any)
		if err != nil || !isObject {
			return
		}
		written := Append(nil, object)
		names := slices.Sorted(maps.Keys(object))
		for i := range names {
			for _, some := range [][]string{names[i : i+1], names[:i+1], append([]string{"not there"}, names[i:]...)} {
				got, want := map[string]any{}, map[string]any{}
				Pick(got, written, some...)
				for _, name := range some {
					if v, has := object[name]; has && string(AppendString(nil, name)) == `"`+name+`"` {
						want[name] = v
					}
				}
				maps.DeleteFunc(got, func(name string, _ any) bool { return string(AppendString(nil, name)) != `"`+name+`"` })
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("%s: picked %q of %s: %v", text, some, written, got)
				}
			}
		}
	})
}
