package mail_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// A naive mailbox: what is in which folder, by names of the test's own.
type mailbox struct {
	*servicetest.Client
	t        *testing.T
	folders  map[string]string        // the id of each
	parents  map[string]string        // the folder that one of the test's is in, "" at the top
	messages map[string]*naiveMessage // by subject
	deltas   map[string]*reader       // by folder
}

type naiveMessage struct {
	id, folder string
	read       bool
}

// A reader follows the delta of a folder, and has what it was told: whether a message is read, by id.
type reader struct {
	link string
	has  map[string]bool
}

const bin = "deleteditems"

func openMailbox(t *testing.T) *mailbox {
	m := &mailbox{Client: open(t), t: t, folders: map[string]string{}, parents: map[string]string{},
		messages: map[string]*naiveMessage{}, deltas: map[string]*reader{}}
	for _, name := range []string{"inbox", "archive", "drafts", bin} {
		m.folders[name] = m.Get("/me/mailFolders/" + name)["id"].(string)
	}
	return m
}

// step does something at random, to the service and to what is expected of it.
func (m *mailbox) step(random *rand.Rand, n int) string {
	folder, subject := servicetest.AnyOf(random, m.folders), servicetest.AnyOf(random, m.messages)
	message := m.messages[subject]
	kind := random.IntN(12)
	switch {
	case message == nil && kind > 2:
		kind = 0
	case len(m.messages) > 25 && (kind < 2 || kind == 8):
		kind = 10
	case len(m.parents) > 6 && kind == 2:
		kind = 7
	}
	switch kind {
	case 0, 1:
		subject = fmt.Sprint("m", n)
		made := sent(m.t, m.Client, 201, `POST /me/mailFolders/`+m.folders[folder]+`/messages {"subject": "`+subject+`"}`)
		m.messages[subject] = &naiveMessage{made["id"].(string), folder, true}
		return "create " + subject + " in " + folder
	case 2:
		name := fmt.Sprint("f", n)
		parent := servicetest.AnyOf(random, m.parents)
		target := "/me/mailFolders"
		if parent != "" && random.IntN(2) == 0 {
			target += "/" + m.folders[parent] + "/childFolders"
		} else {
			parent = ""
		}
		made := sent(m.t, m.Client, 201, `POST `+target+` {"displayName": "`+name+`"}`)
		m.folders[name], m.parents[name] = made["id"].(string), parent
		return "create folder " + name + " in " + parent
	case 3, 4:
		read := random.IntN(2) == 0
		sent(m.t, m.Client, 200, fmt.Sprintf(`PATCH /me/messages/%s {"isRead": %t}`, message.id, read))
		message.read = read
		return fmt.Sprint("read ", subject, " ", read)
	case 5, 6, 7:
		moved := sent(m.t, m.Client, 201, `POST /me/messages/`+message.id+`/move {"destinationId": "`+m.folders[folder]+`"}`)
		message.id, message.folder = moved["id"].(string), folder
		return "move " + subject + " to " + folder
	case 8:
		copied := sent(m.t, m.Client, 201, `POST /me/messages/`+message.id+`/copy {"destinationId": "`+m.folders[folder]+`"}`)
		name := fmt.Sprint("c", n)
		sent(m.t, m.Client, 200, `PATCH /me/messages/`+copied["id"].(string)+` {"subject": "`+name+`"}`)
		m.messages[name] = &naiveMessage{copied["id"].(string), folder, message.read}
		return "copy " + subject + " to " + folder
	case 9:
		sent(m.t, m.Client, 204, `DELETE /me/messages/`+message.id)
		if message.folder == bin {
			delete(m.messages, subject)
			return "delete " + subject + " for good"
		}
		message.folder = bin
		m.find(subject)
		return "delete " + subject
	case 10:
		sent(m.t, m.Client, 204, `POST /me/messages/`+message.id+`/permanentDelete {}`)
		delete(m.messages, subject)
		return "remove " + subject
	}
	return "nothing"
}

// find learns the id that a message has since it was moved to Deleted Items.
func (m *mailbox) find(subject string) {
	found := m.Get("/me/mailFolders/" + m.folders[bin] + "/messages?$select=id&$filter=subject%20eq%20'" + subject + "'")["value"].([]any)
	if len(found) != 1 {
		m.t.Fatalf("%s: %v in Deleted Items", subject, found)
	}
	m.messages[subject].id = found[0].(map[string]any)["id"].(string)
}

// in are the messages of a folder: whether each is read, by id.
func (m *mailbox) in(folder string) map[string]bool {
	all := map[string]bool{}
	for _, message := range m.messages {
		if message.folder == folder {
			all[message.id] = message.read
		}
	}
	return all
}

// check compares the counts of all folders, and one folder's messages and delta, with what is
// expected.
func (m *mailbox) check(folder string) error {
	for name, id := range m.folders {
		want := m.in(name)
		unread, children := 0, 0
		for _, read := range want {
			if !read {
				unread++
			}
		}
		for _, parent := range m.parents {
			if parent == name {
				children++
			}
		}
		got := m.Get("/me/mailFolders/" + id)
		if text := fmt.Sprint(got["totalItemCount"], got["unreadItemCount"], got["childFolderCount"]); text !=
			fmt.Sprint(json.Number(fmt.Sprint(len(want))), json.Number(fmt.Sprint(unread)), json.Number(fmt.Sprint(children))) {
			return fmt.Errorf("%s has %s, want %d %d %d", name, text, len(want), unread, children)
		}
	}
	want := m.in(folder)
	got := map[string]bool{}
	for target, more := "/me/mailFolders/"+m.folders[folder]+"/messages?$select=id,isRead", true; more; {
		page := m.Get(target)
		for _, each := range page["value"].([]any) {
			message := each.(map[string]any)
			got[message["id"].(string)] = message["isRead"].(bool)
		}
		target, more = page["@odata.nextLink"].(string)
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%s has the messages %v, want %v", folder, got, want)
	}
	r := m.deltas[folder]
	if r == nil {
		r = &reader{"/me/mailFolders/" + m.folders[folder] + "/messages/delta", map[string]bool{}}
		m.deltas[folder] = r
	}
	r.follow(m)
	if !maps.Equal(r.has, want) {
		return fmt.Errorf("the delta of %s has %v, want %v", folder, r.has, want)
	}
	return nil
}

// follow reads a delta to its end.
func (r *reader) follow(m *mailbox) {
	for more := true; more; {
		page := m.Get(r.link)
		for _, each := range page["value"].([]any) {
			message := each.(map[string]any)
			id := message["id"].(string)
			if message["@removed"] != nil {
				delete(r.has, id)
			} else if read, told := message["isRead"].(bool); told {
				r.has[id] = read
			}
		}
		if r.link, more = page["@odata.nextLink"].(string); !more {
			r.link = page["@odata.deltaLink"].(string)
		}
	}
}

// TestRandomMail writes to a mailbox at random. The counts of all folders, and the messages and the
// delta of one of them, are those of a naive mailbox.
func TestRandomMail(t *testing.T) {
	servicetest.Random(t, 8_000, func(t *testing.T, random *rand.Rand, steps int) {
		m := openMailbox(t)
		var done []string
		for n := range steps {
			m.Now += int64(random.IntN(3))
			done = append(done, m.step(random, n))
			if random.IntN(4) > 0 {
				continue
			}
			if err := m.check(servicetest.AnyOf(random, m.folders)); err != nil {
				t.Fatalf("step %d: %v\nafter %q", n, err, done[max(0, n-8):])
			}
		}
	})
}
