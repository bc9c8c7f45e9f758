package directory

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// deleted is the collection of what can still be restored.
const deleted = "directory/./deletedItems"

// deletedLifetime is for how many milliseconds that is so. DOC directory-deleteditems: 30 days
const deletedLifetime = 30 * 24 * 60 * 60 * 1000

// sets are where objects are that can be restored. DOC
var sets = map[string]string{userType: "users", groupType: groups, appType: apps, principalType: principals}

// softDelete moves an object to the deleted ones, with what it has. DOC: of groups only those
// of Microsoft 365.
func softDelete(c *service.Call) (bool, error) {
	if c.Collection() == deleted {
		return false, nil
	}
	e, err := c.Bound()
	if err != nil {
		return false, err
	}
	if e.Type == groupType && !isUnified(e.Properties) {
		c.Each(e.Path+"/"+assignments, service.Slice{}, func(a *service.Entity) bool { removeMirror(c, a); return true })
		return false, nil
	}
	bury(c, e)
	if e.Type == appType { // DOC: and its service principal
		if p, found := c.Find(principals, byAppID, strings.ToLower(e.Text(byAppID))); found {
			bury(c, p)
		}
	}
	return true, nil
}

func bury(c *service.Call, e *service.Entity) {
	for _, list := range []string{assignments, assignedTo} {
		c.Each(e.Path+"/"+list, service.Slice{}, func(a *service.Entity) bool { removeMirror(c, a); return true })
	}
	if e.Type == principalType {
		for _, path := range grantsOf("clientId")(c.Tx, e.Path) {
			c.Delete(path)
		}
	}
	moved, lost := c.Move(e.Path, deleted)
	moved.Properties["deletedDateTime"] = c.Now.Text
	if name := moved.Text("userPrincipalName"); name != "" { // OBS: the name is free for others
		moved.Properties["userPrincipalName"] = hidden(moved.Key()) + name
	}
	record := c.Put(moved).Record
	record.Expires = c.Now.MS + deletedLifetime
	c.Tx.Put(deleted, record)
	keepLinks(c, record.ID, record.Expires, lost)
}

// lostLinks is where the links stand that deleted objects had. It is no collection of entities.
const lostLinks = "~" + deleted

func keepLinks(c *service.Call, id string, expires int64, lost []service.StoredLink) {
	all := make([]any, len(lost))
	for i, each := range lost {
		all[i] = []any{each.Collection, each.Target}
	}
	c.Tx.Put(lostLinks, store.Record{ID: id, Expires: expires, JSON: jsontext.Append(nil, all)})
}

// linksOf are those that a deleted object had.
func linksOf(c *service.Call, id string) (lost []service.StoredLink, expires int64) {
	kept, found := c.Tx.Get(lostLinks, id)
	if !found {
		return nil, 0
	}
	list, err := jsontext.Decode(kept.JSON)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	for _, each := range list.([]any) {
		ends := texts(each)
		lost = append(lost, service.StoredLink{Collection: ends[0], Target: ends[1]})
	}
	return lost, kept.Expires
}

// relink brings back links of an object that was restored. Those with another deleted object
// come back with that one.
func relink(c *service.Call, lost []service.StoredLink) {
	for _, each := range lost {
		for _, end := range []string{service.OwnerOf(each.Collection), each.Target} {
			if _, found := c.Get(end); found {
				continue
			}
			id := end[strings.LastIndexByte(end, '/')+1:]
			if others, expires := linksOf(c, id); expires > 0 {
				keepLinks(c, id, expires, append(others, each))
			}
		}
		if _, found := c.Get(service.OwnerOf(each.Collection)); found {
			c.Relink(each)
		}
	}
}

// hidden is what a deleted user's name begins with.
func hidden(id string) string { return strings.ReplaceAll(id, "-", "") }

// restore brings an object back, with its links. DOC directory-deleteditems-restore
func restore(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	set := sets[e.Type]
	if c.Collection() != deleted || set == "" {
		return service.Result{}, service.Fail("object-not-found", "{id}", e.Key())
	}
	name := strings.TrimPrefix(e.Text("userPrincipalName"), hidden(e.Key()))
	if other, _ := c.Body["newUserPrincipalName"].(string); other != "" {
		name = other
	}
	if _, taken := c.Find(set, "userPrincipalName", strings.ToLower(name)); taken && name != "" {
		return service.Result{}, service.Fail("object-exists", "{property}", "userPrincipalName")
	}
	back := revive(c, e, set, name)
	if e.Type == appType { // assumed: with the service principal that went with it
		var own *service.Entity
		c.Each(deleted, service.Slice{}, func(p *service.Entity) bool {
			if p.Type == principalType && p.Text(byAppID) == e.Text(byAppID) {
				own = p
			}
			return own == nil
		})
		if own != nil {
			revive(c, own, principals, "")
		}
	}
	return service.Result{Entity: back, Context: "directoryObjects"}, nil // DOC, sample
}

func revive(c *service.Call, e *service.Entity, set, name string) *service.Entity {
	lost, _ := linksOf(c, e.Record.ID)
	c.Tx.Delete(lostLinks, e.Record.ID)
	back, _ := c.Move(e.Path, set)
	delete(back.Properties, "deletedDateTime")
	if name != "" {
		back.Properties["userPrincipalName"] = name
	}
	back = c.Put(back)
	record := back.Record
	record.Expires = 0
	back.Record = c.Tx.Put(set, record)
	relink(c, lost)
	return back
}
