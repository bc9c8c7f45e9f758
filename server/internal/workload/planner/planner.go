// Package planner is what Planner does beyond its model: plans, buckets, tasks and their
// details.
package planner

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Indexes of plans, buckets and tasks. Those of plans and tasks also have their owner and
// those whom they are assigned to.
const (
	byPlan     = "planId"
	byBucket   = "bucketId"
	byAssignee = "assignee"
	byOwner    = "owner"
)

// Behaviors returns those of Planner. Names, orders and forms are as recorded answers
// have them, unless a comment says otherwise.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		{
			Type: prefix + "plannerPlan", NotFound: notFound, NewKey: newKey(0x64), Tag: tag, Tagged: tagged, Quiet: true,
			Order: []string{"createdDateTime", "owner", "title", "id", "createdBy", "container"},
			Parts: map[string]service.Part{
				"buckets": {Of: "buckets", Index: byPlan},
				"tasks":   {Of: "tasks", Index: byPlan},
			},
			Value: planValue,
			Index: func(w *service.Write) []store.Index { return indexes(w, byOwner) },
			Check: checkPlan,
			// assumed: what is in a plan goes with it
			Remove: func(c *service.Call) (bool, error) { return false, removeBelow(c, byPlan, "buckets", "tasks") },
		},
		{
			Type: prefix + "plannerBucket", NotFound: notFound, NewKey: newKey(0x97), Tag: tag, Tagged: tagged, Quiet: true,
			Order:  []string{"name", "planId", "orderHint", "id"},
			Parts:  map[string]service.Part{"tasks": {Of: "tasks", Index: byBucket}},
			Value:  bucketValue,
			Index:  func(w *service.Write) []store.Index { return indexes(w, byPlan) },
			Check:  func(c *service.Call, w *service.Write) error { return checkIn(c.Tx, w, "Bucket", "name") },
			Remove: func(c *service.Call) (bool, error) { return false, removeBelow(c, byBucket, "tasks") },
		},
		{
			Type: prefix + "plannerTask", NotFound: notFound, NewKey: newKey(0x98), Tag: tag, Tagged: tagged, Quiet: true,
			Order: []string{
				"planId", "bucketId", "title", "orderHint", "assigneePriority", "percentComplete", "startDateTime",
				"createdDateTime", "dueDateTime", "hasDescription", "previewType", "completedDateTime", "completedBy",
				"referenceCount", "checklistItemCount", "activeChecklistItemCount", "conversationThreadId", "priority", "id",
				"createdBy", "appliedCategories", "assignments",
			},
			Value: taskValue, Index: taskIndexes, Check: checkTask, Show: showTask,
		},
		{
			Type: prefix + "plannerTaskDetails", NotFound: notFound, Tag: tag, Tagged: tagged, Quiet: true,
			Order: []string{"description", "previewType", "id", "references", "checklist"},
			Show:  detailsOf(map[string]any{"description": "", "previewType": "automatic", "references": none, "checklist": none}),
			Value: detailValue, Check: checkDetails,
		},
		{
			Type: prefix + "plannerPlanDetails", NotFound: notFound, Tag: tag, Tagged: tagged, Quiet: true,
			Order: []string{"id", "sharedWith", "categoryDescriptions"},
			Show:  showPlanDetails,
			Value: func(w *service.Write, name string) (any, bool) {
				return merged(w, name), name == "sharedWith" || name == "categoryDescriptions"
			},
		},
		{
			Type: prefix + "plannerAssignedToTaskBoardTaskFormat", NotFound: notFound, Tag: tag, Tagged: tagged, Quiet: true,
			Order: []string{"unassignedOrderHint", "orderHintsByAssignee", "id"},
			Show:  detailsOf(map[string]any{"unassignedOrderHint": "", "orderHintsByAssignee": none}),
			Value: func(w *service.Write, name string) (any, bool) {
				switch name {
				case "unassignedOrderHint":
					sent, _ := w.Sent[name].(string)
					return hint(w, sent), sent != ""
				case "orderHintsByAssignee":
					all, _ := merged(w, name).(map[string]any)
					for user, each := range all {
						if sent, is := each.(string); is {
							all[user] = hint(w, sent)
						}
					}
					return all, true
				}
				return nil, false
			},
		},
		boardFormat("plannerBucketTaskBoardTaskFormat"), boardFormat("plannerProgressTaskBoardTaskFormat"),
		{Type: prefix + "plannerUser", Parts: map[string]service.Part{
			"tasks": {Of: "/planner/./tasks", Index: byAssignee, First: true},
			"plans": {Of: "/planner/./plans", Index: byOwner, First: true},
		}},
		{Type: prefix + "plannerGroup", Parts: map[string]service.Part{
			"plans": {Of: "/planner/./plans", Index: byOwner, First: true},
		}},
	}
}

