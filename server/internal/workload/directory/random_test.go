package directory_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// A naive directory: who is a member of what, and who can be restored. Nodes are ids.
type naive struct {
	alive   map[string]bool
	members map[string]map[string]bool // also of what is deleted
	deleted map[string]bool
	soft    map[string]bool // what can be restored once it is deleted
	unified map[string]bool // groups that have only users, and are in none
}

// closure returns what can be reached from a node, by next.
func (n *naive) closure(from string, next func(string) []string) []string {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(at string) {
		for _, to := range next(at) {
			if to != from && !seen[to] {
				seen[to] = true
				visit(to)
			}
		}
	}
	visit(from)
	return sortedKeys(seen)
}

func (n *naive) membersOf(group string) []string {
	all := map[string]bool{}
	for id := range n.members[group] {
		if n.alive[id] {
			all[id] = true
		}
	}
	return sortedKeys(all)
}

func (n *naive) groupsOf(id string) []string {
	all := map[string]bool{}
	for group, members := range n.members {
		if n.alive[group] && members[id] {
			all[group] = true
		}
	}
	return sortedKeys(all)
}

func sortedKeys(set map[string]bool) []string {
	var all []string
	for id := range set {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// ids returns those of a list, sorted, over all pages.
func (c *client) ids(target string) []string {
	c.t.Helper()
	var all []string
	for target != "" {
		page := c.Get(target)
		for _, each := range page["value"].([]any) {
			all = append(all, each.(map[string]any)["id"].(string))
		}
		target, _ = page["@odata.nextLink"].(string)
	}
	slices.Sort(all)
	return all
}

// TestRandomDirectory adds, removes, deletes and restores at random. Members and groups, one step
// away or more, are those of a naive directory.
func TestRandomDirectory(t *testing.T) {
	servicetest.Random(t, 16_000, func(t *testing.T, r *rand.Rand, steps int) {
		c := open(t)
		n := &naive{alive: map[string]bool{}, members: map[string]map[string]bool{}, deleted: map[string]bool{},
			soft: map[string]bool{}, unified: map[string]bool{}}
		var groups, nodes []string
		for i := range 12 {
			kind, body := "/groups", `{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true}`
			switch {
			case i >= 8:
				kind, body = "/users", fmt.Sprintf(`{"accountEnabled": true, "displayName": "u", "mailNickname": "u",
						"userPrincipalName": "u%d@contoso.com", "passwordProfile": {"password": "x"}}`, i)
			case i%2 == 0:
				body = fmt.Sprintf(`{"displayName": "g", "mailEnabled": true, "mailNickname": "g%d", "securityEnabled": true,
						"groupTypes": ["Unified"]}`, i)
			}
			id := c.create(kind, body)["id"].(string)
			n.unified[id] = i < 8 && i%2 == 0
			nodes = append(nodes, id)
			n.alive[id], n.soft[id] = true, i >= 8 || i%2 == 0
			if i < 8 {
				groups = append(groups, id)
				n.members[id] = map[string]bool{}
			}
		}
		path := func(id string) string {
			if slices.Contains(groups, id) {
				return "/groups/" + id
			}
			return "/users/" + id
		}
		any := func(of []string) string { return of[r.IntN(len(of))] }
		for step := range steps {
			group, node := any(groups), any(nodes)
			switch r.IntN(12) {
			case 0: // delete
				if status, _ := c.Send("DELETE", path(node), ""); (status == 204) != n.alive[node] {
					t.Fatalf("step %d: delete %d", step, status)
				}
				if n.alive[node] {
					delete(n.alive, node)
					n.deleted[node] = n.soft[node]
					if !n.soft[node] {
						delete(n.members, node)
						for _, members := range n.members {
							delete(members, node)
						}
					}
				}
			case 1, 2, 3: // restore
				status, text := c.Send("POST", "/directory/deletedItems/"+node+"/restore", "")
				if (status == 200) != n.deleted[node] {
					t.Fatalf("step %d: restore %d %s", step, status, text)
				}
				if n.deleted[node] {
					delete(n.deleted, node)
					n.alive[node] = true
				}
			case 4, 5: // remove
				status, _ := c.Send("DELETE", "/groups/"+group+"/members/"+node+"/$ref", "")
				was := n.alive[group] && n.alive[node] && n.members[group][node]
				if (status == 204) != was {
					t.Fatalf("step %d: remove %d, was a member: %v", step, status, was)
				}
				if was {
					delete(n.members[group], node)
				}
			default: // add
				status, text := c.Send("POST", "/groups/"+group+"/members/$ref", ref(node))
				fits := !slices.Contains(groups, node) || !n.unified[group] && !n.unified[node]
				can := n.alive[group] && n.alive[node] && !n.members[group][node] && fits
				if (status == 204) != can {
					t.Fatalf("step %d: add %d %s, could: %v", step, status, text, can)
				}
				if can {
					n.members[group][node] = true
				}
			}
			if step%20 != 0 {
				continue
			}
			if n.alive[group] {
				same(t, step, "members", c.ids("/groups/"+group+"/members"), n.membersOf(group))
				same(t, step, "transitiveMembers", c.ids("/groups/"+group+"/transitiveMembers"),
					n.closure(group, n.membersOf))
			}
			if n.alive[node] {
				same(t, step, "memberOf", c.ids(path(node)+"/memberOf"), n.groupsOf(node))
				same(t, step, "transitiveMemberOf", c.ids(path(node)+"/transitiveMemberOf"),
					n.closure(node, n.groupsOf))
			}
		}
	})
}

func same(t *testing.T, step int, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("step %d: %s\ngot  %q\nwant %q", step, what, got, want)
	}
}

// TestWritesOfManyAreAllThere lets 64 clients write at once.
func TestWritesOfManyAreAllThere(t *testing.T) {
	t.Parallel()
	c := open(t)
	group := c.group("crew")
	app := c.create("/applications", `{"displayName": "Tool"}`)["id"].(string)
	var users []string
	const many = 64
	for i := range many {
		user := fmt.Sprintf(`{"accountEnabled": true, "displayName": "u", "mailNickname": "u",
			"userPrincipalName": "w%d@contoso.com", "passwordProfile": {"password": "x"}}`, i)
		users = append(users, c.create("/users", user)["id"].(string))
	}
	const security = `{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true}`
	var all sync.WaitGroup
	for i, id := range users {
		all.Go(func() {
			one := *c.Client
			for _, each := range []struct {
				method, target, body string
				status               int
			}{
				{"POST", "/groups/" + group + "/members/$ref", ref(id), 204},
				{"POST", "/applications/" + app + "/addPassword", `{}`, 200},
				{"PATCH", "/groups/" + group, fmt.Sprintf(`{"description": "%d"}`, i), 200},
				{"POST", "/groups", security, 201},
				{"DELETE", "/users/" + id, "", 204},
				{"POST", "/directory/deletedItems/" + id + "/restore", "", 200},
			} {
				if status, text := one.Send(each.method, each.target, each.body); status != each.status {
					t.Errorf("%s %s: %d %s", each.method, each.target, status, text)
				}
			}
		})
	}
	all.Wait()
	c.Preferences.MaxPageSize = 0
	if got := len(c.ids("/groups/" + group + "/members")); got != many {
		t.Errorf("%d members, want %d", got, many)
	}
	if got := len(c.Get("/applications/" + app)["passwordCredentials"].([]any)); got != many {
		t.Errorf("%d secrets, want %d", got, many)
	}
	if got := len(c.ids("/groups")); got != many+1 {
		t.Errorf("%d groups, want %d", got, many+1)
	}
}
