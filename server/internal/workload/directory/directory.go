// Package directory is what the objects of the directory do beyond their model: users,
// groups, applications and what refers to them.
package directory

import "github.com/graphmock/graphmock/server/internal/service"

// Behaviors returns those of all objects of the directory. Which properties are the
// links of others, read backwards or to their end, is documented with each property; what a new user or group has to have, with the operations
// that create them.
func Behaviors() []*service.Behavior {
	reverse := map[string]string{
		"memberOf": "members", "ownedObjects": "owners", "ownedDevices": "registeredOwners",
		"registeredDevices": "registeredUsers", "directReports": "manager",
	}
	transitive := map[string]string{
		"transitiveMembers": "members", "transitiveMemberOf": "memberOf", "transitiveReports": "directReports",
	}
	return []*service.Behavior{
		{Type: "microsoft.graph.directoryObject", Reverse: reverse, Transitive: transitive, Nulls: true},
		{Type: "microsoft.graph.user", Reverse: reverse, Transitive: transitive, Nulls: true, Value: userValue,
			Required: []string{"accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"},
			Unique:   []string{"userPrincipalName"}},
		{Type: "microsoft.graph.group", Reverse: reverse, Transitive: transitive, Nulls: true,
			Required: []string{"displayName", "mailEnabled", "mailNickname", "securityEnabled"}},
	}
}

// userValue keeps passwords to itself.
func userValue(w *service.Write, property string) (any, bool) {
	return nil, property == "passwordProfile" && w.Sent[property] != nil
}
