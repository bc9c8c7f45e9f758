package directory

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// checkQuery holds a query against what the directory can do. Advanced queries are those
// with ConsistencyLevel: eventual and $count=true. DOC aad-advanced-queries.md
func checkQuery(q *service.Query) *odata.Error {
	o := q.Options
	advanced := q.Eventual && (o.Count || q.IsCount())
	switch {
	case q.IsCount() && !q.Eventual:
		return wrong("$count", "directory-count", "the segment $count needs the header ConsistencyLevel: eventual")
	case o.Search != "" && !q.Eventual:
		return wrong("$search", "directory-search", "$search needs the header ConsistencyLevel: eventual")
	case o.Skip != nil: // OBS
		return wrong("$skip", "directory-skip", "the directory has no $skip; follow @odata.nextLink")
	case o.Top != nil && *o.Top > graph.MaxPageSize: // CODE
		return wrong("$top", graph.ErrorPageSize, graph.PageSizeMessage(strconv.Itoa(*o.Top)))
	}
	o.Filter.IgnoreCase()       // assumed: nothing of the directory is unique by case
	if o.Count && !q.Eventual { // DOC: ignored in silence
		o.Ignore("$count")
	}
	return cmp.Or(checkNames(q), checkDelta(q), checkFilter(q, advanced), checkOrder(q, advanced), checkExpand(q, advanced))
}

// checkDelta refuses how changes can't be asked for: in an order, expanded, or of other objects than
// those with certain ids. DOC delta-query-overview.md; the code is assumed, and so is that $top is a
// page: clients send it
func checkDelta(q *service.Query) *odata.Error {
	if !q.IsDelta() {
		return nil
	}
	const rule = "directory-delta-option"
	if len(q.Options.OrderBy) > 0 {
		return wrong("$orderby", rule, "$orderby is not supported with delta queries.")
	}
	if len(q.Options.Expand) > 0 {
		return wrong("$expand", rule, "$expand is not supported with delta queries.")
	}
	for _, use := range q.Options.Filter.Uses() {
		if use.Property != "id" || use.Operator != "eq" && use.Operator != "in" {
			return wrong("$filter", rule, "Only filters by id are supported with delta queries.")
		}
	}
	return nil
}

func wrong(option, rule, message string) *odata.Error {
	return &odata.Error{Option: option, Rule: rule, Message: message}
}

// checkNames refuses properties that are neither declared nor extensions: the types are open
// in the metadata only. CODE: recordings of 2025
func checkNames(q *service.Query) *odata.Error {
	check := func(option, path string) *odata.Error {
		name, below, _ := strings.Cut(path, "/")
		if strings.Contains(name, ".") { // a type, that has the property which follows
			name, _, _ = strings.Cut(below, "/")
		}
		if name == "*" || name == attributes || isExtension(name) || q.Declares(q.Type, name) {
			return nil
		}
		return wrong(option, "directory-property-unknown",
			"Property '"+name+"' does not exist as a declared property or extension property.")
	}
	for _, path := range q.Options.Select {
		if err := check("$select", path); err != nil {
			return err
		}
	}
	if q.Options.Filter != nil {
		for _, path := range q.Options.Filter.Properties() {
			if err := check("$filter", path); err != nil {
				return err
			}
		}
	}
	for _, key := range q.Options.OrderBy {
		if err := check("$orderby", key.Path); err != nil {
			return err
		}
	}
	return nil
}

// isExtension reports whether a name can be that of an extension: extension_{app}_{name} of
// the directory, or {domain}_{name} of a schema.
func isExtension(name string) bool { return strings.Contains(name, "_") }

// attributes are the extension attributes of devices, which the metadata has elsewhere only.
// DOC extend-data
const attributes = "extensionAttributes"

// slowOperators are those that only advanced queries have, as errors call them.
// DOC; the name of ne is OBS msgraph-sdk-go#599; those of not and $count are assumed
var slowOperators = map[string]string{"ne": "NotEqualsMatch", "not": "Not", "endswith": "endsWith", "$count": "Count"}

// slowProperties are those of users that only advanced queries filter by. DOC
// filter-directory-objects.md
var slowProperties = strings.Fields(`companyName employeeHireDate employeeType mobilePhone officeLocation
	onPremisesExtensionAttributes onPremisesImmutableId onPremisesLastSyncDateTime onPremisesSamAccountName
	passwordPolicies postalCode preferredLanguage showInAddressList streetAddress`)

// checkFilter refuses what a property can't be filtered by, as far as the model knows: others
// can be (assumed).
func checkFilter(q *service.Query, advanced bool) *odata.Error {
	for _, use := range q.Options.Filter.Uses() {
		if name := slowOperators[strings.ToLower(use.Operator)]; name != "" && !advanced {
			return wrong("$filter", "directory-query-advanced", "Operator '"+name+"' is not supported because the required "+
				"parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. "+
				"Refer to https://aka.ms/graph-docs/advanced-queries for more information")
		}
		p := q.Type.Property(use.Property)
		if p == nil {
			continue
		}
		slow := q.Type.Name == userType && slices.Contains(slowProperties, p.Name) && !advanced
		if slow || !takes(p, use.Operator) {
			return wrong("$filter", "directory-filter", "Unsupported or invalid query filter clause specified for property '"+
				p.Name+"' of resource '"+resourceName(q.Type)+"'.")
		}
	}
	return nil
}