// boardFormat is the behavior of where a task stands on a board.
func boardFormat(name string) *service.Behavior {
	return &service.Behavior{
		Type: prefix + name, NotFound: notFound, Tag: tag, Tagged: tagged, Quiet: true, Order: []string{"orderHint", "id"},
		Show: func(r store.Reader, path string, format map[string]any) {
			task, found := service.Read(r, service.OwnerOf(service.CollectionOf(path)))
			if found && format["orderHint"] == nil {
				format["orderHint"] = task.Properties["orderHint"]
			}
			detailsOf(nil)(r, path, format)
		},
		Value: func(w *service.Write, name string) (any, bool) {
			sent, _ := w.Sent[name].(string)
			return hint(w, sent), name == "orderHint" && isRequest(sent)
		},
	}
}

// detailValue is what is in the details of a task: each item says who has changed it, and when, and
// where it stands (DOC plannerchecklistitem, plannerexternalreference).
func detailValue(w *service.Write, name string) (any, bool) {
	kind, place := "#"+prefix+"plannerChecklistItem", "orderHint"
	switch name {
	case "references":
		kind, place = "#"+prefix+"plannerExternalReference", "previewPriority"
	case "checklist":
	default:
		return nil, false
	}
	all := merged(w, name).(map[string]any)
	before, _ := w.Before(name).(map[string]any)
	for key, v := range all {
		item, is := v.(map[string]any)
		if !is || w.Seeding || before[key] != nil && reflect.DeepEqual(before[key], v) {
			continue
		}
		item = maps.Clone(item)
		if item["@odata.type"] = kind; name == "checklist" && item["isChecked"] == nil {
			item["isChecked"] = false
		}
		if sent, _ := item[place].(string); sent == "" {
			item[place] = newHint(w)
		} else {
			item[place] = hint(w, sent)
		}
		by, _ := createdBy(&service.Write{Caller: w.Caller})
		item["lastModifiedBy"], item["lastModifiedDateTime"] = by, w.Now.Text
		all[key] = item
	}
	return all, true
}

// checkDetails refuses references whose URLs are not escaped, as names of properties can't have
// dots (DOC plannerexternalreferences).
func checkDetails(_ *service.Call, w *service.Write) error {
	references, _ := w.Sent["references"].(map[string]any)
	for key := range references {
		if strings.ContainsAny(key, ".:@#") {
			return service.Fail("planner-reference-key", "{id}", key)
		}
	}
	return nil
}

const (
	prefix   = "microsoft.graph."
	notFound = "planner-item-not-found"
)

var none = map[string]any{}

// detailsOf shows details with the id of what they are of, and with what they have from
// the start.
func detailsOf(initial map[string]any) func(r store.Reader, path string, details map[string]any) {
	return func(_ store.Reader, path string, details map[string]any) {
		segments := strings.Split(path, "/")
		details["id"] = service.KeyOf(segments[len(segments)-3])
		for name, value := range initial {
			if details[name] == nil {
				details[name] = value
			}
		}
	}
}

