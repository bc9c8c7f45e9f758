package subscriptions

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Notice is what one receiver is to be told.
type Notice struct {
	URL   string
	Value jsontext.Object
	App   string // that has to be shown who sends it, "" if there is no resource data

	Missed *Notice // what is told if this one can't be delivered, nil if there is nobody to tell
}

// A Tenant is whose subscriptions they are.
type Tenant struct {
	Service *service.Service
	Name    string                        // by which the store has it
	ID      string                        // that clients know
	User    func(id string) (u auth.User) // by the id
	Now     int64                         // in milliseconds
}

// Notices are what the receivers of a tenant's subscriptions are told of changes, in the order of
// the changes.
func (t *Tenant) Notices(all []service.Difference) []Notice {
	var subscriptions []*subscription
	t.Service.Each(t.Name, t.Now, "subscriptions", func(r *store.Record) {
		subscriptions = append(subscriptions, &subscription{properties: service.Decode(r), id: service.KeyOf(r.ID)})
	})
	for _, s := range subscriptions {
		s.watch, _ = t.Service.Watch(s.text("resource"), t.creator(s)) // nil: what it was about is gone
	}
	var list []Notice
	for i := range all {
		for _, s := range subscriptions {
			if change := s.changed(all, i); change != "" && Wants(s.text("changeType"), change) && !s.told {
				list = append(list, t.notice(s, change, &all[i]))
				s.told = s.watch.Whole // in whose hierarchy any number of changes are one
			}
		}
	}
	return list
}

// creator is who made a subscription, and who is meant by /me in its resource.
func (t *Tenant) creator(s *subscription) *auth.Caller {
	c := &auth.Caller{Tenant: t.Name, App: s.text("applicationId")}
	if id := s.text("creatorId"); id != c.App {
		c.User = t.User(id)
	} else {
		c.AppOnly = true
	}
	return c
}

type subscription struct {
	id         string
	properties map[string]any
	watch      *service.Watch
	told       bool
}

// text is a property that is a text, "" if it is none.
func (s *subscription) text(name string) string {
	v, _ := s.properties[name].(string)
	return v
}

// deletedItems is the collection of what was deleted of the directory, and can be restored.
const deletedItems = "directory/./deletedItems"

// changed is what became of the subscription's resource with a difference, "" for nothing. In the
// directory, who was created or can still be restored is updated.
// [DOC subscription.md, changeType]
func (s *subscription) changed(all []service.Difference, i int) string {
	if s.watch == nil {
		return ""
	}
	d := all[i]
	if c := s.watch.Collection(); c != "users" && c != "groups" {
		change := s.watch.Changed(&d)
		if s.watch.Whole && change != "" {
			return "updated"
		}
		return change
	}
	if d.Collection == deletedItems && d.After == nil && d.Before.Type == s.watch.Type.Name {
		d.Collection = s.watch.Collection()
		if s.watch.Changed(&d) != "" && !isKept(all, d.Before.ID, d.Collection) {
			return "deleted"
		}
		return ""
	}
	switch change := s.watch.Changed(&d); {
	case change == "deleted" && !isKept(all, d.Before.ID, deletedItems):
		return change
	case change != "":
		return "updated"
	}
	return ""
}

// isKept reports whether an entity is in a collection after all changes.
func isKept(all []service.Difference, id, collection string) bool {
	return slices.ContainsFunc(all, func(d service.Difference) bool {
		return d.Collection == collection && d.After != nil && d.After.ID == id
	})
}

// notice is a notification, as documented. [DOC change-notifications-delivery-webhooks.md,
// changenotification.md]
func (t *Tenant) notice(s *subscription, change string, d *service.Difference) Notice {
	value := t.begin(s)
	n := Notice{URL: s.text("notificationUrl"), Missed: t.missed(s)}
	value.Set("changeType", change)
	if s.watch.Whole {
		value.Set("resource", strings.TrimPrefix(s.text("resource"), "/"))
		value.Set("resourceData", nil)
		n.Value = value
		return n
	}
	record := d.After
	if record == nil {
		record = d.Before
	}
	resource, typeName := s.resource(d, record)
	value.Set("resource", resource)
	data := jsontext.Object{
		{Name: "@odata.type", Value: "#Microsoft.Graph." + typeName}, {Name: "@odata.id", Value: resource},
	}
	if tag := t.Service.TagOf(record); tag != "" && d.After != nil {
		data.Set("@odata.etag", tag)
	}
	data.Set("id", service.KeyOf(record.ID))
	if c := s.watch.Collection(); c == "users" || c == "groups" {
		data.Set("organizationId", t.ID)
		for _, name := range linked(d) {
			data.Set(name+"@delta", linkDelta(d, name))
		}
	}
	value.Set("resourceData", data)
	if rich, _ := s.properties["includeResourceData"].(bool); rich {
		content, err := encrypted(s.content(d), s.text("encryptionCertificate"), s.text("encryptionCertificateId"))
		if err == nil { // only fixtures can have a certificate that is none
			value.Set("encryptedContent", content)
			n.App = s.text("applicationId")
		}
	}
	n.Value = value
	return n
}

