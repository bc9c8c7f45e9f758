package directory

import (
	_ "embed"
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
			Type: "microsoft.graph.unifiedRoleAssignment", NotFound: "object-not-found", NewKey: longKey, Check: checkRoleAssignment,
			Order: strings.Fields("id condition principalId directoryScopeId roleDefinitionId"),
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
