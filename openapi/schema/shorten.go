package schema

import "sort"

// manyValues is how many values a value may have before it is shortened to be explained.
const manyValues = 10_000

// shortened returns a value of very many values with its lists cut behind the first
// elements, so that it is still wrong, and whether it is cut: a list of a million wrong
// elements would else become a million problems, of which nobody reads more than the
// first.
func (s *Schema) shortened(v any) (short any, isCut bool) {
	if isSmall(v) {
		return v, false
	}
	for _, most := range []int{maxProblems, 10, 1} {
		if short := cutLists(v, most); isSmall(short) && !s.fast.accepts(short) {
			return short, true
		}
	}
	longest := longestList(v)
	most := 1 + sort.Search(longest, func(i int) bool { return !s.fast.accepts(cutLists(v, i+1)) })
	return cutLists(v, most), true
}

// isSmall reports whether a value has no more than manyValues in it.
func isSmall(v any) bool {
	left := manyValues
	return counted(v, &left)
}

// counted takes the values in v off those that are left, and reports whether there were
// enough.
func counted(v any, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			if !counted(each, left) {
				return false
			}
		}
	case map[string]any:
		for _, each := range v {
			if !counted(each, left) {
				return false
			}
		}
	}
	return true
}

// cutLists returns a copy of v in which no list has more elements than these.
func cutLists(v any, most int) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, min(len(v), most))
		for i := range list {
			list[i] = cutLists(v[i], most)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, each := range v {
			object[name] = cutLists(each, most)
		}
		return object
	}
	return v
}

// longestList returns how many elements the longest list in v has.
func longestList(v any) int {
	most := 0
	switch v := v.(type) {
	case []any:
		most = len(v)
		for _, each := range v {
			most = max(most, longestList(each))
		}
	case map[string]any:
		for _, each := range v {
			most = max(most, longestList(each))
		}
	}
	return most
}
