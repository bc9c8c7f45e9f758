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
		t.wereSold(sent["addLicenses"])
	case "copy", "move":
		t.hadFolder(o, sent)
		t.hadMailFolder(o, sent["destinationId"])
	case "accept", "decline", "tentativelyAccept": // what somebody else has organized
		if o.typ.Name == "microsoft.graph.event" && o.values["organizer"] == nil {
			t.note(o, "isOrganizer", false)
			t.note(o, "organizer", recordedPerson())
		}
	case "send", "reply", "replyAll":
		if o.typ.Name == "microsoft.graph.message" { // it has somebody to go to
			t.note(o, "toRecipients", []any{recordedPerson()})
			if action != "send" {
				t.note(o, "from", recordedPerson())
			}
		}
	}
}

// recordedPerson is somebody with whom the recording has to do, and does not name.
func recordedPerson() map[string]any {
	return map[string]any{"emailAddress": map[string]any{"address": "recorded@contoso.com"}}
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

// joined notes that a user is a member of a chat, or of a team, whose members are those of its group.
func (t *Tenant) joined(user, thread *object) {
	if user == nil || thread == nil || user.own() || thread.own() {
		return
	}
	if thread.typ.Name == "microsoft.graph.team" {
		group := t.in(t.set("groups"), thread.key)
		if group == nil || group.own() {
			return
		}
		t.note(group, "groupTypes", []any{"Unified"})
		if members := group.to("members"); members.Node != nil {
			t.link(&navigation{group, members, members.Property}, user, linkWasThere)
		}
		return
	}
	at := thread.to("members")
	if at.Node == nil {
		return
	}
	if member := t.in(t.collectionAt(at, thread), madeKey(thread.path+"/members/"+user.key)); member != nil {
		member.narrow(t.model.Type("microsoft.graph.aadUserConversationMember"))
		t.note(member, "userId", user.key)
		t.note(member, "roles", []any{})
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

// wereSold notes the products whose licenses were given.
func (t *Tenant) wereSold(added any) {
	list, _ := added.([]any)
	for _, each := range list {
		license, _ := each.(map[string]any)
		if id, _ := license["skuId"].(string); schema.IsGUID(id) {
			t.sold = append(t.sold, id)
		}
	}
}

// products adds those that were sold to the ones that the recording has seen; where it has
// seen none, the tenant has all.
func (t *Tenant) products() {
	known := t.set("subscribedSkus")
	if len(known.order) == 0 {
		return
	}
	for _, id := range t.sold {
		if slices.ContainsFunc(known.order, func(o *object) bool { return o.values["skuId"] == id }) {
			continue
		}
		if o := t.in(known, madeKey("sku/"+id)); o != nil {
			t.note(o, "skuId", id)
			t.note(o, "capabilityStatus", "Enabled")
			t.note(o, "appliesTo", "User")
		}
	}
}

// hadMailFolder notes the folder of a mailbox that mail, or another folder, is moved or copied to.
func (t *Tenant) hadMailFolder(o *object, destination any) {
	id, _ := destination.(string)
	if id == "" || o.typ.Property("parentFolderId") == nil {
		return
	}
	mailbox := o
	for mailbox != nil && !isUser(mailbox.typ) {
		mailbox = mailbox.above
	}
	if mailbox == nil || mailbox.to("mailFolders").Node == nil {
		return
	}
	folders := t.collectionAt(mailbox.to("mailFolders"), mailbox)
	if b := t.behaviorOf(folders.at.Type); b != nil && b.Alias != nil {
		if _, wellKnown := b.Alias(id); wellKnown {
			return
		}
	}
	t.in(folders, id)
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
		if strings.Contains(name, "@") || columns.named(name) != nil {
			continue
		}
		column := t.in(columns, madeKey(columns.path+"/"+name))
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

// named is the column of a name, nil if none is known. That of the recording has its name from
// what the recording sent.
func (c *collection) named(name string) *object {
	for _, o := range c.order {
		if text, _ := o.values["name"].(string); strings.EqualFold(text, name) {
			return o
		}
	}
	return nil
}

// createdColumn marks a column that the recording has made: it was not there before, even if items
// of the list have values of it.
func (t *Tenant) createdColumn(columns *collection, content map[string]any) {
	name, _ := content["name"].(string)
	id, _ := content["id"].(string)
	if columns == nil || columns.at.Type.Name != "microsoft.graph.columnDefinition" || name == "" {
		return
	}
	if o := columns.named(name); o != nil && o.key == madeKey(columns.path+"/"+textOf(o.values["name"])) {
		o.created = true // no request before this one named it
	}
	if o := columns.objects[id]; o != nil && o.created && o.values["name"] == nil {
		o.values["name"] = name
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
