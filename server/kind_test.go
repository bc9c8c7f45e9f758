package server

import (
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

// TestKindsHaveWhatTheyAnswer compares the order of properties in answers with the
// types that query options are about.
func TestKindsHaveWhatTheyAnswer(t *testing.T) {
	t.Parallel()
	for _, k := range []*kind{kinds().activity, kinds().item} {
		for _, name := range k.order {
			if k.options.Property(name) == nil {
				t.Errorf("%s is answered with %s, which is no property", k.name, name)
			}
		}
		for _, p := range k.options.Properties() {
			if p.Navigation != (p.Name == k.expandable) {
				t.Errorf("%s can't expand %s", k.name, p.Name)
			}
			if !p.Navigation && !slices.Contains(k.order, p.Name) {
				t.Errorf("%s is answered without %s", k.name, p.Name)
			}
		}
	}
}

// TestTypesAreThoseOfTheContractWhereItDiffers has what the contract says otherwise
// than Graph's metadata.
func TestTypesAreThoseOfTheContractWhereItDiffers(t *testing.T) {
	t.Parallel()
	activity, item := kinds().activity.options, kinds().item.options
	if got := item.Property("id").Type().Primitive; got != edm.Guid {
		t.Errorf("the id of an item is %s", got)
	}
	if got := activity.Property("contentInfo").TypeName(); got != "Edm.Untyped" {
		t.Errorf("contentInfo is %s", got)
	}
	if got := item.Property("activity"); !got.Nullable || got.Type() != activity {
		t.Errorf("activity is %+v", got)
	}
}
