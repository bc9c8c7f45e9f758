package mail

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
)

// checkQuery refuses how messages can't be asked for: $search goes with neither $filter nor
// $orderby (OBS), and what is sorted by has to come first in the filter, in that order (CODE), but
// for categories (OBS). Changes are told of one folder (OBS msgraph-sdk-python#1087).
func checkQuery(q *service.Query) *odata.Error {
	o := q.Options
	if q.IsDelta() && !strings.Contains(strings.ToLower(q.Path.Template()), "folders/") {
		return q.Untracked()
	}
	var sorted []string
	for _, key := range o.OrderBy {
		if name, _, _ := strings.Cut(key.Path, "/"); !slices.Contains(sorted, name) {
			sorted = append(sorted, name)
		}
	}
	filtered := slices.DeleteFunc(o.Filter.Properties(), func(name string) bool { return name == "categories" })
	switch {
	case slices.ContainsFunc(o.Filter.Uses(), func(u odata.Use) bool { return strings.EqualFold(u.Operator, "endswith") }):
		return wrong("$filter", "mail-filter-function", "endswith is no function that messages can be filtered by")
	case o.Search == "*", strings.Contains(o.Search, ":") && !strings.HasPrefix(o.Search, `"`):
		return wrong("$search", "mail-search-invalid", "what is searched for is in quotes, and is not * alone")
	case o.Search != "" && o.Filter != nil:
		return wrong("$filter", "mail-search-filter", "$search goes without $filter")
	case o.Search != "" && len(sorted) > 0:
		return wrong("$orderby", "mail-search-order", "$search goes without $orderby: results come by date")
	case len(sorted) > 0 && len(filtered) > 0 && !slices.Equal(sorted, filtered[:min(len(sorted), len(filtered))]):
		return wrong("$orderby", "mail-inefficient", "what is sorted by has to come first in the $filter, in the same order")
	}
	return nil
}

func wrong(option, rule, message string) *odata.Error {
	return &odata.Error{Option: option, Rule: rule, Message: message}
}