// showPlanDetails names all 25 categories of a plan, those that nobody has described as null. [REC:
// pnp/cli-microsoft365]
func showPlanDetails(r store.Reader, path string, details map[string]any) {
	detailsOf(map[string]any{"sharedWith": none})(r, path, details)
	categories := map[string]any{}
	for i := range 25 {
		categories["category"+strconv.Itoa(i+1)] = nil
	}
	described, _ := details["categoryDescriptions"].(map[string]any)
	maps.Copy(categories, described)
	details["categoryDescriptions"] = categories
}

// newKey makes keys of 28 characters: 16 random bytes, one that tells the kind of entity,
// and four more.
func newKey(kind byte) func(*service.Random) string {
	return func(r *service.Random) string {
		var b [21]byte
		for i := range b {
			if i%8 == 0 {
				n := r.Uint64()
				for j := i; j < min(i+8, len(b)); j++ {
					b[j] = byte(n >> (8 * (j - i)))
				}
			}
		}
		b[16], b[17] = kind, 0
		return base64.RawURLEncoding.EncodeToString(b[:])
	}
}

// tag is the ETag of an entity: its kind and its version, in digits from @ on.
func tag(r *store.Record) string {
	name := strings.TrimPrefix(r.Type, prefix+"planner")
	kind := (name + "        ")[:max(6, len(name))]
	digits := []byte(strings.Repeat("@", 16))
	digits[15] += byte(r.Version % 16 * 4)
	for i, n := 14, r.Version/16; n > 0 && i >= 0; i, n = i-1, n/64 {
		digits[i] += byte(n % 64)
	}
	return `W/"` + base64.StdEncoding.EncodeToString([]byte("'1-"+kind+string(digits)+"'")) + `"`
}

var tagged = &service.Tagged{
	Required: "planner-tag-missing", Invalid: "planner-tag-invalid", Mismatch: "planner-tag-stale", IsTag: isTag,
}

// isTag reports whether a text can be one of Planner's tags: clients often send them with
// too few or too many backslashes.
func isTag(text string) bool {
	text, isWeak := strings.CutPrefix(text, `W/"`)
	text, isQuoted := strings.CutSuffix(text, `"`)
	data, err := base64.StdEncoding.DecodeString(text)
	return isWeak && isQuoted && err == nil && strings.HasPrefix(string(data), "'1-")
}

// initial is the value of a property of a new entity whose client sends none.
func initial(w *service.Write, name string, values map[string]any) (any, bool) {
	v, has := values[name]
	return v, has && w.Sent[name] == nil
}

// merged lays what was sent of an object with free names over what there is: a null
// removes a name.
func merged(w *service.Write, name string) any {
	sent, _ := w.Sent[name].(map[string]any)
	all := map[string]any{}
	if before, ok := w.Before(name).(map[string]any); ok && !w.Seeding {
		maps.Copy(all, before)
	}
	for key, value := range sent {
		old, wasObject := all[key].(map[string]any)
		change, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(all, key)
		case wasObject && isObject:
			old = maps.Clone(old)
			maps.Copy(old, change)
			all[key] = old
		default:
			all[key] = value
		}
	}
	return all
}

func planValue(w *service.Write, name string) (any, bool) {
	container, _ := w.Sent["container"].(map[string]any)
	switch name {
	case "createdBy":
		return createdBy(w)
	case "container":
		if url, _ := container["url"].(string); container["containerId"] == nil && url != "" {
			container = maps.Clone(container)
			container["containerId"], container["type"] = url[strings.LastIndexByte(url, '/')+1:], "group"
			return container, true
		}
		if owner, _ := w.Sent["owner"].(string); container == nil && owner != "" {
			return map[string]any{"containerId": owner, "type": "group",
				"url": "https://graph.microsoft.com/v1.0/groups/" + owner}, true
		}
	case "owner":
		if w.Sent["owner"] == nil && container != nil {
			id, _ := container["containerId"].(string)
			if url, _ := container["url"].(string); id == "" {
				id = url[strings.LastIndexByte(url, '/')+1:]
			}
			return id, true
		}
	}
	return nil, false
}

