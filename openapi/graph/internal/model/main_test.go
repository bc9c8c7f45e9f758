package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
)

const head = `<Edmx xmlns="http://docs.oasis-open.org/odata/ns/edmx"><DataServices>` +
	`<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="microsoft.graph">`
const tail = `</Schema></DataServices></Edmx>`

const noPermissions = `{}`

const noExchanges = `{"log":{"entries":[]}}`

// text returns the model of a schema, without its header.
func text(t *testing.T, schema, facts, exchanges string) string {
	t.Helper()
	in := inputs{[]byte(head + schema + tail), []byte(facts), []byte(exchanges), []byte(noPermissions)}
	return generated(t, modelFile, in,
		"# The model of Microsoft Graph, facts only. Package edm tells how to read it.\n"+
			"# Source: here\n# Written by \"task model\" and not by hand.\nnamespace microsoft.graph\n")
}

// generated returns a file that the command writes, without the lines at its top.
func generated(t *testing.T, name string, in inputs, top string) string {
	t.Helper()
	files, err := generate(in, "here")
	if err != nil {
		t.Fatal(err)
	}
	text, found := strings.CutPrefix(files[name], top)
	if !found {
		t.Errorf("it begins with\n%.300s", files[name])
	}
	return text
}

func TestTextHasFactsOnly(t *testing.T) {
	t.Parallel()
	got := text(t, `<EntityType Name="user"><Key><PropertyRef Name="id"/></Key>
<Annotation Term="Org.OData.Core.V1.Revisions"><Collection><Record>
 <PropertyValue Property="Description" String="deprecated, sorry"/></Record></Collection></Annotation>
<Property Name="id" Type="Edm.String" Nullable="false">
 <Annotation Term="Org.OData.Core.V1.LongDescription" String="prose"/>
 <Annotation Term="Org.OData.Core.V1.Computed"/></Property>
</EntityType>`, "", noExchanges)
	if want := "entity user\n key id\n prop id String Core.Computed=true\n"; got != want {
		t.Errorf("%s", got)
	}
}

const library = `<EntityType Name="item" Abstract="true"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.String" Nullable="false"/><Property Name="note" Type="Edm.String"/></EntityType>
<EntityType Name="book" BaseType="microsoft.graph.item"><Property Name="title" Type="Edm.String"/>
<Property Name="pages" Type="Edm.Int32"/>
<Property Name="isbn" Type="Edm.String"><Annotation Term="Org.OData.Core.V1.Immutable"/></Property>
<Property Name="shelf" Type="microsoft.graph.shelf">
 <Annotation Term="Org.OData.Core.V1.Computed"/></Property></EntityType>
<ComplexType Name="place"><Property Name="city" Type="Edm.String"/></ComplexType>
<Action Name="lend" IsBound="true"><Parameter Name="b" Type="microsoft.graph.book"/>
 <Parameter Name="to" Type="microsoft.graph.place"/></Action>
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
 action lend(to place?) binding=b
entity item abstract
 key id
 prop id String
 prop note String?
complex place
 prop city String?
complex shelf
 prop row Int32?
`

func TestFactsAreMerged(t *testing.T) {
	t.Parallel()
	got := text(t, library, `{"type": "book", "property": "Title", "required": "*Required*.", "orderby": true, "search": true,`+
		`"filter": ["eq", "NOT", "startsWith`+"`"+` operators only"]}
{"type": "book", "property": "pages", "filter": ["?"], "required": "Not required"}
{"type": "book", "property": "isbn", "readOnly": true}
{"type": "book", "property": "note", "selectOnly": true}
{"type": "BOOK", "property": "id", "readOnly": true, "required": "Required"}
{"type": "book", "property": "gone", "readOnly": true}
{"type": "magazine", "property": "title", "readOnly": true}
{"type": "book", "property": "shelf", "readOnly": true, "required": "Required"}
{"type": "shelf", "property": "row", "readOnly": true}
{"type": "place", "property": "city", "readOnly": true}
`, `{"log":{"entries":[
{"request":{"url":"https://graph.microsoft.com/v1.0/books/1","postData":{"text":"{\"shelf\":{\"row\":3}}"}}},
{"request":{"url":"https://graph.microsoft.com/v1.0/books/1/lend",
	"postData":{"text":"{\"To\":{\"city\":\"Lund\"},\"by\":1}"}}},
{"request":{"url":"https://graph.microsoft.com/v1.0/none","postData":{"text":"{\"id\":\"1\"}"}}},
{"request":{"url":"https://graph.microsoft.com/v1.0/books","postData":{"text":"row=3"}}}]}}`)
	if got != libraryText {
		t.Errorf("%s", got)
	}
}

