package openapi

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// Every JSON answer of the embedded contract can be made up, keeps its own
// schema, and is the same for the same seed.
func TestSamplesKeepTheContract(t *testing.T) {
	t.Parallel()
	c := Embedded()
	for op := range c.Operations() {
		for status := range op.Statuses() {
			if !op.Response(status).HasBody() || !op.response(status).content[0].json {
				continue
			}
			for seed := range uint64(20) {
				v, err := op.Response(status).Sample(t.Context(), rand.New(rand.NewPCG(seed, 1)))
				if err != nil {
					t.Fatalf("%s %d: %v", op.ID, status, err)
				}
				if found := validate(op.response(status).content[0].schema, ResponseSide, v); len(found) > 0 {
					t.Errorf("%s %d: %v", op.ID, status, found)
				}
				again, _ := op.Response(status).Sample(t.Context(), rand.New(rand.NewPCG(seed, 1)))
				if !reflect.DeepEqual(v, again) {
					t.Errorf("%s %d: seed %d makes up %s and %s", op.ID, status, seed, v, again)
				}
			}
		}
	}
}

func TestExamplesAreFoundByName(t *testing.T) {
	t.Parallel()
	op, err := Embedded().Find("PUT /me/activities/{a}/historyItems/{i}")
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Collect(op.Response(201).Examples()); !slices.Equal(names,
		[]string{"created", "createdOngoing"}) {
		t.Errorf("examples %q", names)
	}
	v, ok := op.Response(201).Example("createdOngoing")
	if object, _ := v.(map[string]any); !ok || object["status"] != "updated" {
		t.Errorf("example %v, %v", v, ok)
	}
	v.(map[string]any)["status"] = "changed"
	if again, _ := op.Response(201).Example("createdOngoing"); again.(map[string]any)["status"] != "updated" {
		t.Error("changing an example changes the contract")
	}
	if v, ok := op.Response(503).Example("unavailable"); !ok {
		t.Errorf("a range's example %v, %v", v, ok)
	}
	for status, name := range map[int]string{201: "replaced", 204: "", 299: "created"} {
		if v, ok := op.Response(status).Example(name); ok {
			t.Errorf("example %q of %d is %v", name, status, v)
		}
	}
}

func TestUnknownPropertiesAreFound(t *testing.T) {
	t.Parallel()
	op, err := Embedded().Find("PUT /me/activities/{a}")
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{
		"/visualElements/displayText":         "",
		"/visualElements/displayTxt":          "displayTxt",
		"/visualElements/content/anything/0":  "",
		"/historyItems/0/userTimezone":        "",
		"/historyItems/0/userTimeZone":        "userTimeZone",
		"/visualElements/attribution/iconUrl": "",
		"/@odata.etag":                        "",
		"/nothing":                            "nothing",
		"":                                    "",
	} {
		if got, _ := op.RequestBody().UnknownAt(pointer); got != want {
			t.Errorf("%s: %q, want %q", pointer, got, want)
		}
	}
	if got := op.RequestBody().TypeAt("/visualElements/displayText"); got != "string" {
		t.Errorf("type %q", got)
	}
	if got := op.Response(201).TypeAt("/historyItems/0/activeDurationSeconds"); got != "integer" {
		t.Errorf("type %q", got)
	}
}

func TestSuccessesMayBeARangeOrTheDefault(t *testing.T) {
	t.Parallel()
	const body = `{ description: d, content: { text/plain: { schema: { type: integer } }, application/json: { schema: { type: object } } } }`
	for responses, want := range map[string][]int{
		`{ "200": ` + body + `, "201": ` + body + `, "404": ` + body + ` }`: {200, 201},
		`{ "204": { description: d }, 2XX: ` + body + ` }`:                  {204},
		`{ 2XX: ` + body + `, default: ` + body + ` }`:                      {200},
		`{ 2XX: { description: d }, 4XX: ` + body + ` }`:                    {204},
		`{ default: ` + body + ` }`:                                         {200},
		`{ "302": { description: d } }`:                                     nil,
	} {
		c, err := Parse("test.yaml",
			[]byte("openapi: 3.0.3\ninfo: { title: t, version: v }\npaths: { /a: { get: { responses: "+
				responses+" } } }"))
		if err != nil {
			t.Fatal(err)
		}
		op, err := c.Find("GET /a")
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Collect(op.Successes())
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", responses, got, want)
		}
		if slices.Contains(want, 200) && op.Response(200).MediaType() != "application/json" ||
			op.Response(204).MediaType() != "" && slices.Contains(want, 204) {
			t.Errorf("%s: %q, %q", responses, op.Response(200).MediaType(), op.Response(204).MediaType())
		}
	}
}