// takes reports whether a property can be filtered by with an operator.
func takes(p *edm.Property, operator string) bool {
	if p.Filter == 0 || p.Navigation { // nothing is known of it
		return true
	}
	// DOC: what can be compared by eq, can be by ne, not and in as well
	switch strings.ToLower(operator) {
	case "gt", "ge": // the tables have ge and le only; the others are assumed to be alike
		return p.Filter.Has(edm.Ge)
	case "lt", "le":
		return p.Filter.Has(edm.Le)
	case "startswith":
		return p.Filter.Has(edm.StartsWith)
	case "endswith": // DOC
		return p.Filter.Has(edm.EndsWith) || p.Name == "otherMails" || p.Name == "proxyAddresses"
	case "contains": // DOC: not in the directory
		return p.Filter.Has(edm.Contains)
	case "eq", "ne", "in":
		return p.Filter.Has(edm.Eq) || p.Filter.Has(edm.Ne)
	}
	return true
}

// resourceName is how errors call a type.
func resourceName(t *edm.Type) string {
	return upperFirst(t.ShortName())
}

// sorted are the properties by which objects can be sorted; true means without an advanced
// query, too. DOC aad-advanced-queries.md; types that the table does not have can be sorted
// by anything (assumed).
var sorted = map[string]map[string]bool{
	unitType:    {"createdDateTime": false, "deletedDateTime": false, "displayName": false},
	appType:     {"createdDateTime": false, "deletedDateTime": false, "displayName": false},
	contactType: {"createdDateTime": false, "displayName": false},
	deviceType: {"approximateLastSignInDateTime": false, "createdDateTime": false, "deletedDateTime": false,
		"displayName": false},
	groupType:     {"deletedDateTime": false, "displayName": true},
	principalType: {"createdDateTime": false, "deletedDateTime": false, "displayName": false},
	userType:      {"createdDateTime": false, "deletedDateTime": false, "displayName": true, "userPrincipalName": true},
}

func checkOrder(q *service.Query, advanced bool) *odata.Error {
	o := q.Options
	if o.Filter != nil && len(o.OrderBy) > 0 && !advanced { // DOC; OBS
		return wrong("$orderby", "directory-order-with-filter",
			"$filter and $orderby together need $count=true and the header ConsistencyLevel: eventual")
	}
	for _, key := range o.OrderBy {
		table, known := sorted[q.Type.Name]
		always, sorts := table[key.Path]
		switch {
		case !known, sorts && (always || advanced || q.Eventual):
		case advanced: // OBS microsoft-graph-docs#20540
			return wrong("$orderby", "directory-order", "An unsupported property was specified.")
		default: // OBS docs-contrib#1354
			return wrong("$orderby", "directory-order",
				"Unsupported sort property '"+key.Path+"' for '"+resourceName(q.Type)+"'.")
		}
	}
	return nil
}

// checkExpand allows one relation, and none in advanced queries. DOC query-parameters.md
func checkExpand(q *service.Query, advanced bool) *odata.Error {
	switch n := len(q.Options.Expand); {
	case n > 1:
		return wrong("$expand", "directory-expand", "Only one property can be expanded in a single query.")
	case n == 1 && advanced && q.Options.Expand[0].Property != "manager": // DOC user-list-manager has both
		return wrong("$expand", "directory-expand",
			"$expand is not supported with $count=true and ConsistencyLevel: eventual.")
	}
	return nil
}

// find finds entities by a clause of $search, such as displayName:Adele: by words that begin
// with those of the clause. DOC search-query-parameter.md; what is without a property is
// searched for in names and addresses (assumed)
func find(term string) (service.Finds, error) {
	properties := []string{"displayName", "description", "mail", "userPrincipalName"}
	if name, text, ok := strings.Cut(term, ":"); ok {
		properties, term = []string{name}, text
	}
	wanted := words(term)
	return func(_ store.Reader, e *service.Entity) bool {
		return len(wanted) > 0 && slices.ContainsFunc(properties, func(name string) bool { return has(words(e.Text(name)), wanted) })
	}, nil
}

// has reports whether each wanted word begins one of a text.
func has(text, wanted []string) bool {
	for _, word := range wanted {
		if !slices.ContainsFunc(text, func(each string) bool { return strings.HasPrefix(each, word) }) {
			return false
		}
	}
	return true
}

// words are those of a text, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return strings.ContainsRune(" \t,.;:-_@()/'\"#&", r)
	})
}
