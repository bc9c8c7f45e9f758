package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// A permission is one of permissions.json, with the paths that it gives access to.
type permission struct {
	PathSets []struct {
		SchemeKeys []string
		Methods    []string
		Paths      map[string]string // least=SCHEME,SCHEME;AlsoRequires=PERMISSION,PERMISSION
	}
}

// The schemes of permissions tell who calls.
const (
	delegated   = "DelegatedWork"
	personal    = "DelegatedPersonal"
	application = "Application"
)

// An access is what permissions are for: a method on the paths of a template, by a
// scheme.
type access struct{ template, method, scheme string }

// A grant is a permission that gives an access.
type grant struct {
	name  string
	least bool   // no other one gives less
	with  string // permissions of which one is needed as well
}

// permissions returns the text of permissions.json without its header, and a list of
// what of it is left out.
func permissions(m *edm.Model, data []byte) (text, left string, err error) {
	var all map[string]permission
	if err := json.Unmarshal(data, &all); err != nil {
		return "", "", err
	}
	paths := newLocator(m)
	given := map[access][]grant{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, set := range all[name].PathSets {
			for path, terms := range set.Paths {
				template := paths.template(path)
				if template == "" {
					continue
				}
				least, with := readTerms(terms)
				for _, method := range set.Methods {
					for _, scheme := range set.SchemeKeys {
						at := access{template, method, scheme}
						given[at] = add(given[at], grant{name, slices.Contains(least, scheme), with})
					}
				}
			}
		}
	}
	withoutPersonal(given)
	withoutCompanions(given)
	settleLeast(given)
	text, err = formatPermissions(given)
	return text, paths.unknown(), err
}

// readTerms reads the value of a path: the schemes for which the permission is the least
// privileged one, and the permissions of which it needs one besides.
func readTerms(value string) (least []string, with string) {
	for term := range strings.SplitSeq(value, ";") {
		switch key, list, _ := strings.Cut(term, "="); key {
		case "least":
			least = strings.Split(list, ",")
		case "AlsoRequires":
			with = strings.ReplaceAll(list, ",", "|")
		}
	}
	return least, with
}

// add adds a grant. Of two for one access, as by paths with one template, the one that
// asks for less counts.
func add(to []grant, g grant) []grant {
	i := slices.IndexFunc(to, func(have grant) bool { return have.name == g.name })
	if i < 0 {
		return append(to, g)
	}
	to[i].least = to[i].least || g.least
	if g.with == "" || to[i].with != "" && g.with < to[i].with {
		to[i].with = g.with
	}
	return to
}

// withoutPersonal leaves out personal accounts, unless only they have access.
func withoutPersonal(given map[access][]grant) {
	for at, grants := range given {
		if at.scheme != personal {
			continue
		}
		delete(given, at)
		at.scheme = delegated
		if _, has := given[at]; !has {
			given[at] = grants
		}
	}
}

// withoutCompanions leaves out permissions that another one needs besides: the file has
// them as if they were enough, or as if they needed the other one.
func withoutCompanions(given map[access][]grant) {
	for at, grants := range given {
		given[at] = slices.DeleteFunc(slices.Clone(grants), func(g grant) bool {
			return slices.ContainsFunc(grants, func(main grant) bool {
				return main.needs(g) && (g.with == "" && !g.least || g.needs(main) && g.reads() && !main.reads())
			})
		})
	}
}

// needs reports whether the permission is no good without one of several, such as other.
func (g grant) needs(other grant) bool {
	return slices.Contains(strings.Split(g.with, "|"), other.name)
}

// settleLeast makes the least privileged permissions those that no other one gives less
// than. The file marks some for several methods at once, so that what writes is marked
// for GET as well; and it marks none of some, then all are asked.
func settleLeast(given map[access][]grant) {
	gives := map[[2]string]map[access]bool{} // by scheme and name
	for at, grants := range given {
		for _, g := range grants {
			key := [2]string{at.scheme, g.name}
			if gives[key] == nil {
				gives[key] = map[access]bool{}
			}
			gives[key][at] = true
		}
	}
	for at, grants := range given {
		likely := candidates(at.method, grants)
		for i, g := range grants {
			grants[i].least = likely[g.name]
			for other := range likely {
				if likely[g.name] && isMore(gives[[2]string{at.scheme, g.name}], gives[[2]string{at.scheme, other}]) {
					grants[i].least = false
				}
			}
		}
	}
}

// candidates returns the names of the permissions that may be the least privileged ones.
func candidates(method string, grants []grant) map[string]bool {
	marked := slices.DeleteFunc(slices.Clone(grants), func(g grant) bool { return !g.least })
	if len(marked) == 0 {
		marked = slices.Clone(grants)
	}
	if readers := slices.DeleteFunc(slices.Clone(marked), grant.writes); method == "GET" && len(readers) > 0 {
		marked = readers
	}
	names := map[string]bool{}
	for _, g := range marked {
		names[g.name] = true
	}
	return names
}

// isMore reports whether a has all that b has, and something else.
func isMore(a, b map[access]bool) bool {
	if len(a) <= len(b) {
		return false
	}
	for at := range b {
		if !a[at] {
			return false
		}
	}
	return true
}

// reads reports whether the name of a permission is that of one that only reads, and
// writes that of one that does not.
func (g grant) reads() bool {
	return strings.Contains(g.name, ".Read") && !strings.Contains(g.name, ".ReadWrite")
}
func (g grant) writes() bool { return !g.reads() }

// formatPermissions writes a line for each template with the id of a block, and the
// blocks: they have a line for the same grants, and many templates have one block.
func formatPermissions(given map[access][]grant) (string, error) {
	accesses := map[string][]access{}
	for at := range given {
		accesses[at.template] = append(accesses[at.template], at)
	}
	blocks := map[string]string{} // by the line that comes before
	for template, of := range accesses {
		block := formatBlock(of, given)
		id := blockID(block)
		if have, taken := blocks[id]; taken && have != block {
			return "", fmt.Errorf("two blocks have the id %s: make ids longer", id)
		}
		blocks[id] = block
		blocks[template+" "+id] = ""
	}
	var b strings.Builder
	for _, line := range slices.Sorted(maps.Keys(blocks)) {
		b.WriteString(line + "\n" + blocks[line])
	}
	return b.String(), nil
}

// formatBlock writes what gives access to one template, such as
//
//	GET,POST both Mail.Read < Mail.ReadWrite
func formatBlock(of []access, given map[access][]grant) string {
	who := map[[2]string][]string{} // methods, by scheme and grants
	for _, at := range of {
		key := [2]string{map[string]string{delegated: "delegated", application: "application"}[at.scheme],
			formatGrants(given[at])}
		who[key] = append(who[key], at.method)
	}
	lines := map[string]bool{}
	for key, methods := range who {
		slices.Sort(methods)
		scheme := key[0]
		other := map[string]string{"delegated": "application", "application": "delegated"}[scheme]
		if same := who[[2]string{other, key[1]}]; sameSet(methods, same) {
			scheme = "both"
		}
		lines[" "+strings.Join(methods, ",")+" "+scheme+" "+key[1]+"\n"] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(lines)), "")
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// formatGrants writes the least privileged ones first, then < and the others.
func formatGrants(grants []grant) string {
	var least, others []string
	for _, g := range grants {
		name := g.name
		if g.with != "" {
			name += "+" + g.with
		}
		if g.least {
			least = append(least, name)
		} else {
			others = append(others, name)
		}
	}
	slices.Sort(least)
	slices.Sort(others)
	if len(others) > 0 {
		least = append(append(least, "<"), others...)
	}
	return strings.Join(least, " ")
}
