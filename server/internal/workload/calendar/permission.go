package calendar

import (
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// calendarPermissions are those of a calendar: everybody in the organization has one from the start (DOC
// calendar-list-calendarpermissions.md), which stays (assumed). What others may do is not checked.
func calendarPermissions() *service.Behavior {
	roles := []any{"none", "freeBusyRead", "limitedRead", "read", "write"}
	return &service.Behavior{
		Type:  "microsoft.graph.calendarPermission",
		Order: strings.Fields("id isRemovable isInsideOrganization role allowedRoles emailAddress"),
		Initial: []map[string]any{{
			"id": "RGVmYXVsdA==", "isRemovable": false, "role": "freeBusyRead",
			"emailAddress": map[string]any{"name": "My Organization"},
		}},
		Value: service.Defaults(map[string]any{
			"isRemovable": true, "isInsideOrganization": true, "role": "read", "allowedRoles": roles,
		}),
		Remove: func(c *service.Call) (bool, error) {
			e, err := c.Bound()
			if err == nil && e.Properties["isRemovable"] == false {
				err = service.Fail("calendar-permission-kept")
			}
			return false, err
		},
	}
}
