// Package directory is what the objects of the directory do beyond their model: users,
// groups, applications and what refers to them.
//
// Beside each rule stands where it is from: REC is recorded traffic, OBS a response that
// somebody has pasted, DOC Microsoft's pages, CODE clients that depend on it; what nothing
// is known of is assumed.
package directory

import (
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/service"
)

// Types of the directory.
const (
	objectType    = "microsoft.graph.directoryObject"
	userType      = "microsoft.graph.user"
	groupType     = "microsoft.graph.group"
	appType       = "microsoft.graph.application"
	principalType = "microsoft.graph.servicePrincipal"
	deviceType    = "microsoft.graph.device"
	contactType   = "microsoft.graph.orgContact"
	roleType      = "microsoft.graph.directoryRole"
	unitType      = "microsoft.graph.administrativeUnit"
)

// Collections of the store, by their canonical paths.
const (
	groups     = "groups"
	apps       = "applications"
	principals = "servicePrincipals"
)

// defaultDomain is that of the tenant: the one of its users, if nothing else is known.
const defaultDomain = "contoso.com"

// Behaviors returns those of all objects of the directory. Types without one of their own
// have that of all objects.
func Behaviors() []*service.Behavior {
	return append(append(append(extensions(), directoryRoles()...), risks()...),
		tenants(),
		domains(),
		object(service.Behavior{Type: objectType}),
		user(),
		group(),
		application(),
		principal(),
		federation(),
		assignment(),
		grant(),
		device(),
		unit(),
		invitation(),
		licenseDetails(),
	)
}

// reverse are the properties that show the links of others, read backwards. DOC: the page
// of each.
var reverse = map[string]string{
	"memberOf": "members", "ownedObjects": "owners", "ownedDevices": "registeredOwners",
	"registeredDevices": "registeredUsers", "directReports": "manager", "sponsorOf": "sponsors",
}

// transitive are the properties that follow others to their end. DOC: the page of each.
var transitive = map[string]string{
	"transitiveMembers": "members", "transitiveMemberOf": "memberOf", "transitiveReports": "directReports",
}

// placed are the types of objects that Location has by the URL of the directory itself, which clients
// can't follow. OBS microsoft-graph-docs#7589 of users, DOC group-assignlicense of groups; the others
// are assumed to be alike
var placed = map[string]string{
	userType: "User", groupType: "Group", appType: "Application", principalType: "ServicePrincipal", deviceType: "Device",
	roleType: "DirectoryRole", unitType: "AdministrativeUnit",
}

// tenantOf is the id of a caller's tenant.
func tenantOf(caller *auth.Caller) string {
	if uuid.Validate(caller.Tenant) != nil {
		return auth.DefaultTenant
	}
	return caller.Tenant
}

// object is a behavior with what all objects of the directory have in common.
func object(b service.Behavior) *service.Behavior {
	b.Reverse, b.Transitive, b.Nulls = reverse, transitive, true
	b.Key = objectKey
	if b.Type == userType { // whose names are keys as well
		b.Key = func(text string) (string, bool) { return strings.ToLower(text), text != "" }
	}
	b.Query, b.Search = checkQuery, find
	b.PagesByTop, b.PageExpired = true, "directory-page-expired" // DOC paging.md; CODE
	b.MaxExpanded = 20                                           // DOC query-parameters.md
	b.Restored = deleted
	b.MaxBound = 20 // DOC group-post-members.md
	b.Linking = checkLink
	b.Hidden = isExtension // DOC: extensions are returned only if $select names them
	if name := placed[b.Type]; name != "" {
		b.Place = func(caller *auth.Caller, key string) string {
			return "/v2/" + tenantOf(caller) + "/directoryObjects/" + key + "/Microsoft.DirectoryServices." + name
		}
	}
	if b.Operations == nil {
		b.Operations = map[string]service.Operation{}
	}
	for name, do := range memberships() {
		if b.Operations[name] == nil {
			b.Operations[name] = do
		}
	}
	return &b
}

// objectKey is the key of an object: a GUID, in any case (assumed: .NET reads GUIDs so).
func objectKey(text string) (key string, ok bool) {
	if len(text) == 36 && uuid.Validate(text) == nil {
		text = strings.ToLower(text)
	}
	return text, text != ""
}

// domain is the one under which the caller's tenant has its mail.
func domain(w *service.Write) string {
	if _, domain, ok := strings.Cut(w.Caller.User.PrincipalName, "@"); ok {
		return domain
	}
	return defaultDomain
}

// once returns a function for [service.Behavior.Value] that gives properties of a new entity
// a value where neither the client nor fixtures do.
func once(values map[string]func(w *service.Write) any) func(w *service.Write, property string) (any, bool) {
	return func(w *service.Write, property string) (any, bool) {
		value := values[property]
		if value == nil || w.Old != nil && !w.Seeding || w.Sent[property] != nil {
			return nil, false
		}
		return value(w), true
	}
}

// always is a value that does not depend on anything.
func always(value any) func(*service.Write) any { return func(*service.Write) any { return value } }

// texts reads a list of texts of a body.
func texts(value any) []string {
	list, _ := value.([]any)
	all := make([]string, 0, len(list))
	for _, each := range list {
		if text, ok := each.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
