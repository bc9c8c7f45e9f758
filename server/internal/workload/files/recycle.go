package files

import (
	"encoding/json"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Items that are deleted can be restored for 93 days (DOC), with all that was in them. What
// is kept of them is no part of the tenant's state.
const (
	recycled    = "~recycled/"
	recycleTime = 93 * 24 * 60 * 60 * 1000
	maxRecycled = 1000 // items of a drive; the oldest one goes
)

// A recycledItem is what is kept of a deleted item.
type recycledItem struct {
	Parent string           `json:"p"` // the id of the folder that it was in
	Size   int64            `json:"s"`
	Items  []map[string]any `json:"i"` // itself, and what was in it, folders first
}

// remove puts an item where it can be restored from.
func remove(c *service.Call) (done bool, err error) {
	e, err := c.Bound()
	if err != nil {
		return false, err
	}
	if e.Properties["root"] != nil {
		return false, service.Fail("item-protected")
	}
	bin, kept := recycled+c.Collection(), recycledItem{Parent: e.ParentOf(), Size: sizeOf(e.Properties)}
	for c.Tx.Len(bin) >= maxRecycled {
		oldest, _ := c.Tx.First(bin)
		c.Tx.Delete(bin, oldest.ID)
	}
	media := map[string][]byte{}
	kept.add(c, e, media)
	text, err := json.Marshal(kept)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	c.Delete(e.Path)
	c.Tx.Put(bin, store.Record{ID: e.Record.ID, JSON: text, Expires: c.Now.MS + recycleTime, Rank: c.Tx.Next()})
	for key, data := range media {
		if c.Tx.PutMedia(bin+"/"+e.Record.ID+"/"+key, data) != nil { // there is no room: it is gone for good
			c.Tx.Delete(bin, e.Record.ID)
			break
		}
	}
	return true, nil
}

func (k *recycledItem) add(c *service.Call, e *service.Entity, media map[string][]byte) {
	k.Items = append(k.Items, e.Properties)
	if data, has := c.Tx.Media(e.Path + "/content"); has {
		media[e.Key()] = data
	}
	for _, child := range childrenOf(c, e) {
		k.add(c, child, media)
	}
}

// restore brings a deleted item back: where it was, or where the client wants it (DOC
// driveitem-restore).
func restore(c *service.Call) (service.Result, error) {
	bin, id := recycled+c.Collection(), c.ID()
	record, found := c.Tx.Get(bin, id)
	if !found {
		return service.Result{}, service.Fail("drive-item-not-found")
	}
	kept := recycledItem{}
	if err := unmarshal(record.JSON, &kept); err != nil {
		panic("BUG: " + err.Error())
	}
	to := place{c.Collection(), kept.Parent}
	if reference, _ := c.Parameter("parentReference").(map[string]any); reference != nil {
		var err error
		if to, err = folderAt(c, reference); err != nil {
			return service.Result{}, err
		}
	} else if _, there := c.Get(to.collection + "/" + to.id); !there && to.id != rootKey {
		to.id = rootKey // the folder is gone as well [assumed]
	}
	top := kept.Items[0]
	if name := c.Text("name"); name != "" {
		top["name"] = name
	}
	if _, taken := c.FindNested(to.collection, to.id, text(top["name"])); taken {
		return service.Result{}, service.Fail("already-exists")
	}
	top["parentReference"] = map[string]any{"id": service.KeyOf(to.id)}
	if err := room(c.Tx, to.collection, kept.Size); err != nil {
		return service.Result{}, err
	}
	media := map[string][]byte{}
	for _, item := range kept.Items {
		if data, has := c.Tx.Media(bin + "/" + id + "/" + text(item["id"])); has {
			media[text(item["id"])] = data
		}
	}
	c.Tx.Delete(bin, id)
	var restored *service.Entity
	for i, item := range kept.Items {
		if isFolder(item) {
			delete(item, "size")
			item["folder"] = map[string]any{"childCount": number(0)}
		}
		made := c.Create(to.collection, driveItem, item)
		if data, has := media[text(item["id"])]; has && c.Tx.PutMedia(made.Path+"/content", data) != nil {
			return service.Result{}, service.Fail("drive-full")
		}
		if i == 0 {
			restored = made
		}
	}
	restored, _ = c.Get(restored.Path)
	return service.Result{Entity: restored}, nil
}

// deletePermanently removes an item for good (DOC driveitem-permanentdelete).
func deletePermanently(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	if e.Properties["root"] != nil {
		return service.Result{}, service.Fail("item-protected")
	}
	c.Delete(e.Path)
	return service.Result{}, nil
}

// deletedOf is how many bytes the recycle bin of a drive has.
func deletedOf(r store.Reader, path string) (size int) {
	all := r.Snapshot(recycled + path + "/items")
	page, _, _ := all.Page(r, store.Cursor{}, maxRecycled)
	for i := range page {
		var kept recycledItem
		if unmarshal(page[i].JSON, &kept) == nil {
			size += int(kept.Size)
		}
	}
	return size
}
