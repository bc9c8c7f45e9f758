package directory

import (
	_ "embed"
	"encoding/base64"
	"maps"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Types of roles, and collections.
const (
	templateType = "microsoft.graph.directoryRoleTemplate"

	activeRoles = "directoryRoles"
	definitions = "roleManagement/./directory/./roleDefinitions"
	assigned    = "roleManagement/./directory/./roleAssignments"

	roleAssignmentType = "microsoft.graph.unifiedRoleAssignment"
)

//go:embed roles.txt
var rolesText string

// A role is a built-in one, by the id of its template.
type role struct{ id, name string }

// builtIn are the roles that every tenant has, in the order of their names.
var builtIn = sync.OnceValue(func() (all []role) {
	for line := range strings.Lines(rolesText) {
		if id, name, _ := strings.Cut(strings.TrimSpace(line), " "); id != "#" {
			all = append(all, role{id, name})
		}
	}
	return all
})

// roleName is the name of the built-in role with an id, "" if there is none.
func roleName(id string) string {
	for _, each := range builtIn() {
		if strings.EqualFold(each.id, id) {
			return each.name
		}
	}
	return ""
}

// directoryRoles are the behaviors of roles, of their templates and of who has them.
func directoryRoles() []*service.Behavior {
	template := object(service.Behavior{Type: templateType, Given: roleTemplates})
	template.Missing = func(string, string) string { return "object-not-found" }
	return []*service.Behavior{
		template,
		object(service.Behavior{
			Type: roleType, LinkDeltas: []string{"members"},
			Required: []string{"roleTemplateId"}, // DOC directoryrole-post-directoryroles
			Order:    []string{"id", "deletedDateTime", "description", "displayName", "roleTemplateId"},
			Check:    activate,
		}),
		{
			Type: "microsoft.graph.unifiedRoleDefinition", Given: roleDefinitions, NotFound: "object-not-found",
			Order: strings.Fields("id description displayName isBuiltIn isEnabled resourceScopes templateId version rolePermissions"),
		},
		{
			Type: roleAssignmentType, NotFound: "object-not-found", Check: checkRoleAssignment, Given: roleAssignments,
			NewKey: longKey, Written: joinRole, Remove: leaveRole,
			Order: strings.Fields("id condition principalId directoryScopeId roleDefinitionId"),
		},
		{
			Type: "microsoft.graph.scopedRoleMembership", NotFound: "object-not-found", Check: checkScopedMember,
			Order: strings.Fields("id administrativeUnitId roleId roleMemberInfo"),
		},
	}
}

// roleTemplates are what roles can be activated from.
func roleTemplates(store.Reader, string) (all []map[string]any) {
	for _, each := range builtIn() {
		all = append(all, map[string]any{"id": each.id, "description": each.name, "displayName": each.name})
	}
	return all
}

// roleDefinitions are the roles that every tenant has. DOC rbacapplication-list-roledefinitions:
// their ids are those of the templates
func roleDefinitions(_ store.Reader, collection string) (all []map[string]any) {
	if collection != definitions {
		return nil
	}
	for _, each := range builtIn() {
		all = append(all, map[string]any{
			"id": each.id, "description": each.name, "displayName": each.name, "isBuiltIn": true, "isEnabled": true,
			"resourceScopes": []any{"/"}, "templateId": each.id, "version": "1", "rolePermissions": []any{},
		})
	}
	return all
}

// activate makes a role of a template.
func activate(c *service.Call, w *service.Write) error {
	if w.Old != nil {
		return nil
	}
	id, _ := w.Sent["roleTemplateId"].(string)
	name := roleName(id)
	if name == "" {
		return service.Fail("object-not-found", "{id}", id)
	}
	if _, active := c.Find(activeRoles, "roleTemplateId", strings.ToLower(id)); active { // OBS of settings and roles
		return service.Fail("object-conflict")
	}
	w.Sent["displayName"], w.Sent["description"], w.Sent["roleTemplateId"] = name, name, strings.ToLower(id)
	return nil
}

// checkRoleAssignment refuses roles and principals that are not there, and what there is already
// (REC: the code of role management).
func checkRoleAssignment(c *service.Call, w *service.Write) error {
	if w.Old != nil || !strings.HasPrefix(c.Collection(), "roleManagement/./directory") {
		return nil
	}
	id, _ := w.Sent["roleDefinitionId"].(string)
	who, _ := w.Sent["principalId"].(string)
	if _, own := c.Get(definitions + "/" + strings.ToLower(id)); !own && roleName(id) == "" {
		return service.Fail("object-not-found", "{id}", id)
	}
	path, err := c.Locate("/directoryObjects/" + who)
	if err != nil {
		return err
	}
	if _, found := c.Get(path); !found {
		return service.Fail("object-not-found", "{id}", who)
	}
	if w.Sent["directoryScopeId"] == nil && w.Sent["appScopeId"] == nil {
		w.Sent["directoryScopeId"] = "/"
	}
	active, found := activeRole(c.Tx, id)
	if found && w.Sent["directoryScopeId"] == "/" && c.Tx.Linked(active+"/members", path) {
		return service.Fail("role-assigned")
	}
	twice := false
	c.Each(c.Collection(), service.Slice{}, func(e *service.Entity) bool {
		twice = equalFold(e.Properties["principalId"], who) && equalFold(e.Properties["roleDefinitionId"], id) &&
			e.Properties["directoryScopeId"] == w.Sent["directoryScopeId"]
		return !twice
	})
	if twice {
		return service.Fail("role-assigned")
	}
	return nil
}

// activeRole is the path of the role that is active of a template.
func activeRole(r store.Reader, template string) (path string, found bool) {
	record, found := r.Find(activeRoles, "roleTemplateId", strings.ToLower(template))
	return activeRoles + "/" + record.ID, found
}

// roleAssignments are those of who was made a member of an active role: both are the same. DOC
// directoryrole resource; their ids are assumed
func roleAssignments(r store.Reader, collection string) (all []map[string]any) {
	if collection != assigned {
		return nil
	}
	stored := map[string]bool{}
	eachRecord(r, r.Snapshot(assigned), func(e map[string]any) {
		if e["directoryScopeId"] == "/" {
			who, _ := e["principalId"].(string)
			role, _ := e["roleDefinitionId"].(string)
			stored[strings.ToLower(who+role)] = true
		}
	})
	eachRecord(r, r.Snapshot(activeRoles), func(role map[string]any) {
		id, _ := role["id"].(string)
		template, _ := role["roleTemplateId"].(string)
		links := r.Links(activeRoles + "/" + id + "/members")
		var at store.Cursor
		for more := links.Len() > 0; more; {
			var paths []string
			paths, at, more = links.Page(r, at, 100)
			for _, path := range paths {
				who := path[strings.LastIndexByte(path, '/')+1:]
				if !stored[who+template] {
					all = append(all, map[string]any{
						"id":          base64.RawURLEncoding.EncodeToString(randomBytes(derivedID(who, template), derivedID(template, who))),
						"principalId": who, "roleDefinitionId": template, "directoryScopeId": "/",
					})
				}
			}
		}
	})
	return all
}

// eachRecord calls visit for the entities of a collection.
func eachRecord(r store.Reader, all store.Snapshot, visit func(map[string]any)) {
	var at store.Cursor
	for more := all.Len() > 0; more; {
		var page []store.Record
		page, at, more = all.Page(r, at, 100)
		for i := range page {
			visit(service.Decode(&page[i]))
		}
	}
}

// ofWholeTenant reports whether an assignment is one of a built-in role in the whole tenant: then who
// has it is a member of the active role.
func ofWholeTenant(assignment map[string]any) (role, who string, is bool) {
	role, _ = assignment["roleDefinitionId"].(string)
	who, _ = assignment["principalId"].(string)
	return role, who, assignment["directoryScopeId"] == "/" && roleName(role) != ""
}

// joinRole makes who is assigned a role a member of it; the role is active from then on.
func joinRole(c *service.Call, w *service.Write) error {
	id, who, is := ofWholeTenant(w.Sent)
	if !is || w.Old != nil || c.Collection() != assigned {
		return nil
	}
	role, active := activeRole(c.Tx, id)
	if !active {
		name := roleName(id)
		role = c.Create(activeRoles, roleType, map[string]any{
			"displayName": name, "description": name, "roleTemplateId": strings.ToLower(id),
		}).Path
	}
	path, err := c.Locate("/directoryObjects/" + who)
	if err == nil {
		c.Relink(service.StoredLink{Collection: role + "/members", Target: path})
	}
	return err
}

// leaveRole ends an assignment and the membership.
func leaveRole(c *service.Call) (done bool, err error) {
	e, err := c.Bound()
	if err != nil {
		return false, err
	}
	id, who, is := ofWholeTenant(e.Properties)
	if !is || c.Collection() != assigned {
		return false, nil
	}
	if role, active := activeRole(c.Tx, id); active {
		if path, err := c.Locate("/directoryObjects/" + who); err == nil {
			c.Unlink(service.StoredLink{Collection: role + "/members", Target: path})
		}
	}
	_, stored := c.Tx.Get(assigned, e.Record.ID)
	return !stored, nil
}

// checkScopedMember lets a member of a role in a unit be one of both. DOC
// administrativeunit-post-scopedrolemembers
func checkScopedMember(c *service.Call, w *service.Write) error {
	info, _ := w.Sent["roleMemberInfo"].(map[string]any)
	role, _ := w.Sent["roleId"].(string)
	who, _ := info["id"].(string)
	owner := service.OwnerOf(c.Collection())
	if w.Old != nil || !strings.HasPrefix(owner, "directory/./administrativeUnits/") {
		return nil
	}
	if _, active := c.Get(activeRoles + "/" + strings.ToLower(role)); !active {
		return service.Fail("object-not-found", "{id}", role)
	}
	path, err := c.Locate("/directoryObjects/" + strings.ToLower(who))
	if err != nil {
		return err
	}
	member, found := c.Get(path)
	if !found {
		return service.Fail("object-not-found", "{id}", who)
	}
	info = maps.Clone(info)
	info["displayName"] = member.Properties["displayName"]
	w.Sent["roleMemberInfo"] = info
	w.Sent["administrativeUnitId"] = owner[strings.LastIndexByte(owner, '/')+1:]
	return nil
}