// TestCorrectionsAreOfTheModel: each is of a property that there is, and changes what
// would be known without it.
func TestCorrectionsAreOfTheModel(t *testing.T) {
	t.Parallel()
	for _, c := range corrections() {
		if c.why == "" || !c.writable && !c.required && !c.selectOnly {
			t.Errorf("%+v", c)
		}
		of := graph.Model().Type("microsoft.graph." + c.of)
		for _, name := range c.properties {
			switch p := of.Property(name); {
			case p == nil:
				t.Errorf("%s has no property %s", c.of, name)
			case c.writable && p.ReadOnly, c.required && !p.Required, c.selectOnly && !p.SelectOnly:
				t.Errorf("%s/%s: %+v", c.of, name, p.Usage)
			}
		}
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

func TestPermissionsAreOfPathsOfTheModel(t *testing.T) {
	t.Parallel()
	const schema = `<EntityType Name="item"><Key><PropertyRef Name="id"/></Key>
 <Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>
<EntityType Name="file" BaseType="microsoft.graph.item">
 <NavigationProperty Name="pages" Type="Collection(microsoft.graph.item)" ContainsTarget="true"/></EntityType>
<EntityType Name="shelf" BaseType="microsoft.graph.item">
 <NavigationProperty Name="root" Type="microsoft.graph.item" ContainsTarget="true"/>
 <NavigationProperty Name="items" Type="Collection(microsoft.graph.item)" ContainsTarget="true"/></EntityType>
<Function Name="find" IsBound="true"><Parameter Name="b" Type="microsoft.graph.shelf"/>
 <Parameter Name="q" Type="Edm.String"/><ReturnType Type="Edm.String"/></Function>
<EntityContainer Name="C"><EntitySet Name="shelves" EntityType="microsoft.graph.shelf"/></EntityContainer>`
	files, err := generate(inputs{[]byte(head + schema + tail), nil, []byte(noExchanges), []byte(`{
"Shelf.Read":{"pathSets":[{"schemeKeys":["DelegatedWork"],"methods":["GET"],"paths":{
	"/SHELVES":"", "/shelves/{id}/items/{id}/pages":"", "/shelves/{id}/root:/{path}:":"",
	"/shelves/{id}/items/{id}:/{name}":"", "/shelves/{id}/root:/a/b:/pages/{id}":"",
	"/shelves/{id}/find(q={value})":"", "/magazines/{id}":"", "/shelves/{id}/Shelves":"",
	"/shelves/{id}/find(p={value})":"", "/shelves/{id}}":""}}]}}`)}, "here")
	if err != nil {
		t.Fatal(err)
	}
	var templates []string
	for line := range strings.Lines(files[permissionsFile]) {
		if line[0] == '/' {
			template, _, _ := strings.Cut(line, " ")
			templates = append(templates, template)
		}
	}
	if want := []string{"/shelves", "/shelves/{}/find(q={})", "/shelves/{}/items/{}", "/shelves/{}/items/{}/pages",
		"/shelves/{}/items/{}/pages/{}"}; !slices.Equal(templates, want) {
		t.Errorf("%v", templates)
	}
	_, left, _ := strings.Cut(files[unknownFile], "by hand.\n")
	if want := "# " + noName + "\n/magazines\n" +
		"# " + elsewhere + "\n/shelves/{id}/find(p={value})\n/shelves/{id}/shelves\n" +
		"# " + noPath + "\n/shelves/{id}}\n"; left != want {
		t.Errorf("%s", left)
	}
}

// TestWhatAPermissionIsEnoughFor has the sets of some permissions for GET and POST
// /books, and what becomes of them.
func TestWhatAPermissionIsEnoughFor(t *testing.T) {
	t.Parallel()
	set := func(name, schemes, methods, terms string) string {
		quoted := func(list string) string { return `["` + strings.ReplaceAll(list, ",", `","`) + `"]` }
		return `"` + name + `":{"pathSets":[{"schemeKeys":` + quoted(schemes) + `,"methods":` + quoted(methods) +
			`,"paths":{"/books":"` + terms + `"}}]}`
	}
	const work, app, both = "DelegatedWork", "Application", "DelegatedWork,Application"
	const ofWork, ofBoth = "least=DelegatedWork", "least=Application,DelegatedWork"
	for name, c := range map[string]struct{ sets, want string }{
		"the least ones first": {
			set("B.Read.All", both, "GET", "") + "," + set("C.Read", both, "GET", ofBoth),
			" GET both C.Read < B.Read.All\n"},
		"by scheme": {
			set("A.Read", work, "GET", ofWork) + "," + set("A.Read.All", app, "GET", "least=Application"),
			" GET application A.Read.All\n GET delegated A.Read\n"},
		"by method": {set("A.ReadWrite", both, "POST,GET", ofBoth), " GET,POST both A.ReadWrite\n"},
		"what writes is not the least that reads": {
			set("A.Read", work, "GET", ofWork) + "," + set("A.ReadWrite", work, "GET,POST", ofWork),
			" GET delegated A.Read < A.ReadWrite\n POST delegated A.ReadWrite\n"},
		"what gives more is not the least": {
			set("A.Create", work, "POST", ofWork) + "," + set("A.ReadWrite", work, "GET,POST", ofWork),
			" GET delegated A.ReadWrite\n POST delegated A.Create < A.ReadWrite\n"},
		"none is marked": {
			set("A.Read", work, "GET", "") + "," + set("A.ReadWrite", work, "GET,POST", ""),
			" GET delegated A.Read < A.ReadWrite\n POST delegated A.ReadWrite\n"},
		"personal accounts": {
			set("A.Read", "DelegatedPersonal", "GET", "") + "," + set("B.Read", work, "GET", ofWork),
			" GET delegated B.Read\n"},
		"personal accounts only": {
			set("A.Read", "DelegatedPersonal", "GET", ""), " GET delegated A.Read\n"},
		"one besides": {
			set("A.ReadWrite", app, "POST", "least=Application;AlsoRequires=B.Read,C.Read") + "," +
				set("B.Read", app, "POST", "") + "," + set("C.Read", app, "POST", "AlsoRequires=A.ReadWrite") + "," +
				set("D.ReadWrite", app, "POST", ""),
			" POST application A.ReadWrite+B.Read|C.Read < D.ReadWrite\n"},
	} {
		in := inputs{[]byte(head + library + tail), nil, []byte(noExchanges), []byte("{" + c.sets + "}")}
		text := generated(t, permissionsFile, in, "")
		_, got, _ := strings.Cut(text[strings.Index(text, "/books "):], "\n")
		if _, got, _ = strings.Cut(got, "\n"); got != c.want {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

func TestBrokenInputIsRefused(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]inputs{
		"property-facts.jsonl: line 2": {[]byte(head + tail), []byte("{}\n{"), []byte(noExchanges), []byte(noPermissions)},
		"documented-v1.0.har: ":        {[]byte(head + tail), nil, []byte("{"), []byte(noPermissions)},
		"v1.0.csdl:1:":                 {[]byte("<Edmx"), nil, []byte(noExchanges), []byte(noPermissions)},
		"permissions.json: ":           {[]byte(head + library + tail), nil, []byte(noExchanges), []byte("[")},
	} {
		if _, err := generate(in, ""); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestFilesAreWhatTheCommandWrites writes them again and compares bytes. What they are
// made of is not part of the project: it is looked for in the folder that
// GRAPHMOCK_SHARED names, or the one named shared next to the checkout.
func TestFilesAreWhatTheCommandWrites(t *testing.T) {
	t.Parallel()
	const root = "../.."
	model, err := os.ReadFile(filepath.Join(root, modelFile))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(model), sourceLine)
	source, _, found := strings.Cut(rest, "\n")
	if !found || !strings.HasPrefix(string(model), header(modelTitle, source)) {
		t.Errorf("the model begins with\n%.300s", model)
	}
	folder := cmp.Or(os.Getenv("GRAPHMOCK_SHARED"), filepath.Join(root, "../../../shared"))
	in, err := read(filepath.Join(folder, "graph"))
	if err != nil {
		t.Logf("only the header is checked: %v", err)
		return
	}
	files, err := generate(in, source)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		written, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil || string(written) != text {
			t.Errorf("the command writes another %s: run task model (%v)", name, err)
		}
	}
}
