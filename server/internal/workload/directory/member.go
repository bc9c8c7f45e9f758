package directory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
)

// memberships are the operations about which groups an object is in, and about objects by
// their ids.
func memberships() map[string]service.Operation {
	return map[string]service.Operation{
		"checkMemberGroups":  func(c *service.Call) (service.Result, error) { return check(c, "groupIds", false) },
		"checkMemberObjects": func(c *service.Call) (service.Result, error) { return check(c, "ids", true) },
		"getMemberGroups":    func(c *service.Call) (service.Result, error) { return member(c, false) },
		"getMemberObjects":   func(c *service.Call) (service.Result, error) { return member(c, true) },
		"getByIds":           getByIDs,
		"restore":            restore,
		"validateProperties": validateProperties,

		"getAvailableExtensionProperties": availableExtensions,
	}
}

// needs refuses a call without some parameters. OBS msgraph-sdk-powershell#145, of getByIds and
// assignLicense
func needs(c *service.Call, parameters ...string) error {
	missing := slices.DeleteFunc(parameters, func(name string) bool { return c.Parameter(name) != nil })
	if len(missing) == 0 {
		return nil
	}
	return service.Fail("parameters-missing", "{id}", c.Path.Name, "{property}", strings.Join(missing, ","))
}

// Bounds of lists in bodies. DOC: the page of each action
const (
	maxChecked = 20
	maxByID    = 1000
)

// groupsOf are the groups that an object is in, nearest first; of objects also roles and
// units. REC
func groupsOf(c *service.Call, securityOnly, objects bool) ([]any, error) {
	of, err := c.Bound()
	if err != nil {
		return nil, err
	}
	ids := []any{}
	for _, path := range c.Links(of.Path, "transitiveMemberOf") {
		e, found := c.Get(path)
		switch {
		case !found:
		case e.Type == groupType && securityOnly && e.Properties["securityEnabled"] != true:
		case e.Type == groupType, objects:
			ids = append(ids, e.Key())
		}
	}
	return ids, nil
}

func member(c *service.Call, objects bool) (service.Result, error) {
	securityOnly := c.Body["securityEnabledOnly"] == true
	ids, err := groupsOf(c, securityOnly, objects)
	return service.Result{Value: ids}, err
}

// check answers which of some ids are among those of the object's groups.
func check(c *service.Call, parameter string, objects bool) (service.Result, error) {
	asked := texts(c.Body[parameter])
	if len(asked) > maxChecked {
		return service.Result{}, service.Fail("too-many-ids", "{property}", parameter, "{id}", strconv.Itoa(maxChecked))
	}
	ids, err := groupsOf(c, false, objects)
	if err != nil {
		return service.Result{}, err
	}
	found := []any{}
	for _, id := range asked {
		if id = strings.ToLower(id); slices.Contains(ids, any(id)) && !slices.Contains(found, any(id)) {
			found = append(found, id)
		}
	}
	return service.Result{Value: found}, nil
}

// getByIDs answers the objects with some ids, in their order; those that are not there are left
// out. DOC directoryobject-getbyids
func getByIDs(c *service.Call) (service.Result, error) {
	if err := needs(c, "ids"); err != nil {
		return service.Result{}, err
	}
	ids := texts(c.Body["ids"])
	if slices.ContainsFunc(ids, func(id string) bool { return uuid.Validate(id) != nil }) { // OBS microsoft-graph-docs#7063
		return service.Result{}, service.Fail("ids-invalid")
	}
	if len(ids) > maxByID {
		return service.Result{}, service.Fail("too-many-ids", "{property}", "ids", "{id}", strconv.Itoa(maxByID))
	}
	types := texts(c.Body["types"])
	found := []*service.Entity{}
	for _, id := range ids {
		path, err := c.Locate("/directoryObjects/" + strings.ToLower(id))
		if err != nil {
			continue
		}
		if e, there := c.Get(path); there && isNamed(e, types) {
			found = append(found, e)
		}
	}
	return service.Result{Entities: found, Context: "directoryObjects"}, nil // DOC
}

// isNamed reports whether an object is of one of some types by their short names; none stand
// for all.
func isNamed(e *service.Entity, types []string) bool {
	if len(types) == 0 {
		return true
	}
	short := e.Type[strings.LastIndexByte(e.Type, '.')+1:]
	return slices.ContainsFunc(types, func(t string) bool {
		return strings.EqualFold(t, short) || strings.EqualFold(t, "directoryObject")
	})
}

// validateProperties says whether a group could have a name: 204, or 422 with what is in the
// way. DOC group-validateproperties, directoryobject-validateproperties
func validateProperties(c *service.Call) (service.Result, error) {
	own := ""
	if !c.Path.Above().Collection {
		bound, err := c.Bound()
		if err != nil {
			return service.Result{}, err
		}
		own = bound.Path
	}
	sent, _ := c.Body["mailNickname"].(string)
	other, taken := c.Find(groups, byNickname, strings.ToLower(sent))
	if !taken || other.Path == own {
		return service.Result{}, nil
	}
	const conflict = "Another object with the same value for property mailNickname already exists."
	return service.Result{}, service.FailWith("properties-invalid", []any{jsontext.Object{
		{Name: "target", Value: "mailNickname"}, {Name: "code", Value: "PropertyConflict"},
		{Name: "message", Value: conflict},
	}}, "{reason}", conflict)
}
