package directory

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Indexes of applications and service principals.
const (
	byAppID = "appId"
	byURI   = "identifierUris"
)

// application is the behavior of applications.
func application() *service.Behavior {
	own := once(map[string]func(*service.Write) any{
		"appId":           func(w *service.Write) any { return derivedID(w.Key, "appId") },
		"publisherDomain": func(w *service.Write) any { return domain(w) },
		"signInAudience":  always("AzureADandPersonalMicrosoftAccount"), // REC
	})
	return object(service.Behavior{
		Type: appType,
		// REC app-get
		Order: []string{"id", "deletedDateTime", "appId", "applicationTemplateId", "disabledByMicrosoftStatus",
			"createdDateTime", "displayName", "description", "groupMembershipClaims", "identifierUris",
			"isDeviceOnlyAuthSupported", "isFallbackPublicClient", "notes", "publisherDomain", "serviceManagementReference",
			"signInAudience", "tags", "tokenEncryptionKeyId", "uniqueName", "samlMetadataUrl", "defaultRedirectUri",
			"certification", "requestSignatureVerification", "servicePrincipalLockConfiguration", "addIns", "api", "appRoles",
			"info", "keyCredentials", "optionalClaims", "parentalControlSettings", "passwordCredentials", "publicClient",
			"requiredResourceAccess", "verifiedPublisher", "web", "spa"},
		Required: []string{"displayName"}, // DOC
		Unique:   []string{"uniqueName"},  // DOC; the words are those of users
		Value: func(w *service.Write, property string) (any, bool) {
			if property == byAppID && w.Old != nil && !w.Seeding { // DOC: read-only
				return nil, false
			}
			return own(w, property)
		},
		Merge: keepSecrets,
		Check: checked(checkValues(appType, []string{"displayName"}, appValues), checkApplication),
		Show: func(_ store.Reader, _ string, entity map[string]any) {
			complete(entity, applicationParts)
			api, audience := entity["api"].(map[string]any), entity["signInAudience"]
			if api["requestedAccessTokenVersion"] == nil && audience == "AzureADandPersonalMicrosoftAccount" { // REC; DOC
				api["requestedAccessTokenVersion"] = json.Number("2")
			}
			hideSecrets(entity)
		},
		Index: func(w *service.Write) []store.Index {
			var all []store.Index
			for _, uri := range texts(w.Property(byURI)) {
				index := store.Index{Name: byURI, Value: strings.ToLower(uri)}
				if !slices.Contains(all, index) {
					all = append(all, index)
				}
			}
			return all
		},
		Remove:     softDelete,
		Operations: credentialOperations(),
	})
}

// appValues are what some properties of applications can be. DOC application resource
var appValues = map[string]func(any) bool{
	"signInAudience": oneOf("AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount",
		"PersonalMicrosoftAccount"),
}