// createdBy is who has created an entity, which stays.
func createdBy(w *service.Write) (any, bool) {
	if before := w.Before("createdBy"); before != nil {
		return before, true
	}
	if w.Sent["createdBy"] != nil && w.Seeding {
		return nil, false
	}
	return map[string]any{
		"user":        map[string]any{"displayName": nil, "id": w.Caller.User.ID},
		"application": map[string]any{"displayName": nil, "id": w.Caller.App},
	}, true
}

func bucketValue(w *service.Write, name string) (any, bool) {
	switch name {
	case "orderHint":
		return orderHint(w, name)
	case "planId":
		return inSlice(w, byPlan)
	}
	return nil, false
}

// inSlice is where an entity is that was created in a part of its collection.
func inSlice(w *service.Write, index string) (any, bool) {
	return w.Slice.Value, w.Slice.Index == index && w.Sent[index] == nil
}

func taskValue(w *service.Write, name string) (any, bool) {
	switch name {
	case "createdBy":
		return createdBy(w)
	case "planId":
		return inSlice(w, byPlan)
	case "bucketId":
		return inSlice(w, byBucket)
	case "orderHint":
		return orderHint(w, name)
	case "appliedCategories":
		return merged(w, name), true
	case "assignments":
		return assignments(w), true
	case "completedDateTime", "completedBy":
		return completed(w, name), true
	}
	return initial(w, name, map[string]any{
		"assigneePriority": "", "percentComplete": json.Number("0"), "previewType": "automatic", "priority": json.Number("5"),
	})
}

// assignments are who is to do a task; who assigned it, and when, the service says.
func assignments(w *service.Write) any {
	all := merged(w, "assignments").(map[string]any)
	before, _ := w.Before("assignments").(map[string]any)
	for id, v := range all {
		each, isObject := v.(map[string]any)
		if !isObject {
			continue
		}
		each = maps.Clone(each)
		if sent, _ := each["orderHint"].(string); isRequest(sent) || sent == "" {
			if each["orderHint"] = hint(w, sent); sent == "" {
				each["orderHint"] = newHint(w)
			}
			all[id] = each
		}
		if _, was := before[id]; was || each["assignedDateTime"] != nil {
			continue
		}
		each["@odata.type"], each["assignedDateTime"] = "#microsoft.graph.plannerAssignment", w.Now.Text
		by, _ := createdBy(&service.Write{Caller: w.Caller})
		each["assignedBy"] = by
		all[id] = each
	}
	return all
}

// completed is when, and by whom, a task was done: as soon as it is done to 100 percent.
func completed(w *service.Write, name string) any {
	if percent, _ := w.Sent["percentComplete"].(json.Number); percent != "100" {
		return nil
	}
	if before := w.Before(name); before != nil {
		return before
	}
	if v := w.Sent[name]; v != nil && w.Seeding {
		return v
	}
	if name == "completedDateTime" {
		return w.Now.Text
	}
	by, _ := createdBy(&service.Write{Caller: w.Caller})
	return by
}

func indexes(w *service.Write, names ...string) []store.Index {
	var all []store.Index
	for _, name := range names {
		if value, _ := w.Property(name).(string); value != "" {
			all = append(all, store.Index{Name: name, Value: value, Rank: w.Record.Rank})
		}
	}
	return all
}

func taskIndexes(w *service.Write) []store.Index {
	all := indexes(w, byPlan, byBucket)
	assigned, _ := w.Property("assignments").(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(assigned)) {
		all = append(all, store.Index{Name: byAssignee, Value: strings.ToLower(id), Rank: w.Record.Rank})
	}
	return all
}

