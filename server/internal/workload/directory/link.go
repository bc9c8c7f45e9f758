package directory

import "github.com/graphmock/graphmock/server/internal/service"

// targets are the types of what a property may lead to, where not everything may be. DOC: the
// page of each; that the property refuses others, with these words, is assumed
var targets = map[string][]string{
	"members":          {userType, groupType, deviceType, principalType, contactType},
	"owners":           {userType, principalType},
	"manager":          {userType, contactType},
	"registeredOwners": {userType, principalType},
	"registeredUsers":  {userType, principalType},
}

// checkLink refuses links that the directory does not have.
func checkLink(c *service.Call, l service.Link) error {
	if allowed := targets[l.Property]; allowed != nil && !l.Removed && !isOneOf(l.Target, allowed...) {
		return service.Fail("reference-invalid")
	}
	// CODE: clients in Python, Ruby and Go; the directory keeps the last owner of a group
	if l.Removed && l.Property == "owners" && l.Owner.Type == groupType && len(c.Links(l.Owner.Path, "owners")) < 2 {
		return service.Fail("last-owner")
	}
	return nil
}
