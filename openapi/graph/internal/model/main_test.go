package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const head = `<Edmx xmlns="http://docs.oasis-open.org/odata/ns/edmx"><DataServices>` +
	`<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="microsoft.graph">`
const tail = `</Schema></DataServices></Edmx>`

const noExchanges = `{"log":{"entries":[]}}`

const headerLines = "# The model of Microsoft Graph, facts only. Package edm tells how to read it.\n" +
	"# Source: here\n# Written by \"task model\" and not by hand.\n"

// text returns the model of a schema, without its header.
func text(t *testing.T, schema, facts, exchanges string) string {
	t.Helper()
	text, err := generate(inputs{[]byte(head + schema + tail), []byte(facts), []byte(exchanges)}, "here")
	if err != nil {
		t.Fatal(err)
	}
	text, found := strings.CutPrefix(text, headerLines+"namespace microsoft.graph\n")
	if !found {
		t.Errorf("it begins with\n%.300s", text)
	}
	return text
}

func TestTextHasFactsOnly(t *testing.T) {
	t.Parallel()
	got := text(t, `<EntityType Name="user"><Key><PropertyRef Name="id"/></Key>
<Annotation Term="Org.OData.Core.V1.Revisions"><Collection><Record><PropertyValue Property="Description" String="deprecated, sorry"/></Record></Collection></Annotation>
<Property Name="id" Type="Edm.String" Nullable="false"><Annotation Term="Org.OData.Core.V1.LongDescription" String="prose"/><Annotation Term="Org.OData.Core.V1.Computed"/></Property>
</EntityType>`, "", noExchanges)
	if want := "entity user\n key id\n prop id String Core.Computed=true\n"; got != want {
		t.Errorf("%s", got)
	}
}

const library = `<EntityType Name="item" Abstract="true"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.String" Nullable="false"/><Property Name="note" Type="Edm.String"/></EntityType>
<EntityType Name="book" BaseType="microsoft.graph.item"><Property Name="title" Type="Edm.String"/>
<Property Name="pages" Type="Edm.Int32"/><Property Name="isbn" Type="Edm.String"><Annotation Term="Org.OData.Core.V1.Immutable"/></Property>
<Property Name="shelf" Type="microsoft.graph.shelf"><Annotation Term="Org.OData.Core.V1.Computed"/></Property></EntityType>
<ComplexType Name="shelf"><Property Name="row" Type="Edm.Int32"/></ComplexType>
<EntityContainer Name="C"><EntitySet Name="books" EntityType="microsoft.graph.book"/></EntityContainer>`

const libraryText = `container C
 set books book
entity book : item
 inherited id readonly
 inherited note selectonly
 prop title String? required sortable searchable filter=eq,not,startswith
 prop pages Int32? filter=any
 prop isbn String? Core.Immutable=true
 prop shelf shelf? Core.Computed=true
entity item abstract
 key id
 prop id String
 prop note String?
complex shelf
 prop row Int32?
`

func TestFactsAreMerged(t *testing.T) {
	t.Parallel()
	got := text(t, library, `{"type": "book", "property": "Title", "required": "*Required*.", "filter": ["eq", "NOT", "startsWith`+
		"`"+` operators only"], "orderby": true, "search": true}
{"type": "book", "property": "pages", "filter": ["?"], "required": "Not required"}
{"type": "book", "property": "isbn", "readOnly": true}
{"type": "book", "property": "note", "selectOnly": true}
{"type": "BOOK", "property": "id", "readOnly": true, "required": "Required"}
{"type": "book", "property": "gone", "readOnly": true}
{"type": "magazine", "property": "title", "readOnly": true}
{"type": "book", "property": "shelf", "readOnly": true, "required": "Required"}
{"type": "shelf", "property": "row", "readOnly": true}
`, `{"log":{"entries":[
{"request":{"url":"https://graph.microsoft.com/v1.0/books/1","postData":{"text":"{\"shelf\":{\"row\":3}}"}}},
{"request":{"url":"https://graph.microsoft.com/v1.0/none","postData":{"text":"{\"id\":\"1\"}"}}},
{"request":{"url":"https://graph.microsoft.com/v1.0/books","postData":{"text":"row=3"}}}]}}`)
	if got != libraryText {
		t.Errorf("%s", got)
	}
}

// TestPropertiesOfWhichNothingIsSaidGoWithTheMost: documentation that calls most
// properties of a type select-only, and some returned by default, is right about the
// others too, and where it calls few so, the others are returned.
func TestPropertiesOfWhichNothingIsSaidGoWithTheMost(t *testing.T) {
	t.Parallel()
	const most = `{"type": "book", "property": "title", "default": true}
{"type": "book", "property": "isbn", "selectOnly": true}
`
	got := text(t, library, most+`{"type": "book", "property": "note", "selectOnly": true}`, noExchanges)
	for _, want := range []string{" inherited note selectonly\n", " title String?\n", " pages Int32? selectonly\n",
		" isbn String? selectonly ", " shelf shelf? selectonly "} {
		if !strings.Contains(got, want) {
			t.Errorf("without %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "inherited id") {
		t.Error("the key is always returned")
	}
	got = text(t, library, most+`{"type": "book", "property": "note", "default": true}`, noExchanges)
	if strings.Count(got, "selectonly") != 1 {
		t.Errorf("%s", got)
	}
}

func TestBrokenInputIsRefused(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]inputs{
		"property-facts.jsonl: line 2": {[]byte(head + tail), []byte("{}\n{"), []byte(noExchanges)},
		"documented-v1.0.har: ":        {[]byte(head + tail), nil, []byte("{")},
		"v1.0.csdl:1:":                 {[]byte("<Edmx"), nil, []byte(noExchanges)},
	} {
		if _, err := generate(in, ""); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestModelIsWhatTheCommandWrites writes the model again and compares bytes. What it
// is made of is not part of the project: it is looked for in the folder that
// GRAPHMOCK_SHARED names, or the one named shared next to the checkout.
func TestModelIsWhatTheCommandWrites(t *testing.T) {
	t.Parallel()
	model, err := os.ReadFile(filepath.Join("..", "..", "v1.0.model"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(model), sourceLine)
	source, _, found := strings.Cut(rest, "\n")
	if !found || !strings.HasPrefix(string(model), header(source)) {
		t.Errorf("the model begins with\n%.300s", model)
	}
	folder := cmp.Or(os.Getenv("GRAPHMOCK_SHARED"), filepath.Join("..", "..", "..", "..", "..", "shared"))
	in, err := read(filepath.Join(folder, "graph"))
	if err != nil {
		t.Logf("only the header is checked: %v", err)
		return
	}
	text, err := generate(in, source)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(model) {
		t.Error("the command writes another text: run task model")
	}
}
