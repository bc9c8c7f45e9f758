package directory

import (
	"slices"

	"github.com/graphmock/graphmock/server/internal/service"
)

// targets are the types of what a property may lead to, where not everything may be. DOC: the
// page of each; OBS of owners and of the members of units
var targets = map[string][]string{
	"members":          {userType, groupType, deviceType, principalType, contactType},
	"owners":           {userType, principalType},
	"manager":          {userType, contactType},
	"registeredOwners": {userType, principalType},
	"registeredUsers":  {userType, principalType},
}

// checkLink refuses links that the directory does not have.
func checkLink(c *service.Call, l service.Link) error {
	allowed, known := targets[l.Property]
	group := l.Owner.Properties
	if l.Property == "members" && l.Owner.Type == groupType {
		if isDynamic(group) { // OBS microsoft-graph-docs#9071, KelvinTegelaar/CIPP#468
			return service.Fail("membership-dynamic")
		}
		if isUnified(group) { // DOC groups-allowed-member-types.md
			allowed = []string{userType}
		} else if l.Target.Type == groupType && isUnified(l.Target.Properties) {
			known, allowed = true, slices.DeleteFunc(slices.Clone(allowed), func(t string) bool { return t == groupType })
		}
	}
	if l.Owner.Type == unitType {
		allowed = []string{userType, groupType, deviceType}
	}
	if known && !l.Removed && !slices.Contains(append(allowed, objectType), l.Target.Type) {
		return service.Fail("reference-type", "{type}", upperFirst(shortName(l.Target.Type)), "{id}", l.Target.Key(),
			"{property}", l.Property)
	}
	if l.Owner.Type == groupType && group["mailEnabled"] == true && !isUnified(group) { // OBS
		return service.Fail("distribution-list")
	}
	// CODE: clients in Python, Ruby and Go; the directory keeps the last owner of a group
	if l.Removed && l.Property == "owners" && l.Owner.Type == groupType && len(c.Links(l.Owner.Path, "owners")) < 2 {
		return service.Fail("last-owner")
	}
	return nil
}
