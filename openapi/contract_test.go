package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"
)

// embeddedDocument is the embedded contract as kin-openapi reads it, for what a
// Contract does not tell.
func embeddedDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(graphYAML)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func operationOf(doc *openapi3.T, op *Operation) (*openapi3.PathItem, *openapi3.Operation) {
	item := doc.Paths.Value(op.Path)
	return item, item.GetOperation(op.Method)
}

// TestEmbeddedContractIsReadByOtherTools keeps out what linters and other servers stumble
// over: aliases, and nullable where OpenAPI 3.0 gives it no effect.
func TestEmbeddedContractIsReadByOtherTools(t *testing.T) {
	t.Parallel()
	var root yaml.Node
	if err := yaml.Unmarshal(graphYAML, &root); err != nil {
		t.Fatal(err)
	}
	nullable := 0
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Anchor != "" || n.Kind == yaml.AliasNode {
			t.Errorf("line %d: %s is an anchor or an alias; write a $ref", n.Line, n.Anchor+n.Value)
			return
		}
		keys := map[string]int{}
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			keys[n.Content[i].Value] = n.Content[i].Line
		}
		if line, has := keys["nullable"]; has {
			nullable++
			if keys["type"] == 0 {
				t.Errorf("line %d: nullable has no effect without type", line)
			}
		}
		for _, below := range n.Content {
			walk(below)
		}
	}
	walk(&root)
	if nullable == 0 {
		t.Error("nothing is nullable: this test looks at the wrong things")
	}
}

func TestEmbeddedContractIsShared(t *testing.T) {
	t.Parallel()
	if first, second := Embedded(), Embedded(); first != second {
		t.Error("two calls gave two contracts")
	}
}

func TestContractServesManyGoroutinesAtOnce(t *testing.T) {
	t.Parallel()
	fresh, err := Parse("graph.yaml", graphYAML) // nothing is compiled yet
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for _, c := range []*Contract{fresh, Embedded()} {
				body, want := seedRequest, 0
				if i%2 == 0 {
					body, want = `{"startedDateTime":"yesterday"}`, 1
				}
				r := requestTest(t, c, "PUT /v1.0"+itemPath, "Content-Type: application/json", body)
				if _, found := c.CheckRequest(r); len(found) != want {
					t.Errorf("got %v", found)
				}
				if found := c.CheckResponse(&Response{Operation: r.Match.Operation, Status: 200}); len(found) == 0 {
					t.Error("an empty answer is valid")
				}
			}
		})
	}
	wg.Wait()
}

