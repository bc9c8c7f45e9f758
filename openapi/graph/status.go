package graph

import (
	"net/http"
	"strings"
)

// WriteStatus returns the status with which a write of an entity succeeds at a path, given
// as a template, and whether the response has no body, where that is known and is not what
// its workload usually does. The status is 0 elsewhere. [DOC: the pages of the operations;
// see the row derived-write-status]
func WriteStatus(method, template string) (status int, bare bool) {
	template = strings.ToLower(template)
	for i := range writeStatuses {
		row := &writeStatuses[i]
		if row.method == method && (template == row.at || strings.HasSuffix(row.at, "/") && strings.HasPrefix(template+"/", row.at)) {
			return row.status, row.bare
		}
	}
	return 0, false
}

// writeStatuses are by paths in lower case, those that end in a slash with what is below.
// The first that fits counts.
var writeStatuses = []struct {
	method, at string
	status     int
	bare       bool
}{
	{http.MethodDelete, "/external/connections/{}", http.StatusAccepted, true},
	{http.MethodPatch, "/admin/edge/", http.StatusNoContent, true},
	{http.MethodPatch, "/admin/reportsettings", http.StatusNoContent, true},
	{http.MethodPatch, "/devicemanagement/virtualendpoint/provisioningpolicies/", http.StatusNoContent, true},
	{http.MethodPatch, "/devicemanagement/virtualendpoint/usersettings/", http.StatusNoContent, true},
	{http.MethodPatch, "/employeeexperience/learningproviders/{}/learningcontents/", http.StatusAccepted, false},
	{http.MethodPatch, "/employeeexperience/", http.StatusNoContent, true},
	{http.MethodPatch, "/external/", http.StatusNoContent, true},
	{http.MethodPatch, "/grouplifecyclepolicies/", http.StatusOK, false},
	{http.MethodPatch, "/groups/{}/settings/", http.StatusNoContent, true},
	{http.MethodPatch, "/identitygovernance/accessreviews/definitions/{}/instances/{}/stages/{}", http.StatusOK, false},
	{http.MethodPatch, "/policies/authenticationmethodspolicy", http.StatusOK, false},
	{http.MethodPatch, "/policies/rolemanagementpolicies/", http.StatusOK, false},
	{http.MethodPatch, "/search/", http.StatusNoContent, true},
	{http.MethodPatch, "/security/alerts/", http.StatusNoContent, true},
	{http.MethodPatch, "/security/attacksimulation/simulations/", http.StatusAccepted, true},
	{http.MethodPatch, "/security/cases/", http.StatusNoContent, true},
	{http.MethodPatch, "/security/securescorecontrolprofiles/", http.StatusNoContent, true},
	{http.MethodPatch, "/serviceprincipals/{}/remotedesktopsecurityconfiguration/", http.StatusOK, false},
	{http.MethodPatch, "/teams/{}/channels/{}", http.StatusNoContent, true},
	{http.MethodPatch, "/teamwork/", http.StatusNoContent, true},
	{http.MethodPost, "/agreements/{}/files", http.StatusOK, false},
	{http.MethodPost, "/communications/calls/{}/audioroutinggroups", http.StatusOK, false},
	{http.MethodPost, "/identitygovernance/termsofuse/agreements/{}/files", http.StatusOK, false},
	{http.MethodPost, "/security/attacksimulation/simulations", http.StatusAccepted, true},
	{http.MethodPost, "/sites/{}/contenttypes/{}/columns", http.StatusOK, false},
	{http.MethodPost, "/sites/{}/lists/{}/contenttypes/{}/columns", http.StatusOK, false},
	{http.MethodPost, "/teams/{}/schedule/offershiftrequests", http.StatusOK, false},
	{http.MethodPost, "/teams/{}/schedule/openshiftchangerequests", http.StatusOK, false},
	{http.MethodPost, "/teams/{}/schedule/openshifts", http.StatusOK, false},
	{http.MethodPost, "/teams/{}/schedule/swapshiftschangerequests", http.StatusOK, false},
	{http.MethodPut, "/identity/b2xuserflows/{}/languages/{}/overridespages/{}/$value", http.StatusNoContent, true},
	{http.MethodPut, "/identitygovernance/accessreviews/definitions/{}", http.StatusNoContent, true},
	{http.MethodPut, "/organization/{}/branding/", http.StatusNoContent, true},
	{http.MethodPut, "/policies/", http.StatusNoContent, true},
	{http.MethodPut, "/teams/{}/photo/$value", http.StatusNoContent, true},
	{http.MethodPut, "/teams/{}/schedule/openshifts/", http.StatusNoContent, true},
	{http.MethodPut, "/teams/{}/schedule/shifts/", http.StatusNoContent, true},
	{http.MethodPut, "/teams/{}/schedule/timesoff/", http.StatusNoContent, true},
}
