package directory

import (
	"bytes"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// graphPrincipal is the id of Graph's own service principal. Each tenant has another one in
// truth.
var graphPrincipal = derivedID(graph.AppID, "servicePrincipal")

// ownPrincipals are the service principals that every tenant has: Graph's, whose roles and scopes
// others are assigned. DOC permissions-reference. What it shows of them is [graphPermissions].
func ownPrincipals() []map[string]any {
	const owner = "f8cdef31-a31e-4b4a-93e4-5f571e91255a" // Microsoft's tenant. OBS
	return []map[string]any{{
		"id": graphPrincipal, byAppID: graph.AppID, "displayName": "Microsoft Graph", "appDisplayName": "Microsoft Graph",
		"appOwnerOrganizationId": owner, "signInAudience": "AzureADMultipleOrgs",
		"servicePrincipalNames": []any{graph.AppID, "https://graph.microsoft.com"},
	}}
}

// replaceOwn removes Graph's service principal if fixtures or recordings have another one of it.
func replaceOwn(tx store.Tx, c service.Change) {
	if c.Collection != principals || c.ID == graphPrincipal {
		return
	}
	record, found := tx.Get(c.Collection, c.ID)
	if !found || !bytes.Contains(record.JSON, []byte(graph.AppID)) {
		return
	}
	if id, _ := service.Decode(&record)[byAppID].(string); strings.EqualFold(id, graph.AppID) {
		tx.Delete(principals, graphPrincipal)
	}
}

// graphPermissions are the roles and the scopes of Graph's own service principal. The texts are
// the permissions' names.
var graphPermissions = sync.OnceValues(func() (roles, scopes []any) {
	for _, p := range graph.PermissionIDs() {
		if p.Application != "" {
			roles = append(roles, map[string]any{
				"allowedMemberTypes": []any{"Application"}, "description": p.Name, "displayName": p.Name, "id": p.Application,
				"isEnabled": true, "origin": "Application", "value": p.Name,
			})
		}
		if p.Delegated != "" {
			kind := "User"
			if p.Admin {
				kind = "Admin"
			}
			scopes = append(scopes, map[string]any{
				"adminConsentDescription": p.Name, "adminConsentDisplayName": p.Name, "id": p.Delegated, "isEnabled": true,
				"type": kind, "userConsentDescription": p.Name, "userConsentDisplayName": p.Name, "value": p.Name,
			})
		}
	}
	return roles, scopes
})