// applicationParts are the objects that applications have even if nobody has said anything of
// them. REC app-get
var applicationParts = map[string]any{
	"api": map[string]any{"acceptMappedClaims": nil, "knownClientApplications": []any{}, "oauth2PermissionScopes": []any{},
		"preAuthorizedApplications": []any{}, "requestedAccessTokenVersion": nil},
	"info": map[string]any{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil,
		"termsOfServiceUrl": nil},
	"parentalControlSettings": map[string]any{"countriesBlockedForMinors": []any{}, "legalAgeGroupRule": "Allow"},
	"publicClient":            map[string]any{"redirectUris": []any{}},
	"spa":                     map[string]any{"redirectUris": []any{}},
	"verifiedPublisher":       publisherParts,
	"web": map[string]any{"homePageUrl": nil, "logoutUrl": nil, "redirectUris": []any{}, "redirectUriSettings": []any{},
		"implicitGrantSettings": map[string]any{"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false}},
}

var publisherParts = map[string]any{"displayName": nil, "verifiedPublisherId": nil, "addedDateTime": nil}

// complete adds what objects have without being told.
func complete(entity, parts map[string]any) {
	for name, part := range parts {
		have, isObject := entity[name].(map[string]any)
		whole, _ := part.(map[string]any)
		switch {
		case isObject && whole != nil:
			complete(have, whole)
		case entity[name] != nil:
		case whole != nil:
			copied := map[string]any{}
			complete(copied, whole)
			entity[name] = copied
		default:
			entity[name] = part
		}
	}
}

// checkApplication refuses identifiers that another application has, and the removal of
// permissions that are enabled.
func checkApplication(c *service.Call, w *service.Write) error {
	if err := checkExtensions(c, w); err != nil {
		return err
	}
	for _, uri := range texts(w.Sent[byURI]) {
		if c.IsTaken(apps, byURI, strings.ToLower(uri), w) { // OBS
			return service.Fail("object-exists", "{property}", byURI)
		}
		if c.Body[byURI] != nil && !isOwnURI(c, w.Sent, uri) { // OBS Azure/Industrial-IoT#1432
			return service.Fail("identifier-unverified", "{id}", uri)
		}
	}
	if w.Old == nil {
		return nil
	}
	old, found := c.Get(apps + "/" + w.Old.ID)
	if !found {
		return nil
	}
	for _, permissions := range []func(map[string]any) []any{rolesOf, scopesOf} {
		now := permissions(w.Sent)
		for _, each := range permissions(old.Properties) {
			permission, _ := each.(map[string]any)
			if permission["isEnabled"] == true && withID(now, permission["id"]) == nil { // CODE hamilton
				return service.Fail("permission-enabled")
			}
		}
	}
	return nil
}

// isOwnURI reports whether an application may be named by a URI: that of one with tokens of version 1,
// which is for its tenant only, is in one of the tenant's domains. DOC reference-breaking-changes of
// 2021-10; a tenant of which nothing is known takes any (assumed)
func isOwnURI(c *service.Call, application map[string]any, uri string) bool {
	api, _ := application["api"].(map[string]any)
	at, err := url.Parse(uri)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || c.Tx.Len("domains") == 0 ||
		application["signInAudience"] != "AzureADMyOrg" || api["requestedAccessTokenVersion"] == json.Number("2") {
		return true
	}
	verified, _ := domainsOf(c)
	host := strings.ToLower(at.Hostname())
	for name, is := range verified {
		if is && (host == name || strings.HasSuffix(host, "."+name)) {
			return true
		}
	}
	return false
}

func rolesOf(application map[string]any) []any {
	roles, _ := application["appRoles"].([]any)
	return roles
}

func scopesOf(application map[string]any) []any {
	api, _ := application["api"].(map[string]any)
	scopes, _ := api["oauth2PermissionScopes"].([]any)
	return scopes
}

// withID is the object of a list with an id, nil if there is none.
func withID(list []any, id any) map[string]any {
	for _, each := range list {
		if object, _ := each.(map[string]any); object != nil && equalFold(object["id"], id) {
			return object
		}
	}
	return nil
}

func equalFold(a, b any) bool {
	x, isText := a.(string)
	y, also := b.(string)
	return isText && also && strings.EqualFold(x, y)
}

// derivedID is an id that follows from another one.
func derivedID(id, of string) string {
	guid := uuid.NewSHA1(uuid.Nil, []byte(id+"/"+of))
	guid[6] = guid[6]&0x0f | 0x40 // as random ones are
	return guid.String()
}

// principal is the behavior of service principals.
func principal() *service.Behavior {
	own := once(map[string]func(*service.Write) any{ // REC enterpriseapp-get
		"accountEnabled":            always(true),
		"appRoleAssignmentRequired": always(false),
		"servicePrincipalNames":     func(w *service.Write) any { return []any{w.Sent[byAppID]} },
		"servicePrincipalType":      always("Application"),
	})
	return object(service.Behavior{
		Type: principalType,
		Order: []string{"id", "deletedDateTime", "accountEnabled", "alternativeNames", "appDisplayName", "appDescription",
			"appId", "applicationTemplateId", "appOwnerOrganizationId", "appRoleAssignmentRequired", "description",
			"disabledByMicrosoftStatus", "displayName", "homepage", "loginUrl", "logoutUrl", "notes",
			"notificationEmailAddresses", "preferredSingleSignOnMode", "preferredTokenSigningKeyThumbprint", "replyUrls",
			"servicePrincipalNames", "servicePrincipalType", "signInAudience", "tags", "tokenEncryptionKeyId",
			"samlSingleSignOnSettings", "addIns", "appRoles", "info", "keyCredentials", "oauth2PermissionScopes",
			"passwordCredentials", "resourceSpecificApplicationPermissions", "verifiedPublisher"},
		Required: []string{"appId"}, // DOC
		Value:    own,
		Merge:    keepSecrets,
		Check:    checked(checkValues(principalType, nil, nil), checkPrincipal),
		Show: func(r store.Reader, _ string, entity map[string]any) {
			asRegistered(r, entity)
			complete(entity, map[string]any{"info": applicationParts["info"], "verifiedPublisher": publisherParts})
			hideSecrets(entity)
		},
		Linked:     map[string]func(store.Reader, string) []string{"oauth2PermissionGrants": grantsOf("clientId")},
		Initial:    ownPrincipals(),
		Changed:    replaceOwn,
		Remove:     softDelete,
		Operations: credentialOperations(),
	})
}

// federation is the behavior of credentials of other issuers. DOC
// application-post-federatedidentitycredentials
func federation() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.federatedIdentityCredential", Nulls: true,
		Order:    []string{"id", "name", "issuer", "subject", "description", "audiences"},
		Required: []string{"audiences", "issuer", "name"},
		Check: func(c *service.Call, w *service.Write) error {
			name, _ := w.Sent["name"].(string)
			if c.IsTaken(c.Collection(), "name", strings.ToLower(name), w) { // OBS
				return service.Fail("federation-exists", "{id}", name)
			}
			return nil
		},
	}
}

