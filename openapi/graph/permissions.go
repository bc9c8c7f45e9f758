package graph

import (
	_ "embed"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/internal/blocktext"
)

// v1Permissions are the permissions of Graph v1.0, written by the command in
// internal/model. Its blocks stand in the order of their names. There is one for each
// template, which names another, with a line for each group of methods:
//
//	/me/messages h6wsv
//	h6wsv
//	 GET application Mail.ReadBasic.All < Mail.Read Mail.ReadWrite
//	 GET delegated Mail.ReadBasic < Mail.Read Mail.ReadWrite
//	 POST both Mail.ReadWrite
//
// The least privileged permissions come first, a < before the others. A+B|C is A that
// needs one of B and C besides.
//
//go:embed v1.0.permissions
var v1Permissions string

// Permissions are those that let a client call an operation.
type Permissions struct {
	Delegated   Grants // for an app with a signed-in user; none if there is no such access
	Application Grants // for an app alone; none if there is no such access
}

// Grants are permissions of which each is enough. The least privileged ones come first.
type Grants []Grant

// A Grant is a permission that is enough, for most operations.
type Grant struct {
	Name  string
	With  []string // of which one is needed as well, none for most
	Least bool     // no other one gives less
}

// Least returns the names of the least privileged permissions. One that needs others
// besides is written with a plus and the first of them.
func (g Grants) Least() []string {
	var names []string
	for _, grant := range g {
		if !grant.Least {
			break
		}
		name := grant.Name
		if len(grant.With) > 0 {
			name += "+" + grant.With[0]
		}
		names = append(names, name)
	}
	return names
}

// Suffice reports whether a client that has some permissions has enough of them.
func (g Grants) Suffice(has func(permission string) bool) bool {
	return slices.ContainsFunc(g, func(grant Grant) bool {
		return has(grant.Name) && (len(grant.With) == 0 || slices.ContainsFunc(grant.With, has))
	})
}

// PermissionsFor returns the permissions that Graph asks for an operation: a method, and
// a template as resource.Node.Template has it, such as /me/messages/{}. Ok is false if
// nothing is known. What paths need does not depend on casts, alternate keys, $ref,
// $count, $value and optional arguments, nor on how an item of a drive is found: where a
// path with them is not known, the one without is taken.
func PermissionsFor(method, template string) (p Permissions, ok bool) {
	all := permissionText(v1Permissions)
	template = withoutPaths(template)
	if p, ok = all.find(method, template); ok {
		return p, true
	}
	plain := withoutCasts(template)
	items := strings.Replace(plain, "/root/", "/items/{}/", 1)
	for _, spelling := range []string{
		plain, items, withoutNames(plain, "/{}"), withoutNames(plain, ""), withoutNames(items, ""),
	} {
		if p, ok = all.find(method, spelling); ok {
			return p, true
		}
	}
	return Permissions{}, false
}

// withoutPaths returns a template with keys where names lead to a file or a site.
func withoutPaths(template string) string {
	return strings.ReplaceAll(strings.ReplaceAll(template, "/root:/{}:", "/items/{}"), ":/{}:", "")
}

// withoutCasts returns a template without casts, $ref, $count and $value.
func withoutCasts(template string) string {
	segments := strings.Split(template, "/")
	return strings.Join(slices.DeleteFunc(segments, func(s string) bool {
		cast := strings.HasPrefix(s, "microsoft.graph.") && Model().Type(s) != nil
		return cast || s == "$ref" || s == "$count" || s == "$value"
	}), "/")
}

// withoutNames returns a template with something else instead of (name={}).
func withoutNames(template, instead string) string {
	segments := strings.Split(template, "/")
	for i, s := range segments {
		if name, _, ok := strings.Cut(s, "("); ok {
			segments[i] = name + instead
		}
	}
	return strings.Join(segments, "/")
}

// DocumentedActions returns the operations that the table of permissions has, as patterns
// such as "GET /me/messages/{}", in the order of their paths.
func DocumentedActions() iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(v1Permissions) {
			template, id, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if !strings.HasPrefix(template, "/") {
				continue
			}
			for _, method := range permissionText(v1Permissions).methods(id) {
				if !yield(method + " " + template) {
					return
				}
			}
		}
	}
}

// methods returns those that a block tells of, sorted.
func (t permissionText) methods(id string) []string {
	block, _ := blocktext.Find(string(t), id, firstWord)
	_, lines, _ := strings.Cut(block, "\n")
	var all []string
	for line := range strings.Lines(lines) {
		words, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		all = append(all, strings.Split(words, ",")...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// PermissionNames returns the names of all permissions that PermissionsFor knows, in
// their order. The slice is not to be changed.
func PermissionNames() []string { return permissionNames() }

var permissionNames = sync.OnceValue(func() []string { return permissionText(v1Permissions).names() })

// names returns the names of all permissions.
func (t permissionText) names() []string {
	seen := map[string]bool{}
	for line := range strings.Lines(string(t)) {
		words := strings.Fields(line)
		if line[0] != ' ' || len(words) < 2 {
			continue
		}
		for _, g := range readGrants(words[2:]) {
			seen[g.Name] = true
			for _, name := range g.With {
				seen[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

type permissionText string

// find reads what is known of an operation.
func (t permissionText) find(method, template string) (p Permissions, ok bool) {
	line, ok := blocktext.Find(string(t), template, firstWord)
	if !ok {
		return p, false
	}
	_, id, _ := strings.Cut(blocktext.FirstLine(line), " ")
	block, _ := blocktext.Find(string(t), id, firstWord)
	_, lines, _ := strings.Cut(block, "\n")
	known := false
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) < 2 || !slices.Contains(strings.Split(words[0], ","), method) {
			continue
		}
		known = true
		grants := readGrants(words[2:])
		if words[1] != "application" {
			p.Delegated = append(p.Delegated, grants...)
		}
		if words[1] != "delegated" {
			p.Application = append(p.Application, grants...)
		}
	}
	return p, known
}

func firstWord(block string) string {
	word, _, _ := strings.Cut(blocktext.FirstLine(block), " ")
	return word
}

func readGrants(words []string) Grants {
	var grants Grants
	least := true
	for _, word := range words {
		if word == "<" {
			least = false
			continue
		}
		g := Grant{Least: least}
		name, with, _ := strings.Cut(word, "+")
		g.Name = name
		if with != "" {
			g.With = strings.Split(with, "|")
		}
		grants = append(grants, g)
	}
	return grants
}
