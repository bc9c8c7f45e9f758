package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

const zooModel = `
namespace microsoft.graph
complex Json
complex bag open
complex coat
 prop color String?
 prop length Int32
complex badge open
 prop number Int32
complex furCoat : coat
 prop warm Boolean
entity entity abstract
 key id
 prop id String readonly
entity pet : entity abstract
 prop name String maxlength=5 required
 prop coat coat?
 prop coats coat*
 prop any Json?
 prop bag bag?
 prop born DateTimeOffset?
 prop mood mood?
 prop traits traits
 prop words String?*
 nav friend pet?
 nav friends pet*
 nav toys toy* contained
entity cat : pet
 prop lives Int32
entity dog : pet
 prop lives String
 prop tricks String*
entity toy : entity
 prop label String?
 nav owner pet
entity zookeeper : entity open
 prop badge badge?
 prop age Int16?
enum mood
 calm 0
 wild 1
enum traits flags
 shy 1
 loud 2
`

// zooTypes are the types of a model with one property of each primitive type.
func zooTypes(t testing.TB) *bodyTypes {
	text := zooModel + "entity all : entity\n"
	for kind := edm.Untyped; kind <= edm.TimeOfDay; kind++ {
		text += fmt.Sprintf(" prop %s %s\n", strings.ToLower(kind.String()), kind)
	}
	m, err := edm.Parse("zoo.model", text)
	if err != nil {
		t.Fatal(err)
	}
	return newBodyTypes(m)
}

// checkBodies validates JSON texts; what is wanted are the pointers and rules of the
// problems.
func checkBodies(t *testing.T, what string, s *schema.Schema, bodies map[string]string) {
	t.Helper()
	for body, want := range bodies {
		v, syntax := jsontext.Decode([]byte(body))
		if syntax != nil {
			t.Fatal(body, syntax)
		}
		problems, err := s.Validate(v)
		if err != nil {
			t.Fatalf("%s %s: %v", what, body, err)
		}
		var got []string
		for _, p := range problems {
			got = append(got, p.Pointer+" "+p.Rule)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s %s:\n got %q\nwant %q", what, body, strings.Join(got, ", "), want)
		}
	}
}

// Of each primitive type: what both sides may send, and what neither.
func TestPrimitiveTypesHaveTheirForms(t *testing.T) {
	t.Parallel()
	b := zooTypes(t)
	all := b.model.Type("microsoft.graph.all")
	request, response := b.entity(all), b.result(all)
	for name, test := range map[string]struct{ both, none string }{
		"binary":  {`"" "aGVsbG8=" "aGVsbG8" "_-8=" "+/8="`, `"a" "not-base64!" 1 null ["aGVsbG8="]`},
		"boolean": {`true false`, `"true" 1 0 null`},
		"byte":    {`0 255`, `-1 256 "1" 1.5 null`},
		"sbyte":   {`-128 127`, `-129 128 "1" null`},
		"int16":   {`-32768 32767`, `32768 -32769 "1" 1.5 null`},
		"int32":   {`-2147483648 2147483647`, `2147483648 1.5 "1" true null`},
		"int64": {`-9223372036854775808 9223372036854775807 "9223372036854775807" "-1"`,
			`9223372036854775808 1.5 "1.5" "" null`},
		"decimal": {`1 -1.50 1e3 "12345678901234567890.12" "-1"`, `"1,5" "INF" "" true null`},
		"double":  {`1 1.5 -1e300 "INF" "-INF" "NaN"`, `"1.5" "Infinity" true null`},
		"single":  {`1 1.5 "INF"`, `"1.5" null`},
		"date":    {`"2018-02-26"`, `"2018-02-31" "2018-02-26T00:00:00Z" "26.02.2018" 20180226 null`},
		"datetimeoffset": {`"2018-02-26T20:28:22Z" "2018-02-26T20:28:22.1234567+02:00"`,
			`"2018-02-26T20:28:22" "2018-02-26" "today" "" 0 null`},
		"timeofday": {`"08:30:00" "08:30" "08:30:00.1234567"`, `"8:30" "24:00:00" "08:30:00Z" 8 null`},
		"duration":  {`"PT1H30M" "P1DT0.5S" "-PT5M" "P1Y" "P2W"`, `"P" "PT" "1:30" "PT1.5H" 90 null`},
		"guid": {`"390e06e2-7e5b-4133-8014-fac7ac991af7"`,
			`"{390e06e2-7e5b-4133-8014-fac7ac991af7}" "390e06e27e5b41338014fac7ac991af7" "" 1 null`},
		"stream":  {`"aGVsbG8="`, `1 null {}`},
		"string":  {`"" "text"`, `1 true null [] {}`},
		"untyped": {`1 "text" true null [] {"a":1}`, ``},
	} {
		for _, value := range strings.Fields(test.both) {
			checkBodies(t, "request", request, map[string]string{`{"` + name + `": ` + value + `}`: ""})
			checkBodies(t, "response", response, map[string]string{`{"` + name + `": ` + value + `}`: ""})
		}
		for _, value := range strings.Fields(test.none) {
			refused(t, request, name, value)
			refused(t, response, name, value)
		}
	}
}

