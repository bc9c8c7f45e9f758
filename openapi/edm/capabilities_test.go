package edm_test

import (
	"reflect"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

func TestCapabilities(t *testing.T) {
	t.Parallel()
	m := parse(t, `namespace a
container C
 set all thing Capabilities.ExpandRestrictions#Org.OData.Capabilities.V1.ExpandRestrictions={"NonExpandableProperties":[{"$NavigationPropertyPath":"parts"}]}
 set plain plain
entity child : thing
 nav parts plain* contained Capabilities.DeleteRestrictions={"Deletable":false} Capabilities.FilterRestrictions={"Filterable":true,"FilterExpressionRestrictions":[{"AllowedExpressions":"ge le","Property":{"$PropertyPath":"at"}}],"NonFilterableProperties":[{"$PropertyPath":"id"}]} Capabilities.InsertRestrictions={"Insertable":true} Capabilities.NavigationRestrictions={"Expandable":false,"Referenceable":false} Capabilities.UpdateRestrictions={"UpdateMethod":{"$EnumMember":"Org.OData.Capabilities.V1.HttpMethod/PUT"},"UpsertSupported":true}
entity plain
 key id
 prop id String
entity thing Capabilities.ChangeTracking={"Supported":true} Capabilities.CountRestrictions={"Countable":false} Capabilities.ExpandRestrictions={"Expandable":true} Capabilities.FilterRestrictions={"Filterable":false} Capabilities.ReadRestrictions={"ReadByKeyRestrictions":{"Readable":false}} Capabilities.SearchRestrictions={"Searchable":"no"} Capabilities.SelectRestrictions={"Selectable":false} Capabilities.SkipSupported=false Capabilities.SortRestrictions={"NonSortableProperties":[{"$PropertyPath":"id"},{"$PropertyPath":"at"}]} Capabilities.TopSupported=true
 key id
 prop id String
`)
	ofThing := edm.Capabilities{
		ReadableByKey: edm.Unsupported, Countable: edm.Unsupported, Expandable: edm.Supported,
		Filterable: edm.Unsupported, Selectable: edm.Unsupported, Skip: edm.Unsupported, Top: edm.Supported,
		ChangeTracking: edm.Supported, NonSortable: []string{"id", "at"},
	}
	ofAll := ofThing
	ofAll.Expandable, ofAll.NonExpandable = edm.Unsaid, []string{"parts"}
	for name, c := range map[string]struct{ got, want edm.Capabilities }{
		"a type":            {m.Type("a.thing").Capabilities(), ofThing},
		"one that derives":  {m.Type("a.child").Capabilities(), edm.Capabilities{}},
		"a set of the type": {m.Container().Property("all").Capabilities(), ofAll},
		"another set":       {m.Container().Property("plain").Capabilities(), edm.Capabilities{}},
		"a navigation property": {m.Type("a.child").Property("parts").Capabilities(), edm.Capabilities{
			Deletable: edm.Unsupported, Filterable: edm.Supported, Insertable: edm.Supported,
			Expandable: edm.Unsupported, Referenceable: edm.Unsupported, Upsertable: edm.Supported,
			UpdateMethod: "PUT", NonFilterable: []string{"id"}, FilterExpressions: map[string]string{"at": "ge le"},
		}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", name, c.got, c.want)
		}
	}
	if !edm.Unsaid.Allowed() || !edm.Supported.Allowed() || edm.Unsupported.Allowed() {
		t.Error("what is not said is allowed")
	}
}