// linked are the properties whose links a difference is about.
func linked(d *service.Difference) (names []string) {
	for _, l := range d.Links {
		if !slices.Contains(names, l.Property) {
			names = append(names, l.Property)
		}
	}
	return names
}

// linkDelta tells who came and who left. [DOC tutorial-applications-basics-notifications,
// change-notifications-users-groups.md]
func linkDelta(d *service.Difference, property string) []any {
	var all []any
	for _, l := range d.Links {
		if l.Property != property {
			continue
		}
		each := jsontext.Object{{Name: "id", Value: l.Key}}
		if l.Removed {
			each.Set("@removed", "deleted")
		}
		all = append(all, each)
	}
	return all
}

// missed is what the owner of a subscription is told if a notification is not delivered, nil if
// there is no receiver for that. [DOC change-notifications-lifecycle-events.md; that it is told of all
// resources is assumed]
func (t *Tenant) missed(s *subscription) *Notice {
	receiver := s.text("lifecycleNotificationUrl")
	if receiver == "" {
		return nil
	}
	value := t.begin(s)
	value.Set("lifecycleEvent", missed)
	return &Notice{URL: receiver, Value: value}
}

// content is what a rich notification tells of an entity: what its subscription selects, and only
// the id of one that is gone.
func (s *subscription) content(d *service.Difference) []byte {
	if d.After == nil {
		return jsontext.Append(nil, map[string]any{"id": service.KeyOf(d.Before.ID)})
	}
	entity := service.Decode(d.After)
	entity["id"] = service.KeyOf(d.After.ID)
	if selected := s.watch.Select; len(selected) > 0 {
		maps.DeleteFunc(entity, func(name string, _ any) bool { return !slices.Contains(selected, name) })
	}
	entity["@odata.type"] = "#" + d.After.Type
	return jsontext.Append(nil, entity)
}

// begin is what all notifications have.
func (t *Tenant) begin(s *subscription) jsontext.Object {
	return jsontext.Object{
		{Name: "subscriptionId", Value: s.id},
		{Name: "subscriptionExpirationDateTime", Value: s.properties["expirationDateTime"]},
		{Name: "clientState", Value: s.properties["clientState"]},
		{Name: "tenantId", Value: t.ID},
	}
}

// resource is how a notification names an entity, below the service root, and its type: with upper
// case in mailboxes and the directory, with keys in parentheses in Teams.
func (s *subscription) resource(d *service.Difference, r *store.Record) (path, typeName string) {
	workload := graph.WorkloadOf(s.watch.Template)
	upper := workload == graph.Exchange || workload == graph.Directory
	var b strings.Builder
	for i, segment := range strings.Split(d.Path(), "/") {
		key := service.KeyOf(segment)
		switch {
		case i%2 == 1 && segment == ".": // of what is the only one
		case i%2 == 1 && workload == graph.Teams:
			b.WriteString("('" + key + "')")
		case i%2 == 1:
			b.WriteString("/" + key)
		default:
			if i > 0 {
				b.WriteByte('/')
			}
			if upper {
				segment = upperFirst(segment)
			}
			b.WriteString(segment)
		}
	}
	typeName = strings.TrimPrefix(r.Type, "microsoft.graph.")
	if upper {
		typeName = upperFirst(typeName)
	}
	return b.String(), typeName
}

func upperFirst(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// Kinds of lifecycle notifications.
const (
	reauthorizationRequired = "reauthorizationRequired"
	subscriptionRemoved     = "subscriptionRemoved"
	missed                  = "missed"
)

// A Reminder is a notice of what becomes of a subscription, if nobody does anything about it. It has
// no URL if there is nobody to tell.
type Reminder struct {
	Subscription string    // its id: what was said of it before does not count any more
	At           time.Time // when it is to be told
	Notice
}

// maxWarning is how long before its end a subscription's owner is told of it, at most; of a shorter
// one it is half its time. Both are assumed, as is that who let it end is told then.
const maxWarning = 15 * time.Minute

// Reminders are what is to be told of the subscriptions among changes. Those with no URL only make
// what was to be told before void. [DOC change-notifications-lifecycle-events.md]
func (t *Tenant) Reminders(all []service.Difference) []Reminder {
	var list []Reminder
	for i := range all {
		d := &all[i]
		if d.Collection != "subscriptions" {
			continue
		}
		if d.Before != nil {
			list = append(list, Reminder{Subscription: d.Before.ID})
		}
		if d.After == nil {
			continue
		}
		s := &subscription{properties: service.Decode(d.After), id: service.KeyOf(d.After.ID)}
		receiver := s.text("lifecycleNotificationUrl")
		if receiver == "" {
			continue
		}
		end := time.UnixMilli(d.After.Expires).UTC()
		warning := end.Add(-min(maxWarning, end.Sub(time.UnixMilli(t.Now))/2))
		for _, r := range []struct {
			event string
			at    time.Time
		}{{reauthorizationRequired, warning}, {subscriptionRemoved, end}} {
			value := t.begin(s)
			value.Set("lifecycleEvent", r.event)
			list = append(list, Reminder{d.After.ID, r.at, Notice{URL: receiver, Value: value}})
		}
	}
	return list
}