// checkPrincipal lets a new service principal be one of an application, and the only one.
func checkPrincipal(c *service.Call, w *service.Write) error {
	if err := checkExtensions(c, w); err != nil || w.Old != nil {
		return err
	}
	id, _ := w.Sent[byAppID].(string)
	of, found := c.Find(apps, byAppID, strings.ToLower(id))
	if _, taken := c.Find(principals, byAppID, strings.ToLower(id)); taken { // OBS terraform-provider-azuread
		return service.Fail("principal-exists", "{id}", id)
	}
	if !found || !c.HasArrived(of.Path) { // CODE
		return service.Fail("application-unknown", "{id}", id)
	}
	// DOC: what a service principal has of its application when it is created
	web, _ := of.Properties["web"].(map[string]any)
	names := []any{id}
	uris, _ := of.Properties[byURI].([]any)
	given := map[string]any{
		"displayName": of.Properties["displayName"], "servicePrincipalNames": append(names, uris...),
		"appOwnerOrganizationId": tenantOf(&c.Caller), "replyUrls": web["redirectUris"], "homepage": web["homePageUrl"],
		"signInAudience": of.Properties["signInAudience"], "tags": of.Properties["tags"],
	}
	for name, value := range given {
		if w.Sent[name] == nil && value != nil {
			w.Sent[name] = value
		}
	}
	return nil
}

// asRegistered gives a service principal what it shows of its application. DOC
func asRegistered(r store.Reader, entity map[string]any) {
	id, _ := entity[byAppID].(string)
	if strings.EqualFold(id, graph.AppID) {
		entity["appRoles"], entity["oauth2PermissionScopes"] = graphPermissions()
		return
	}
	record, found := r.Find(apps, byAppID, strings.ToLower(id))
	if !found || id == "" {
		return
	}
	of := service.Decode(&record)
	roles := make([]any, 0, 4)
	for _, each := range rolesOf(of) {
		if role, isObject := each.(map[string]any); isObject {
			role = maps.Clone(role)
			role["origin"] = "Application" // REC
			roles = append(roles, role)
		}
	}
	entity["appRoles"] = roles
	entity["oauth2PermissionScopes"] = append([]any{}, scopesOf(of)...)
	entity["appDisplayName"], entity["appDescription"] = of["displayName"], of["description"]
	entity["verifiedPublisher"] = of["verifiedPublisher"]
}
