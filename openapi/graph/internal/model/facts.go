package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// A fact is what the documentation's table of properties tells of one, in words that a
// program took out of it: some are no more than likely.
type fact struct {
	Type       string // below microsoft.graph
	Property   string
	ReadOnly   bool
	Required   string // the sentence that has the word
	Filter     []string
	OrderBy    bool
	Search     bool
	SelectOnly bool
	Default    bool
}

func readFacts(data []byte) ([]fact, error) {
	var all []fact
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		var f fact
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, f)
	}
	return all, lines.Err()
}

// required matches the sentences that say that every new entity has the property, and
// not those that say when, or of what.
var required = regexp.MustCompile(`(?i)^\**required( on create)?\**\.?$|` +
	`^this property is required when a (user|group) is created|is a required (field|value)`)

// usage returns how a property is used.
func (f fact) usage() edm.Usage {
	u := edm.Usage{
		ReadOnly: f.ReadOnly, Required: required.MatchString(f.Required) && !f.ReadOnly,
		Sortable: f.OrderBy, Searchable: f.Search, SelectOnly: f.SelectOnly,
	}
	for _, words := range f.Filter {
		name, _, _ := strings.Cut(words, "`") // some are in the middle of a sentence
		u.Filter |= edm.ParseOperator(name)
	}
	if u.Filter == 0 && len(f.Filter) > 0 {
		u.Filter = edm.AnyOperator
	}
	return u
}

// addFacts merges what the documentation tells into declarations. It is older than
// they are: types and properties that they do not have are left out, and where they
// say something else, they are right. What documented requests send is not read-only.
func addFacts(d *edm.Declarations, facts []fact, written sent) {
	m := merger{map[string]*edm.TypeDeclaration{}, written}
	for i := range d.Types {
		m.types[strings.ToLower(d.Types[i].Name)] = &d.Types[i]
	}
	byType := map[*edm.TypeDeclaration][]fact{}
	for _, f := range corrected(facts) {
		if t := m.types[strings.ToLower(d.Namespace+"."+f.Type)]; t != nil {
			byType[t] = append(byType[t], f)
		}
	}
	for i := range d.Types {
		t := &d.Types[i]
		for _, f := range selectedOnly(m.propertiesOf(t), byType[t]) {
			m.use(t, f.Property, f.usage())
		}
		slices.SortFunc(t.Inherited, func(a, b edm.InheritedDeclaration) int { return cmp.Compare(a.Name, b.Name) })
	}
}

type merger struct {
	types   map[string]*edm.TypeDeclaration // by their names in lower case
	written sent
}

// propertiesOf returns the properties of a type, own ones first.
func (m *merger) propertiesOf(t *edm.TypeDeclaration) []*edm.PropertyDeclaration {
	var all []*edm.PropertyDeclaration
	for ; t != nil; t = m.types[strings.ToLower(t.Base)] {
		for i := range t.Properties {
			all = append(all, &t.Properties[i])
		}
	}
	return all
}

// use merges how a type uses a property.
func (m *merger) use(t *edm.TypeDeclaration, name string, u edm.Usage) {
	all := m.propertiesOf(t)
	i := slices.IndexFunc(all, func(p *edm.PropertyDeclaration) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return
	}
	p := all[i]
	if isSaid(p.Facts) || m.written[t.Name+"/"+p.Name] {
		u.ReadOnly = false
	}
	u.Required = u.Required && p.Facts["Core.Computed"] == "" && p.Facts["Core.Permissions"] == ""
	switch own := i < len(t.Properties); {
	case u == edm.Usage{}:
	case own:
		p.Usage = u
	default:
		t.Inherited = append(t.Inherited, edm.InheritedDeclaration{Name: p.Name, Usage: u})
	}
}

// isSaid reports whether annotations tell who may write a property.
func isSaid(facts map[string]string) bool {
	for _, term := range []string{"Core.Computed", "Core.Immutable", "Core.Permissions"} {
		if facts[term] != "" {
			return true
		}
	}
	return false
}

// selectedOnly adds what the documentation says of a type without naming each
// property. Where it tells of most that only $select returns them, that holds for the
// others, too, unless they are said to be returned by default.
func selectedOnly(properties []*edm.PropertyDeclaration, facts []fact) []fact {
	defaults, selected := 0, 0
	for _, f := range facts {
		if f.Default {
			defaults++
		}
		if f.SelectOnly {
			selected++
		}
	}
	if defaults == 0 || selected <= defaults {
		return facts
	}
	facts = slices.Clone(facts)
	for _, p := range properties {
		if p.Navigation || p.Name == "id" {
			continue
		}
		i := slices.IndexFunc(facts, func(f fact) bool { return f.Property == p.Name })
		if i < 0 {
			facts = append(facts, fact{Property: p.Name, SelectOnly: true})
			continue
		}
		facts[i].SelectOnly = !facts[i].Default
	}
	return facts
}
