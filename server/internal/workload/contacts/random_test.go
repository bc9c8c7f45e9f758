package contacts_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// A naive mailbox: its folders and contacts by id. The default folder is in none.
type naive struct {
	folders  map[string]naiveEntry
	contacts map[string]naiveEntry
	deltas   map[string]*servicetest.Follower // of the contacts of folders
}

type naiveEntry struct{ name, in string }

func (e naiveEntry) String() string { return e.name + " in " + e.in }

func entryText(e map[string]any) string {
	return fmt.Sprint(e["displayName"], " in ", e["parentFolderId"])
}

// in are the entries that are in a folder.
func in(all map[string]naiveEntry, folder string) servicetest.Known {
	known := servicetest.Known{}
	for id, e := range all {
		if e.in == folder {
			known[id] = e.String()
		}
	}
	return known
}

// within reports whether a folder is another one, or in it at some depth.
func (n *naive) within(folder, in string) bool {
	for ; folder != in; folder = n.folders[folder].in {
		if folder == "" {
			return false
		}
	}
	return true
}

// taken reports whether a folder in another one has that name.
func (n *naive) taken(id, name, in string) bool {
	for other, f := range n.folders {
		if other != id && f.in == in && f.name == name {
			return true
		}
	}
	return false
}

// remove removes a folder with all that is in it.
func (n *naive) remove(id string) {
	gone := map[string]bool{}
	for each := range n.folders {
		gone[each] = n.within(each, id)
	}
	maps.DeleteFunc(n.folders, func(each string, _ naiveEntry) bool { return gone[each] })
	maps.DeleteFunc(n.contacts, func(_ string, c naiveEntry) bool { return gone[c.in] })
	maps.DeleteFunc(n.deltas, func(each string, _ *servicetest.Follower) bool { return gone[each] })
}

// TestRandomContacts writes contacts and folders at random. What is in each folder, and what
// deltas tell of it, is what a naive mailbox has.
func TestRandomContacts(t *testing.T) {
	servicetest.Random(t, 12_000, func(t *testing.T, r *rand.Rand, steps int) {
		c := open(t)
		root := c.Get("/me/contactFolders/contacts")
		home := root["id"].(string)
		n := &naive{map[string]naiveEntry{home: {"Contacts", ""}}, map[string]naiveEntry{},
			map[string]*servicetest.Follower{}}
		all := servicetest.Follower{Link: "/me/contactFolders/delta"}
		for step := range steps {
			c.Now += r.Int64N(3)
			id := servicetest.AnyOf(r, n.contacts)
			folder, other := servicetest.AnyOf(r, n.folders), servicetest.AnyOf(r, n.folders)
			switch kind := r.IntN(20); {
			case id == "" || kind < 5 && len(n.contacts) < 25:
				name := fmt.Sprint("contact ", step)
				target := "/me/contactFolders/" + folder + "/contacts"
				if folder == home && r.IntN(2) == 0 {
					target = "/me/contacts"
				}
				made := c.Must(201, "POST", target, `{"givenName": "`+name+`"}`)
				n.contacts[made["id"].(string)] = naiveEntry{name, folder}
			case kind < 8:
				e := n.contacts[id]
				e.name = fmt.Sprint("contact ", step)
				made := c.Must(200, "PATCH", "/me/contacts/"+id, `{"displayName": "`+e.name+`"}`)
				if n.contacts[id] = e; entryText(made) != e.String() {
					t.Fatalf("step %d: %v, want %v", step, made, e)
				}
			case kind < 10:
				c.Must(204, "DELETE", "/me/contacts/"+id, "")
				delete(n.contacts, id)
				c.Refused("mailbox-item-not-found", "GET", "/me/contacts/"+id, "")
			case kind < 13 && len(n.folders) < 8:
				name := fmt.Sprint("folder ", r.IntN(6))
				target := "/me/contactFolders/" + folder + "/childFolders"
				if n.taken("", name, folder) {
					c.Refused("mail-folder-exists", "POST", target, `{"displayName": "`+name+`"}`)
					continue
				}
				made := c.Must(201, "POST", target, `{"displayName": "`+name+`"}`)
				n.folders[made["id"].(string)] = naiveEntry{name, folder}
			case kind == 13 && folder != home: // to another folder
				body, f := `{"parentFolderId": "`+other+`"}`, n.folders[folder]
				switch {
				case n.within(other, folder):
					c.Refused("mail-move-failed", "PATCH", "/me/contactFolders/"+folder, body)
				case n.taken(folder, f.name, other):
					c.Refused("mail-folder-exists", "PATCH", "/me/contactFolders/"+folder, body)
				default:
					c.Must(200, "PATCH", "/me/contactFolders/"+folder, body)
					n.folders[folder] = naiveEntry{f.name, other}
				}
			case kind == 14 && folder != home && r.IntN(4) == 0:
				c.Must(204, "DELETE", "/me/contactFolders/"+folder, "")
				n.remove(folder)
				c.Refused("mailbox-item-not-found", "GET", "/me/contactFolders/"+folder+"/contacts", "")
			default:
				what := func(of string) string { return fmt.Sprint("step ", step, ": ", of) }
				path := "/me/contactFolders/" + folder
				c.Same(what("contacts"), c.Known(path+"/contacts", entryText), in(n.contacts, folder))
				c.Same(what("folders"), c.Known(path+"/childFolders", entryText), in(n.folders, folder))
				if n.deltas[folder] == nil {
					n.deltas[folder] = &servicetest.Follower{Link: path + "/contacts/delta"}
				}
				c.Same(what("delta of contacts"), n.deltas[folder].Follow(c, entryText), in(n.contacts, folder))
				want := servicetest.Known{}
				for id, f := range n.folders {
					if id != home {
						want[id] = f.String()
					}
				}
				delete(all.Follow(c, entryText), home)
				c.Same(what("delta of folders"), all.Known, want)
			}
		}
	})
}
