package openapi

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/schema"
)

// An intended difference between a document of Microsoft's and the embedded
// contract; a star stands for any text.
type intended struct{ line, reason string }

// intendedDifferences have to be there, in one edition at least, and no others.
var intendedDifferences = []intended{
	{"* /users/{}/activities/{}/historyitems/{}/activity/$ref: ours has no such operation",
		"today's edition has dropped it"},
	{"GET /users/{}/activities: parameter query $orderby: theirs only",
		"get-activities page has $expand, $filter and $top; CSDL has no $select and no $skip"},
	{"GET /users/{}/activities: parameter query $select: theirs only", "likewise"},
	{"GET /users/{}/activities: parameter query $skip: theirs only", "likewise"},
	{"GET /users/{}/activities: parameter query $count: theirs only", "likewise"},
	{"GET /users/{}/activities: parameter query $search: theirs only", "likewise"},
	{"GET /users/{}/activities/microsoft.graph.recent(): parameter query $*: theirs only",
		"get-recent-activities page has $expand, $filter and $top"},
	{"DELETE *: parameter header If-Match: theirs only",
		"no entity here has an ETag; a header that no parameter names is taken as it comes"},
	{"*: parameter query $expand: theirs array",
		"one text: commas may stand in parentheses, and the options' own parser reads it"},
	{"*: parameter query $expand: theirs uniqueItems:true", "likewise"},
	{"*: parameter query $expand: ours string", "likewise"},
	{"*: parameter query $select: theirs array", "likewise"},
	{"*: parameter query $select: theirs uniqueItems:true", "likewise"},
	{"*: parameter query $select: ours string", "likewise"},
	{"*: parameter query $orderby: theirs array", "likewise"},
	{"*: parameter query $orderby: theirs uniqueItems:true", "likewise"},
	{"*: parameter query $orderby: ours string", "likewise"},
	{"*: parameter query $*: ours minLength:1", "an option without a value is a mistake"},
	{"*: parameter query $top: theirs minimum:0", "query-parameters.md: the least is 1"},
	{"*: parameter query $top: ours minimum:1", "likewise"},
	{"*: parameter query $top: ours format:int32", "CSDL's Int32; a larger number is a mistake"},
	{"*: parameter query $skip: ours format:int32", "likewise"},
	{"*: parameter query $format: ours only", "OData has it for every operation"},
	{"*: parameter query $skiptoken: ours only", "next links carry it"},
	{"PATCH *: media type: theirs none", "the edition of 2022 has 204; today's and the SDKs have the entity"},
	{"PATCH *: media type: ours application/json", "likewise"},
	{"PATCH *: answer *: ours only", "likewise"},
	{"*: error*: ours closed", "the service's own errors are known; theirs are of all services"},
	{"*: error /error/innerError/*: ours only", "observed in every error"},
	{"*: error /error/innerError: ours needs:*", "likewise"},
	{"*: error /error/innererror: theirs only", "the edition of 2022 writes it so; Graph answers innerError"},
	{"*: error /error/innerError: ours only", "likewise"},
	{"*: error /error/*target: ours null", "nullable in today's edition"},
	{"*@odata.*: ours only", "annotations, which their additionalProperties stand for"},
	{"*@odata.nextLink: ours format:uri", "paging.md: it is a URL"},
	{"*@odata.nextLink: theirs null", "the last page has none"},
	{"*: request*: ours closed",
		"an unknown property is 400 RequestBodyRead; theirs rejects their own samples, read literally"},
	{"*: answer*: ours closed", "graphmock's own answers have nothing else"},
	{"*: request*: ours needs:*", "CSDL and the resource pages require it"},
	{"*: answer*: ours needs:*", "what was required is answered"},
	{"*Date*Time: theirs pattern:*", "the format says it, and takes what OData takes"},
	{"*/lastModifiedDateTime: ours x-readOnly:true", "resource pages: set by the server"},
	{"*/createdDateTime: ours x-readOnly:true", "likewise"},
	{"*/expirationDateTime: ours x-readOnly:true", "activity page: set by the server"},
	{"*/status: ours x-readOnly:true", "likewise"},
	{"*/id: ours x-readOnly:true", "activity page: picked by the service"},
	{"*/id: ours format:uuid", "historyItem page: a GUID"},
	{"*/activity: ours x-readOnly:true", "the URL names the activity"},
	{"*/activity: ours null", "graphmock answers null if the activity is gone by the time that it is expanded"},
	{"*/status: ours null", "CSDL lets it be null"},
	{"*/attribution: ours null", "CSDL lets it be null"},
	{"*/addImageQuery: ours string", "put-activity page: a text in its samples"},
	{"*/addImageQuery: ours enum:[true false]", "likewise"},
	{"*/activitySourceHost: ours pattern:*", "activity page: the host's URL, without a path"},
	{"*/backgroundColor: ours pattern:*", "visualInfo page: a valid hex colour"},
	{"*/iconUrl: ours format:uri", "imageInfo page: a URI"},
	{"*/activeDurationSeconds: theirs minimum:*", "int32 says it"},
	{"*/activeDurationSeconds: theirs maximum:*", "likewise"},
	{"*/activeDurationSeconds: theirs number", "CSDL: Int32; today's edition writes every number so"},
	{"*/activeDurationSeconds: ours integer", "likewise"},
	{"*/$count: answer : ours minimum:0", "a count is not negative"},
}

