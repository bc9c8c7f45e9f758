package odata

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Properties lists the properties of the entity that the filter names, each once,
// in the order of their first place. Of a path it is the first part.
func (f *Filter) Properties() []string {
	var names []string
	seen := map[string]bool{}
	var visit func(e *expr)
	visit = func(e *expr) {
		name := firstProperty(e.path)
		if (e.op == opPath || e.op == opLength) && e.variable == 0 && name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
		for _, arg := range e.args {
			visit(arg)
		}
	}
	if f != nil {
		visit(f.root)
	}
	return names
}

// Paths lists the paths of properties that the filter names, each as it is written.
func (f *Filter) Paths() (paths []string) {
	var visit func(e *expr)
	visit = func(e *expr) {
		if path := e.spelled(); (e.op == opPath || e.op == opLength) && e.variable == 0 && path != "" && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
		for _, arg := range e.args {
			visit(arg)
		}
	}
	if f != nil {
		visit(f.root)
	}
	return paths
}

// AsksType reports whether the filter asks what type an entity is of: those that it is
// given have to say so, as @odata.type.
func (f *Filter) AsksType() bool {
	var asks func(e *expr) bool
	asks = func(e *expr) bool { return e.op == opIsOf && len(e.args) == 0 || slices.ContainsFunc(e.args, asks) }
	return f != nil && asks(f.root)
}

// Query returns the options as a query that Parse reads as the same, without $skiptoken
// and $format.
func (o *Options) Query() string {
	var parts []string
	o.each(func(name, value string) { parts = append(parts, name+"="+url.QueryEscape(value)) })
	return strings.Join(parts, "&")
}

// path returns the property as it is written, with the type that has it.
func (i *ExpandItem) path() string {
	if i.Type == nil {
		return i.Property
	}
	return i.Type.Name + "/" + i.Property
}

// nested returns the options as they stand in parentheses after an expanded property,
// parentheses included, or nothing.
func (o *Options) nested() string {
	var parts []string
	o.each(func(name, value string) { parts = append(parts, name+"="+value) })
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ";") + ")"
}

// each calls yield for each option that was sent, decoded.
func (o *Options) each(yield func(name, value string)) {
	if o.Filter != nil {
		yield("$filter", o.Filter.String())
	}
	if len(o.Expand) > 0 {
		items := make([]string, len(o.Expand))
		for i := range o.Expand {
			items[i] = o.Expand[i].path() + o.Expand[i].nested()
		}
		yield("$expand", strings.Join(items, ","))
	}
	if len(o.Select) > 0 {
		yield("$select", strings.Join(o.Select, ","))
	}
	if len(o.OrderBy) > 0 {
		keys := make([]string, len(o.OrderBy))
		for i, key := range o.OrderBy {
			keys[i] = key.Path
			if key.Descending {
				keys[i] += " desc"
			}
		}
		yield("$orderby", strings.Join(keys, ","))
	}
	if o.Top != nil {
		yield("$top", strconv.Itoa(*o.Top))
	}
	if o.Skip != nil {
		yield("$skip", strconv.Itoa(*o.Skip))
	}
	if o.Count {
		yield("$count", "true")
	}
	if o.Search != "" {
		yield("$search", o.Search)
	}
}