func checkPlan(_ *service.Call, w *service.Write) error {
	if text, _ := w.Sent["title"].(string); text == "" {
		return missing("Title", "Plan")
	}
	if w.Sent["owner"] == nil && w.Sent["container"] == nil {
		return missing("Container", "Plan") // assumed: the field's name
	}
	return nil
}

func checkTask(c *service.Call, w *service.Write) error {
	if err := checkIn(c.Tx, w, "Task", "title"); err != nil {
		return err
	}
	if bucket, _ := w.Sent["bucketId"].(string); bucket != "" {
		if b, found := c.Tx.Get("planner/./buckets", bucket); !found || !isIn(&b, byPlan, w.Sent["planId"]) {
			return service.Fail("planner-field-invalid", "{property}", "BucketId", "{type}", "Task")
		}
	}
	for name, most := range map[string]int64{"priority": 10, "percentComplete": 100} {
		n, sent := w.Sent[name].(json.Number)
		if value, err := n.Int64(); sent && (err != nil || value < 0 || value > most) {
			return service.Fail("planner-number-invalid", "{property}", strings.ToUpper(name[:1])+name[1:], "{id}", strconv.FormatInt(most, 10))
		}
	}
	start, hasStart := service.ParseTime(w.Sent["startDateTime"])
	due, hasDue := service.ParseTime(w.Sent["dueDateTime"])
	if hasStart && hasDue && due < start {
		return service.Fail("planner-due-early")
	}
	return nil
}

// checkIn checks what buckets and tasks have in common: a name, and a plan. An old one that
// fixtures left without them stays so.
func checkIn(r store.Reader, w *service.Write, entity, name string) error {
	old := map[string]any{name: "", byPlan: ""}
	if w.Old != nil {
		old = service.Decode(w.Old)
	}
	if text, _ := w.Sent[name].(string); text == "" && old[name] != nil {
		return missing(strings.ToUpper(name[:1])+name[1:], entity)
	}
	plan, _ := w.Sent[byPlan].(string)
	if plan == "" && w.Slice.Index == byPlan {
		plan = w.Slice.Value
	}
	if plan == "" && old[byPlan] == nil {
		return nil
	}
	if plan == "" {
		return missing("PlanId", entity)
	}
	if _, found := r.Get("planner/./plans", plan); !found {
		return service.Fail("planner-field-invalid", "{property}", "PlanId", "{type}", entity)
	}
	return nil
}

func missing(field, entity string) error {
	return service.Fail("planner-field-missing", "{property}", field, "{type}", entity)
}

func isIn(r *store.Record, index string, value any) bool {
	return slices.ContainsFunc(r.Index, func(i store.Index) bool { return i.Name == index && i.Value == value })
}

// showTask counts what is in the details of a task.
func showTask(r store.Reader, path string, task map[string]any) {
	var details struct {
		Description string                              `json:"description"`
		References  map[string]any                      `json:"references"`
		Checklist   map[string]struct{ IsChecked bool } `json:"checklist"`
	}
	if record, found := r.Get(path+"/details", "."); found {
		json.Unmarshal(record.JSON, &details)
	}
	active := 0
	for _, item := range details.Checklist {
		if !item.IsChecked {
			active++
		}
	}
	task["hasDescription"] = details.Description != ""
	task["referenceCount"], task["checklistItemCount"] = len(details.References), len(details.Checklist)
	task["activeChecklistItemCount"] = active
	for _, name := range []string{"startDateTime", "dueDateTime", "completedDateTime", "completedBy", "conversationThreadId"} {
		if _, has := task[name]; !has {
			task[name] = nil
		}
	}
}

// removeBelow removes what is in a plan or a bucket.
func removeBelow(c *service.Call, index string, collections ...string) error {
	e, err := c.Bound()
	if err != nil {
		return err
	}
	for _, collection := range collections {
		of := service.Slice{Index: index, Value: e.Key()}
		c.Each("planner/./"+collection, of, func(below *service.Entity) bool {
			c.Delete(below.Path)
			return true
		})
	}
	return nil
}
