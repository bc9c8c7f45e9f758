package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// house is the map of the packages: what each may import of the others. Imports
// point one way.
var house = map[string][]string{
	"server/internal/workload":              {"server/internal/service", "server/internal/workload/activities", "server/internal/workload/todo"},
	"server/internal/workload/todo":         {"server/internal/service", "server/internal/tenantstore"},
	"server/internal/workload/activities":   {"server/internal/service", "server/internal/tenantstore"},
	"server/internal/service":               {"openapi", "openapi/edm", "openapi/jsontext", "openapi/resource", "server/internal/auth", "server/internal/odata", "server/internal/tenantstore"},
	"openapi/resource":                      {"openapi/edm", "openapi/spell"},
	"openapi/jsontext":                      {},
	"openapi":                               {"openapi/jsontext", "openapi/graph", "openapi/schema", "openapi/spell", "openapi/edm", "openapi/resource"},
	"openapi/document":                      {"openapi", "openapi/jsontext"},
	"fixtures":                              {"openapi", "openapi/document", "openapi/jsontext"},
	"scenarios":                             {"openapi", "openapi/document", "openapi/jsontext", "openapi/credential", "openapi/graph"},
	"openapi/credential":                    {},
	"openapi/edm":                           {},
	"openapi/edm/csdl":                      {"openapi/edm"},
	"server/internal/odata":                 {"openapi"},
	"server/internal/auth":                  {"openapi"},
	"server/internal/har":                   {},
	"server/internal/verify":                {"openapi"},
	"server/internal/report":                {"openapi", "openapi/document", "scenarios", "server", "openapi/credential", "server/internal/journal", "server/internal/verdict"},
	"server":                                {"openapi", "openapi/document", "openapi/jsontext", "fixtures", "scenarios", "server/internal/odata", "server/internal/auth", "openapi/credential", "server/internal/inprocess", "server/internal/control", "server/internal/rawurl", "server/internal/batch", "openapi/edm", "server/internal/journal", "server/internal/verdict", "server/internal/service", "server/internal/tenantstore", "server/internal/workload"},
	"server/graphtest":                      {"openapi", "fixtures", "scenarios", "server", "server/internal/report"},
	"server/cmd/graphmock":                  {"openapi", "openapi/document", "fixtures", "scenarios", "server", "server/internal/har", "server/internal/report", "server/internal/verify"},
	"server/internal/tenantstore":           {},
	"server/internal/inprocess":             {},
	"server/internal/tenantstore/storetest": {"server/internal/tenantstore"},
	"openapi/graph":                         {"openapi/edm"},
	"openapi/graph/internal/model":          {"openapi/edm", "openapi/edm/csdl"},
	"server/internal/control":               {"openapi", "openapi/document", "fixtures", "scenarios", "server/internal/auth"},
	"server/internal/journal":               {"openapi", "openapi/credential"},
	"server/internal/verdict":               {"openapi", "scenarios", "server/internal/journal"},
	"server/internal/rawurl":                {},
	"server/internal/batch":                 {"openapi", "openapi/jsontext", "server/internal/rawurl"},
	"openapi/spell":                         {},
	"openapi/schema":                        {"openapi/jsontext", "openapi/spell"},
}

// keepers are the packages that keep a library's types to themselves.
var keepers = map[string][]string{
	"github.com/getkin/kin-openapi":         {"openapi", "openapi/schema"},
	"github.com/santhosh-tekuri/jsonschema": {"openapi/schema", "scenarios"},
	"github.com/labstack/echo":              {"server"},
	"github.com/golang-jwt/jwt":             {"server/internal/auth"},
	"github.com/hashicorp/golang-lru":       {"server/internal/auth"},
	"github.com/fsnotify":                   {"server/cmd/graphmock"},
	"github.com/spf13":                      {"server/cmd/graphmock"},
	"go.yaml.in/yaml":                       {"openapi/document"},
	"golang.org/x/net":                      {"server/internal/inprocess", "server"},
	"pgregory.net/rapid":                    {"server/internal/tenantstore/storetest"},
}

func TestImportsFollowTheMap(t *testing.T) {
	t.Parallel()
	const module = "github.com/graphmock/graphmock/"
	seen := map[string]bool{}
	for name, imports := range packages(t, module) {
		seen[name] = true
		allowed, known := house[name]
		if !known {
			t.Errorf("package %s is not on the map", name)
		}
		for _, path := range imports {
			if own, ok := strings.CutPrefix(path, module); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s, which the map does not allow", name, own)
			}
			for library, by := range keepers {
				if strings.HasPrefix(path, library) && !slices.Contains(by, name) {
					t.Errorf("%s imports %s, which belongs in %v", name, path, by)
				}
			}
		}
	}
	for name := range maps.Keys(house) {
		if !seen[name] {
			t.Errorf("the map has %s, the module has not", name)
		}
	}
}

// packages lists what each package of the module imports, tests left out.
func packages(t *testing.T, module string) map[string][]string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
}
