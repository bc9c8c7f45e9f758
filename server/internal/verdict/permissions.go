package verdict

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// Permissions is what the requests needed at least, and what their tokens had beyond it,
// as far as Microsoft documents what operations need. Tokens that name no permissions,
// and those that graphmock mints for everything, asked for nothing.
type Permissions struct {
	Delegated   []string               `json:"delegated"`   // for the requests of apps with a signed-in user
	Application []string               `json:"application"` // for those of apps alone
	Beyond      []string               `json:"beyond"`      // what tokens had and no request needed
	Operations  []OperationPermissions `json:"operations"`
}

// OperationPermissions is what one operation needs: the least privileged of the
// permissions of which each is enough.
type OperationPermissions struct {
	Operation   string   `json:"operation"`   // pattern
	Delegated   []string `json:"delegated"`   // none if there is no such access
	Application []string `json:"application"` // likewise
	Requests    int      `json:"requests"`    // of both kinds

	asked graph.Permissions
	as    [2]int // requests with a user, and of apps alone
}

// maxGranted bounds the permissions of tokens that are kept, and the length of each.
const (
	maxGranted     = 2000
	maxGrantedName = 200
)

// granted are the permissions that tokens named: with a user, and of apps alone.
type granted [2]map[string]bool

func (g *granted) add(r *journal.Record) {
	if len(r.Granted) == 0 {
		return
	}
	kind := kindOf(r)
	if g[kind] == nil {
		g[kind] = map[string]bool{}
	}
	for _, name := range r.Granted {
		if len(name) <= maxGrantedName && !g[kind][name] && len(g[kind]) < maxGranted {
			g[kind][strings.Clone(name)] = true
		}
	}
}

// kindOf is 0 for a request with a signed-in user, 1 for one of an app alone.
func kindOf(r *journal.Record) int {
	if r.AppOnly {
		return 1
	}
	return 0
}

// permissionsOf sums up what the operations that were touched need.
func permissionsOf(touched map[operationKey]touchedOperation, had granted) Permissions {
	p := Permissions{Operations: []OperationPermissions{}}
	for _, t := range slices.SortedFunc(maps.Values(touched), comparePaths) {
		asked, known := t.operation.Permissions()
		if !known || t.as[0]+t.as[1] == 0 {
			continue
		}
		p.Operations = append(p.Operations, OperationPermissions{
			Operation: t.operation.Pattern(), Requests: t.as[0] + t.as[1],
			Delegated: nonNil(asked.Delegated.Least()), Application: nonNil(asked.Application.Least()),
			asked: asked, as: t.as,
		})
	}
	var grants [2][]graph.Grants
	for _, o := range p.Operations {
		for kind, g := range o.grants() {
			if o.as[kind] > 0 && len(g) > 0 {
				grants[kind] = append(grants[kind], g)
			}
		}
	}
	p.Delegated, p.Application = least(grants[0]), least(grants[1])
	p.Beyond = []string{}
	for kind, needed := range [2][]string{p.Delegated, p.Application} {
		for name := range had[kind] {
			if !slices.Contains(needed, name) && !slices.Contains(p.Beyond, name) && !isOfSignIn(name) {
				p.Beyond = append(p.Beyond, name)
			}
		}
	}
	slices.Sort(p.Beyond)
	return p
}

func (o *OperationPermissions) grants() [2]graph.Grants {
	return [2]graph.Grants{o.asked.Delegated, o.asked.Application}
}

// isOfSignIn reports whether a permission is for signing in: no operation of Graph asks
// for it.
func isOfSignIn(name string) bool {
	switch strings.ToLower(name) {
	case "openid", "profile", "email", "offline_access":
		return true
	}
	return false
}

func nonNil(list []string) []string { return append([]string{}, list...) }

// least returns few permissions that are enough for all operations: the least privileged
// one of each, without those that another one makes superfluous.
func least(all []graph.Grants) []string {
	chosen := map[string]bool{}
	has := func(name string) bool { return chosen[name] }
	for _, g := range all {
		if !g.Suffice(has) {
			for name := range strings.SplitSeq(g.Least()[0], "+") {
				chosen[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		chosen[name] = false
		if slices.ContainsFunc(all, func(g graph.Grants) bool { return !g.Suffice(has) }) {
			chosen[name] = true
		}
	}
	maps.DeleteFunc(chosen, func(_ string, needed bool) bool { return !needed })
	return nonNil(slices.Sorted(maps.Keys(chosen)))
}

// Exceeding returns a failure for each operation that needed more than some permissions.
func (p *Permissions) Exceeding(most []string) []scenarios.Failure {
	has := func(name string) bool {
		return slices.ContainsFunc(most, func(m string) bool { return strings.EqualFold(m, name) })
	}
	var failures []scenarios.Failure
	for _, o := range p.Operations {
		for kind, g := range o.grants() {
			if o.as[kind] == 0 || len(g) == 0 || g.Suffice(has) {
				continue
			}
			who := [2]string{"with a signed-in user", "of an app alone"}[kind]
			failures = append(failures, scenarios.Failure{
				Rule: "max-permissions", Operation: o.Operation, Expectation: "permissions",
				Message: o.Operation + " " + who + " needs " + cmp.Or(strings.Join(g.Least(), " or "), "another permission") +
					", which --max-permissions does not name",
			})
		}
	}
	return failures
}
