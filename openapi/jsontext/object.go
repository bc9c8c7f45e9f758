package jsontext

// An Object is a JSON object whose members have an order, for messages that are
// put together. The names of its members are unique.
type Object []Member

// A Member is a name and a JSON value, of the types that Decode returns, or an
// Object.
type Member struct {
	Name  string
	Value any
}

// Set gives the member with that name a value, and adds it at the end if there is
// none.
func (o *Object) Set(name string, value any) {
	for i := range *o {
		if (*o)[i].Name == name {
			(*o)[i].Value = value
			return
		}
	}
	*o = append(*o, Member{name, value})
}

// Has reports whether there is a member with that name.
func (o Object) Has(name string) bool {
	for i := range o {
		if o[i].Name == name {
			return true
		}
	}
	return false
}

// Plain returns v with every Object in it as a map.
func Plain(v any) any {
	switch v := v.(type) {
	case Object:
		m := make(map[string]any, len(v))
		for _, member := range v {
			m[member.Name] = Plain(member.Value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = Plain(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, member := range v {
			m[name] = Plain(member)
		}
		return m
	}
	return v
}

// Get returns the value of the member with that name.
func (o Object) Get(name string) (value any, has bool) {
	for i := range o {
		if o[i].Name == name {
			return o[i].Value, true
		}
	}
	return nil, false
}
