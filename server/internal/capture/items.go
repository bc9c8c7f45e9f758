package capture

import (
	"cmp"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
)

const itemType = "microsoft.graph.driveItem"

func isItem(t *edm.Type) bool { return t != nil && t.Name == itemType }

// learnItems reads which item of a drive is at the end of names: the answer about it says so,
// and so does one about what a folder has.
func (t *Tenant) learnItems(p resource.Path, content map[string]any) {
	if !isItem(p.Type) && !(p.Kind == resource.Property && isItem(p.Above().Type)) {
		return
	}
	list, isList := content["value"].([]any)
	if !isList {
		if p.Kind == resource.Property { // the bytes of a file that was put
			p = p.Above()
		}
		if names, ok := namesOf(p); ok {
			t.learnItem(names, content)
		}
		return
	}
	if names, ok := namesOf(p.Above()); ok && p.Name == "children" {
		for _, each := range list {
			if item, _ := each.(map[string]any); item != nil {
				name, _ := item["name"].(string)
				t.learnItem(names+"/"+strings.ToLower(name), item)
			}
		}
	}
}

func (t *Tenant) learnItem(names string, item map[string]any) {
	if id, _ := item["id"].(string); id != "" && len(t.keys) < maxNames {
		t.keys[names] = cmp.Or(t.keys[names], id)
	}
}

// namesOf is the path of an item by names from the root of its drive, which other paths may
// lead to as well, and whether it is told by such.
func namesOf(p resource.Path) (names string, ok bool) {
	switch {
	case p.Node == nil:
		return "", false
	case p.Kind == resource.ByPath:
		above, ok := namesOf(p.Above())
		return above + "/" + strings.ToLower(strings.Trim(p.Values[len(p.Values)-1], "/")), ok
	}
	return strings.ToLower(p.URL()), p.Name == "root"
}

// itemBelow is the item that names lead to from another one, which has all the folders on the
// way.
func (t *Tenant) itemBelow(host *object, names string) *object {
	drive := host
	for drive != nil && drive.typ.Name != "microsoft.graph.drive" {
		drive = drive.above
	}
	if drive == nil || drive.to("items").Node == nil {
		return nil
	}
	items := t.collectionAt(drive.to("items"), drive)
	at, o := strings.ToLower(host.path), host
	for name := range strings.SplitSeq(strings.Trim(names, "/"), "/") {
		at += "/" + strings.ToLower(name)
		short := at // as the recording may have called it
		if rest, own := strings.CutPrefix(at, strings.ToLower(t.self().path)+"/"); own {
			short = "/me/" + rest
		}
		item := t.in(items, cmp.Or(t.keys[at], t.keys[short], madeKey(at)))
		if item == nil {
			return nil
		}
		if item.values["name"] == nil {
			item.values["name"] = name
		}
		if o.in == items {
			if o.values["folder"] == nil {
				o.values["folder"] = map[string]any{}
			}
			if item.values["parentReference"] == nil {
				item.values["parentReference"] = map[string]any{"id": o.key}
			}
		}
		o = item
	}
	return o
}
