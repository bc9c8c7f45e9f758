package teams

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

func channel() *service.Behavior {
	members := func(r store.Reader, path string) []string {
		if text(r, path, "membershipType") != "standard" {
			return paths(r, path+"/members")
		}
		team, _, _ := strings.Cut(path, "/channels/")
		return paths(r, team+"/members")
	}
	return &service.Behavior{
		Type: channelType, Missing: missingChannel,
		NewKey: func(r *service.Random) string { return "19:" + hexOf(r) + "@thread.tacv2" }, // REC
		Order: []string{"id", "createdDateTime", "displayName", "description", "isFavoriteByDefault", "email", "tenantId",
			"webUrl", "membershipType", "isArchived"}, // REC channel-get
		// DOC: a standard channel has the members of its team
		Linked: map[string]func(store.Reader, string) []string{"members": members, "allMembers": members},
		Value: service.Defaults(map[string]any{
			"description": nil, "isFavoriteByDefault": nil, "email": "", "membershipType": "standard", "isArchived": false,
		}),
		Show: showChannel, Changed: channelChanged, Create: createChannel, Check: checkChannel, Remove: removeChannel,
		Operations: map[string]service.Operation{
			"archive": archived("archiveChannel", true), "unarchive": archived("unarchiveChannel", false),
			"completeMigration": completeMigration, "getAllMessages": allMessages(), "removeEmail": nothing,
			"provisionEmail": provisionEmail, "doesUserHaveAccess": hasAccess,
		},
	}
}

// hexOf draws the 32 digits of a new thread.
func hexOf(r *service.Random) string { return strings.ReplaceAll(r.GUID(), "-", "") }

var channelID = regexp.MustCompile(`^19:[\w.-]+@thread\.\w+$`)

// missingChannel is the error about the id of a channel that there is not. REC cli-microsoft365
func missingChannel(_, id string) string {
	if !channelID.MatchString(id) {
		return "channel-id-invalid"
	}
	return "channel-not-found"
}

// showChannel sets what follows from the team and the tenant.
func showChannel(r store.Reader, path string, channel map[string]any) {
	name, _ := channel["displayName"].(string)
	team, _, _ := strings.Cut(strings.TrimPrefix(path, "teams/"), "/")
	channel["tenantId"] = tenantOf(r)
	channel["webUrl"] = "https://teams.microsoft.com/l/channel/" + url.QueryEscape(keyOf(path)) + "/" + url.PathEscape(name) +
		"?groupId=" + team + "&tenantId=" + tenantOf(r) // REC
}

// channelChanged lets a channel of fixtures be the one that every team has, if it has its name and
// they name no other.
func channelChanged(tx store.Tx, c service.Change) {
	team, path := service.OwnerOf(c.Collection), c.Collection+"/"+c.ID
	general := text(tx, team, "internalId")
	if c.Deleted || general != generalOf(keyOf(team)) || general == service.KeyOf(c.ID) || text(tx, path, "displayName") != "General" {
		return
	}
	c.Amend(tx, team, func(properties map[string]any) bool {
		properties["internalId"] = service.KeyOf(c.ID)
		return true
	})
	c.Call(tx).Delete(c.Collection + "/" + general)
}

// createChannel makes a channel: 201. Who makes one that is not for all is its owner. DOC
// channel-post
func createChannel(c *service.Call) (service.Result, error) {
	properties := maps.Clone(c.Body)
	delete(properties, "members")
	if isArchived(c.Tx, c.Collection()) {
		return service.Result{}, service.Fail("team-is-archived")
	}
	if err := checkName(c, c.Collection(), "", properties); err != nil {
		return service.Result{}, err
	}
	if properties["@microsoft.graph.channelCreationMode"] == "migration" {
		properties["migrationMode"] = "inProgress"
	} else {
		delete(properties, "createdDateTime")
	}
	made := c.Create(c.Collection(), channelType, properties)
	if made.Text("membershipType") == "standard" {
		return service.Result{Status: http.StatusCreated, Entity: made}, nil
	}
	if !c.Caller.AppOnly {
		putMember(c, made.Path, "users/"+c.Caller.User.ID, []any{"owner"})
	}
	for _, each := range list(c.Body["members"]) {
		body, _ := each.(map[string]any)
		user, roles, err := memberOf(c, body)
		if err != nil {
			return service.Result{}, err
		}
		putMember(c, made.Path, user, roles)
	}
	return service.Result{Status: http.StatusCreated, Entity: made}, nil
}

func checkChannel(c *service.Call, w *service.Write) error {
	if isArchived(c.Tx, c.Collection()) {
		return service.Fail("team-is-archived")
	}
	if w.Sent["displayName"] == w.Before("displayName") {
		return nil
	}
	return checkName(c, c.Collection(), w.Key, w.Sent)
}

// checkName refuses the name of a channel that can't be one, and that of another one. DOC
// limits-specifications-teams
func checkName(c *service.Call, collection, key string, channel map[string]any) error {
	name, _ := channel["displayName"].(string)
	reason := ""
	switch {
	case name == "":
		reason = "it is empty"
	case utf8.RuneCountInString(name) > 50:
		reason = "it has more than 50 characters"
	case strings.ContainsAny(name, "~#%&*{}+/\\:<>?|'\""):
		reason = `it has one of the characters ~ # % & * { } + / \ : < > ? | ' "`
	case strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		reason = "it begins with _ or a dot, or ends with one"
	}
	if reason != "" {
		return service.Fail("channel-name-invalid", "{reason}", reason)
	}
	taken := false
	c.Each(collection, service.Slice{}, func(e *service.Entity) bool {
		taken = strings.EqualFold(e.Text("displayName"), name) && e.Key() != key
		return !taken
	})
	if taken {
		return service.Fail("channel-name-taken")
	}
	return nil
}

// removeChannel keeps the channel that every team has. DOC channel-delete
func removeChannel(c *service.Call) (bool, error) {
	e, err := c.Bound()
	if err == nil && e.Key() == text(c.Tx, c.Owner(), "internalId") {
		err = service.Fail("channel-general")
	}
	return false, err
}

// completeMigration ends the time in which messages can be imported.
func completeMigration(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	e.Properties["migrationMode"] = "completed"
	c.Put(e)
	return service.Result{}, nil
}

// provisionEmail gives a channel an address. DOC channel-provisionemail
func provisionEmail(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	address := e.Text("email")
	if address == "" {
		address = strings.TrimPrefix(strings.Split(e.Key(), "@")[0], "19:") + "@emea.teams.ms"
		e.Properties["email"] = address
		c.Put(e)
	}
	return service.Result{Value: map[string]any{"email": address}}, nil
}

// hasAccess reports whether a user can read a channel. DOC channel-doesuserhaveaccess
func hasAccess(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	user := c.Argument("userId")
	if name := c.Argument("userPrincipalName"); user == "" && name != "" {
		if found, is := c.Find("users", "userPrincipalName", strings.ToLower(name)); is {
			user = found.Key()
		}
	}
	has := false
	for _, path := range c.Links(e.Path, "members") {
		has = has || strings.EqualFold(text(c.Tx, path, "userId"), user)
	}
	return service.Result{Value: has}, nil
}
