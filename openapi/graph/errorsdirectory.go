package graph

import "fmt"

// Codes of errors of the directory.
const (
	sameKeyValue     = "Request_MultipleObjectsWithSameKeyValue"
	badRequest       = "Request_BadRequest"
	unsupportedQuery = "Request_UnsupportedQuery"
)

// ErrorPageSize is the id of the directory's error about a $top that it does not have.
const ErrorPageSize = "directory-page-size"

// MaxPageSize is the highest $top of the directory.
const MaxPageSize = 999

// PageSizeMessage is the message of ErrorPageSize.
func PageSizeMessage(top string) string {
	return fmt.Sprintf("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", top, MaxPageSize)
}

// directoryErrors are the words of the directory. Before each line stands where it was
// seen; statuses that a source does not show are those that its code usually has.
var directoryErrors = map[string]Error{
	// observed: three production clients' recordings of 2025
	"directory-property-unknown": {400, unsupportedQuery, "{reason}"},
	// documented: advanced-queries.md
	"directory-count": {400, badRequest, "$count is not currently supported."},
	// documented: advanced-queries.md
	// DOC tenantrelationship-findtenantinformationbytenantid; status, code and text are assumed
	"tenant-not-found": {404, "Request_ResourceNotFound", "Unable to find the tenant that was asked for."},
	"directory-search": {400, unsupportedQuery, "Request with $search query parameter only works through MSGraph " +
		"with a special request header: 'ConsistencyLevel: eventual'"},
	// documented: advanced-queries.md; observed: msgraph-sdk-go#599
	"directory-query-advanced": {400, unsupportedQuery, "{reason}"},
	// documented: advanced-queries.md
	"directory-filter": {400, unsupportedQuery, "{reason}"},
	// observed: docs-contrib#3145
	"directory-order-with-filter": {400, unsupportedQuery, "Sorting not supported for current query."},
	// observed: docs-contrib#1354
	"directory-order": {400, unsupportedQuery, "{reason}"},
	// observed: a client in Go
	ErrorPageSize: {400, unsupportedQuery, "{reason}"},
	// observed: microsoft-graph-docs#4372, msgraph-sdk-dotnet#348
	"directory-skip": {400, badRequest, "'$skip' is not supported by the service."},
	// documented: delta-query-overview.md; the texts are assumed
	"directory-delta-option": {400, unsupportedQuery, "{reason}"},
	// documented: query-parameters.md has the limits; the texts are assumed
	"directory-expand": {400, unsupportedQuery, "{reason}"},
	// the code is observed: clients begin anew; the text is assumed
	"directory-page-expired": {400, "Directory_ExpiredPageToken", "The specified page token value has expired and " +
		"can no longer be included in your request."},

	// recorded: cli-microsoft365
	"role-assigned": {400, "RoleAssignmentExists", "The Role assignment already exists."},
	// observed: public clients look for these texts; the beginning of the second one is assumed
	"invited-user-exists": {400, "BadRequest", "The invited user already exists in the directory as object ID: {id}. " +
		"They can use that account to sign in to shared apps and resources."},
	"invited-domain-verified": {400, "BadRequest", "The domain of the invited user's email address is a verified domain of " +
		"this directory."},
	// observed: msgraph-sdk-dotnet#2680; the code is assumed
	"directory-extension-unknown": {400, badRequest, "The following extension properties are not available: {property}."},
	// documented: at most 20; the text is assumed
	"too-many-references": {400, badRequest, "A request can't have more than {id} references."},
	// assumed
	"too-many-ids": {400, badRequest, "Too many values were specified for '{property}'; at most {id} are allowed."},
	// observed: a tutorial's pasted response of 2021
	"mail-enabled-group": {400, badRequest, "The service does not currently support writes of mail-enabled groups. " +
		"Please ensure that the mail-enablement property is unset and the security-enablement property is set."},
	// observed: several tools for administrators that go on with Exchange then
	"distribution-list": {400, badRequest, "Cannot Update a mail-enabled security groups and or distribution list."},
	// observed: public clients in Python, Ruby and Go
	"last-owner": {400, badRequest, "The group must have at least one owner, hence this owner cannot be removed."},
	// observed: hamilton
	"not-removed": {400, badRequest, "One or more removed object references do not exist for the following modified " +
		"properties: '{property}'."},
	// observed: azuread of Terraform, about groups as owners; a live tenant, about units in units
	"reference-type": {400, badRequest, "The reference target '{type}_{id}' of type '{type}' is invalid for the " +
		"'{property}' reference."},
	// observed: microsoft-graph-docs#8219
	"reference-created": {400, badRequest, "Unsupported resource type 'DirectoryObject' for operation 'Create'."},
	// observed: hamilton, hashicorp/go-azure-sdk
	"reference-invalid": {400, badRequest, "Not a valid reference update."},
	// observed: cli-microsoft365, groupsetting-add
	"object-conflict": {400, badRequest, "A conflicting object with one or more of the specified property values is " +
		"present in the directory."},
	// observed: Azure CLI and hamilton wait for it
	"application-unknown": {400, badRequest, "The appId '{id}' of the service principal does not reference a valid " +
		"application object."},
	// observed: terraform-provider-azuread
	"principal-exists": {409, sameKeyValue, "The service principal cannot be created, updated, " +
		"or restored because the service principal name {id} is already in use."},
	// observed: terraform-provider-azuread
	"federation-exists": {409, sameKeyValue, "FederatedIdentityCredential with name {id} already exists."},
	// observed: terraform-provider-azuread
	"grant-exists": {409, sameKeyValue, "Permission entry already exists."},
	// observed: hamilton
	"permission-enabled": {400, badRequest, "Permission (scope or role) cannot be deleted or updated " +
		"unless disabled first."},
	// assumed
	"credential-unknown": {400, badRequest, "No credentials found to be removed."},
	// observed: Azure PowerShell and terraform-provider-azuread
	"permission-granted": {400, badRequest, "Permission being assigned already exists on the object"},
	// observed: terraform-provider-azuread
	"permission-unknown": {400, badRequest, "Permission being assigned was not found on application"},
	// documented: directoryobject-validateproperties
	"properties-invalid": {422, "Request_UnprocessableEntity", "{reason}"},
	// observed: docs-contrib#6580 and others, with the property in details
	"property-invalid": {400, badRequest, "Invalid value specified for property '{property}' of resource '{type}'."},
	// observed: terraform-provider-azuread and others
	"domain-unverified": {400, badRequest, "The domain portion of the userPrincipalName property is invalid. You must use " +
		"one of the verified domain names in your organization."},
	// observed: Azure/Industrial-IoT#1432
	"identifier-unverified": {400, "HostNameNotOnVerifiedDomain", "Values of identifierUris property must use a verified " +
		"domain of the organization or its subdomain: '{id}'"},
	// observed: microsoft-graph-docs#9071
	"membership-dynamic": {403, "Authorization_RequestDenied", noPrivileges},
	// observed: msgraph-sdk-powershell#145
	"parameters-missing": {400, badRequest, "One or more parameters of the operation '{id}' are missing from the " +
		"request payload. The missing parameters are: {property}."},
	// observed: microsoft-graph-docs#7063
	"ids-invalid": {400, badRequest, "Invalid GUID specified."},
	// observed: assignLicense without a usage location
	"usage-location": {400, badRequest, "License assignment cannot be done for user with invalid usage location."},
	// observed: several public clients look for its end; the beginning is assumed
	"license-exhausted": {400, badRequest, "Subscription with SKU {id} does not have any available licenses."},
	// observed: assignLicense
	"license-unknown": {400, badRequest, "License {id} does not correspond to a valid company License."},
	// observed: assignLicense
	"license-missing": {400, badRequest, "User does not have a corresponding license."},

	// observed: cli-microsoft365
	"extension-unknown": {404, "ResourceNotFound", "Extension with given id not found."},
	// observed: cli-microsoft365
	"extension-exists": {400, badRequest, "An extension already exists with given id."},
}
