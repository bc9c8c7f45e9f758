package files

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
)

// A copying is a copy on its way: it is made once its time has come, or somebody has asked for
// it twice [assumed: so that nobody waits for ever for a clock that stands still].
type copying struct {
	Source   string `json:"s"` // the path of the item in the store
	Items    string `json:"c"` // the collection that it is copied to
	Parent   string `json:"p"` // the id of the folder there
	Name     string `json:"n"`
	Conflict string `json:"x"`
	Children bool   `json:"o"` // only what is in it is copied
	Asked    bool   `json:"a"`
	By       byUser `json:"b"`
	Result   string `json:"r"` // the id of the copy
	Failure  string `json:"f"` // the code of what went wrong
	Message  string `json:"m"`
	Done     bool   `json:"d"`
	Due      int64  `json:"u"`
}

// byUser is who has asked for something that is done later.
type byUser struct{ ID, Name string }

// copyTime is how many milliseconds a copy takes [assumed].
const copyTime = 1000

// copyItem answers that a copy is on its way (DOC driveitem-copy: 202 with the URL of a monitor).
func copyItem(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	job := copying{
		Source: e.Path, Items: c.Collection(), Parent: e.ParentOf(), Name: e.Text("name"), Conflict: c.Conflict,
		By: byUser{c.Caller.User.ID, c.Caller.User.DisplayName}, Due: c.Now.MS + copyTime,
	}
	job.Children, _ = c.Parameter("childrenOnly").(bool)
	if name := c.Text("name"); name != "" {
		if job.Name = name; !service.IsName(name) {
			return service.Result{}, service.Fail("name-invalid")
		}
	}
	if e.Properties["root"] != nil && !job.Children {
		return service.Result{}, service.Fail("root-copied")
	}
	if to, _ := c.Parameter("parentReference").(map[string]any); to != nil {
		folder, err := folderAt(c, to)
		if err != nil {
			return service.Result{}, err
		}
		job.Items, job.Parent = folder.collection, folder.id
	} else if job.Name == e.Text("name") && job.Conflict != "rename" {
		return service.Result{}, service.Fail("already-exists")
	}
	if isWithin(c, e, job.Items, job.Parent) {
		return service.Result{}, service.Fail("folder-in-itself")
	}
	text, err := json.Marshal(job)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return service.Result{Status: http.StatusAccepted, Location: c.BeginJob(driveItem, text, job.Due)}, nil
}

// place is where a folder is.
type place struct{ collection, id string }

// folderAt finds the folder that a reference names: by its id or its path, in this drive or
// in another.
func folderAt(c *service.Call, reference map[string]any) (p place, err error) {
	p = place{c.Collection(), rootKey}
	if drive := text(reference["driveId"]); drive != "" {
		path, err := c.Locate("/drives/" + drive)
		if _, there := c.Get(path); err != nil || !there && !isDrive(service.CollectionOf(path)) {
			return p, service.Fail("destination-not-found")
		}
		p.collection = path + "/items"
	}
	key, names := parent(map[string]any{"parentReference": reference})
	if key != "" {
		p.id, _ = itemKey(key)
	}
	for name := range strings.SplitSeq(names, "/") {
		if name == "" {
			continue
		}
		e, found := c.FindNested(p.collection, p.id, name)
		if !found {
			return p, service.Fail("destination-not-found")
		}
		p.id = e.Record.ID
	}
	if e, found := c.Get(p.collection + "/" + p.id); p.id != rootKey && !found {
		return p, service.Fail("destination-not-found")
	} else if found && !isFolder(e.Properties) {
		return p, service.Fail("not-a-folder")
	}
	return p, nil
}

// isWithin reports whether a folder is an item, or in it.
func isWithin(c *service.Call, e *service.Entity, collection, id string) bool {
	for e.Path != collection+"/"+id {
		above, found := c.Get(collection + "/" + id)
		if !found || above.ParentOf() == "" {
			return false
		}
		id = above.ParentOf()
	}
	return true
}

