package capture

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/schema"
)

// called notes what an action that has succeeded has met, beside what it is bound to.
func (t *Tenant) called(o *object, action string, sent, content map[string]any) {
	if o == nil {
		return
	}
	if id, _ := content["id"].(string); id != "" && (id == o.key || action == "restore") { // it returns what it is bound to
		o.narrow(t.typeIn(o.typ, content))
	}
	switch action {
	case "restore":
		t.observe(o, content, nil)
	case "checkMemberGroups", "checkMemberObjects", "getMemberGroups", "getMemberObjects":
		t.isMember(o, content)
	case "removePassword":
		t.hadCredential(o, "passwordCredentials", sent["keyId"])
	case "removeKey":
		t.hadCredential(o, "keyCredentials", sent["keyId"])
	case "assignLicense":
		if isUser(o.typ) {
			t.note(o, "usageLocation", "US")
		}
		t.hadLicenses(o, sent["removeLicenses"])
	case "copy":
		t.hadFolder(o, sent)
	case "send", "reply", "replyAll":
		if o.typ.Name == "microsoft.graph.message" { // it has somebody to go to
			other := map[string]any{"emailAddress": map[string]any{"address": "recorded@contoso.com"}}
			t.note(o, "toRecipients", []any{other})
			if action != "send" {
				t.note(o, "from", other)
			}
		}
	}
}

// isMember notes the groups that an object is said to be a member of.
func (t *Tenant) isMember(o *object, content map[string]any) {
	list, _ := content["value"].([]any)
	for _, each := range list {
		id, _ := each.(string)
		if !schema.IsGUID(id) {
			continue
		}
		group := t.in(t.set("groups"), id)
		if group == nil || group.own() || o.own() {
			continue
		}
		t.note(group, "securityEnabled", true)
		if members := group.to("members"); members.Node != nil {
			t.link(&navigation{group, members, members.Property}, o, linkWasThere)
		}
	}
}

// byIDs notes the objects that getByIds has found.
func (t *Tenant) byIDs(content map[string]any) {
	list, _ := content["value"].([]any)
	for _, each := range list {
		if entity, ok := each.(map[string]any); ok {
			t.element(&spot{collection: t.set("directoryObjects")}, entity)
		}
	}
}

// hadCredential notes a credential of an application by its id.
func (t *Tenant) hadCredential(o *object, property string, id any) {
	text, _ := id.(string)
	if !schema.IsGUID(text) || o.typ.Property(property) == nil || o.own() {
		return
	}
	list, _ := o.values[property].([]any)
	o.values[property] = append(list, map[string]any{"keyId": text})
}

// hadLicenses notes the licenses that were taken away.
func (t *Tenant) hadLicenses(o *object, removed any) {
	list, _ := removed.([]any)
	for _, each := range list {
		id, _ := each.(string)
		if !schema.IsGUID(id) || o.typ.Property("assignedLicenses") == nil || o.own() {
			continue
		}
		had, _ := o.values["assignedLicenses"].([]any)
		o.values["assignedLicenses"] = append(had, map[string]any{"skuId": id, "disabledPlans": []any{}})
	}
}

// hadFolder notes the folder that an item of a drive is moved or copied to.
func (t *Tenant) hadFolder(o *object, sent map[string]any) {
	to, _ := sent["parentReference"].(map[string]any)
	id, _ := to["id"].(string)
	if o.typ.Name != "microsoft.graph.driveItem" || o.in == nil || id == "" {
		return
	}
	items := o.in
	if drive, _ := to["driveId"].(string); drive != "" {
		of := t.in(t.set("drives"), drive)
		if of == nil || of.to("items").Node == nil {
			return
		}
		items = t.collectionAt(of.to("items"), of)
	}
	if folder := t.in(items, id); folder != nil && !folder.own() {
		t.note(folder, "folder", map[string]any{})
	}
}

// hadColumns notes the columns of the list that an item with fields is put into.
func (t *Tenant) hadColumns(items *collection, sent map[string]any) {
	fields, _ := sent["fields"].(map[string]any)
	if items == nil || items.of == nil || items.at.Type.Name != "microsoft.graph.listItem" || items.of.own() {
		return
	}
	at := items.of.to("columns")
	if at.Node == nil {
		return
	}
	columns := t.collectionAt(at, items.of)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if strings.Contains(name, "@") || slices.ContainsFunc(columns.order, func(o *object) bool { return o.values["name"] == name }) {
			continue
		}
		column := t.in(columns, madeKey(at.URL()+"/"+name))
		if column == nil {
			return
		}
		kind := "text"
		switch fields[name].(type) {
		case json.Number:
			kind = "number"
		case bool:
			kind = "boolean"
		}
		t.note(column, "name", name)
		t.note(column, kind, map[string]any{})
	}
}

// references are the properties by which a new entity names others, by its type, with the
// sets that have them.
var references = map[string]map[string]string{
	"microsoft.graph.appRoleAssignment":     {"principalId": objectsPath, "resourceId": "/servicePrincipals"},
	"microsoft.graph.oAuth2PermissionGrant": {"clientId": "/servicePrincipals", "principalId": "/users", "resourceId": "/servicePrincipals"},
}

// referred notes what a new entity names.
func (t *Tenant) referred(typ *edm.Type, sent map[string]any) {
	if typ == nil {
		return
	}
	for property, set := range references[typ.Name] {
		if id, _ := sent[property].(string); !schema.IsGUID(id) {
			continue
		} else if set == objectsPath {
			t.anyObject(id)
		} else {
			t.in(t.set(strings.TrimPrefix(set, "/")), id)
		}
	}
}

// keptOwner notes another owner of what has lost one: the last is never removed.
func (t *Tenant) keptOwner(n *navigation) {
	if n.property.Name == "owners" && n.of.typ.Name == "microsoft.graph.group" {
		t.link(n, t.self(), linkWasThere)
	}
}

// entityType is the type of the entity that a write is about.
func entityType(p resource.Path) *edm.Type {
	if p.Type == nil || p.Type.Kind != edm.Entity {
		return nil
	}
	return p.Type
}
