package server_test

import (
	"strings"
	"testing"
)

// TestUnknownOperationsMakeNothingUp: an action or a function that no workload knows is refused if it
// returns something, and says that it has done nothing if it does not.
func TestUnknownOperationsMakeNothingUp(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	organization := u.want(200, "GET", "/organization", "")["value"].([]any)[0].(map[string]any)["id"].(string)
	for line, body := range map[string]string{
		"GET /reports/getOffice365ActivationCounts":                                                "",
		"GET /reports/authenticationMethods/usersRegisteredByFeature()":                            "",
		"GET /reports/getEmailActivityCounts(period='D7')":                                         "",
		"POST /organization/" + organization + "/setMobileDeviceManagementAuthority":               "",
		"GET /identityGovernance/appConsent/appConsentRequests/filterByCurrentUser(on='reviewer')": "",
		"POST /me/drive/items/01CONTOSOLAKE/extractSensitivityLabels":                              "",
		"POST /groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/checkGrantedPermissionsForApp":          "",
	} {
		method, path, _ := strings.Cut(line, " ")
		res, text := u.send(method, path, body)
		if res.StatusCode != 501 || res.Header.Get("Graphmock-Unsupported") == "" || !strings.Contains(string(text), "NotImplemented") {
			t.Errorf("%s: %s %s", line, res.Status, text)
		}
	}
	if v := u.server.Verdict(); !v.Clean || len(v.Unsupported) != 7 {
		t.Errorf("clean: %t, unsupported: %v", v.Clean, v.Unsupported)
	}
	for path, status := range map[string]int{
		"/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/retryServiceProvisioning": 204,
		"/me/drive/items/01CONTOSOLAKE/checkout":                                204,
	} {
		res, text := u.send("POST", path, "")
		if res.StatusCode != status || len(text) > 0 || !strings.HasPrefix(res.Header.Get("Graphmock-Reason"), "operation-unknown; ") {
			t.Errorf("%s: %s %v %s", path, res.Status, res.Header, text)
		}
	}
	res, text := u.send("GET", "/identity/identityProviders/availableProviderTypes()", "")
	if res.StatusCode != 200 || !strings.Contains(string(text), `"value":[]`) || !strings.HasPrefix(res.Header.Get("Graphmock-Reason"), "function-unknown; ") {
		t.Errorf("a list: %s %v %s", res.Status, res.Header, text)
	}
	u.want(404, "POST", "/groups/02bd9fd6-8f93-4758-87c3-1fb73740a316/retryServiceProvisioning", "")
	if v := u.server.Verdict(); !v.Clean {
		t.Errorf("%v", v)
	}
}
