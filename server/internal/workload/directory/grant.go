package directory

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Types and collections of what is granted.
const (
	assignmentType = "microsoft.graph.appRoleAssignment"
	grantType      = "microsoft.graph.oAuth2PermissionGrant"

	assignments = "appRoleAssignments" // of who has a role
	assignedTo  = "appRoleAssignedTo"  // of what has been assigned
	grants      = "oauth2PermissionGrants"
)

// longKey is a key of 43 characters: 32 bytes. DOC, decoded
func longKey(r *service.Random) string {
	return base64.RawURLEncoding.EncodeToString(randomBytes(r.GUID(), r.GUID()))
}

// assignment is the behavior of roles of applications that somebody has: they stand with
// whoever has them and with whose they are.
func assignment() *service.Behavior {
	return object(service.Behavior{
		Type: assignmentType, NewKey: longKey,
		Order: []string{"id", "deletedDateTime", "appRoleId", "createdDateTime", "principalDisplayName", "principalId",
			"principalType", "resourceDisplayName", "resourceId"}, // DOC serviceprincipal-post-approleassignments
		Required: []string{"principalId", "resourceId", "appRoleId"},
		Check:    checkAssignment,
		Changed:  mirrorAssignment,
		Remove:   removeAssignment,
	})
}

const noRole = "00000000-0000-0000-0000-000000000000" // DOC: where the resource has none

func checkAssignment(c *service.Call, w *service.Write) error {
	text := func(name string) string {
		value, _ := w.Sent[name].(string)
		return strings.ToLower(value)
	}
	path, err := c.Locate("/directoryObjects/" + text("principalId"))
	if err != nil {
		return err
	}
	who, found := c.Get(path)
	if !found || !isOneOf(who, userType, groupType, principalType) { // CODE
		return service.Fail("reference-invalid")
	}
	c.Settle(principals, principalType)
	resource, found := c.Get(principals + "/" + text("resourceId"))
	if !found {
		return service.Fail("reference-invalid")
	}
	owner := service.OwnerOf(c.Collection())
	if strings.HasSuffix(c.Collection(), assignedTo) && owner != resource.Path ||
		strings.HasSuffix(c.Collection(), assignments) && owner != who.Path {
		return service.Fail("reference-invalid")
	}
	shown := map[string]any{"appRoles": resource.Properties["appRoles"], byAppID: resource.Properties[byAppID]}
	asRegistered(c.Tx, shown)
	roles, role := rolesOf(shown), text("appRoleId")
	if role != noRole && len(roles) > 0 && withID(roles, role) == nil { // CODE
		return service.Fail("permission-unknown")
	}
	twice := false
	c.Each(who.Path+"/"+assignments, service.Slice{}, func(e *service.Entity) bool {
		twice = equalFold(e.Properties["resourceId"], text("resourceId")) && equalFold(e.Properties["appRoleId"], role)
		return !twice
	})
	if twice { // CODE
		return service.Fail("permission-granted")
	}
	w.Sent["principalDisplayName"] = who.Properties["displayName"]
	w.Sent["resourceDisplayName"] = resource.Properties["displayName"]
	w.Sent["principalType"] = upperFirst(shortName(who.Type))
	return nil
}

