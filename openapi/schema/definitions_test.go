package schema

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// zoo defines animals: a dog is one, and has puppies.
func zoo(name string) map[string]any {
	animal := map[string]any{
		"id": map[string]any{"type": []string{"string"}}, "friend": map[string]any{"$ref": "#/$defs/zoo.animal"},
		"kind":   map[string]any{"type": []string{"string"}, "enum": []any{"animal", "dog", "fish"}},
		"cover":  map[string]any{"type": []string{"string"}, "enum": []any{"fur", "scales"}, enumKeyword: anyCase},
		"type":   map[string]any{"type": []string{"string"}, "enum": []any{"#zoo.dog"}, enumKeyword: typeNames},
		"colors": map[string]any{"type": []string{"string"}, "enum": []any{"Red", "Blue"}, enumKeyword: flags},
	}
	node := map[string]any{
		"type": []string{"object"}, "properties": animal, "additionalProperties": false,
		"x-graphmock-evidence": "documented", "x-graphmock-source": "the keeper",
	}
	switch name {
	case "zoo.animal":
		node["discriminator"] = map[string]any{"propertyName": "kind", "mapping": map[string]any{
			"dog": "#/$defs/zoo.dog", "fish": "#/$defs/zoo.fish", "animal": "#/$defs/zoo.animal",
		}}
	case "zoo.dog":
		animal["puppies"] = map[string]any{"type": []string{"array"}, "items": map[string]any{"$ref": "#/$defs/zoo.dog"}}
	case "zoo.fish":
		node["required"] = []string{"depth"}
		animal["depth"] = map[string]any{"type": []string{"integer"}, "x-graphmock-evidence": "observed"}
		animal["home"] = map[string]any{"$ref": "#/$defs/zoo.nothing"}
	default:
		return nil
	}
	return node
}

func zooSchema() *Schema {
	return NewDefinitions(zoo, Options{}).Schema(map[string]any{"$ref": "#/$defs/zoo.animal"})
}

func TestDefinitionsAreOneForEachKindOfValue(t *testing.T) {
	t.Parallel()
	s := zooSchema()
	for text, want := range map[string]string{
		`{"id": "a"}`:                           "",
		`{"kind": "animal"}`:                    "",
		`{"kind": "dog", "puppies": [{}]}`:      "",
		`{"puppies": []}`:                       "/puppies additionalProperties zoo.animal documented",
		`{"kind": "fish", "depth": 3}`:          "",
		`{"kind": "fish", "depth": "deep"}`:     "/depth type zoo.fish observed",
		`{"kind": "fish"}`:                      "/depth required zoo.fish observed",
		`{"kind": "fish", "puppies": []}`:       "/depth required zoo.fish observed, /puppies additionalProperties zoo.fish documented",
		`{"kind": "cat"}`:                       "/kind enum zoo.animal documented",
		`{"kind": 1}`:                           "/kind type zoo.animal documented",
		`{"kind": "dog", "puppies": [{"a":1}]}`: "/puppies/0/a additionalProperties zoo.dog documented",
		`{"friend": {"friend": {"kind": "dog", "puppies": [{"friend": {"kind": "fish", "depth": 1}}]}}}`: "",
		`{"friend": {"friend": {"kind": "dog", "puppies": [{"friend": {"id": 1}}]}}}`:                    "/friend/friend/puppies/0/friend/id type zoo.animal documented",
		`{"cover": "FUR"}`:                       "",
		`{"type": "zoo.dog"}`:                    "",
		`{"type": "#zoo.dog"}`:                   "",
		`{"type": "#Zoo.dog"}`:                   "/type enum zoo.animal documented",
		`{"type": "##zoo.dog"}`:                  "/type enum zoo.animal documented",
		`{"cover": "fur,scales"}`:                "/cover enum zoo.animal documented",
		`{"colors": "red, BLUE"}`:                "",
		`{"colors": "Red"}`:                      "",
		`{"colors": "red,green"}`:                "/colors enum zoo.animal documented",
		`{"colors": ""}`:                         "/colors enum zoo.animal documented",
		`{"colors": null}`:                       "/colors type zoo.animal documented",
		`{"colors": {}}`:                         "/colors type zoo.animal documented",
		`[]`:                                     " type zoo.animal documented",
		`{"kind": "fish", "depth":1, "home": 1}`: "/home $ref zoo.nothing documented",
	} {
		value := decodeTest(t, text)
		for _, v := range []any{value, ordered(value)} {
			problems, err := s.Validate(v)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, strings.Join([]string{p.Pointer, p.Rule, p.Type, p.Evidence}, " "))
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("%s:\n got %s\nwant %s", text, strings.Join(got, ", "), want)
			}
		}
	}
}