func refused(t *testing.T, s *schema.Schema, name, value string) {
	t.Helper()
	v, syntax := jsontext.Decode([]byte(`{"` + name + `": ` + value + `}`))
	if syntax != nil {
		t.Fatal(value, syntax)
	}
	problems, err := s.Validate(v)
	if len(problems) == 0 || err != nil || problems[0].Pointer != "/"+name || problems[0].Type != "microsoft.graph.all" {
		t.Errorf("%s of %s: %v %v", value, name, problems, err)
	}
}

func TestRequestsAreOfTheirType(t *testing.T) {
	t.Parallel()
	b := zooTypes(t)
	checkBodies(t, "a new pet", b.newEntity(b.model.Type("microsoft.graph.pet")), map[string]string{
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "lives": 9}`:              "",
		`{"@odata.type": "microsoft.graph.cat", "name": "Tom"}`:                           "",
		`{"@odata.type": "#microsoft.graph.dog", "name": "Rex", "lives": "one"}`:          "",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "lives": "nine"}`:         "/lives type",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "tricks": []}`:            "/tricks additionalProperties",
		`{"@odata.type": "#microsoft.graph.cat", "lives": 9}`:                             "/name required",
		`{"@odata.type": "#microsoft.graph.cow", "name": "Ida"}`:                          "/@odata.type enum",
		`{"@odata.type": "#microsoft.graph.toy", "name": "Ball"}`:                         "/@odata.type enum",
		`{"@odata.type": "#microsoft.graph.pet", "name": "Tom"}`:                          "/@odata.type enum",
		`{"@odata.type": 1, "name": "Tom"}`:                                               "/@odata.type type",
		`{"name": "Tom"}`:                                                                 "/@odata.type required",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Thomas"}`:                       "/name maxLength",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "id": "1"}`:               "",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "id": 1}`:                 "/id type",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "a@x.y": 1, "#do": {}}`:   "",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "extension_a_b": 1}`:      "/extension_a_b additionalProperties",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "@odata.id": "a/b"}`:      "",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "any@odata.type": "a"}`:   "",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "mood@odata.bind": "a"}`:  "/mood@odata.bind additionalProperties",
		`{"@odata.type": "#microsoft.graph.cat", "name": "Tom", "other@odata.bind": "a"}`: "/other@odata.bind additionalProperties",
	})
	checkBodies(t, "a pet", b.entity(b.model.Type("microsoft.graph.dog")), map[string]string{
		`{"coat": {"color": "red", "length": 1}}`:                                  "",
		`{"coat": null, "bag": null, "born": null, "mood": null, "friend": null}`:  "",
		`{"coat": {"warm": true}}`:                                                 "/coat/warm additionalProperties",
		`{"coat": {"@odata.type": "#microsoft.graph.furCoat", "warm": true}}`:      "",
		`{"coat": {"@odata.type": "#microsoft.graph.furCoat", "warm": 1}}`:         "/coat/warm type",
		`{"coat": {"@odata.type": "#microsoft.graph.mood"}}`:                       "/coat/@odata.type enum",
		`{"coats": [{}, {"@odata.type": "microsoft.graph.furCoat", "length": 1}]}`: "",
		`{"coats": null}`:                              "/coats type",
		`{"coats": [null]}`:                            "/coats/0 type",
		`{"words": ["a", null]}`:                       "",
		`{"tricks": ["a", null]}`:                      "/tricks/1 type",
		`{"any": [1, {"a": "b"}]}`:                     "",
		`{"bag": {"a": 1, "b": {"c": []}}}`:            "",
		`{"bag": []}`:                                  "/bag type",
		`{"mood": "calm"}`:                             "",
		`{"mood": "CALM"}`:                             "",
		`{"mood": "calm,wild"}`:                        "/mood enum",
		`{"mood": "happy"}`:                            "/mood enum",
		`{"mood": 0}`:                                  "/mood type",
		`{"traits": "shy, loud"}`:                      "",
		`{"traits": "Loud"}`:                           "",
		`{"traits": ""}`:                               "/traits enum",
		`{"traits": "shy,quick"}`:                      "/traits enum",
		`{"traits": null}`:                             "/traits type",
		`{"friend": {"@odata.id": "pets/1"}}`:          "",
		`{"friend@odata.bind": "pets/1"}`:              "",
		`{"friend@odata.bind": null}`:                  "",
		`{"friend@odata.bind": ["pets/1"]}`:            "/friend@odata.bind type",
		`{"friends@odata.bind": ["pets/1", "pets/2"]}`: "",
		`{"friends@odata.bind": "pets/1"}`:             "/friends@odata.bind type",
		`{"friends@odata.bind": [1]}`:                  "/friends@odata.bind/0 type",
		`{"friend": {"@odata.type": "#microsoft.graph.cat", "lives": 9, "toys": [{"owner": {"name": "Rex"}}]}}`: "",
		`{"toys": [{"label": "ball", "owner": {"toys": [{"label": 1}]}}]}`:                                      "/toys/0/owner/toys/0/label type",
		`{"toys": {"label": "ball"}}`:   "/toys type",
		`{"toys": [{"lable": "ball"}]}`: "/toys/0/lable additionalProperties",
	})
	checkBodies(t, "of an open type", b.entity(b.model.Type("microsoft.graph.zookeeper")), map[string]string{
		`{"age": 40, "extension_b7d8e648520f41d3b9c0fdeb91768a0a_jobGroup": "a"}`: "",
		`{"contoso_courses": {"id": 1}, "ext55gb1l09_msLearn": null}`:             "",
		`{"badge": {"number": 1, "color": "red"}}`:                                "",
		`{"badge": {"number": "1"}}`:                                              "/badge/number type",
		`{"contoso_courses": 1}`:                                                  "/contoso_courses type",
		`{"extension_courses": "a"}`:                                              "/extension_courses type",
		`{"agee": 40}`:                                                            "/agee additionalProperties",
	})
}

func TestOutlookHasNamesOfItsOwnForTypes(t *testing.T) {
	t.Parallel()
	b := graphBodies()
	checkBodies(t, "an attachment", b.newEntity(b.model.Type("microsoft.graph.attachment")), map[string]string{
		`{"@odata.type": "#Microsoft.OutlookServices.FileAttachment", "name": "a", "contentBytes": "aGk="}`: "",
		`{"@odata.type": "Microsoft.OutlookServices.FileAttachment", "contentBytes": 1}`:                    "/contentBytes type",
		`{"@odata.type": "Microsoft.OutlookServices.fileAttachment", "name": "a"}`:                          "/@odata.type enum",
	})
	checkBodies(t, "a file", b.entity(b.model.Type("microsoft.graph.fileAttachment")), map[string]string{
		`{"@odata.type": "Microsoft.OutlookServices.FileAttachment", "name": "a"}`: "",
		`{"@odata.type": "microsoft.graph.fileAttachment", "name": "a"}`:           "",
		`{"@odata.type": "#microsoft.graph.itemAttachment", "name": "a"}`:          "/@odata.type enum",
	})
}

func TestResponsesMayHaveMoreThanTheMetadata(t *testing.T) {
	t.Parallel()
	b := zooTypes(t)
	pet := map[string]string{
		`{"name": "Tom", "lives": 9, "tricks": ["sit"]}`:           "",
		`{"name": "Tom", "lives": "nine"}`:                         "", // one of two types
		`{"name": "Tom", "lives": true}`:                           "/lives type",
		`{"@odata.type": "#microsoft.graph.cat", "lives": 9}`:      "",
		`{"@odata.type": "#microsoft.graph.cat", "tricks": []}`:    "/tricks additionalProperties",
		`{"@odata.type": "#Zoo.Service.petEntity", "name": "a"}`:   "",
		`{"@odata.type": 1}`:                                       "/@odata.type type",
		`{"nmae": "Tom"}`:                                          "/nmae additionalProperties",
		`{"mood": "new", "traits": "a,b", "coat": {"warm": true}}`: "",
		`{"mood": 1}`: "/mood type",
		`{"any": 1, "bag": {"x": 1}, "@odata.etag": "W/1", "toys@odata.context":"x"}`: "",
		`{"friends": [{"lives": 9}], "friend": {"friends": [{"lives": false}]}}`:      "/friend/friends/0/lives type",
		`{"id": null}`:                 "/id type",
		`{"name": "longer than five"}`: "",
	}
	checkBodies(t, "a pet", b.result(b.model.Type("microsoft.graph.pet")), pet)
	for body, want := range pet {
		list := `{"@odata.context": "x", "@odata.nextLink": "y", "@odata.count": 1, "value": [` + body + `]}`
		want = strings.ReplaceAll("/value/0"+want, "/value/0, ", ", ")
		if !strings.Contains(want, " ") {
			want = ""
		}
		checkBodies(t, "pets", b.list(b.model.Type("microsoft.graph.pet")), map[string]string{list: want})
		alone := strings.Replace(want, "/value/0", "/value", 1)
		checkBodies(t, "a pet alone", b.result(b.model.Type("microsoft.graph.pet")),
			map[string]string{`{"value": ` + body + `}`: alone})
	}
	checkBodies(t, "pets", b.list(b.model.Type("microsoft.graph.pet")), map[string]string{
		`{"value": []}`: "", `{"value": null}`: "/value type", `{"values": []}`: "/value required, /values additionalProperties",
		`[]`: " type", `{"value": [], "@odata.count": "1"}`: "/@odata.count type",
	})
	checkBodies(t, "an open type", b.result(b.model.Type("microsoft.graph.zookeeper")), map[string]string{
		`{"age": 40, "anything": {"a": 1}}`: "", `{"age": "old"}`: "/age type",
	})
	checkBodies(t, "a value", b.result(b.model.Type("Edm.Int32")), map[string]string{
		`{"value": 1}`: "", `{"value": null, "@odata.context": "x"}`: "", `{"value": "1"}`: "/value type", `1`: " type",
	})
	checkBodies(t, "values", b.list(b.model.Type("Edm.Guid")), map[string]string{
		`{"value": ["390e06e2-7e5b-4133-8014-fac7ac991af7"]}`: "", `{"value": ["1"]}`: "/value/0 format",
	})
	checkBodies(t, "anything", b.result(b.model.Type("microsoft.graph.Json")), map[string]string{
		`{"value": [1]}`: "", `{"value": {"a": 1}}`: "", `{}`: "/value required",
	})
	checkBodies(t, "an entity", b.result(b.model.Type("microsoft.graph.entity")), map[string]string{
		`{"id": "1", "whatever": 1}`: "", `1`: " type",
	})
}

func TestParametersOfActionsAreThoseOfAllOverloads(t *testing.T) {
	t.Parallel()
	m, err := edm.Parse("zoo.model", `
