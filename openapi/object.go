package openapi

// An Object is a JSON object whose members have an order, for answers that are
// put together. Its members' names are unique.
type Object []Member

// A Member is a name and a JSON value, of the types that DecodeJSON gives, or an
// Object.
type Member struct {
	Name  string
	Value any
}

// Set gives the member with that name a value; it is added at the end if there
// is none.
func (o *Object) Set(name string, value any) {
	for i := range *o {
		if (*o)[i].Name == name {
			(*o)[i].Value = value
			return
		}
	}
	*o = append(*o, Member{name, value})
}

// plainValue is v with every Object in it as a map.
func plainValue(v any) any {
	switch v := v.(type) {
	case Object:
		m := make(map[string]any, len(v))
		for _, member := range v {
			m[member.Name] = plainValue(member.Value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = plainValue(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, member := range v {
			m[name] = plainValue(member)
		}
		return m
	}
	return v
}