func TestProblemsOfDefinitionsSayWhatWouldHelp(t *testing.T) {
	t.Parallel()
	s := zooSchema()
	for text, want := range map[string]string{
		`{"kind": "dgo"}`:     `did you mean "dog"?`,
		`{"cover": "scalse"}`: `did you mean "scales"?`,
		`{"fiend": {}}`:       `did you mean "friend"?`,
	} {
		problems, _ := s.Validate(decodeTest(t, text))
		if len(problems) != 1 || problems[0].Hint != want || problems[0].Source != "the keeper" {
			t.Errorf("%s: %+v", text, problems)
		}
	}
	if s.TypeAt("/friend/friend/id") != "string" {
		t.Errorf("an id is a %s", s.TypeAt("/friend/friend/id"))
	}
	if segment, known := s.UnknownAt("/friend/nmae"); segment != "nmae" || !slices.Contains(known, "id") {
		t.Errorf("unknown are %q of %q", segment, known)
	}
	if v, err := s.Sample(t.Context(), rand.New(rand.NewPCG(1, 2))); err != nil || v.(map[string]any)["id"] == nil {
		t.Errorf("a sample is %v, %v", v, err)
	}
}

func TestDefinitionsAreMadeWhenAValueNeedsThem(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	made := map[string]int{}
	endless := NewDefinitions(func(name string) map[string]any {
		mu.Lock()
		defer mu.Unlock()
		made[name]++
		return map[string]any{
			"type": []string{"object"}, "additionalProperties": false, "properties": map[string]any{
				"next": map[string]any{"$ref": "#/$defs/" + name + "x"}, "n": map[string]any{"type": []string{"integer"}},
			},
		}
	}, Options{})
	s := endless.Schema(map[string]any{"$ref": "#/$defs/x"})
	if len(made) != 0 {
		t.Errorf("made before a value: %v", made)
	}
	good, bad := decodeTest(t, `{"next": {"next": {"n": 1}}}`), decodeTest(t, `{"next": {"next": {"n": "one"}}}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if found, err := s.Validate(good); len(found) > 0 || err != nil {
				t.Error(found, err)
			}
			if found, err := s.Validate(bad); len(found) != 1 || err != nil || found[0].Pointer != "/next/next/n" {
				t.Error(found, err)
			}
		})
	}
	wg.Wait()
	if want := map[string]int{"x": 1, "xx": 1, "xxx": 1}; !maps.Equal(made, want) {
		t.Errorf("made: %v", made)
	}
	defs := s.JSON()["$defs"].(map[string]any)
	if len(defs) < 3 || len(defs) > maxClosure+1 {
		t.Errorf("a document that stands alone has %d definitions", len(defs))
	}
	alone := FromJSON(s.JSON(), Options{})
	if found, err := alone.Validate(good); len(found) > 0 || err != nil {
		t.Error(found, err)
	}
	if found, err := alone.Validate(bad); len(found) != 1 || err != nil {
		t.Error(found, err)
	}
}

// FuzzDefinitions: what is accepted in short is what jsonschema accepts.
func FuzzDefinitions(f *testing.F) {
	s := zooSchema()
	for i := range 20 {
		f.Add([]byte(fmt.Sprint(i, "friend kind")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v := (&valueMaker{data: data, numbers: someNumbers,
			names: []string{"friend", "kind", "depth", "puppies", "colors", "cover", "home"}}).value(4)
		accepted := s.fast.accepts(v)
		program, err := s.compiled()
		if err != nil {
			t.Fatal(err)
		}
		if valid := program.Validate(v) == nil; accepted && !valid {
			t.Errorf("%s: accepted %v, valid %v", show(v), accepted, valid)
		}
	})
}
