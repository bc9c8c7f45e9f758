package teams_test

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

func TestParallelWritesOfTeamsLoseNothing(t *testing.T) {
	t.Parallel()
	c := open(t, 65)
	channel := "/teams/t1/channels/" + c.Get("/teams/t1")["internalId"].(string)
	first := c.Must(201, "POST", channel+"/messages", `{"body": {"content": "Shared"}}`)
	shared := channel + "/messages/" + first["id"].(string)
	c.Parallel(func(i int, c *servicetest.Client) {
		content := fmt.Sprintf(`{"body": {"content": "%d"}}`, i)
		own := fmt.Sprint(channel, "/messages/", c.Try(201, "POST", channel+"/messages", content)["id"])
		c.Try(204, "PATCH", own, `{"body": {"content": "changed"}}`)
		c.Try(201, "POST", shared+"/replies", content)
		c.Try(204, "POST", shared+"/setReaction", fmt.Sprintf(`{"reactionType": "%d"}`, i))
		c.Try(201, "POST", "/teams/t1/members", memberBody(fmt.Sprint("u", i+2), ""))
		c.Try(201, "POST", "/teams/t1/channels", fmt.Sprintf(`{"displayName": "Channel %d"}`, i))
		chat := c.Try(201, "POST", "/chats", `{"chatType": "oneOnOne", "members": [`+memberBody("u1", "owner")+", "+
			memberBody("u2", "owner")+`]}`) // of two there is one
		c.Try(201, "POST", fmt.Sprint("/chats/", chat["id"], "/messages"), content)
	})
	texts := map[string]int{}
	c.Each(channel+"/messages", func(e map[string]any) { texts[messageText(e)]++ })
	if len(texts) != 2 || texts["changed"] != 64 {
		t.Errorf("the channel has %v", texts)
	}
	chats := c.Known("/me/chats", func(map[string]any) string { return "" })
	members, _ := c.members("/teams/t1")
	replies, reactions := c.Known(shared+"/replies", messageText), c.Get(shared)["reactions"].([]any)
	channels := c.Known("/teams/t1/channels", func(map[string]any) string { return "" })
	if len(replies) != 64 || len(reactions) != 64 || len(members) != 65 || len(channels) != 65 || len(chats) != 1 {
		t.Errorf("%d replies, %d reactions, %d members, %d channels, %d chats", len(replies), len(reactions), len(members),
			len(channels), len(chats))
	}
	for id := range chats {
		if n := len(c.Known("/chats/"+id+"/messages", messageText)); n != 64 {
			t.Errorf("the chat has %d messages", n)
		}
	}
}
