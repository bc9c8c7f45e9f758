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
// point one way. An asterisk stands for any workload: they are alike, and do not
// know each other.
var house = map[string][]string{
	"openapi/edm":      {"openapi/internal/blocktext"},
	"openapi/graph":    {"openapi/edm", "openapi/internal/blocktext"},
	"openapi/jsontext": {},
	"openapi/regular":  {},
	"openapi/spell":    {},
	"openapi/resource": {"openapi/edm", "openapi/spell"},
	"openapi/schema":   {"openapi/jsontext", "openapi/spell"},
	"openapi": {
		"openapi/document", "openapi/credential", "openapi/regular", "openapi/edm", "openapi/edm/csdl", "openapi/graph",
		"openapi/jsontext", "openapi/spell", "openapi/resource", "openapi/schema",
	},
	"openapi/document":             {"openapi/jsontext", "openapi/regular", "openapi/spell"},
	"openapi/credential":           {},
	"openapi/edm/csdl":             {"openapi/edm"},
	"openapi/internal/blocktext":   {},
	"openapi/graph/internal/model": {"openapi/edm", "openapi/edm/csdl", "openapi/resource"},
	"fixtures": {
		"openapi/jsontext", "openapi/spell",
		"openapi/schema", "openapi", "openapi/document",
	},
	"scenarios": {
		"openapi/graph", "openapi/jsontext", "openapi/regular",
		"openapi/spell", "openapi/schema", "openapi", "openapi/document",
		"openapi/credential",
	},
	"server/internal/auth":       {"openapi/graph", "openapi"},
	"server/internal/auth/entra": {"openapi/graph"},
	"server/internal/auth/registry": {
		"server/internal/auth", "server/internal/auth/entra", "server/internal/store",
	},
	"server/internal/rawurl": {},
	"server/internal/batch":  {"openapi/jsontext", "openapi", "server/internal/rawurl"},
	"server/internal/control": {
		"openapi/jsontext", "openapi/spell", "openapi", "openapi/document", "fixtures", "scenarios",
		"server/internal/auth", "server/internal/pace",
	},
	"server/internal/callsite":  {},
	"server/internal/certs":     {},
	"server/internal/cors":      {},
	"server/internal/firstbyte": {},
	"server/internal/proxy":     {},
	"server/internal/pace":      {},
	"server/internal/wholefile": {},
	"server/internal/inprocess": {"server/internal/callsite"},
	"server/internal/journal":   {"openapi", "openapi/credential"},
	"server/internal/notify":    {"openapi/jsontext", "server/internal/inprocess"},
	"server/internal/odata":     {"openapi/edm", "openapi/spell", "openapi/schema"},
	"server/internal/store":     {},
	"server/internal/service": {
		"openapi/edm", "openapi/graph", "openapi/jsontext", "openapi/resource", "openapi/schema", "openapi/spell",
		"server/internal/auth", "server/internal/odata", "server/internal/store",
	},
	"server/internal/verdict": {
		"openapi/credential", "openapi/jsontext",
		"openapi", "openapi/edm", "openapi/graph", "scenarios", "server/internal/journal",
	},
	"server/internal/outlook": {"server/internal/service", "server/internal/store"},
	"server/internal/kql":     {"server/internal/odata", "server/internal/service", "server/internal/store"},
	"server/internal/workload/*": {
		"openapi/edm", "openapi/graph", "openapi/jsontext", "server/internal/auth", "server/internal/odata",
		"server/internal/store", "server/internal/service", "server/internal/outlook", "server/internal/kql",
	},
	"server/internal/workload": {
		"openapi", "openapi/graph", "server/internal/service", "server/internal/workload/*",
	},
	"server/internal/har": {"openapi/jsontext"},
	"server/internal/replay": {
		"openapi/credential", "openapi/edm", "openapi/graph", "openapi/jsontext", "openapi/resource", "openapi/schema", "openapi",
		"server/internal/rawurl",
	},
	"server/internal/capture": {
		"openapi/edm", "openapi/graph", "openapi/jsontext", "openapi/resource", "openapi/schema", "openapi", "fixtures",
		"server/internal/batch", "server/internal/service",
	},
	"server/internal/report": {
		"openapi/spell", "openapi", "openapi/document", "openapi/credential", "openapi/graph",
		"scenarios", "server/internal/journal", "server/internal/verdict", "server/internal/har", "server/internal/wholefile",
	},
	"server/internal/verify": {"openapi/jsontext", "openapi/spell", "openapi/schema", "openapi"},
	"server/internal/service/servicetest": {
		"openapi/edm",
		"openapi/jsontext", "openapi/resource", "server/internal/auth", "server/internal/odata",
		"server/internal/store", "server/internal/service",
	},
	"server/internal/store/storetest": {"server/internal/store"},
	"server": {
		"openapi/edm",
		"openapi/graph", "openapi/jsontext", "openapi/resource", "openapi/schema", "openapi", "openapi/document",
		"openapi/credential", "fixtures", "scenarios", "server/internal/auth", "server/internal/auth/entra",
		"server/internal/auth/registry", "server/internal/rawurl",
		"server/internal/batch", "server/internal/callsite", "server/internal/control", "server/internal/inprocess",
		"server/internal/journal", "server/internal/report",
		"server/internal/odata", "server/internal/store", "server/internal/service", "server/internal/verdict",
		"server/internal/pace", "server/internal/workload", "server/internal/certs", "server/internal/firstbyte",
		"server/internal/proxy", "server/internal/cors", "server/internal/notify", "server/internal/workload/*",
	},
	"server/cmd/graphmock": {
		"openapi/edm",
		"openapi/regular",
		"openapi/credential",
		"openapi/graph", "openapi/spell", "openapi", "openapi/document", "fixtures", "scenarios",
		"server/internal/certs", "server/internal/har", "server/internal/report", "server/internal/verify", "server",
		"server/internal/capture", "server/internal/wholefile", "server/internal/replay", "server/internal/workload",
	},
	"server/cmd/documents": {"openapi/jsontext", "openapi", "fixtures", "server/internal/verify", "server"},
	"server/graphtest": {
		"openapi", "fixtures", "scenarios", "server/internal/callsite", "server/internal/report", "server",
	},
}

