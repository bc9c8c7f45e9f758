package mail

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
)

// checkQuery refuses how messages can't be asked for: $search goes with neither $filter nor
// $orderby (OBS), and what is sorted by has to come first in the filter, in that order (CODE).
func checkQuery(q *service.Query) *odata.Error {
	o := q.Options
	var sorted []string
	for _, key := range o.OrderBy {
		if name, _, _ := strings.Cut(key.Path, "/"); !slices.Contains(sorted, name) {
			sorted = append(sorted, name)
		}
	}
	filtered := o.Filter.Properties()
	switch {
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
