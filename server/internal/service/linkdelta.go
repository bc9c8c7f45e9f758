package service

import (
	"slices"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// relinkedPrefix begins the path of the collection that has what became of the links of
// another one.
const relinkedPrefix = removedPrefix + removedPrefix

// unlinked is the owner of what remains of a link that was removed.
const unlinked = "removed"

// relinked tells the behavior of the entity that a link leads from that it was added or
// removed, and keeps it for clients that follow the changes of the entity.
func (s *Service) relinked(tx store.Tx, link StoredLink, kindOfTarget, removed string, now int64) {
	owner, property, _ := splitPath(link.Collection)
	of, id, _ := splitPath(owner)
	record, found := tx.Get(of, id)
	if !found {
		return
	}
	kind := s.typeNamed(record.Type)
	if kind != nil && kind.behavior.Relinked != nil {
		kind.behavior.Relinked(tx, Change{Collection: of, ID: id, service: s, now: now}, link)
	}
	if kind == nil || !kind.followed || !slices.Contains(kind.behavior.LinkDeltas, property) {
		return
	}
	_, target, _ := splitPath(link.Target)
	if w, watched := tx.(*watchedTx); watched {
		w.relinked(of, &record, LinkChange{property, KeyOf(target), removed == unlinked})
	}
	tx.Put(relinkedPrefix+link.Collection, store.Record{
		ID: target, Type: kindOfTarget, Owner: removed, Expires: now + deltaLifetime, JSON: jsontext.Append(nil, target),
		Index: []store.Index{{Name: changedIndex, Rank: tx.Next()}},
	})
	tx.Reindex(of, id, append(withoutChanged(record.Index), store.Index{Name: changedIndex, Rank: tx.Next()}))
}

// addLinkDeltas adds to an entity in a delta what became of its links: after a change and up
// to another one; all that there are where since is 0.
func (p *projection) addLinkDeltas(item *jsontext.Object, e *row, o *odata.Options, since, upTo int64) {
	for _, name := range e.kind.behavior.LinkDeltas {
		if len(o.Select) > 0 && !slices.Contains(o.Select, name) {
			continue
		}
		var changes []any
		p.service.view(p.request, func(r store.Reader) {
			if since == 0 {
				changes = p.service.allLinks(r, e.entityPath()+"/"+name)
			} else {
				changes = changedLinks(r, e.entityPath()+"/"+name, since, upTo)
			}
		})
		if len(changes) > 0 {
			item.Set(name+"@delta", changes)
		}
	}
}

func (s *Service) allLinks(r store.Reader, links string) (all []any) {
	for _, path := range s.targets(r, links) {
		collection, id, _ := splitPath(path)
		if record, found := r.Get(collection, id); found {
			all = append(all, linkChange(&record))
		}
	}
	return all
}

func changedLinks(r store.Reader, links string, since, upTo int64) (all []any) {
	snapshot := r.SnapshotIndex(relinkedPrefix+links, changedIndex, "").Within(since+1, upTo)
	var at store.Cursor
	for more := true; more; {
		var page []store.Record
		page, at, more = snapshot.Page(r, at, everyPage)
		for i := range page {
			all = append(all, linkChange(&page[i]))
		}
	}
	return all
}

// linkChange is an entity that links lead to, or that they lead to no more.
func linkChange(r *store.Record) jsontext.Object {
	change := jsontext.Object{{Name: "@odata.type", Value: "#" + r.Type}, {Name: "id", Value: KeyOf(r.ID)}}
	if r.Owner == unlinked {
		change.Set("@removed", map[string]any{"reason": "deleted"})
	}
	return change
}
