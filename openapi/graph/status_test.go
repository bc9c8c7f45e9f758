package graph_test

import (
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
)

func TestStatusesOfWritesAreByPath(t *testing.T) {
	t.Parallel()
	for request, want := range map[[2]string]int{
		{"PATCH", "/teams/{}/channels/{}"}:                                                       204,
		{"PATCH", "/teams/{}/channels/{}/tabs/{}"}:                                               0,
		{"PATCH", "/teams/{}/channels"}:                                                          0,
		{"PATCH", "/External/connections/{}"}:                                                    204,
		{"DELETE", "/external/connections/{}"}:                                                   202,
		{"DELETE", "/external/connections/{}/items/{}"}:                                          0,
		{"PUT", "/organization/{}/branding/bannerLogo"}:                                          204,
		{"POST", "/external/connections"}:                                                        0,
		{"PATCH", "/externally"}:                                                                 0,
		{"PATCH", "/groupLifecyclePolicies/{}"}:                                                  200,
		{"POST", "/teams/{}/schedule/openShiftChangeRequests"}:                                   200,
		{"POST", "/teams/{}/schedule/shifts"}:                                                    0,
		{"PUT", "/teams/{}/schedule/shifts/{}"}:                                                  204,
		{"PATCH", "/policies/authenticationMethodsPolicy"}:                                       200,
		{"PATCH", "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{}"}: 0,
		{"POST", "/communications/calls/{}/audioRoutingGroups"}:                                  200,
		{"PATCH", "/deviceManagement/virtualEndpoint/cloudPCs/{}"}:                               0,
	} {
		if got, bare := graph.WriteStatus(request[0], request[1]); got != want || bare != (want == 204 || want == 202) {
			t.Errorf("%v: %d, without a body %v, want %d", request, got, bare, want)
		}
	}
}
