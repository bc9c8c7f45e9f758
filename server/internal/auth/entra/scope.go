package entra

import (
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/graph"
)

// A request for scopes says what a token is to be for.
type asked struct {
	openid, profile, email, offline bool

	resource string   // as it was named; empty is Graph
	app      string   // application id of a resource that the tenant has
	known    []string // scopes of that resource
	isGraph  bool
	names    []string // of permissions, without their resource
	all      bool     // .default: what was granted
}

// maxScope is how long a scope parameter may be: it is remembered with each grant.
const maxScope = 8 << 10

// parseScope reads a scope parameter. Names without a resource are Graph's.
func (x *exchange) parseScope(text string) (a asked, f *failure) {
	if len(text) > maxScope {
		return a, fail(9002313).because("the scope is longer than any that Graph knows")
	}
	resources := map[string]bool{}
	for _, word := range strings.Fields(text) {
		switch strings.ToLower(word) {
		case "openid":
			a.openid = true
		case "profile":
			a.profile = true
		case "email":
			a.email = true
		case "offline_access":
			a.offline = true
		default:
			resource, name, f := splitScope(word)
			if f != nil {
				return a, f
			}
			if x.isGraph(resource) {
				resources[""] = true
			} else {
				resources[strings.ToLower(resource)] = true
			}
			a.resource = resource
			if strings.EqualFold(name, ".default") {
				a.all = true
			} else if !slices.Contains(a.names, name) {
				a.names = append(a.names, name)
			}
		}
	}
	switch {
	case len(resources) > 1:
		return a, fail(700022, a.resource)
	case a.all && len(a.names) > 0:
		f := fail(70011, text)
		f.text = ".default scope can't be combined with resource-specific scopes."
		return a, f
	}
	return a, x.resolve(&a)
}

// splitScope splits a scope into its resource and its name: https://graph.microsoft.com and
// User.Read. What belongs into no scope is refused.
func splitScope(word string) (resource, name string, f *failure) {
	for _, r := range word { // RFC 6749, section 3.3
		if r <= ' ' || r > '~' || r == '"' || r == '\\' {
			return "", "", fail(70011, word)
		}
	}
	i := strings.LastIndexByte(word, '/')
	if i < 0 {
		return "", word, nil
	}
	resource, name = strings.TrimSuffix(word[:i], "/"), word[i+1:]
	u, err := url.Parse(resource)
	if isURI := err == nil && u.Scheme != "" && u.Host != ""; name == "" || !isURI && uuid.Validate(resource) != nil {
		return "", "", fail(70011, word)
	}
	return resource, name, nil
}

// resolve finds the resource.
func (x *exchange) resolve(a *asked) *failure {
	if x.isGraph(a.resource) {
		a.isGraph = true
		return x.checkNames(a)
	}
	app, found := x.directory.Application(strings.ToLower(a.resource))
	switch {
	case found:
		a.app, a.known = app.ID, app.Scopes
	case x.config.Strict:
		return fail(500011, a.resource, x.directory.Tenant()).because(
			"register an application with that identifier URI; --auth strict knows no others but Graph")
	default:
		if id := strings.ToLower(strings.TrimPrefix(a.resource, "api://")); uuid.Validate(id) == nil {
			a.app = id
		}
	}
	return nil
}

// isGraph reports whether a resource is Graph, by any of its names; who has put this server
// in its place may name it by that.
func (x *exchange) isGraph(resource string) bool {
	u, err := url.Parse(resource)
	return resource == "" || strings.EqualFold(resource, graph.AppID) || strings.EqualFold(resource, x.origin) ||
		err == nil && u.Scheme == "https" && graph.IsHost(u.Host)
}

// checkNames refuses permissions that Graph does not have. Only the strict are sure of it:
// the documentation tells of those that operations need.
func (x *exchange) checkNames(a *asked) *failure {
	if !x.config.Strict {
		return nil
	}
	for _, name := range a.names {
		known := func(have string) bool { return strings.EqualFold(have, name) }
		if !slices.ContainsFunc(graph.PermissionNames(), known) && !slices.ContainsFunc(x.directory.Scopes(), known) {
			return fail(70011, name).because("no operation of Graph asks for that permission")
		}
	}
	return nil
}

// audience is what a token for the resource has. Graph takes all of its names.
func (a *asked) audience(x *exchange) string {
	switch {
	case a.app != "":
		return a.app
	case !a.isGraph:
		return a.resource
	case strings.EqualFold(a.resource, x.origin):
		return "https://graph.microsoft.com"
	case a.resource == "":
		return graph.AppID
	}
	return strings.ToLower(a.resource)
}