namespace microsoft.graph
entity pet
 key id
 prop id String
 prop name String?
 action feed(Food String, grams Int32?)
 action feed(pet pet, times Duration*) binding=bindingParameter
`)
	if err != nil {
		t.Fatal(err)
	}
	b := newBodyTypes(m)
	checkBodies(t, "feed", b.parameters(m.Operations(m.Type("microsoft.graph.pet"), false, "feed")), map[string]string{
		`{"Food": "hay", "grams": null}`:          "",
		`{"food": "hay", "Grams": 5}`:             "",
		`{"food": null}`:                          "/food type",
		`{"pet": {"name": "Ida"}}`:                "",
		`{"pet": {"nmae": "Ida"}}`:                "/pet/nmae additionalProperties",
		`{"times": ["PT1H"], "@odata.type": "a"}`: "",
		`{"times": null}`:                         "",
		`{"times": ["1"]}`:                        "/times/0 format",
		`{"bindingParameter": {}}`:                "/bindingParameter additionalProperties",
		`[]`:                                      " type",
	})
	checkBodies(t, "a link", b.link(), map[string]string{
		`{"@odata.id": "https://graph.microsoft.com/v1.0/users/1"}`: "", `{}`: "/@odata.id required",
		`{"@odata.id": 1}`: "/@odata.id type", `{"@odata.id": "a", "id": "1"}`: "/id additionalProperties",
	})
}

// graphBodies are the types of Graph's own model.
var graphBodies = sync.OnceValue(func() *bodyTypes { return newBodyTypes(graph.Model()) })

var graphTypes = sync.OnceValue(func() []*edm.Type {
	var all []*edm.Type
	for t := range graph.Model().Types() {
		if t.Kind == edm.Entity || t.Kind == edm.Complex {
			all = append(all, t)
		}
	}
	return all
})

// FuzzBodies makes up a body of a type that is drawn from Graph's model, which is right,
// and spoils it.
func FuzzBodies(f *testing.F) {
	for i := range 40 {
		f.Add(uint64(i*i*i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kind uint8) {
		random := rand.New(rand.NewPCG(seed, 1))
		all := graphTypes()
		drawn := all[random.IntN(len(all))]
		s := []*schema.Schema{
			graphBodies().entity(drawn), graphBodies().newEntity(drawn), graphBodies().result(drawn),
			graphBodies().list(drawn),
		}[kind%4]
		v, err := s.Sample(t.Context(), random)
		if err != nil {
			t.Fatalf("%s: %v", drawn.Name, err)
		}
		if problems, err := s.Validate(v); len(problems) > 0 || err != nil {
			t.Fatalf("%s: %v: %v %v", drawn.Name, v, problems, err)
		}
		for range 8 {
			v = spoiled(random, v)
			if _, err := s.Validate(v); err != nil {
				t.Fatalf("%s: %v: %v", drawn.Name, v, err)
			}
		}
	})
}

// spoiled returns a value with a change somewhere.
func spoiled(random *rand.Rand, v any) any {
	others := []any{
		nil, true, "", "x", json.Number("1"), json.Number("1e400"), []any{}, map[string]any{"@odata.type": "#x"},
		map[string]any{"value": []any{nil}}, "#microsoft.graph.user",
	}
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 || random.IntN(6) == 0 {
			break
		}
		changed := maps.Clone(v)
		name := slices.Sorted(maps.Keys(v))[random.IntN(len(v))]
		switch random.IntN(4) {
		case 0:
			changed[name+"x"] = v[name]
			delete(changed, name)
		case 1:
			changed["@odata.type"] = others[random.IntN(len(others))]
		default:
			changed[name] = spoiled(random, v[name])
		}
		return changed
	case []any:
		if len(v) == 0 || random.IntN(6) == 0 {
			break
		}
		changed := slices.Clone(v)
		i := random.IntN(len(v))
		changed[i] = spoiled(random, v[i])
		return changed
	}
	return others[random.IntN(len(others))]
}

// TestTypesHaveSamples draws from all types: each has a body that is right.
func TestTypesHaveSamples(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		drawn := graphTypes()[random.IntN(len(graphTypes()))]
		for _, s := range []*schema.Schema{
			graphBodies().newEntity(drawn), graphBodies().entity(drawn), graphBodies().result(drawn), graphBodies().list(drawn),
		} {
			if v, err := s.Sample(t.Context(), random); err != nil {
				t.Errorf("%s: %v %v", drawn.Name, v, err)
			}
		}
	}
}

// TestFirstBodyIsCheap counts what the first request and response of a type allocate,
// the right and the wrong one: only what they touch is made.
func TestFirstBodyIsCheap(t *testing.T) {
	m := graph.Model()
	user := m.Type("microsoft.graph.user")
	m.Derived(user)
	right, _ := jsontext.Decode([]byte(`{"displayName": "a", "manager": {"@odata.id": "users/1"}, "city": null}`))
	wrong, _ := jsontext.Decode([]byte(`{"displayName": 1, "manager": {"mail": 1}, "ctiy": null}`))
	for name, v := range map[string]any{"right": right, "wrong": wrong} {
		allocations := testing.AllocsPerRun(3, func() {
			b := newBodyTypes(m)
			for _, s := range []*schema.Schema{b.entity(user), b.list(user)} {
				if _, err := s.Validate(v); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Validate(map[string]any{"value": []any{v}}); err != nil {
					t.Fatal(err)
				}
			}
		})
		if allocations > 20_000 {
			t.Errorf("the first %s bodies of users make %.0f allocations", name, allocations)
		}
		t.Logf("%s: %.0f allocations", name, allocations)
	}
}
