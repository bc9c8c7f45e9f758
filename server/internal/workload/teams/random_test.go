package teams_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// A naiveThread is a channel, a chat, or the replies to a message as the reference has them.
type naiveThread struct {
	path     string // of the messages
	channel  bool   // they can have replies
	messages map[string]*naiveMessage
	delta    servicetest.Follower
}

type naiveMessage struct {
	text    string
	deleted bool
	replies *naiveThread // nil in chats, and of replies
}

func newThread(path string, channel bool) *naiveThread {
	return &naiveThread{path, channel, map[string]*naiveMessage{}, servicetest.Follower{Link: path + "/delta"}}
}

func (m *naiveMessage) String() string {
	if m.deleted {
		return " deleted"
	}
	return m.text
}

func messageText(e map[string]any) string {
	content := fmt.Sprint(e["body"].(map[string]any)["content"])
	if e["deletedDateTime"] != nil {
		content += " deleted"
	}
	return content
}

func (th *naiveThread) known() servicetest.Known {
	all := servicetest.Known{}
	for id, m := range th.messages {
		all[id] = m.String()
	}
	return all
}

// TestRandomMessages posts to channels, chats and replies at random, and changes, deletes and restores
// what was posted. What is in each, and what the deltas of channels tell, is what naive threads have.
func TestRandomMessages(t *testing.T) {
	servicetest.Random(t, 8_000, func(t *testing.T, r *rand.Rand, steps int) {
		c := open(t, 2)
		threads := map[string]*naiveThread{}
		open := func(of string) { threads[of] = newThread(of+"/messages", strings.HasPrefix(of, "/teams")) }
		open("/teams/t1/channels/" + c.Get("/teams/t1")["internalId"].(string))
		chat := c.Must(201, "POST", "/chats", `{"chatType": "oneOnOne", "members": [`+memberBody("u1", "owner")+", "+
			memberBody("u2", "owner")+`]}`)
		open("/chats/" + chat["id"].(string))
		posted := 0
		for step := range steps {
			c.Now += r.Int64N(2) // two messages of one millisecond have two ids
			if len(threads) < 4 || r.IntN(300) == 0 && len(threads) < 8 {
				made := c.Must(201, "POST", "/teams/t1/channels", fmt.Sprintf(`{"displayName": "Channel %d"}`, step))
				open("/teams/t1/channels/" + made["id"].(string))
			}
			thread := threads[servicetest.AnyOf(r, threads)]
			id := servicetest.AnyOf(r, thread.messages)
			if m := thread.messages[id]; m != nil && m.replies != nil && r.IntN(3) == 0 {
				thread = m.replies
				id = servicetest.AnyOf(r, thread.messages)
			}
			m, at := thread.messages[id], thread.path+"/"+id
			text := fmt.Sprint("text ", step)
			body := `{"body": {"content": "` + text + `"}}`
			switch kind := r.IntN(12); {
			case m == nil || kind < 3 && posted < steps/20:
				posted++
				id := c.Must(201, "POST", thread.path, body)["id"].(string)
				m := &naiveMessage{text: text}
				if thread.channel {
					m.replies = newThread(thread.path+"/"+id+"/replies", false)
				}
				thread.messages[id] = m
			case kind < 6 && !m.deleted:
				m.text = text
				c.Must(204, "PATCH", at, body)
			case kind == 6:
				m.deleted = true
				c.Must(204, "POST", at+"/softDelete", "")
			case kind == 7:
				m.deleted = false
				c.Must(204, "POST", at+"/undoSoftDelete", "")
			case kind < 10:
				if got := messageText(c.Get(at)); got != m.String() {
					t.Fatalf("step %d: %s, want %s", step, got, m)
				}
			default:
				what := fmt.Sprint("step ", step, ": ", thread.path)
				c.Same(what, c.Known(thread.path, messageText), thread.known())
				if thread.channel {
					c.Same(what+": delta", thread.delta.Follow(c.Client, messageText), thread.known())
				}
			}
		}
	})
}
