package graph

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestPermissionIDs(t *testing.T) {
	t.Parallel()
	all := PermissionIDs()
	if !slices.IsSortedFunc(all, func(a, b PermissionID) int { return strings.Compare(a.Name, b.Name) }) || len(all) < 800 {
		t.Errorf("%d permissions, or not sorted", len(all))
	}
	owner := map[string]string{}
	for _, p := range all {
		for _, id := range slices.Compact([]string{p.Application, p.Delegated}) { // one has the same for both
			if id == "" {
				continue
			}
			if uuid.Validate(id) != nil || id != strings.ToLower(id) {
				t.Errorf("%s: %q is no id", p.Name, id)
			}
			if other := owner[id]; other != "" {
				t.Errorf("%s and %s have the id %s", other, p.Name, id)
			}
			owner[id] = p.Name
		}
		if p.Application+p.Delegated == "" {
			t.Errorf("%s has no id", p.Name)
		}
	}
	for id, name := range map[string]string{ // of the documentation's own samples
		"df021288-bdef-4463-88db-98f22de89214": "User.Read.All",
		"e1fe6dd8-ba31-4d61-89e7-88639da4683d": "User.Read",
		"06b708a9-e830-4db3-a914-8e69da51d44f": "AppRoleAssignment.ReadWrite.All",
	} {
		if owner[id] != name {
			t.Errorf("%s is %q, want %s", id, owner[id], name)
		}
	}
}
