package capture

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/schema"
)

// Document returns the tenant as it was before the recording. The contract allows all
// that it has.
func (t *Tenant) Document() *fixtures.Document {
	d := &fixtures.Document{Recorded: true}
	t.users(d)
	t.products()
	var all []fixtures.Resource
	for _, c := range t.order {
		if r := t.resourceOf(d, c); len(r.Entities) > 0 {
			all = append(all, r)
		}
	}
	for _, o := range t.singles {
		if o.elsewhere && len(o.values) > 0 {
			t.leave(leftPlace)
		}
		if o.elsewhere || o.isNew() || len(o.values) == 0 && !o.alone && !o.replaced {
			continue
		}
		if entity, ok := t.entity(o, http.MethodPatch); ok {
			all = append(all, fixtures.Resource{Path: o.path, Entities: []map[string]any{entity}, Only: true})
		}
	}
	slices.SortStableFunc(all, func(a, b fixtures.Resource) int { // what contains others goes before them
		return cmp.Compare(strings.Count(a.Path, "/"), strings.Count(b.Path, "/"))
	})
	d.Resources = append(all, t.linksAndMedia()...)
	d.Results = t.results
	return d
}

// users lists those that have names, the caller first.
func (t *Tenant) users(d *fixtures.Document) {
	self := t.self()
	taken := map[string]bool{}
	for _, o := range append([]*object{self}, t.set("users").order...) {
		name, _ := o.values["userPrincipalName"].(string)
		before, after, _ := strings.Cut(name, "@")
		fold := strings.ToLower(name)
		if o.isNew() || !schema.IsGUID(o.key) || before == "" || after == "" || taken[fold] || taken[o.key] {
			continue
		}
		taken[fold], taken[o.key] = true, true
		displayName, _ := o.values["displayName"].(string)
		d.Users = append(d.Users, fixtures.User{ID: o.key, UserPrincipalName: name, DisplayName: displayName})
	}
}

const activityType = "microsoft.graph.userActivity"

// resourceOf returns what a collection had. Activities have a place of their own.
func (t *Tenant) resourceOf(d *fixtures.Document, c *collection) fixtures.Resource {
	r := fixtures.Resource{Path: c.path}
	if c.at.Type.Name == activityType || c.of != nil && c.of.typ.Name == activityType {
		if c.at.Type.Name == activityType {
			t.activities(d, c)
		}
		return r
	}
	for _, o := range c.order {
		if o.isNew() {
			continue
		}
		if entity, ok := t.entity(o, http.MethodPost); ok {
			r.Entities = append(r.Entities, entity)
		}
	}
	return r
}

// entity returns an object as the contract allows it: what it forbids is left out.
func (t *Tenant) entity(o *object, method string) (map[string]any, bool) {
	entity := maps.Clone(o.values)
	if o.in != nil && len(o.typ.Key) == 1 {
		name := o.typ.Key[0]
		entity[name] = o.key
		if kind := o.typ.Property(name).Type().Primitive; kind != edm.String && kind != edm.Guid {
			entity[name] = json.Number(o.key)
			if _, err := strconv.ParseInt(o.key, 10, 64); err != nil {
				return nil, false
			}
		}
	}
	typ := concrete(t.model, o.typ, o.values)
	if typ != o.declared {
		entity["@odata.type"] = "#" + typ.Name
	}
	path := o.path
	if o.in != nil {
		path = o.in.path
	}
	m, violation := t.contract.Route(method, t.contract.Bases()[0]+path)
	if violation != nil {
		t.leave(leftPlace)
		return nil, false
	}
	removed, ok := m.Operation.Shown().Prune(entity)
	t.left[leftForbidden] += removed
	return entity, ok
}

// concrete is a type of which entities can be: itself, or the first that derives from it and
// has all the properties of an entity, else the first that derives from it.
func concrete(m *edm.Model, typ *edm.Type, entity map[string]any) (found *edm.Type) {
	if !typ.Abstract {
		return typ
	}
	for _, derived := range m.Derived(typ) {
		switch {
		case derived.Abstract:
		case hasAll(derived, entity):
			return derived
		case found == nil:
			found = derived
		}
	}
	return cmp.Or(found, typ)
}

// linksAndMedia returns the links that were there, and the bytes.
func (t *Tenant) linksAndMedia() (all []fixtures.Resource) {
	for _, set := range t.linkOrder {
		r := fixtures.Resource{Path: set.path + "/$ref"}
		for _, to := range set.targets {
			if set.ends[to] == linkWasThere && !to.isNew() && !set.of.isNew() {
				r.Links = append(r.Links, to.path)
			}
		}
		if _, violation := t.contract.Route(http.MethodGet, t.contract.Bases()[0]+r.Path); len(r.Links) > 0 && violation == nil {
			all = append(all, r)
		}
	}
	for _, m := range t.mediaOrder {
		if _, violation := t.contract.Route(http.MethodPut, t.contract.Bases()[0]+m.path); violation == nil && !m.of.isNew() {
			all = append(all, fixtures.Resource{Path: m.path, Media: m.data})
		}
	}
	return all
}

// activities adds what a user's activities were. What a client has to send and nobody
// saw is filled in.
func (t *Tenant) activities(d *fixtures.Document, c *collection) {
	if len(d.Apps) == 0 {
		d.Apps = append(d.Apps, fixtures.App{ID: madeKey("app"), DisplayName: "Recorded app"})
	}
	for _, o := range c.order {
		if o.isNew() {
			continue
		}
		a := fixtures.Activity{User: c.of.key, App: d.Apps[0].ID, Properties: maps.Clone(o.values)}
		a.Properties["appActivityId"] = cmp.Or(textOf(o.values["appActivityId"]), o.key)
		for name, v := range map[string]any{
			"activitySourceHost": "https://www.contoso.com", "activationUrl": "https://www.contoso.com/",
			"visualElements": map[string]any{"displayText": o.key},
		} {
			if a.Properties[name] == nil {
				a.Properties[name] = v
			}
		}
		if isNumber(o.key) {
			a.Properties["id"] = o.key
		}
		if items := t.collections[o.path+"/historyItems"]; items != nil {
			for _, item := range items.order {
				if !item.isNew() && schema.IsGUID(item.key) {
					entity := maps.Clone(item.values)
					entity["id"] = item.key
					if entity["startedDateTime"] == nil {
						entity["startedDateTime"] = "2026-01-31T12:00:00Z"
					}
					a.HistoryItems = append(a.HistoryItems, entity)
				}
			}
		}
		d.Activities = append(d.Activities, a)
	}
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

// isNumber reports whether a key is one that the service makes for activities.
func isNumber(key string) bool {
	return key != "" && key[0] != '0' && strings.Trim(key, "0123456789") == "" && len(key) < 20
}