// TestEmbeddedContractComparesWithTheOfficialDocuments goes through both of them
// operation by operation.
func TestEmbeddedContractComparesWithTheOfficialDocuments(t *testing.T) {
	t.Parallel()
	met := make([]bool, len(intendedDifferences))
	for _, edition := range []string{"CrossDeviceExperiences.2022-02.yml", "CrossDeviceExperiences.yml"} {
		text, err := os.ReadFile(filepath.Join("testdata", "official", edition))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := Parse(edition, text)
		if err != nil {
			t.Fatal(err)
		}
		for op := range theirs.Operations() {
			for _, line := range differencesOf(op, namesake(op)) {
				known := false
				for i, row := range intendedDifferences {
					if matches(row.line, line) {
						known, met[i] = true, true
					}
				}
				if !known {
					t.Errorf("%s: %s", edition, line)
				}
			}
		}
	}
	for i, row := range intendedDifferences {
		if !met[i] {
			t.Errorf("no difference is %q any more: %s", row.line, row.reason)
		}
	}
}

// namesake is the embedded contract's operation with the same path, nil if there
// is none. Functions have their short name there.
func namesake(op *Operation) *Operation {
	shape := strings.ReplaceAll(op.shape, "microsoft.graph.recent", "recent")
	for own := range Embedded().Operations() {
		if own.Method == op.Method && own.shape == shape {
			return own
		}
	}
	return nil
}

