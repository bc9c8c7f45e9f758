package edm

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Refined returns a model that has the types of both, read when they are first
// asked for. Of a type that both have, a property is as by has it in its type,
// collection, navigation and null, and in all else as base has it. By has no say in
// what a type is, derives from or has as its key, nor in the container.
func Refined(base, by *Model) *Model {
	m := &Model{text: base.text, types: map[string]*Type{}}
	m.over = slices.Concat(base.over, []text{by.text}, by.over)
	m.usage = base.usage
	m.text.aliases = maps.Clone(by.text.aliases)
	maps.Copy(m.text.aliases, base.text.aliases)
	m.family = sync.OnceValue(m.families)
	return m
}

// Informed returns a model of which is also known how another one, by, has the types and
// properties used that both have: whether properties are read-only, required or returned
// only on $select, what $filter and $orderby take, and what annotations say of which m says
// nothing. It is read when a type is first asked for.
func Informed(m, by *Model) *Model {
	informed := &Model{text: m.text, over: m.over, types: map[string]*Type{}}
	informed.usage = append(slices.Clone(m.usage), by.text)
	informed.family = sync.OnceValue(informed.families)
	return informed
}

// families are the names of the types that derive from one, by its name.
func (m *Model) families() map[string][]string {
	all := map[string][]string{}
	for _, t := range m.texts() {
		for name, derived := range t.family() {
			all[name] = append(all[name], derived...)
		}
	}
	for name := range all {
		slices.Sort(all[name])
		all[name] = slices.Compact(all[name])
	}
	return all
}

// texts returns those that the model is read from.
func (m *Model) texts() []text { return append([]text{m.text}, m.over...) }

// find reads the declaration of a type, refined.
func (m *Model) find(name string) (block, bool) {
	b, ok := m.text.find(name)
	for i := range m.over {
		more, has := m.over[i].find(name)
		if has && more.Kind != Container {
			b.refine(more, !ok)
			ok = true
		}
	}
	for i := range m.usage {
		if more, has := m.usage[i].find(name); ok && has && more.Kind == b.Kind {
			b.inform(more)
		}
	}
	return b, ok
}

// inform adds how a type is used by what else is said of it.
func (b *block) inform(more block) {
	b.Facts = withFacts(b.Facts, more.Facts)
	for i := range b.Properties {
		p := &b.Properties[i]
		for _, other := range more.Properties {
			if other.Name == p.Name {
				p.Usage, p.Facts = p.with(other.Usage), withFacts(p.Facts, other.Facts)
			}
		}
	}
	for _, other := range more.Inherited {
		if !slices.ContainsFunc(b.Inherited, func(own InheritedDeclaration) bool { return own.Name == other.Name }) {
			b.Inherited = append(b.Inherited, other)
		}
	}
}

// withFacts returns facts with those of others that they do not have.
func withFacts(facts, others map[string]string) map[string]string {
	if len(others) == 0 {
		return facts
	}
	all := maps.Clone(others)
	maps.Copy(all, facts)
	return all
}

// refine changes what is known of a type by what else is said of it.
func (b *block) refine(more block, first bool) {
	if first {
		*b = more
		return
	}
	for _, p := range more.Properties {
		i := slices.IndexFunc(b.Properties, func(own PropertyDeclaration) bool { return own.Name == p.Name })
		if i < 0 {
			b.refined = append(b.refined, p)
			continue
		}
		b.Properties[i].refine(p)
	}
	b.operations = append(b.operations, more.operations...)
}

func (d *PropertyDeclaration) refine(by PropertyDeclaration) {
	d.Type, d.Collection, d.Nullable, d.Navigation = by.Type, by.Collection, by.Nullable, by.Navigation
}

// refine adds a property to a type, or changes the one that it inherits.
func (t *Type) refine(by PropertyDeclaration) {
	i := slices.IndexFunc(t.properties, func(p *Property) bool { return p.Name == by.Name })
	if i < 0 {
		t.properties = append(t.properties, newProperty(t, &by))
		return
	}
	p := t.properties[i]
	if p.typeName == by.Type && p.Collection == by.Collection && p.Nullable == by.Nullable && p.Navigation == by.Navigation {
		return
	}
	d := p.declaration()
	d.refine(by)
	t.properties[i] = newProperty(t, &d)
}

// names returns the qualified names of all types but the container, in order.
func (m *Model) names() []string {
	var all []string
	for _, t := range m.texts() {
		all = slices.AppendSeq(all, t.names())
	}
	if len(m.over) > 0 {
		slices.SortFunc(all, func(a, b string) int {
			return cmp.Compare(relative(m.text.namespace, a), relative(m.text.namespace, b))
		})
		all = slices.Compact(all)
	}
	return all
}
