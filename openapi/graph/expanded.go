package graph

import "strings"

// Expanded returns the navigation properties that the entities of a type have in responses
// without being asked for, those of its base types not among them. [DOC: the samples of
// the pages that get and list them; see the row expanded-always]
func Expanded(typeName string) []string {
	short, ok := strings.CutPrefix(typeName, "microsoft.graph.")
	if !ok {
		return nil
	}
	return expanded[short]
}

var expanded = map[string][]string{
	"appConsentRequest":                                       {"userConsentRequests"},
	"approval":                                                {"stages"},
	"authenticationMethodsPolicy":                             {"authenticationMethodConfigurations"},
	"authenticationStrengthPolicy":                            {"combinationConfigurations"},
	"callRecords.callRecord":                                  {"organizer_v2"}, // Core.AutoExpand
	"contentType":                                             {"base"},
	"emailAuthenticationMethodConfiguration":                  {"includeTargets"},
	"externalAuthenticationMethodConfiguration":               {"includeTargets"},
	"fido2AuthenticationMethodConfiguration":                  {"includeTargets"},
	"identityGovernance.taskProcessingResult":                 {"subject", "task"},
	"identityGovernance.userProcessingResult":                 {"subject"},
	"identityGovernance.workflowBase":                         {"createdBy", "lastModifiedBy", "tasks"},
	"identityGovernance.workflowTemplate":                     {"tasks"},
	"microsoftAuthenticatorAuthenticationMethodConfiguration": {"includeTargets"},
	"permissionGrantPolicy":                                   {"excludes", "includes"},
	"printerCreateOperation":                                  {"printer"},
	"remoteDesktopSecurityConfiguration":                      {"targetDeviceGroups"},
	"restoreArtifactBase":                                     {"restorePoint"},
	"security.hostComponent":                                  {"host"},
	"security.hostCookie":                                     {"host"},
	"security.hostPair":                                       {"childHost", "parentHost"},
	"security.hostPort":                                       {"host", "mostRecentSslCertificate"},
	"security.hostSslCertificate":                             {"host", "sslCertificate"},
	"security.hostTracker":                                    {"host"},
	"security.indicator":                                      {"artifact"},
	"security.passiveDnsRecord":                               {"artifact", "parentHost"},
	"security.siteSource":                                     {"site"},
	"security.whoisBaseRecord":                                {"host"},
	"smsAuthenticationMethodConfiguration":                    {"includeTargets"},
	"softwareOathAuthenticationMethodConfiguration":           {"includeTargets"},
	"temporaryAccessPassAuthenticationMethodConfiguration":    {"includeTargets"},
	"unifiedRoleDefinition":                                   {"inheritsPermissionsFrom"},
	"userConsentRequest":                                      {"approval"},
	"voiceAuthenticationMethodConfiguration":                  {"includeTargets"},
	"x509CertificateAuthenticationMethodConfiguration":        {"includeTargets"},
}