// matches tells whether a line is as a row says, whose stars are any text.
func matches(row, line string) bool {
	parts := strings.Split(row, "*")
	if !strings.HasPrefix(line, parts[0]) {
		return false
	}
	if len(parts) == 1 {
		return row == line
	}
	rest := line[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// differencesOf compares two operations: what they take, and what they answer.
func differencesOf(theirs, ours *Operation) (lines []string) {
	place := theirs.Method + " " + theirs.shape
	if ours == nil {
		return []string{place + ": ours has no such operation"}
	}
	add := func(what string, facets ...string) {
		for _, each := range facets {
			lines = append(lines, place+": "+what+": "+each)
		}
	}
	compare := func(kind string, theirs, ours map[string][]string) {
		for _, name := range slices.Sorted(maps.Keys(theirs)) {
			own, both := ours[name]
			if !both {
				add(kind+" "+name, "theirs only")
				continue
			}
			for _, facet := range theirs[name] {
				if !slices.Contains(own, facet) {
					add(kind+" "+name, "theirs "+facet)
				}
			}
			for _, facet := range own {
				if !slices.Contains(theirs[name], facet) {
					add(kind+" "+name, "ours "+facet)
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(ours)) {
			if _, both := theirs[name]; !both {
				add(kind+" "+name, "ours only")
			}
		}
	}
	compare("parameter", parametersOf(theirs), parametersOf(ours))
	compare("request", propertiesOf(theirs.RequestBody().content.schema()),
		propertiesOf(ours.RequestBody().content.schema()))
	if theirBody, body := bodyOf(theirs), bodyOf(ours); theirBody != body {
		add("body", "theirs "+theirBody, "ours "+body)
	}
	for status := range ours.Statuses() {
		if !theirs.Declares(status) || status/100 == 2 &&
			theirs.Response(status).HasBody() != ours.Response(status).HasBody() && status != 204 {
			add(fmt.Sprint("status ", status), "ours only")
		}
	}
	for status := range theirs.Statuses() {
		if !ours.Declares(status) {
			add(fmt.Sprint("status ", status), "theirs only")
		}
	}
	theirMedia, theirAnswer := answerOf(theirs)
	media, answer := answerOf(ours)
	if theirMedia != media {
		add("media type", "theirs "+theirMedia, "ours "+media)
	}
	compare("answer", propertiesOf(theirAnswer), propertiesOf(answer))
	compare("error", propertiesOf(errorOf(theirs)), propertiesOf(errorOf(ours)))
	return lines
}

func bodyOf(op *Operation) string {
	b := op.RequestBody()
	return fmt.Sprint("taken ", b.Accepted, ", needed ", b.Required)
}

// parametersOf tells of each parameter but the path's, which have other names.
func parametersOf(op *Operation) map[string][]string {
	all := map[string][]string{}
	for _, p := range op.parameters {
		if p.in != "path" {
			all[p.in+" "+p.name] = append(facets(p.schema.JSON()), fmt.Sprint("required:", p.required))
		}
	}
	return all
}

// answerOf is the body of the first success that has one.
func answerOf(op *Operation) (media string, s *schema.Schema) {
	for status := range op.Successes() {
		if r := op.response(status); r != nil && len(r.content) > 0 {
			return r.content[0].name, r.content[0].schema
		}
	}
	return "none", nil
}

// errorOf is the body of a 400.
func errorOf(op *Operation) *schema.Schema {
	if r := op.response(400); r != nil && len(r.content) > 0 {
		return r.content[0].schema
	}
	return nil
}

// propertiesOf tells of each property of a schema what its values are, by their
// place; what an allOf has stands where the allOf does.
func propertiesOf(s *schema.Schema) map[string][]string {
	found := map[string]*[]string{}
	if s != nil {
		addFacets(found, s.JSON(), s.JSON(), "", nil)
	}
	all := map[string][]string{}
	for place, list := range found {
		slices.Sort(*list)
		all[place] = slices.Compact(*list)
	}
	return all
}

const maxPlace = 4 // segments

// addFacets goes into a part of a schema, but not twice into the same entity.
func addFacets(found map[string]*[]string, root, part map[string]any, place string, above []string) {
	if strings.Count(place, "/") > maxPlace {
		return // an error may hold errors
	}
	node := schema.Part(root, part)
	title, _ := node["title"].(string)
	if title == "userActivity" || title == "activityHistoryItem" {
		if n := len(above); slices.Contains(above, title) && above[n-1] != title {
			return
		}
		above = append(slices.Clip(above), title)
	}
	list := found[place]
	if list == nil {
		list = new([]string)
		found[place] = list
	}
	*list = append(*list, facets(node)...)
	for _, word := range []string{"allOf", "anyOf"} {
		branches, _ := node[word].([]any)
		for _, branch := range branches {
			addFacets(found, root, branch.(map[string]any), place, above)
		}
	}
	if items, ok := node["items"].(map[string]any); ok {
		addFacets(found, root, items, place+"/-", above)
	}
	properties, _ := node["properties"].(map[string]any)
	for name, p := range properties {
		addFacets(found, root, p.(map[string]any), place+"/"+name, above)
	}
}

// facets are the rules that a schema has for a value.
func facets(node map[string]any) (list []string) {
	for _, word := range slices.Sorted(maps.Keys(node)) {
		switch v := node[word]; word {
		case "type":
			list = append(list, v.([]string)...)
		case "required":
			for _, name := range v.([]string) {
				list = append(list, "needs:"+name)
			}
		case "enum":
			list = append(list, fmt.Sprint("enum:", v))
		case "additionalProperties":
			if v == false {
				list = append(list, "closed")
			}
		case "format", "minimum", "maximum", "minLength", "maxLength", "pattern", "uniqueItems", "x-readOnly":
			list = append(list, fmt.Sprint(word, ":", v))
		}
	}
	return list
}
