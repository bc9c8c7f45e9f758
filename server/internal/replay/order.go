package replay

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// An Order is the order in which the exchanges of a recording are sent: that of the
// recording, but for removals of what a later exchange still meets, which nothing has
// created again in between. These are no single sequence, as in recordings that were
// joined, or in documentation: they are sent when all else is done, what is contained
// before what contains it.
type Order struct {
	removed map[string]int // by path: the place of the removal that nothing has undone
	ever    map[string]int // by path: the place of the last removal
	held    map[int]string // by place: the path of a removal that waits
}

// Read takes the next exchange of the recording, and its place: any number that no other
// one has.
func (o *Order) Read(at int, x *Exchange) {
	if x.Status/100 != 2 && x.Status/100 != 3 {
		return
	}
	path := metPath(x.Path)
	if x.Method == http.MethodDelete {
		o.meet(path, false)
		if _, twice := o.removed[path]; !twice && len(o.removed) < maxNames {
			if o.removed == nil {
				o.removed, o.ever, o.held = map[string]int{}, map[string]int{}, map[int]string{}
			}
			o.removed[path], o.ever[path] = at, at
		}
		return
	}
	switch {
	case len(o.removed) == 0:
	case x.Status == http.StatusCreated && x.Method != http.MethodPost, x.Method == http.MethodPut && isLink(x.Path):
		delete(o.removed, path)
	case x.Method == http.MethodPost:
		for removed := range o.removed {
			if above, _ := cutLast(removed); above == path {
				delete(o.removed, removed)
			}
		}
	}
	o.meet(path, true)
	if x.Method == http.MethodGet && len(o.removed) > 0 {
		for _, id := range idsOf(x.Answer) {
			o.meet(path+"/"+strings.ToLower(url.PathEscape(id)), true)
		}
	}
}

// idsOf are the ids of the entities of a list.
func idsOf(answer []byte) (ids []string) {
	v, _ := jsontext.Decode(answer)
	object, _ := v.(map[string]any)
	list, _ := object["value"].([]any)
	for _, each := range list {
		if id := idOf(each); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// meet holds the removals of what is at a path, or above it.
func (o *Order) meet(path string, itself bool) {
	for at := path; at != ""; at, _ = cutLast(at) {
		if place, removed := o.removed[at]; removed && (itself || at != path) {
			o.held[place] = at
		}
	}
}

// End ends the reading. Removals of what is above others that wait have to wait as well.
func (o *Order) End() {
	for _, path := range slices.Collect(maps.Values(o.held)) {
		for above, _ := cutLast(path); above != ""; above, _ = cutLast(above) {
			for _, at := range []string{above, strings.Replace(above, "/teams/", "/groups/", 1)} { // a team goes with its group
				if place, removed := o.ever[at]; removed {
					o.held[place] = at
				}
			}
		}
	}
}

// Holds reports whether the exchange at a place is sent when all else is done.
func (o *Order) Holds(place int) bool { return o.held[place] != "" }

// Held returns the places of those that are sent when all else is done, in order.
func (o *Order) Held() []int {
	return slices.SortedFunc(maps.Keys(o.held), func(a, b int) int {
		return cmp.Or(strings.Count(o.held[b], "/")-strings.Count(o.held[a], "/"), a-b)
	})
}

func isLink(path string) bool { return strings.HasSuffix(strings.ToLower(path), "/$ref") }

// metPath is the path of what an exchange is about, by which it is known.
func metPath(path string) string {
	return strings.TrimSuffix(strings.TrimRight(strings.ToLower(path), "/"), "/$ref")
}