func TestRequestExamplesKeepTheContract(t *testing.T) {
	t.Parallel()
	c, doc := Embedded(), embeddedDocument(t)
	checked := 0
	for op := range c.Operations() {
		item, source := operationOf(doc, op)
		path := op.Path
		for _, list := range []openapi3.Parameters{source.Parameters, item.Parameters} {
			for _, p := range list {
				value := fmt.Sprint(p.Value.Example)
				path = strings.Replace(path, "{"+p.Value.Name+"}",
					strings.ReplaceAll(strings.ReplaceAll(value, "/", "%2F"), "?", "%3F"), 1)
			}
		}
		bodies := map[string]any{"": nil}
		if source.RequestBody != nil {
			bodies = examplesOf(source.RequestBody.Value.Content["application/json"])
		}
		for name, body := range bodies {
			checked++
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			r := requestTest(t, c, op.Method+" /v1.0"+path, "Content-Type: application/json", string(text))
			if r.Match.Operation != op {
				t.Errorf("%s leads to %s", path, r.Match.Operation.Pattern())
			}
			if _, found := c.CheckRequest(r); len(found) > 0 {
				t.Errorf("%s %s: %v", op.ID, name, found)
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d requests were checked", checked)
	}
}

func examplesOf(media *openapi3.MediaType) map[string]any {
	values := map[string]any{}
	for name, example := range media.Examples {
		values[name] = example.Value.Value
	}
	return values
}

func TestResponseExamplesKeepTheContract(t *testing.T) {
	t.Parallel()
	c, doc := Embedded(), embeddedDocument(t)
	used := map[string]bool{}
	for op := range c.Operations() {
		_, source := operationOf(doc, op)
		for status, response := range source.Responses.Map() {
			header := http.Header{}
			for name, h := range response.Value.Headers {
				if h.Value.Example == nil {
					t.Errorf("%s %s: header %s has no example", op.ID, status, name)
				}
				header.Set(name, fmt.Sprint(h.Value.Example))
			}
			if len(response.Value.Content) == 0 {
				if found := c.CheckResponse(&Response{Operation: op, Status: 204, Header: header}); status != "204" ||
					len(found) > 0 {
					t.Errorf("%s %s: %v", op.ID, status, found)
				}
				continue
			}
			kind := slices.Sorted(maps.Keys(response.Value.Content))[0]
			header.Set("Content-Type", kind)
			media := response.Value.Content[kind]
			for name, example := range media.Examples {
				used[example.Ref] = true
				text, err := json.Marshal(example.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				r := &Response{Operation: op, Status: statusOf(t, status, example.Value), Header: header, Body: text}
				if found := c.CheckResponse(r); len(found) > 0 {
					t.Errorf("%s %s %s: %v", op.ID, status, name, found)
				}
			}
		}
		if source.RequestBody != nil {
			for _, example := range source.RequestBody.Value.Content["application/json"].Examples {
				used[example.Ref] = true
			}
		}
	}
	for name := range doc.Components.Examples {
		if !used["#/components/examples/"+name] {
			t.Errorf("example %s stands nowhere", name)
		}
	}
}

// statusOf is the status that an example stands for: the declared one, or, in a
// range, its own.
func statusOf(t *testing.T, declared string, example *openapi3.Example) int {
	t.Helper()
	var status int
	text := declared
	if own, ok := example.Extensions["x-graphmock-status"]; ok {
		text = fmt.Sprint(own)
	}
	if _, err := fmt.Sscan(text, &status); err != nil || status < 200 {
		t.Errorf("an example under %s has no status", declared)
	}
	return status
}

func TestEveryOperationOfMeHasItsTwinUnderUsers(t *testing.T) {
	t.Parallel()
	c, doc := Embedded(), embeddedDocument(t)
	twins := 0
	for op := range c.Operations() {
		rest, ok := strings.CutPrefix(op.Path, "/me/")
		if !ok {
			continue
		}
		twins++
		twin, err := c.Find(op.Method + " /users/{user-id}/" + rest)
		if err != nil {
			t.Error(err)
			continue
		}
		if twin.ID != "users."+strings.TrimPrefix(op.ID, "me.") {
			t.Errorf("%s and %s", op.ID, twin.ID)
		}
		if !slices.Equal(twin.params, append([]string{"user-id"}, op.params...)) {
			t.Errorf("%s has the parameters %q", twin.ID, twin.params)
		}
		if (op.key == nil) != (twin.key == nil) || op.key != nil && *op.key != *twin.key {
			t.Errorf("%s and %s have different keys", op.ID, twin.ID)
		}
		_, source := operationOf(doc, op)
		_, copied := operationOf(doc, twin)
		if of := copied.Extensions["x-graphmock-behaviour-of"]; of != op.ID {
			t.Errorf("%s behaves like %v", twin.ID, of)
		}
		if got, want := promises(copied), promises(source); !slices.Equal(got, want) {
			t.Errorf("%s promises %q, %s %q", twin.ID, got, op.ID, want)
		}
	}
	all := slices.DeleteFunc(slices.Collect(c.Operations()), func(op *Operation) bool { return op.Path == "/$batch" })
	if len(all) != 2*twins {
		t.Errorf("%d operations, %d of them under /me", len(all), twins)
	}
}

// promises are the references of an operation's body and answers.
func promises(op *openapi3.Operation) []string {
	var refs []string
	if op.RequestBody != nil {
		refs = append(refs, "body "+op.RequestBody.Ref)
	}
	for status, r := range op.Responses.Map() {
		refs = append(refs, status+" "+r.Ref)
	}
	for _, p := range op.Parameters {
		refs = append(refs, "parameter "+p.Ref)
	}
	slices.Sort(refs)
	return refs
}

func TestEveryPropertySaysWhoSetsItAndHowWeKnow(t *testing.T) {
	t.Parallel()
	doc := embeddedDocument(t)
	entities := []string{"userActivity", "activityHistoryItem", "visualInfo", "imageInfo"}
	for _, name := range entities {
		if doc.Components.Schemas["microsoft.graph."+name] == nil {
			t.Errorf("there is no type %s", name)
		}
	}
	for name, s := range doc.Components.Schemas {
		entity := slices.Contains(entities, shortType(name))
		for property, ref := range s.Value.Properties {
			p := ref.Value
			by, _ := p.Extensions["x-graphmock-set-by"].(string)
			switch by {
			case "client", "server", "client-or-server":
			default:
				t.Errorf("%s %s: set by %q", name, property, by)
			}
			if entity && p.ReadOnly != (by == "server") {
				t.Errorf("%s %s: set by %s, and readOnly is %v", name, property, by, p.ReadOnly)
			}
			evidence, _ := p.Extensions["x-graphmock-evidence"].(string)
			source, _ := p.Extensions["x-graphmock-source"].(string)
			if !isEvidence(evidence) || source == "" || p.Description == "" {
				t.Errorf("%s %s: evidence %q, source %q, description %q", name, property, evidence, source,
					p.Description)
			}
		}
	}
}

func isEvidence(text string) bool {
	return slices.Contains([]Evidence{Documented, Observed, Assumed}, Evidence(text))
}

func TestBehaviourRowsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for row := range Embedded().Behaviours() {
		if seen[row.ID] {
			t.Errorf("row %s stands twice", row.ID)
		}
		seen[row.ID] = true
		if row.ID == "" || row.Case == "" || row.Source == "" || !isEvidence(string(row.Evidence)) {
			t.Errorf("row %+v lacks something", row)
		}
		if row.Answer == "" && (row.Status < 400 || row.Code == "" || row.Message == "") {
			t.Errorf("row %s has no answer, and no whole error either", row.ID)
		}
	}
}

func TestEveryRuleOfOursHasItsRow(t *testing.T) {
	t.Parallel()
	rules := Embedded().rules
	for _, rule := range []string{
		ruleUnknownSegment, ruleInvalidVersion, ruleMethodNotAllowed,
		ruleContentTypeMissing, ruleContentTypeNotJSON, ruleQueryUnsupported, ruleKeyMismatch, ruleUnknownProperty,
		"body-empty", "body-syntax", "body-trailing", "body-duplicate-key", ruleBodyUTF8, "body-depth", "body-number",
	} {
		if rules[rule] == nil {
			t.Errorf("the contract has no row %s; it has %q", rule, slices.Sorted(maps.Keys(rules)))
		}
	}
}

func TestViolationsOfTheEmbeddedContractNameTypeAndEvidence(t *testing.T) {
	t.Parallel()
	c := Embedded()
	const item = "microsoft.graph.activityHistoryItem"
	tests := []struct {
		body, pointer, kind string
		evidence            Evidence
	}{
		{`{}`, "/startedDateTime", item, Documented},
		{`{"startedDateTime":"2018-02-26T20:54:04Z","status":"activ"}`, "/status", "microsoft.graph.status",
			Documented},
		{`{"startedDateTime":"2018-02-26T20:54:04Z","activeDurationSeconds":2147483648}`, "/activeDurationSeconds",
			item, Documented},
		{`{"startedDateTime":"2018-02-26T20:54:04Z","colour":1}`, "/colour", item, Observed},
		{`{"startedDateTime":"2018-02-26T20:54:04Z","id":"390e06e2-7e5b-4133-8014-fac7ac991af8"}`, "/id", "", Assumed},
	}
	for _, tt := range tests {
		_, found := c.CheckRequest(requestTest(t, c, "PUT /v1.0"+itemPath, "Content-Type: application/json", tt.body))
		if len(found) != 1 || found[0].Pointer != tt.pointer || found[0].Type != tt.kind ||
			found[0].Evidence != tt.evidence {
			t.Errorf("%s: got %+v", tt.body, found)
		}
	}
}
