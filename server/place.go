package server

// A place names an entity of the caller: an activity by its id or, if item is
// not empty, one of the activity's history items.
type place struct{ activity, item string }

// url is the entity's URL as the client would write it.
func (x *exchange) url(p place) string {
	if p.item == "" {
		return x.root(x.userPath(), "/activities/", p.activity)
	}
	return x.root(x.userPath(), "/activities/", p.activity, "/historyItems/", p.item)
}

// context is the @odata.context of the entity. What was selected stands in
// parentheses, with them, or is empty.
func (x *exchange) context(p place, selected string) string {
	if p.item == "" {
		return x.root("/$metadata", "#users('", x.caller.User.EscapedName(), "')/activities", selected, "/$entity")
	}
	return x.root("/$metadata", "#users('", x.caller.User.EscapedName(), "')/activities('", p.activity, "')/historyItems", selected, "/$entity")
}

// path is the entity's path by OData's rules, below the service root.
func (x *exchange) path(p place) string {
	path := "users('" + x.caller.User.EscapedName() + "')/activities('" + p.activity + "')"
	if p.item == "" {
		return path
	}
	return path + "/historyItems('" + p.item + "')"
}

// kind is the type of the entity.
func (p place) kind() *kind {
	if p.item == "" {
		return kinds().activity
	}
	return kinds().item
}
