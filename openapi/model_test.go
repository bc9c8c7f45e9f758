package openapi_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
)

// intended are the differences between Graph's metadata and what openapi/graph.yaml
// says of the same types, each with its reason.
func intended() map[string]string {
	return map[string]string{
		"userActivity/contentInfo: Json? in the metadata, Untyped? in the document": "the metadata has an empty " +
			"complex type for want of a better; the service takes and gives any JSON value",
		"visualInfo/content: Json? in the metadata, Untyped? in the document": "as contentInfo",
		"activityHistoryItem/id: String in the metadata, Guid in the document": "the historyitem page asks for a " +
			"GUID, " +
			"and the inherited id of the metadata is a string for all entities",
		"activityHistoryItem/activity: navigation to userActivity in the metadata, navigation to userActivity? in " +
			"the document": "" +
			"the historyitem page calls it optional",
	}
}

// TestTypesOfTheContractAreThoseOfTheModel compares the types of user activities
// in both directions. Each difference is intended, and each intended one is there.
func TestTypesOfTheContractAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	implied, err := openapi.Embedded().Model()
	if err != nil {
		t.Fatal(err)
	}
	reasons := intended()
	for _, name := range []string{"userActivity", "activityHistoryItem", "visualInfo", "imageInfo", "status"} {
		name = "microsoft.graph." + name
		for _, difference := range compare(graph.Model().Type(name), implied.Type(name)) {
			if reasons[difference] == "" {
				t.Errorf("%s", difference)
			}
			delete(reasons, difference)
		}
	}
	for difference := range reasons {
		t.Errorf("there is no such difference any more: %s", difference)
	}
}

// compare lists how a type of the document differs from that of the metadata.
func compare(metadata, document *edm.Type) []string {
	a, b := facts(metadata), facts(document)
	for fact := range a {
		if _, has := b[fact]; !has {
			b[fact] = "nothing"
		}
	}
	var found []string
	for _, fact := range slices.Sorted(maps.Keys(b)) {
		if was, ok := a[fact]; !ok {
			found = append(found, fmt.Sprintf("%s: nothing in the metadata, %s in the document", fact, b[fact]))
		} else if was != b[fact] {
			found = append(found, fmt.Sprintf("%s: %s in the metadata, %s in the document", fact, was, b[fact]))
		}
	}
	return found
}

// facts is what can be compared of a type: by its name, and by those of its
// properties.
func facts(t *edm.Type) map[string]string {
	if t == nil {
		return map[string]string{}
	}
	all := map[string]string{t.ShortName(): strings.TrimSpace(fmt.Sprint(t.Kind, " ", strings.Join(t.Key, ",")))}
	for _, m := range t.Members {
		all[t.ShortName()+"/"+m.Name] = fmt.Sprint(m.Value)
	}
	for _, p := range t.Properties() {
		name := strings.TrimPrefix(strings.TrimPrefix(p.TypeName(), "Edm."), "microsoft.graph.")
		if p.Nullable {
			name += "?"
		}
		if p.Collection {
			name += "*"
		}
		if p.Navigation {
			name = "navigation to " + name
		}
		all[t.ShortName()+"/"+p.Name] = name
	}
	return all
}

// TestTypesAreReadAsMicrosoftWritesThem has the habits of Microsoft's own documents.
func TestTypesAreReadAsMicrosoftWritesThem(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("m.yaml", []byte(`openapi: 3.0.3
info: { title: t, version: v }
paths: {}
components:
  schemas:
    microsoft.graph.entity:
      title: entity
      type: object
      required: ['@odata.type']
      properties: { id: { type: string }, '@odata.type': { type: string } }
    microsoft.graph.user:
      allOf:
        - { $ref: '#/components/schemas/microsoft.graph.entity' }
        - title: user
          type: object
          additionalProperties: true
          properties:
            age: { type: number, format: int32, nullable: true }
            score: { oneOf: [{ type: number, format: double, nullable: true }, { type: string, nullable: true }, { $ref: '#/components/schemas/ReferenceNumeric' }] }
            photo: { type: string, format: base64url }
            days: { type: array, items: { type: string, format: date, nullable: true } }
            who: { anyOf: [{ $ref: '#/components/schemas/microsoft.graph.identity' }, { type: object, nullable: true }] }
            kind: { anyOf: [{ $ref: '#/components/schemas/microsoft.graph.kind' }, { type: object, nullable: true }] }
            manager: { anyOf: [{ $ref: '#/components/schemas/microsoft.graph.user' }, { type: object, nullable: true }], x-ms-navigationProperty: true }
            reports: { type: array, items: { $ref: '#/components/schemas/microsoft.graph.user' }, x-ms-navigationProperty: true }
    microsoft.graph.identity: { title: identity, type: object, properties: { id: { type: string, nullable: true } } }
    microsoft.graph.kind: { title: kind, type: string, enum: [member, guest] }
    microsoft.graph.userCollectionResponse: { title: Collection of user, type: object, properties: { value: { type: array, items: { $ref: '#/components/schemas/microsoft.graph.user' } } } }
    ReferenceNumeric: { type: string, enum: ['-INF', INF, NaN] }
`))
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Model()
	if err != nil {
		t.Fatal(err)
	}
	const want = `namespace microsoft.graph
alias graph microsoft.graph
entity entity
 key id
 prop id String
complex identity
 prop id String?
enum kind
 member 0
 guest 1
entity user : entity open
 prop age Int32?
 prop days Date?*
 prop kind kind?
 nav manager user?
 prop photo Binary
 nav reports user*
 prop score Double?
 prop who identity?
`
	if got := m.Text(); got != want {
		t.Errorf("%s", got)
	}
}

func TestDocumentWithoutTypesHasAnEmptyModel(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("m.yaml", []byte("openapi: 3.0.3\ninfo: { title: t, version: v }\npaths: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Model()
	if err != nil || m.Type("microsoft.graph.user") != nil || m.Container() != nil {
		t.Errorf("%v", err)
	}
}