// keepers are the packages that keep a library's types to themselves.
var keepers = map[string][]string{
	"github.com/getkin/kin-openapi":         {"openapi", "openapi/schema"},
	"github.com/santhosh-tekuri/jsonschema": {"openapi/schema", "scenarios"},
	"github.com/labstack/echo":              {"server"},
	"github.com/golang-jwt/jwt":             {"server/internal/auth", "server/internal/auth/entra"},
	"github.com/hashicorp/golang-lru":       {"server", "server/internal/auth", "server/internal/auth/entra"},
	"github.com/fsnotify":                   {"server/cmd/graphmock"},
	"github.com/spf13":                      {"server/cmd/graphmock"},
	"go.yaml.in/yaml":                       {"openapi/document"},
	"software.sslmate.com/src/go-pkcs12":    {"server/cmd/graphmock"},
	"golang.org/x/net":                      {"server/internal/inprocess", "server"},
	"pgregory.net/rapid":                    {"server/internal/store/storetest"},
}

func TestImportsFollowTheMap(t *testing.T) {
	t.Parallel()
	const module = "github.com/graphmock/graphmock/"
	seen := map[string]bool{}
	for name, imports := range packages(t, module) {
		seen[onMap(name)] = true
		allowed, known := house[onMap(name)]
		if !known {
			t.Errorf("package %s is not on the map", name)
		}
		for _, path := range imports {
			if own, ok := strings.CutPrefix(path, module); ok && !slices.Contains(allowed, onMap(own)) {
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

// onMap is the name that a package has on the map.
func onMap(name string) string {
	const workloads = "server/internal/workload/"
	if strings.HasPrefix(name, workloads) {
		return workloads + "*"
	}
	return name
}

func TestNothingInternalImportsTheServer(t *testing.T) {
	t.Parallel()
	for name, allowed := range house {
		if strings.Contains(name, "/internal/") && slices.Contains(allowed, "server") {
			t.Errorf("%s may import server", name)
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