func upperFirst(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func shortName(qualified string) string { return qualified[strings.LastIndexByte(qualified, '.')+1:] }

// mirrorAssignment keeps an assignment in both of its collections.
func mirrorAssignment(tx store.Tx, c service.Change) {
	record, found := tx.Get(c.Collection, c.ID)
	if !found {
		return
	}
	if other := otherCollection(tx, c.Collection, &record); other != "" {
		if _, there := tx.Get(other, c.ID); !there {
			record.Rank = tx.Next()
			tx.Put(other, record)
		}
	}
}

// otherCollection is where an assignment stands besides a collection; "" if there is nothing
// that could have it.
func otherCollection(r store.Reader, collection string, record *store.Record) string {
	e := service.Decode(record)
	if strings.HasSuffix(collection, "/"+assignments) {
		resource, _ := e["resourceId"].(string)
		if _, found := r.Get(principals, strings.ToLower(resource)); found {
			return principals + "/" + strings.ToLower(resource) + "/" + assignedTo
		}
		return ""
	}
	who, _ := e["principalId"].(string)
	for _, set := range []string{"users", groups, principals} {
		if _, found := r.Get(set, strings.ToLower(who)); found {
			return set + "/" + strings.ToLower(who) + "/" + assignments
		}
	}
	return ""
}

// removeAssignment removes both.
func removeAssignment(c *service.Call) (bool, error) {
	e, err := c.Bound()
	if err != nil {
		return false, err
	}
	removeMirror(c, e)
	return false, nil
}

func removeMirror(c *service.Call, e *service.Entity) {
	if other := otherCollection(c.Tx, service.OwnerOf(e.Path), &e.Record); other != "" {
		c.Tx.Delete(other, e.Record.ID)
	}
}

// grant is the behavior of delegated permissions that clients have.
func grant() *service.Behavior {
	return &service.Behavior{
		Type: grantType, NewKey: longKey,
		Order:    []string{"clientId", "consentType", "id", "principalId", "resourceId", "scope"}, // DOC, samples
		Required: []string{"clientId", "consentType", "resourceId"},
		Nulls:    true, PagesByTop: true, Query: checkQuery, PageExpired: "directory-page-expired",
		Check: func(c *service.Call, w *service.Write) error {
			if err := checkGrant(c, w); err != nil {
				return err
			}
			twice := false
			client, _ := w.Sent["clientId"].(string)
			c.Each(grants, service.Slice{Index: "clientId", Value: strings.ToLower(client)}, func(e *service.Entity) bool {
				twice = e.Key() != w.Key && e.Properties["resourceId"] == w.Sent["resourceId"] &&
					e.Properties["consentType"] == w.Sent["consentType"] && e.Properties["principalId"] == w.Sent["principalId"]
				return !twice
			})
			if twice { // OBS terraform-provider-azuread
				return service.Fail("grant-exists")
			}
			return nil
		},
		Index: func(w *service.Write) []store.Index {
			var all []store.Index
			for _, name := range []string{"clientId", "principalId"} {
				if id, _ := w.Property(name).(string); id != "" {
					all = append(all, store.Index{Name: name, Value: strings.ToLower(id), Rank: w.Record.Rank})
				}
			}
			return all
		},
	}
}

// checkGrant refuses a grant to, of or for what is not there. DOC oauth2permissiongrant resource; the
// words are assumed
func checkGrant(c *service.Call, w *service.Write) error {
	if w.Old != nil {
		return nil
	}
	c.Settle(principals, principalType)
	sets := map[string]string{"clientId": principals, "resourceId": principals}
	switch kind := w.Sent["consentType"]; {
	case kind == "Principal":
		sets["principalId"] = "users"
	case kind != "AllPrincipals":
		return invalid("consentType", grantType)
	case w.Sent["principalId"] != nil:
		return invalid("principalId", grantType)
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		id, _ := w.Sent[name].(string)
		if id == "" {
			return service.Fail("value-required", "{property}", name, "{type}", "OAuth2PermissionGrant")
		}
		if _, found := c.Get(sets[name] + "/" + strings.ToLower(id)); !found {
			return service.Fail("object-not-found", "{id}", id)
		}
	}
	return nil
}

// grantsOf returns those of a service principal or a user, by the property that names it.
func grantsOf(property string) func(r store.Reader, path string) []string {
	return func(r store.Reader, path string) []string {
		all := r.SnapshotIndex(grants, property, path[strings.LastIndexByte(path, '/')+1:])
		var paths []string
		var at store.Cursor
		for more := all.Len() > 0; more; {
			var page []store.Record
			page, at, more = all.Page(r, at, 100)
			for i := range page {
				paths = append(paths, grants+"/"+page[i].ID)
			}
		}
		return paths
	}
}