// runJob makes a copy whose time has come.
func runJob(c *service.Call, data []byte) []byte {
	var job copying
	if json.Unmarshal(data, &job) != nil || job.Done {
		return data
	}
	c.Caller.User.ID, c.Caller.User.DisplayName = job.By.ID, job.By.Name
	job.Done = true
	made, err := job.run(c)
	switch {
	case err != nil:
		job.Failure, job.Message = service.CodeOf(err)
	case made != nil:
		job.Result = made.Key()
	}
	text, _ := json.Marshal(job)
	return text
}

func (job *copying) run(c *service.Call) (*service.Entity, error) {
	source, found := c.Get(job.Source)
	if !found {
		return nil, service.Fail("drive-item-not-found")
	}
	if !job.Children {
		return copyTo(c, source, place{job.Items, job.Parent}, job.Name, job.Conflict)
	}
	for _, child := range childrenOf(c, source) {
		if _, err := copyTo(c, child, place{job.Items, job.Parent}, child.Text("name"), job.Conflict); err != nil {
			return nil, err
		}
	}
	return source, nil
}

func childrenOf(c *service.Call, folder *service.Entity) (all []*service.Entity) {
	c.EachNested(service.CollectionOf(folder.Path), folder.Record.ID, func(e *service.Entity) bool {
		all = append(all, e)
		return true
	})
	return all
}

// notCopied are the properties that a copy has its own of.
var notCopied = strings.Fields("id eTag cTag createdDateTime lastModifiedDateTime webUrl parentReference shared specialFolder")

// copyTo makes a copy of an item, with all that is in it.
func copyTo(c *service.Call, e *service.Entity, to place, name, conflict string) (*service.Entity, error) {
	if other, taken := c.FindNested(to.collection, to.id, name); taken {
		switch conflict {
		case "rename":
			name = c.FreeName(to.collection, to.id, name)
		case "replace":
			c.Delete(other.Path)
		default:
			return nil, service.Fail("already-exists")
		}
	}
	if err := room(c.Tx, to.collection, sizeOf(e.Properties)); err != nil && isFile(e.Properties) {
		return nil, err
	}
	properties := maps.Clone(e.Properties)
	for _, each := range notCopied {
		delete(properties, each)
	}
	properties["name"], properties["parentReference"] = name, map[string]any{"id": service.KeyOf(to.id)}
	by := map[string]any{"user": map[string]any{"id": c.Caller.User.ID, "displayName": c.Caller.User.DisplayName}}
	properties["createdBy"], properties["lastModifiedBy"] = by, by
	if isFolder(e.Properties) {
		properties["folder"] = map[string]any{"childCount": number(0)}
		delete(properties, "size")
	}
	children := childrenOf(c, e)
	made := c.Create(to.collection, driveItem, properties)
	if data, has := c.Tx.Media(e.Path + "/content"); has {
		if c.Tx.PutMedia(made.Path+"/content", data) != nil {
			return nil, service.Fail("drive-full")
		}
	}
	for _, child := range children {
		if _, err := copyTo(c, child, place{to.collection, made.Record.ID}, child.Text("name"), ""); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// monitor answers what has become of a copy (DOC long-running-actions-overview; the failure is
// as driveitem-copy has it, and as older clients read it).
func monitor(c *service.Call, t *service.Ticket) (service.Response, error) {
	data, found := c.Job(t.Path)
	var job copying
	if !found || json.Unmarshal(data, &job) != nil {
		return service.Response{}, service.Fail("drive-item-not-found")
	}
	if !job.Done && (c.Now.MS >= job.Due || job.Asked) {
		data = runJob(c, data)
		if json.Unmarshal(data, &job) != nil {
			panic("BUG: a job is not JSON")
		}
	}
	job.Asked = true
	text, _ := json.Marshal(job)
	c.KeepJob(t.Path, text, job.Done)
	body := jsontext.Object{{Name: "operation", Value: "ItemCopy"}}
	switch {
	case job.Failure != "":
		body.Set("percentageComplete", number(0))
		body.Set("status", "failed")
		body.Set("errorCode", job.Failure)
		body.Set("error", map[string]any{"code": job.Failure, "message": job.Message})
	case job.Done:
		body.Set("percentageComplete", json.Number("100.0"))
		body.Set("resourceId", job.Result)
		body.Set("status", "completed")
	default:
		body.Set("percentageComplete", json.Number("27.8"))
		body.Set("status", "inProgress")
	}
	return service.JSONResponse(http.StatusAccepted, body), nil
}
