package odata

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Selects reports whether a response has a property, or an annotation of one, such as
// historyItems@odata.count: it is selected, or navigation that is expanded. Annotations
// of the entity, such as @odata.type, always are. Links of navigation that an entity has
// although metadata is minimal are there without $select.
func (o *Options) Selects(name string) bool {
	if strings.HasPrefix(name, "@") || o.expanded(subject(name)) != nil {
		return true
	}
	if o.selected == nil && (strings.HasSuffix(name, "@odata.navigationLink") || strings.HasSuffix(name, "@odata.associationLink")) {
		return true
	}
	_, kept := o.selected.keeps(subject(name))
	return kept && !o.isNavigation(subject(name))
}

func (o *Options) expanded(name string) *ExpandItem {
	for i := range o.Expand {
		if o.Expand[i].Property == name {
			return &o.Expand[i]
		}
	}
	return nil
}

func (o *Options) isNavigation(name string) bool {
	if o.of == nil {
		return false
	}
	p := o.of.Property(name)
	return p != nil && p.Navigation
}

// Project returns what a response has of an entity: the selected properties, of
// navigation that which is expanded, with its own options applied, and the annotations.
// The entity stays as it is; the result shares values with it.
func (o *Options) Project(entity map[string]any) map[string]any {
	out := make(map[string]any, len(entity))
	for name, v := range entity {
		if !o.Selects(name) {
			continue
		}
		if item := o.expanded(name); item != nil {
			item.expand(out, v)
			continue
		}
		below, _ := o.selected.keeps(name)
		out[name] = below.of(v)
	}
	return out
}

// expand adds the related entities to one.
func (i *ExpandItem) expand(out map[string]any, v any) {
	switch v := v.(type) {
	case []any:
		page, count := i.Apply(v)
		out[i.Property] = page
		if i.Count {
			out[i.Property+"@odata.count"] = json.Number(strconv.Itoa(count))
		}
	case map[string]any:
		out[i.Property] = i.Project(v)
	default:
		out[i.Property] = v
	}
}

// Apply returns a page of a whole collection: filtered, counted, ordered, skipped, cut
// at $top, each entity projected. Entities that are equal in $orderby stay in their
// order.
func (o *Options) Apply(entities []any) (page []any, count int) {
	kept := make([]map[string]any, 0, len(entities))
	for _, v := range entities {
		if entity, ok := v.(map[string]any); ok && o.Filter.Matches(entity) {
			kept = append(kept, entity)
		}
	}
	count = len(kept)
	if len(o.OrderBy) > 0 {
		slices.SortStableFunc(kept, Compare(o.OrderBy))
	}
	if o.Skip != nil {
		kept = kept[min(*o.Skip, len(kept)):]
	}
	if o.Top != nil {
		kept = kept[:min(*o.Top, len(kept))]
	}
	page = make([]any, len(kept))
	for i, entity := range kept {
		page[i] = o.Project(entity)
	}
	return page, count
}
