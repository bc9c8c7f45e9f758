package edm

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strings"
)

// Support is what the model says about something being possible.
type Support uint8

// What a model says: nothing, or one of the two.
const (
	Unsaid Support = iota
	Supported
	Unsupported
)

// Allowed reports whether something is possible as far as the model knows: what it
// says nothing of is.
func (s Support) Allowed() bool { return s != Unsupported }

// Capabilities are what clients may do with the entities of a collection, or with one
// entity, in the words of OData's vocabulary Capabilities. The zero value says nothing.
// SelectSupport does not count: Graph denies it of types of which its documented requests
// select, such as microsoft.graph.directoryObject.
type Capabilities struct {
	Readable, ReadableByKey Support
	Insertable              Support
	Updatable               Support
	Upsertable              Support
	Deletable               Support
	Referenceable           Support // by $ref
	Countable               Support
	Expandable              Support // by $expand in it; of a navigation property: $expand may name it
	Filterable              Support
	Searchable              Support
	Selectable              Support
	Sortable                Support
	Skip, Top               Support
	ChangeTracking          Support // by delta

	UpdateMethod      string            // PATCH or PUT, empty if it is not said
	NonExpandable     []string          // paths of navigation properties
	NonFilterable     []string          // paths of properties
	NonSortable       []string          // paths of properties
	FilterExpressions map[string]string // by path: all that a filter by it may be, such as "ge le"
}

// Capabilities returns what may be done with what a navigation property, an entity set
// or a singleton leads to. What it does not say itself is as its type has it.
func (p *Property) Capabilities() Capabilities { return capabilitiesOf(p.Facts, p.Type()) }

// Capabilities returns what may be done with entities of the type, wherever they are.
// What is said of its base types does not count: Graph repeats it where it holds.
func (t *Type) Capabilities() Capabilities { return capabilitiesOf(nil, t) }

// Capabilities returns what may be done with what an operation returns.
func (o *Operation) Capabilities() Capabilities {
	if o.Returns == nil {
		return Capabilities{}
	}
	return capabilitiesOf(o.Facts, o.Returns.Type())
}

func capabilitiesOf(facts map[string]string, t *Type) Capabilities {
	var v vocabulary
	if t != nil {
		v.read(facts, t.Facts)
	}
	c := Capabilities{
		Readable:       support(v.ReadRestrictions.Readable),
		ReadableByKey:  support(v.ReadRestrictions.ReadByKeyRestrictions.Readable, v.ReadRestrictions.Readable),
		Insertable:     support(v.InsertRestrictions.Insertable),
		Updatable:      support(v.UpdateRestrictions.Updatable),
		Upsertable:     support(v.UpdateRestrictions.Upsertable, v.UpdateRestrictions.UpsertSupported),
		Deletable:      support(v.DeleteRestrictions.Deletable),
		Referenceable:  support(v.NavigationRestrictions.Referenceable),
		Countable:      support(v.CountRestrictions.Countable),
		Expandable:     support(v.NavigationRestrictions.Expandable, v.ExpandRestrictions.Expandable),
		Filterable:     support(v.FilterRestrictions.Filterable),
		Searchable:     support(v.SearchRestrictions.Searchable),
		Selectable:     support(v.SelectRestrictions.Selectable),
		Sortable:       support(v.SortRestrictions.Sortable),
		Skip:           support(v.SkipSupported),
		Top:            support(v.TopSupported),
		ChangeTracking: support(v.ChangeTracking.Supported),
		NonExpandable:  paths(v.ExpandRestrictions.NonExpandableProperties),
		NonFilterable:  paths(v.FilterRestrictions.NonFilterableProperties),
		NonSortable:    paths(v.SortRestrictions.NonSortableProperties),
	}
	_, c.UpdateMethod, _ = strings.Cut(v.UpdateRestrictions.UpdateMethod.Member, "/")
	for _, r := range v.FilterRestrictions.FilterExpressionRestrictions {
		if c.FilterExpressions == nil {
			c.FilterExpressions = map[string]string{}
		}
		c.FilterExpressions[r.Property.name()] = r.AllowedExpressions
	}
	return c
}

// vocabulary is what is said in the terms of Capabilities.
type vocabulary struct {
	ReadRestrictions struct {
		Readable              *bool
		ReadByKeyRestrictions struct{ Readable *bool }
	}
	InsertRestrictions struct{ Insertable *bool }
	UpdateRestrictions struct {
		Updatable, Upsertable, UpsertSupported *bool
		UpdateMethod                           struct {
			Member string `json:"$EnumMember"`
		}
	}
	DeleteRestrictions     struct{ Deletable *bool }
	NavigationRestrictions struct{ Referenceable, Expandable *bool }
	CountRestrictions      struct{ Countable *bool }
	ExpandRestrictions     struct {
		Expandable              *bool
		NonExpandableProperties []path
	}
	FilterRestrictions struct {
		Filterable                   *bool
		NonFilterableProperties      []path
		FilterExpressionRestrictions []struct {
			Property           path
			AllowedExpressions string
		}
	}
	SearchRestrictions struct{ Searchable *bool }
	SelectRestrictions struct{ Selectable *bool }
	SortRestrictions   struct {
		Sortable              *bool
		NonSortableProperties []path
	}
	SkipSupported, TopSupported *bool
	ChangeTracking              struct{ Supported *bool }
}

// read reads what facts say, nearest first. A value of another form than the
// vocabulary's says nothing.
func (v *vocabulary) read(nearest, others map[string]string) {
	terms := reflect.ValueOf(v).Elem()
	for i := range terms.NumField() {
		term := terms.Type().Field(i)
		value := cmp.Or(saidOf(term.Name, nearest), saidOf(term.Name, others))
		if into := reflect.New(term.Type); json.Unmarshal([]byte(value), into.Interface()) == nil {
			terms.Field(i).Set(into.Elem())
		}
	}
}

// saidOf returns what facts say of a term. Graph has terms whose qualifier is their own
// name.
func saidOf(term string, facts map[string]string) string {
	const prefix = "Capabilities."
	return cmp.Or(facts[prefix+term], facts[prefix+term+"#Org.OData.Capabilities.V1."+term])
}

// support returns what the first says that says something.
func support(said ...*bool) Support {
	for _, s := range said {
		switch {
		case s == nil:
		case *s:
			return Supported
		default:
			return Unsupported
		}
	}
	return Unsaid
}

// path is a path to a property as annotations have it: {"$PropertyPath":"name"}.
type path map[string]string

func (p path) name() string {
	for _, name := range p {
		return name
	}
	return ""
}

func paths(all []path) []string {
	var names []string
	for _, p := range all {
		names = append(names, p.name())
	}
	return names
}
