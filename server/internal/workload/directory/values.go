package directory

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
)

// invalid is the error about a property that can't have the value that was sent. OBS
// docs-contrib#6580
func invalid(property, typeName string) error {
	return service.FailWith("property-invalid", []any{jsontext.Object{
		{Name: "target", Value: property}, {Name: "code", Value: "InvalidValue"},
	}}, "{property}", property, "{type}", upperFirst(shortName(typeName)))
}

// elsewhere are properties that the directory shows and SharePoint has: they may be empty (assumed).
var elsewhere = []string{"aboutMe", "mySite", "preferredName"}

// checkValues returns a check that refuses values which no property of the directory can have: empty
// texts (OBS msgraph-sdk-dotnet#187, msgraph-sdk-powershell#2087), null where a value is required (OBS
// KelvinTegelaar/CIPP#6096), and what values says.
func checkValues(typeName string, required []string, values map[string]func(any) bool) func(*service.Call, *service.Write) error {
	return func(c *service.Call, w *service.Write) error {
		for _, name := range slices.Sorted(maps.Keys(c.Body)) {
			value := c.Body[name]
			switch {
			case value == nil && w.Old != nil && slices.Contains(required, name):
				return service.Fail("value-required", "{property}", name, "{type}", upperFirst(shortName(typeName)))
			case value == "" && !strings.Contains(name, "@") && !isExtension(name) && !slices.Contains(elsewhere, name),
				value != nil && values[name] != nil && !values[name](value):
				return invalid(name, typeName)
			}
		}
		return nil
	}
}

// oneOf accepts some texts, in any case.
func oneOf(all ...string) func(any) bool {
	return func(value any) bool {
		return slices.ContainsFunc(all, func(each string) bool { return equalFold(value, each) })
	}
}

// matching accepts texts of a form.
func matching(form string) func(any) bool {
	re := regexp.MustCompile(form)
	return func(value any) bool {
		text, isText := value.(string)
		return isText && re.MatchString(text)
	}
}

// isNickname accepts nicknames: of ASCII without some characters. DOC group-post-groups; OBS
// microsoft-teams-apps-requestateam#265
var isNickname = matching(`^[!#$%&'*+\-./0-9=?A-Z^_` + "`" + `a-z{|}~]{1,64}$`)
